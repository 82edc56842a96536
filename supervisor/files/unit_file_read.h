#ifndef REEVE_FILES_UNIT_FILE_READ_H
#define REEVE_FILES_UNIT_FILE_READ_H

/* One file of a unit, read whole. Internal to this folder. */

#include "supervisor/unit/unit_set.h"

enum unit_file_state {
    UNIT_FILE_TEXT,
    UNIT_FILE_MASK,   /* empty, or /dev/null */
    UNIT_FILE_BROKEN, /* reported */
};

struct unit_file {
    int directory_fd;
    const char *name;           /* below the directory; this is opened */
    const char *path;           /* for people */
    enum unit_file_state state; /* set by unit_file_read() */
    struct unit_text text;      /* likewise; borrows path, the rest is in the arena */
};

/* 0 or -ENOMEM; everything else is a state. */
int unit_file_read(struct unit_file *file, struct arena *arena,
                   struct problem_sink *sink) MUST_CHECK;

#endif

#ifndef REEVE_CTL_UNIT_ARGUMENTS_H
#define REEVE_CTL_UNIT_ARGUMENTS_H

/*
 * What `reevectl verify` and `reevectl security` are given: directories, files and names of units.
 * A file is read with its directory, as a directory is with all units in it; a name is a unit of
 * the directories. A template is judged by an instance of it, "i", as systemd-analyze(1) does.
 */

#include "supervisor/files/unit_files.h"

enum { UNIT_ARGUMENTS_MAX = UNIT_FILES_MAX };

/* All zero but for the arena to begin with. The strings are the caller's, or in the arena. */
struct unit_arguments {
    struct arena *arena;
    const char *directories[UNIT_FILE_DIRECTORIES_MAX + 1]; /* NULL-terminated, as is `wanted` */
    const char *wanted[UNIT_ARGUMENTS_MAX + 1]; /* instances that shall be loaded, too */
    const char *names[UNIT_ARGUMENTS_MAX];      /* none: all that is in the directories */
    size_t directory_count, name_count, wanted_count;
    bool has_directory; /* an argument was one */
};

/* --units=. 0, or -EINVAL (told on stderr). */
int unit_arguments_add_directory(struct unit_arguments *arguments, const char *path) MUST_CHECK;

/* The rest of a command line. 0, -EINVAL (told on stderr) or -ENOMEM. */
int unit_arguments_read(struct unit_arguments *arguments, char *const *words) MUST_CHECK;

#endif

#ifndef REEVE_UNIT_PROBLEM_H
#define REEVE_UNIT_PROBLEM_H

/*
 * A mistake in a user's file, made where the fact is known and printed once, at the top, as
 * `path:line:column: error: text` with the hint on a line of its own. Lines and columns count from
 * 1 (columns in bytes); 0 means "the file as a whole". The core never prints: it calls the sink.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>

enum problem_level {
    PROBLEM_NOTE,    /* accepted, with something to know (a legacy spelling) */
    PROBLEM_WARNING, /* ignored, as systemd ignores it (an unknown key) */
    PROBLEM_ERROR,   /* the unit cannot be loaded */
};

struct problem {
    enum problem_level level;
    const char *path; /* borrowed for the duration of the report */
    unsigned line, column;
    char text[256];
    char hint[192]; /* "" when there is nothing to advise */
};

struct problem_sink {
    void (*report)(void *context, const struct problem *problem);
    void *context;
    unsigned errors, warnings, notes; /* counted by problem_report() */
};

struct problem_place {
    const char *path;
    unsigned line, column;
};

/* Counts the problem and hands it on; `hint` and sink->report may be NULL. Control characters
 * become "?". */
void problem_report(struct problem_sink *sink, enum problem_level level,
                    const struct problem_place *place, const char *hint, const char *format, ...)
    PRINTF_LIKE(5, 6);

/* Prints the problem the way compilers do; returns what snprintf() would. */
int problem_format(const struct problem *problem, char *buffer, size_t size);

#endif

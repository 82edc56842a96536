#ifndef REEVE_UNIT_PROBLEM_H
#define REEVE_UNIT_PROBLEM_H

/*
 * A mistake in a user's file, made where the fact is known and printed once, at the top, as
 * `path:line:column: error: text` with the hint on a line of its own. Lines and columns count from
 * 1 (columns in bytes); 0 means "the file as a whole". The core never prints: it calls the sink.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>

/* From the least to the gravest; printed as three: note, warning and error. */
enum problem_level {
    PROBLEM_NOTE,    /* accepted, with something to know (a legacy spelling) */
    PROBLEM_ADVICE,  /* a warning: it does what it says, and that may be less than one thinks */
    PROBLEM_INERT,   /* a warning: rightly said, without effect in a pod */
    PROBLEM_WARNING, /* ignored, as systemd ignores it (an unknown key) */
    PROBLEM_REFUSED, /* an error: rightly said, but it cannot be honoured here */
    PROBLEM_ERROR,   /* the unit cannot be loaded */
};

struct problem {
    enum problem_level level;
    const char *path; /* borrowed for the duration of the report, as is the key */
    unsigned line, column;
    const char *key; /* of the setting that it is about, where the place alone does not tell */
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
    const char *key; /* may be NULL */
};

/* Whether a unit with such a problem is loaded all the same. */
static inline bool problem_is_error(enum problem_level level)
{
    return level >= PROBLEM_REFUSED;
}

/* Counts the problem and hands it on; `hint` and sink->report may be NULL. Control characters
 * become "?". */
void problem_report(struct problem_sink *sink, enum problem_level level,
                    const struct problem_place *place, const char *hint, const char *format, ...)
    PRINTF_LIKE(5, 6);

/* Prints the problem the way compilers do; returns what snprintf() would. */
int problem_format(const struct problem *problem, char *buffer, size_t size);

#endif

#ifndef REEVE_INIT_STANDARD_H
#define REEVE_INIT_STANDARD_H

/*
 * Descriptors 0 to 2 of a child, by StandardInput= and its kin, in the order and with the fallbacks
 * of systemd's setup_input() and setup_output(). Runs in the child; allocates nothing. What opens
 * files may wait (a fifo): such a child is not on the launch pad.
 */

#include "sandbox/stage.h"
#include "supervisor/unit/log_spec.h"

struct standard {
    const struct log_spec *log;
    int null_fd;
    int log_fd, error_fd; /* write ends; the second is -1 unless standard error has its own */
    mode_t umask;         /* of the unit, for files that are made */
};

/* 0, or a negative errno with the stage and the file it was about (NULL: none). */
int standard_place(const struct standard *standard, enum stage *ret_stage,
                   const char **ret_path) MUST_CHECK;

#endif

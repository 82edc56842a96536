#ifndef REEVE_SANDBOX_STAGE_H
#define REEVE_SANDBOX_STAGE_H

/*
 * Every stage between fork and exec that can fail, in PID 1's children and, from STAGE_OOM_SCORE
 * on, in reeve-sandbox. What a failure is called, which exit status it has and what helps is known
 * here alone. tests/shell/stages.sh makes each of them fail.
 */

#include <stddef.h>

enum stage {
    STAGE_SESSION,
    STAGE_CGROUP,
    STAGE_DESCRIPTORS,
    STAGE_STDIN,
    STAGE_STDOUT,
    STAGE_STDERR,
    STAGE_CLOSE,
    STAGE_STORED,
    STAGE_CHANNEL,
    STAGE_SEAL,
    STAGE_OOM_SCORE,
    STAGE_NICE,
    STAGE_SCHEDULER,
    STAGE_AFFINITY,
    STAGE_IO_PRIORITY,
    STAGE_TIMER_SLACK,
    STAGE_PERSONALITY,
    STAGE_CREDENTIALS, /* item: of the plan's credentials; -1: at the directory for them */
    STAGE_NAMESPACE,
    STAGE_MOUNT, /* item: of the plan's mounts */
    STAGE_GROUPS,
    STAGE_BOUNDING,
    STAGE_MEMORY,
    STAGE_NO_NEW_PRIVILEGES,
    STAGE_LANDLOCK, /* item: of the plan's marks; -1: none */
    STAGE_LIMIT,    /* item: of the plan's limits */
    STAGE_SECURE_BITS,
    STAGE_USER,
    STAGE_CAPABILITIES,
    STAGE_KEYRING,
    STAGE_DIRECTORY,
    STAGE_SIGNAL_MASK,
    STAGE_FILTER,
    STAGE_EXEC,
    STAGE_COUNT
};

struct stage_failure {
    enum stage stage;
    int item;         /* -1: none */
    int error;        /* a positive errno */
    const char *path; /* that the caller alone knows; NULL */
};

/* enum exit_status: what systemd ends with. */
int stage_exit_status(enum stage stage);
/* What could not be had: "a session of its own", or the directive where one alone leads there:
 * "WorkingDirectory=". */
const char *stage_subject(enum stage stage);
/* What to do about it; NULL when there is nothing to say. `error`: a positive errno. */
const char *stage_hint(enum stage stage, int error);

#endif

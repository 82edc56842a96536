#ifndef REEVE_LOG_OWNER_H
#define REEVE_LOG_OWNER_H

/*
 * Which unit a process is of: that of the seal that it carries (sandbox/seal.h), which anybody can
 * read, so that PID 1 need not be asked and no flood of messages wakes it up. A process that has
 * ended before it was looked at is of no unit, unless it was known a moment ago.
 */

#include "supervisor/unit/macro.h"

#include <sys/types.h>

enum { OWNERS_KNOWN = 64 };

#define OWNER_NOBODY UINT32_MAX

struct owner {
    pid_t pid;
    uint32_t seal;
    uint64_t looked_us; /* monotonic */
};

struct owners {
    uint32_t nonce; /* of PID 1's seals */
    struct owner known[OWNERS_KNOWN];
};

/* The number in its seal; OWNER_NOBODY: it has none of this PID 1, or is gone. */
uint32_t owners_find(struct owners *owners, pid_t pid, uint64_t now_us);

#endif

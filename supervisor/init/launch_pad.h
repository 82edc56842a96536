#ifndef REEVE_INIT_LAUNCH_PAD_H
#define REEVE_INIT_LAUNCH_PAD_H

/*
 * How a child is made without a copy of PID 1. fork() copies the page tables and every descriptor,
 * two of which each unit's log pipe has: with 1,000 units that costs more than the exec. On the
 * pad the child borrows both until its exec, as with vfork(2): it takes along only the lowest
 * descriptors, where the pad's are, and has a stack of its own.
 *
 * Unlike with vfork(2), PID 1 waits for the exec with a limit: services have its uid, and one could
 * stop the child at the wrong moment, for ever. A stopped child is continued; one that takes too
 * long is killed; and as long as somebody is on the pad, others are forked (adr/0011).
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct pod;

enum launch_slot { LAUNCH_LOG, LAUNCH_EXEC, LAUNCH_SLOTS };

struct launch_pad {
    char *stack;                /* NULL: not usable here */
    _Atomic uint32_t borrowers; /* 1: a child is on the pad; the kernel makes it 0 */
    int null_fd;                /* borrowed: what lies in an empty slot */
    int slots[LAUNCH_SLOTS];
    unsigned first_closed; /* the child's table ends here */
};

/* Called before the many descriptors are opened, so that those of the pad have low numbers. */
int launch_pad_open(struct pod *pod) MUST_CHECK;

bool launch_pad_is_usable(const struct launch_pad *pad);
/* Puts a descriptor where the child finds it; -1 empties the slot. 0 or a negative errno. */
int launch_pad_put(const struct launch_pad *pad, enum launch_slot slot, int fd) MUST_CHECK;
/* Runs `child_main`, whose return is its end, in a child on the pad; returns its pid after its exec
 * or end, or a negative errno. */
pid_t launch_pad_clone(struct launch_pad *pad, int (*child_main)(void *), void *context);
/* In the child, first of all: from here on descriptors are its own. */
int launch_pad_leave(const struct launch_pad *pad) MUST_CHECK;

#endif

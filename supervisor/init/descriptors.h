#ifndef REEVE_INIT_DESCRIPTORS_H
#define REEVE_INIT_DESCRIPTORS_H

/*
 * The end of descriptors that came from a service. To close one can take as long as its owner likes
 * (a TCP socket that lingers, a file of a server that does not answer): PID 1 never does, but for
 * pipes. They wait in our table for a child that shares it, one at a time, and is killed when it
 * takes too long: the next one closes the rest. Meanwhile no great number of others is let in.
 */

#include "supervisor/unit/macro.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct pod;

struct descriptors {
    _Atomic int *waiting; /* shared with the closers: each takes out what it closes; 0: free */
    size_t end;           /* none waits beyond */
    pid_t closer;         /* 0: none is at work */
    uint64_t patience_us; /* when that one has had its time, or when the next is tried */
    bool has_to_drop;     /* a message, which has more descriptors than there is room for */
};

/* 0, or -errno. */
int descriptors_init(struct descriptors *descriptors) MUST_CHECK;

/* Takes them over, and never waits. */
void descriptors_discard(struct pod *pod, const int *fds, size_t count);

/*
 * Whether a message that brings descriptors may be received now. What does not fit into our table
 * would be closed by the kernel, and PID 1 would wait: such a message is taken out of the notify
 * socket by the next closer instead.
 */
bool descriptors_may_come(struct pod *pod);

/* That child has ended; any other pid is of no interest. */
void descriptors_reaped(struct pod *pod, pid_t pid);

/* At the end of each round of the loop: the given deadline, or an earlier one. */
uint64_t descriptors_settle(struct pod *pod, uint64_t deadline_us);

#endif

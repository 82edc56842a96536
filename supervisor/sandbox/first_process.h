#ifndef REEVE_SANDBOX_FIRST_PROCESS_H
#define REEVE_SANDBOX_FIRST_PROCESS_H

/*
 * Standing in for a command that runs in a PID namespace of its own (PrivatePIDs=): the signals
 * that we get are for it, and so is our death; what it ends with is what we end with.
 */

#include <signal.h>
#include <sys/types.h>

struct first_process {
    sigset_t before; /* the caller's signal mask, which is the command's */
};

/* Before the fork; in the child; and in the parent: the exit status. */
void first_process_prepare(struct first_process *first);
void first_process_begin(const struct first_process *first);
int first_process_await(pid_t pid);

#endif

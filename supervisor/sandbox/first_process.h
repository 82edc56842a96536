#ifndef REEVE_SANDBOX_FIRST_PROCESS_H
#define REEVE_SANDBOX_FIRST_PROCESS_H

/*
 * Standing in for a command that runs in a PID namespace of its own (PrivatePIDs=): the signals
 * that we get are for it, and so is our death; what it ends with is what we end with.
 *
 * The kernel drops signals to the first process of a namespace that it has no handler for, though
 * they would end any other. Here they end it: nobody types Ctrl-C for nothing.
 */

#include "supervisor/unit/macro.h"

#include <signal.h>
#include <sys/types.h>

struct first_process {
    sigset_t before; /* the caller's signal mask, which is the command's */
    int life[2];     /* a pipe: the end that nobody but we can write to is gone when we are */
};

/* Before the fork: 0 or a negative errno. */
int first_process_prepare(struct first_process *first) MUST_CHECK;
/* In the child: at its beginning; and, when it is who it will be, right before the exec. */
void first_process_begin(const struct first_process *first);
void first_process_follow(const struct first_process *first);
/* In the parent: the exit status. */
int first_process_await(pid_t pid);

#endif

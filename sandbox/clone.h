#ifndef REEVE_SANDBOX_CLONE_H
#define REEVE_SANDBOX_CLONE_H

/* clone(2) as fork(2) with flags, and without the C library's: no stack of its own, no handlers. */

#include <signal.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* As fork(2): -1 with errno. Not clone3(): engines answer ENOSYS. */
static inline pid_t clone_self(unsigned long flags)
{
#if defined(__s390__) || defined(__s390x__) /* the stack comes first */
    return (pid_t)syscall(SYS_clone, NULL, flags | SIGCHLD, NULL, NULL, NULL);
#else
    return (pid_t)syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);
#endif
}

#endif

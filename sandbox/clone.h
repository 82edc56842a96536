#ifndef REEVE_SANDBOX_CLONE_H
#define REEVE_SANDBOX_CLONE_H

/* clone(2) as fork(2) with flags, and without the C library's: no stack of its own, no handlers. */

#include <signal.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* As fork(2): -1 with errno. `told`: with CLONE_PARENT_SETTID. Not clone3(): engines answer ENOSYS.
 */
static inline pid_t clone_told(unsigned long flags, pid_t *told)
{
#if defined(__s390__) || defined(__s390x__) /* the stack comes first */
    return (pid_t)syscall(SYS_clone, NULL, flags | SIGCHLD, told, NULL, NULL);
#else
    return (pid_t)syscall(SYS_clone, flags | SIGCHLD, NULL, told, NULL, NULL);
#endif
}

static inline pid_t clone_self(unsigned long flags)
{
    return clone_told(flags, NULL);
}

#endif

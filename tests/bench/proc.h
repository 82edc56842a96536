#ifndef REEVE_BENCH_PROC_H
#define REEVE_BENCH_PROC_H

/* What /proc says of a process, and of all processes of a PID namespace. */

#include <sys/types.h>

struct proc_figures {
    long pss_kb;   /* its share of the memory (smaps_rollup) */
    long switches; /* times that it was put on or off a core so far: an idle process has none */
};

/* -1 in fields that cannot be read. */
struct proc_figures proc_figures(pid_t pid);

/* The sum over the namespace of `pid1` without programs whose file name is one of `except`
 * (NULL-terminated): what supervision costs altogether. */
struct proc_figures proc_namespace_figures(pid_t pid1, const char *const *except);

/* Children of a process, zombies included. */
long proc_children(pid_t pid);

#endif

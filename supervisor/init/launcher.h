#ifndef REEVE_INIT_LAUNCHER_H
#define REEVE_INIT_LAUNCHER_H

/*
 * The parent process of `reeve --isolate`: not PID 1, so it may wait. It passes signals on, shows
 * how the pod comes up, and ends as the pod ends.
 *
 * Assumes that the child has called setsid(): Ctrl-C then reaches the launcher alone. The first one
 * sends SIGINT to the child, which stops the pod in order; each further one sends SIGINT again, and
 * the child hurries. SIGTERM, SIGHUP and SIGRTMIN+3 are passed on; a SIGHUP because the terminal
 * has gone becomes SIGTERM, since a reload is not what closing a window means. Works with any
 * signal mask and restores it.
 */

#include <stdbool.h>
#include <sys/types.h>

struct launcher_options {
    pid_t child;
    int watch_fd;         /* PID 1 sends the snapshot and all changes here; taken over; -1: none */
    bool use_view;        /* standard output is a terminal and a person looks at it */
    const char *log_path; /* what reeve-log writes to; NULL: none */
    const char *const *urls; /* lines to print once the pod is up; NULL-terminated; NULL: none */
};

/*
 * Returns when the child has ended: its exit code, or 128 + N when signal N ended it. On a failure
 * says why, and shows the last lines that the failed unit logged since the launcher began. 70
 * (EX_SOFTWARE) when the launcher itself cannot do its work.
 */
int launcher_run(const struct launcher_options *options);

#endif

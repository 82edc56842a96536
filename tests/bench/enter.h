#ifndef REEVE_BENCH_ENTER_H
#define REEVE_BENCH_ENTER_H

/* A program as PID 1 of namespaces of its own, as a container engine would start it. */

#include "tests/bench/board.h"

/*
 * Starts `argv` in a new pid, mount, network and IPC namespace with at most the capabilities that
 * podman gives, its output in the file `log_path`; notes the time on the board just before the
 * exec. Returns the pid as we see it, or a negative errno.
 */
pid_t enter_container(char **argv, const char *log_path, struct board *board);

/* The limit of descriptors for everybody, which a container has anyway: a pipe or two per service.
 */
void raise_descriptor_limit(void);

#endif

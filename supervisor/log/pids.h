#ifndef REEVE_LOG_PIDS_H
#define REEVE_LOG_PIDS_H

/* The main processes of the units, in memory that PID 1 writes and we look at. */

#include "supervisor/wire/wire.h"

struct pids {
    const pid_t *map; /* NULL: there is none */
    size_t count;
    pid_t init; /* PID 1, as it sees itself */
};

/* Takes over `fd` in any case; -1: there is none. */
void pids_take(struct pids *pids, const struct wire_hello *hello, int fd);
void pids_release(struct pids *pids);

/* The unit whose main process it is; -2: none's. */
int32_t pids_find(const struct pids *pids, pid_t pid);

/* 0: not known. */
pid_t pids_of(const struct pids *pids, int32_t id);

#endif

#ifndef REEVE_HEALTH_SEALS_H
#define REEVE_HEALTH_SEALS_H

/*
 * Which process carries which seal (sandbox/seal.h), kept from one look to the next: reading the
 * seal of each process on a machine takes longer than all else that is asked of the kernel.
 *
 * A seal is handed down and cannot be changed, but for the moment between a fork and the seal. So
 * it is read again until it was still the same SEALS_SETTLED_US later. A number that the kernel
 * gives to another process is noticed by the inode of its directory, which is that of the process
 * as long as the kernel keeps it, and a new one otherwise; then the seal is read anew.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>
#include <sys/types.h>

#define SEALS_SETTLED_US (10 * USEC_PER_SEC)

struct sealed_process {
    pid_t pid;
    ino_t inode;
    uint64_t seal;     /* 0: it has none that we may see */
    uint64_t since_us; /* when the seal was first seen to be this */
    bool is_settled;   /* it was so at a later look, SEALS_SETTLED_US behind */
};

struct seals {
    struct sealed_process *processes;
    size_t count;
};

/* Looks at all processes. Without memory there are none. */
void seals_look(struct seals *seals, uint64_t now_us);
void seals_release(struct seals *seals);

#endif

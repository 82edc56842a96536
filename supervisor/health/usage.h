#ifndef REEVE_HEALTH_USAGE_H
#define REEVE_HEALTH_USAGE_H

/*
 * What the processes of each unit use, as far as this process may see it: it asks the kernel and
 * not PID 1, and only when somebody asks us; an answer is good for USAGE_AGE_US.
 *
 * A unit with a cgroup of its own: the figures of that, which also count who has ended. Otherwise
 * its processes are those that carry the seal (sandbox/seal.h) of its main process: memory is what
 * each has for itself and once the largest part that one shares with others (Chromium's processes
 * share most of theirs); time is that of the living and of the children that they have waited for.
 * Without a main process nothing is known.
 */

#include "supervisor/health/seals.h"
#include "supervisor/health/table.h"

#define USAGE_AGE_US USEC_PER_SEC

struct usage {
    bool is_known;
    uint32_t processes;
    uint64_t memory_bytes, cpu_us;
};

struct usages {
    struct usage *units; /* index = id; NULL before the first look */
    size_t count;
    uint64_t at_us, snapshot; /* when, and of which (table.snapshots) */
    struct seals seals;
};

/* Looks unless it has just looked. Without memory nothing is known. */
void usages_refresh(struct usages *usages, const struct table *table, uint64_t now_us);
void usages_release(struct usages *usages);

#endif

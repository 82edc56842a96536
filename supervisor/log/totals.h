#ifndef REEVE_LOG_TOTALS_H
#define REEVE_LOG_TOTALS_H

/*
 * The counters of the units (wire/log_totals.h), in memory that outlives us: the end of the ring's
 * file. Only what is used takes memory. A number that was being written when we were killed is the
 * old or the new one; whose they are is told by the unit's key, written last.
 */

#include "supervisor/wire/log_totals.h"

enum { TOTALS_MAX = 4096 }; /* units; those beyond are not counted */

struct totals_slot {
    uint64_t key; /* of the ring's unit; 0: free, and all behind it are */
    struct log_totals totals;
};

struct totals {
    struct totals_slot *slots; /* TOTALS_MAX of them */
    size_t count;
};

enum { TOTALS_SIZE = (TOTALS_MAX * sizeof(struct totals_slot) + 4095) / 4096 * 4096 };

/* `memory` is all zero, or what a former reeve-log has left there. */
void totals_init(struct totals *totals, void *memory);

/* Those of that unit; NULL: there are none. */
struct log_totals *totals_find(const struct totals *totals, uint64_t key);
/* The same, made when there are none; NULL: there are too many. */
struct log_totals *totals_get(struct totals *totals, uint64_t key);

#endif

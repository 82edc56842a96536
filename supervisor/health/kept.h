#ifndef REEVE_HEALTH_KEPT_H
#define REEVE_HEALTH_KEPT_H

/*
 * An answer that is the same for everybody who asks for it (ROUTE_KEPT), in the library's own form:
 * made once and sent until the table changes, and no longer than KEPT_US, since the clock is in it
 * too. Who asks ten thousand times a second gets a hundred of them. Pure; web.c makes and frees
 * what is kept.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>

struct route;

#define KEPT_US (10 * USEC_PER_MSEC)

struct kept {
    void *response; /* NULL: nothing is kept */
    unsigned status;
    const struct route *route;
    uint64_t changes; /* table.changes that it is of */
    uint64_t made_us;
};

/* Whether it still answers for that route. */
bool kept_holds(const struct kept *kept, const struct route *route, uint64_t changes,
                uint64_t now_us);

#endif

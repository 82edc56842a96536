#ifndef REEVE_HEALTH_GATHER_H
#define REEVE_HEALTH_GATHER_H

/* Looks at the world for an answer: no more than its route asks for (route.h). */

#include "supervisor/health/log_tail.h"
#include "supervisor/health/route.h"

struct gather {
    const struct table *table;
    struct usages usages;
    struct log_tail tail;
    struct log_counts counts;
    const char *pictures; /* a directory; NULL or "": none */
    struct picture picture;
    struct health_page health_page;
    bool has_started; /* the pod was ready once, up to when table.changes was `judged` */
    uint64_t judged, nonce;
};

/* The tail and the counts are initialised by the caller. */
void gather_init(struct gather *gather, const struct table *table);
void gather_release(struct gather *gather);
void gather_sources(struct gather *gather, const struct route *route, struct sources *ret_sources);
/* After each change of the table: /startupz remembers. */
void gather_judge(struct gather *gather);

#endif

#ifndef REEVE_HEALTH_ROUTE_H
#define REEVE_HEALTH_ROUTE_H

/*
 * What there is on the health port: one table, and what is said there. Pure: what an answer needs
 * from outside is in `struct sources`, gathered by who serves (web.h) as the route's flags ask for.
 */

#include "supervisor/health/picture.h"
#include "supervisor/health/render.h"
#include "supervisor/health/request.h"

enum route_flag {
    ROUTE_USAGE = 1 << 0,   /* shows what units use: sources.usages is fresh */
    ROUTE_PROCESS = 1 << 1, /* shows this process and the container: sources.moment is whole */
    ROUTE_LINES = 1 << 3,   /* shows what units printed last: sources.lines */
    ROUTE_LOGS = 1 << 4,    /* no handler: the lines go out as they come from reeve-log */
    ROUTE_PICTURE = 1 << 5, /* sources.picture is the newest */
    ROUTE_OPEN = 1 << 6,    /* the same for everybody: wants no token */
    ROUTE_PROBE = 1 << 7,   /* nor does this, which then says no more than its status */
    ROUTE_KEPT = 1 << 8,    /* the same for everybody who may see it: kept for a moment (kept.h) */
    ROUTE_COUNTS = 1 << 9,  /* waits until sources.counts is fresh */
    ROUTE_STREAM = 1 << 2,  /* has no end: no handler, the events go out instead */
};

struct sources {
    const struct table *table;
    const struct usages *usages;
    const struct last_lines *lines;
    const struct unit_totals_list *counts; /* what reeve-log has counted; NULL: not asked for */
    struct render_moment moment;
    struct container container;
    struct health_page *health_page;
    const struct picture *picture; /* NULL: there is none */
    bool has_started;              /* the pod was ready once */
    uint64_t nonce;                /* of this process: table.changes begins anew in each */
};

struct answer {
    const char *type;          /* Content-Type; that of the route unless the handler changes it */
    struct text *body, *spare; /* may be swapped */
    /* For ETag: all that the answer depends on but for the clock, as one number; 0: it is not to
     * be kept. */
    uint64_t tag;
    uint64_t modified_realtime_us; /* for Last-Modified; 0: not known */
    bool is_page;                  /* for a browser to show: the page's policy goes with it */
};

/* Fills in the answer; returns the status. */
typedef unsigned route_handler(const struct request *request, const struct sources *sources,
                               struct answer *answer);

struct route {
    const char *path; /* as in OpenAPI: "/units/{unit}" */
    const char *type, *meaning;
    route_handler *handler;
    unsigned flags; /* enum route_flag */
};

/* NULL: there is nothing. Fills in request->unit. */
const struct route *route_find(struct request *request);
const struct route *route_table(size_t *ret_count);

#endif

#ifndef REEVE_HEALTH_WEB_H
#define REEVE_HEALTH_WEB_H

/*
 * The health port: answers GET and HEAD from the table (route.h). A request never starts a probe
 * and sends nothing to PID 1. It runs in the same loop as the probes, without a thread; a client
 * that is slow costs a connection and never time (patience.h; broadcast.h for those who listen).
 * The library reads heads of at most WEB_CONNECTION_MEMORY bytes (431 beyond).
 */

#include "supervisor/health/guard.h"
#include "supervisor/health/log_link.h"
#include "supervisor/health/loop.h"
#include "supervisor/health/table.h"

enum {
    /* Beyond what patience.h lets wait there is room for some that it has just dismissed. */
    WEB_CONNECTIONS_MAX = 512,
    WEB_CONNECTION_MEMORY = 8 * 1024,
};

struct web;

/* What it serves, and to whom; all of it is borrowed. */
struct web_config {
    struct table *table;
    struct log_link *logs;
    const char *pictures; /* where a service keeps some; NULL: none does */
    const struct guard *guard;
};

/* Takes over the listening descriptor. 0 or a negative errno; -EPROTO: the certificate or key is of
 * no use. */
int web_new(struct loop *loop, const struct web_config *config, int listener,
            struct web **ret_web) MUST_CHECK;
/* Closes everything; accepts NULL. Returns NULL. */
struct web *web_free(struct web *web);

/* When web_tick() has something to do next. */
uint64_t web_deadline(const struct web *web);
void web_tick(struct web *web, uint64_t now_us);

#endif

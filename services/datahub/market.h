/*
 * The market's thread: plays the feed up to now, writes it to Redis, tells how it went.
 *
 * Redis is the truth. After each connection the market starts from what Redis holds: it begins 30
 * days ago where that is nothing, and else fills the gap between then and now.
 */
#ifndef SERVICES_DATAHUB_MARKET_H
#define SERVICES_DATAHUB_MARKET_H

#include <stdbool.h>
#include <stdint.h>

#include "services/datahub/feed.h"
#include "services/datahub/status.h"
#include "services/datahub/store.h"
#include "services/datahub/symbol.h"

struct market {
    struct store *store; /* borrowed, as the two below */
    const struct symbol_list *symbols;
    struct status *status;
    struct feed_state states[SYMBOLS_MAX];
    size_t synced; /* so many symbols are at now; all of them: only ticks are left */
};

struct market_time {
    int64_t wall_s, monotonic_ms;
};

enum market_outcome {
    MARKET_WAITING,     /* for Redis: call again in a while */
    MARKET_CATCHING_UP, /* call again at once */
    MARKET_TICKING,     /* call again in the next second */
};

/* Takes a second at most (store.h). */
enum market_outcome market_advance(struct market *market, struct market_time now);

#endif

/*
 * DataHub's memory: candles and the market's state in Redis.
 *
 * Layout, per symbol, everything as text that redis-cli shows:
 *
 *   datahub:SIM:BTCUSD:1      stream of candles of a minute that are over. The entry's ID is the
 *                             candle's time in ms, its only field `ohlcv` is "open,high,low,close,
 *                             volume". A stream takes no ID twice and none before its last, so
 *                             history can only grow, never change. MAXLEN bounds it.
 *   datahub:SIM:BTCUSD:state  hash of struct feed_state, among it the candle that is being drawn,
 *                             plus `source` = simulated.
 *
 * A store has one connection (connection.h, where the errors are) and is for one thread. Besides,
 * -EPROTO when what Redis holds is not what we write; store_problem() tells more.
 */
#ifndef SERVICES_DATAHUB_STORE_H
#define SERVICES_DATAHUB_STORE_H

#include <stdint.h>

#include "services/datahub/candle.h"
#include "services/datahub/connection.h"
#include "services/datahub/feed.h"
#include "services/datahub/history.h"
#include "services/datahub/symbol.h"

struct store;

/* What one symbol has to write: candles that are over, then its state. */
struct store_update {
    const struct symbol *symbol;
    const struct feed_state *state;
    struct candle_list closed;
    int64_t kept; /* out: the number of candles that Redis now has */
};

/* The strings of the options must live as long as the store. NULL: no memory. */
struct store *store_new(const struct connection_options *options);
void store_free(struct store *store);

/* What the last failure was, "" when there was none since the last success. */
const char *store_problem(const struct store *store);

int store_ping(struct store *store) __attribute__((warn_unused_result));

/* In one round trip. Candles that Redis already has are left as they are there. */
int store_save(struct store *store, struct store_update *updates, size_t count)
    __attribute__((warn_unused_result));

/* -ENOENT when there is none. */
int store_load(struct store *store, const struct symbol *symbol, struct feed_state *ret_state)
    __attribute__((warn_unused_result));

/* Deletes all that is kept of the symbol. */
int store_forget(struct store *store, const struct symbol *symbol)
    __attribute__((warn_unused_result));

/* Adds the range's candles, ascending, to an empty list. */
int store_candles(struct store *store, const struct symbol *symbol,
                  const struct candle_range *range, struct candle_list *list)
    __attribute__((warn_unused_result));

#endif

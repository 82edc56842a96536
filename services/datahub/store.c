#include "services/datahub/store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_MAX  64
#define MS_PER_S INT64_C(1000)

struct store {
    struct connection *connection;
};

struct store *store_new(const struct connection_options *options)
{
    struct store *store = calloc(1, sizeof(*store));

    if (store == NULL)
        return NULL;
    store->connection = connection_new(options);
    if (store->connection != NULL)
        return store;
    free(store);
    return NULL;
}

void store_free(struct store *store)
{
    if (store == NULL)
        return;
    connection_free(store->connection);
    free(store);
}

const char *store_problem(const struct store *store)
{
    return connection_problem(store->connection);
}

int store_ping(struct store *store)
{
    int error = connection_open(store->connection);

    if (error == 0)
        error = connection_put(store->connection, "PING");
    if (error == 0)
        error = connection_take_verdict(store->connection, NULL);
    if (error == 0)
        connection_note(store->connection, "");
    return error;
}

static void key_of(const struct symbol *symbol, const char *what, char ret_key[KEY_MAX])
{
    (void)snprintf(ret_key, KEY_MAX, "datahub:%s:%s", symbol->ticker, what);
}

/* Notes that what is kept under a key is not what we write. */
static int strange(struct store *store, const char *key, const char *what)
{
    char text[KEY_MAX + 32];

    (void)snprintf(text, sizeof(text), "%s %s", key, what);
    connection_note(store->connection, text);
    return -EPROTO;
}

static int put_candle(struct store *store, const char *key, const struct candle *candle,
                      int price_digits)
{
    char ohlcv[CANDLE_TEXT_MAX];

    candle_format(candle, price_digits, ohlcv);
    return connection_put(store->connection, "XADD %s MAXLEN ~ %" PRId64 " %" PRId64 "-0 ohlcv %s",
                          key, HISTORY_KEPT, candle->time_s * MS_PER_S, ohlcv);
}

/* %.17g gives back the same double: the walk goes on as if it had never stopped. */
static int put_state(struct store *store, const struct store_update *update)
{
    const struct feed_state *state = update->state;
    int digits = update->symbol->price_digits;
    char key[KEY_MAX], walk[32], minute[CANDLE_TEXT_MAX], day[CANDLE_TEXT_MAX];

    key_of(update->symbol, "state", key);
    (void)snprintf(walk, sizeof(walk), "%.17g", state->price);
    candle_format(&state->minute, digits, minute);
    candle_format(&state->day, digits, day);
    return connection_put(store->connection,
                          "HSET %s source simulated time %" PRId64 " walk %s minute_time %" PRId64
                          " minute %s day_time %" PRId64 " day %s previous_close %" PRId64,
                          key, state->time_s, walk, state->minute.time_s, minute, state->day.time_s,
                          day, state->previous_close);
}

static int put_update(struct store *store, const struct store_update *update)
{
    char key[KEY_MAX];
    int error = 0;

    key_of(update->symbol, "1", key);
    for (size_t i = 0; error == 0 && i < update->closed.count; i++)
        error = put_candle(store, key, &update->closed.items[i], update->symbol->price_digits);
    if (error == 0)
        error = put_state(store, update);
    return error == 0 ? connection_put(store->connection, "XLEN %s", key) : error;
}

static int take_update(struct store *store, struct store_update *update)
{
    struct connection *connection = store->connection;
    struct reply *length = NULL;
    int error = 0;

    /* Redis refuses an ID that is not above its last: then it has that candle, ours is the copy. */
    for (size_t i = 0; error == 0 && i < update->closed.count; i++)
        error = connection_take_verdict(connection, "equal or smaller");
    if (error == 0)
        error = connection_take_verdict(connection, NULL);
    if (error == 0)
        length = connection_take_success(connection, NULL);
    if (length == NULL)
        return connection_error(connection);
    update->kept = reply_number(length);
    reply_free(length);
    return 0;
}

int store_save(struct store *store, struct store_update *updates, size_t count)
{
    int error = connection_open(store->connection);

    for (size_t i = 0; error == 0 && i < count; i++)
        error = put_update(store, &updates[i]);
    for (size_t i = 0; error == 0 && i < count; i++)
        error = take_update(store, &updates[i]);
    return error;
}

int store_forget(struct store *store, const struct symbol *symbol)
{
    char candles[KEY_MAX], state[KEY_MAX];

    key_of(symbol, "1", candles);
    key_of(symbol, "state", state);
    struct reply *reply = connection_ask(store->connection, "DEL %s %s", candles, state);

    if (reply == NULL)
        return connection_error(store->connection);
    reply_free(reply);
    return 0;
}

enum state_field { TIME, WALK, MINUTE_TIME, MINUTE, DAY_TIME, DAY, PREVIOUS_CLOSE, STATE_FIELDS };

static const char *text_at(const struct reply *reply, size_t index)
{
    return reply_text(reply_item(reply, index));
}

static int64_t integer_at(const struct reply *reply, size_t index)
{
    return strtoll(text_at(reply, index), NULL, 10);
}

static int parse_state(const struct reply *reply, int digits, struct feed_state *ret_state)
{
    if (reply_count(reply) != STATE_FIELDS)
        return -EPROTO;
    for (size_t i = 0; i < STATE_FIELDS; i++)
        if (text_at(reply, i) == NULL)
            return -ENOENT;
    struct feed_state state = {
        .time_s = integer_at(reply, TIME),
        .price = strtod(text_at(reply, WALK), NULL),
        .minute.time_s = integer_at(reply, MINUTE_TIME),
        .day.time_s = integer_at(reply, DAY_TIME),
        .previous_close = integer_at(reply, PREVIOUS_CLOSE),
    };

    if (candle_parse(text_at(reply, MINUTE), digits, &state.minute) < 0 ||
        candle_parse(text_at(reply, DAY), digits, &state.day) < 0 || !(state.price >= 1.0))
        return -EPROTO;
    *ret_state = state;
    return 0;
}

int store_load(struct store *store, const struct symbol *symbol, struct feed_state *ret_state)
{
    char key[KEY_MAX];

    key_of(symbol, "state", key);
    struct reply *reply =
        connection_ask(store->connection,
                       "HMGET %s time walk minute_time minute day_time day previous_close", key);

    if (reply == NULL)
        return connection_error(store->connection);
    int error = parse_state(reply, symbol->price_digits, ret_state);

    reply_free(reply);
    return error == -EPROTO ? strange(store, key, "is not a state of ours") : error;
}

/* [ID, [field, value]] */
static int parse_entry(const struct reply *entry, int digits, struct candle *ret_candle)
{
    if (reply_count(entry) != 2 || text_at(entry, 0) == NULL ||
        reply_count(reply_item(entry, 1)) != 2)
        return -EPROTO;
    struct candle candle = { .time_s = integer_at(entry, 0) / MS_PER_S };
    const char *ohlcv = text_at(reply_item(entry, 1), 1);

    if (ohlcv == NULL || candle_parse(ohlcv, digits, &candle) < 0)
        return -EPROTO;
    *ret_candle = candle;
    return 0;
}

static int parse_entries(const struct reply *reply, int digits, struct candle_list *list)
{
    int error = 0;

    for (size_t i = reply_count(reply); error == 0 && i > 0; i--) {
        struct candle candle;

        error = parse_entry(reply_item(reply, i - 1), digits, &candle);
        if (error == 0)
            error = candle_list_add(list, candle);
    }
    return error;
}

int store_candles(struct store *store, const struct symbol *symbol,
                  const struct candle_range *range, struct candle_list *list)
{
    char key[KEY_MAX];
    int64_t from_s = range->from_s > 0 ? range->from_s : 0;

    if (range->to_s <= from_s || range->count <= 0)
        return 0;
    key_of(symbol, "1", key);
    struct reply *reply =
        connection_ask(store->connection, "XREVRANGE %s %" PRId64 " %" PRId64 " COUNT %" PRId64,
                       key, range->to_s * MS_PER_S - 1, from_s * MS_PER_S, range->count);
    if (reply == NULL)
        return connection_error(store->connection);
    int error = parse_entries(reply, symbol->price_digits, list);

    reply_free(reply);
    return error == -EPROTO ? strange(store, key, "has a strange entry") : error;
}

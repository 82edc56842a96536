#include "services/datahub/store.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define KEY_MAX     64
#define PROBLEM_MAX 160
#define MS_PER_S    INT64_C(1000)
#define US_PER_MS   INT64_C(1000)
#define NS_PER_MS   INT64_C(1000000)

struct store {
    struct store_options options;
    redisContext *connection; /* NULL: there is none */
    int64_t retry_at_ms;      /* monotonic; no attempt before it */
    int error;                /* of the last failure */
    char problem[PROBLEM_MAX];
};

static int64_t monotonic_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * MS_PER_S + now.tv_nsec / NS_PER_MS;
}

static struct timeval timeval_of(int ms)
{
    return (struct timeval){ .tv_sec = ms / MS_PER_S, .tv_usec = (ms % MS_PER_S) * US_PER_MS };
}

struct store *store_new(const struct store_options *options)
{
    struct store *store = calloc(1, sizeof(*store));

    if (store != NULL)
        store->options = *options;
    return store;
}

static void disconnect(struct store *store)
{
    if (store->connection != NULL)
        redisFree(store->connection);
    store->connection = NULL;
}

void store_free(struct store *store)
{
    if (store == NULL)
        return;
    disconnect(store);
    free(store);
}

const char *store_problem(const struct store *store)
{
    return store->problem;
}

/* Notes what went wrong, gives the connection up and returns the error. */
static int fail(struct store *store, int error, const char *text)
{
    (void)snprintf(store->problem, sizeof(store->problem), "%s", text);
    disconnect(store);
    store->retry_at_ms = monotonic_ms() + STORE_RETRY_MS;
    store->error = error;
    return error;
}

/* What hiredis noted; for an answer that is late that is "Resource temporarily unavailable". */
static int fail_connection(struct store *store)
{
    const redisContext *connection = store->connection;

    if (connection == NULL)
        return fail(store, -ENOMEM, "out of memory");
    if (connection->err == REDIS_ERR_IO && errno == EAGAIN)
        return fail(store, -ENOTCONN, "Redis does not answer");
    return fail(store, -ENOTCONN, connection->errstr);
}

/* The next answer, or NULL and store->error; an error that Redis answers with is an answer, too. */
static redisReply *receive(struct store *store)
{
    void *reply = NULL;

    if (redisGetReply(store->connection, &reply) == REDIS_OK && reply != NULL)
        return reply;
    (void)fail_connection(store);
    return NULL;
}

/* NULL and store->error also when Redis answers with an error. */
static redisReply *receive_success(struct store *store)
{
    redisReply *reply = receive(store);

    if (reply == NULL || reply->type != REDIS_REPLY_ERROR)
        return reply;
    (void)fail(store, -EIO, reply->str);
    freeReplyObject(reply);
    return NULL;
}

/* For an answer that only says whether it worked. */
static int receive_verdict(struct store *store)
{
    redisReply *reply = receive_success(store);

    if (reply == NULL)
        return store->error;
    freeReplyObject(reply);
    return 0;
}

static int authenticate(struct store *store)
{
    if (store->options.password == NULL)
        return 0;
    if (redisAppendCommand(store->connection, "AUTH %s", store->options.password) != REDIS_OK)
        return fail_connection(store);
    return receive_verdict(store);
}

/* Redis went away while nobody asked: between questions there is nothing to read, not even an end.
 */
static bool is_stale(const redisContext *connection)
{
    char byte;

    return recv(connection->fd, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT) >= 0 ||
           (errno != EAGAIN && errno != EINTR);
}

static int connect_when_due(struct store *store)
{
    if (store->connection != NULL && is_stale(store->connection))
        disconnect(store);
    if (store->connection != NULL)
        return 0;
    if (monotonic_ms() < store->retry_at_ms)
        return store->error;
    store->connection = redisConnectWithTimeout(store->options.host, store->options.port,
                                                timeval_of(STORE_CONNECT_MS));
    if (store->connection == NULL || store->connection->err != 0 ||
        redisSetTimeout(store->connection, timeval_of(STORE_ANSWER_MS)) != REDIS_OK)
        return fail_connection(store);
    return authenticate(store);
}

int store_ping(struct store *store)
{
    int error = connect_when_due(store);

    if (error != 0)
        return error;
    if (redisAppendCommand(store->connection, "PING") != REDIS_OK)
        return fail_connection(store);
    error = receive_verdict(store);
    if (error == 0)
        store->problem[0] = '\0';
    return error;
}

static void key_of(const struct symbol *symbol, const char *what, char ret_key[KEY_MAX])
{
    (void)snprintf(ret_key, KEY_MAX, "datahub:%s:%s", symbol->ticker, what);
}

static bool append_candle(struct store *store, const char *key, const struct candle *candle,
                          int price_digits)
{
    char ohlcv[CANDLE_TEXT_MAX];

    candle_format(candle, price_digits, ohlcv);
    return redisAppendCommand(store->connection,
                              "XADD %s MAXLEN ~ %" PRId64 " %" PRId64 "-0 ohlcv %s", key,
                              HISTORY_KEPT, candle->time_s * MS_PER_S, ohlcv) == REDIS_OK;
}

/* %.17g gives back the same double: the walk goes on as if it had never stopped. */
static bool append_state(struct store *store, const struct store_update *update)
{
    const struct feed_state *state = update->state;
    int digits = update->symbol->price_digits;
    char key[KEY_MAX], walk[32], minute[CANDLE_TEXT_MAX], day[CANDLE_TEXT_MAX];

    key_of(update->symbol, "state", key);
    (void)snprintf(walk, sizeof(walk), "%.17g", state->price);
    candle_format(&state->minute, digits, minute);
    candle_format(&state->day, digits, day);
    return redisAppendCommand(store->connection,
                              "HSET %s source simulated time %" PRId64
                              " walk %s minute_time %" PRId64 " minute %s day_time %" PRId64
                              " day %s previous_close %" PRId64,
                              key, state->time_s, walk, state->minute.time_s, minute,
                              state->day.time_s, day, state->previous_close) == REDIS_OK;
}

static bool append_update(struct store *store, const struct store_update *update)
{
    char key[KEY_MAX];

    key_of(update->symbol, "1", key);
    for (size_t i = 0; i < update->closed.count; i++)
        if (!append_candle(store, key, &update->closed.items[i], update->symbol->price_digits))
            return false;
    return append_state(store, update) &&
           redisAppendCommand(store->connection, "XLEN %s", key) == REDIS_OK;
}

/* Redis refuses an ID that is not above its last: then it has that candle, and ours is the copy. */
static int receive_added(struct store *store)
{
    redisReply *reply = receive(store);
    int error = 0;

    if (reply == NULL)
        return store->error;
    if (reply->type == REDIS_REPLY_ERROR && strstr(reply->str, "equal or smaller") == NULL)
        error = fail(store, -EIO, reply->str);
    freeReplyObject(reply);
    return error;
}

static int receive_update(struct store *store, struct store_update *update)
{
    int error = 0;

    for (size_t i = 0; error == 0 && i < update->closed.count; i++)
        error = receive_added(store);
    if (error == 0)
        error = receive_verdict(store);
    redisReply *length = error == 0 ? receive_success(store) : NULL;

    if (length == NULL)
        return store->error;
    update->kept = length->integer;
    freeReplyObject(length);
    return 0;
}

int store_save(struct store *store, struct store_update *updates, size_t count)
{
    int error = connect_when_due(store);

    if (error != 0)
        return error;
    for (size_t i = 0; i < count; i++)
        if (!append_update(store, &updates[i]))
            return fail_connection(store);
    for (size_t i = 0; error == 0 && i < count; i++)
        error = receive_update(store, &updates[i]);
    return error;
}

/* One command, one answer; NULL and store->error. */
static redisReply *ask(struct store *store, const char *format, ...)
{
    va_list arguments;

    if (connect_when_due(store) < 0)
        return NULL;
    va_start(arguments, format);
    int result = redisvAppendCommand(store->connection, format, arguments);
    va_end(arguments);
    if (result == REDIS_OK)
        return receive_success(store);
    (void)fail_connection(store);
    return NULL;
}

int store_forget(struct store *store, const struct symbol *symbol)
{
    char candles[KEY_MAX], state[KEY_MAX];

    key_of(symbol, "1", candles);
    key_of(symbol, "state", state);
    redisReply *reply = ask(store, "DEL %s %s", candles, state);

    if (reply == NULL)
        return store->error;
    freeReplyObject(reply);
    return 0;
}

enum state_field { TIME, WALK, MINUTE_TIME, MINUTE, DAY_TIME, DAY, PREVIOUS_CLOSE, STATE_FIELDS };

static int64_t integer_of(const redisReply *reply)
{
    return strtoll(reply->str, NULL, 10);
}

static int parse_state(const redisReply *reply, int digits, struct feed_state *ret_state)
{
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != STATE_FIELDS)
        return -EPROTO;
    for (size_t i = 0; i < STATE_FIELDS; i++)
        if (reply->element[i]->type != REDIS_REPLY_STRING)
            return -ENOENT;
    struct feed_state state = {
        .time_s = integer_of(reply->element[TIME]),
        .price = strtod(reply->element[WALK]->str, NULL),
        .minute.time_s = integer_of(reply->element[MINUTE_TIME]),
        .day.time_s = integer_of(reply->element[DAY_TIME]),
        .previous_close = integer_of(reply->element[PREVIOUS_CLOSE]),
    };

    if (candle_parse(reply->element[MINUTE]->str, digits, &state.minute) < 0 ||
        candle_parse(reply->element[DAY]->str, digits, &state.day) < 0 || !(state.price >= 1.0))
        return -EPROTO;
    *ret_state = state;
    return 0;
}

int store_load(struct store *store, const struct symbol *symbol, struct feed_state *ret_state)
{
    char key[KEY_MAX];

    key_of(symbol, "state", key);
    redisReply *reply =
        ask(store, "HMGET %s time walk minute_time minute day_time day previous_close", key);

    if (reply == NULL)
        return store->error;
    int error = parse_state(reply, symbol->price_digits, ret_state);

    freeReplyObject(reply);
    if (error == -EPROTO)
        (void)snprintf(store->problem, sizeof(store->problem), "%s is not a state of ours", key);
    return error;
}

/* [ID, [field, value]] */
static int parse_entry(const redisReply *entry, int digits, struct candle *ret_candle)
{
    if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 ||
        entry->element[1]->type != REDIS_REPLY_ARRAY || entry->element[1]->elements != 2)
        return -EPROTO;
    struct candle candle = { .time_s = integer_of(entry->element[0]) / MS_PER_S };

    if (candle_parse(entry->element[1]->element[1]->str, digits, &candle) < 0)
        return -EPROTO;
    *ret_candle = candle;
    return 0;
}

static int parse_entries(const redisReply *reply, int digits, struct candle_list *list)
{
    int error = 0;

    for (size_t i = reply->elements; error == 0 && i > 0; i--) {
        struct candle candle;

        error = parse_entry(reply->element[i - 1], digits, &candle);
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
    redisReply *reply = ask(store, "XREVRANGE %s %" PRId64 " %" PRId64 " COUNT %" PRId64, key,
                            range->to_s * MS_PER_S - 1, from_s * MS_PER_S, range->count);
    if (reply == NULL)
        return store->error;
    int error = parse_entries(reply, symbol->price_digits, list);

    freeReplyObject(reply);
    if (error == -EPROTO)
        (void)snprintf(store->problem, sizeof(store->problem), "%s has a strange entry", key);
    return error;
}

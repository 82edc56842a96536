#include "services/datahub/connection.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define PROBLEM_MAX 160
#define MS_PER_S    INT64_C(1000)
#define US_PER_MS   INT64_C(1000)
#define NS_PER_MS   INT64_C(1000000)

struct connection {
    const struct connection_options *options;
    redisContext *redis; /* NULL: there is none */
    size_t sentinel;     /* the one to ask next */
    int64_t retry_at_ms; /* monotonic; no attempt before it */
    int error;           /* of the last failure */
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

struct connection *connection_new(const struct connection_options *options)
{
    struct connection *connection = calloc(1, sizeof(*connection));

    if (connection != NULL)
        connection->options = options;
    return connection;
}

static void disconnect(struct connection *connection)
{
    if (connection->redis != NULL)
        redisFree(connection->redis);
    connection->redis = NULL;
}

void connection_free(struct connection *connection)
{
    if (connection == NULL)
        return;
    disconnect(connection);
    free(connection);
}

const char *connection_problem(const struct connection *connection)
{
    return connection->problem;
}

void connection_note(struct connection *connection, const char *text)
{
    (void)snprintf(connection->problem, sizeof(connection->problem), "%s", text);
}

int connection_error(const struct connection *connection)
{
    return connection->error;
}

/* Notes what went wrong, gives the connection up and returns the error. */
static int fail(struct connection *connection, int error, const char *text)
{
    connection_note(connection, text);
    disconnect(connection);
    connection->retry_at_ms = monotonic_ms() + CONNECTION_RETRY_MS;
    connection->error = error;
    return error;
}

/* What hiredis noted; for an answer that is late that is "Resource temporarily unavailable". */
static const char *problem_of(const redisContext *redis, const char *late)
{
    if (redis == NULL)
        return "out of memory";
    return redis->err == REDIS_ERR_IO && errno == EAGAIN ? late : redis->errstr;
}

static int fail_redis(struct connection *connection)
{
    const redisContext *redis = connection->redis;

    return fail(connection, redis != NULL ? -ENOTCONN : -ENOMEM,
                problem_of(redis, "Redis does not answer"));
}

struct reply *connection_take(struct connection *connection)
{
    void *reply = NULL;

    if (redisGetReply(connection->redis, &reply) == REDIS_OK && reply != NULL)
        return reply;
    (void)fail_redis(connection);
    return NULL;
}

struct reply *connection_take_success(struct connection *connection, const char *expected)
{
    struct reply *reply = connection_take(connection);
    const redisReply *read = (const redisReply *)reply;

    if (reply == NULL || read->type != REDIS_REPLY_ERROR ||
        (expected != NULL && strstr(read->str, expected) != NULL))
        return reply;
    (void)fail(connection, -EIO, read->str);
    reply_free(reply);
    return NULL;
}

int connection_take_verdict(struct connection *connection, const char *expected)
{
    struct reply *reply = connection_take_success(connection, expected);

    if (reply == NULL)
        return connection->error;
    reply_free(reply);
    return 0;
}

static int authenticate(struct connection *connection)
{
    const char *password = connection->options->password;

    if (password == NULL)
        return 0;
    if (redisAppendCommand(connection->redis, "AUTH %s", password) != REDIS_OK)
        return fail_redis(connection);
    return connection_take_verdict(connection, NULL);
}

static redisContext *open_host(const struct redis_host *host)
{
    redisContext *redis =
        redisConnectWithTimeout(host->name, host->port, timeval_of(CONNECTION_OPEN_MS));

    if (redis != NULL && redis->err == 0)
        (void)redisSetTimeout(redis, timeval_of(CONNECTION_ANSWER_MS)); /* it notes the error */
    return redis;
}

/* What a Sentinel said: [address, port]. "" when it is that, else what is wrong. */
static const char *read_primary(const redisReply *reply, struct redis_host *ret_host)
{
    if (reply->type == REDIS_REPLY_ERROR)
        return reply->str;
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2)
        return "it knows no primary of that name";
    const char *name = reply_text((const struct reply *)reply->element[0]);
    const char *port = reply_text((const struct reply *)reply->element[1]);

    if (name == NULL || port == NULL || strlen(name) >= sizeof(ret_host->name) ||
        place_parse_port(port, &ret_host->port) < 0)
        return "its answer is no address";
    (void)snprintf(ret_host->name, sizeof(ret_host->name), "%s", name);
    return "";
}

/* One Sentinel; the next attempt asks the next one if this one was of no use. */
static int find_primary(struct connection *connection, struct redis_host *ret_host)
{
    const struct redis_place *place = &connection->options->place;
    const struct redis_host *sentinel = &place->hosts[connection->sentinel];
    redisContext *redis = open_host(sentinel);
    redisReply *reply = NULL;
    char text[PROBLEM_MAX];

    if (redis != NULL && redis->err == 0)
        reply = redisCommand(redis, "SENTINEL get-master-addr-by-name %s", place->primary);
    const char *problem =
        reply != NULL ? read_primary(reply, ret_host) : problem_of(redis, "it does not answer");
    bool is_found = problem[0] == '\0';

    (void)snprintf(text, sizeof(text), "Sentinel %s:%u: %s", sentinel->name,
                   (unsigned)sentinel->port, problem);
    if (reply != NULL)
        freeReplyObject(reply);
    if (redis != NULL)
        redisFree(redis);
    if (is_found)
        return 0;
    connection->sentinel = (connection->sentinel + 1) % place->count;
    return fail(connection, -ENOTCONN, text);
}

/* A Sentinel's word may be older than the failover, or younger than the primary's own knowledge. */
static int check_role(struct connection *connection)
{
    if (redisAppendCommand(connection->redis, "ROLE") != REDIS_OK)
        return fail_redis(connection);
    struct reply *reply = connection_take_success(connection, NULL);

    if (reply == NULL)
        return connection->error;
    const char *role = reply_count(reply) > 0 ? reply_text(reply_item(reply, 0)) : NULL;
    bool is_primary = role != NULL && strcmp(role, "master") == 0;

    reply_free(reply);
    return is_primary ? 0 : fail(connection, -ENOTCONN, "who was the primary is none");
}

/* Redis went away while nobody asked: between questions there is nothing to read, not even an end.
 */
static bool is_stale(const redisContext *redis)
{
    char byte;

    return recv(redis->fd, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT) >= 0 ||
           (errno != EAGAIN && errno != EINTR);
}

int connection_open(struct connection *connection)
{
    const struct redis_place *place = &connection->options->place;
    bool is_watched = place->primary[0] != '\0';
    struct redis_host host = place->hosts[0];
    int error = 0;

    if (connection->redis != NULL && is_stale(connection->redis))
        disconnect(connection);
    if (connection->redis != NULL)
        return 0;
    if (monotonic_ms() < connection->retry_at_ms)
        return connection->error;
    if (is_watched)
        error = find_primary(connection, &host);
    if (error < 0)
        return error;
    connection->redis = open_host(&host);
    if (connection->redis == NULL || connection->redis->err != 0)
        return fail_redis(connection);
    error = authenticate(connection);
    return error == 0 && is_watched ? check_role(connection) : error;
}

static int put(struct connection *connection, const char *format, va_list arguments)
{
    if (redisvAppendCommand(connection->redis, format, arguments) == REDIS_OK)
        return 0;
    return fail_redis(connection);
}

int connection_put(struct connection *connection, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int error = put(connection, format, arguments);
    va_end(arguments);
    return error;
}

struct reply *connection_ask(struct connection *connection, const char *format, ...)
{
    va_list arguments;

    if (connection_open(connection) < 0)
        return NULL;
    va_start(arguments, format);
    int error = put(connection, format, arguments);
    va_end(arguments);
    return error == 0 ? connection_take_success(connection, NULL) : NULL;
}

void reply_free(struct reply *reply)
{
    freeReplyObject((redisReply *)reply);
}

const char *reply_text(const struct reply *reply)
{
    const redisReply *read = (const redisReply *)reply;

    return read->type == REDIS_REPLY_STRING || read->type == REDIS_REPLY_STATUS ? read->str : NULL;
}

int64_t reply_number(const struct reply *reply)
{
    return ((const redisReply *)reply)->integer;
}

size_t reply_count(const struct reply *reply)
{
    const redisReply *read = (const redisReply *)reply;

    return read->type == REDIS_REPLY_ARRAY ? read->elements : 0;
}

const struct reply *reply_item(const struct reply *reply, size_t index)
{
    return (const struct reply *)((const redisReply *)reply)->element[index];
}

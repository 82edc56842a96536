/*
 * A connection to Redis, for one thread. The only user of hiredis.
 *
 * It connects when it is needed and again after each failure. Where the place names Sentinels, one
 * of them is asked each time who the primary is, another one after a failure; and who calls himself
 * something else than a primary is left again. So after a failover the new one is found by
 * whichever comes first: the old one's silence, its end, or its refusal to be written to.
 *
 * No call waits for longer than CONNECTION_OPEN_MS + CONNECTION_ANSWER_MS for a Redis that does not
 * answer, and as long for a Sentinel. After a failure, calls fail at once for CONNECTION_RETRY_MS.
 * Errors: -ENOTCONN when Redis could not be reached or went away, -EIO when it answered with an
 * error, -ENOMEM; connection_problem() tells more. Each of them closes the connection.
 */
#ifndef SERVICES_DATAHUB_CONNECTION_H
#define SERVICES_DATAHUB_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/datahub/place.h"

#define CONNECTION_OPEN_MS   300
#define CONNECTION_ANSWER_MS 500
#define CONNECTION_RETRY_MS  400

struct connection;
struct reply;

struct connection_options {
    struct redis_place place;
    const char *password; /* of Redis, not of the Sentinels; NULL: no AUTH */
};

/* The options must live as long as the connection. NULL: no memory. */
struct connection *connection_new(const struct connection_options *options);
void connection_free(struct connection *connection);

/* What the last failure was, or what was noted since: by who asks, about what was answered. */
const char *connection_problem(const struct connection *connection);
void connection_note(struct connection *connection, const char *text);

/* The error of the last call that failed. */
int connection_error(const struct connection *connection);

int connection_open(struct connection *connection) __attribute__((warn_unused_result));

/* Puts a command behind those that have not been answered; hiredis's own words in the format. */
int connection_put(struct connection *connection, const char *format, ...)
    __attribute__((warn_unused_result));

/* The answer to the first of them, which is the caller's to free; NULL and connection_error(). */
struct reply *connection_take(struct connection *connection);

/* As much, but an error that is not `expected` (a part of its text, or NULL) is a failure. */
struct reply *connection_take_success(struct connection *connection, const char *expected);

/* For an answer that says only whether it worked. */
int connection_take_verdict(struct connection *connection, const char *expected)
    __attribute__((warn_unused_result));

/* Opens, puts and takes. */
struct reply *connection_ask(struct connection *connection, const char *format, ...);

void reply_free(struct reply *reply);

/* Of a text, also of a status; NULL: it is something else. */
const char *reply_text(const struct reply *reply);

int64_t reply_number(const struct reply *reply);

/* Of a list; none in anything else. */
size_t reply_count(const struct reply *reply);
const struct reply *reply_item(const struct reply *reply, size_t index);

#endif

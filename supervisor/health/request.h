#ifndef REEVE_HEALTH_REQUEST_H
#define REEVE_HEALTH_REQUEST_H

/*
 * What a client asks for, read out of its words; pure. All strings belong to the request as long as
 * it is answered, and come from strangers.
 */

#include "supervisor/wire/wire.h"

#include <stddef.h>

enum { REQUEST_EXCLUDES_MAX = 64, REQUEST_LINES_DEFAULT = 100, REQUEST_LINES_MAX = 10000 };

struct request {
    const char *path, *method;
    /* Header fields; NULL: the client did not send it. */
    const char *accept, *accept_encoding, *if_none_match, *authorization;
    /* Of the path. */
    char unit[WIRE_NAME_SIZE]; /* where the route has "{unit}", or another name in braces */
    /* Of the query. */
    bool is_verbose, is_follow;
    bool is_stranger;        /* has no token where there is one: learns whether, and not why */
    bool has_bad_number;     /* ?n= or ?after= was none */
    unsigned lines;          /* ?n= */
    uint64_t after_sequence; /* ?after= or Last-Event-ID: only what is behind it; 0: not given */
    size_t exclude_count;
    const char *excludes[REQUEST_EXCLUDES_MAX]; /* ?exclude=, those beyond are not excluded */
};

void request_init(struct request *request, const char *method, const char *path);
/* One part of the query, decoded; `value` may be NULL. What nobody knows is ignored, as everywhere
 * on the web. */
void request_take_query(struct request *request, const char *name, const char *value);
/* GET or HEAD. */
bool request_is_read(const struct request *request);

/* How a log is wanted: for people unless JSON is accepted; to follow, always as events. */
enum log_format { LOG_AS_TEXT, LOG_AS_JSON, LOG_AS_EVENTS };
enum log_format log_format_of(const struct request *request);

/* How much the client wants `word` by a header such as Accept or Accept-Encoding (RFC
 * 9110, 12.4.2), 0 to 1000; wildcards do not count. Of several mentions the highest. */
unsigned accept_quality(const char *header, const char *word);
/* Whether Authorization has this bearer token (RFC 6750). Takes as long for every wrong one of the
 * same length. */
bool token_matches(const char *authorization, const char *token);
/* Whether If-None-Match (RFC 9110, 13.1.2) names the tag, which comes without quotes; weak or not.
 */
bool tag_matches(const char *header, const char *tag);

#endif

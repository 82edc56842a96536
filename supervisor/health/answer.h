#ifndef REEVE_HEALTH_ANSWER_H
#define REEVE_HEALTH_ANSWER_H

/*
 * From a request to an answer: what is refused, and what goes with the body. Pure; who serves
 * (web.h) gathers the sources between the two steps and sends what comes out.
 */

#include "supervisor/health/route.h"

enum {
    ANSWER_HEADERS_MAX = 12,
    ANSWER_TAG_SIZE = 24,
    ANSWER_DATE_SIZE = 32,
    ANSWER_SQUEEZE_MIN = 1400, /* what is smaller goes into one packet as it is */
};

struct header {
    const char *name, *value;
};

struct reply {
    unsigned status;
    struct text *body, *spare; /* borrowed; which of them has the body may change */
    struct header headers[ANSWER_HEADERS_MAX];
    size_t header_count;
    char modified[ANSWER_DATE_SIZE];
    char tag[ANSWER_TAG_SIZE]; /* of a header */
};

/* The route that is to be answered; NULL: the reply is complete, it is a refusal. `token`: what the
 * client must have; NULL: nothing. */
const struct route *answer_begin(struct request *request, const char *token, struct reply *reply);
/* For a route with a handler. */
void answer_fill(const struct route *route, const struct request *request,
                 const struct sources *sources, struct reply *reply);
/* For one without: only the headers. */
void answer_stream(const struct route *route, struct reply *reply);
/* Whose log is asked for: its whole name; NULL: there is none, and the reply is a refusal. */
const char *answer_log_unit(const struct request *request, const struct table *table,
                            struct reply *reply);
/* The headers of a log. */
void answer_log(const struct request *request, struct reply *reply);
/* "Come again later." */
void answer_refuse_stream(struct reply *reply);

#endif

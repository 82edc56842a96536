#include "supervisor/health/answer.h"

enum {
    STATUS_OK = 200,
    STATUS_NOT_FOUND = 404,
    STATUS_NOT_ALLOWED = 405,
    STATUS_ERROR = 500,
    STATUS_UNAVAILABLE = 503,
};

static void add_header(struct reply *reply, const char *name, const char *value)
{
    if (reply->header_count < ANSWER_HEADERS_MAX)
        reply->headers[reply->header_count++] = (struct header){ name, value };
}

static void add_usual_headers(struct reply *reply, const char *type)
{
    add_header(reply, "Content-Type", type);
    add_header(reply, "Cache-Control", "no-store");
    add_header(reply, "X-Content-Type-Options", "nosniff");
}

static void refuse(struct reply *reply, unsigned status, const char *sentence)
{
    reply->status = status;
    add_usual_headers(reply, "text/plain; charset=utf-8");
    text_put(reply->body, sentence);
}

const struct route *answer_begin(struct request *request, struct reply *reply)
{
    const struct route *route = route_find(request);

    text_clear(reply->body);
    reply->header_count = 0;
    if (!route) {
        refuse(reply, STATUS_NOT_FOUND, "There is nothing here; / lists what there is.\n");
        return NULL;
    }
    if (!request_is_read(request)) {
        refuse(reply, STATUS_NOT_ALLOWED, "Only GET and HEAD are answered here.\n");
        add_header(reply, "Allow", "GET, HEAD");
        return NULL;
    }
    return route;
}

void answer_fill(const struct route *route, const struct request *request,
                 const struct sources *sources, struct reply *reply)
{
    struct answer answer = { .type = route->type, .body = reply->body };

    reply->status = route->handler(request, sources, &answer);
    add_usual_headers(reply, answer.type);
    if (reply->body->has_failed) {
        text_clear(reply->body);
        reply->status = STATUS_ERROR;
    }
}

void answer_stream(const struct route *route, struct reply *reply)
{
    reply->status = STATUS_OK;
    add_usual_headers(reply, route->type);
}

void answer_refuse_stream(struct reply *reply)
{
    refuse(reply, STATUS_UNAVAILABLE, "Enough clients listen to events already.\n");
    add_header(reply, "Retry-After", "5");
}

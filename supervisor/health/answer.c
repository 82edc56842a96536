#include "supervisor/health/answer.h"

#include "supervisor/health/page.h"
#include "supervisor/health/squeeze.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <string.h>

enum {
    STATUS_OK = 200,
    STATUS_NOT_MODIFIED = 304,
    STATUS_BAD_REQUEST = 400,
    STATUS_UNAUTHORIZED = 401,
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

/* What has a tag may be kept, if it is asked for each time whether it still holds. */
static void add_usual_headers(struct reply *reply, const char *type)
{
    add_header(reply, "Content-Type", type);
    add_header(reply, "Cache-Control", reply->tag[0] ? "no-cache" : "no-store");
    add_header(reply, "X-Content-Type-Options", "nosniff");
}

static void refuse(struct reply *reply, unsigned status, const char *sentence)
{
    reply->status = status;
    add_usual_headers(reply, "text/plain; charset=utf-8");
    text_put(reply->body, sentence);
}

/* What everybody may see. */
static bool is_open(const struct route *route)
{
    return (route->flags & (ROUTE_OPEN | ROUTE_PROBE)) != 0;
}

const struct route *answer_begin(struct request *request, const char *token, struct reply *reply)
{
    const struct route *route = route_find(request);

    text_clear(reply->body);
    reply->header_count = 0;
    reply->tag[0] = '\0';
    if (!route) {
        refuse(reply, STATUS_NOT_FOUND, "There is nothing here; / lists what there is.\n");
        return NULL;
    }
    if (!request_is_read(request)) {
        refuse(reply, STATUS_NOT_ALLOWED, "Only GET and HEAD are answered here.\n");
        add_header(reply, "Allow", "GET, HEAD");
        return NULL;
    }
    request->is_stranger = token && !token_matches(request->authorization, token);
    if (request->is_stranger && !is_open(route)) {
        refuse(reply, STATUS_UNAUTHORIZED, "Only who has the token may see this.\n");
        add_header(reply, "WWW-Authenticate", "Bearer");
        return NULL;
    }
    return route;
}

/* Weak: the same news may come with another time stamp, and squeezed or not. */
static void put_tag(struct reply *reply, const struct request *request, uint64_t tag)
{
    char bare[ANSWER_TAG_SIZE];

    snprintf(bare, sizeof(bare), "%016" PRIx64, tag);
    snprintf(reply->tag, sizeof(reply->tag), "W/\"%.16s\"", bare);
    if (reply->status == STATUS_OK && tag_matches(request->if_none_match, bare)) {
        reply->status = STATUS_NOT_MODIFIED;
        text_clear(reply->body);
    }
}

/* RFC 9110, 5.6.7; the program's locale is C. */
static void put_modified(struct reply *reply, uint64_t realtime_us)
{
    time_t seconds = (time_t)(realtime_us / USEC_PER_SEC);
    struct tm date;

    if (!gmtime_r(&seconds, &date) ||
        strftime(reply->modified, sizeof(reply->modified), "%a, %d %b %Y %T GMT", &date) == 0)
        return;
    add_header(reply, "Last-Modified", reply->modified);
}

static void squeeze_body(struct reply *reply, const struct request *request, bool is_squeezed)
{
    struct text *plain = reply->body;

    if (plain->length < ANSWER_SQUEEZE_MIN || is_squeezed)
        return;
    add_header(reply, "Vary", "Accept-Encoding");
    if (accept_quality(request->accept_encoding, "gzip") == 0 || !squeeze(plain, reply->spare) ||
        reply->spare->length >= plain->length)
        return;
    add_header(reply, "Content-Encoding", "gzip");
    reply->body = reply->spare;
    reply->spare = plain;
}

void answer_fill(const struct route *route, const struct request *request,
                 const struct sources *sources, struct reply *reply)
{
    struct answer answer = { .type = route->type, .body = reply->body, .spare = reply->spare };

    reply->status = route->handler(request, sources, &answer);
    if (request->is_stranger && (route->flags & ROUTE_PROBE)) {
        text_clear(answer.body);
        text_put(answer.body, reply->status == STATUS_OK ? "ok" : "failed");
    }
    reply->body = answer.body;
    reply->spare = answer.spare;
    if (reply->body->has_failed) {
        text_clear(reply->body);
        reply->status = STATUS_ERROR;
    } else if (answer.tag != 0) {
        put_tag(reply, request, answer.tag);
    }
    add_usual_headers(reply, answer.type);
    if (reply->tag[0])
        add_header(reply, "ETag", reply->tag);
    if (answer.modified_realtime_us > 0)
        put_modified(reply, answer.modified_realtime_us);
    if (answer.is_page) {
        add_header(reply, "Content-Security-Policy", page_policy);
        add_header(reply, "Referrer-Policy", "no-referrer");
        add_header(reply, "Vary", "Accept");
    }
    squeeze_body(reply, request, strncmp(answer.type, "image/", strlen("image/")) == 0);
}

void answer_stream(const struct route *route, struct reply *reply)
{
    reply->status = STATUS_OK;
    add_usual_headers(reply, route->type);
}

const char *answer_log_unit(const struct request *request, const struct table *table,
                            struct reply *reply)
{
    /* Reeve's own lines are those of no unit. */
    static const char own[] = "init.scope";
    const struct row *row = table_find(table, request->unit);

    if (request->has_bad_number) {
        refuse(reply, STATUS_BAD_REQUEST, "n= and after= are numbers.\n");
        return NULL;
    }
    if (row)
        return row->unit.name;
    if (strcmp(request->unit, own) == 0)
        return own;
    refuse(reply, STATUS_NOT_FOUND, "There is no such unit; /units lists what there is.\n");
    return NULL;
}

void answer_log(const struct request *request, struct reply *reply)
{
    static const char *const types[] = {
        [LOG_AS_TEXT] = "text/plain; charset=utf-8",
        [LOG_AS_JSON] = "application/json",
        [LOG_AS_EVENTS] = "text/event-stream",
    };

    reply->status = STATUS_OK;
    add_usual_headers(reply, types[log_format_of(request)]);
}

void answer_refuse_stream(struct reply *reply)
{
    refuse(reply, STATUS_UNAVAILABLE,
           "Enough clients listen already, or reeve-log is not there just now.\n");
    add_header(reply, "Retry-After", "5");
}

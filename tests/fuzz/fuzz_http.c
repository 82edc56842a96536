/*
 * Whatever a stranger asks the health port, and whatever bytes a log line has: the answer is one of
 * those that there are, its headers are single lines, and JSON is JSON. How to run it: fuzz_unit.c.
 *
 * The first line is the method, a space and the target; each further one is a header field, or
 * behind an empty line the text of a log.
 */
#include "supervisor/health/answer.h"
#include "supervisor/health/metric.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 16 * 1024 };

static struct row rows[2];
static const struct table table = { .present = { .rows = rows, .count = 2 }, .has_present = true };
static struct text body, spare;

static void check_json(const struct text *text)
{
    json_error_t error;
    json_t *document = json_loadb(text->bytes, text->length, JSON_REJECT_DUPLICATES, &error);

    assert(document);
    json_decref(document);
}

static void set_up(void)
{
    static const char *const names[] = { "redis.service", "a\\b\"c.service" };

    for (int i = 0; i < 2; i++) {
        snprintf(rows[i].unit.name, sizeof(rows[i].unit.name), "%s", names[i]);
        rows[i].unit.id = i;
        rows[i].state.active = i == 0 ? WIRE_ACTIVE : WIRE_FAILED;
    }
}

/* "a=b&c": as a library would, but for the escapes, which are its own business. */
static void take_query(struct request *request, char *query)
{
    for (char *part = query, *next; part; part = next) {
        char *value;

        next = strchr(part, '&');
        if (next)
            *next++ = '\0';
        value = strchr(part, '=');
        if (value)
            *value++ = '\0';
        request_take_query(request, part, value);
    }
}

static void take_field(struct request *request, char *line)
{
    const struct {
        const char *name;
        const char **value;
    } fields[] = {
        { "Accept: ", &request->accept },
        { "Accept-Encoding: ", &request->accept_encoding },
        { "If-None-Match: ", &request->if_none_match },
        { "Authorization: ", &request->authorization },
    };

    for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
        if (strncmp(line, fields[i].name, strlen(fields[i].name)) == 0)
            *fields[i].value = line + strlen(fields[i].name);
}

static void check_reply(const struct reply *reply)
{
    static const unsigned statuses[] = { 200, 304, 400, 401, 404, 405, 503 };
    bool is_known = false, is_json = false, is_squeezed = false;

    for (size_t i = 0; i < ARRAY_SIZE(statuses); i++)
        is_known |= reply->status == statuses[i];
    assert(is_known && !reply->body->has_failed);
    assert(reply->header_count > 0 && reply->header_count < ANSWER_HEADERS_MAX);
    for (size_t i = 0; i < reply->header_count; i++) {
        assert(reply->headers[i].value[strcspn(reply->headers[i].value, "\r\n")] == '\0');
        is_json |= strcmp(reply->headers[i].value, "application/json") == 0;
        is_squeezed |= strcmp(reply->headers[i].name, "Content-Encoding") == 0;
    }
    if (is_json && !is_squeezed && reply->status == 200)
        check_json(reply->body);
}

static void ask(struct request *request, const char *token)
{
    struct health_page page = { 0 };
    struct sources sources = { .table = &table, .health_page = &page };
    struct reply reply = { .body = &body, .spare = &spare };
    const struct route *route = answer_begin(request, token, &reply);

    if (route && (route->flags & ROUTE_LOGS)) {
        if (answer_log_unit(request, &table, &reply))
            answer_log(request, &reply);
        reply.body->length = 0;
        return;
    }
    if (route && route->handler)
        answer_fill(route, request, &sources, &reply);
    else if (route)
        answer_refuse_stream(&reply);
    check_reply(&reply);
    text_release(&page.text);
}

static void check_line(const char *text, size_t length)
{
    struct log_packet packet = {
        .kind = LOG_LINE, .unit = "a.service", .identifier = "a", .text = text, .length = length
    };

    text_clear(&body);
    render_log_json(&packet, &body);
    check_json(&body);
    text_clear(&body);
    render_log_text(&packet, &body);
    assert(body.length > 0 &&
           memchr(body.bytes, '\n', body.length) == body.bytes + body.length - 1);
    metric_open(&body, &spare);
    assert(spare.length >= strlen("# EOF\n"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char input[INPUT_MAX + 1], *rest = input, *line, *target, *query;
    struct request request;

    if (size > INPUT_MAX)
        return 0;
    set_up();
    memcpy(input, data, size);
    input[size] = '\0';
    check_line((const char *)data, size);
    line = strsep(&rest, "\n");
    target = strchr(line, ' ');
    if (target)
        *target++ = '\0';
    query = target ? strchr(target, '?') : NULL;
    if (query)
        *query++ = '\0';
    request_init(&request, line, target ? target : "");
    take_query(&request, query);
    while (rest)
        take_field(&request, strsep(&rest, "\n"));
    ask(&request, NULL);
    ask(&request, "s3cret");
    return 0;
}

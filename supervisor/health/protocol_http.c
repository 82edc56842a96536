/*
 * HTTP/1.1 as far as a probe needs it (RFC 9112): one GET, the status, and the body when its length
 * is given. A body in chunks is not read; then the connection is not kept. Redirections count as
 * success and are not followed, as with a Kubernetes httpGet probe.
 */
#include "supervisor/health/dialogue.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { STATUS_GOOD_FIRST = 200, STATUS_GOOD_LAST = 399, STATUS_LINE_MIN = 12 };

/* The fields of a head that matter here. */
struct head {
    const char *start, *end; /* of the head; end is behind the empty line */
    unsigned status;
    bool has_length, is_chunked, closes;
    size_t length;
};

int http_ask(struct dialogue *dialogue)
{
    struct text *request = &dialogue->request;

    text_put(request, "GET ");
    text_put(request, dialogue->address->path);
    text_put(request, " HTTP/1.1\r\nHost: ");
    text_put(request, dialogue->address->host);
    text_put(request, "\r\nUser-Agent: reeve-health/" REEVE_VERSION "\r\nAccept: */*\r\n\r\n");
    return request->has_failed ? -ENOMEM : 0;
}

static enum answer not_http(struct dialogue *dialogue)
{
    snprintf(dialogue->message, sizeof(dialogue->message), "the answer is not HTTP");
    return ANSWER_BAD;
}

/* The value of a header line, without the spaces around it, when the line has this name; else NULL.
 */
static const char *value_of(const char *line, size_t length, const char *name, size_t *ret_length)
{
    size_t name_length = strlen(name);
    const char *value = line + name_length + 1, *end = line + length;

    if (length <= name_length || strncasecmp(line, name, name_length) != 0 ||
        line[name_length] != ':')
        return NULL;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *ret_length = (size_t)(end - value);
    return value;
}

/* False: malformed. */
static bool read_length(const char *value, size_t length, struct head *head)
{
    size_t number = 0;

    if (length == 0 || length > 15)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (value[i] < '0' || value[i] > '9')
            return false;
        number = number * 10 + (size_t)(value[i] - '0');
    }
    if (head->has_length && head->length != number)
        return false;
    head->has_length = true;
    head->length = number;
    return true;
}

static bool read_header(const char *line, size_t length, struct head *head)
{
    size_t value_length;
    const char *value = value_of(line, length, "Content-Length", &value_length);

    if (value)
        return read_length(value, value_length, head);
    if (value_of(line, length, "Transfer-Encoding", &value_length))
        head->is_chunked = true;
    value = value_of(line, length, "Connection", &value_length);
    if (value && value_length == 5 && strncasecmp(value, "close", 5) == 0)
        head->closes = true;
    return true;
}

/* "HTTP/1.1 200 OK" */
static bool read_status_line(const char *line, size_t length, struct head *head)
{
    if (length < STATUS_LINE_MIN || strncmp(line, "HTTP/1.", 7) != 0 || line[8] != ' ')
        return false;
    for (size_t i = 9; i < 12; i++) {
        if (line[i] < '0' || line[i] > '9')
            return false;
        head->status = head->status * 10 + (unsigned)(line[i] - '0');
    }
    head->closes = line[7] == '0';
    return head->status >= 100;
}

/* Reads the head that begins at `start`. GOOD when it is complete. */
static enum answer read_head(const char *start, struct head *head)
{
    const char *end = strstr(start, "\r\n\r\n"), *line = start;

    *head = (struct head){ .start = start };
    if (!end)
        return ANSWER_MORE;
    head->end = end + 4;
    while (line < end) {
        const char *line_end = strstr(line, "\r\n");
        size_t length = (size_t)(line_end - line);

        if (line == start ? !read_status_line(line, length, head)
                          : !read_header(line, length, head))
            return ANSWER_BAD;
        line = line_end + 2;
    }
    return ANSWER_GOOD;
}

static enum answer read_final_head(struct dialogue *dialogue, struct head *head)
{
    const char *start = dialogue->heard.bytes ? dialogue->heard.bytes : "";
    enum answer answer;

    /* A web server says HTTP in its first bytes; anything else will not become one. */
    if (strncmp(start, "HTTP/1.", strnlen(start, 7)) != 0)
        return not_http(dialogue);
    do {
        answer = read_head(start, head);
        start = head->end;
    } while (answer == ANSWER_GOOD && head->status < STATUS_GOOD_FIRST); /* 100 Continue … */
    if (answer == ANSWER_BAD)
        return not_http(dialogue);
    if (answer == ANSWER_MORE && dialogue->has_ended) {
        snprintf(dialogue->message, sizeof(dialogue->message),
                 "the server closed the connection before it had answered");
        return ANSWER_BAD;
    }
    return answer;
}

static void describe(struct dialogue *dialogue, const struct head *head)
{
    const char *line = head->start + 9; /* status and reason */

    snprintf(dialogue->message, sizeof(dialogue->message), "HTTP %.*s", (int)strcspn(line, "\r"),
             line);
}

enum answer http_read(struct dialogue *dialogue, struct http_answer *ret_answer)
{
    struct head head;
    enum answer answer = read_final_head(dialogue, &head);
    size_t there;

    if (answer != ANSWER_GOOD)
        return answer;
    there = dialogue->heard.length - (size_t)(head.end - dialogue->heard.bytes);
    if (head.status == 204 || head.status == 304) /* never have a body */
        head.has_length = true, head.is_chunked = false, head.length = 0;
    if (head.has_length && !head.is_chunked && there < head.length &&
        head.length < DIALOGUE_HEARD_MAX / 2 && !dialogue->has_ended)
        return ANSWER_MORE;
    describe(dialogue, &head);
    ret_answer->status = head.status;
    ret_answer->body = head.end;
    ret_answer->body_length = there;
    ret_answer->is_whole = head.is_chunked   ? false
                           : head.has_length ? there >= head.length
                                             : dialogue->has_ended;
    dialogue->may_keep =
        head.has_length && !head.is_chunked && !head.closes && there == head.length;
    if (head.has_length && !head.is_chunked && dialogue->has_ended && there < head.length) {
        snprintf(dialogue->message, sizeof(dialogue->message),
                 "the server closed the connection in the middle of its answer");
        return ANSWER_BAD;
    }
    return head.status <= STATUS_GOOD_LAST ? ANSWER_GOOD : ANSWER_BAD;
}

enum answer http_judge(struct dialogue *dialogue)
{
    struct http_answer answer;

    return http_read(dialogue, &answer);
}

/*
 * HTTP/1.1 as far as a probe needs it (RFC 9112): one GET, the status, and the body when its length
 * is given. A body in chunks is not read; then the connection is not kept. Redirections count as
 * success and are not followed, as with a Kubernetes httpGet probe.
 */
#include "supervisor/health/dialogue.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
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

static enum answer read_whole(struct dialogue *dialogue, struct http_answer *ret_answer)
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
    ret_answer->head = head.start;
    ret_answer->is_chunked = head.is_chunked;
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
    return ANSWER_GOOD;
}

enum answer http_read(struct dialogue *dialogue, struct http_answer *ret_answer)
{
    enum answer answer = read_whole(dialogue, ret_answer);

    return answer == ANSWER_GOOD && ret_answer->status > STATUS_GOOD_LAST ? ANSWER_BAD : answer;
}

/* --- what is expected --- */

/* Whether there is such a header with the text in its value. */
static bool has_header(const struct http_answer *http, const struct expectation *expectation)
{
    const char *line = http->head, *end = http->body - 2; /* the empty line */
    size_t wanted = strlen(expectation->value);

    while (line < end) {
        const char *line_end = strstr(line, "\r\n");
        size_t length;
        const char *value = value_of(line, (size_t)(line_end - line), expectation->name, &length);

        if (value && memmem(value, length, expectation->value, wanted))
            return true;
        line = line_end + 2;
    }
    return false;
}

/* What there is of a body in chunks (RFC 9112, 7.1); *ret_is_whole: the last chunk is there. False:
 * malformed. */
static bool join_chunks(const struct http_answer *http, struct text *out, bool *ret_is_whole)
{
    const char *at = http->body, *end = http->body + http->body_length;
    const char *line_end;

    while ((line_end = memmem(at, (size_t)(end - at), "\r\n", 2))) {
        char *digits_end;
        unsigned long size = strtoul(at, &digits_end, 16);
        size_t there = (size_t)(end - line_end - 2);

        if (digits_end == at || digits_end > line_end || size > DIALOGUE_HEARD_MAX)
            return false;
        *ret_is_whole = size == 0;
        if (size == 0)
            break;
        text_append(out, line_end + 2, there < size ? there : size);
        if (there < size + 2)
            break;
        at = line_end + 2 + size + 2;
    }
    return true;
}

static enum answer judge_text(const struct http_answer *http, const char *wanted, bool has_ended)
{
    if (memmem(http->body, http->body_length, wanted, strlen(wanted)))
        return ANSWER_GOOD;
    return http->is_whole || has_ended ? ANSWER_BAD : ANSWER_MORE;
}

static enum answer judge_body(const struct dialogue *dialogue, const struct http_answer *http,
                              const char *wanted)
{
    struct http_answer joined = *http;
    struct text body = { 0 };
    enum answer answer = ANSWER_BAD;

    if (!http->is_chunked)
        return judge_text(http, wanted, dialogue->has_ended);
    if (join_chunks(http, &body, &joined.is_whole)) {
        joined.body = body.bytes ? body.bytes : "";
        joined.body_length = body.length;
        answer = judge_text(&joined, wanted, dialogue->has_ended);
    }
    text_release(&body);
    return answer;
}

static bool is_status(const struct dialogue *dialogue, unsigned status)
{
    const struct expectation *list = dialogue->address->expectations;
    bool is_good = status <= STATUS_GOOD_LAST;

    for (; list; list = list->next)
        if (list->what == EXPECT_STATUS)
            is_good = status >= list->low && status <= list->high;
    return is_good;
}

static enum answer judge_one(struct dialogue *dialogue, const struct http_answer *http,
                             const struct expectation *expectation)
{
    enum answer answer = ANSWER_GOOD;
    size_t used = strlen(dialogue->message);

    switch (expectation->what) {
    case EXPECT_HEADER:
        answer = has_header(http, expectation) ? ANSWER_GOOD : ANSWER_BAD;
        if (answer == ANSWER_BAD)
            snprintf(dialogue->message + used, sizeof(dialogue->message) - used,
                     ", but no header '%.60s: %.60s'", expectation->name, expectation->value);
        break;
    case EXPECT_BODY:
        answer = judge_body(dialogue, http, expectation->value);
        if (answer == ANSWER_BAD)
            snprintf(dialogue->message + used, sizeof(dialogue->message) - used,
                     ", but '%.100s' is not in the body", expectation->value);
        break;
    case EXPECT_STATUS:
    case EXPECT_INFO:
        break;
    }
    return answer;
}

enum answer http_judge(struct dialogue *dialogue)
{
    const struct expectation *expectation = dialogue->address->expectations;
    struct http_answer http;
    enum answer answer = read_whole(dialogue, &http);

    if (answer == ANSWER_GOOD && !is_status(dialogue, http.status))
        return ANSWER_BAD;
    for (; expectation && answer == ANSWER_GOOD; expectation = expectation->next)
        answer = judge_one(dialogue, &http, expectation);
    return answer;
}

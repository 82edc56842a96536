#include "supervisor/health/request.h"

#include <string.h>
#include <strings.h>

enum { QUALITY_WHOLE = 1000 };

void request_init(struct request *request, const char *method, const char *path)
{
    *request = (struct request){ .method = method, .path = path, .lines = REQUEST_LINES_DEFAULT };
}

/* As a switch: "?verbose", "?verbose=", "?verbose=1"; Kubernetes asks only whether it is there. */
static bool is_on(const char *value)
{
    return !value || (strcmp(value, "0") != 0 && strcasecmp(value, "false") != 0);
}

static bool read_number(struct request *request, const char *value, uint64_t *ret_number)
{
    char *end = NULL;
    uint64_t number = value && *value >= '0' && *value <= '9' ? strtoull(value, &end, 10) : 0;

    if (!end || *end) {
        request->has_bad_number = true;
        return false;
    }
    *ret_number = number;
    return true;
}

static void take_lines(struct request *request, const char *value)
{
    uint64_t number;

    if (read_number(request, value, &number))
        request->lines = number > REQUEST_LINES_MAX ? REQUEST_LINES_MAX : (unsigned)number;
}

void request_take_query(struct request *request, const char *name, const char *value)
{
    if (strcmp(name, "verbose") == 0)
        request->is_verbose = is_on(value);
    else if (strcmp(name, "follow") == 0)
        request->is_follow = is_on(value);
    else if (strcmp(name, "n") == 0)
        take_lines(request, value);
    else if (strcmp(name, "after") == 0)
        (void)read_number(request, value, &request->after_sequence);
    else if (strcmp(name, "exclude") == 0 && value && *value &&
             request->exclude_count < REQUEST_EXCLUDES_MAX)
        request->excludes[request->exclude_count++] = value;
}

bool request_is_read(const struct request *request)
{
    return strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
}

enum log_format log_format_of(const struct request *request)
{
    if (request->is_follow)
        return LOG_AS_EVENTS;
    return accept_quality(request->accept, "application/json") > 0 ? LOG_AS_JSON : LOG_AS_TEXT;
}

/* --- lists in header fields --- */

static const char *skip_space(const char *at)
{
    return at + strspn(at, " \t");
}

/* "1", "0.75", at most three digits after the point; nonsense counts as 0. */
static unsigned read_quality(const char *at)
{
    unsigned quality = *at == '1' ? QUALITY_WHOLE : 0, digit = QUALITY_WHOLE / 10;

    if ((*at != '0' && *at != '1') || (at[1] != '.' && at[1] != '\0' && !strchr(" \t;,", at[1])))
        return 0;
    if (at[1] != '.')
        return quality;
    for (at += 2; *at >= '0' && *at <= '9' && digit > 0; at++, digit /= 10)
        quality += (unsigned)(*at - '0') * digit;
    return quality > QUALITY_WHOLE ? QUALITY_WHOLE : quality;
}

/* Of the parameters of one element, which ends at a comma. */
static unsigned element_quality(const char *at, const char *end)
{
    while (at < end && (at = memchr(at, ';', (size_t)(end - at)))) {
        at = skip_space(at + 1);
        if (at + 1 < end && (*at == 'q' || *at == 'Q') && at[1] == '=')
            return read_quality(at + 2);
    }
    return QUALITY_WHOLE;
}

unsigned accept_quality(const char *header, const char *word)
{
    size_t length = strlen(word);
    unsigned best = 0;

    for (const char *at = header; at && *at; at += *at == ',') {
        const char *end;

        at = skip_space(at);
        end = at + strcspn(at, ",");
        if (strncasecmp(at, word, length) == 0 && strspn(at + length, " \t") + at + length <= end &&
            strchr(",;", *skip_space(at + length))) {
            unsigned quality = element_quality(at + length, end);

            best = quality > best ? quality : best;
        }
        at = end;
    }
    return best;
}

bool tag_matches(const char *header, const char *tag)
{
    size_t length = strlen(tag);

    for (const char *at = header; at && *at; at += *at == ',') {
        at = skip_space(at);
        if (*at == '*')
            return true;
        if (strncmp(at, "W/", 2) == 0)
            at += 2;
        if (*at == '"' && strncmp(at + 1, tag, length) == 0 && at[1 + length] == '"')
            return true;
        /* Our tags have no comma; a foreign one that has is only read as two. */
        at += strcspn(at, ",");
    }
    return false;
}

bool token_matches(const char *authorization, const char *token)
{
    static const char scheme[] = "Bearer ";
    const char *given = authorization;
    size_t length, token_length = strlen(token);
    volatile unsigned char difference = 0;

    if (!given || strncasecmp(given, scheme, strlen(scheme)) != 0)
        return false;
    given += strlen(scheme);
    given += strspn(given, " ");
    length = strlen(given);
    /* As long for each that is wrong: nobody learns how much of his guess was right. */
    for (size_t i = 0; i < length; i++)
        difference |= (unsigned char)(given[i] ^ token[i % (token_length + 1)]);
    return difference == 0 && length == token_length;
}

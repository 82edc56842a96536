#include "supervisor/ctl/words.h"

#include "supervisor/unit/exit_status.h"

#include <signal.h>
#include <string.h>
#include <time.h>

void words_timestamp(uint64_t realtime_us, char text[WORDS_TIME_SIZE])
{
    time_t second = (time_t)(realtime_us / USEC_PER_SEC);
    struct tm parts;

    text[0] = '\0';
    if (realtime_us == 0)
        return;
    localtime_r(&second, &parts);
    strftime(text, WORDS_TIME_SIZE, "%a %Y-%m-%d %H:%M:%S %Z", &parts);
}

void words_span(uint64_t duration_us, char text[WORDS_SPAN_SIZE])
{
    unsigned long long seconds = duration_us / USEC_PER_SEC;

    if (duration_us < USEC_PER_SEC)
        snprintf(text, WORDS_SPAN_SIZE, "%ums", (unsigned)(duration_us / USEC_PER_MSEC));
    else if (seconds < 60)
        snprintf(text, WORDS_SPAN_SIZE, "%llus", seconds);
    else if (seconds < 3600)
        snprintf(text, WORDS_SPAN_SIZE, "%llumin %llus", seconds / 60, seconds % 60);
    else if (seconds < 86400)
        snprintf(text, WORDS_SPAN_SIZE, "%lluh %llumin", seconds / 3600, seconds / 60 % 60);
    else
        snprintf(text, WORDS_SPAN_SIZE, "%llud %lluh", seconds / 86400, seconds / 3600 % 24);
}

static const struct {
    const char *name;
    uint64_t us;
    int digits; /* behind the point */
} span_units[] = {
    { "y", UINT64_C(31557600000000), 0 }, /* 365.25 days */
    { "month", UINT64_C(2629800000000), 0 },
    { "w", UINT64_C(604800000000), 0 },
    { "d", UINT64_C(86400000000), 0 },
    { "h", UINT64_C(3600000000), 0 },
    { "min", UINT64_C(60000000), 0 },
    { "s", USEC_PER_SEC, 6 },
    { "ms", USEC_PER_MSEC, 3 },
    { "us", 1, 0 },
};

void words_exact_span(uint64_t duration_us, char text[WORDS_EXACT_SIZE])
{
    size_t used = 0;

    snprintf(text, WORDS_EXACT_SIZE, "%s", duration_us == USEC_INFINITY ? "infinity" : "0");
    for (size_t i = 0; duration_us != USEC_INFINITY && i < ARRAY_SIZE(span_units); i++) {
        unsigned long long whole = duration_us / span_units[i].us;
        unsigned long long rest = duration_us % span_units[i].us;
        const char *space = used > 0 ? " " : "";
        int length;

        if (whole == 0)
            continue;
        /* Seconds and less are told in one number: what is left is its fraction. */
        if (span_units[i].digits > 0 && rest > 0) {
            snprintf(text + used, WORDS_EXACT_SIZE - used,
                     span_units[i].digits == 6 ? "%s%llu.%06llu%s" : "%s%llu.%03llu%s", space,
                     whole, rest, span_units[i].name);
            return;
        }
        length = snprintf(text + used, WORDS_EXACT_SIZE - used, "%s%llu%s", space, whole,
                          span_units[i].name);
        used += (size_t)length;
        duration_us = rest;
    }
}

const char *words_exit_code(int code)
{
    switch (code) {
    case CLD_EXITED:
        return "exited";
    case CLD_KILLED:
        return "killed";
    case CLD_DUMPED:
        return "dumped";
    default:
        return "";
    }
}

void words_exit_status(int code, int status, char text[WORDS_TIME_SIZE])
{
    const char *name = code != CLD_EXITED ? sigabbrev_np(status)
                       : status == 0      ? "SUCCESS"
                                          : exit_status_name(status);

    snprintf(text, WORDS_TIME_SIZE, "%d%s%s", status, name ? "/" : "", name ? name : "");
}

const char *words_system_state(const struct model *model)
{
    if (model->pod.phase == WIRE_POD_STARTING)
        return "starting";
    if (model->pod.phase == WIRE_POD_STOPPING)
        return "stopping";
    for (size_t i = 0; i < model->count; i++)
        if (model->units[i].state.active == WIRE_FAILED ||
            model->units[i].state.health == WIRE_HEALTH_UNHEALTHY)
            return "degraded";
    return "running";
}

/* The length of the UTF-8 sequence at `text` (RFC 3629), 0 when it is none. */
static int sequence_length(const char *text)
{
    const unsigned char *byte = (const unsigned char *)text;
    int length = byte[0] < 0x80   ? 1
                 : byte[0] < 0xc2 ? 0
                 : byte[0] < 0xe0 ? 2
                 : byte[0] < 0xf0 ? 3
                                  : 4;

    if (byte[0] > 0xf4)
        return 0;
    for (int i = 1; i < length; i++)
        if ((byte[i] & 0xc0) != 0x80) /* the final NUL stops here, too */
            return 0;
    if ((byte[0] == 0xe0 && byte[1] < 0xa0) || (byte[0] == 0xed && byte[1] > 0x9f) ||
        (byte[0] == 0xf0 && byte[1] < 0x90) || (byte[0] == 0xf4 && byte[1] > 0x8f))
        return 0;
    return length;
}

/* C0, DEL and C1 (U+0080 to U+009F). */
static bool is_control(const char *text)
{
    unsigned char first = (unsigned char)text[0];

    return first < ' ' || first == 0x7f || (first == 0xc2 && (unsigned char)text[1] < 0xa0);
}

/* The same within `left` bytes, behind which nothing may be read; 0: it is cut, or none. */
static int sequence_within(const char *text, size_t left)
{
    char copy[5] = "";
    int length;

    if (left >= 4)
        return sequence_length(text);
    memcpy(copy, text, left);
    length = sequence_length(copy);
    return (size_t)length <= left ? length : 0;
}

bool words_is_utf8(const char *text, size_t size)
{
    while (size > 0) {
        int length = sequence_within(text, size);

        if (length == 0)
            return false;
        text += length;
        size -= (size_t)length;
    }
    return true;
}

void words_put_safe_length(FILE *out, const char *text, size_t size)
{
    const char *end = text + size;

    while (text < end) {
        int length = sequence_within(text, (size_t)(end - text));

        if (length == 0 || is_control(text))
            fputc('?', out);
        else
            fwrite(text, 1, (size_t)length, out);
        text += length ? length : 1;
    }
}

void words_put_safe(FILE *out, const char *text)
{
    words_put_safe_length(out, text, strlen(text));
}

void words_put_json(FILE *out, const char *text)
{
    words_put_json_bytes(out, text, strlen(text));
}

void words_put_json_bytes(FILE *out, const char *text, size_t size)
{
    const char *end = text + size;

    fputc('"', out);
    while (text < end) {
        int length = sequence_within(text, (size_t)(end - text));

        if (length == 0)
            fputs("\\ufffd", out);
        else if (*text == '"' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else if (length == 1 && is_control(text))
            fprintf(out, "\\u%04x", (unsigned char)*text);
        else
            fwrite(text, 1, (size_t)length, out);
        text += length ? length : 1;
    }
    fputc('"', out);
}

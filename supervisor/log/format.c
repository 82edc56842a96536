#include "supervisor/log/format.h"

#include "supervisor/log/utf8.h"

#include <stdio.h>
#include <string.h>

bool format_from_name(const char *name, enum log_format *ret_format)
{
    static const char *const names[] = {
        [FORMAT_SHORT_ISO] = "short-iso",
        [FORMAT_JSON] = "json",
        [FORMAT_CAT] = "cat",
    };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strcmp(names[i], name) == 0) {
            *ret_format = (enum log_format)i;
            return true;
        }
    return false;
}

static void put_string(struct sink *sink, const char *text)
{
    sink->put(sink, text, strlen(text));
}

static void refresh_date(struct formatter *formatter, time_t second)
{
    struct tm parts;
    char zone[8] = "+0000";

    if (formatter->second == second && formatter->date[0])
        return;
    localtime_r(&second, &parts);
    formatter->second = second;
    strftime(formatter->date, sizeof(formatter->date), "%Y-%m-%dT%H:%M:%S", &parts);
    strftime(zone, sizeof(zone), "%z", &parts);
    snprintf(formatter->offset, sizeof(formatter->offset), "%.3s:%.2s", zone, zone + 3);
}

static void put_timestamp(struct formatter *formatter, uint64_t realtime_us, struct sink *sink)
{
    char micros[16];
    uint32_t rest = (uint32_t)(realtime_us % USEC_PER_SEC);

    refresh_date(formatter, (time_t)(realtime_us / USEC_PER_SEC));
    put_string(sink, formatter->date);
    /* Written by hand: this runs for every line, and snprintf() was a third of the whole cost. */
    micros[0] = '.';
    for (int i = 6; i > 0; i--, rest /= 10)
        micros[i] = (char)('0' + rest % 10);
    sink->put(sink, micros, 7);
    put_string(sink, formatter->offset);
}

/* The length of a colour sequence ESC [ digits and semicolons m; 0 when there is none. */
static size_t colour_length(const char *text, size_t length)
{
    size_t i = 2;

    if (length < 3 || text[0] != '\033' || text[1] != '[')
        return 0;
    while (i < length && ((text[i] >= '0' && text[i] <= '9') || text[i] == ';'))
        i++;
    return i < length && text[i] == 'm' ? i + 1 : 0;
}

/* How many bytes at the start of `text` may go to a terminal as they are; 0: the first one may not.
 */
static size_t safe_length(const char *text, size_t length, bool *saw_colour)
{
    size_t i = utf8_plain_run(text, length);

    while (i < length) {
        unsigned char byte = (unsigned char)text[i];
        size_t step = 1;

        if (byte == '\033') {
            step = colour_length(text + i, length - i);
            *saw_colour = *saw_colour || step > 0;
        } else if (byte >= 0x80) {
            step = utf8_sequence(text + i, length - i);
            /* U+0080 to U+009F are control characters too. */
            if (step == 2 && byte == 0xc2 && (unsigned char)text[i + 1] < 0xa0)
                step = 0;
        } else if ((byte < ' ' && byte != '\t') || byte == 0x7f) {
            step = 0;
        }
        if (step == 0)
            break;
        i += step;
    }
    return i;
}

static void put_safe(const struct log_packet *line, struct sink *sink, bool *saw_colour)
{
    static const char digits[] = "0123456789abcdef";
    const char *text = line->text, *end = text + line->length;

    if (text < end && end[-1] == '\r')
        end--;
    while (text < end) {
        size_t length = safe_length(text, (size_t)(end - text), saw_colour);

        if (length > 0)
            sink->put(sink, text, length);
        text += length;
        if (text < end) {
            unsigned char byte = (unsigned char)*text++;

            sink->put(sink, (char[]){ '\\', 'x', digits[byte >> 4], digits[byte & 15] }, 4);
        }
    }
}

static void put_short(struct formatter *formatter, const struct log_packet *line, struct sink *sink)
{
    const char *colour = !formatter->has_colour ? ""
                         : line->priority <= 3  ? "\033[31m"
                         : line->priority == 4  ? "\033[33m"
                                                : "";
    bool saw_colour = *colour;

    put_timestamp(formatter, line->realtime_us, sink);
    put_string(sink, " ");
    put_string(sink, line->identifier);
    put_string(sink, ": ");
    put_string(sink, colour);
    put_safe(line, sink, &saw_colour);
    if (saw_colour)
        put_string(sink, "\033[0m");
    put_string(sink, "\n");
}

static void put_json_string(struct sink *sink, const char *text, size_t length)
{
    size_t start = 0;

    put_string(sink, "\"");
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        char escape[8];

        if (byte >= ' ' && byte != '"' && byte != '\\' && byte != 0x7f)
            continue;
        sink->put(sink, text + start, i - start);
        if (byte == '"' || byte == '\\')
            snprintf(escape, sizeof(escape), "\\%c", byte);
        else
            snprintf(escape, sizeof(escape), "\\u%04x", byte);
        put_string(sink, escape);
        start = i + 1;
    }
    sink->put(sink, text + start, length - start);
    put_string(sink, "\"");
}

static void put_json_bytes(struct sink *sink, const char *bytes, size_t length)
{
    put_string(sink, "[");
    for (size_t i = 0; i < length; i++) {
        char number[8];

        snprintf(number, sizeof(number), "%s%u", i ? "," : "", (unsigned char)bytes[i]);
        put_string(sink, number);
    }
    put_string(sink, "]");
}

static void put_json_value(struct sink *sink, const char *bytes, size_t length)
{
    if (utf8_is_valid(bytes, length))
        put_json_string(sink, bytes, length);
    else
        put_json_bytes(sink, bytes, length);
}

/* As journald calls the ways by which lines come. */
static const char *transport(unsigned stream)
{
    static const char *const names[] = {
        [LOG_STREAM_OUT] = "stdout",    [LOG_STREAM_ERROR] = "stdout",
        [LOG_STREAM_SYSLOG] = "syslog", [LOG_STREAM_JOURNAL] = "journal",
        [LOG_STREAM_OWN] = "driver",
    };

    return stream < ARRAY_SIZE(names) && names[stream] ? names[stream] : "stdout";
}

static void put_json_fields(const struct log_packet *line, struct sink *sink)
{
    struct log_field field;
    char number[64];
    size_t at = 0;

    if (line->pid > 0) {
        snprintf(number, sizeof(number), ",\"_PID\":\"%d\"", (int)line->pid);
        put_string(sink, number);
    }
    /* journald cannot tell; who has asked for it wants to see it. */
    if (line->stream == LOG_STREAM_ERROR)
        put_string(sink, ",\"REEVE_STREAM\":\"stderr\"");
    while (log_wire_field(line, &at, &field)) {
        put_string(sink, ",");
        put_json_string(sink, field.name, field.name_length);
        put_string(sink, ":");
        put_json_value(sink, field.value, field.length);
    }
}

static void put_json(const struct log_packet *line, struct sink *sink)
{
    char head[128];
    size_t length = line->length;

    if (length > 0 && line->text[length - 1] == '\r')
        length--;
    snprintf(
        head, sizeof(head),
        "{\"__REALTIME_TIMESTAMP\":\"%llu\",\"__MONOTONIC_TIMESTAMP\":\"%llu\",\"PRIORITY\":\"%u\","
        "\"SYSLOG_IDENTIFIER\":",
        (unsigned long long)line->realtime_us, (unsigned long long)line->monotonic_us,
        (unsigned)line->priority);
    put_string(sink, head);
    put_json_string(sink, line->identifier, strlen(line->identifier));
    if (strcmp(line->unit, LOG_NO_UNIT) != 0) {
        put_string(sink, ",\"_SYSTEMD_UNIT\":");
        put_json_string(sink, line->unit, strlen(line->unit));
    }
    put_string(sink, ",\"_TRANSPORT\":\"");
    put_string(sink, transport(line->stream));
    put_string(sink, "\"");
    put_json_fields(line, sink);
    put_string(sink, ",\"MESSAGE\":");
    put_json_value(sink, line->text, length);
    put_string(sink, "}\n");
}

void format_record(struct formatter *formatter, const struct log_packet *line, struct sink *sink)
{
    switch (formatter->format) {
    case FORMAT_SHORT_ISO:
        put_short(formatter, line, sink);
        break;
    case FORMAT_JSON:
        put_json(line, sink);
        break;
    case FORMAT_CAT:
        sink->put(sink, line->text, line->length);
        put_string(sink, "\n");
        break;
    }
}

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

static void put_safe(const struct record *record, struct sink *sink, bool *saw_colour)
{
    static const char digits[] = "0123456789abcdef";
    const char *text = record->message, *end = text + record->length;

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

static void put_short(struct formatter *formatter, const struct record *record, struct sink *sink)
{
    const char *colour = !formatter->has_colour  ? ""
                         : record->priority <= 3 ? "\033[31m"
                         : record->priority == 4 ? "\033[33m"
                                                 : "";
    bool saw_colour = *colour;

    put_timestamp(formatter, record->realtime_us, sink);
    put_string(sink, " ");
    put_string(sink, record->identifier);
    put_string(sink, ": ");
    put_string(sink, colour);
    put_safe(record, sink, &saw_colour);
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

static void put_json(const struct record *record, struct sink *sink)
{
    char head[96];
    size_t length = record->length;

    if (length > 0 && record->message[length - 1] == '\r')
        length--;
    snprintf(head, sizeof(head),
             "{\"__REALTIME_TIMESTAMP\":\"%llu\",\"PRIORITY\":\"%d\",\"SYSLOG_IDENTIFIER\":",
             (unsigned long long)record->realtime_us, record->priority);
    put_string(sink, head);
    put_json_string(sink, record->identifier, strlen(record->identifier));
    put_string(sink, ",\"_SYSTEMD_UNIT\":");
    put_json_string(sink, record->unit, strlen(record->unit));
    put_string(sink, ",\"MESSAGE\":");
    if (utf8_is_valid(record->message, length))
        put_json_string(sink, record->message, length);
    else
        put_json_bytes(sink, record->message, length);
    put_string(sink, "}\n");
}

void format_record(struct formatter *formatter, const struct record *record, struct sink *sink)
{
    switch (formatter->format) {
    case FORMAT_SHORT_ISO:
        put_short(formatter, record, sink);
        break;
    case FORMAT_JSON:
        put_json(record, sink);
        break;
    case FORMAT_CAT:
        sink->put(sink, record->message, record->length);
        put_string(sink, "\n");
        break;
    }
}

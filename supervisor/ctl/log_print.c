#include "supervisor/ctl/log_print.h"

#include "supervisor/ctl/log_fields.h"
#include "supervisor/ctl/words.h"

#include <string.h>
#include <time.h>

enum { HEAD_SIZE = 1024, TIME_SIZE = 64, TAB_WIDTH = 8 };

bool log_output_from_name(const char *name, enum log_output *ret_output)
{
    static const char *const names[] = {
        [LOG_OUTPUT_SHORT] = "short",
        [LOG_OUTPUT_SHORT_PRECISE] = "short-precise",
        [LOG_OUTPUT_SHORT_ISO] = "short-iso",
        [LOG_OUTPUT_SHORT_ISO_PRECISE] = "short-iso-precise",
        [LOG_OUTPUT_SHORT_FULL] = "short-full",
        [LOG_OUTPUT_SHORT_MONOTONIC] = "short-monotonic",
        [LOG_OUTPUT_SHORT_UNIX] = "short-unix",
        [LOG_OUTPUT_WITH_UNIT] = "with-unit",
        [LOG_OUTPUT_VERBOSE] = "verbose",
        [LOG_OUTPUT_EXPORT] = "export",
        [LOG_OUTPUT_JSON] = "json",
        [LOG_OUTPUT_JSON_PRETTY] = "json-pretty",
        [LOG_OUTPUT_JSON_SSE] = "json-sse",
        [LOG_OUTPUT_JSON_SEQ] = "json-seq",
        [LOG_OUTPUT_CAT] = "cat",
    };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strcmp(name, names[i]) == 0) {
            *ret_output = (enum log_output)i;
            return true;
        }
    return false;
}

bool log_output_is_data(enum log_output output)
{
    return output >= LOG_OUTPUT_EXPORT;
}

/* --- the head of a short line --- */

static const char *time_format(enum log_output output)
{
    switch (output) {
    case LOG_OUTPUT_SHORT:
    case LOG_OUTPUT_SHORT_PRECISE:
        return "%b %d %H:%M:%S";
    case LOG_OUTPUT_SHORT_ISO:
    case LOG_OUTPUT_SHORT_ISO_PRECISE:
        return "%Y-%m-%dT%H:%M:%S";
    case LOG_OUTPUT_SHORT_FULL:
    case LOG_OUTPUT_WITH_UNIT:
    case LOG_OUTPUT_VERBOSE:
        return "%a %Y-%m-%d %H:%M:%S";
    case LOG_OUTPUT_SHORT_MONOTONIC:
    case LOG_OUTPUT_SHORT_UNIX:
    case LOG_OUTPUT_EXPORT:
    case LOG_OUTPUT_JSON:
    case LOG_OUTPUT_JSON_PRETTY:
    case LOG_OUTPUT_JSON_SSE:
    case LOG_OUTPUT_JSON_SEQ:
    case LOG_OUTPUT_CAT:
        break;
    }
    return "";
}

/* What stands behind the seconds and their fraction. */
static const char *zone_format(enum log_output output)
{
    switch (output) {
    case LOG_OUTPUT_SHORT_ISO:
    case LOG_OUTPUT_SHORT_ISO_PRECISE:
        return "%z";
    case LOG_OUTPUT_SHORT_FULL:
    case LOG_OUTPUT_WITH_UNIT:
    case LOG_OUTPUT_VERBOSE:
        return " %Z";
    case LOG_OUTPUT_SHORT:
    case LOG_OUTPUT_SHORT_PRECISE:
    case LOG_OUTPUT_SHORT_MONOTONIC:
    case LOG_OUTPUT_SHORT_UNIX:
    case LOG_OUTPUT_EXPORT:
    case LOG_OUTPUT_JSON:
    case LOG_OUTPUT_JSON_PRETTY:
    case LOG_OUTPUT_JSON_SSE:
    case LOG_OUTPUT_JSON_SEQ:
    case LOG_OUTPUT_CAT:
        break;
    }
    return "";
}

static bool has_fraction(enum log_output output)
{
    return output == LOG_OUTPUT_SHORT_PRECISE || output == LOG_OUTPUT_SHORT_ISO_PRECISE ||
           output == LOG_OUTPUT_VERBOSE;
}

static void format_calendar(const struct log_packet *packet, const struct log_style *style,
                            char text[TIME_SIZE])
{
    time_t second = (time_t)(packet->realtime_us / USEC_PER_SEC);
    char date[TIME_SIZE], fraction[16] = "", zone[16] = "";
    const char *zone_words = zone_format(style->output);
    struct tm parts;

    if (style->is_utc)
        gmtime_r(&second, &parts);
    else
        localtime_r(&second, &parts);
    strftime(date, sizeof(date), time_format(style->output), &parts);
    if (has_fraction(style->output))
        snprintf(fraction, sizeof(fraction), ".%06u",
                 (unsigned)(packet->realtime_us % USEC_PER_SEC));
    if (*zone_words && style->is_utc && strcmp(zone_words, " %Z") == 0)
        snprintf(zone, sizeof(zone), " UTC"); /* the C library says GMT */
    else if (*zone_words)
        strftime(zone, sizeof(zone), zone_words, &parts);
    snprintf(text, TIME_SIZE, "%.31s%s%s", date, fraction, zone);
}

static void format_time(const struct log_packet *packet, const struct log_style *style,
                        char text[TIME_SIZE])
{
    unsigned long long monotonic = packet->monotonic_us, realtime = packet->realtime_us;

    if (style->output == LOG_OUTPUT_SHORT_MONOTONIC)
        snprintf(text, TIME_SIZE, "[%5llu.%06llu]", monotonic / USEC_PER_SEC,
                 monotonic % USEC_PER_SEC);
    else if (style->output == LOG_OUTPUT_SHORT_UNIX)
        snprintf(text, TIME_SIZE, "%10llu.%06llu", realtime / USEC_PER_SEC,
                 realtime % USEC_PER_SEC);
    else
        format_calendar(packet, style, text);
}

/* "Nov 26 12:01:03 host redis[12]: "; its length. */
static size_t format_head(const struct log_packet *packet, const struct log_style *style,
                          char head[HEAD_SIZE])
{
    const char *name = style->output == LOG_OUTPUT_WITH_UNIT ? packet->unit : packet->identifier;
    char time[TIME_SIZE], pid[16] = "";
    int length;

    format_time(packet, style, time);
    if (packet->pid > 0)
        snprintf(pid, sizeof(pid), "[%d]", (int)packet->pid);
    length = snprintf(head, HEAD_SIZE, "%s%s%s %s%s: ", time, style->host ? " " : "",
                      style->host ? style->host : "", name, pid);
    return (size_t)length < HEAD_SIZE ? (size_t)length : HEAD_SIZE - 1;
}

/* --- the text --- */

/* The length of a sequence that colours what follows, or moves the cursor; 0: there is none. */
static size_t escape_length(const char *text, size_t length)
{
    size_t i = 2;

    if (length < 3 || text[0] != '\033' || text[1] != '[')
        return 0;
    while (i < length && !(text[i] >= '@' && text[i] <= '~'))
        i++;
    return i < length ? i + 1 : 0;
}

/* As journalctl: without colours of the service's own, with spaces for tabs. */
static void put_plain(const char *text, size_t length, FILE *out)
{
    size_t at = 0;

    while (at < length) {
        size_t run = 0, escape = escape_length(text + at, length - at);

        if (escape > 0) {
            at += escape;
            continue;
        }
        if (text[at] == '\t') {
            fprintf(out, "%*s", TAB_WIDTH, "");
            at++;
            continue;
        }
        while (at + run < length && text[at + run] != '\t' &&
               (text[at + run] != '\033' || escape_length(text + at + run, length - at - run) == 0))
            run++;
        words_put_safe_length(out, text + at, run);
        at += run;
    }
}

static const char *colour_of(const struct log_packet *packet, const struct log_style *style)
{
    if (!style->has_colour)
        return "";
    return packet->priority <= 3   ? "\033[1;31m"
           : packet->priority == 4 ? "\033[1;33m"
           : packet->priority == 5 ? "\033[1m"
           : packet->priority == 7 ? "\033[2m"
                                   : "";
}

void log_print_text(const char *text, size_t length, const struct log_style *style, FILE *out)
{
    if (style->shows_raw)
        fwrite(text, 1, length, out);
    else
        put_plain(text, length, out);
}

static void print_short(const struct log_packet *packet, const struct log_style *style, FILE *out)
{
    const char *colour = colour_of(packet, style), *text = packet->text;
    const char *end = packet->text + packet->length;
    char head[HEAD_SIZE];
    size_t indent = format_head(packet, style, head);

    words_put_safe(out, head);
    /* The second and further lines stand below the first. */
    for (;;) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *stop = newline ? newline : end;

        fputs(colour, out);
        log_print_text(text, (size_t)(stop - text), style, out);
        fputs(*colour ? "\033[0m\n" : "\n", out);
        if (!newline)
            return;
        text = newline + 1;
        fprintf(out, "%*s", (int)indent, "");
    }
}

static void print_cat(const struct log_packet *packet, const struct log_style *style, FILE *out)
{
    if (style->fields) {
        log_print_values(packet, style, out);
        return;
    }
    fputs(colour_of(packet, style), out);
    fwrite(packet->text, 1, packet->length, out);
    fputs(*colour_of(packet, style) ? "\033[0m\n" : "\n", out);
}

/* What is missing is told where a person reads, and does not spoil what a program reads. */
static void print_gap(const struct log_packet *packet, const struct log_style *style, FILE *out)
{
    if (log_output_is_data(style->output))
        out = stderr;
    fprintf(out, "-- %llu lines of ", (unsigned long long)packet->dropped);
    words_put_safe(out, packet->unit);
    fputs(" are gone --\n", out);
}

void log_print(const struct log_packet *packet, const struct log_style *style, FILE *out)
{
    char time[TIME_SIZE];

    if (packet->kind == LOG_GAP) {
        print_gap(packet, style, out);
        return;
    }
    switch (style->output) {
    case LOG_OUTPUT_VERBOSE:
        format_time(packet, style, time);
        log_print_verbose(packet, style, time, out);
        return;
    case LOG_OUTPUT_JSON:
    case LOG_OUTPUT_JSON_PRETTY:
    case LOG_OUTPUT_JSON_SSE:
    case LOG_OUTPUT_JSON_SEQ:
        log_print_json(packet, style, out);
        return;
    case LOG_OUTPUT_EXPORT:
        log_print_export(packet, style, out);
        return;
    case LOG_OUTPUT_CAT:
        print_cat(packet, style, out);
        return;
    case LOG_OUTPUT_SHORT:
    case LOG_OUTPUT_SHORT_PRECISE:
    case LOG_OUTPUT_SHORT_ISO:
    case LOG_OUTPUT_SHORT_ISO_PRECISE:
    case LOG_OUTPUT_SHORT_FULL:
    case LOG_OUTPUT_SHORT_MONOTONIC:
    case LOG_OUTPUT_SHORT_UNIX:
    case LOG_OUTPUT_WITH_UNIT:
        print_short(packet, style, out);
        return;
    }
}

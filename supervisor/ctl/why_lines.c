#include "supervisor/ctl/why.h"

#include "supervisor/ctl/log_print.h"
#include "supervisor/ctl/log_reader.h"
#include "supervisor/ctl/words.h"

#include <stdio.h>

enum {
    UNITS_MAX = 3,        /* that lines are shown of */
    LATE_US = 500 * 1000, /* a line may be read that long after its writer has ended */
};

/* One answer that is being printed. */
struct printing {
    struct log_reader *reader;
    struct log_style style;
    const struct why_lines *lines;
    bool has_printed; /* of any unit */
};

static void print_separator(struct printing *printing, const char *unit, bool is_first)
{
    if (printing->lines->is_json) {
        fputs(printing->has_printed ? "," : "", stdout);
    } else if (is_first) {
        fputs("\nLast lines of ", stdout);
        words_put_safe(stdout, unit);
        fputs(":\n", stdout);
    }
}

/* 0, or why the rest cannot be had. */
static int print_unit(struct printing *printing, const char *unit, uint64_t until_us)
{
    struct log_request request = log_wire_request(unit);
    struct log_packet packet;
    bool is_first = true;
    int error;

    request.lines = printing->lines->count;
    request.until_realtime_us = until_us;
    error = log_reader_ask(printing->reader, &request);
    while (error == 0) {
        error = log_reader_next(printing->reader, printing->lines->client->timeout_ms, &packet);
        if (error < 0 || packet.kind == LOG_END || packet.kind == LOG_REFUSED)
            break;
        if (packet.kind != LOG_LINE)
            continue;
        print_separator(printing, unit, is_first);
        is_first = false;
        printing->has_printed = true;
        log_print(&packet, &printing->style, stdout);
    }
    return error;
}

/* Whether the unit of the link has been met further down the chain. */
static bool is_repeated(const struct cause *cause, size_t link)
{
    for (size_t i = link + 1; i < cause->count; i++)
        if (cause->links[i].what->unit == cause->links[link].what->unit)
            return true;
    return false;
}

static void print_all(const struct why *why, const struct cause *cause, struct printing *printing)
{
    size_t left = UNITS_MAX;
    int error = 0;

    for (size_t i = cause->count; i-- > 0 && left > 0 && error == 0;) {
        const struct cause_link *link = &cause->links[i];
        uint64_t until_us = 0;

        if (is_repeated(cause, i))
            continue;
        /* What it said last, and not what it says since it was restarted. */
        if (link->exit)
            until_us = why_realtime(why, link->exit->at_monotonic_us) + LATE_US;
        error = print_unit(printing, why->pod.name(why->pod.context, link->what->unit), until_us);
        left--;
    }
}

void why_print_lines(const struct why *why, const struct cause *cause, struct why_lines lines)
{
    static struct log_reader reader;
    struct printing printing = {
        .reader = &reader,
        .style = { .output = lines.is_json ? LOG_OUTPUT_JSON : LOG_OUTPUT_SHORT,
                   .has_colour = lines.has_colour,
                   .boot_id = "" },
        .lines = &lines,
    };

    if (lines.is_json)
        fputs(",\"lines\":[", stdout);
    if (lines.count > 0 && cause->count > 0 && log_reader_open(&reader, lines.client, true) == 0) {
        print_all(why, cause, &printing);
        log_reader_close(&reader);
    }
    if (lines.is_json)
        fputs("]}\n", stdout);
}

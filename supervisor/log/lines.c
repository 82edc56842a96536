#include "supervisor/log/lines.h"

#include "supervisor/log/clock.h"

#include <stdio.h>
#include <string.h>

enum { JOIN_MS = 100 }; /* so long a line waits for one that goes on with it */

struct delivery delivery_now(struct logger *logger, struct source *source)
{
    return (struct delivery){
        .logger = logger,
        .source = source,
        .realtime_us = clock_realtime_us(),
        .monotonic_us = clock_monotonic_us(),
    };
}

static const char *identifier_of(const struct source *source)
{
    if (source->said[0])
        return source->said;
    return source->rules && source->rules->identifier[0] ? source->rules->identifier
                                                         : source->identifier;
}

/* --- words of our own --- */

static void write_notice(struct logger *logger, struct rules *rules, struct ring_unit *kept,
                         const char *why)
{
    char text[160];
    struct log_packet line = {
        .kind = LOG_LINE,
        .unit = rules->unit,
        .identifier = rules->label,
        .text = text,
        .priority = 4,
        .stream = LOG_STREAM_OWN,
        .flags = LOG_IS_NOTICE,
        .dropped = rules->told,
        .realtime_us = clock_realtime_us(),
        .monotonic_us = clock_monotonic_us(),
    };

    line.length = (size_t)snprintf(text, sizeof(text), "%llu lines of %.80s %s",
                                   (unsigned long long)rules->told, rules->unit, why);
    if (kept)
        ring_append(&logger->ring, kept, &line);
    output_line(&logger->out, &line);
    output_line(&logger->file, &line);
    if (rules->file)
        file_line(rules->file, &line);
}

static void tell_suppressed(struct logger *logger, const struct source *source, uint64_t count)
{
    source->rules->told = count;
    wire_copy(source->rules->label, sizeof(source->rules->label), identifier_of(source));
    write_notice(logger, source->rules, source->kept, "were suppressed by LogRateLimitBurst=.");
}

static void tell_dropped(struct logger *logger, struct rules *rules, uint64_t count)
{
    rules->told = count;
    write_notice(logger, rules, NULL, "were dropped here, since the output was slow.");
}

/* --- counting --- */

static struct log_totals *totals_of(struct logger *logger, struct ring_unit *kept)
{
    return kept ? ring_totals(&logger->ring, kept) : NULL;
}

static void count_line(struct logger *logger, struct ring_unit *kept, const struct log_packet *line)
{
    struct log_totals *totals = totals_of(logger, kept);

    if (!totals)
        return;
    totals->lines[line->priority & 7]++;
    totals->bytes[line->stream < LOG_STREAMS ? line->stream : 0] += line->length;
}

static void count_dropped(struct logger *logger, struct ring_unit *kept, enum log_drop reason,
                          uint64_t count)
{
    struct log_totals *totals = totals_of(logger, kept);

    if (totals)
        totals->dropped[reason] += count;
}

/* --- overflow --- */

/* Whether the line does not go to standard output now. */
static bool is_left_out(struct logger *logger, const struct source *source,
                        const struct log_packet *line)
{
    struct rules *rules = source->rules;

    if (!rules || rules->overflow == OVERFLOW_BLOCK || logger->is_ending ||
        (!logger->is_stuck && !rules->is_behind))
        return false;
    wire_copy(rules->label, sizeof(rules->label), identifier_of(source));
    if (rules->overflow == OVERFLOW_DROP_NEWEST || !source->kept) {
        rules->dropped++;
        count_dropped(logger, source->kept, LOG_DROP_OVERFLOW, 1);
        return true;
    }
    if (!rules->is_behind) {
        rules->is_behind = true;
        rules->behind = (struct ring_cursor){ .number = line->number };
        rules->kept = source->kept;
    }
    return true;
}

/* False: no more can be written now. */
static bool follow_ring(struct logger *logger, struct rules *rules)
{
    char *buffer = logger->ring.packet; /* nothing is appended meanwhile */
    struct ring_spot spot;
    struct log_packet line;

    while (ring_seek(&logger->ring, rules->kept, &rules->behind, &spot)) {
        size_t length = ring_read(&logger->ring, &rules->behind, buffer);

        if (logger->out.used >= OUTPUT_FLUSH_AT && !output_try(&logger->out))
            return false;
        if (spot.missed > 0) {
            tell_dropped(logger, rules, spot.missed);
            count_dropped(logger, rules->kept, LOG_DROP_OVERFLOW, spot.missed);
        }
        if (log_wire_decode(buffer, length, &line))
            output_line(&logger->out, &line);
        ring_advance(&logger->ring, &rules->behind, &spot);
    }
    rules->is_behind = false;
    return true;
}

bool lines_catch_up(struct logger *logger)
{
    for (struct rules *rules = logger->rules; rules; rules = rules->next) {
        if (rules->dropped > 0) {
            tell_dropped(logger, rules, rules->dropped);
            rules->dropped = 0;
        }
        while (rules->is_behind && !follow_ring(logger, rules)) {
            if (!logger->is_ending)
                return false;
            output_flush(&logger->out); /* at the end we wait */
        }
    }
    return output_try(&logger->out);
}

/* --- a line --- */

/* SyslogFacility= is for what comes through a pipe: a message says it itself. */
static bool is_facility(const struct log_field *field)
{
    static const char name[] = "SYSLOG_FACILITY";

    return field->name_length == strlen(name) && memcmp(field->name, name, strlen(name)) == 0;
}

/* LogExtraFields=, behind those of the message. */
static void add_fields(struct logger *logger, const struct rules *rules, struct log_packet *line)
{
    struct log_packet extra = { 0 };
    struct log_field field;
    size_t at = 0, used = line->fields_length;

    if (!rules || rules->fields_length == 0)
        return;
    extra.fields = rules->fields;
    extra.fields_length = rules->fields_length;
    if (used == 0) {
        line->fields = extra.fields;
        line->fields_length = extra.fields_length;
        return;
    }
    if (line->fields != logger->fields)
        memcpy(logger->fields, line->fields, used);
    while (log_wire_field(&extra, &at, &field)) {
        if (is_facility(&field))
            continue;
        used = log_wire_add_field(logger->fields, sizeof(logger->fields), used, &field);
    }
    line->fields = logger->fields;
    line->fields_length = used;
}

static void put(struct logger *logger, struct source *source, struct log_packet *line)
{
    enum log_drop reason;
    uint64_t suppressed;

    if (!rules_admit(source->rules, line, &reason, &suppressed)) {
        count_dropped(logger, source->kept, reason, 1);
        return;
    }
    if (!source->is_kept)
        count_line(logger, source->kept, line);
    if (suppressed > 0)
        tell_suppressed(logger, source, suppressed);
    line->unit = source->unit;
    masking_apply_fields(&logger->masking, &source->masks, line, logger->fields);
    masking_apply(&logger->masking, &source->masks, line);
    add_fields(logger, source->rules, line);
    if (source->kept && !source->is_kept)
        ring_append(&logger->ring, source->kept, line);
    output_line(&logger->file, line);
    if (source->rules && source->rules->file)
        file_line(source->rules->file, line);
    if (!source->is_written && !is_left_out(logger, source, line))
        output_line(&logger->out, line);
}

/* --- LogMultiline= --- */

static void flush_joined(struct logger *logger, struct source *source)
{
    struct joined *joined = &source->joined;

    if (!joined->is_open)
        return;
    joined->is_open = false;
    logger->joined_count--;
    joined->line.text = joined->text;
    joined->line.identifier = identifier_of(source);
    put(logger, source, &joined->line);
}

static bool is_continued(const struct joined *joined, const struct log_packet *line)
{
    return joined->is_open && line->length > 0 && (line->text[0] == ' ' || line->text[0] == '\t') &&
           joined->line.length + line->length < LOG_TEXT_MAX;
}

/* Out of memory: the line goes its way alone. */
static void join(struct logger *logger, struct source *source, struct log_packet *line)
{
    struct joined *joined = &source->joined;
    bool goes_on = is_continued(joined, line);
    size_t before;

    if (!goes_on)
        flush_joined(logger, source);
    if (!joined->text)
        joined->text = malloc(LOG_TEXT_MAX);
    if (!joined->text || line->length > LOG_TEXT_MAX) {
        put(logger, source, line);
        return;
    }
    before = goes_on ? joined->line.length : 0;
    if (goes_on) {
        joined->text[before++] = '\n';
    } else {
        joined->line = *line;
        joined->is_open = true;
        logger->joined_count++;
    }
    memcpy(joined->text + before, line->text, line->length);
    joined->line.length = before + line->length;
    joined->due_us = line->monotonic_us + JOIN_MS * USEC_PER_MSEC;
}

int lines_flush_joined(struct logger *logger)
{
    uint64_t now_us;

    if (logger->joined_count == 0)
        return -1;
    now_us = clock_monotonic_us();
    for (struct source *source = logger->sources; source; source = source->next)
        if (source->joined.is_open && source->joined.due_us <= now_us)
            flush_joined(logger, source);
    return logger->joined_count > 0 ? JOIN_MS : -1;
}

/* A line that has no priority of its own. */
static uint8_t level_of(const struct source *source, const struct line *line)
{
    if (line->has_priority)
        return (uint8_t)line->priority;
    if (source->kind == SOURCE_STREAM)
        return source->level;
    return source->rules ? source->rules->level : (uint8_t)line->priority;
}

/* Of the lines that a former reeve-log has dealt with. */
static bool take_one(uint32_t *count)
{
    bool is_one = *count > 0;

    *count -= is_one;
    return is_one;
}

void lines_deliver(void *context, const struct line *line)
{
    const struct delivery *delivery = context;
    struct source *source = delivery->source;
    const struct rules *rules = source->rules;
    struct log_packet packet = {
        .kind = LOG_LINE,
        .realtime_us = delivery->realtime_us,
        .monotonic_us = delivery->monotonic_us,
        .priority = level_of(source, line),
        .stream = source->stream,
        .flags = line->is_continuation ? LOG_IS_CONTINUATION : 0,
        .pid = source->kind == SOURCE_STREAM ? source->pid
                                             : pids_of(&delivery->logger->pids, source->id),
        .identifier = identifier_of(source),
        .text = line->text,
        .length = line->length,
    };

    source->is_written = take_one(&source->known_written);
    source->is_kept = take_one(&source->known_kept);
    if (rules && rules->joins_lines)
        join(delivery->logger, source, &packet);
    else
        put(delivery->logger, source, &packet);
    source->is_written = source->is_kept = false;
    progress_line(&delivery->logger->progress, &delivery->logger->out);
}

void lines_deliver_message(struct logger *logger, struct source *source, struct log_packet *packet)
{
    const char *text = packet->text;
    size_t left = packet->length;

    if (!packet->identifier[0])
        packet->identifier = identifier_of(source);
    do {
        struct log_packet line = *packet;

        line.text = text;
        line.length = left > LINE_MAX_BYTES ? line_cut_point(text, LINE_MAX_BYTES) : left;
        put(logger, source, &line);
        packet->flags |= LOG_IS_CONTINUATION;
        text += line.length;
        left -= line.length;
    } while (left > 0);
}

void lines_end(struct logger *logger, struct source *source)
{
    struct rules *rules = source->rules;

    flush_joined(logger, source);
    if (rules && rules->suppressed > 0) {
        tell_suppressed(logger, source, rules->suppressed);
        rules->suppressed = 0;
        rules->window_us = 0;
    }
}

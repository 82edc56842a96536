#include "supervisor/health/log_tail.h"

#include <string.h>

static struct last_line *line_of(struct log_tail *tail, const char *name)
{
    const struct snapshot *snapshot = &tail->table->present;
    size_t count = tail->lines.count < snapshot->count ? tail->lines.count : snapshot->count;

    /* Lines of one unit often follow each other. */
    for (size_t k = 0; k < count; k++) {
        size_t i = (tail->hint + k) % count;

        if (strcmp(snapshot->rows[i].unit.name, name) == 0) {
            tail->hint = i;
            return &tail->lines.lines[i];
        }
    }
    return NULL;
}

static void keep(struct last_line *line, const struct log_packet *packet)
{
    size_t length = packet->length < sizeof(line->text) ? packet->length : sizeof(line->text) - 1;
    char text[sizeof(line->text)];

    memcpy(text, packet->text, length);
    text[length] = '\0';
    line->realtime_us = packet->realtime_us;
    line->priority = packet->priority;
    wire_copy(line->text, sizeof(line->text), text);
}

/* The beginning is through: whoever listens has been told of the units without it. */
static void tell_units(struct log_tail *tail)
{
    for (size_t i = 0; i < tail->lines.count && i < tail->table->present.count; i++)
        if (tail->lines.lines[i].realtime_us > 0)
            table_touch(tail->table, &tail->table->present.rows[i]);
}

static void take(void *context, const struct log_packet *packet)
{
    struct log_tail *tail = context;
    struct last_line *line;

    if (!packet)
        return;
    if (packet->kind == LOG_END)
        tell_units(tail);
    if (packet->kind != LOG_LINE)
        return;
    tail->lines.taken++;
    line = line_of(tail, packet->unit);
    if (line)
        keep(line, packet);
    if (!tail->question.has_ended || !tail->events->ring)
        return;
    text_clear(&tail->scratch);
    render_log_json(packet, &tail->scratch);
    events_add(tail->events, "log", &tail->scratch);
}

void log_tail_init(struct log_tail *tail, struct log_link *link, struct table *table,
                   struct events *events)
{
    *tail = (struct log_tail){ .link = link, .table = table, .events = events };
}

static void stop(struct log_tail *tail)
{
    log_link_forget(tail->link, &tail->question);
    free(tail->lines.lines);
    tail->lines = (struct last_lines){ 0 };
    text_release(&tail->scratch);
}

void log_tail_release(struct log_tail *tail)
{
    stop(tail);
}

static void start(struct log_tail *tail)
{
    size_t count = tail->table->present.count;

    tail->lines.lines = calloc(count + 1, sizeof(*tail->lines.lines));
    if (!tail->lines.lines)
        return;
    tail->lines.count = count;
    tail->lines.snapshot = tail->table->snapshots;
    tail->question =
        (struct log_question){ .request = log_wire_request(NULL), .take = take, .context = tail };
    tail->question.request.lines = LOG_TAIL_BACKLOG;
    tail->question.request.is_following = true;
    if (log_link_ask(tail->link, &tail->question) < 0)
        stop(tail);
}

void log_tail_want(struct log_tail *tail, uint64_t now_us)
{
    tail->wanted_us = now_us;
    if (tail->lines.lines && tail->lines.snapshot != tail->table->snapshots)
        stop(tail);
    if (!tail->lines.lines && tail->table->has_present)
        start(tail);
}

uint64_t log_tail_deadline(const struct log_tail *tail)
{
    return tail->lines.lines ? tail->wanted_us + LOG_TAIL_LINGER_US : USEC_INFINITY;
}

void log_tail_tick(struct log_tail *tail, uint64_t now_us)
{
    if (log_tail_deadline(tail) <= now_us)
        stop(tail);
}

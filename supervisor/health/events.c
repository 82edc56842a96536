#include "supervisor/health/events.h"

#include "supervisor/health/verdict.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* After a stream has ended the client waits as long before it comes again. */
static const char greeting[] = "retry: 1000\n\n";

/* --- the ring --- */

static void write_bytes(struct events *events, const char *bytes, size_t length)
{
    while (length > 0) {
        size_t at = (size_t)(events->head % EVENTS_RING_SIZE), room = EVENTS_RING_SIZE - at;
        size_t part = length < room ? length : room;

        memcpy(events->ring + at, bytes, part);
        events->head += part;
        bytes += part;
        length -= part;
    }
}

static void write_string(struct events *events, const char *string)
{
    write_bytes(events, string, strlen(string));
}

void events_add(struct events *events, const char *kind, const struct text *data)
{
    char head[96];

    if (!events->ring || data->has_failed || data->length > EVENTS_RING_SIZE / 2)
        return;
    snprintf(head, sizeof(head), "id: %" PRIu64 "\nevent: %s\ndata: ", ++events->last_id, kind);
    write_string(events, head);
    write_bytes(events, data->bytes, data->length);
    write_string(events, "\n\n");
}

void events_beat(struct events *events)
{
    if (events->ring)
        write_string(events, ":\n\n");
}

/* --- what changed --- */

/* How the unit is, and by whose fault. */
static uint32_t digest(const struct table *table, const struct row *row)
{
    const struct row *root = unit_blocked_by(table, row);

    return (root ? (uint32_t)root->unit.id + 1 : 0) << 3 | (uint32_t)unit_verdict(row);
}

/* Of another set of units, or none: what is, is no news. */
static int take_stock(struct events *events, const struct table *table)
{
    const struct snapshot *snapshot = &table->present;
    uint32_t *verdicts = calloc(snapshot->count + 1, sizeof(*verdicts));

    if (!verdicts)
        return -ENOMEM;
    for (size_t i = 0; i < snapshot->count; i++)
        verdicts[i] = digest(table, &snapshot->rows[i]);
    free(events->verdicts);
    events->verdicts = verdicts;
    events->count = snapshot->count;
    events->snapshot = table->snapshots;
    events->seen = table->changes;
    return 0;
}

int events_open(struct events *events, const struct table *table)
{
    if (events->ring)
        return 0;
    events->ring = malloc(EVENTS_RING_SIZE);
    if (!events->ring)
        return -ENOMEM;
    if (take_stock(events, table) < 0) {
        free(take_pointer(&events->ring));
        return -ENOMEM;
    }
    return 0;
}

void events_close(struct events *events)
{
    free(take_pointer(&events->ring));
    free(take_pointer(&events->verdicts));
    events->count = 0;
    text_release(&events->pod);
    text_release(&events->scratch);
}

static void follow_row(struct events *events, const struct render_units *view,
                       const struct row *row)
{
    uint32_t now = digest(view->table, row), *before = &events->verdicts[row->unit.id];

    for (size_t i = 0; i < row->probe_count; i++)
        if (row->probes[i].probed > events->seen) {
            text_clear(&events->scratch);
            render_probe_event(row, &row->probes[i], &events->scratch);
            events_add(events, "probe", &events->scratch);
        }
    if (row->changed <= events->seen && now == *before)
        return;
    *before = now;
    text_clear(&events->scratch);
    render_unit(view, row, &events->scratch);
    events_add(events, "unit", &events->scratch);
}

/* Said again only when it says something else, whatever the clock says. */
static void follow_pod(struct events *events, const struct render_units *view)
{
    struct render_units timeless = { .table = view->table };
    struct text *now = &events->scratch, swapped;

    text_clear(now);
    render_pod(&timeless, now);
    if (now->length == events->pod.length && events->pod.bytes &&
        memcmp(now->bytes, events->pod.bytes, now->length) == 0)
        return;
    swapped = events->pod;
    events->pod = *now;
    *now = swapped;
    text_clear(now);
    render_pod(view, now);
    events_add(events, "pod", now);
}

void events_follow(struct events *events, const struct render_units *view)
{
    const struct table *table = view->table;

    if (!events->ring || events->seen == table->changes)
        return;
    if (events->snapshot != table->snapshots) {
        /* All listeners begin anew. Without memory the next round tries again. */
        (void)take_stock(events, table);
        return;
    }
    for (size_t i = 0; i < events->count; i++)
        follow_row(events, view, &table->present.rows[i]);
    follow_pod(events, view);
    events->seen = table->changes;
}

/* --- one who listens --- */

void listener_begin(struct listener *listener, const struct events *events,
                    const struct table *table)
{
    *listener = (struct listener){ .events = events,
                                   .position = events->head,
                                   .snapshot = table->snapshots };
}

void listener_release(struct listener *listener)
{
    text_release(&listener->pending);
}

bool listener_is_late(const struct listener *listener)
{
    return listener->events->head - listener->position > EVENTS_RING_SIZE;
}

static void put_event(struct text *out, const char *kind)
{
    text_printf(out, "event: %s\ndata: ", kind);
}

/* The next part of how everything is; false: that is all. */
static bool next_of_beginning(struct listener *listener, const struct render_units *view)
{
    const struct snapshot *snapshot = &view->table->present;

    text_clear(&listener->pending);
    listener->sent = 0;
    if (!listener->has_begun) {
        listener->has_begun = true;
        text_put(&listener->pending, greeting);
        put_event(&listener->pending, "pod");
        render_pod(view, &listener->pending);
    } else if (listener->next_row < snapshot->count) {
        put_event(&listener->pending, "unit");
        render_unit(view, &snapshot->rows[listener->next_row++], &listener->pending);
    } else {
        text_release(&listener->pending);
        return false;
    }
    text_put(&listener->pending, "\n\n");
    return true;
}

static size_t copy_pending(struct listener *listener, char *buffer, size_t size)
{
    size_t left = listener->pending.length - listener->sent, part = left < size ? left : size;

    memcpy(buffer, listener->pending.bytes + listener->sent, part);
    listener->sent += part;
    return part;
}

static size_t copy_ring(struct listener *listener, char *buffer, size_t size)
{
    uint64_t left = listener->events->head - listener->position;
    size_t at = (size_t)(listener->position % EVENTS_RING_SIZE);
    size_t part = left < size ? (size_t)left : size;

    if (part > EVENTS_RING_SIZE - at)
        part = EVENTS_RING_SIZE - at;
    memcpy(buffer, listener->events->ring + at, part);
    listener->position += part;
    return part;
}

ssize_t listener_read(struct listener *listener, const struct render_units *view, char *buffer,
                      size_t size)
{
    if (listener->snapshot != view->table->snapshots || listener_is_late(listener))
        return -ESTALE;
    if (listener->sent < listener->pending.length || next_of_beginning(listener, view)) {
        if (listener->pending.has_failed)
            return -ENOMEM;
        return (ssize_t)copy_pending(listener, buffer, size);
    }
    return (ssize_t)copy_ring(listener, buffer, size);
}

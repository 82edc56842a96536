#include "supervisor/health/broadcast.h"

#include "supervisor/health/loop.h"

static struct render_units view_of(struct broadcast *broadcast)
{
    usages_refresh(broadcast->usages, broadcast->table, clock_monotonic_us());
    return (struct render_units){ .table = broadcast->table,
                                  .usages = broadcast->usages,
                                  .lines = broadcast->lines,
                                  .realtime_us = clock_realtime_us() };
}

struct stream *broadcast_add(struct broadcast *broadcast, void *connection, struct client *client)
{
    struct stream *stream = NULL;

    if (broadcast->count < BROADCAST_STREAMS_MAX)
        stream = calloc(1, sizeof(*stream));
    if (!stream || events_open(&broadcast->events, broadcast->table) < 0) {
        free(stream);
        return NULL;
    }
    stream->broadcast = broadcast;
    stream->connection = connection;
    stream->client = client;
    listener_begin(&stream->listener, &broadcast->events, broadcast->table);
    LIST_INSERT_HEAD(&broadcast->streams, stream, link);
    if (broadcast->count++ == 0)
        broadcast->beat_us = clock_monotonic_us() + BROADCAST_BEAT_US;
    if (client)
        patience_excuse(broadcast->patience, client);
    return stream;
}

void broadcast_remove(struct stream *stream)
{
    struct broadcast *broadcast = stream->broadcast;

    LIST_REMOVE(stream, link);
    listener_release(&stream->listener);
    free(stream);
    if (--broadcast->count == 0)
        events_close(&broadcast->events);
}

ssize_t broadcast_read(struct stream *stream, char *buffer, size_t size)
{
    struct render_units view = view_of(stream->broadcast);
    ssize_t length = listener_read(&stream->listener, &view, buffer, size);

    stream->is_asleep = length == 0;
    return length;
}

/* Log lines come into the ring by themselves (log_tail.h). */
static bool has_news(const struct broadcast *broadcast)
{
    return broadcast->events.head != broadcast->told_head;
}

static bool is_time_to_tell(const struct broadcast *broadcast, uint64_t now_us)
{
    return has_news(broadcast) &&
           (now_us >= broadcast->told_us + BROADCAST_STEP_US ||
            broadcast->events.head - broadcast->told_head >= EVENTS_RING_SIZE / 4);
}

uint64_t broadcast_deadline(const struct broadcast *broadcast)
{
    uint64_t step_us = broadcast->told_us + BROADCAST_STEP_US;

    if (broadcast->count == 0)
        return USEC_INFINITY;
    return has_news(broadcast) && step_us < broadcast->beat_us ? step_us : broadcast->beat_us;
}

void broadcast_wake_all(struct broadcast *broadcast)
{
    struct stream *stream;

    LIST_FOREACH(stream, &broadcast->streams, link)
    {
        if (listener_is_late(&stream->listener) && stream->client)
            patience_dismiss(broadcast->patience, stream->client);
        if (stream->is_asleep)
            broadcast->wake(stream->connection);
        stream->is_asleep = false;
    }
}

bool broadcast_follow(struct broadcast *broadcast, uint64_t now_us)
{
    struct events *events = &broadcast->events;
    bool must_end = false;

    if (broadcast->count == 0)
        return false;
    if (events->seen != broadcast->table->changes) {
        struct render_units view = view_of(broadcast);

        must_end = events->snapshot != broadcast->table->snapshots;
        events_follow(events, &view);
    }
    if (now_us >= broadcast->beat_us) {
        events_beat(events);
        broadcast->beat_us = now_us + BROADCAST_BEAT_US;
    }
    if (!is_time_to_tell(broadcast, now_us) && !must_end)
        return false;
    broadcast->told_head = events->head;
    broadcast->told_us = now_us;
    broadcast_wake_all(broadcast);
    return true;
}

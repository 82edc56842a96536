#include "supervisor/health/log_fetch.h"

#include "supervisor/health/render.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static size_t left(const struct log_fetch *fetch)
{
    return fetch->pending.length - fetch->sent;
}

/* A backlog waits for its client, so that nothing of it is lost. */
static void update_pause(struct log_fetch *fetch)
{
    bool shall_pause = fetch->question.is_asked && !fetch->question.has_ended &&
                       left(fetch) > LOG_FETCH_PENDING_MAX;

    if (shall_pause == fetch->has_paused)
        return;
    fetch->has_paused = shall_pause;
    log_link_pause(fetch->fetches->link, shall_pause);
}

static void put_event(struct log_fetch *fetch, const char *kind, uint64_t sequence)
{
    if (sequence > 0)
        text_printf(&fetch->pending, "id: %" PRIu64 "\n", sequence);
    text_printf(&fetch->pending, "event: %s\ndata: ", kind);
    text_append(&fetch->pending, fetch->scratch.bytes, fetch->scratch.length);
    text_put(&fetch->pending, "\n\n");
}

static void put_missed(struct log_fetch *fetch)
{
    text_clear(&fetch->scratch);
    text_printf(&fetch->scratch, "{\"missed\":%" PRIu64 "}", fetch->missed);
    if (fetch->format == LOG_AS_EVENTS)
        put_event(fetch, "gap", 0);
    else if (fetch->format == LOG_AS_TEXT)
        text_printf(&fetch->pending, "-- %" PRIu64 " lines are not here --\n", fetch->missed);
    fetch->missed = 0;
}

static void put_line(struct log_fetch *fetch, const struct log_packet *packet)
{
    if (fetch->missed > 0)
        put_missed(fetch);
    text_clear(&fetch->scratch);
    if (fetch->format == LOG_AS_TEXT)
        render_log_text(packet, &fetch->scratch);
    else
        render_log_json(packet, &fetch->scratch);
    if (fetch->format == LOG_AS_EVENTS) {
        put_event(fetch, "log", packet->sequence);
        return;
    }
    if (fetch->format == LOG_AS_JSON)
        text_put(&fetch->pending, fetch->count == 0 ? "[\n" : ",\n");
    text_append(&fetch->pending, fetch->scratch.bytes, fetch->scratch.length);
    fetch->count++;
}

static void wake(struct log_fetch *fetch)
{
    if (!fetch->is_asleep)
        return;
    fetch->is_asleep = false;
    fetch->fetches->has_woken = true;
    fetch->fetches->wake(fetch->connection);
}

/* As long as its backlog may make others wait, a follower has no more time than any client. */
static void mind_time(struct log_fetch *fetch, enum log_kind kind)
{
    struct patience *patience = fetch->fetches->patience;

    if (!fetch->question.request.is_following || !fetch->client)
        return;
    if (kind == LOG_END) {
        patience_excuse(patience, fetch->client);
    } else if (!fetch->question.has_ended && !fetch->is_timed) {
        fetch->is_timed = true;
        patience_renew(patience, fetch->client, clock_monotonic_us());
    }
}

static void take(void *context, const struct log_packet *packet)
{
    struct log_fetch *fetch = context;
    bool is_full = fetch->question.has_ended && left(fetch) > LOG_FETCH_PENDING_MAX;

    if (!packet)
        fetch->is_over = true;
    else if (packet->kind == LOG_GAP)
        fetch->missed += packet->dropped;
    else if (packet->kind == LOG_LINE && is_full)
        fetch->missed++;
    else if (packet->kind == LOG_LINE)
        put_line(fetch, packet);
    if (packet)
        mind_time(fetch, packet->kind);
    update_pause(fetch);
    if (left(fetch) > 0 || fetch->is_over)
        wake(fetch);
}

int log_fetch_new(struct log_fetches *fetches, const struct request *request, const char *unit,
                  struct log_fetch **ret_fetch)
{
    struct log_fetch *fetch;
    int error;

    if (request->is_follow && fetches->follower_count == LOG_FETCH_FOLLOWERS_MAX)
        return -EBUSY;
    fetch = calloc(1, sizeof(*fetch));
    if (!fetch)
        return -ENOMEM;
    fetch->fetches = fetches;
    fetch->format = log_format_of(request);
    fetch->question =
        (struct log_question){ .request = log_wire_request(unit), .take = take, .context = fetch };
    fetch->question.request.lines = request->lines;
    fetch->question.request.is_following = request->is_follow;
    if (request->after_sequence > 0) {
        fetch->question.request.after_sequence = request->after_sequence;
        fetch->question.request.lines = LOG_ALL_LINES;
    }
    error = log_link_ask(fetches->link, &fetch->question);
    if (error < 0) {
        free(fetch);
        return error;
    }
    LIST_INSERT_HEAD(&fetches->list, fetch, link);
    if (request->is_follow && fetches->follower_count++ == 0)
        fetches->beat_us = clock_monotonic_us() + LOG_FETCH_BEAT_US;
    *ret_fetch = fetch;
    return 0;
}

void log_fetch_free(struct log_fetch *fetch)
{
    if (fetch->has_paused)
        log_link_pause(fetch->fetches->link, false);
    log_link_forget(fetch->fetches->link, &fetch->question);
    LIST_REMOVE(fetch, link);
    fetch->fetches->follower_count -= fetch->format == LOG_AS_EVENTS;
    text_release(&fetch->pending);
    text_release(&fetch->scratch);
    free(fetch);
}

/* What stands at the end of a document. */
static void close_document(struct log_fetch *fetch)
{
    if (fetch->is_closed)
        return;
    fetch->is_closed = true;
    if (fetch->missed > 0)
        put_missed(fetch);
    if (fetch->format == LOG_AS_JSON)
        text_put(&fetch->pending, fetch->count == 0 ? "[]\n" : "\n]\n");
}

/* What was sent goes also when there is always more: a client may be behind for ever. */
static void forget_sent(struct log_fetch *fetch)
{
    struct text *pending = &fetch->pending;

    if (fetch->sent < LOG_FETCH_PENDING_MAX)
        return;
    pending->length = left(fetch);
    memmove(pending->bytes, pending->bytes + fetch->sent, pending->length + 1);
    fetch->sent = 0;
}

ssize_t log_fetch_read(struct log_fetch *fetch, char *buffer, size_t size)
{
    size_t part;

    if (left(fetch) == 0) {
        text_clear(&fetch->pending);
        fetch->sent = 0;
        if (fetch->is_over)
            close_document(fetch);
    }
    if (fetch->pending.has_failed || fetch->scratch.has_failed)
        return -ENOMEM;
    if (left(fetch) == 0 && fetch->is_over)
        return -EPIPE;
    part = left(fetch) < size ? left(fetch) : size;
    if (part > 0)
        memcpy(buffer, fetch->pending.bytes + fetch->sent, part);
    fetch->sent += part;
    forget_sent(fetch);
    update_pause(fetch);
    fetch->is_asleep = part == 0;
    return (ssize_t)part;
}

uint64_t log_fetches_deadline(const struct log_fetches *fetches)
{
    return fetches->follower_count > 0 ? fetches->beat_us : USEC_INFINITY;
}

static void beat(struct log_fetches *fetches)
{
    struct log_fetch *fetch;

    LIST_FOREACH(fetch, &fetches->list, link)
    if (fetch->format == LOG_AS_EVENTS && fetch->is_asleep) {
        text_put(&fetch->pending, ":\n\n");
        wake(fetch);
    }
}

bool log_fetches_tick(struct log_fetches *fetches, uint64_t now_us)
{
    bool has_woken;

    if (log_fetches_deadline(fetches) <= now_us) {
        beat(fetches);
        fetches->beat_us = now_us + LOG_FETCH_BEAT_US;
    }
    has_woken = fetches->has_woken;
    fetches->has_woken = false;
    return has_woken;
}

void log_fetches_wake(struct log_fetches *fetches)
{
    struct log_fetch *fetch;

    LIST_FOREACH(fetch, &fetches->list, link)
    wake(fetch);
}

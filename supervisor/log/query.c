#include "supervisor/log/query.h"

#include "supervisor/log/clock.h"

#include <string.h>

static bool is_about_one(const struct query *query)
{
    return query->request.unit[0] != '\0';
}

void query_close(struct query *query)
{
    free(query->cursors);
    *query = (struct query){ 0 };
}

static const struct ring_unit *unit_of(struct query *query, const struct ring *ring, size_t i)
{
    if (!is_about_one(query))
        return ring->units[i];
    if (!query->unit)
        query->unit = ring_unit_find(ring, query->request.unit);
    return query->unit;
}

/* Of units that begin to speak after the request each line counts, gone or not; of the others what
 * there is. */
static uint64_t first_number(const struct ring_unit *unit, bool is_new)
{
    if (is_new || !unit)
        return 1;
    return unit->first < 0 ? unit->next_number : 0;
}

static bool make_cursors(struct query *query, const struct ring *ring, bool are_new)
{
    size_t count = is_about_one(query) ? 1 : ring->unit_count;
    struct ring_cursor *grown;

    if (count <= query->cursor_count)
        return true;
    grown = reallocarray(query->cursors, count, sizeof(*grown));
    if (!grown)
        return false;
    for (size_t i = query->cursor_count; i < count; i++)
        grown[i] = (struct ring_cursor){
            .number = first_number(unit_of(query, ring, i), are_new),
        };
    query->cursors = grown;
    query->cursor_count = count;
    return true;
}

static bool matches(const struct query *query, const struct ring *ring,
                    const struct log_packet *packet)
{
    const struct log_request *request = &query->request;

    return packet->priority <= request->lowest_priority &&
           packet->sequence > request->after_sequence &&
           packet->realtime_us >= request->since_realtime_us &&
           (request->until_realtime_us == 0 || packet->realtime_us <= request->until_realtime_us) &&
           (query->is_following ||
            usec_add(packet->monotonic_us, ring->age_us) >= clock_monotonic_us());
}

/* How many lines of the backlog match, so that the oldest can be left away. */
static uint64_t count_matching(struct query *query, const struct ring *ring, char *buffer)
{
    uint64_t count = 0;

    for (size_t i = 0; i < query->cursor_count; i++) {
        const struct ring_unit *unit = unit_of(query, ring, i);
        struct ring_cursor cursor = { 0 };
        struct ring_spot spot;
        struct log_packet packet;

        while (unit && ring_seek(ring, unit, &cursor, &spot)) {
            size_t length = ring_read(ring, &cursor, buffer);

            count += log_wire_decode(buffer, length, &packet) && matches(query, ring, &packet);
            ring_advance(ring, &cursor, &spot);
        }
    }
    return count;
}

void query_open(struct query *query, struct ring *ring, const struct log_request *request)
{
    uint64_t count = 0;

    query_close(query);
    query->is_open = true;
    query->request = *request;
    query->backlog_end = ring->next_sequence;
    if (request->after_sequence >= ring->next_sequence) /* of a former ring: all here is new */
        query->request.after_sequence = 0;
    if (request->wants_totals || !make_cursors(query, ring, false))
        return; /* query_next() tries again, and says so */
    if (request->lines == 0) {
        for (size_t i = 0; i < query->cursor_count; i++) {
            const struct ring_unit *unit = unit_of(query, ring, i);

            query->cursors[i] = unit ? ring_end(ring, unit) : (struct ring_cursor){ .number = 1 };
        }
    } else if (request->lines != LOG_ALL_LINES) {
        count = count_matching(query, ring, ring->packet);
        query->to_skip = count > request->lines ? count - request->lines : 0;
    }
}

/* Points query->at to the place whose next line is the oldest. False: there is none. */
static bool choose(struct query *query, const struct ring *ring)
{
    uint64_t least = query->is_following ? UINT64_MAX : query->backlog_end;
    bool is_found = false;

    for (size_t i = 0; i < query->cursor_count; i++) {
        const struct ring_unit *unit = unit_of(query, ring, i);
        struct ring_spot spot;

        if (!unit || !ring_seek(ring, unit, &query->cursors[i], &spot) || spot.sequence >= least)
            continue;
        least = spot.sequence;
        query->at = &query->cursors[i];
        query->spot = spot;
        is_found = true;
    }
    return is_found;
}

static enum query_step give(struct query *query, struct log_packet *packet, char *buffer,
                            size_t *ret_length)
{
    packet->tag = query->request.tag;
    query->given = packet->kind;
    *ret_length = log_wire_encode(packet, buffer);
    return QUERY_HAS;
}

static enum query_step give_end(struct query *query, char *buffer, size_t *ret_length)
{
    struct log_packet mark = { .kind = LOG_END, .sequence = query->backlog_end - 1 };

    return query->is_following ? QUERY_WAITS : give(query, &mark, buffer, ret_length);
}

/* Lines that are gone count among those that were to be passed over. */
static enum query_step give_gap(struct query *query, const struct ring *ring, char *buffer,
                                size_t *ret_length)
{
    uint64_t missed = query->spot.missed;
    uint64_t passed = missed < query->to_skip ? missed : query->to_skip;
    struct log_packet gap = {
        .kind = LOG_GAP,
        .sequence = query->spot.sequence,
        .number = query->spot.number,
        .realtime_us = clock_realtime_us(),
        .monotonic_us = clock_monotonic_us(),
        .dropped = missed - passed,
        .unit = is_about_one(query) ? query->request.unit
                                    : ring->units[query->at - query->cursors]->name,
    };

    query->to_skip -= passed;
    query->at->number += passed;
    return gap.dropped > 0 ? give(query, &gap, buffer, ret_length) : QUERY_SKIPPED;
}

static enum query_step give_line(struct query *query, const struct ring *ring, char *buffer,
                                 size_t *ret_length)
{
    size_t length = ring_read(ring, query->at, buffer);
    struct log_packet packet;
    bool is_wanted = log_wire_decode(buffer, length, &packet) && matches(query, ring, &packet);

    if (!is_wanted || query->to_skip > 0) {
        query->to_skip -= is_wanted;
        ring_advance(ring, query->at, &query->spot);
        return QUERY_SKIPPED;
    }
    log_wire_set_tag(buffer, query->request.tag);
    query->given = LOG_LINE;
    *ret_length = length;
    return QUERY_HAS;
}

/* --- counters --- */

static enum query_step give_totals(struct query *query, const struct ring *ring, char *buffer,
                                   size_t *ret_length)
{
    struct log_packet packet = { .kind = LOG_TOTALS, .length = sizeof(struct log_totals) };
    struct log_packet end = { .kind = LOG_END };

    for (; query->next_totals < ring->unit_count; query->next_totals++) {
        const struct ring_unit *unit = ring->units[query->next_totals];

        if (!unit->totals || (is_about_one(query) && strcmp(unit->name, query->request.unit) != 0))
            continue;
        packet.unit = unit->name;
        packet.text = (const char *)unit->totals;
        return give(query, &packet, buffer, ret_length);
    }
    return give(query, &end, buffer, ret_length);
}

enum query_step query_next(struct query *query, const struct ring *ring, char *buffer,
                           size_t *ret_length)
{
    if (query->request.wants_totals)
        return give_totals(query, ring, buffer, ret_length);
    if (!make_cursors(query, ring, true))
        return QUERY_REFUSED;
    if (!choose(query, ring))
        return give_end(query, buffer, ret_length);
    if (query->spot.missed > 0)
        return give_gap(query, ring, buffer, ret_length);
    return give_line(query, ring, buffer, ret_length);
}

/* From now on each line that goes unseen is told. */
static void begin_following(struct query *query, const struct ring *ring)
{
    query->is_following = true;
    for (size_t i = 0; i < query->cursor_count; i++) {
        const struct ring_unit *unit = unit_of(query, ring, i);
        struct ring_cursor *cursor = &query->cursors[i];
        struct ring_spot spot;

        if (cursor->number == 0 && unit) /* its part of the backlog was gone before it was read */
            cursor->number = ring_seek(ring, unit, cursor, &spot) ? spot.number : unit->next_number;
    }
}

void query_taken(struct query *query, const struct ring *ring)
{
    switch (query->given) {
    case LOG_LINE:
        ring_advance(ring, query->at, &query->spot);
        return;
    case LOG_GAP:
        query->at->number = query->spot.number;
        return;
    case LOG_TOTALS:
        query->next_totals++;
        return;
    case LOG_END:
        if (query->request.is_following && !query->request.wants_totals)
            begin_following(query, ring);
        else
            query_close(query);
        return;
    case LOG_REFUSED:
        query_close(query);
        return;
    }
}

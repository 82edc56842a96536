#include "supervisor/health/log_counts.h"

#include "supervisor/wire/wire.h"

static void release(struct unit_totals_list *list)
{
    free(take_pointer(&list->units));
    list->count = list->capacity = 0;
}

void log_counts_release(struct log_counts *counts)
{
    log_link_forget(counts->link, &counts->question);
    release(&counts->told);
    release(&counts->coming);
}

/* Out of memory: that unit is missing this time. */
static void add(struct unit_totals_list *list, const struct log_packet *packet)
{
    struct unit_totals *unit;

    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 16;

        unit = reallocarray(list->units, capacity, sizeof(*unit));
        if (!unit)
            return;
        list->units = unit;
        list->capacity = capacity;
    }
    unit = &list->units[list->count];
    if (!log_totals_read(packet, &unit->totals))
        return;
    wire_copy(unit->unit, sizeof(unit->unit), packet->unit);
    list->count++;
}

void log_counts_wake(struct log_counts *counts)
{
    counts->has_woken = counts->has_woken || counts->waiting_count > 0;
    for (size_t i = 0; i < counts->waiting_count; i++)
        counts->wake(counts->waiting[i]);
    counts->waiting_count = 0;
}

static void take(void *context, const struct log_packet *packet)
{
    struct log_counts *counts = context;
    struct unit_totals_list former = counts->told;

    if (packet) {
        add(&counts->coming, packet);
        return;
    }
    if (counts->question.has_ended) {
        counts->told = counts->coming;
        counts->coming = former;
    }
    log_counts_wake(counts);
}

bool log_counts_want(struct log_counts *counts, void *connection, uint64_t now_us)
{
    if (counts->waiting_count == LOG_COUNTS_WAITING_MAX)
        return false;
    if (!counts->question.is_asked) {
        counts->coming.count = 0;
        counts->question = (struct log_question){ .request = log_wire_request(NULL),
                                                  .take = take,
                                                  .context = counts };
        counts->question.request.wants_totals = true;
        if (log_link_ask(counts->link, &counts->question) < 0)
            return false;
        counts->deadline_us = now_us + LOG_COUNTS_PATIENCE_US;
    }
    counts->waiting[counts->waiting_count++] = connection;
    return true;
}

uint64_t log_counts_deadline(const struct log_counts *counts)
{
    return counts->question.is_asked ? counts->deadline_us : USEC_INFINITY;
}

bool log_counts_tick(struct log_counts *counts, uint64_t now_us)
{
    bool has_woken;

    if (log_counts_deadline(counts) <= now_us) {
        log_link_forget(counts->link, &counts->question);
        log_counts_wake(counts);
    }
    has_woken = counts->has_woken;
    counts->has_woken = false;
    return has_woken;
}

#include "supervisor/health/gather.h"

#include "supervisor/health/process.h"
#include "supervisor/health/verdict.h"

void gather_init(struct gather *gather, const struct table *table)
{
    *gather = (struct gather){ .table = table, .nonce = clock_realtime_us() };
}

void gather_release(struct gather *gather)
{
    picture_release(&gather->picture);
    log_tail_release(&gather->tail);
    log_counts_release(&gather->counts);
    usages_release(&gather->usages);
    text_release(&gather->health_page.text);
}

void gather_sources(struct gather *gather, const struct route *route, struct sources *ret_sources)
{
    struct sources sources = { .table = gather->table,
                               .health_page = &gather->health_page,
                               .has_started = gather->has_started,
                               .nonce = gather->nonce };

    if (route->flags & ROUTE_PROCESS) {
        process_measure(&sources.moment);
        container_measure(&sources.container);
    }
    sources.moment.realtime_us = clock_realtime_us();
    sources.moment.monotonic_us = clock_monotonic_us();
    if (route->flags & ROUTE_USAGE) {
        usages_refresh(&gather->usages, gather->table, sources.moment.monotonic_us);
        sources.usages = &gather->usages;
    }
    if (route->flags & ROUTE_LINES) {
        log_tail_want(&gather->tail, sources.moment.monotonic_us);
        sources.lines = &gather->tail.lines;
    }
    if (route->flags & ROUTE_COUNTS)
        sources.counts = &gather->counts.told;
    if (route->flags & ROUTE_PICTURE && gather->pictures && gather->pictures[0] &&
        picture_refresh(&gather->picture, gather->pictures) == 0)
        sources.picture = &gather->picture;
    *ret_sources = sources;
}

void gather_judge(struct gather *gather)
{
    if (gather->has_started || gather->judged == gather->table->changes)
        return;
    gather->has_started = pod_is_ready(gather->table);
    gather->judged = gather->table->changes;
}

#ifndef REEVE_HEALTH_LOG_COUNTS_H
#define REEVE_HEALTH_LOG_COUNTS_H

/*
 * What reeve-log has counted of each unit, for /metrics: asked for anew for each scrape, which
 * waits for the answer, but no longer than LOG_COUNTS_PATIENCE_US. Without an answer it gets what
 * was told last.
 */

#include "supervisor/health/log_link.h"
#include "supervisor/wire/log_totals.h"

enum { LOG_COUNTS_WAITING_MAX = 16 }; /* scrapes at once; others do not wait */
#define LOG_COUNTS_PATIENCE_US (500 * USEC_PER_MSEC)

struct unit_totals {
    char unit[LOG_NAME_SIZE];
    struct log_totals totals;
};

struct unit_totals_list {
    struct unit_totals *units;
    size_t count, capacity;
};

struct log_counts {
    struct log_link *link;
    void (*wake)(void *connection);
    struct log_question question;
    struct unit_totals_list told, coming; /* the last answer, and the one that is being given */
    void *waiting[LOG_COUNTS_WAITING_MAX];
    size_t waiting_count;
    uint64_t deadline_us; /* of those who wait */
    bool has_woken;       /* since the last tick */
};

void log_counts_release(struct log_counts *counts);

/* True: `connection` has to wait, and will be woken; false: counts->told is as new as can be. */
bool log_counts_want(struct log_counts *counts, void *connection, uint64_t now_us);

uint64_t log_counts_deadline(const struct log_counts *counts);
/* True: somebody was woken. */
bool log_counts_tick(struct log_counts *counts, uint64_t now_us);
/* All of them, for the end. */
void log_counts_wake(struct log_counts *counts);

#endif

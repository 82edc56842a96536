#ifndef REEVE_HEALTH_PROBER_H
#define REEVE_HEALTH_PROBER_H

/*
 * Probes each unit of the table by its HealthCmd= lines, as rule.h says, and writes into its row
 * what came out. Each probe runs once at a time, beside the others of its unit, cancelled at its
 * time-out; an answer about a process that is gone is dropped with the conversation that would have
 * brought it.
 */

#include "supervisor/health/command.h"
#include "supervisor/health/table.h"

struct prober {
    struct loop *loop;
    struct table *table; /* its rows own the probes; a probe knows its row's id */
    struct commands commands;
    uint32_t random; /* state of the jitter */
    bool has_news;   /* a word changed: PID 1 is to be told */
    /* Looked up in all rows only after something has moved: the loop turns with each request. */
    bool is_planned;
    uint64_t deadline_us;
};

int prober_init(struct prober *prober, struct loop *loop, struct table *table) MUST_CHECK;
void prober_release(struct prober *prober);

/* The table has a new snapshot. */
void prober_synced(struct prober *prober, uint64_t now_us);
/* PID 1 told a new state of the row. */
void prober_row_changed(struct prober *prober, struct row *row, uint64_t now_us);

/* When prober_tick() has something to do next. */
uint64_t prober_deadline(struct prober *prober);
void prober_tick(struct prober *prober, uint64_t now_us);

#endif

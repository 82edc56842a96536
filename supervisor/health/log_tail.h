#ifndef REEVE_HEALTH_LOG_TAIL_H
#define REEVE_HEALTH_LOG_TAIL_H

/*
 * The last line of each unit, for /units, and all lines for /events: one question to reeve-log that
 * follows all units, asked as long as somebody wants it and LOG_TAIL_LINGER_US longer.
 */

#include "supervisor/health/events.h"
#include "supervisor/health/log_link.h"

enum { LOG_TAIL_BACKLOG = 1000 };
#define LOG_TAIL_LINGER_US (60 * USEC_PER_SEC)

struct log_tail {
    struct log_link *link;
    struct table *table;
    struct events *events; /* get the lines that are new */
    struct log_question question;
    struct last_lines lines;
    struct text scratch;
    size_t hint; /* of the line before */
    uint64_t wanted_us;
};

void log_tail_init(struct log_tail *tail, struct log_link *link, struct table *table,
                   struct events *events);
void log_tail_release(struct log_tail *tail);

/* Somebody wants the lines: from now on, or a moment later, they are there. */
void log_tail_want(struct log_tail *tail, uint64_t now_us);
uint64_t log_tail_deadline(const struct log_tail *tail);
void log_tail_tick(struct log_tail *tail, uint64_t now_us);

#endif

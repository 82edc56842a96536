#ifndef REEVE_LOG_LINES_H
#define REEVE_LOG_LINES_H

/*
 * What becomes of a line: the rules of its unit, the ring, the outputs. While standard output takes
 * nothing, lines of a unit with LogOverflow=drop-newest are counted, and those of one with
 * drop-oldest stay in the ring, from where they follow later, as far as they are there; both
 * numbers are told. All other units wait.
 */

#include "supervisor/log/logger.h"
#include "supervisor/log/source.h"

/* What line_feed() calls back with. */
struct delivery {
    struct logger *logger;
    struct source *source;
    uint64_t realtime_us, monotonic_us;
};

struct delivery delivery_now(struct logger *logger, struct source *source);

/* A line_taker's function. */
void lines_deliver(void *context, const struct line *line);

/* A message with fields of its own; a longer one than a line can be is split. Without an identifier
 * it has that of the unit. */
void lines_deliver_message(struct logger *logger, struct source *source, struct log_packet *packet);

/* The unit has ended: what was held back, and what is still to be told of it. */
void lines_end(struct logger *logger, struct source *source);

/* After standard output was slow. False: it is so again. */
bool lines_catch_up(struct logger *logger) MUST_CHECK;

/* LogMultiline=: what was held back long enough. Returns the milliseconds until there is more to
 * do, -1: nothing. */
int lines_flush_joined(struct logger *logger);

#endif

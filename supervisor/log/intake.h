#ifndef REEVE_LOG_INTAKE_H
#define REEVE_LOG_INTAKE_H

/* How bytes come out of a unit's pipe: copied, written, and only then consumed. */

#include "supervisor/log/lines.h"

/* One turn of a source. What read() said: > 0, 0 at the end, or a negative errno; -EAGAIN also
 * where only the beginning of a line is there. */
ssize_t intake_read(struct logger *logger, struct source *source);

/* The unit has ended: all that stands in its pipe, and its unfinished line. When standard output is
 * slow this is done later. */
void intake_end(struct logger *logger, struct source *source);

/* Standard output has room again, perhaps. */
void intake_go_on(struct logger *logger);

/* What was put into the buffers beside the turns. */
void intake_push(struct logger *logger);

/* Writes what there is, and consumes `length` bytes, or a message, of what has been written. */
void intake_finish(struct logger *logger, struct source *source, size_t length);

/* Whether the unit waits for a slow output. */
bool intake_may_wait(const struct source *source);
/* Whether it does so now. */
bool intake_has_to_wait(const struct logger *logger, const struct source *source);
/* The epoll set that it is in by that. */
int intake_set(const struct logger *logger, const struct source *source);

/* Lines of the source may be in the buffer and still in its pipe, since it waits for a slow output:
 * before it no longer does, they are taken out of the pipe. */
void intake_pay(struct logger *logger, const struct source *source);

/* At the end: waits for everything that is in the buffer. */
void intake_settle(struct logger *logger);

#endif

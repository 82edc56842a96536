#ifndef REEVE_LOG_PROGRESS_H
#define REEVE_LOG_PROGRESS_H

/* How many lines of the present turn are through, for the next reeve-log (turn.h). */

#include "supervisor/log/output.h"
#include "supervisor/log/turn.h"

struct progress {
    struct turn *turn; /* NULL: nothing is counted now */
    uint64_t base;     /* bytes of the output when it began */
    uint32_t count, written;
    uint32_t ends[TURN_BYTES]; /* of each line, in the output, from the base on */
};

/* `turn` NULL: from now on nothing is counted. */
void progress_begin(struct progress *progress, struct turn *turn, const struct output *out);
/* One more line has been given to all who shall have it. */
void progress_line(struct progress *progress, const struct output *out);
/* Something may have been written. */
void progress_update(struct progress *progress, const struct output *out);

#endif

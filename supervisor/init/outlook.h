#ifndef REEVE_INIT_OUTLOOK_H
#define REEVE_INIT_OUTLOOK_H

/*
 * How the pod is, in one word and one sentence: what PID 1 tells whoever started it (manager.h).
 *
 * reeve-health judges, and tells PID 1 its verdict at each change (WIRE_VERDICT); PID 1 passes it
 * on. When reeve-health dies its last word holds until it has spoken again, for OUTLOOK_HOLD_US at
 * most; as long is it waited for at first, once the target is up. After that, what the engine knows
 * has to do: who has failed, and who was unhealthy last. While units still start or stop the
 * sentence is the engine's own in any case: it counts them.
 */

#include "supervisor/unit/unit_set.h"
#include "supervisor/wire/wire.h"

#include <stdbool.h>

struct pod;

enum {
    OUTLOOK_HOLD_US = 10000000, /* reeve-health tries again every 5 s at the latest */
    OUTLOOK_TEXT = 512,
};

/* The last word of reeve-health. */
struct verdict {
    enum wire_verdict_word word;
    bool is_known;
    uint64_t lost_us;          /* since when it is silent; 0: it is connected */
    char root[WIRE_NAME_SIZE]; /* the unit that is the cause, or "" */
    char cause[WIRE_TEXT_SIZE];
};

struct outlook {
    enum wire_verdict_word word;
    char text[OUTLOOK_TEXT]; /* one line of UTF-8 */
};

/* False: the message makes no sense. */
bool outlook_verdict(struct pod *pod, const struct wire_verdict *verdict) MUST_CHECK;
/* reeve-health's connection is gone. */
void outlook_verdict_lost(struct pod *pod);

/* Whether its last word still counts. */
bool outlook_has_verdict(const struct pod *pod, uint64_t now_us);

/* The target is reached; without one: nothing is left to be started, and nothing has failed. */
bool outlook_is_up(const struct pod *pod);
void outlook_find(const struct pod *pod, uint64_t now_us, struct outlook *ret_outlook);
/* When it changes though nothing happens; USEC_INFINITY: never. */
uint64_t outlook_deadline(const struct pod *pod, uint64_t now_us);

/* All critical units are well, by the word alone. */
static inline bool outlook_is_well(const struct outlook *outlook)
{
    return outlook->word == WIRE_VERDICT_HEALTHY || outlook->word == WIRE_VERDICT_DEGRADED;
}

/* Whether something is under way that may change how the pod is: a job, a start, a stop, a restart
 * that waits for its time. */
bool outlook_is_moving(const struct pod *pod);
/*
 * Whether it moves within the limits that the units set themselves: while the pod starts, a unit is
 * being started for the first time and its own time is not over; while it stops, the same of a unit
 * that stops. Who may take for ever, or is restarted again and again, is no progress.
 */
bool outlook_is_progress(const struct pod *pod, uint64_t now_us);

#endif

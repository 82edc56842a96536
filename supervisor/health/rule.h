#ifndef REEVE_HEALTH_RULE_H
#define REEVE_HEALTH_RULE_H

/*
 * When a unit is probed and what the answers make of it. Pure: time comes in as an argument
 * (microseconds, monotonic), nothing else is asked.
 *
 * Probed only while the main process runs; each new one ("incarnation") begins as "starting". Never
 * two probes at once. Intervals run from start to start, ±3 %, so that units drift apart.
 *
 * Until the first success there is a probe every start_interval. Where a probe is cheap (the
 * built-in kinds) the first ones come after 10, 20, 40 … ms until that interval is reached, so that
 * what waits for a gated unit (HealthGate=) does not wait for the clock. Failures inside the start
 * period do not count; after it they count once per interval at most: `retries` failures then take
 * as long as at the ordinary pace, as with Docker, and quick looking is no quick condemning.
 *
 * From then on there is a probe every interval; `retries` failures in a row make "unhealthy", so
 * many successes in a row as HealthSuccessThreshold= says make "healthy".
 *
 * A word that PID 1 still knows from before this process was restarted is kept ("adopted") until
 * the first answer; that one decides: a failure leads back to "starting".
 */

#include "supervisor/wire/wire.h"

struct health_pace {
    uint64_t interval_us, start_interval_us, start_period_us, timeout_us;
    uint32_t retries, successes;
    bool may_hurry; /* a probe costs next to nothing: see above */
};

struct health {
    enum wire_health_word word; /* never WIRE_HEALTH_NONE once health_run() was called */
    bool is_running;            /* the process runs and is to be probed */
    bool is_probing;            /* an answer is awaited */
    bool has_succeeded;         /* in this incarnation */
    bool is_adopted;
    uint32_t failures;       /* in a row, counted ones */
    uint32_t successes;      /* in a row, while not healthy */
    uint32_t early_count;    /* probes before the first success, up to HURRY_STEPS */
    uint64_t began_us;       /* the incarnation, as far as we saw it */
    uint64_t probe_us;       /* start of the present or last probe */
    uint64_t next_us;        /* start of the next one */
    uint64_t counts_from_us; /* before the first success: an earlier failure does not count */
};

/* A new incarnation. `known` is the word that PID 1 has for it: WIRE_HEALTH_STARTING when it is
 * really new. */
void health_run(struct health *health, const struct health_pace *pace, enum wire_health_word known,
                uint64_t now_us);
/* The process does not run: "starting", and no probe. */
void health_halt(struct health *health);

/* When something is to be done: start a probe, or time the present one out. USEC_INFINITY: never.
 */
uint64_t health_due(const struct health *health, const struct health_pace *pace);

/* `random`: any number; its low bits make the jitter. */
void health_probe_begins(struct health *health, const struct health_pace *pace, uint64_t now_us,
                         uint32_t random);
/* True when the word changed. An answer that nobody awaits is ignored. */
bool health_probe_ends(struct health *health, const struct health_pace *pace, bool is_good,
                       uint64_t now_us);

#endif

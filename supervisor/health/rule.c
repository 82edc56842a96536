#include "supervisor/health/rule.h"

enum { JITTER_PERCENT = 3, JITTER_STEPS = 1024, HURRY_STEPS = 16 };

/* Protects us from a unit that asks for no pause at all. */
static const uint64_t interval_min_us = 10 * USEC_PER_MSEC;

void health_run(struct health *health, const struct health_pace *pace, enum wire_health_word known,
                uint64_t now_us)
{
    bool is_known = known == WIRE_HEALTH_HEALTHY || known == WIRE_HEALTH_UNHEALTHY;

    *health = (struct health){
        .word = is_known ? known : WIRE_HEALTH_STARTING,
        .is_running = true,
        .is_adopted = is_known,
        .has_succeeded = known == WIRE_HEALTH_HEALTHY,
        .failures = known == WIRE_HEALTH_UNHEALTHY ? pace->retries : 0,
        .began_us = now_us,
        .next_us = now_us,
        .counts_from_us = usec_add(now_us, pace->start_period_us),
    };
}

void health_halt(struct health *health)
{
    *health = (struct health){ .word = WIRE_HEALTH_STARTING, .next_us = USEC_INFINITY };
}

uint64_t health_due(const struct health *health, const struct health_pace *pace)
{
    if (!health->is_running)
        return USEC_INFINITY;
    return health->is_probing ? usec_add(health->probe_us, pace->timeout_us) : health->next_us;
}

/* interval ± JITTER_PERCENT */
static uint64_t jittered(uint64_t interval_us, uint32_t random)
{
    uint64_t spread_us, offset_us;

    if (interval_us < interval_min_us)
        interval_us = interval_min_us;
    if (interval_us == USEC_INFINITY)
        return interval_us;
    spread_us = interval_us / 100 * JITTER_PERCENT;
    offset_us =
        (uint64_t)((unsigned __int128)spread_us * 2 * (random % JITTER_STEPS) / JITTER_STEPS);
    return interval_us - spread_us + offset_us;
}

/* The pause before the next probe, for a unit that has not yet succeeded. */
static uint64_t early_interval(struct health *health, const struct health_pace *pace)
{
    uint64_t hurried_us = interval_min_us << health->early_count;

    if (!pace->may_hurry || hurried_us >= pace->start_interval_us)
        return pace->start_interval_us;
    if (health->early_count < HURRY_STEPS)
        health->early_count++;
    return hurried_us;
}

void health_probe_begins(struct health *health, const struct health_pace *pace, uint64_t now_us,
                         uint32_t random)
{
    bool is_early = !health->has_succeeded && pace->start_interval_us < pace->interval_us;

    health->is_probing = true;
    health->probe_us = now_us;
    health->next_us = usec_add(
        now_us, jittered(is_early ? early_interval(health, pace) : pace->interval_us, random));
}

static void succeed(struct health *health, const struct health_pace *pace)
{
    health->failures = 0;
    if (health->word == WIRE_HEALTH_HEALTHY || ++health->successes >= pace->successes) {
        health->word = WIRE_HEALTH_HEALTHY;
        health->successes = 0;
        health->has_succeeded = true;
    }
}

static void fail(struct health *health, const struct health_pace *pace)
{
    uint32_t retries = pace->retries > 0 ? pace->retries : 1;

    health->successes = 0;
    if (health->is_adopted && health->word == WIRE_HEALTH_HEALTHY) {
        health->word = WIRE_HEALTH_STARTING;
        health->has_succeeded = false;
    }
    if (!health->has_succeeded) {
        if (health->probe_us < health->counts_from_us)
            return;
        health->counts_from_us = usec_add(health->probe_us, pace->interval_us);
    }
    if (health->failures < UINT32_MAX)
        health->failures++;
    if (health->failures >= retries)
        health->word = WIRE_HEALTH_UNHEALTHY;
}

bool health_probe_ends(struct health *health, const struct health_pace *pace, bool is_good,
                       uint64_t now_us)
{
    enum wire_health_word before = health->word;

    if (!health->is_running || !health->is_probing)
        return false;
    health->is_probing = false;
    if (is_good)
        succeed(health, pace);
    else
        fail(health, pace);
    health->is_adopted = false;
    /* The first success changes the pace: the next probe is not due after the short interval. */
    if (health->word == WIRE_HEALTH_HEALTHY && before != WIRE_HEALTH_HEALTHY)
        health->next_us = usec_add(health->probe_us, jittered(pace->interval_us, (uint32_t)now_us));
    if (health->next_us < now_us)
        health->next_us = now_us;
    return health->word != before;
}

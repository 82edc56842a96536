#include "supervisor/init/outlook.h"

#include "supervisor/init/manager.h"
#include "supervisor/init/pod.h"
#include "supervisor/unit/lexer.h"

#include <stdio.h>
#include <string.h>

/* --- what reeve-health says --- */

bool outlook_verdict(struct pod *pod, const struct wire_verdict *verdict)
{
    if (verdict->word > WIRE_VERDICT_STOPPING)
        return false;
    pod->verdict.word = (enum wire_verdict_word)verdict->word;
    pod->verdict.is_known = true;
    pod->verdict.lost_us = 0;
    wire_copy(pod->verdict.root, sizeof(pod->verdict.root), verdict->root);
    wire_copy(pod->verdict.cause, sizeof(pod->verdict.cause), verdict->cause);
    utf8_clean(pod->verdict.root);
    utf8_clean(pod->verdict.cause);
    manager_changed(pod, true);
    return true;
}

void outlook_verdict_lost(struct pod *pod)
{
    if (pod->verdict.lost_us == 0)
        pod->verdict.lost_us = clock_monotonic_us();
    manager_changed(pod, false);
}

/* --- what the engine knows --- */

bool outlook_is_up(const struct pod *pod)
{
    const struct unit *units = pod->engine.units;

    if (pod->target != UNIT_NONE)
        return unit_active_state(&units[pod->target]) == ACTIVE_ACTIVE &&
               units[pod->target].job == JOB_NONE;
    for (size_t i = 0; i < pod->set.count; i++)
        if (units[i].job != JOB_NONE || units[i].state == STATE_FAILED)
            return false;
    return true;
}

static bool is_waiting_for_restart(const struct unit *unit)
{
    return unit->state == STATE_AUTO_RESTART || unit->state == STATE_AUTO_RESTART_QUEUED;
}

/* It starts, stops, or waits for its turn to do so. */
static bool is_moving(const struct unit *unit)
{
    enum active_state active = unit_active_state(unit);

    return unit->job != JOB_NONE || active == ACTIVE_ACTIVATING || active == ACTIVE_DEACTIVATING ||
           is_waiting_for_restart(unit);
}

bool outlook_is_moving(const struct pod *pod)
{
    for (size_t i = 0; i < pod->set.count; i++)
        if (!pod->set.specs[i]->is_internal && is_moving(&pod->engine.units[i]))
            return true;
    return false;
}

static bool is_in_time(const struct unit *unit, uint64_t now_us)
{
    return unit->deadline_us != USEC_INFINITY && unit->deadline_us > now_us;
}

bool outlook_is_progress(const struct pod *pod, uint64_t now_us)
{
    for (size_t i = 0; i < pod->set.count; i++) {
        const struct unit *unit = &pod->engine.units[i];
        enum active_state active = unit_active_state(unit);

        if (pod->set.specs[i]->is_internal || !is_in_time(unit, now_us))
            continue;
        if (pod->engine.is_stopping ? active == ACTIVE_DEACTIVATING
                                    : active == ACTIVE_ACTIVATING && unit->restarts == 0)
            return true;
    }
    return false;
}

/* How many units a start or stop is about, how many are done, and the first that is at work. */
struct count {
    size_t all, done;
    const char *busy;
};

static bool is_busy(const struct unit *unit, bool is_stop)
{
    enum active_state active = unit_active_state(unit);

    return active == (is_stop ? ACTIVE_DEACTIVATING : ACTIVE_ACTIVATING);
}

static bool is_done(const struct unit *unit, bool is_stop)
{
    enum active_state active = unit_active_state(unit);

    if (is_stop)
        return active == ACTIVE_INACTIVE || active == ACTIVE_FAILED;
    return unit->job == JOB_NONE && unit->is_wanted && active != ACTIVE_ACTIVATING &&
           active != ACTIVE_FAILED;
}

/* Only services: a target is as good as what it waits for. */
static struct count count_units(const struct pod *pod)
{
    bool is_stop = pod->engine.is_stopping;
    struct count count = { 0 };

    for (size_t i = 0; i < pod->set.count; i++) {
        const struct unit *unit = &pod->engine.units[i];
        const struct unit_spec *spec = pod->set.specs[i];

        if (spec->is_internal || spec->kind != UNIT_SERVICE)
            continue;
        if (!is_stop && !unit->is_wanted && unit->job == JOB_NONE)
            continue;
        count.all++;
        count.done += is_done(unit, is_stop);
        if (!count.busy && is_busy(unit, is_stop))
            count.busy = spec->name;
    }
    return count;
}

/* The one that has failed for good first, or is unhealthy; UNIT_NONE. Who only waits for another
 * is no cause. */
static unit_id find_culprit(const struct pod *pod)
{
    unit_id found = UNIT_NONE;

    for (size_t i = 0; i < pod->set.count; i++) {
        const struct unit *unit = &pod->engine.units[i];

        if (pod->set.specs[i]->is_internal || unit->is_blocked ||
            pod->set.specs[i]->health.impact != HEALTH_CRITICAL)
            continue;
        if (unit->state != STATE_FAILED && pod->members[i].health != WIRE_HEALTH_UNHEALTHY)
            continue;
        if (found == UNIT_NONE || unit->since_us < pod->engine.units[found].since_us)
            found = (unit_id)i;
    }
    return found;
}

/* --- both --- */

bool outlook_has_verdict(const struct pod *pod, uint64_t now_us)
{
    const struct verdict *verdict = &pod->verdict;

    return verdict->is_known &&
           (verdict->lost_us == 0 || now_us < usec_add(verdict->lost_us, OUTLOOK_HOLD_US));
}

/* Its first word is still to come. */
static bool awaits_word(const struct pod *pod, uint64_t now_us)
{
    return !pod->verdict.is_known && now_us < usec_add(pod->up_us, OUTLOOK_HOLD_US);
}

uint64_t outlook_deadline(const struct pod *pod, uint64_t now_us)
{
    const struct verdict *verdict = &pod->verdict;
    uint64_t since_us = verdict->is_known ? verdict->lost_us : pod->up_us;
    uint64_t end_us = since_us == 0 ? USEC_INFINITY : usec_add(since_us, OUTLOOK_HOLD_US);

    return end_us > now_us ? end_us : USEC_INFINITY;
}

static void say(struct outlook *outlook, enum wire_verdict_word word, const char *cause)
{
    outlook->word = word;
    snprintf(outlook->text, sizeof(outlook->text), "%s%s%s", wire_verdict_string(word),
             cause[0] ? ": " : "", cause);
}

static void say_count(struct outlook *outlook, const struct pod *pod)
{
    bool is_stop = pod->engine.is_stopping;
    struct count count = count_units(pod);
    char cause[OUTLOOK_TEXT / 2 + 64];

    snprintf(cause, sizeof(cause), "%zu of %zu units are %s%s%.255s", count.done, count.all,
             is_stop ? "down" : "up", count.busy ? ", waiting for " : "",
             count.busy ? count.busy : "");
    say(outlook, is_stop ? WIRE_VERDICT_STOPPING : WIRE_VERDICT_STARTING, cause);
}

static void say_culprit(struct outlook *outlook, const struct pod *pod, unit_id id)
{
    const struct unit *unit = &pod->engine.units[id];
    char cause[OUTLOOK_TEXT / 2 + 64];

    if (unit->state == STATE_FAILED)
        snprintf(cause, sizeof(cause), "%.255s failed (%s)", pod_unit_name(pod, id),
                 unit_result_name((enum unit_result)unit->result));
    else
        snprintf(cause, sizeof(cause), "%.255s is unhealthy", pod_unit_name(pod, id));
    say(outlook, WIRE_VERDICT_UNHEALTHY, cause);
}

void outlook_find(const struct pod *pod, uint64_t now_us, struct outlook *ret_outlook)
{
    const struct verdict *verdict = &pod->verdict;
    bool is_up = outlook_is_up(pod), has = outlook_has_verdict(pod, now_us);
    unit_id culprit = has ? UNIT_NONE : find_culprit(pod);

    if (pod->engine.is_stopping)
        say_count(ret_outlook, pod);
    else if (has && (is_up || verdict->word == WIRE_VERDICT_UNHEALTHY))
        say(ret_outlook, verdict->word, verdict->cause);
    else if (is_up && awaits_word(pod, now_us))
        say(ret_outlook, WIRE_VERDICT_STARTING, "the probes have not spoken yet");
    else if (culprit != UNIT_NONE)
        say_culprit(ret_outlook, pod, culprit);
    else if (!is_up)
        say_count(ret_outlook, pod);
    else
        say(ret_outlook, WIRE_VERDICT_HEALTHY, "by its processes, since reeve-health is silent");
}

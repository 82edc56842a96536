#include "supervisor/unit/engine_private.h"

#include <errno.h>
#include <stdlib.h>

/* Jobs that nobody asked for: they follow from what became of a unit (systemd.unit(5), "Upholds=",
 * "BindsTo=", "StopWhenUnneeded=", "OnFailure=" …). */

enum {
    /* systemd's limit for what it starts and stops by itself; a unit that cannot be upheld must not
       keep us busy. */
    STEADY_BURST = 16,
    STEADY_INTERVAL_US = 10 * 1000 * 1000,
};

static void request(struct engine *engine, unit_id id, struct job_reason reason, uint64_t now_us)
{
    int error;

    engine_queued(engine, id, reason);
    error = transaction_run(engine, id, reason.kind, false, false, now_us);
    if (error < 0)
        engine_note(engine, id, NOTE_REQUEST_FAILED, error, 0);
}

void react_trigger(struct engine *engine, unit_id id, enum edge edge, uint64_t now_us)
{
    const struct unit_edges *edges = edges_of(engine, id, edge);

    for (size_t i = 0; i < edges->count && !engine->is_stopping; i++) {
        engine->units[edges->to[i]].monitor = id;
        engine_note(engine, edges->to[i], NOTE_TRIGGERED, id, 0);
        request(engine, edges->to[i], (struct job_reason){ JOB_START, edge, id }, now_us);
    }
}

void react_reload(struct engine *engine, unit_id id, uint64_t now_us)
{
    const struct unit_edges *edges = edges_of(engine, id, EDGE_PROPAGATES_RELOAD_TO);

    for (size_t i = 0; i < edges->count && !engine->is_stopping; i++)
        if (job_collapse(engine, edges->to[i], JOB_TRY_RELOAD) == JOB_RELOAD)
            request(engine, edges->to[i],
                    (struct job_reason){ JOB_RELOAD, EDGE_PROPAGATES_RELOAD_TO, id }, now_us);
}

static bool is_coming_up(const struct unit *unit)
{
    return unit_is_up(unit) || unit_active_state(unit) == ACTIVE_ACTIVATING;
}

static bool is_going_down(const struct unit *unit)
{
    return unit_is_down(unit) || unit_active_state(unit) == ACTIVE_DEACTIVATING;
}

static void start_over(struct engine *engine, unit_id id, enum edge edge, uint64_t now_us)
{
    const struct unit_edges *edges = edges_of(engine, id, edge);

    for (size_t i = 0; i < edges->count && !engine->is_stopping; i++) {
        unit_id to = edges->to[i];
        const struct unit *other = &engine->units[to];

        if (is_coming_up(other) || edge_exists(engine, id, EDGE_AFTER, to))
            continue;
        /* What is only wanted does not stand against a stop that is under way. */
        if (edge != EDGE_WANTS || other->job != JOB_STOP)
            request(engine, to, (struct job_reason){ JOB_START, edge, id }, now_us);
    }
}

/* systemd's retroactively_start_dependencies(); what the unit conflicts with is never up then. */
void react_unexpected_begin(struct engine *engine, unit_id id, uint64_t now_us)
{
    start_over(engine, id, EDGE_REQUIRES, now_us);
    start_over(engine, id, EDGE_BINDS_TO, now_us);
    start_over(engine, id, EDGE_UPHOLDS, now_us);
    start_over(engine, id, EDGE_WANTS, now_us);
}

static void stop_over(struct engine *engine, unit_id id, enum edge edge, uint64_t now_us)
{
    const struct unit_edges *edges = edges_of(engine, id, edge);

    for (size_t i = 0; i < edges->count && !engine->is_stopping; i++)
        if (!is_going_down(&engine->units[edges->to[i]]))
            request(engine, edges->to[i], (struct job_reason){ JOB_STOP, edge, id }, now_us);
}

void react_unexpected_end(struct engine *engine, unit_id id, uint64_t now_us)
{
    stop_over(engine, id, EDGE_BOUND_BY, now_us);
    stop_over(engine, id, EDGE_PROPAGATES_STOP_TO, now_us);
}

static void retry_over(struct engine *engine, unit_id id, enum edge edge, uint64_t now_us)
{
    const struct unit_edges *edges = edges_of(engine, id, edge);

    for (size_t i = 0; i < edges->count && !engine->is_stopping; i++) {
        const struct unit *unit = &engine->units[edges->to[i]];

        if (unit->is_blocked && unit->job == JOB_NONE &&
            (unit_is_down(unit) || unit_has_no_way_up(unit)))
            request(engine, edges->to[i], (struct job_reason){ JOB_START, edge, id }, now_us);
    }
}

void react_recovery(struct engine *engine, unit_id id, uint64_t now_us)
{
    retry_over(engine, id, EDGE_REQUIRED_BY, now_us);
    retry_over(engine, id, EDGE_BOUND_BY, now_us);
    retry_over(engine, id, EDGE_REQUISITE_OF, now_us);
}

/* --- what holds whatever happened before --- */

static bool may_act(struct engine *engine, unit_id id, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];
    uint64_t end_us = usec_add(unit->steady_window_us, STEADY_INTERVAL_US);

    if (unit->steady_count == 0 || end_us <= now_us) {
        unit->steady_window_us = now_us;
        unit->steady_count = 0;
    }
    if (unit->steady_count < STEADY_BURST) {
        unit->steady_count++;
        return true;
    }
    if (unit->steady_deadline_us == USEC_INFINITY) {
        engine_note(engine, id, NOTE_STEADY_LIMIT, 0, 0);
        unit->steady_deadline_us = end_us;
    }
    return false;
}

/* It did not even start, so that no start limit counts it: when what OnFailure= starts needs the
 * unit itself, this would go on for ever, and without time passing. */
void react_blocked(struct engine *engine, unit_id id, uint64_t now_us)
{
    if (edges_of(engine, id, EDGE_ON_FAILURE)->count > 0 && may_act(engine, id, now_us))
        react_trigger(engine, id, EDGE_ON_FAILURE, now_us);
}

/* Upholds=: the active unit that wants it, when nobody is at work on either; else UNIT_NONE. */
static unit_id upholder(const struct engine *engine, unit_id id)
{
    const struct unit_edges *edges = edges_of(engine, id, EDGE_UPHELD_BY);

    if (!unit_is_down(&engine->units[id]))
        return UNIT_NONE;
    for (size_t i = 0; i < edges->count; i++)
        if (engine->units[edges->to[i]].job == JOB_NONE && unit_is_up(&engine->units[edges->to[i]]))
            return edges->to[i];
    return UNIT_NONE;
}

/* Somebody is down, or waits for RestartSec=, which a start would cut short. */
static bool is_down_over(const struct engine *engine, unit_id id, enum edge edge)
{
    const struct unit_edges *edges = edges_of(engine, id, edge);

    for (size_t i = 0; i < edges->count; i++) {
        const struct unit *other = &engine->units[edges->to[i]];

        if (unit_is_down(other) || other->state == STATE_AUTO_RESTART)
            return true;
    }
    return false;
}

/* What it was blocked by came up while it was still on its way down itself. */
static bool is_free_again(const struct engine *engine, unit_id id)
{
    const struct unit *unit = &engine->units[id];

    return unit->is_blocked && (unit_is_down(unit) || unit_has_no_way_up(unit)) &&
           unit->job_result != JOB_RESULT_TIMEOUT && !is_down_over(engine, id, EDGE_REQUIRES) &&
           !is_down_over(engine, id, EDGE_BINDS_TO) && !is_down_over(engine, id, EDGE_REQUISITE);
}

static bool is_pinned_over(const struct engine *engine, unit_id id, enum edge edge)
{
    const struct unit_edges *edges = edges_of(engine, id, edge);

    for (size_t i = 0; i < edges->count; i++)
        if (engine->units[edges->to[i]].job != JOB_NONE ||
            !unit_is_down(&engine->units[edges->to[i]]))
            return true;
    return false;
}

static bool is_unneeded(const struct engine *engine, unit_id id)
{
    return spec_of(engine, id)->stop_when_unneeded &&
           unit_active_state(&engine->units[id]) == ACTIVE_ACTIVE &&
           !is_pinned_over(engine, id, EDGE_REQUIRED_BY) &&
           !is_pinned_over(engine, id, EDGE_REQUISITE_OF) &&
           !is_pinned_over(engine, id, EDGE_WANTED_BY) &&
           !is_pinned_over(engine, id, EDGE_BOUND_BY) &&
           !is_pinned_over(engine, id, EDGE_UPHELD_BY);
}

/* BindsTo=: it cannot be active without this one; UNIT_NONE: it can. */
static unit_id missing_bond(const struct engine *engine, unit_id id)
{
    const struct unit_edges *edges = edges_of(engine, id, EDGE_BINDS_TO);

    if (unit_active_state(&engine->units[id]) != ACTIVE_ACTIVE)
        return UNIT_NONE;
    for (size_t i = 0; i < edges->count; i++)
        if (engine->units[edges->to[i]].job == JOB_NONE &&
            unit_is_down(&engine->units[edges->to[i]]))
            return edges->to[i];
    return UNIT_NONE;
}

/* What has to happen to a unit without a job; JOB_NONE: nothing. Of several reasons that which
 * starts it, as in systemd. */
static struct job_reason steady_reason(const struct engine *engine, unit_id id)
{
    unit_id up = upholder(engine, id), bond;

    if (up != UNIT_NONE || is_free_again(engine, id))
        return (struct job_reason){ JOB_START, EDGE_UPHOLDS, up };
    bond = missing_bond(engine, id);
    if (bond != UNIT_NONE || is_unneeded(engine, id))
        return (struct job_reason){ JOB_STOP, EDGE_BOUND_BY, bond };
    return (struct job_reason){ JOB_NONE, EDGE_COUNT, UNIT_NONE };
}

/* Whether react_steadily() can ever have something to do for the unit. */
static bool is_watched(const struct engine *engine, unit_id id)
{
    return edges_of(engine, id, EDGE_UPHELD_BY)->count > 0 ||
           edges_of(engine, id, EDGE_BINDS_TO)->count > 0 ||
           edges_of(engine, id, EDGE_REQUIRES)->count > 0 ||
           edges_of(engine, id, EDGE_REQUISITE)->count > 0 ||
           spec_of(engine, id)->stop_when_unneeded;
}

int reactions_init(struct engine *engine)
{
    size_t count = engine->set->count;

    engine->watched = calloc(count ? count : 1, sizeof(*engine->watched));
    if (!engine->watched)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        if (is_watched(engine, (unit_id)i))
            engine->watched[engine->watched_count++] = (unit_id)i;
    return 0;
}

void react_steadily(struct engine *engine, uint64_t now_us)
{
    for (size_t i = 0; i < engine->watched_count && !engine->is_stopping; i++) {
        unit_id id = engine->watched[i];
        struct job_reason reason;

        if (engine->units[id].job != JOB_NONE)
            continue;
        reason = steady_reason(engine, id);
        if (reason.kind != JOB_NONE && may_act(engine, id, now_us))
            request(engine, id, reason, now_us);
    }
}

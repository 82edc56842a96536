#include "supervisor/unit/engine_private.h"

#include <errno.h>

/* Jobs: what is asked of units. A unit has at most one; it stays installed while it runs, so that
 * others wait for its end, not its begin. */

/* --- kinds of jobs --- */

static bool can_reload(const struct engine *engine, unit_id id)
{
    const struct unit_spec *spec = spec_of(engine, id);

    return edges_of(engine, id, EDGE_PROPAGATES_RELOAD_TO)->count > 0 ||
           (spec->kind == UNIT_SERVICE &&
            (spec->service.exec_reload || spec->service.type == TYPE_NOTIFY_RELOAD));
}

bool job_conflicts(enum job_kind a, enum job_kind b)
{
    return (a == JOB_STOP) != (b == JOB_STOP);
}

enum job_kind job_merge(enum job_kind a, enum job_kind b)
{
    if (a == b || b == JOB_NONE || (b == JOB_VERIFY_ACTIVE && a != JOB_NONE))
        return a;
    if (a == JOB_NONE || a == JOB_VERIFY_ACTIVE)
        return b;
    if (a == JOB_RESTART || b == JOB_RESTART)
        return JOB_RESTART;
    return JOB_RELOAD_OR_START; /* start and reload, in whatever shape */
}

enum job_kind job_collapse(const struct engine *engine, unit_id id, enum job_kind kind)
{
    const struct unit *unit = &engine->units[id];

    switch (kind) {
    case JOB_TRY_RESTART:
        return unit_is_down(unit) || unit_active_state(unit) == ACTIVE_DEACTIVATING ? JOB_NONE
                                                                                    : JOB_RESTART;
    case JOB_TRY_RELOAD:
        return unit_is_up(unit) && can_reload(engine, id) ? JOB_RELOAD : JOB_NONE;
    case JOB_RELOAD_OR_START:
        return unit_is_up(unit) ? JOB_RELOAD : JOB_START;
    default:
        return kind;
    }
}

/* --- installing --- */

void job_wish(struct engine *engine, unit_id id, enum job_kind kind, bool is_manual)
{
    struct unit *unit = &engine->units[id];

    if (kind == JOB_VERIFY_ACTIVE || kind == JOB_RELOAD)
        return;
    unit->is_wanted = kind != JOB_STOP;
    unit->is_parked = kind == JOB_STOP && is_manual;
    unit->is_blocked = false;
}

void job_install(struct engine *engine, unit_id id, enum job_kind kind, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];
    enum job_kind present = (enum job_kind)unit->job, merged = kind;

    if (present != JOB_NONE && !job_conflicts(present, kind)) {
        merged = job_merge(present, kind);
        /* That is under way already; but a reload that began earlier does not know what is new. */
        if (merged == present && !(kind == JOB_RELOAD && unit->job_is_running))
            return;
        merged = job_collapse(engine, id, merged);
    }
    if (present == JOB_NONE || job_conflicts(present, kind)) {
        unit->ended_job_id = unit->job_id;
        unit->ended_job_result = present == JOB_NONE ? unit->job_result : JOB_RESULT_CANCELED;
        unit->job_id = ++engine->last_job;
        unit->job_deadline_us = usec_add(now_us, spec_of(engine, id)->job_timeout_us);
    }
    unit_set_job(engine, unit, merged, false);
    unit->is_checking = false;
    path_cancel(engine, id);
    engine->jobs_changed = true;
    engine_touch(engine, id);
}

enum unit_event jobs_auto_restart(struct engine *engine, unit_id id, uint64_t now_us)
{
    bool is_direct = spec_of(engine, id)->service.restart_mode == RESTART_MODE_DIRECT;
    int error;

    if (engine->is_stopping || job_is_stop_like(&engine->units[id]))
        return EVENT_COUNT;
    /* Its start job, if it still has one (RestartMode=direct), has waited until now. */
    unit_set_job(engine, &engine->units[id], (enum job_kind)engine->units[id].job, false);
    error = transaction_run(engine, id, JOB_START, false, !is_direct, now_us);
    if (error == 0)
        return EVENT_COUNT;
    /* As systemd's service_enter_restart() has it. */
    engine_note(engine, id, NOTE_REQUEST_FAILED, error, 0);
    unit_blame(&engine->units[id], RESULT_RESOURCES);
    return EVENT_REFUSED;
}

static int refusal(const struct engine *engine, unit_id id, enum job_kind kind, bool is_manual)
{
    const struct unit_spec *spec = spec_of(engine, id);
    bool is_start =
        kind != JOB_STOP && kind != JOB_RELOAD && kind != JOB_TRY_RELOAD && kind != JOB_TRY_RESTART;

    if (kind == JOB_RELOAD && !can_reload(engine, id))
        return -EBADR;
    if (is_manual && ((spec->refuse_manual_start && is_start) ||
                      (spec->refuse_manual_stop &&
                       (kind == JOB_STOP || kind == JOB_RESTART || kind == JOB_TRY_RESTART))))
        return -EACCES;
    return 0;
}

int engine_enqueue(struct engine *engine, unit_id id, enum job_kind kind, bool is_manual,
                   uint64_t now_us)
{
    int error;

    if (id < 0 || (size_t)id >= engine->set->count)
        return -ENOENT;
    if (engine->is_stopping)
        return -ESHUTDOWN;
    if (kind == JOB_NONE || kind >= JOB_KIND_COUNT)
        return -EINVAL;
    error = refusal(engine, id, kind, is_manual);
    if (error < 0)
        return error;
    engine->is_started = true;
    engine->requested_job = 0;
    /* reload-or-restart of what cannot be reloaded is a restart, as systemctl(1) has it. */
    if (kind == JOB_RELOAD_OR_START && !can_reload(engine, id))
        kind = JOB_RESTART;
    kind = job_collapse(engine, id, kind);
    if (kind != JOB_NONE)
        error = transaction_run(engine, id, kind, is_manual, false, now_us);
    if (kind != JOB_NONE && error == 0)
        engine->requested_job = engine->units[id].job_id;
    return error;
}

void engine_run_jobs(struct engine *engine, uint64_t now_us)
{
    jobs_settle(engine, now_us);
}

int engine_request(struct engine *engine, unit_id id, enum job_kind kind, bool is_manual,
                   uint64_t now_us)
{
    int error = engine_enqueue(engine, id, kind, is_manual, now_us);

    jobs_settle(engine, now_us);
    return error;
}

void engine_reset_failed(struct engine *engine, unit_id id)
{
    struct unit *unit = &engine->units[id];

    unit->start_count = 0;
    unit->restarts = 0;
    unit->is_blocked = unit_has_no_way_up(unit) && unit->is_blocked;
    unit->result = RESULT_SUCCESS;
    if (unit->state == STATE_FAILED) {
        unit->state = STATE_DEAD;
        unit->active = ACTIVE_INACTIVE;
        engine_touch(engine, id);
    }
}

/* --- the end of a job --- */

/* Whoever needs the unit cannot have what it wants either, and so on. */
static void fail_dependents(struct engine *engine, unit_id id, enum edge edge, uint64_t now_us)
{
    const struct unit_edges *edges = edges_of(engine, id, edge);

    for (size_t i = 0; i < edges->count; i++) {
        struct unit *unit = &engine->units[edges->to[i]];

        if (unit->job != JOB_START && unit->job != JOB_VERIFY_ACTIVE)
            continue;
        engine_note(engine, edges->to[i], NOTE_DEPENDENCY, id, 0);
        job_finish(engine, edges->to[i], JOB_RESULT_DEPENDENCY, now_us);
        /* Nobody comes up one day who would not stop: there is nothing to wait for. */
        if (edge == EDGE_CONFLICTED_BY && unit->state != STATE_AUTO_RESTART_QUEUED)
            unit->is_blocked = false;
    }
}

/* systemd's job_finish_and_invalidate(). */
void job_finish(struct engine *engine, unit_id id, enum job_result result, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];
    enum job_kind kind = (enum job_kind)unit->job;
    bool is_start = kind == JOB_START || kind == JOB_VERIFY_ACTIVE;

    engine->jobs_changed = true;
    engine_touch(engine, id);
    unit->is_checking = false;
    path_cancel(engine, id);
    if (kind == JOB_RESTART && result == JOB_RESULT_DONE) {
        unit_set_job(engine, unit, JOB_START, false); /* the first half is done */
        return;
    }
    unit_set_job(engine, unit, JOB_NONE, false);
    unit->job_result = (uint8_t)result;
    unit->job_deadline_us = USEC_INFINITY;
    unit->is_blocked = (kind == JOB_START && result == JOB_RESULT_DEPENDENCY) ||
                       unit->state == STATE_AUTO_RESTART_QUEUED;
    if (is_start && result != JOB_RESULT_DONE) {
        fail_dependents(engine, id, EDGE_REQUIRED_BY, now_us);
        fail_dependents(engine, id, EDGE_BOUND_BY, now_us);
    }
    if (is_start && (result != JOB_RESULT_DONE || !unit_is_up(unit)))
        fail_dependents(engine, id, EDGE_REQUISITE_OF, now_us);
    if (kind == JOB_STOP && result != JOB_RESULT_DONE)
        fail_dependents(engine, id, EDGE_CONFLICTED_BY, now_us);
    if (result == JOB_RESULT_DEPENDENCY || result == JOB_RESULT_TIMEOUT)
        react_blocked(engine, id, now_us);
    path_trigger_changed(engine, id, now_us);
}

void job_expire(struct engine *engine, unit_id id, uint64_t now_us)
{
    int status = pod_exit_status(RESULT_TIMEOUT, (struct process_exit){ 0 });

    engine->units[id].job_deadline_us = USEC_INFINITY;
    if (engine->is_stopping)
        return; /* without its stop job the unit would outlive the pod */
    engine_note(engine, id, NOTE_JOB_TIMEOUT, engine->units[id].job, 0);
    job_finish(engine, id, JOB_RESULT_TIMEOUT, now_us);
    pod_end_by(engine, id, spec_of(engine, id)->job_timeout_action, status, now_us);
}

/* Ends the job that the new state completes; whether the state is none that a job led to. systemd's
 * unit_process_job(). */
static bool process_job(struct engine *engine, unit_id id, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];
    enum active_state active = unit_active_state(unit);
    bool is_failure = active == ACTIVE_FAILED;

    switch ((enum job_kind)unit->job) {
    case JOB_START:
    case JOB_VERIFY_ACTIVE:
        if (active_is_up(active)) {
            job_finish(engine, id, JOB_RESULT_DONE, now_us);
        } else if (unit->job_is_running && active != ACTIVE_ACTIVATING) {
            if (active_is_down(active))
                job_finish(engine, id, is_failure ? JOB_RESULT_FAILED : JOB_RESULT_DONE, now_us);
            return true;
        }
        return false;
    case JOB_RELOAD:
        if (!unit->job_is_running || active == ACTIVE_RELOADING || active == ACTIVE_ACTIVATING)
            return false;
        if (active == ACTIVE_ACTIVE) {
            bool is_good = unit->reload_result == RESULT_SUCCESS;

            job_finish(engine, id, is_good ? JOB_RESULT_DONE : JOB_RESULT_FAILED, now_us);
            return false;
        }
        if (active_is_down(active))
            job_finish(engine, id, is_failure ? JOB_RESULT_FAILED : JOB_RESULT_DONE, now_us);
        return true;
    case JOB_STOP:
    case JOB_RESTART:
        if (active_is_down(active))
            job_finish(engine, id, JOB_RESULT_DONE, now_us);
        return false;
    default:
        return true;
    }
}

/* systemd's unit_notify(). */
void jobs_state_changed(struct engine *engine, unit_id id, enum active_state before,
                        uint64_t now_us)
{
    struct unit *unit = &engine->units[id];
    enum active_state active = unit_active_state(unit);
    bool was_up = active_is_up(before) || before == ACTIVE_ACTIVATING;
    bool is_unexpected;

    engine->jobs_changed = true;
    if (active == before)
        return;
    is_unexpected = process_job(engine, id, now_us);
    if (is_unexpected && active_is_down(before) && !active_is_down(active))
        react_unexpected_begin(engine, id, now_us);
    if (is_unexpected && was_up && (active_is_down(active) || active == ACTIVE_DEACTIVATING))
        react_unexpected_end(engine, id, now_us);
    if (active == ACTIVE_FAILED)
        react_trigger(engine, id, EDGE_ON_FAILURE, now_us);
    if (active == ACTIVE_INACTIVE && !active_is_down(before))
        react_trigger(engine, id, EDGE_ON_SUCCESS, now_us);
    if (active == ACTIVE_ACTIVE)
        react_recovery(engine, id, now_us);
    path_trigger_changed(engine, id, now_us);
}

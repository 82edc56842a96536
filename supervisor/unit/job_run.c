#include "supervisor/unit/engine_private.h"

/*
 * Running jobs, in systemd's order (systemd.unit(5), Before=): two starts run in order; a stop
 * always runs before a start; two stops run in reverse order.
 */

/* Nobody waits for the stop of what is down: in an ordering cycle that unit would hold up all. */
static bool has_nothing_to_stop(const struct unit *unit)
{
    return unit->job == JOB_STOP && unit_is_down(unit);
}

/* The first whose job the unit's own has to wait for; UNIT_NONE: it can run. */
static unit_id awaited(const struct engine *engine, unit_id id)
{
    const struct unit_edges *after = edges_of(engine, id, EDGE_AFTER);
    const struct unit_edges *before = edges_of(engine, id, EDGE_BEFORE);

    /* A helper that died comes back at once, whoever may be stopping. */
    if (spec_of(engine, id)->is_internal && engine->units[id].job == JOB_START)
        return UNIT_NONE;
    if (!job_is_stop_like(&engine->units[id]))
        for (size_t i = 0; i < after->count; i++)
            if (engine->units[after->to[i]].job != JOB_NONE)
                return after->to[i];
    /* From the end: units stop as they stand in the set, so it is the last that are awaited
     * longest. */
    for (size_t i = before->count; i-- > 0;)
        if (job_is_stop_like(&engine->units[before->to[i]]) &&
            !has_nothing_to_stop(&engine->units[before->to[i]]))
            return before->to[i];
    return UNIT_NONE;
}

static bool is_runnable(const struct engine *engine, unit_id id)
{
    /* Whether a unit that is being signalled goes down, or is down, is known in a moment. */
    return !engine->units[id].is_signalling && awaited(engine, id) == UNIT_NONE;
}

/* systemd's rate limit: a window opens with a start and holds at most StartLimitBurst= of them. */
bool job_start_is_allowed(struct engine *engine, unit_id id, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];
    const struct unit_spec *spec = spec_of(engine, id);

    unit->is_refused = false;
    if (spec->start_limit_interval_us == 0 || spec->start_limit_burst == 0)
        return true;
    if (unit->start_count == 0 ||
        usec_add(unit->start_window_us, spec->start_limit_interval_us) <= now_us) {
        unit->start_window_us = now_us;
        unit->start_count = 0;
    }
    if (unit->start_count >= spec->start_limit_burst) {
        unit->is_refused = true;
        engine_note(engine, id, NOTE_START_LIMIT, spec->start_limit_burst,
                    (int64_t)(spec->start_limit_interval_us / USEC_PER_SEC));
        return false;
    }
    unit->start_count++;
    return true;
}

void job_refuse_start(struct engine *engine, unit_id id, uint64_t now_us)
{
    if (engine->units[id].state == STATE_FAILED)
        job_finish(engine, id, JOB_RESULT_FAILED, now_us);
    else
        unit_raise(engine, id, EVENT_REFUSED, now_us);
}

void job_hit_start_limit(struct engine *engine, unit_id id, uint64_t now_us)
{
    unit_blame(&engine->units[id], RESULT_START_LIMIT_HIT);
    /* First the job, which has failed: the end of the pod gives the unit another. */
    job_refuse_start(engine, id, now_us);
    pod_unit_refused(engine, id, now_us);
}

static void begin_service(struct engine *engine, unit_id id, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];
    const struct service_spec *service = &spec_of(engine, id)->service;

    if (!job_start_is_allowed(engine, id, now_us)) {
        job_hit_start_limit(engine, id, now_us);
        path_trigger_refused(engine, id, now_us);
        return;
    }
    if (unit->state != STATE_AUTO_RESTART_QUEUED)
        unit->restarts = 0;
    unit->result = unit->reload_result = RESULT_SUCCESS;
    unit->main_exit = (struct process_exit){ 0 };
    unit->notify_state = NOTIFY_STATE_NONE;
    unit->is_main_known = unit->forbids_restart = unit->is_empty = false;
    unit->is_idle = service->type == TYPE_IDLE;
    unit->watchdog_us = service->watchdog_us;
    engine_note(engine, id, NOTE_STARTING, 0, 0);
    unit_raise(engine, id, EVENT_START, now_us);
}

/* It only ran on after a reload that did not find its files any more. */
static void refuse_gone(struct engine *engine, unit_id id, uint64_t now_us)
{
    engine_note(engine, id, NOTE_GONE, 0, 0);
    if (engine->units[id].state == STATE_AUTO_RESTART_QUEUED)
        unit_raise(engine, id, EVENT_REFUSED, now_us);
    else
        job_finish(engine, id, JOB_RESULT_FAILED, now_us);
}

static void begin(struct engine *engine, unit_id id, uint64_t now_us)
{
    const struct unit_edges *bound = edges_of(engine, id, EDGE_BINDS_TO);

    if (unit_set_is_gone(engine->set, id)) {
        refuse_gone(engine, id, now_us);
        return;
    }
    /* BindsTo= with After=: what it is bound to must be there by now (unit_verify_deps()). */
    for (size_t i = 0; i < bound->count; i++)
        if (edge_exists(engine, id, EDGE_AFTER, bound->to[i]) &&
            !unit_is_up(&engine->units[bound->to[i]])) {
            engine_note(engine, id, NOTE_DEPENDENCY, bound->to[i], 0);
            job_finish(engine, id, JOB_RESULT_DEPENDENCY, now_us);
            return;
        }
    switch (spec_of(engine, id)->kind) {
    case UNIT_TARGET:
        unit_raise(engine, id, EVENT_REACH, now_us);
        break;
    case UNIT_PATH:
        path_begin(engine, id, now_us);
        break;
    case UNIT_SERVICE:
    case UNIT_KIND_COUNT:
        begin_service(engine, id, now_us);
        break;
    }
}

void engine_checked(struct engine *engine, unit_id id, enum check_result result, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];

    if (!unit->is_checking)
        return;
    unit->is_checking = false;
    unit->is_condition_met = result != CHECK_CONDITION_FAILED;
    /* Asserts are not looked at when a condition does not hold. */
    if (unit->is_condition_met)
        unit->is_assert_met = result != CHECK_ASSERT_FAILED;
    engine_touch(engine, id);
    switch (result) {
    case CHECK_MET:
        begin(engine, id, now_us);
        break;
    case CHECK_CONDITION_FAILED:
        /* No failure, and nothing that the start limit counts. */
        engine_note(engine, id, NOTE_SKIPPED, SKIPPED_BY_CONDITION, 0);
        job_finish(engine, id, JOB_RESULT_DONE, now_us);
        break;
    case CHECK_ASSERT_FAILED:
        engine_note(engine, id, NOTE_SKIPPED, SKIPPED_BY_ASSERT, 0);
        job_finish(engine, id, JOB_RESULT_ASSERT, now_us);
        break;
    }
    jobs_settle(engine, now_us);
}

static void run_start(struct engine *engine, unit_id id, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];

    switch (unit_active_state(unit)) {
    case ACTIVE_ACTIVE:
    case ACTIVE_RELOADING:
        job_finish(engine, id, JOB_RESULT_DONE, now_us);
        break;
    case ACTIVE_DEACTIVATING:
        break; /* looked at again when it is down */
    case ACTIVE_ACTIVATING:
        /* Whoever asks for a start does not wait for RestartSec=; but dependents stop first. */
        if (unit->state == STATE_AUTO_RESTART) {
            unit_raise(engine, id, EVENT_START, now_us);
            break;
        }
        unit_set_job(engine, unit, (enum job_kind)unit->job, true);
        if (unit->state == STATE_AUTO_RESTART_QUEUED)
            begin(engine, id, now_us);
        break;
    case ACTIVE_INACTIVE:
    case ACTIVE_FAILED:
        unit_set_job(engine, unit, (enum job_kind)unit->job, true);
        if (spec_of(engine, id)->conditions) {
            engine_check(engine, id);
            break;
        }
        unit->is_condition_met = unit->is_assert_met = true;
        begin(engine, id, now_us);
        break;
    }
}

static void run_stop(struct engine *engine, unit_id id, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];

    if (unit_is_down(unit)) {
        job_finish(engine, id, JOB_RESULT_DONE, now_us);
        return;
    }
    unit_set_job(engine, unit, (enum job_kind)unit->job, true);
    unit->forbids_restart = true;
    /* Whom the watchdog hit is told once more, by the signal of a stop (service_stop()). */
    if (unit_active_state(unit) == ACTIVE_DEACTIVATING && unit->state != STATE_STOP_WATCHDOG)
        return;
    engine_note(engine, id, NOTE_STOPPING, 0, 0);
    unit_raise(engine, id, EVENT_STOP, now_us);
}

static void run_reload(struct engine *engine, unit_id id, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];

    switch (unit_active_state(unit)) {
    case ACTIVE_ACTIVE:
        if (unit->is_idle && unit->state < STATE_RUNNING)
            break; /* it only counts as active; looked at again when it is */
        unit_set_job(engine, unit, (enum job_kind)unit->job, true);
        /* Others than services have nothing of their own to reload: they hand the reload on. */
        if (spec_of(engine, id)->kind != UNIT_SERVICE)
            job_finish(engine, id, JOB_RESULT_DONE, now_us);
        else
            unit_raise(engine, id, EVENT_RELOAD, now_us);
        /* Nothing of its own to run: it was not seen reloading, but it has been. */
        if (unit->job == JOB_RELOAD && unit->job_is_running &&
            unit_active_state(unit) == ACTIVE_ACTIVE)
            job_finish(engine, id, JOB_RESULT_DONE, now_us);
        break;
    case ACTIVE_RELOADING:
        break; /* looked at again when that is over */
    default:
        job_finish(engine, id, JOB_RESULT_INVALID, now_us);
        break;
    }
}

static void run_verify(struct engine *engine, unit_id id, uint64_t now_us)
{
    const struct unit *unit = &engine->units[id];

    if (unit_is_up(unit))
        job_finish(engine, id, JOB_RESULT_DONE, now_us);
    else if (unit_active_state(unit) != ACTIVE_ACTIVATING ||
             unit->state == STATE_AUTO_RESTART_QUEUED) /* which has no start job then */
        job_finish(engine, id, JOB_RESULT_SKIPPED, now_us);
}

static void run(struct engine *engine, unit_id id, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];
    uint32_t job = unit->job_id;

    switch ((enum job_kind)unit->job) {
    case JOB_START:
        run_start(engine, id, now_us);
        break;
    case JOB_STOP:
    case JOB_RESTART:
        run_stop(engine, id, now_us);
        break;
    case JOB_RELOAD:
        run_reload(engine, id, now_us);
        break;
    case JOB_VERIFY_ACTIVE:
        run_verify(engine, id, now_us);
        break;
    default:
        break;
    }
    if (unit->job != JOB_NONE && unit->job_id == job && unit->job_is_running) {
        uint64_t limit_us = usec_add(now_us, spec_of(engine, id)->job_running_timeout_us);

        if (limit_us < unit->job_deadline_us)
            unit->job_deadline_us = limit_us;
    }
}

/* Type=idle: nobody else has a job any more. */
static void end_idling(struct engine *engine, uint64_t now_us)
{
    if (engine->jobs > 0)
        return;
    for (size_t i = 0; i < engine->set->count; i++)
        if (engine->units[i].is_idling)
            unit_end_idling(engine, (unit_id)i, now_us);
}

/* Once through the set; those that get a job on the way have their turn, too, if they come later.
 */
static void run_waiting(struct engine *engine, uint64_t now_us)
{
    size_t left = engine->waiting_jobs;

    for (size_t i = 0; i < engine->set->count && left > 0; i++) {
        if (!unit_has_waiting_job(&engine->units[i]))
            continue;
        left--;
        if (is_runnable(engine, (unit_id)i)) {
            run(engine, (unit_id)i, now_us);
            left = engine->waiting_jobs;
        }
    }
}

/* Whether the job of the unit will go on without that of another having ended. */
static bool is_on_its_way(const struct engine *engine, unit_id id)
{
    const struct unit *unit = &engine->units[id];
    bool is_coming_up =
        unit_state_info((enum unit_state)unit->state)->active == ACTIVE_ACTIVATING &&
        unit->state != STATE_AUTO_RESTART_QUEUED;

    return unit->job_is_running || unit->is_checking || unit->is_signalling ||
           unit_active_state(unit) == ACTIVE_DEACTIVATING ||
           (is_coming_up && !job_is_stop_like(unit)) || awaited(engine, id) == UNIT_NONE;
}

/*
 * Jobs that only wait for each other. No request starts an ordering cycle, but its units may have
 * come up one by one, and at the end all of them stop at once; and a restart turns from a stop into
 * a start under way, which has other jobs to wait for. Where nothing else moves, one of them goes
 * first: an order that cannot be kept must not keep anybody waiting for ever.
 */
static void end_deadlock(struct engine *engine, uint64_t now_us)
{
    unit_id at = UNIT_NONE;

    if (engine->jobs == 0 || engine->jobs > engine->waiting_jobs)
        return;
    for (size_t i = 0; i < engine->set->count; i++) {
        if (engine->units[i].job == JOB_NONE)
            continue;
        if (is_on_its_way(engine, (unit_id)i))
            return;
        if (at == UNIT_NONE)
            at = (unit_id)i;
    }
    if (at == UNIT_NONE)
        return;
    /* After as many steps as there are units, it is a member of the cycle. */
    for (size_t i = 0; i < engine->set->count; i++)
        at = awaited(engine, at);
    engine_note(engine, at, NOTE_CYCLE, awaited(engine, at), engine->units[at].job);
    run(engine, at, now_us);
}

void jobs_settle(struct engine *engine, uint64_t now_us)
{
    while (engine->jobs_changed) {
        engine->jobs_changed = false;
        run_waiting(engine, now_us);
        if (!engine->jobs_changed)
            end_deadlock(engine, now_us);
        if (!engine->jobs_changed)
            react_steadily(engine, now_us);
        if (!engine->jobs_changed) {
            end_idling(engine, now_us);
            pod_look_for_the_end(engine, now_us);
        }
    }
}

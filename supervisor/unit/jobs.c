#include "supervisor/unit/engine_private.h"

#include <errno.h>

/*
 * Jobs: what is asked of units, and in which order it may run. A unit has at most one job. The
 * order rule is systemd's (systemd.unit(5), Before=): two starts run in order; a stop always runs
 * before a start; two stops run in reverse order. A job stays installed while it runs, so that
 * others wait for its end, not its begin.
 */

static const struct unit_edges *edges_of(const struct engine *engine, unit_id id, enum edge edge)
{
    return &engine->set->edges[id][edge];
}

static bool is_down(const struct unit *unit)
{
    enum active_state active = unit_active_state(unit);

    return active == ACTIVE_INACTIVE || active == ACTIVE_FAILED;
}

static void install(struct engine *engine, unit_id id, enum job_kind kind, bool is_manual)
{
    struct unit *unit = &engine->units[id];

    unit->job = (uint8_t)kind;
    unit->job_is_running = false;
    unit->job_is_manual = is_manual;
    unit->is_wanted = kind != JOB_STOP;
    unit->is_blocked = false;
    if (kind != JOB_STOP)
        unit->is_parked = false;
    engine->jobs_changed = true;
    engine_touch(engine, id);
}

/* --- transactions --- */

/* Marks everything that the marked units reach over two kinds of edges. */
static void mark_reachable(struct engine *engine, unit_id from, enum edge first, enum edge second)
{
    bool grew = true;

    for (size_t i = 0; i < engine->set->count; i++)
        engine->units[i].is_marked = (unit_id)i == from;
    while (grew) {
        grew = false;
        for (size_t i = 0; i < engine->set->count; i++) {
            if (!engine->units[i].is_marked)
                continue;
            for (int pass = 0; pass < 2; pass++) {
                const struct unit_edges *edges =
                    edges_of(engine, (unit_id)i, pass ? second : first);

                for (size_t k = 0; k < edges->count; k++) {
                    grew |= !engine->units[edges->to[k]].is_marked;
                    engine->units[edges->to[k]].is_marked = true;
                }
            }
        }
    }
}

static void request_start(struct engine *engine, unit_id id, bool is_manual)
{
    mark_reachable(engine, id, EDGE_REQUIRES, EDGE_WANTS);
    for (size_t i = 0; i < engine->set->count; i++) {
        struct unit *unit = &engine->units[i];
        /* Whatever starts, reeve's own helpers start with it. */
        bool is_member = unit->is_marked || engine->set->specs[i]->is_internal;

        if (!is_member || unit->job == JOB_START || unit->job == JOB_RESTART)
            continue;
        if (unit->job == JOB_NONE && unit_active_state(unit) == ACTIVE_ACTIVE)
            unit->is_wanted = true;
        else
            install(engine, (unit_id)i, JOB_START, is_manual && (unit_id)i == id);
    }
}

static void request_stop(struct engine *engine, unit_id id, bool is_manual)
{
    mark_reachable(engine, id, EDGE_REQUIRED_BY, EDGE_REQUIRED_BY);
    for (size_t i = 0; i < engine->set->count; i++) {
        struct unit *unit = &engine->units[i];

        if (!unit->is_marked || unit->job == JOB_STOP)
            continue;
        unit->is_wanted = false;
        unit->is_parked = is_manual;
        if (unit->job != JOB_NONE || !is_down(unit))
            install(engine, (unit_id)i, JOB_STOP, is_manual);
        else
            unit->job_result = JOB_RESULT_DONE; /* it is down already: that is what was asked for */
    }
}

/* `id` itself by `kind`; what requires it is restarted with it, if it runs (systemd.unit(5),
 * Requires=). */
static void request_restart(struct engine *engine, unit_id id, enum job_kind kind, bool is_manual)
{
    mark_reachable(engine, id, EDGE_REQUIRED_BY, EDGE_REQUIRED_BY);
    for (size_t i = 0; i < engine->set->count; i++) {
        struct unit *unit = &engine->units[i];

        if (!unit->is_marked || (unit_id)i == id || unit->job == JOB_STOP)
            continue;
        if (!is_down(unit))
            install(engine, (unit_id)i, JOB_RESTART, false);
    }
    install(engine, id, kind, is_manual);
}

void jobs_auto_restart(struct engine *engine, unit_id id)
{
    enum job_kind job = (enum job_kind)engine->units[id].job;

    if (engine->is_stopping || job == JOB_STOP || job == JOB_RESTART)
        return;
    request_restart(engine, id, JOB_START, false);
}

int engine_request(struct engine *engine, unit_id id, enum job_kind kind, bool is_manual,
                   uint64_t now_us)
{
    if (id < 0 || (size_t)id >= engine->set->count)
        return -ENOENT;
    if (engine->is_stopping)
        return -ESHUTDOWN;
    engine->is_started = true;
    switch (kind) {
    case JOB_NONE:
        return -EINVAL;
    case JOB_START:
        request_start(engine, id, is_manual);
        break;
    case JOB_STOP:
        request_stop(engine, id, is_manual);
        break;
    case JOB_RESTART:
        request_restart(engine, id, JOB_RESTART, is_manual);
        break;
    }
    jobs_settle(engine, now_us);
    return 0;
}

void engine_reset_failed(struct engine *engine, unit_id id)
{
    struct unit *unit = &engine->units[id];

    unit->start_count = 0;
    unit->restarts = 0;
    unit->is_blocked = false;
    if (unit->state == STATE_FAILED) {
        unit->state = STATE_DEAD;
        unit->result = RESULT_SUCCESS;
        engine_touch(engine, id);
    }
}

/* --- the end of a job --- */

static void finish(struct engine *engine, unit_id id, enum job_result result)
{
    struct unit *unit = &engine->units[id];

    unit->job = JOB_NONE;
    unit->job_is_running = false;
    unit->job_result = (uint8_t)result;
    engine->jobs_changed = true;
    engine_touch(engine, id);
}

/* A start failed: whoever requires the unit cannot start either, and so on. */
static void fail_dependents(struct engine *engine, unit_id id)
{
    mark_reachable(engine, id, EDGE_REQUIRED_BY, EDGE_REQUIRED_BY);
    for (size_t i = 0; i < engine->set->count; i++) {
        struct unit *unit = &engine->units[i];

        if (!unit->is_marked || (unit_id)i == id ||
            (unit->job != JOB_START && unit->job != JOB_RESTART))
            continue;
        if (unit->job == JOB_START)
            finish(engine, (unit_id)i, JOB_RESULT_DEPENDENCY);
        else
            unit->job = JOB_STOP; /* it is on its way down, and stays there */
        unit->is_blocked = true;
        engine_note(engine, (unit_id)i, NOTE_DEPENDENCY, id, 0);
    }
}

/* The unit has come up: those that had given up because of it may try again. */
static void unblock_dependents(struct engine *engine, unit_id id)
{
    const struct unit_edges *edges = edges_of(engine, id, EDGE_REQUIRED_BY);

    if (engine->is_stopping)
        return;
    for (size_t k = 0; k < edges->count; k++) {
        const struct unit *unit = &engine->units[edges->to[k]];

        if (unit->is_blocked && unit->job == JOB_NONE && is_down(unit))
            request_start(engine, edges->to[k], false);
    }
}

static void start_job_moved(struct engine *engine, unit_id id)
{
    struct unit *unit = &engine->units[id];

    if (unit_active_state(unit) == ACTIVE_ACTIVE) {
        finish(engine, id, JOB_RESULT_DONE);
    } else if (is_down(unit) && unit->job_is_running) {
        bool failed = unit->result != RESULT_SUCCESS;

        finish(engine, id, failed ? JOB_RESULT_FAILED : JOB_RESULT_DONE);
        if (failed)
            fail_dependents(engine, id);
    }
}

void jobs_state_changed(struct engine *engine, unit_id id, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];

    (void)now_us;
    engine->jobs_changed = true;
    switch ((enum job_kind)unit->job) {
    case JOB_NONE:
        break;
    case JOB_START:
        start_job_moved(engine, id);
        break;
    case JOB_STOP:
        if (is_down(unit))
            finish(engine, id, JOB_RESULT_DONE);
        break;
    case JOB_RESTART:
        if (is_down(unit)) {
            unit->job = JOB_START;
            unit->job_is_running = false;
        }
        break;
    }
    if (unit_active_state(unit) == ACTIVE_ACTIVE)
        unblock_dependents(engine, id);
}

/* --- running jobs --- */

static bool is_stop_like(const struct unit *unit)
{
    return unit->job == JOB_STOP || unit->job == JOB_RESTART;
}

static bool is_runnable(const struct engine *engine, unit_id id)
{
    const struct unit_edges *after = edges_of(engine, id, EDGE_AFTER);
    const struct unit_edges *before = edges_of(engine, id, EDGE_BEFORE);

    /* A helper that died comes back at once, whoever may be stopping. */
    if (engine->set->specs[id]->is_internal && engine->units[id].job == JOB_START)
        return true;
    if (engine->units[id].job == JOB_START)
        for (size_t k = 0; k < after->count; k++)
            if (engine->units[after->to[k]].job != JOB_NONE)
                return false;
    for (size_t k = 0; k < before->count; k++)
        if (is_stop_like(&engine->units[before->to[k]]))
            return false;
    return true;
}

/* systemd's rate limit: a window opens with a start and holds at most StartLimitBurst= of them. */
static bool start_is_allowed(struct engine *engine, unit_id id, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];
    const struct unit_spec *spec = engine->set->specs[id];

    if (spec->start_limit_interval_us == 0 || spec->start_limit_burst == 0)
        return true;
    if (unit->start_count == 0 ||
        usec_add(unit->start_window_us, spec->start_limit_interval_us) <= now_us) {
        unit->start_window_us = now_us;
        unit->start_count = 0;
    }
    if (unit->start_count >= spec->start_limit_burst)
        return false;
    unit->start_count++;
    return true;
}

static void begin_service(struct engine *engine, unit_id id, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];

    if (unit->job_is_manual)
        unit->start_count = 0;
    if (unit->state != STATE_AUTO_RESTART_QUEUED)
        unit->restarts = 0;
    if (!start_is_allowed(engine, id, now_us)) {
        unit->result = RESULT_START_LIMIT_HIT;
        engine_note(engine, id, NOTE_START_LIMIT, 0, 0);
        unit_raise(engine, id, EVENT_REFUSED, now_us);
        return;
    }
    unit->result = RESULT_SUCCESS;
    unit->main_exit = (struct process_exit){ 0 };
    engine_note(engine, id, NOTE_STARTING, 0, 0);
    unit_raise(engine, id, EVENT_START, now_us);
}

static void run_start(struct engine *engine, unit_id id, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];

    /* A start that is pulled in does not cut the restart delay short (systemd.service(5),
     * RestartSec=). */
    if (unit->state == STATE_AUTO_RESTART && !unit->job_is_manual)
        return;
    switch (unit_active_state(unit)) {
    case ACTIVE_ACTIVE:
        finish(engine, id, JOB_RESULT_DONE);
        return;
    case ACTIVE_DEACTIVATING:
        return; /* looked at again when it is down */
    case ACTIVE_ACTIVATING:
        unit->job_is_running = true;
        if (unit->state != STATE_AUTO_RESTART && unit->state != STATE_AUTO_RESTART_QUEUED)
            return;
        break;
    case ACTIVE_INACTIVE:
    case ACTIVE_FAILED:
        unit->job_is_running = true;
        break;
    }
    if (engine->set->specs[id]->kind == UNIT_TARGET)
        unit_raise(engine, id, EVENT_REACH, now_us);
    else
        begin_service(engine, id, now_us);
}

static void run_stop(struct engine *engine, unit_id id, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];

    if (is_down(unit)) {
        jobs_state_changed(engine, id, now_us);
        return;
    }
    unit->job_is_running = true;
    if (unit_active_state(unit) == ACTIVE_DEACTIVATING)
        return;
    engine_note(engine, id, NOTE_STOPPING, 0, 0);
    unit_raise(engine, id, EVENT_STOP, now_us);
}

/* --- the end of the pod --- */

void jobs_shutdown(struct engine *engine, int exit_status, uint64_t now_us)
{
    if (engine->is_stopping)
        return;
    engine->is_stopping = true;
    engine->stopping_us = now_us;
    engine->exit_status = exit_status;
    for (size_t i = 0; i < engine->set->count; i++)
        install(engine, (unit_id)i, JOB_STOP, false);
}

void engine_shutdown(struct engine *engine, int exit_status, uint64_t now_us)
{
    jobs_shutdown(engine, exit_status, now_us);
    jobs_settle(engine, now_us);
}

/* Whether some service of the pod still runs, may still run, or was parked by a person. */
static bool is_anything_left(const struct engine *engine)
{
    for (size_t i = 0; i < engine->set->count; i++) {
        const struct unit *unit = &engine->units[i];

        if (engine->set->specs[i]->is_internal)
            continue;
        if (unit->job != JOB_NONE || unit->is_parked)
            return true;
        if (engine->set->specs[i]->kind == UNIT_SERVICE && !is_down(unit) &&
            unit->state != STATE_EXITED)
            return true;
    }
    return false;
}

/* The status of a pod that ran out of services: that of the one which failed first, else 0. */
static int leftover_status(const struct engine *engine)
{
    const struct unit *first = NULL;

    for (size_t i = 0; i < engine->set->count; i++) {
        const struct unit *unit = &engine->units[i];

        if (unit->state == STATE_FAILED && !engine->set->specs[i]->is_internal &&
            (!first || unit->since_us < first->since_us))
            first = unit;
    }
    return first ? pod_exit_status((enum unit_result)first->result, first->main_exit) : 0;
}

/* A stop that had to kill is not a clean one: it must not look like success. */
static int final_status(const struct engine *engine)
{
    if (engine->exit_status != 0)
        return engine->exit_status;
    for (size_t i = 0; i < engine->set->count; i++) {
        const struct unit *unit = &engine->units[i];

        if (unit->state == STATE_FAILED && unit->result == RESULT_TIMEOUT &&
            unit->since_us >= engine->stopping_us)
            return pod_exit_status(RESULT_TIMEOUT, unit->main_exit);
    }
    return 0;
}

static void look_for_the_end(struct engine *engine, uint64_t now_us)
{
    if (engine->is_started && !engine->is_stopping && !is_anything_left(engine))
        jobs_shutdown(engine, leftover_status(engine), now_us);
    if (!engine->is_stopping || engine->has_exited)
        return;
    for (size_t i = 0; i < engine->set->count; i++)
        if (!is_down(&engine->units[i]) || engine->units[i].job != JOB_NONE)
            return;
    engine->has_exited = true;
    engine->exit_status = final_status(engine);
    engine_exit(engine, engine->exit_status);
}

void jobs_settle(struct engine *engine, uint64_t now_us)
{
    while (engine->jobs_changed) {
        engine->jobs_changed = false;
        for (size_t i = 0; i < engine->set->count; i++) {
            const struct unit *unit = &engine->units[i];

            if (unit->job == JOB_NONE || unit->job_is_running || !is_runnable(engine, (unit_id)i))
                continue;
            if (unit->job == JOB_START)
                run_start(engine, (unit_id)i, now_us);
            else
                run_stop(engine, (unit_id)i, now_us);
        }
        if (!engine->jobs_changed)
            look_for_the_end(engine, now_us);
    }
}

#include "supervisor/unit/engine_private.h"

/* The end of the pod: when it comes, and with which exit status. */

void pod_shutdown(struct engine *engine, int exit_status, uint64_t now_us)
{
    if (engine->is_stopping)
        return;
    engine->is_stopping = true;
    engine->stopping_us = now_us;
    engine->exit_status = exit_status;
    for (size_t i = 0; i < engine->set->count; i++) {
        job_wish(engine, (unit_id)i, JOB_STOP, false);
        job_install(engine, (unit_id)i, JOB_STOP, now_us);
    }
}

void pod_end_by(struct engine *engine, unit_id id, enum emergency_action action, int exit_status,
                uint64_t now_us)
{
    if (action == EMERGENCY_NONE || engine->is_stopping)
        return;
    if (!emergency_has_status(action))
        exit_status = 0;
    engine_note(engine, id, NOTE_POD_ENDS, exit_status, 0);
    if (!emergency_is_forced(action)) {
        pod_shutdown(engine, exit_status, now_us);
        return;
    }
    engine->is_stopping = engine->has_exited = true;
    engine->stopping_us = now_us;
    engine->exit_status = exit_status;
    engine_exit(engine, exit_status);
}

/* What the pod ends with when the unit as it is now ends it. */
static int status_by(const struct engine *engine, unit_id id, bool has_failed)
{
    const struct unit *unit = &engine->units[id];
    const struct unit_spec *spec = spec_of(engine, id);
    int status = has_failed ? spec->failure_action_exit_status : spec->success_action_exit_status;

    return status < 0 ? pod_exit_status((enum unit_result)unit->result, unit->main_exit) : status;
}

void pod_unit_refused(struct engine *engine, unit_id id, uint64_t now_us)
{
    pod_end_by(engine, id, spec_of(engine, id)->start_limit_action, status_by(engine, id, true),
               now_us);
}

void pod_unit_ended(struct engine *engine, unit_id id, uint64_t now_us)
{
    const struct unit *unit = &engine->units[id];
    const struct unit_spec *spec = spec_of(engine, id);
    bool has_failed = unit->state == STATE_FAILED;

    /* systemd performs StartLimitAction= before the unit fails of it. */
    if (has_failed && unit->is_refused)
        pod_unit_refused(engine, id, now_us);
    pod_end_by(engine, id, has_failed ? spec->failure_action : spec->success_action,
               status_by(engine, id, has_failed), now_us);
}

void engine_shutdown(struct engine *engine, int exit_status, uint64_t now_us)
{
    pod_shutdown(engine, exit_status, now_us);
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
        if (engine->set->specs[i]->kind == UNIT_PATH && !unit_is_down(unit))
            return true; /* it may yet start something */
        if (engine->set->specs[i]->kind == UNIT_SERVICE && !unit_is_down(unit) &&
            unit->state != STATE_EXITED && !unit_has_no_way_up(unit))
            return true;
    }
    return false;
}

unit_id engine_first_failed(const struct engine *engine)
{
    unit_id first = UNIT_NONE;

    for (size_t i = 0; i < engine->set->count; i++)
        if (engine->units[i].state == STATE_FAILED && !engine->set->specs[i]->is_internal &&
            (first == UNIT_NONE || engine->units[i].since_us < engine->units[first].since_us))
            first = (unit_id)i;
    return first;
}

/* The status of a pod that ran out of services: that of the one which failed first, else 0. */
static int leftover_status(const struct engine *engine)
{
    unit_id first = engine_first_failed(engine);
    const struct unit *unit = first == UNIT_NONE ? NULL : &engine->units[first];

    return unit ? pod_exit_status((enum unit_result)unit->result, unit->main_exit) : 0;
}

/* A stop that had to kill is not a clean one: it must not look like success. */
int engine_final_status(const struct engine *engine)
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

void pod_look_for_the_end(struct engine *engine, uint64_t now_us)
{
    if (engine->is_started && !engine->is_stopping && !is_anything_left(engine))
        pod_shutdown(engine, leftover_status(engine), now_us);
    if (!engine->is_stopping || engine->has_exited || engine->jobs > 0)
        return;
    for (size_t i = 0; i < engine->set->count; i++)
        if (!unit_is_down(&engine->units[i]))
            return;
    engine->has_exited = true;
    engine->exit_status = engine_final_status(engine);
    engine_exit(engine, engine->exit_status);
}

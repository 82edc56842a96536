#include "supervisor/unit/engine_private.h"

/*
 * News from the shell, turned into at most one event of the machine: an exit into "done", "failed"
 * or "gone", the last process into "again", "failed" or "dead". All choices are made here; the
 * table has none.
 */

static bool is_known(const struct engine *engine, unit_id id)
{
    return id >= 0 && (size_t)id < engine->set->count;
}

/* The first failure of a run is the one that is remembered. */
static void blame(struct unit *unit, enum unit_result result)
{
    if (unit->result == RESULT_SUCCESS)
        unit->result = (uint8_t)result;
}

static enum unit_event end_event(struct engine *engine, unit_id id)
{
    struct unit *unit = &engine->units[id];
    bool may_restart = !engine->is_stopping && unit->job != JOB_STOP && unit->job != JOB_RESTART;

    /* Whoever is still there (KillMode=none, or not even SIGKILL helped) is none of the unit's any
     * more. */
    unit->main_pid = unit->control_pid = 0;
    if (may_restart && restart_wanted(&spec_of(engine, id)->service, (enum unit_result)unit->result,
                                      unit->main_exit))
        return EVENT_END_RESTART;
    return unit->result == RESULT_SUCCESS ? EVENT_END_DEAD : EVENT_END_FAILED;
}

static void nobody_left(struct engine *engine, unit_id id, uint64_t now_us)
{
    unit_raise(engine, id,
               engine->units[id].state == STATE_FINAL_SIGKILL ? end_event(engine, id) : EVENT_EMPTY,
               now_us);
}

static bool is_killing(const struct unit *unit)
{
    return unit_state_info((enum unit_state)unit->state)->kill != KILL_STAGE_NONE;
}

static void both_gone(struct engine *engine, unit_id id, uint64_t now_us)
{
    const struct unit *unit = &engine->units[id];

    if (unit->main_pid == 0 && unit->control_pid == 0)
        unit_raise(engine, id, EVENT_GONE, now_us);
}

static void main_exited(struct engine *engine, unit_id id, struct process_exit exit,
                        uint64_t now_us)
{
    struct unit *unit = &engine->units[id];
    const struct service_spec *service = &spec_of(engine, id)->service;
    bool is_oneshot = service->type == TYPE_ONESHOT;
    /* A daemon has one command, whose "-" counts as long as it runs; a oneshot is at one of
     * several. */
    const struct exec_command *command = is_oneshot ? unit->command : service->exec_start;
    enum unit_result result = process_exit_result(exit, &service->success_exit_status, !is_oneshot);

    unit->main_pid = 0;
    unit->main_exit = exit;
    engine_note(engine, id, NOTE_MAIN_EXITED, exit.code, exit.status);
    engine_touch(engine, id);
    if (command && (command->flags & EXEC_IGNORE_FAILURE))
        result = RESULT_SUCCESS;
    if (unit->state == STATE_START && !is_oneshot && result == RESULT_SUCCESS)
        result = RESULT_PROTOCOL; /* it ended before it was ready */
    blame(unit, result);
    if (is_killing(unit))
        both_gone(engine, id, now_us);
    else if (unit->state == STATE_START && result == RESULT_SUCCESS && command && command->next)
        unit_spawn(engine, id, command->next, now_us);
    else if (unit->state == STATE_START && result == RESULT_SUCCESS)
        unit_raise(engine, id, EVENT_LIST_DONE, now_us);
    else
        unit_raise(engine, id, unit_main_event(engine, id, result), now_us);
}

static void control_exited(struct engine *engine, unit_id id, struct process_exit exit,
                           uint64_t now_us)
{
    struct unit *unit = &engine->units[id];
    const struct exec_command *command = unit->command;
    enum unit_result result =
        process_exit_result(exit, &spec_of(engine, id)->service.success_exit_status, false);

    unit->control_pid = 0;
    if (result != RESULT_SUCCESS)
        engine_note(engine, id, NOTE_CONTROL_EXITED, exit.code, exit.status);
    if (command && (command->flags & EXEC_IGNORE_FAILURE))
        result = RESULT_SUCCESS;
    blame(unit, result);
    if (is_killing(unit)) {
        both_gone(engine, id, now_us);
        return;
    }
    if (result != RESULT_SUCCESS)
        unit_raise(engine, id, EVENT_LIST_FAILED, now_us);
    else if (command && command->next)
        unit_spawn(engine, id, command->next, now_us);
    else
        unit_raise(engine, id, EVENT_LIST_DONE, now_us);
}

void engine_exited(struct engine *engine, unit_id id, pid_t pid, struct process_exit exit,
                   uint64_t now_us)
{
    if (!is_known(engine, id) || pid <= 0)
        return;
    if (pid == engine->units[id].main_pid)
        main_exited(engine, id, exit, now_us);
    else if (pid == engine->units[id].control_pid)
        control_exited(engine, id, exit, now_us);
    jobs_settle(engine, now_us);
}

void engine_empty(struct engine *engine, unit_id id, uint64_t now_us)
{
    if (!is_known(engine, id))
        return;
    nobody_left(engine, id, now_us);
    jobs_settle(engine, now_us);
}

void engine_signalled(struct engine *engine, unit_id id, bool anybody, uint64_t now_us)
{
    if (!anybody && is_known(engine, id) && is_killing(&engine->units[id]))
        engine_empty(engine, id, now_us);
}

static void check_ready(struct engine *engine, unit_id id, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];

    if (unit->awaiting == 0 && unit->state == STATE_START) {
        unit->ready_latency_us = now_us - unit->spawned_us;
        unit_raise(engine, id, EVENT_READY, now_us);
    }
}

void engine_arrived(struct engine *engine, unit_id id, enum await what, uint64_t now_us)
{
    if (!is_known(engine, id) || !(engine->units[id].awaiting & what))
        return;
    engine->units[id].awaiting &= (uint8_t)~what;
    check_ready(engine, id, now_us);
    jobs_settle(engine, now_us);
}

void engine_spawned(struct engine *engine, unit_id id, pid_t pid, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];

    if (unit_state_info((enum unit_state)unit->state)->run == LIST_START) {
        unit->main_pid = pid;
        unit->main_exit = (struct process_exit){ 0 };
        unit->spawned_us = now_us;
        unit->incarnation = ++engine->last_incarnation;
        engine_touch(engine, id);
        check_ready(engine, id, now_us);
    } else {
        unit->control_pid = pid;
    }
    jobs_settle(engine, now_us);
}

void engine_spawn_failed(struct engine *engine, unit_id id, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];
    bool is_main = unit_state_info((enum unit_state)unit->state)->run == LIST_START;

    blame(unit, RESULT_RESOURCES);
    unit_raise(engine, id, is_main ? EVENT_MAIN_FAILED : EVENT_LIST_FAILED, now_us);
    jobs_settle(engine, now_us);
}

static void expire(struct engine *engine, unit_id id, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];
    bool is_restart = unit->state == STATE_AUTO_RESTART;

    unit->deadline_us = USEC_INFINITY;
    if (!is_restart) {
        engine_note(engine, id, NOTE_TIMEOUT, unit->state, 0);
        blame(unit, RESULT_TIMEOUT);
    }
    if (unit->state == STATE_FINAL_SIGKILL)
        nobody_left(engine, id, now_us); /* even SIGKILL did not help: give them up */
    else
        unit_raise(engine, id, EVENT_DEADLINE, now_us);
}

void engine_tick(struct engine *engine, uint64_t now_us)
{
    for (size_t i = 0; i < engine->set->count; i++)
        if (engine->units[i].deadline_us <= now_us)
            expire(engine, (unit_id)i, now_us);
    jobs_settle(engine, now_us);
}

uint64_t engine_deadline(const struct engine *engine)
{
    uint64_t earliest_us = USEC_INFINITY;

    for (size_t i = 0; i < engine->set->count; i++)
        if (engine->units[i].deadline_us < earliest_us)
            earliest_us = engine->units[i].deadline_us;
    return earliest_us;
}

void engine_hurry(struct engine *engine, uint64_t now_us)
{
    for (size_t i = 0; i < engine->set->count; i++)
        if (unit_active_state(&engine->units[i]) == ACTIVE_DEACTIVATING &&
            !spec_of(engine, (unit_id)i)->is_internal)
            expire(engine, (unit_id)i, now_us);
    jobs_settle(engine, now_us);
}

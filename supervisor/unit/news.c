#include "supervisor/unit/engine_private.h"

#include <signal.h>

/*
 * News about processes, turned into at most one event of the machine: an exit into "done", "failed"
 * or "gone", the last process into "again", "failed" or "dead". All choices are made here; the
 * table has none.
 */

/* --- the end of a run --- */

static enum unit_event end_event(struct engine *engine, unit_id id)
{
    struct unit *unit = &engine->units[id];
    const struct service_spec *service = &spec_of(engine, id)->service;
    enum unit_result result = (enum unit_result)unit->result;
    bool has_failed = unit_result_is_failure(result);
    enum emergency_action action =
        has_failed ? spec_of(engine, id)->failure_action : spec_of(engine, id)->success_action;
    bool is_ordered = result == RESULT_UNHEALTHY &&
                      spec_of(engine, id)->health.on_failure == HEALTH_ACTION_RESTART;
    bool may_restart = !engine->is_stopping && !unit_set_is_gone(engine->set, id) &&
                       !unit->forbids_restart && unit->job != JOB_STOP;

    /* Whoever is still there (KillMode=none, or not even SIGKILL helped) is none of the unit's any
     * more. */
    unit->main_pid = unit->control_pid = 0;
    unit->forbids_restart = false;
    if (!may_restart || !(is_ordered || restart_wanted(service, result, unit->main_exit)))
        return has_failed ? EVENT_END_FAILED : EVENT_END_DEAD;
    if (service->restart_mode == RESTART_MODE_DIRECT)
        return EVENT_END_RESTART;
    /* Others see this end, and so it is one for FailureAction= and SuccessAction= as well: the pod
     * does not live to see the restart. */
    if (action != EMERGENCY_NONE)
        return has_failed ? EVENT_END_FAILED : EVENT_END_DEAD;
    return has_failed ? EVENT_END_FAILED_RESTART : EVENT_END_DEAD_RESTART;
}

void unit_nobody_left(struct engine *engine, unit_id id, uint64_t now_us)
{
    unit_raise(engine, id,
               engine->units[id].state == STATE_FINAL_SIGKILL ? end_event(engine, id) : EVENT_EMPTY,
               now_us);
}

static void both_gone(struct engine *engine, unit_id id, uint64_t now_us)
{
    const struct unit *unit = &engine->units[id];

    if (unit->main_pid == 0 && unit->control_pid == 0)
        unit_raise(engine, id, EVENT_GONE, now_us);
}

/* --- the main process --- */

/* Before it was ready: systemd lets a Type=notify service live on if it may be somebody else who
 * says READY=1 (service_sigchld_event()). */
static void main_exited_early(struct engine *engine, unit_id id, enum unit_result result,
                              uint64_t now_us)
{
    struct unit *unit = &engine->units[id];
    const struct service_spec *service = &spec_of(engine, id)->service;
    bool is_notify = service->type == TYPE_NOTIFY || service->type == TYPE_NOTIFY_RELOAD;

    if (service->type == TYPE_ONESHOT) {
        unit_raise(engine, id, result == RESULT_SUCCESS ? EVENT_LIST_DONE : EVENT_MAIN_FAILED,
                   now_us);
        return;
    }
    /* It never ran: where "-" or SuccessExitStatus= has it that it ended well, it counts as one
     * that did. */
    if (unit->awaiting == AWAIT_EXEC) {
        unit_raise(engine, id, unit_up_event(engine, id), now_us);
        return;
    }
    if (result == RESULT_SUCCESS && is_notify && service->remain_after_exit &&
        service->notify_access != NOTIFY_MAIN)
        return;
    unit_blame(unit, RESULT_PROTOCOL);
    unit_raise(engine, id, EVENT_MAIN_FAILED, now_us);
}

/* What the end of the main process means, once it is known that nothing follows it. */
static void main_is_over(struct engine *engine, unit_id id, enum unit_result result,
                         uint64_t now_us)
{
    const struct unit *unit = &engine->units[id];

    if (unit_is_killing(unit)) {
        both_gone(engine, id, now_us);
        return;
    }
    /* ExitType=cgroup: the others count, until engine_empty(). */
    if (spec_of(engine, id)->service.exit_type == EXIT_TYPE_CGROUP &&
        unit->state != STATE_STOP_POST)
        return;
    switch ((enum unit_state)unit->state) {
    case STATE_START:
        main_exited_early(engine, id, result, now_us);
        break;
    case STATE_RUNNING:
        unit_raise(engine, id, unit_up_event(engine, id), now_us);
        break;
    case STATE_START_POST:
    case STATE_RELOAD:
    case STATE_RELOAD_SIGNAL:
    case STATE_RELOAD_NOTIFY:
        /* Looked at when the commands are through; where there are none, nothing can come. */
        if (unit->control_pid == 0 && !unit->is_spawning)
            unit_raise(engine, id, EVENT_MAIN_DONE, now_us);
        break;
    case STATE_STOP_POST:
        if (unit->control_pid == 0 && !unit->is_spawning)
            unit_raise(engine, id, EVENT_LIST_DONE, now_us);
        break;
    default:
        break;
    }
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
    enum unit_result result = process_exit_result(exit, service->success_exit_status, !is_oneshot);

    unit->main_pid = 0;
    unit->main_exit = exit;
    engine_note(engine, id, NOTE_MAIN_EXITED, exit.code, exit.status);
    engine_touch(engine, id);
    if (command && (command->flags & EXEC_IGNORE_FAILURE))
        result = RESULT_SUCCESS;
    unit_blame(unit, result);
    if (is_oneshot && result == RESULT_SUCCESS && command && command->next)
        unit_spawn(engine, id, command->next, now_us);
    else
        main_is_over(engine, id, result, now_us);
}

/* --- control processes --- */

/* What MAINPID= says is not guessed anew. */
static bool may_find_main(const struct engine *engine, unit_id id)
{
    const struct service_spec *service = &spec_of(engine, id)->service;

    return service->pid_file || (service->guess_main_pid && !engine->units[id].is_main_known);
}

/* Type=forking: the parent is gone, and leaves a main process that has to be found. */
static void parent_exited(struct engine *engine, unit_id id, uint64_t now_us)
{
    if (may_find_main(engine, id))
        engine_find_main(engine, id);
    else
        unit_raise(engine, id, EVENT_LIST_DONE, now_us);
}

static void start_post_done(struct engine *engine, unit_id id, uint64_t now_us)
{
    if (may_find_main(engine, id))
        engine_find_main(engine, id);
    else
        unit_raise(engine, id, unit_up_event(engine, id), now_us);
}

static void list_done(struct engine *engine, unit_id id, uint64_t now_us)
{
    const struct unit *unit = &engine->units[id];

    switch ((enum unit_state)unit->state) {
    case STATE_START:
        parent_exited(engine, id, now_us);
        break;
    case STATE_START_POST:
        start_post_done(engine, id, now_us);
        break;
    case STATE_STOP_POST:
        if (unit->main_pid == 0) /* else its end is waited for, or the deadline */
            unit_raise(engine, id, EVENT_LIST_DONE, now_us);
        break;
    default:
        unit_raise(engine, id, EVENT_LIST_DONE, now_us);
        break;
    }
}

/* A failed reload does not fail the service. */
void unit_reload_done(struct engine *engine, unit_id id, enum unit_result result, uint64_t now_us)
{
    engine->units[id].reload_result = (uint8_t)result;
    unit_raise(engine, id, unit_up_event(engine, id), now_us);
}

static void control_exited(struct engine *engine, unit_id id, struct process_exit exit,
                           uint64_t now_us)
{
    struct unit *unit = &engine->units[id];
    const struct service_spec *service = &spec_of(engine, id)->service;
    const struct exec_command *command = unit->command;
    bool is_parent = unit->state == STATE_START;
    enum unit_result result = process_exit_result(exit, service->success_exit_status, is_parent);
    bool is_skip =
        unit->state == STATE_CONDITION && result == RESULT_EXIT_CODE && exit.status < 255;

    unit->control_pid = 0;
    if (result != RESULT_SUCCESS && !is_skip)
        engine_note(engine, id, NOTE_CONTROL_EXITED, exit.code, exit.status);
    if (command && (command->flags & EXEC_IGNORE_FAILURE))
        result = RESULT_SUCCESS;
    else if (is_skip)
        result = RESULT_EXEC_CONDITION;
    if (result == RESULT_EXEC_CONDITION)
        unit->is_condition_met = false;
    if (unit->state != STATE_RELOAD)
        unit_blame(unit, result);
    if (result == RESULT_SUCCESS && command && command->next)
        unit_spawn(engine, id, command->next, now_us);
    else if (unit_is_killing(unit))
        both_gone(engine, id, now_us);
    else if (unit->state == STATE_RELOAD && result == RESULT_SUCCESS && may_find_main(engine, id))
        engine_find_main(engine, id); /* it may have replaced it */
    else if (unit->state == STATE_RELOAD)
        unit_reload_done(engine, id, result, now_us);
    else if (result == RESULT_SUCCESS)
        list_done(engine, id, now_us);
    else if (unit->state != STATE_STOP_POST || unit->main_pid == 0)
        unit_raise(engine, id, result == RESULT_EXEC_CONDITION ? EVENT_SKIP : EVENT_LIST_FAILED,
                   now_us);
}

/* --- from the shell --- */

void engine_exited(struct engine *engine, unit_id id, pid_t pid, struct process_exit exit,
                   uint64_t now_us)
{
    if (!engine_knows(engine, id) || pid <= 0)
        return;
    if (pid == engine->units[id].main_pid)
        main_exited(engine, id, exit, now_us);
    else if (pid == engine->units[id].control_pid)
        control_exited(engine, id, exit, now_us);
    jobs_settle(engine, now_us);
}

bool unit_awaits_empty(const struct engine *engine, unit_id id)
{
    const struct unit *unit = &engine->units[id];

    if (unit->main_pid > 0 || unit->control_pid > 0 || unit->is_spawning || unit->is_idling ||
        unit->is_empty)
        return false;
    return unit_is_killing(unit) || unit->state == STATE_START || unit->state == STATE_START_POST ||
           unit->state == STATE_RUNNING || unit_is_reloading(unit);
}

/* systemd's service_notify_cgroup_empty_event(). */
void engine_empty(struct engine *engine, unit_id id, uint64_t now_us)
{
    struct unit *unit;

    if (!engine_knows(engine, id) || !unit_awaits_empty(engine, id))
        return;
    unit = &engine->units[id];
    unit->is_empty = !unit_is_killing(unit);
    if (unit_is_killing(unit)) {
        unit_nobody_left(engine, id, now_us);
    } else if (unit->is_seeking_main && !unit_waits_for_pid_file(engine, id)) {
        /* What becomes of the unit is decided by the answer, which is on its way. */
    } else if (unit->state == STATE_START || unit->state == STATE_START_POST) {
        if (spec_of(engine, id)->service.exit_type == EXIT_TYPE_CGROUP && !unit->is_seeking_main) {
            main_exited_early(engine, id, (enum unit_result)unit->result, now_us);
        } else {
            unit_blame(unit, RESULT_PROTOCOL); /* nobody is left who could say that it is ready */
            unit_raise(engine, id, EVENT_EMPTY, now_us);
        }
    } else {
        unit_raise(engine, id, unit_up_event(engine, id), now_us);
    }
    jobs_settle(engine, now_us);
}

void engine_signalled(struct engine *engine, unit_id id, bool anybody, uint64_t now_us)
{
    if (!engine_knows(engine, id) || !engine->units[id].is_signalling)
        return;
    if (anybody)
        unit_show(engine, id, now_us);
    else
        unit_nobody_left(engine, id, now_us);
    jobs_settle(engine, now_us);
}

static void check_ready(struct engine *engine, unit_id id, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];

    if (unit->awaiting == 0 && unit->state == STATE_START && !unit->is_spawning) {
        unit->ready_latency_us = now_us - unit->spawned_us;
        unit_raise(engine, id, EVENT_READY, now_us);
    }
}

void engine_arrived(struct engine *engine, unit_id id, enum await what, uint64_t now_us)
{
    if (!engine_knows(engine, id) || !(engine->units[id].awaiting & what))
        return;
    engine->units[id].awaiting &= (uint8_t)~what;
    check_ready(engine, id, now_us);
    jobs_settle(engine, now_us);
}

void unit_set_main(struct engine *engine, unit_id id, pid_t pid, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];

    unit->main_pid = pid;
    unit->main_exit = (struct process_exit){ 0 };
    unit->is_main_known = true;
    unit->spawned_us = now_us;
    unit->incarnation = ++engine->last_incarnation;
    engine_touch(engine, id);
}

void engine_spawned(struct engine *engine, unit_id id, pid_t pid, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];

    unit->is_spawning = false;
    if (unit_runs_main(engine, id)) {
        unit_set_main(engine, id, pid, now_us);
        check_ready(engine, id, now_us);
    } else {
        unit->control_pid = pid;
    }
    jobs_settle(engine, now_us);
}

void engine_spawn_failed(struct engine *engine, unit_id id, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];

    if (!unit->is_spawning) {
        engine->unexpected++; /* nothing was asked for */
        return;
    }
    unit->is_spawning = false;
    if (unit->state == STATE_RELOAD) {
        unit_reload_done(engine, id, RESULT_RESOURCES, now_us);
    } else {
        unit_blame(unit, RESULT_RESOURCES);
        if (unit_is_killing(unit))
            both_gone(engine, id, now_us);
        else
            unit_raise(engine, id, EVENT_LIST_FAILED, now_us);
    }
    jobs_settle(engine, now_us);
}

void engine_main_found(struct engine *engine, unit_id id, pid_t pid, uint64_t now_us)
{
    struct unit *unit;

    if (!engine_knows(engine, id) || !engine->units[id].is_seeking_main)
        return;
    unit = &engine->units[id];
    unit->is_seeking_main = false;
    if (pid > 0 && pid != unit->main_pid)
        unit_set_main(engine, id, pid, now_us);
    if (unit->state == STATE_START)
        unit_raise(engine, id, EVENT_LIST_DONE, now_us);
    else
        unit_raise(engine, id, unit_up_event(engine, id), now_us);
    jobs_settle(engine, now_us);
}

void engine_main_replaced(struct engine *engine, unit_id id, pid_t pid, uint64_t now_us)
{
    if (engine_knows(engine, id) && engine->units[id].main_pid > 0 && pid > 0)
        unit_set_main(engine, id, pid, now_us);
}

/* OOMPolicy= (systemd.service(5)). */
void engine_oom_killed(struct engine *engine, unit_id id, uint64_t now_us)
{
    enum oom_policy policy;
    struct unit *unit;

    if (!engine_knows(engine, id) || unit_is_down(&engine->units[id]))
        return;
    unit = &engine->units[id];
    policy = spec_of(engine, id)->service.oom_policy;
    if (policy == OOM_CONTINUE || unit_is_killing(unit) || unit->state == STATE_STOP_POST)
        return;
    unit_blame(unit, RESULT_OOM_KILL);
    if (policy == OOM_STOP && (unit->state == STATE_RUNNING || unit->state == STATE_EXITED))
        unit_raise(engine, id, EVENT_STOP, now_us);
    else if (unit->state >= STATE_CONDITION && unit->state <= STATE_START_POST)
        unit_raise(engine, id, policy == OOM_KILL ? EVENT_DEADLINE_KILL : EVENT_STOP, now_us);
    else if (unit->state == STATE_RUNNING)
        unit_raise(engine, id, EVENT_MAIN_FAILED, now_us);
    jobs_settle(engine, now_us);
}

/* A unit that comes up, runs or reloads is taken down as by a stop, or by a time-out that kills. */
static enum unit_event unhealthy_event(enum health_action action)
{
    return action == HEALTH_ACTION_KILL ? EVENT_DEADLINE_KILL : EVENT_STOP;
}

void engine_unhealthy(struct engine *engine, unit_id id, uint64_t now_us)
{
    const struct unit_spec *spec;
    enum health_action action;
    struct unit *unit;

    if (!engine_knows(engine, id))
        return;
    unit = &engine->units[id];
    spec = spec_of(engine, id);
    action = spec->health.on_failure;
    if (action == HEALTH_ACTION_NONE || unit->main_pid == 0 || unit->state < STATE_START ||
        unit->state > STATE_RELOAD_NOTIFY || unit->state == STATE_EXITED)
        return;
    engine_note(engine, id, NOTE_UNHEALTHY, action, 0);
    unit_blame(unit, RESULT_UNHEALTHY);
    if (action == HEALTH_ACTION_EXIT) {
        pod_end_by(engine, id, EMERGENCY_EXIT, pod_exit_status(RESULT_UNHEALTHY, unit->main_exit),
                   now_us);
    } else {
        unit->forbids_restart |= action == HEALTH_ACTION_STOP;
        unit_raise(engine, id, unhealthy_event(action), now_us);
    }
    jobs_settle(engine, now_us);
}

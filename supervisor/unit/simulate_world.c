#include "supervisor/unit/simulate_private.h"

#include <signal.h>

/*
 * The processes that there are in a scenario: of each unit at most one main and one control
 * process. They do what the lines of the scenario say, and otherwise go well.
 */

static const struct unit_spec *spec_of(const struct simulation *simulation, unit_id id)
{
    return simulation->engine.set->specs[id];
}

/* Of the run that is under way; before its main process is there, of the one that begins. */
static const struct scenario_rule *rule_of(const struct simulation *simulation, unit_id id,
                                           enum rule_kind kind, enum command_list list)
{
    bool is_early = list == LIST_CONDITION || list == LIST_START_PRE || kind == RULE_CHECK;

    return scenario_rule(simulation->scenario, kind, id, list,
                         simulation->units[id].runs + is_early);
}

/* --- what processes will do --- */

static void schedule_end(struct simulation *simulation, unit_id id, pid_t pid,
                         const struct scenario_rule *rule)
{
    struct happening end = { .kind = HAPPENING_EXIT, .id = id, .pid = pid, .exit = rule->exit };

    if (rule->exit.code != 0)
        simulation_schedule(simulation, end, simulation_pick(simulation, rule->after));
}

static void schedule_ready(struct simulation *simulation, unit_id id, pid_t pid)
{
    const struct unit_spec *spec = spec_of(simulation, id);
    const struct scenario_rule *ready = rule_of(simulation, id, RULE_READY, LIST_NONE);
    const struct scenario_rule *probe = rule_of(simulation, id, RULE_PROBE, LIST_NONE);
    uint64_t after_us = ready ? simulation_pick(simulation, ready->after) : 0;
    struct happening happening = { .id = id, .pid = pid };

    if (spec->service.type == TYPE_EXEC) {
        happening.kind = HAPPENING_EXEC;
        simulation_schedule(simulation, happening, spec->health.gate ? 0 : after_us);
    } else if (spec->service.type == TYPE_NOTIFY || spec->service.type == TYPE_NOTIFY_RELOAD) {
        happening.kind = HAPPENING_READY;
        simulation_schedule(simulation, happening, after_us);
    }
    if (spec->health.gate) {
        happening.kind = HAPPENING_PROBE;
        if (probe)
            after_us = usec_add(after_us, probe->count * spec->health.start_interval_us);
        simulation_schedule(simulation, happening, after_us);
    }
}

static void begin_main(struct simulation *simulation, unit_id id, pid_t pid)
{
    static const struct scenario_rule succeed = { .exit = { CLD_EXITED, 0 } };
    const struct scenario_rule *end = rule_of(simulation, id, RULE_END, LIST_NONE);
    const struct scenario_rule *cannot = rule_of(simulation, id, RULE_CANNOT_RUN, LIST_NONE);
    struct simulation_unit *unit = &simulation->units[id];

    unit->main = pid;
    unit->hangs = unit->is_ending = false;
    if (cannot) {
        schedule_end(simulation, id, pid, cannot);
        return;
    }
    if (spec_of(simulation, id)->service.type == TYPE_ONESHOT) {
        if (!end)
            end = rule_of(simulation, id, RULE_COMMAND, LIST_START);
        schedule_end(simulation, id, pid, end ? end : &succeed);
        return;
    }
    schedule_ready(simulation, id, pid);
    if (end)
        schedule_end(simulation, id, pid, end);
}

/* The parent of Type=forking is gone when its service is ready. */
static void begin_parent(struct simulation *simulation, unit_id id, pid_t pid)
{
    const struct scenario_rule *ready = rule_of(simulation, id, RULE_READY, LIST_NONE);
    const struct scenario_rule *cannot = rule_of(simulation, id, RULE_CANNOT_RUN, LIST_NONE);
    struct scenario_rule end = { .exit = { CLD_EXITED, 0 } };

    if (ready)
        end.after = ready->after;
    schedule_end(simulation, id, pid, cannot ? cannot : &end);
}

static void begin_control(struct simulation *simulation, unit_id id, pid_t pid,
                          enum command_list list)
{
    static const struct scenario_rule succeed = { .exit = { CLD_EXITED, 0 } };
    const struct scenario_rule *rule = rule_of(simulation, id, RULE_COMMAND, list);

    simulation->units[id].control = pid;
    if (list == LIST_START && !rule)
        begin_parent(simulation, id, pid);
    else
        schedule_end(simulation, id, pid, rule ? rule : &succeed);
}

static pid_t next_pid(struct simulation *simulation)
{
    simulation->next_pid = simulation->next_pid < INT32_MAX ? simulation->next_pid + 1 : 1;
    return simulation->next_pid;
}

static void perform_spawn(struct simulation *simulation, const struct unit_action *action)
{
    const struct unit *unit = &simulation->engine.units[action->id];
    enum command_list list = unit_state_info((enum unit_state)unit->state)->run;
    const struct scenario_rule *cannot;
    pid_t pid = next_pid(simulation);

    simulation_tell(simulation,
                    (struct trace){ .kind = TRACE_SPAWN, .id = action->id, .action = action });
    simulation->units[action->id].runs += list == LIST_START;
    cannot = rule_of(simulation, action->id, RULE_CANNOT_RUN, LIST_NONE);
    if (list == LIST_START && cannot && cannot->exit.code == 0) {
        engine_spawn_failed(&simulation->engine, action->id, engine_now(simulation));
        return;
    }
    if (action->is_main)
        begin_main(simulation, action->id, pid);
    else
        begin_control(simulation, action->id, pid, list);
    engine_spawned(&simulation->engine, action->id, pid, engine_now(simulation));
}

/* --- signals --- */

/* One that asks for the end: the main process takes its time, as the scenario says. */
static void ask_main(struct simulation *simulation, unit_id id, int signal)
{
    struct simulation_unit *unit = &simulation->units[id];
    const struct scenario_rule *rule = rule_of(simulation, id, RULE_STOP, LIST_NONE);
    struct scenario_rule stop = { .exit = { CLD_KILLED, signal } };

    if (unit->hangs || unit->is_ending)
        return;
    unit->is_ending = true;
    if (rule) {
        stop.after = rule->after;
        if (rule->exit.code != 0)
            stop.exit = rule->exit;
    }
    schedule_end(simulation, id, unit->main, &stop);
}

static void hit(struct simulation *simulation, const struct unit_action *action)
{
    struct simulation_unit *unit = &simulation->units[action->id];
    struct unit_action note = { .kind = ACTION_NOTE, .id = action->id, .note = NOTE_KILLING };
    struct scenario_rule killed = { .exit = { CLD_KILLED, action->signal } };

    simulation_tell(simulation, (struct trace){ .kind = TRACE_SIGNAL,
                                                .id = action->id,
                                                .action = action,
                                                .signal = action->signal });
    if (action->stage == KILL_STAGE_FINAL)
        simulation_tell(simulation,
                        (struct trace){ .kind = TRACE_NOTE, .id = note.id, .action = &note });
    if (unit->control)
        schedule_end(simulation, action->id, unit->control, &killed);
    if (unit->main && action->stage != KILL_STAGE_TERM)
        schedule_end(simulation, action->id, unit->main, &killed);
    else if (unit->main)
        ask_main(simulation, action->id, action->signal);
}

static void perform_signal(struct simulation *simulation, const struct unit_action *action)
{
    struct simulation_unit *unit = &simulation->units[action->id];
    const struct kill_spec *kill = &spec_of(simulation, action->id)->kill;
    bool anybody = (unit->main || unit->control) && kill->mode != KILL_NONE &&
                   (action->stage != KILL_STAGE_FINAL || kill->send_sigkill);

    if (anybody)
        hit(simulation, action);
    engine_signalled(&simulation->engine, action->id, anybody, engine_now(simulation));
}

/* Type=notify-reload: it begins at once, and takes as long as a reload command would. */
static void perform_reload(struct simulation *simulation, const struct unit_action *action)
{
    struct simulation_unit *unit = &simulation->units[action->id];
    const struct scenario_rule *rule = rule_of(simulation, action->id, RULE_COMMAND, LIST_RELOAD);
    struct happening happening = { .id = action->id, .pid = unit->main };

    simulation_tell(simulation, (struct trace){ .kind = TRACE_SIGNAL,
                                                .id = action->id,
                                                .action = action,
                                                .signal = action->signal });
    happening.kind = HAPPENING_RELOADING;
    simulation_schedule(simulation, happening, 0);
    happening.kind = HAPPENING_READY;
    if (!rule || rule->exit.code != 0)
        simulation_schedule(simulation, happening,
                            rule ? simulation_pick(simulation, rule->after) : 0);
}

static void perform_kill_control(struct simulation *simulation, const struct unit_action *action)
{
    struct simulation_unit *unit = &simulation->units[action->id];
    struct scenario_rule killed = { .exit = { CLD_KILLED, SIGKILL } };

    if (unit->control == action->pid)
        schedule_end(simulation, action->id, action->pid, &killed);
}

static void perform_check(struct simulation *simulation, unit_id id)
{
    static const enum check_result results[] = { CHECK_MET, CHECK_CONDITION_FAILED,
                                                 CHECK_ASSERT_FAILED };
    const struct scenario_rule *rule = rule_of(simulation, id, RULE_CHECK, LIST_NONE);

    engine_checked(&simulation->engine, id, results[rule ? rule->check : 0],
                   engine_now(simulation));
}

void world_perform(struct simulation *simulation, const struct unit_action *action)
{
    struct trace trace = { .kind = TRACE_NOTE, .id = action->id, .action = action };

    switch (action->kind) {
    case ACTION_SPAWN:
        perform_spawn(simulation, action);
        break;
    case ACTION_SIGNAL:
        perform_signal(simulation, action);
        break;
    case ACTION_RELOAD:
        perform_reload(simulation, action);
        break;
    case ACTION_KILL_CONTROL:
        perform_kill_control(simulation, action);
        break;
    case ACTION_CHECK:
        perform_check(simulation, action->id);
        break;
    case ACTION_FIND_MAIN:
        engine_main_found(&simulation->engine, action->id, simulation->units[action->id].main,
                          engine_now(simulation));
        break;
    case ACTION_WATCH:
        if (action->watch != WATCH_NOT)
            engine_path_news(&simulation->engine, action->id, PATH_ABSENT, engine_now(simulation));
        break;
    case ACTION_CHANGED:
        break;
    case ACTION_NOTE:
        simulation_tell(simulation, trace);
        break;
    case ACTION_EXIT:
        simulation->exit_status = action->status;
        trace.kind = TRACE_EXIT;
        trace.id = UNIT_NONE;
        trace.signal = action->status;
        simulation_tell(simulation, trace);
        break;
    }
}

/* --- what happens --- */

static bool process_ends(struct simulation *simulation, unit_id id, pid_t pid,
                         struct process_exit exit)
{
    struct simulation_unit *unit = &simulation->units[id];
    const struct unit *state = &simulation->engine.units[id];
    bool is_parent = pid > 0 && pid == unit->control && state->state == STATE_START;

    if (pid <= 0 || (pid != unit->main && pid != unit->control))
        return false;
    if (pid == unit->main) {
        unit->main = 0;
        unit->last_exit = exit;
    } else {
        unit->control = 0;
    }
    /* It leaves its service behind. */
    if (is_parent && exit.code == CLD_EXITED && exit.status == 0)
        begin_main(simulation, id, next_pid(simulation));
    engine_exited(&simulation->engine, id, pid, exit, engine_now(simulation));
    /* As PID 1 does after it has reaped: was that the last process? */
    if (!unit->main && !unit->control && unit_awaits_empty(&simulation->engine, id))
        engine_empty(&simulation->engine, id, engine_now(simulation));
    return true;
}

static const struct notification silence = { .monotonic_us = USEC_INFINITY,
                                             .watchdog_us = USEC_INFINITY };

static bool says(struct simulation *simulation, unit_id id, pid_t pid,
                 const struct notification *notification)
{
    struct simulation_unit *unit = &simulation->units[id];

    if (pid <= 0 || pid != unit->main || unit->hangs)
        return false;
    engine_notified(&simulation->engine, id, notification, engine_now(simulation));
    return true;
}

static bool arrives(struct simulation *simulation, unit_id id, pid_t pid, enum await what)
{
    struct simulation_unit *unit = &simulation->units[id];

    if (pid <= 0 || pid != unit->main || unit->hangs)
        return false;
    engine_arrived(&simulation->engine, id, what, engine_now(simulation));
    return true;
}

static bool says_ready(struct simulation *simulation, unit_id id, pid_t pid)
{
    struct notification ready = silence;

    ready.ready = true;
    return says(simulation, id, pid, &ready);
}

static bool says_reloading(struct simulation *simulation, unit_id id, pid_t pid)
{
    struct notification reloading = silence;

    reloading.reloading = true;
    reloading.monotonic_us = engine_now(simulation);
    return says(simulation, id, pid, &reloading);
}

void world_happen(struct simulation *simulation, const struct happening *happening)
{
    switch (happening->kind) {
    case HAPPENING_EXIT:
        (void)process_ends(simulation, happening->id, happening->pid, happening->exit);
        break;
    case HAPPENING_EXEC:
        (void)arrives(simulation, happening->id, happening->pid, AWAIT_EXEC);
        break;
    case HAPPENING_READY:
        (void)says_ready(simulation, happening->id, happening->pid);
        break;
    case HAPPENING_PROBE:
        (void)arrives(simulation, happening->id, happening->pid, AWAIT_PROBE);
        break;
    case HAPPENING_RELOADING:
        (void)says_reloading(simulation, happening->id, happening->pid);
        break;
    }
}

bool world_play(struct simulation *simulation, const struct scenario_event *event)
{
    struct engine *engine = &simulation->engine;
    struct simulation_unit *unit = event->id == UNIT_NONE ? NULL : &simulation->units[event->id];
    struct notification stopping = silence;

    switch (event->what) {
    case HAPPENS_EXIT:
        return process_ends(simulation, event->id, unit->main, event->exit);
    case HAPPENS_READY:
        return says_ready(simulation, event->id, unit->main);
    case HAPPENS_RELOADING:
        return says_reloading(simulation, event->id, unit->main);
    case HAPPENS_STOPPING:
        stopping.stopping = true;
        return says(simulation, event->id, unit->main, &stopping);
    case HAPPENS_HANG:
        unit->hangs = unit->main > 0;
        return unit->hangs;
    case HAPPENS_UNHEALTHY:
        if (unit->main <= 0)
            return false;
        engine_unhealthy(engine, event->id, engine_now(simulation));
        return true;
    case HAPPENS_REQUEST:
        return engine_request(engine, event->id, event->job, true, engine_now(simulation)) == 0;
    case HAPPENS_RESET:
        engine_reset_failed(engine, event->id);
        return true;
    case HAPPENS_SHUTDOWN:
        engine_shutdown(engine, 0, engine_now(simulation));
        return true;
    }
    return false;
}

void world_ping(struct simulation *simulation)
{
    struct notification ping = silence;

    ping.watchdog = true;
    for (size_t i = 0; i < simulation->engine.set->count; i++)
        if (simulation->engine.units[i].watchdog_deadline_us <= engine_now(simulation))
            (void)says(simulation, (unit_id)i, simulation->units[i].main, &ping);
}

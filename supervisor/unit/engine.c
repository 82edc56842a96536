#include "supervisor/unit/engine_private.h"

#include <errno.h>

int engine_init(struct engine *engine, const struct unit_set *set)
{
    size_t size = set->count * (ACTIONS_PER_UNIT + NOTES_PER_UNIT) + QUEUE_BASE;

    *engine = (struct engine){ .set = set, .queue_size = size };
    engine->units = calloc(set->count ? set->count : 1, sizeof(*engine->units));
    engine->queue = calloc(size, sizeof(*engine->queue));
    if (!engine->units || !engine->queue || transaction_init(engine) < 0 ||
        reactions_init(engine) < 0 || watching_init(engine) < 0) {
        engine_release(engine);
        return -ENOMEM;
    }
    for (size_t i = 0; i < set->count; i++) {
        struct unit *unit = &engine->units[i];

        unit->deadline_us = unit->watchdog_deadline_us = unit->watchdog_us = USEC_INFINITY;
        unit->job_deadline_us = unit->steady_deadline_us = USEC_INFINITY;
        unit->monitor = UNIT_NONE;
    }
    return 0;
}

void engine_release(struct engine *engine)
{
    free(take_pointer(&engine->units));
    free(take_pointer(&engine->queue));
    free(take_pointer(&engine->watched));
    free(take_pointer(&engine->paths));
    free(take_pointer(&engine->transaction));
    free(take_pointer(&engine->touched));
    free(take_pointer(&engine->pending));
}

const char *unit_sub_state(const struct unit *unit)
{
    return unit_state_info((enum unit_state)unit->state)->name;
}

enum active_state unit_active_state(const struct unit *unit)
{
    return (enum active_state)unit->active;
}

/* --- entering a state --- */

/* xorshift64*: the delay shall differ from unit to unit, not be secret. */
static uint64_t random_below(struct engine *engine, uint64_t limit)
{
    if (limit == 0)
        return 0;
    engine->random ^= engine->random >> 12;
    engine->random ^= engine->random << 25;
    engine->random ^= engine->random >> 27;
    return engine->random * UINT64_C(2685821657736338717) % limit;
}

/* reeve's own helpers may be killed as often as somebody likes: only one that does not live is
 * tried more and more seldom. */
static unsigned restart_number(const struct engine *engine, unit_id id, uint64_t now_us)
{
    const struct unit *unit = &engine->units[id];
    bool has_lived = unit->is_main_known && now_us - unit->spawned_us >= HELPER_LIVES_US;

    return spec_of(engine, id)->is_internal && has_lived ? 1 : unit->restarts + 1;
}

static uint64_t deadline_of(const struct engine *engine, unit_id id, enum deadline_kind kind,
                            uint64_t now_us)
{
    const struct service_spec *service = &spec_of(engine, id)->service;
    const struct unit *unit = &engine->units[id];

    switch (kind) {
    case DEADLINE_NONE:
        break;
    case DEADLINE_START:
        return usec_add(now_us, service->timeout_start_us);
    case DEADLINE_RUNTIME:
        return usec_add(usec_add(unit->active_us, service->runtime_max_us), unit->runtime_extra_us);
    case DEADLINE_STOP:
        return usec_add(now_us, service->timeout_stop_us);
    case DEADLINE_ABORT:
        return usec_add(now_us, service->timeout_abort_us);
    case DEADLINE_RESTART:
        return usec_add(now_us, restart_delay_us(service, restart_number(engine, id, now_us)));
    }
    return USEC_INFINITY;
}

static const struct exec_command *list_of(const struct service_spec *service,
                                          enum command_list list)
{
    switch (list) {
    case LIST_NONE:
        break;
    case LIST_CONDITION:
        return service->exec_condition;
    case LIST_START_PRE:
        return service->exec_start_pre;
    case LIST_START:
        return service->exec_start;
    case LIST_START_POST:
        return service->exec_start_post;
    case LIST_RELOAD:
        return service->exec_reload;
    case LIST_STOP:
        return service->exec_stop;
    case LIST_STOP_POST:
        return service->exec_stop_post;
    }
    return NULL;
}

bool unit_runs_main(const struct engine *engine, unit_id id)
{
    return engine->units[id].state == STATE_START &&
           spec_of(engine, id)->service.type != TYPE_FORKING;
}

void unit_spawn(struct engine *engine, unit_id id, const struct exec_command *command,
                uint64_t now_us)
{
    struct unit *unit = &engine->units[id];
    const struct state_info *info = unit_state_info((enum unit_state)unit->state);

    unit->command = command;
    unit->is_spawning = true;
    unit->is_empty = false;
    /* systemd times each command of a list by itself. */
    unit->deadline_us = deadline_of(engine, id, info->deadline, now_us);
    engine_push(engine, (struct unit_action){ .kind = ACTION_SPAWN,
                                              .id = id,
                                              .command = command,
                                              .is_main = unit_runs_main(engine, id) });
}

static uint8_t awaited(const struct unit_spec *spec)
{
    unsigned awaiting = spec->health.gate ? AWAIT_PROBE : 0;

    switch (spec->service.type) {
    case TYPE_SIMPLE:
    case TYPE_IDLE:
        break;
    case TYPE_EXEC:
        awaiting |= AWAIT_EXEC;
        break;
    case TYPE_FORKING:
    case TYPE_ONESHOT:
        awaiting = AWAIT_EXIT;
        break;
    case TYPE_NOTIFY:
    case TYPE_NOTIFY_RELOAD:
        awaiting |= AWAIT_NOTIFY;
        break;
    }
    return (uint8_t)awaiting;
}

/* Whether there still is what the unit is about. Where the main process is not known, that is
 * anybody. */
static bool is_good(const struct engine *engine, unit_id id)
{
    const struct unit *unit = &engine->units[id];
    const struct service_spec *service = &spec_of(engine, id)->service;
    bool anybody_counts = service->exit_type == EXIT_TYPE_CGROUP ||
                          (service->type == TYPE_FORKING && !unit->is_main_known);

    return unit->main_pid > 0 || (anybody_counts && !unit->is_empty);
}

enum unit_event unit_up_event(const struct engine *engine, unit_id id)
{
    const struct unit *unit = &engine->units[id];

    if (unit->result != RESULT_SUCCESS)
        return EVENT_MAIN_FAILED;
    if (!is_good(engine, id))
        return spec_of(engine, id)->service.remain_after_exit ? EVENT_MAIN_REMAINS
                                                              : EVENT_MAIN_DONE;
    if (unit->notify_state == NOTIFY_STATE_STOPPING)
        return EVENT_STOPPING;
    return unit->notify_state == NOTIFY_STATE_RELOADING ? EVENT_RELOADING : EVENT_UP;
}

/* Type=notify-reload is told by a signal, with or without ExecReload= (systemd.service(5)). */
static enum unit_event begin_reload(struct engine *engine, unit_id id, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];
    const struct service_spec *service = &spec_of(engine, id)->service;
    bool is_signalled = service->type == TYPE_NOTIFY_RELOAD && unit->main_pid > 0;

    unit->reload_us = now_us;
    unit->reload_result = RESULT_SUCCESS;
    if (is_signalled)
        engine_push(engine, (struct unit_action){ .kind = ACTION_RELOAD,
                                                  .id = id,
                                                  .signal = service->reload_signal });
    if (service->exec_reload) {
        unit_spawn(engine, id, service->exec_reload, now_us);
        return EVENT_COUNT;
    }
    return is_signalled ? EVENT_RELOAD_SIGNAL : unit_up_event(engine, id);
}

/* Runs the command list of the state. EVENT_COUNT: nothing follows at once. */
static enum unit_event begin_list(struct engine *engine, unit_id id, enum command_list list,
                                  uint64_t now_us)
{
    struct unit *unit = &engine->units[id];
    const struct exec_command *first = list_of(&spec_of(engine, id)->service, list);

    if (list == LIST_NONE)
        return EVENT_COUNT;
    /* A control process that not even SIGKILL could end is left behind: its place is needed. */
    unit->control_pid = 0;
    if (list == LIST_RELOAD)
        return begin_reload(engine, id, now_us);
    if (!first)
        return list == LIST_START_POST ? unit_up_event(engine, id) : EVENT_LIST_DONE;
    if (list == LIST_START)
        unit->awaiting = awaited(spec_of(engine, id));
    if (list == LIST_START && unit->is_idle) {
        unit->is_idling = true;
        unit->deadline_us = usec_add(now_us, IDLE_WAIT_US);
        return EVENT_COUNT;
    }
    unit_spawn(engine, id, first, now_us);
    return EVENT_COUNT;
}

void unit_end_idling(struct engine *engine, unit_id id, uint64_t now_us)
{
    engine->units[id].is_idling = false;
    unit_spawn(engine, id, spec_of(engine, id)->service.exec_start, now_us);
}

static void note_entry(struct engine *engine, unit_id id, enum active_state before, uint64_t now_us)
{
    const struct unit *unit = &engine->units[id];
    bool is_service = spec_of(engine, id)->kind == UNIT_SERVICE;
    bool is_oneshot = is_service && spec_of(engine, id)->service.type == TYPE_ONESHOT;

    switch (unit_active_state(unit)) {
    case ACTIVE_INACTIVE:
        if (unit->result == RESULT_EXEC_CONDITION)
            engine_note(engine, id, NOTE_SKIPPED, SKIPPED_BY_COMMAND, 0);
        else if (before != ACTIVE_ACTIVATING && is_service && !is_oneshot)
            engine_note(engine, id, NOTE_STOPPED, 0, 0);
        break;
    case ACTIVE_ACTIVE:
        if (before == ACTIVE_RELOADING)
            engine_note(engine, id, NOTE_RELOADED, unit->reload_result, 0);
        else
            engine_note(engine, id, is_oneshot ? NOTE_FINISHED : NOTE_STARTED, 0, 0);
        break;
    case ACTIVE_FAILED:
        engine_note(engine, id, NOTE_FAILED, unit->result, 0);
        break;
    case ACTIVE_RELOADING:
        engine_note(engine, id, NOTE_RELOADING, 0, 0);
        break;
    case ACTIVE_ACTIVATING:
    case ACTIVE_DEACTIVATING:
        break;
    }
    if (unit->state == STATE_AUTO_RESTART)
        engine_note(engine, id, NOTE_RESTART_SCHEDULED,
                    (int64_t)((unit->deadline_us - now_us) / USEC_PER_MSEC), unit->restarts + 1);
}

/* Follow-ups of being in a state, after everybody has been told. */
static enum unit_event entered(struct engine *engine, unit_id id, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];

    switch ((enum unit_state)unit->state) {
    case STATE_DEAD_BEFORE_AUTO_RESTART:
    case STATE_FAILED_BEFORE_AUTO_RESTART:
        return EVENT_END_RESTART;
    case STATE_AUTO_RESTART_QUEUED:
        unit->restarts++;
        return jobs_auto_restart(engine, id, now_us);
    case STATE_DEAD:
    case STATE_FAILED:
        pod_unit_ended(engine, id, now_us);
        break;
    default:
        break;
    }
    return EVENT_COUNT;
}

static int kill_signal(const struct engine *engine, unit_id id, enum kill_stage stage)
{
    const struct kill_spec *kill = &spec_of(engine, id)->kill;
    const struct unit *unit = &engine->units[id];
    bool is_restart = unit->job == JOB_RESTART && unit->state == STATE_STOP_SIGTERM;

    switch (stage) {
    case KILL_STAGE_NONE:
        break;
    case KILL_STAGE_TERM:
        return is_restart && kill->restart_signal > 0 ? kill->restart_signal : kill->signal;
    case KILL_STAGE_ABORT:
        return kill->watchdog_signal;
    case KILL_STAGE_FINAL:
        return kill->final_signal;
    }
    return 0;
}

/* The watchdog is on duty from the moment that the service is ready until it is told to stop. */
static void set_watchdog(struct engine *engine, unit_id id, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];

    if (unit->state == STATE_START_POST)
        unit_pet_watchdog(unit, now_us);
    else if (unit->state < STATE_START_POST || unit->state > STATE_RELOAD_NOTIFY ||
             unit->state == STATE_EXITED)
        unit->watchdog_deadline_us = USEC_INFINITY;
}

void unit_pet_watchdog(struct unit *unit, uint64_t now_us)
{
    unit->watchdog_deadline_us =
        unit->watchdog_us == 0 ? USEC_INFINITY : usec_add(now_us, unit->watchdog_us);
}

/* The ActiveState that belongs to the state. */
static enum active_state active_of(const struct unit *unit)
{
    enum unit_state state = (enum unit_state)unit->state;

    /* Nobody waits for a Type=idle service to come up. */
    if (unit->is_idle && state >= STATE_CONDITION && state <= STATE_START_POST)
        return ACTIVE_ACTIVE;
    return unit_state_info(state)->active;
}

static void set_active_time(struct engine *engine, unit_id id, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];

    if (!active_is_up(active_of(unit)) || unit_is_up(unit))
        return;
    unit->active_us = now_us;
    unit->runtime_extra_us =
        random_below(engine, spec_of(engine, id)->service.runtime_random_extra_us);
}

/* The unit stays in its state: now the others see it there. */
static enum unit_event show(struct engine *engine, unit_id id, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];
    enum active_state before = unit_active_state(unit);

    unit->active = (uint8_t)active_of(unit);
    if (unit_active_state(unit) != before)
        unit->since_us = now_us;
    if (unit_active_state(unit) != before || unit->state == STATE_AUTO_RESTART)
        note_entry(engine, id, before, now_us);
    jobs_state_changed(engine, id, before, now_us);
    return entered(engine, id, now_us);
}

static void ask_for_signal(struct engine *engine, unit_id id, enum kill_stage stage)
{
    engine->units[id].is_signalling = true;
    engine_push(engine, (struct unit_action){ .kind = ACTION_SIGNAL,
                                              .id = id,
                                              .stage = stage,
                                              .signal = kill_signal(engine, id, stage) });
}

static enum unit_event enter(struct engine *engine, unit_id id, enum unit_event event,
                             enum unit_state next, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];
    const struct state_info *info = unit_state_info(next);
    bool was_reloading = unit_is_reloading(unit);
    enum unit_event follow;

    unit->state = (uint8_t)next;
    unit->is_idling = unit->is_spawning = unit->is_seeking_main = unit->is_signalling = false;
    /* A control process that is being killed may yet succeed, and then its list goes on. */
    if (info->kill == KILL_STAGE_NONE || unit->control_pid == 0)
        unit->command = NULL;
    set_active_time(engine, id, now_us);
    /* A reload has one time-out, from its begin on, whatever the service says about it. */
    if (next != STATE_RELOAD_NOTIFY || !was_reloading)
        unit->deadline_us = deadline_of(engine, id, info->deadline, now_us);
    set_watchdog(engine, id, now_us);
    /* A service that says STOPPING=1 has been told already. */
    if (info->kill != KILL_STAGE_NONE && event != EVENT_STOPPING)
        ask_for_signal(engine, id, info->kill);
    if (spec_of(engine, id)->kind == UNIT_PATH && next != STATE_PATH_WAITING)
        path_unwatch(engine, id);
    engine_touch(engine, id);
    follow = begin_list(engine, id, info->run, now_us);
    if (follow != EVENT_COUNT || unit->is_signalling)
        return follow;
    return show(engine, id, now_us);
}

void unit_show(struct engine *engine, unit_id id, uint64_t now_us)
{
    engine->units[id].is_signalling = false;
    unit_raise(engine, id, show(engine, id, now_us), now_us);
}

void unit_raise(struct engine *engine, unit_id id, enum unit_event event, uint64_t now_us)
{
    while (event != EVENT_COUNT) {
        struct unit *unit = &engine->units[id];
        struct unit_move move = unit_move((enum unit_state)unit->state, event);

        if (engine->raised)
            engine->raised(engine->raised_context, id, event);
        if (!move.decided) {
            engine->unexpected++;
            engine_note(engine, id, NOTE_UNEXPECTED, unit->state, event);
            return;
        }
        if (move.stay)
            return;
        event = enter(engine, id, event, move.next, now_us);
    }
}

/* --- reload --- */

static const struct exec_command *same_position(const struct exec_command *old_list,
                                                const struct exec_command *command,
                                                const struct exec_command *new_list)
{
    while (old_list && new_list && old_list != command) {
        old_list = old_list->next;
        new_list = new_list->next;
    }
    return old_list ? new_list : NULL;
}

void engine_adopt(struct engine *engine, unit_id id, const struct engine *old, unit_id from)
{
    struct unit *unit = &engine->units[id];
    enum command_list list;

    *unit = old->units[from];
    unit->is_changed = false;
    unit->monitor = UNIT_NONE; /* positions are not what they were */
    list = unit_state_info((enum unit_state)unit->state)->run;
    if (unit->command)
        unit->command = same_position(list_of(&spec_of(old, from)->service, list), unit->command,
                                      list_of(&spec_of(engine, id)->service, list));
    if (spec_of(engine, id)->kind == UNIT_PATH)
        path_adopt(engine, id, old, from);
}

void engine_adopt_pod(struct engine *engine, const struct engine *old)
{
    engine->queued = old->queued;
    engine->queued_context = old->queued_context;
    engine->last_incarnation = old->last_incarnation;
    engine->last_job = old->last_job;
    engine->random = old->random;
    engine->unexpected = old->unexpected;
    engine->dropped = old->dropped;
    engine->exit_status = old->exit_status;
    engine->stopping_us = old->stopping_us;
    engine->is_stopping = old->is_stopping;
    engine->is_started = old->is_started;
    engine->has_exited = old->has_exited;
    engine->jobs_changed = true;
    engine_recount(engine);
}

void engine_recount(struct engine *engine)
{
    engine->jobs = engine->waiting_jobs = 0;
    for (size_t i = 0; i < engine->set->count; i++) {
        engine->jobs += engine->units[i].job != JOB_NONE;
        engine->waiting_jobs += unit_has_waiting_job(&engine->units[i]);
    }
}

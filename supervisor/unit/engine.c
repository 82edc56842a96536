#include "supervisor/unit/engine_private.h"

#include <errno.h>

enum {
    /* Each unit has at most one spawn, one signal and one change in the queue; the rest is for
       notes. */
    ACTIONS_PER_UNIT = 3,
    NOTES_PER_UNIT = 5,
    QUEUE_BASE = 64,
};

int engine_init(struct engine *engine, const struct unit_set *set)
{
    size_t size = set->count * (ACTIONS_PER_UNIT + NOTES_PER_UNIT) + QUEUE_BASE;

    *engine = (struct engine){ .set = set, .queue_size = size };
    engine->units = calloc(set->count ? set->count : 1, sizeof(*engine->units));
    engine->queue = calloc(size, sizeof(*engine->queue));
    if (!engine->units || !engine->queue) {
        engine_release(engine);
        return -ENOMEM;
    }
    for (size_t i = 0; i < set->count; i++)
        engine->units[i].deadline_us = USEC_INFINITY;
    return 0;
}

void engine_release(struct engine *engine)
{
    free(take_pointer(&engine->units));
    free(take_pointer(&engine->queue));
}

const char *unit_sub_state(const struct unit *unit)
{
    return unit_state_info((enum unit_state)unit->state)->name;
}

enum active_state unit_active_state(const struct unit *unit)
{
    return unit_state_info((enum unit_state)unit->state)->active;
}

/* --- the queue --- */

static void push(struct engine *engine, struct unit_action action)
{
    size_t reserved = action.kind == ACTION_NOTE ? engine->set->count * ACTIONS_PER_UNIT : 0;

    if (engine->queue_count + reserved >= engine->queue_size) {
        engine->dropped++;
        return;
    }
    engine->queue[(engine->queue_first + engine->queue_count) % engine->queue_size] = action;
    engine->queue_count++;
}

/* A unit may have moved on while the action lay in the queue: then there is nothing left to do. */
static bool is_stale(const struct engine *engine, const struct unit_action *action)
{
    const struct unit *unit = &engine->units[action->id];

    return (action->kind == ACTION_SPAWN && action->command != unit->command) ||
           (action->kind == ACTION_SIGNAL &&
            action->stage != unit_state_info((enum unit_state)unit->state)->kill);
}

bool engine_next_action(struct engine *engine, struct unit_action *ret_action)
{
    while (engine->queue_count > 0) {
        const struct unit_action *action = &engine->queue[engine->queue_first];

        engine->queue_first = (engine->queue_first + 1) % engine->queue_size;
        engine->queue_count--;
        if (action->kind == ACTION_CHANGED)
            engine->units[action->id].is_changed = false;
        if (is_stale(engine, action))
            continue;
        *ret_action = *action;
        return true;
    }
    return false;
}

void engine_note(struct engine *engine, unit_id id, enum note note, int64_t a, int64_t b)
{
    push(engine,
         (struct unit_action){ .kind = ACTION_NOTE, .id = id, .note = note, .a = a, .b = b });
}

void engine_touch(struct engine *engine, unit_id id)
{
    if (engine->units[id].is_changed)
        return;
    engine->units[id].is_changed = true;
    push(engine, (struct unit_action){ .kind = ACTION_CHANGED, .id = id });
}

void engine_exit(struct engine *engine, int status)
{
    push(engine, (struct unit_action){ .kind = ACTION_EXIT, .status = status });
}

/* --- entering a state --- */

static uint64_t deadline_of(const struct engine *engine, unit_id id, enum deadline_kind kind,
                            uint64_t now_us)
{
    const struct service_spec *service = &spec_of(engine, id)->service;

    switch (kind) {
    case DEADLINE_NONE:
        break;
    case DEADLINE_START:
        return usec_add(now_us, service->timeout_start_us);
    case DEADLINE_STOP:
        return usec_add(now_us, service->timeout_stop_us);
    case DEADLINE_RESTART:
        return usec_add(now_us, restart_delay_us(service, engine->units[id].restarts + 1));
    }
    return USEC_INFINITY;
}

static const struct exec_command *list_of(const struct service_spec *service,
                                          enum command_list list)
{
    switch (list) {
    case LIST_NONE:
        break;
    case LIST_START_PRE:
        return service->exec_start_pre;
    case LIST_START:
        return service->exec_start;
    case LIST_START_POST:
        return service->exec_start_post;
    case LIST_STOP:
        return service->exec_stop;
    case LIST_STOP_POST:
        return service->exec_stop_post;
    }
    return NULL;
}

void unit_spawn(struct engine *engine, unit_id id, const struct exec_command *command,
                uint64_t now_us)
{
    struct unit *unit = &engine->units[id];
    const struct state_info *info = unit_state_info((enum unit_state)unit->state);

    unit->command = command;
    /* systemd times each command of a list by itself. */
    unit->deadline_us = deadline_of(engine, id, info->deadline, now_us);
    push(engine, (struct unit_action){ .kind = ACTION_SPAWN,
                                       .id = id,
                                       .command = command,
                                       .is_main = info->run == LIST_START });
}

static uint8_t awaited(const struct unit_spec *spec)
{
    unsigned awaiting = spec->health.gate ? AWAIT_PROBE : 0;

    switch (spec->service.type) {
    case TYPE_SIMPLE:
    case TYPE_IDLE:
    case TYPE_FORKING:
        break;
    case TYPE_EXEC:
        awaiting |= AWAIT_EXEC;
        break;
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

/* The event that a main process which is already gone means for a unit that has just come up. */
enum unit_event unit_main_event(const struct engine *engine, unit_id id, enum unit_result result)
{
    if (result != RESULT_SUCCESS)
        return EVENT_MAIN_FAILED;
    return spec_of(engine, id)->service.remain_after_exit ? EVENT_MAIN_REMAINS : EVENT_MAIN_DONE;
}

/* Runs the command list of the state. EVENT_COUNT: nothing follows at once. */
static enum unit_event begin_list(struct engine *engine, unit_id id, enum command_list list,
                                  uint64_t now_us)
{
    struct unit *unit = &engine->units[id];
    const struct exec_command *first = list_of(&spec_of(engine, id)->service, list);

    if (list == LIST_NONE)
        return EVENT_COUNT;
    if (!first)
        return EVENT_LIST_DONE;
    /* A control process that not even SIGKILL could end is left behind: its place is needed. */
    unit->control_pid = 0;
    if (list == LIST_START)
        unit->awaiting = awaited(spec_of(engine, id));
    unit_spawn(engine, id, first, now_us);
    return EVENT_COUNT;
}

static void note_entry(struct engine *engine, unit_id id, enum active_state before)
{
    const struct unit *unit = &engine->units[id];
    bool is_oneshot = spec_of(engine, id)->service.type == TYPE_ONESHOT &&
                      spec_of(engine, id)->kind == UNIT_SERVICE;

    switch (unit_active_state(unit)) {
    case ACTIVE_INACTIVE:
        if (before == ACTIVE_DEACTIVATING && !is_oneshot)
            engine_note(engine, id, NOTE_STOPPED, 0, 0);
        break;
    case ACTIVE_ACTIVE:
        engine_note(engine, id, is_oneshot ? NOTE_FINISHED : NOTE_STARTED, 0, 0);
        break;
    case ACTIVE_FAILED:
        engine_note(engine, id, NOTE_FAILED, unit->result, 0);
        break;
    case ACTIVE_ACTIVATING:
        if (unit->state == STATE_AUTO_RESTART)
            engine_note(
                engine, id, NOTE_RESTART_SCHEDULED,
                (int64_t)(restart_delay_us(&spec_of(engine, id)->service, unit->restarts + 1) /
                          USEC_PER_MSEC),
                unit->restarts + 1);
        break;
    case ACTIVE_DEACTIVATING:
        break;
    }
}

static enum emergency_action emergency_of(const struct unit_spec *spec, const struct unit *unit)
{
    if (unit->state == STATE_FAILED)
        return unit->result == RESULT_START_LIMIT_HIT && spec->start_limit_action != EMERGENCY_NONE
                   ? spec->start_limit_action
                   : spec->failure_action;
    return unit->state == STATE_DEAD ? spec->success_action : EMERGENCY_NONE;
}

/* FailureAction= and SuccessAction=: the unit takes the pod down with it. */
static void emergency(struct engine *engine, unit_id id, uint64_t now_us)
{
    const struct unit *unit = &engine->units[id];
    const struct unit_spec *spec = spec_of(engine, id);
    int status = unit->state == STATE_FAILED ? spec->failure_action_exit_status
                                             : spec->success_action_exit_status;

    if (engine->is_stopping || emergency_of(spec, unit) == EMERGENCY_NONE)
        return;
    if (status < 0)
        status = pod_exit_status((enum unit_result)unit->result, unit->main_exit);
    engine_note(engine, id, NOTE_POD_ENDS, status, 0);
    jobs_shutdown(engine, status, now_us);
}

/* Follow-ups of being in a state, after everybody has been told. */
static enum unit_event entered(struct engine *engine, unit_id id, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];

    switch ((enum unit_state)unit->state) {
    case STATE_RUNNING:
        if (unit->main_pid == 0)
            return unit_main_event(engine, id, (enum unit_result)unit->result);
        break;
    case STATE_AUTO_RESTART_QUEUED:
        unit->restarts++;
        jobs_auto_restart(engine, id);
        break;
    case STATE_DEAD:
    case STATE_FAILED:
        emergency(engine, id, now_us);
        break;
    case STATE_START_PRE:
    case STATE_START:
    case STATE_START_POST:
    case STATE_EXITED:
    case STATE_STOP:
    case STATE_STOP_SIGTERM:
    case STATE_STOP_SIGKILL:
    case STATE_STOP_POST:
    case STATE_FINAL_SIGTERM:
    case STATE_FINAL_SIGKILL:
    case STATE_AUTO_RESTART:
    case STATE_ACTIVE:
    case STATE_COUNT:
        break;
    }
    return EVENT_COUNT;
}

static enum unit_event enter(struct engine *engine, unit_id id, enum unit_state next,
                             uint64_t now_us)
{
    struct unit *unit = &engine->units[id];
    const struct state_info *info = unit_state_info(next);
    enum active_state before = unit_active_state(unit);
    enum unit_event follow;

    unit->state = (uint8_t)next;
    unit->command = NULL;
    unit->deadline_us = deadline_of(engine, id, info->deadline, now_us);
    if (info->active != before)
        unit->since_us = now_us;
    if (info->active != before || next == STATE_AUTO_RESTART)
        note_entry(engine, id, before);
    if (info->kill != KILL_STAGE_NONE)
        push(engine, (struct unit_action){ .kind = ACTION_SIGNAL, .id = id, .stage = info->kill });
    engine_touch(engine, id);
    follow = begin_list(engine, id, info->run, now_us);
    jobs_state_changed(engine, id, now_us);
    return follow != EVENT_COUNT ? follow : entered(engine, id, now_us);
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
        event = enter(engine, id, move.next, now_us);
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
    list = unit_state_info((enum unit_state)unit->state)->run;
    if (unit->command)
        unit->command = same_position(list_of(&spec_of(old, from)->service, list), unit->command,
                                      list_of(&spec_of(engine, id)->service, list));
}

void engine_adopt_pod(struct engine *engine, const struct engine *old)
{
    engine->last_incarnation = old->last_incarnation;
    engine->unexpected = old->unexpected;
    engine->dropped = old->dropped;
    engine->exit_status = old->exit_status;
    engine->stopping_us = old->stopping_us;
    engine->is_stopping = old->is_stopping;
    engine->is_started = old->is_started;
    engine->has_exited = old->has_exited;
    engine->jobs_changed = true;
}

#include "supervisor/unit/engine_private.h"

/* The queue of what the shell has to do. */

void engine_push(struct engine *engine, struct unit_action action)
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
            (!unit->is_signalling ||
             action->stage != unit_state_info((enum unit_state)unit->state)->kill));
}

bool engine_next_action(struct engine *engine, struct unit_action *ret_action)
{
    while (engine->queue_count > 0) {
        const struct unit_action *action = &engine->queue[engine->queue_first];

        engine->queue_first = (engine->queue_first + 1) % engine->queue_size;
        engine->queue_count--;
        if (engine->queue_count == 0)
            engine->queue_first =
                0; /* memory behind what was ever needed at once stays untouched */
        if (action->kind == ACTION_CHANGED)
            engine->units[action->id].is_changed = false;
        if (is_stale(engine, action))
            continue;
        *ret_action = *action;
        if (action->kind == ACTION_WATCH)
            ret_action->watch = path_take_action(engine, action->id);
        return true;
    }
    return false;
}

void engine_note(struct engine *engine, unit_id id, enum note note, int64_t a, int64_t b)
{
    engine_push(engine, (struct unit_action){
                            .kind = ACTION_NOTE, .id = id, .note = note, .a = a, .b = b });
}

void engine_queued(const struct engine *engine, unit_id id, struct job_reason reason)
{
    enum job_kind present = (enum job_kind)engine->units[id].job;
    bool is_news = present == JOB_NONE || job_conflicts(present, reason.kind) ||
                   job_merge(present, reason.kind) != present;

    if (engine->queued && is_news)
        engine->queued(engine->queued_context, id, reason);
}

void engine_touch(struct engine *engine, unit_id id)
{
    if (engine->units[id].is_changed)
        return;
    engine->units[id].is_changed = true;
    engine_push(engine, (struct unit_action){ .kind = ACTION_CHANGED, .id = id });
}

void engine_check(struct engine *engine, unit_id id)
{
    engine->units[id].is_checking = true;
    engine_push(engine, (struct unit_action){ .kind = ACTION_CHECK, .id = id });
}

/* ExecStartPost= may be what writes PIDFile=: until that has run, it is only looked for. After a
 * reload the main process is still the one that it was if nothing else is said. */
bool unit_waits_for_pid_file(const struct engine *engine, unit_id id)
{
    const struct service_spec *service = &spec_of(engine, id)->service;

    return service->pid_file && engine->units[id].state != STATE_RELOAD &&
           (engine->units[id].state != STATE_START || !service->exec_start_post);
}

void engine_find_main(struct engine *engine, unit_id id)
{
    engine->units[id].is_seeking_main = true;
    engine_push(engine, (struct unit_action){ .kind = ACTION_FIND_MAIN,
                                              .id = id,
                                              .may_wait = unit_waits_for_pid_file(engine, id) });
}

void engine_kill_control(struct engine *engine, unit_id id)
{
    engine_push(engine, (struct unit_action){ .kind = ACTION_KILL_CONTROL,
                                              .id = id,
                                              .pid = engine->units[id].control_pid });
}

void engine_exit(struct engine *engine, int status)
{
    engine_push(engine, (struct unit_action){ .kind = ACTION_EXIT, .status = status });
}

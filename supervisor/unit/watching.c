#include "supervisor/unit/engine_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * Path units (systemd.path(5)): systemd's path.c, less what only the shell can know. It looks and
 * watches (ACTION_WATCH) and tells what there is to see (engine_path_news()); what that means is
 * decided here. A path unit that waits has a shell that watches; one that runs has none, so what
 * changes in the meantime is not seen, as in systemd.
 */

int watching_init(struct engine *engine)
{
    const struct unit_set *set = engine->set;
    size_t count = 0;

    for (size_t i = 0; i < set->count; i++)
        count += set->specs[i]->kind == UNIT_PATH;
    if (count == 0)
        return 0;
    engine->paths = calloc(count, sizeof(*engine->paths));
    if (!engine->paths)
        return -ENOMEM;
    for (size_t i = 0; i < set->count; i++) {
        const struct unit_edges *triggers = &set->edges[i][EDGE_TRIGGERS];

        if (set->specs[i]->kind == UNIT_PATH)
            engine->paths[engine->path_count++] =
                (struct path){ .id = (unit_id)i,
                               .trigger = triggers->count > 0 ? triggers->to[0] : UNIT_NONE };
    }
    return 0;
}

/* NULL: it is none. There are few. */
static struct path *path_of(const struct engine *engine, unit_id id)
{
    for (size_t i = 0; i < engine->path_count; i++)
        if (engine->paths[i].id == id)
            return &engine->paths[i];
    return NULL;
}

static bool is_on(const struct engine *engine, const struct path *path)
{
    const struct unit *unit = &engine->units[path->id];

    return unit->state == STATE_PATH_WAITING || unit->state == STATE_PATH_RUNNING;
}

/* --- what the shell is asked for --- */

static void push(struct engine *engine, struct path *path)
{
    if (path->is_queued)
        return;
    path->is_queued = true;
    engine_push(engine, (struct unit_action){ .kind = ACTION_WATCH, .id = path->id });
}

static void ask(struct engine *engine, struct path *path, enum path_watch_task watch)
{
    path->asked = (uint8_t)watch;
    push(engine, path);
}

void path_unwatch(struct engine *engine, unit_id id)
{
    ask(engine, path_of(engine, id), WATCH_NOT);
}

enum path_watch_task path_take_action(struct engine *engine, unit_id id)
{
    struct path *path = path_of(engine, id);

    path->is_queued = false;
    return (enum path_watch_task)path->asked;
}

/* --- start --- */

void path_begin(struct engine *engine, unit_id id, uint64_t now_us)
{
    struct path *path = path_of(engine, id);
    struct unit *unit = &engine->units[id];

    if (!job_start_is_allowed(engine, id, now_us)) {
        job_hit_start_limit(engine, id, now_us);
    } else if (path->trigger == UNIT_NONE) {
        engine_note(engine, id, NOTE_NO_TRIGGER, 0, 0);
        job_finish(engine, id, JOB_RESULT_FAILED, now_us);
    } else {
        unit->result = RESULT_SUCCESS;
        ask(engine, path, WATCH_START);
    }
}

void path_cancel(struct engine *engine, unit_id id)
{
    struct path *path = path_of(engine, id);

    if (path && !is_on(engine, path) && path->asked != WATCH_NOT)
        ask(engine, path, WATCH_NOT);
}

/* --- what there is to see --- */

static void fail(struct engine *engine, struct path *path, enum unit_result result, uint64_t now_us)
{
    path->asked = WATCH_NOT;
    unit_blame(&engine->units[path->id], result);
    if (is_on(engine, path))
        unit_raise(engine, path->id, EVENT_END_FAILED, now_us);
    else
        job_refuse_start(engine, path->id, now_us);
}

/* What it triggers is up, or will be. */
static void run(struct engine *engine, struct path *path, uint64_t now_us)
{
    path->asked = WATCH_NOT;
    if (engine->units[path->id].state != STATE_PATH_RUNNING)
        unit_raise(engine, path->id, EVENT_TRIGGER, now_us);
    else
        push(engine, path);
}

/* systemd's rate limit, as for starts. */
static bool may_trigger(struct engine *engine, struct path *path, uint64_t now_us)
{
    const struct path_spec *spec = spec_of(engine, path->id)->path;

    if (spec->trigger_limit_interval_us == 0 || spec->trigger_limit_burst == 0)
        return true;
    if (path->count == 0 || usec_add(path->window_us, spec->trigger_limit_interval_us) <= now_us) {
        path->window_us = now_us;
        path->count = 0;
    }
    if (path->count >= spec->trigger_limit_burst) {
        engine_note(engine, path->id, NOTE_TRIGGER_LIMIT, spec->trigger_limit_burst,
                    (int64_t)(spec->trigger_limit_interval_us / USEC_PER_MSEC));
        return false;
    }
    path->count++;
    return true;
}

/* Of several that trigger a unit before it runs, the first is told; a later run is another's. */
static void activate(struct engine *engine, struct path *path, bool is_new_run)
{
    for (size_t i = 0; is_new_run && i < engine->path_count; i++)
        if (engine->paths[i].trigger == path->trigger)
            engine->paths[i].has_activated = false;
    if (engine_activator(engine, path->trigger) == UNIT_NONE)
        path->has_activated = true;
}

/* systemd's path_enter_running(). */
static void trigger(struct engine *engine, struct path *path, uint64_t now_us)
{
    struct job_reason reason = { JOB_START, EDGE_TRIGGERS, path->id };
    bool is_new_run;
    int error;

    if (engine->units[path->id].job == JOB_STOP)
        return;
    if (path->trigger == UNIT_NONE) { /* it has vanished by a reload */
        engine_note(engine, path->id, NOTE_NO_TRIGGER, 0, 0);
        fail(engine, path, RESULT_RESOURCES, now_us);
        return;
    }
    if (!may_trigger(engine, path, now_us)) {
        fail(engine, path, RESULT_TRIGGER_LIMIT_HIT, now_us);
        return;
    }
    is_new_run =
        unit_is_down(&engine->units[path->trigger]) && engine->units[path->trigger].job == JOB_NONE;
    engine_queued(engine, path->trigger, reason);
    engine_note(engine, path->trigger, NOTE_TRIGGERED, path->id, 0);
    error = transaction_run(engine, path->trigger, JOB_START, false, false, now_us);
    if (error < 0) {
        engine_note(engine, path->trigger, NOTE_REQUEST_FAILED, error, 0);
        fail(engine, path, RESULT_RESOURCES, now_us);
        return;
    }
    activate(engine, path, is_new_run);
    run(engine, path, now_us);
}

/* systemd's path_enter_waiting(). */
void engine_path_news(struct engine *engine, unit_id id, enum path_news news, uint64_t now_us)
{
    struct path *path = path_of(engine, id);

    if (!path || engine->is_stopping ||
        (path->asked == WATCH_NOT && engine->units[id].state != STATE_PATH_WAITING))
        return;
    path->asked = WATCH_NOT;
    if (path->trigger != UNIT_NONE && !unit_is_down(&engine->units[path->trigger]))
        run(engine, path, now_us);
    else if (news == PATH_BROKEN)
        fail(engine, path, RESULT_RESOURCES, now_us);
    else if (news == PATH_PRESENT)
        trigger(engine, path, now_us);
    else if (engine->units[id].state != STATE_PATH_WAITING)
        unit_raise(engine, id, EVENT_WATCH, now_us);
    jobs_settle(engine, now_us);
}

/* --- what becomes of the unit that is triggered --- */

/* systemd's path_trigger_notify(). */
static void look_at_trigger(struct engine *engine, struct path *path, uint64_t now_us)
{
    const struct unit *unit = &engine->units[path->trigger];

    if (!is_on(engine, path) || unit->job != JOB_NONE)
        return;
    if (!unit_is_down(unit))
        run(engine, path, now_us);
    else if (engine->units[path->id].state == STATE_PATH_RUNNING)
        ask(engine, path, WATCH_AGAIN);
}

void path_trigger_changed(struct engine *engine, unit_id trigger, uint64_t now_us)
{
    for (size_t i = 0; i < engine->path_count; i++)
        if (engine->paths[i].trigger == trigger)
            look_at_trigger(engine, &engine->paths[i], now_us);
}

void path_trigger_refused(struct engine *engine, unit_id trigger, uint64_t now_us)
{
    for (size_t i = 0; i < engine->path_count; i++)
        if (engine->paths[i].trigger == trigger && is_on(engine, &engine->paths[i]))
            fail(engine, &engine->paths[i], RESULT_UNIT_START_LIMIT_HIT, now_us);
}

unit_id engine_activator(const struct engine *engine, unit_id id)
{
    for (size_t i = 0; i < engine->path_count; i++)
        if (engine->paths[i].trigger == id && engine->paths[i].has_activated)
            return engine->paths[i].id;
    return UNIT_NONE;
}

/* --- reload --- */

static bool is_same_trigger(const struct engine *engine, const struct path *path,
                            const struct engine *old, const struct path *before)
{
    return path->trigger != UNIT_NONE && before->trigger != UNIT_NONE &&
           strcmp(spec_of(engine, path->trigger)->name, spec_of(old, before->trigger)->name) == 0;
}

/* As systemd's path_coldplug(): a unit that waits looks again, as at its start. */
void path_adopt(struct engine *engine, unit_id id, const struct engine *old, unit_id from)
{
    struct path *path = path_of(engine, id);
    const struct path *before = path_of(old, from);

    path->window_us = before->window_us;
    path->count = before->count;
    path->has_activated = before->has_activated && is_same_trigger(engine, path, old, before);
    if (is_on(engine, path) || before->asked != WATCH_NOT)
        ask(engine, path, before->asked == WATCH_START ? WATCH_START : WATCH_ANEW);
}

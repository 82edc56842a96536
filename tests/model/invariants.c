#include "tests/model/model.h"

#include "supervisor/unit/engine_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/*
 * What must hold, whatever happens:
 *
 *   1. no event comes in a state that has no answer to it
 *   2. no process is lost: who was spawned is known to his unit, or was killed by it, or his unit
 *      says that he may stay (KillMode=, SendSIGKILL=)
 *   3. no process is started where one lives
 *   4. no state waits without a deadline, unless its time-out is infinite
 *   5. no job waits for nothing, and none waits for ever
 *   6. what is down has neither processes nor deadlines; what runs has somebody that runs
 *   7. the pod ends once, with a status of 0 to 255, and with everything down
 *   8. nobody is left waiting for what has come (BindsTo=, Upholds=, a start that was blocked …)
 *   9. a stop of the pod ends, even when nobody ever obeys
 *  10. a path unit runs as long as what it triggers is not down, or has a job, and waits else; the
 *      shell has answered whatever it was asked
 */

enum { ROUNDS_OF_JOBS = 400, DEADLINES_OF_A_STOP = 40 };

#define HOLD(model, id, what)                                                                      \
    do {                                                                                           \
        if (!(what))                                                                               \
            violated((model), (id), #what, __LINE__);                                              \
    } while (0)

static void tell_unit(const struct model *model, unit_id id)
{
    static const char *const jobs[] = { "no", "start", "stop", "restart", "reload", "verify" };
    const struct unit *unit = &model->pod.engine.units[id];

    print_message("  %s is %s (%s), %s job %s, deadline %s; main %d (%d), control %d (%d)%s\n",
                  model->pod.set.specs[id]->name, unit_sub_state(unit),
                  unit_result_name((enum unit_result)unit->result), jobs[unit->job],
                  unit->job_is_running ? "runs" : "waits",
                  unit->deadline_us == USEC_INFINITY ? "none" : "set", (int)unit->main_pid,
                  (int)model->units[id].main, (int)unit->control_pid, (int)model->units[id].control,
                  model->units[id].has_strays ? ", strays" : "");
}

static void violated(const struct model *model, unit_id id, const char *what, int line)
{
    print_message("violated at %s:%d by %s, step %llu: %s\n", __FILE__, line,
                  model->pod.set.specs[id]->name, (unsigned long long)model->steps, what);
    for (size_t i = 0; i < model->pod.set.count; i++)
        tell_unit(model, (unit_id)i);
    if (model->explain)
        model->explain(model->context);
    fail();
}

static const struct unit *unit_of(const struct model *model, unit_id id)
{
    return &model->pod.engine.units[id];
}

static enum active_state active_of(const struct model *model, unit_id id)
{
    return unit_state_info((enum unit_state)unit_of(model, id)->state)->active;
}

/* --- processes --- */

/* Whether a process that its unit knows no more may live on. */
static bool may_stay(const struct model *model, unit_id id, bool is_killed)
{
    const struct kill_spec *kill = &model->pod.set.specs[id]->kill;

    return is_killed || kill->mode == KILL_NONE || !kill->send_sigkill;
}

static void check_processes(const struct model *model, unit_id id)
{
    const struct model_unit *processes = &model->units[id];
    const struct unit *unit = unit_of(model, id);
    bool is_down = active_is_down(active_of(model, id)) || unit->state == STATE_AUTO_RESTART ||
                   unit->state == STATE_AUTO_RESTART_QUEUED;

    HOLD(model, id, unit->main_pid == processes->main);
    HOLD(model, id, unit->control_pid == processes->control);
    if (is_down)
        HOLD(model, id, unit->main_pid == 0 && unit->control_pid == 0);
    if (is_down && processes->has_strays && model->pod.set.specs[id]->kill.mode != KILL_PROCESS)
        HOLD(model, id, may_stay(model, id, processes->strays_are_killed));
    if (unit->state == STATE_RUNNING)
        HOLD(model, id, unit->main_pid > 0 || processes->has_strays);
}

void invariants_check_spawn(const struct model *model, unit_id id, bool is_main)
{
    HOLD(model, id, (is_main ? model->units[id].main : model->units[id].control) == 0);
}

void invariants_check_given_up(const struct model *model, unit_id id, bool is_main, bool is_killed)
{
    const struct unit *unit = unit_of(model, id);

    /* A command that was still to run when the unit had to stop is killed with all the others. */
    if (is_main || unit->state < STATE_STOP)
        HOLD(model, id, may_stay(model, id, is_killed));
}

/* --- deadlines --- */

static bool is_timeless(const struct model *model, unit_id id)
{
    const struct service_spec *service = &model->pod.set.specs[id]->service;

    switch (unit_state_info((enum unit_state)unit_of(model, id)->state)->deadline) {
    case DEADLINE_START:
        return service->timeout_start_us == USEC_INFINITY;
    case DEADLINE_STOP:
        return service->timeout_stop_us == USEC_INFINITY;
    case DEADLINE_ABORT:
        return service->timeout_abort_us == USEC_INFINITY;
    case DEADLINE_RESTART:
        return service->restart_us == USEC_INFINITY;
    case DEADLINE_RUNTIME:
        return service->runtime_max_us == USEC_INFINITY;
    case DEADLINE_NONE:
        break;
    }
    return false;
}

static void check_deadlines(const struct model *model, unit_id id)
{
    const struct unit *unit = unit_of(model, id);
    enum active_state active = active_of(model, id);
    bool is_watched = unit->watchdog_us > 0 && unit->state == STATE_RUNNING;

    /* A restart that is due waits for its job, and that for others; or it is blocked, and waits for
     * them to come up. */
    if (unit->state == STATE_AUTO_RESTART_QUEUED)
        HOLD(model, id, unit->job != JOB_NONE || unit->is_blocked);
    else if (!active_is_down(active) && unit->state != STATE_EXITED &&
             unit->state != STATE_ACTIVE && model->pod.set.specs[id]->kind != UNIT_PATH)
        HOLD(model, id, unit->deadline_us != USEC_INFINITY || is_timeless(model, id));
    if (active_is_down(active))
        HOLD(model, id,
             unit->deadline_us == USEC_INFINITY && unit->watchdog_deadline_us == USEC_INFINITY);
    if (is_watched)
        HOLD(model, id, unit->watchdog_deadline_us != USEC_INFINITY);
    HOLD(model, id, !unit->is_spawning && !unit->is_checking);
    HOLD(model, id, unit->deadline_us >= model->pod.now_us || unit->state == STATE_RUNNING);
}

/* --- jobs --- */

/* Whether the unit is on its way, so that its job will be looked at again. */
static bool is_on_its_way(const struct model *model, unit_id id)
{
    enum active_state active = active_of(model, id);

    return active == ACTIVE_ACTIVATING || active == ACTIVE_DEACTIVATING ||
           active == ACTIVE_RELOADING;
}

static bool waits_for_another(const struct model *model, unit_id id)
{
    const struct unit_edges *after = &model->pod.set.edges[id][EDGE_AFTER];
    const struct unit_edges *before = &model->pod.set.edges[id][EDGE_BEFORE];

    for (size_t i = 0; i < after->count; i++)
        if (unit_of(model, after->to[i])->job != JOB_NONE)
            return true;
    for (size_t i = 0; i < before->count; i++)
        if (unit_of(model, before->to[i])->job != JOB_NONE)
            return true;
    return false;
}

static void check_job(const struct model *model, unit_id id)
{
    const struct unit *unit = unit_of(model, id);

    HOLD(model, id, unit->job <= JOB_VERIFY_ACTIVE);
    if (unit->job == JOB_NONE)
        HOLD(model, id, !unit->job_is_running && unit->job_deadline_us == USEC_INFINITY);
    else if (unit->job_is_running)
        HOLD(model, id, is_on_its_way(model, id));
    else
        HOLD(model, id, is_on_its_way(model, id) || waits_for_another(model, id));
}

/* --- path units --- */

static void check_path(const struct model *model, const struct path *path)
{
    const struct unit *unit = unit_of(model, path->id), *trigger = unit_of(model, path->trigger);
    bool is_idle = unit_is_down(trigger) && trigger->job == JOB_NONE;

    HOLD(model, path->id, !path->is_queued);
    if (model->pod.engine.is_stopping)
        return;
    HOLD(model, path->id, path->asked == WATCH_NOT);
    if (unit->state == STATE_PATH_WAITING)
        HOLD(model, path->id, unit_is_down(trigger) || trigger->job != JOB_NONE);
    if (unit->state == STATE_PATH_RUNNING)
        HOLD(model, path->id, !is_idle || unit->job == JOB_STOP);
}

/* --- the whole --- */

/* What the engine counts on the way is what there is. */
static void check_counts(const struct model *model)
{
    const struct engine *engine = &model->pod.engine;
    size_t jobs = 0, waiting = 0;

    for (size_t i = 0; i < model->pod.set.count; i++) {
        jobs += engine->units[i].job != JOB_NONE;
        waiting += engine->units[i].job != JOB_NONE && !engine->units[i].job_is_running;
    }
    HOLD(model, 0, engine->jobs == jobs && engine->waiting_jobs == waiting);
}

void invariants_check(const struct model *model)
{
    const struct engine *engine = &model->pod.engine;

    HOLD(model, 0, engine->unexpected == 0);
    HOLD(model, 0, engine->has_exited == model->has_exited);
    HOLD(model, 0, engine->queue_count == 0);
    check_counts(model);
    for (size_t i = 0; i < engine->path_count; i++)
        check_path(model, &engine->paths[i]);
    for (size_t i = 0; i < model->pod.set.count; i++) {
        check_processes(model, (unit_id)i);
        check_deadlines(model, (unit_id)i);
        check_job(model, (unit_id)i);
        if (model->has_exited)
            HOLD(model, (unit_id)i, active_is_down(active_of(model, (unit_id)i)));
    }
}

static bool is_any(const struct model *model, unit_id id, enum edge edge,
                   bool (*is)(const struct unit *unit))
{
    const struct unit_edges *edges = &model->pod.set.edges[id][edge];

    for (size_t i = 0; i < edges->count; i++)
        if (is(unit_of(model, edges->to[i])))
            return true;
    return false;
}

/* There are pods in which a job is impossible; an attempt leaves nothing behind then. */
static bool is_possible(struct model *model, unit_id id, enum job_kind kind)
{
    return transaction_run(&model->pod.engine, id, kind, false, false, model->pod.now_us) == 0;
}

static bool is_needed(const struct model *model, unit_id id)
{
    return is_any(model, id, EDGE_REQUIRED_BY, unit_is_up) ||
           is_any(model, id, EDGE_REQUISITE_OF, unit_is_up) ||
           is_any(model, id, EDGE_WANTED_BY, unit_is_up) ||
           is_any(model, id, EDGE_BOUND_BY, unit_is_up) ||
           is_any(model, id, EDGE_UPHELD_BY, unit_is_up);
}

void invariants_check_at_rest(struct model *model)
{
    for (size_t i = 0; i < model->pod.set.count && !model->has_exited; i++) {
        unit_id id = (unit_id)i;
        const struct unit *unit = unit_of(model, id);
        bool is_upheld = is_any(model, id, EDGE_UPHELD_BY, unit_is_up);
        bool is_unbound = is_any(model, id, EDGE_BINDS_TO, unit_is_down);
        bool is_unneeded = model->pod.set.specs[i]->stop_when_unneeded && !is_needed(model, id);

        /* Blocked is who misses something. */
        if (unit->is_blocked && unit_is_down(unit) && !is_unbound &&
            !is_any(model, id, EDGE_REQUIRES, unit_is_down) &&
            !is_any(model, id, EDGE_REQUISITE, unit_is_down))
            HOLD(model, id, !is_possible(model, id, JOB_START));
        if (unit->steady_deadline_us != USEC_INFINITY)
            continue;
        if (unit_is_up(unit) && (is_unbound || is_unneeded))
            HOLD(model, id, !is_possible(model, id, JOB_STOP));
        if (unit_is_down(unit) && is_upheld)
            HOLD(model, id, !is_possible(model, id, JOB_START));
    }
}

void invariants_check_jobs_end(struct model *model)
{
    uint32_t jobs[MODEL_UNITS_MAX];

    for (size_t i = 0; i < model->pod.set.count; i++)
        jobs[i] =
            model->pod.engine.units[i].job == JOB_NONE ? 0 : model->pod.engine.units[i].job_id;
    if (model_be_good(model, ROUNDS_OF_JOBS))
        return;
    /* Units may start each other for ever; but then what the job is for has long been reached. */
    for (size_t i = 0; i < model->pod.set.count; i++) {
        const struct unit *unit = unit_of(model, (unit_id)i);
        bool is_up_already = unit->job == JOB_START && unit_is_up(unit);

        HOLD(model, (unit_id)i,
             jobs[i] == 0 || unit->job == JOB_NONE || unit->job_id != jobs[i] || is_up_already);
    }
}

void invariants_check_stop_ends(struct model *model)
{
    int left = DEADLINES_OF_A_STOP * (int)model->pod.set.count;

    (void)model_happen(model, 0, HAPPENS_SHUTDOWN);
    while (!model->has_exited && left-- > 0)
        HOLD(model, 0, model_wait(model));
    HOLD(model, 0, model->has_exited);
}

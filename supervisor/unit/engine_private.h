#ifndef REEVE_UNIT_ENGINE_PRIVATE_H
#define REEVE_UNIT_ENGINE_PRIVATE_H

/*
 * Between the files of the engine, from the inside out: actions.c (the queue), engine.c (one unit
 * enters its states),
 * news.c, hearing.c and deadlines.c (what happened to it), watching.c (path units), transaction.c
 * (which jobs a request takes), jobs.c and job_run.c (the jobs run and end), reactions.c (jobs that
 * follow from what became of a unit), ending.c (the end of the pod).
 */

#include "supervisor/unit/engine.h"

enum {
    /* Each unit has at most one spawn, check or watch, one signal, one reload and one change in the
       queue; the rest is for notes. */
    ACTIONS_PER_UNIT = 4,
    NOTES_PER_UNIT = 5,
    QUEUE_BASE = 64,
    /* A Type=idle service waits at most that long for the jobs of others (systemd.service(5)). */
    IDLE_WAIT_US = 5 * 1000 * 1000,
    /* A helper that was there for so long begins anew with its RestartSec=. */
    HELPER_LIVES_US = 1000 * 1000,
};

static inline const struct unit_spec *spec_of(const struct engine *engine, unit_id id)
{
    return engine->set->specs[id];
}

static inline const struct unit_edges *edges_of(const struct engine *engine, unit_id id,
                                                enum edge edge)
{
    return &engine->set->edges[id][edge];
}

static inline bool edge_exists(const struct engine *engine, unit_id id, enum edge edge,
                               unit_id other)
{
    const struct unit_edges *edges = edges_of(engine, id, edge);

    for (size_t i = 0; i < edges->count; i++)
        if (edges->to[i] == other)
            return true;
    return false;
}

static inline bool active_is_up(enum active_state active)
{
    return active == ACTIVE_ACTIVE || active == ACTIVE_RELOADING;
}

static inline bool active_is_down(enum active_state active)
{
    return active == ACTIVE_INACTIVE || active == ACTIVE_FAILED;
}

static inline bool unit_is_up(const struct unit *unit)
{
    return active_is_up(unit_active_state(unit));
}

static inline bool unit_is_down(const struct unit *unit)
{
    return active_is_down(unit_active_state(unit));
}

/* A restart is due, but what it needs is not there: as in systemd, the unit stays where it is. */
static inline bool unit_has_no_way_up(const struct unit *unit)
{
    return unit->state == STATE_AUTO_RESTART_QUEUED && unit->job == JOB_NONE;
}

/* --- engine.c --- */

/* Asks the shell for the next command of the present state's list. */
void unit_spawn(struct engine *engine, unit_id id, const struct exec_command *command,
                uint64_t now_us);
/* Whether what is spawned in the present state is the main process. */
bool unit_runs_main(const struct engine *engine, unit_id id);
/* A Type=idle service has waited long enough. */
void unit_end_idling(struct engine *engine, unit_id id, uint64_t now_us);
/* What a unit that is up, or should be, turns out to be. */
enum unit_event unit_up_event(const struct engine *engine, unit_id id);
/* The next WATCHDOG=1 is due WatchdogSec= from now. */
void unit_pet_watchdog(struct unit *unit, uint64_t now_us);

/* Feeds one event, and what follows from it at once, into a unit's machine. */
void unit_raise(struct engine *engine, unit_id id, enum unit_event event, uint64_t now_us);
/* Somebody has been signalled: the unit stays in its state until they are gone. */
void unit_show(struct engine *engine, unit_id id, uint64_t now_us);

static inline bool engine_knows(const struct engine *engine, unit_id id)
{
    return id >= 0 && (size_t)id < engine->set->count;
}

/* The first failure of a run is the one that is remembered. */
static inline void unit_blame(struct unit *unit, enum unit_result result)
{
    if (unit->result == RESULT_SUCCESS)
        unit->result = (uint8_t)result;
}

static inline bool unit_is_killing(const struct unit *unit)
{
    return unit_state_info((enum unit_state)unit->state)->kill != KILL_STAGE_NONE;
}

static inline bool unit_is_reloading(const struct unit *unit)
{
    return unit->state == STATE_RELOAD || unit->state == STATE_RELOAD_SIGNAL ||
           unit->state == STATE_RELOAD_NOTIFY;
}

static inline bool unit_has_waiting_job(const struct unit *unit)
{
    return unit->job != JOB_NONE && !unit->job_is_running;
}

/* All changes of a unit's job go through here, so that nobody has to look for those that have one.
 */
static inline void unit_set_job(struct engine *engine, struct unit *unit, enum job_kind kind,
                                bool is_running)
{
    engine->jobs -= unit->job != JOB_NONE;
    engine->waiting_jobs -= unit_has_waiting_job(unit);
    unit->job = (uint8_t)kind;
    unit->job_is_running = is_running;
    engine->jobs += unit->job != JOB_NONE;
    engine->waiting_jobs += unit_has_waiting_job(unit);
}

/* Whether MAINPID= counts. Not while the main process of a Type=idle service is still to come: who
 * speaks then is left over from an earlier run. */
static inline bool unit_may_name_main(const struct unit *unit)
{
    return unit->state >= STATE_START && unit->state <= STATE_STOP_SIGTERM && !unit->is_idling;
}

/* Where a watchdog can bite: as in systemd also when the unit stops or its main process is gone, if
 * the service sends WATCHDOG=1 or asks for it then. Who is left over from an earlier run has
 * nothing to say about it. */
static inline bool unit_is_watched(const struct unit *unit)
{
    return unit->state >= STATE_CONDITION && unit->state <= STATE_STOP_SIGTERM &&
           unit->state != STATE_STOP_WATCHDOG;
}

static inline bool job_is_stop_like(const struct unit *unit)
{
    return unit->job == JOB_STOP || unit->job == JOB_RESTART;
}

/* --- actions.c --- */

void engine_push(struct engine *engine, struct unit_action action);
void engine_note(struct engine *engine, unit_id id, enum note note, int64_t a, int64_t b);
void engine_check(struct engine *engine, unit_id id);
void engine_find_main(struct engine *engine, unit_id id);
bool unit_waits_for_pid_file(const struct engine *engine, unit_id id);
void engine_kill_control(struct engine *engine, unit_id id);
void engine_exit(struct engine *engine, int status);
/* Tells who watches why the unit gets a job. */
void engine_queued(const struct engine *engine, unit_id id, struct job_reason reason);

/* --- news.c --- */

void unit_nobody_left(struct engine *engine, unit_id id, uint64_t now_us);
void unit_set_main(struct engine *engine, unit_id id, pid_t pid, uint64_t now_us);
/* A failed reload does not fail the service. */
void unit_reload_done(struct engine *engine, unit_id id, enum unit_result result, uint64_t now_us);

/* --- deadlines.c --- */

/* The watchdog: `limit_us` has passed; 0: the service asks for it itself. */
void unit_bark(struct engine *engine, unit_id id, uint64_t limit_us, uint64_t now_us);

/* --- transaction.c --- */

int transaction_init(struct engine *engine) MUST_CHECK;
/* Installs the job and all that it takes; errors as engine_request(). */
int transaction_run(struct engine *engine, unit_id id, enum job_kind kind, bool is_manual,
                    bool restarts_dependents, uint64_t now_us);

/* --- jobs.c --- */

/* Gives the unit this job, merged with the one that it has. */
void job_install(struct engine *engine, unit_id id, enum job_kind kind, uint64_t now_us);
/* Remembers what was asked of the unit, whether that takes a job or not. */
void job_wish(struct engine *engine, unit_id id, enum job_kind kind, bool is_manual);
bool job_conflicts(enum job_kind a, enum job_kind b);
/* Of two that do not conflict; JOB_RELOAD_OR_START for what depends on the unit's state. */
enum job_kind job_merge(enum job_kind a, enum job_kind b);
/* What is left of a job for a unit in this state; JOB_NONE: nothing. */
enum job_kind job_collapse(const struct engine *engine, unit_id id, enum job_kind kind);
void job_finish(struct engine *engine, unit_id id, enum job_result result, uint64_t now_us);
/* JobTimeoutSec= or JobRunningTimeoutSec= has passed. */
void job_expire(struct engine *engine, unit_id id, uint64_t now_us);

/* StartLimitBurst=: whether the unit may start now, which counts. */
bool job_start_is_allowed(struct engine *engine, unit_id id, uint64_t now_us);
/* It may not: StartLimitAction=. */
void job_hit_start_limit(struct engine *engine, unit_id id, uint64_t now_us);
/* Its start fails before there is anything of it. */
void job_refuse_start(struct engine *engine, unit_id id, uint64_t now_us);
/* Called by a unit that entered a new state: completes its job, wakes those that wait. */
void jobs_state_changed(struct engine *engine, unit_id id, enum active_state before,
                        uint64_t now_us);
/* The delay of an automatic restart is over: start it, and restart what requires it. EVENT_COUNT,
 * or what follows at once. */
enum unit_event jobs_auto_restart(struct engine *engine, unit_id id, uint64_t now_us);
/* Runs what can run until nothing moves; then looks whether the pod is at its end. */
void jobs_settle(struct engine *engine, uint64_t now_us);

/* --- reactions.c --- */

int reactions_init(struct engine *engine) MUST_CHECK;
/* A service says that it reloads: PropagatesReloadTo=. */
void react_reload(struct engine *engine, unit_id id, uint64_t now_us);
/* OnFailure= or OnSuccess=. */
void react_trigger(struct engine *engine, unit_id id, enum edge edge, uint64_t now_us);
/* Its job took too long, or failed because of others: OnFailure=. */
void react_blocked(struct engine *engine, unit_id id, uint64_t now_us);
/* The unit comes up without having been asked to, as an automatic restart begins to wait: what it
 * depends on and is not ordered after comes up with it. */
void react_unexpected_begin(struct engine *engine, unit_id id, uint64_t now_us);
/* The unit went down without having been asked to: BindsTo=, PropagatesStopTo=. */
void react_unexpected_end(struct engine *engine, unit_id id, uint64_t now_us);
/* The unit has come up: those that had given up because of it may try again. */
void react_recovery(struct engine *engine, unit_id id, uint64_t now_us);
/* Upholds=, StopWhenUnneeded=, BindsTo= of what is down: what holds whatever happened before. */
void react_steadily(struct engine *engine, uint64_t now_us);

/* --- watching.c --- */

int watching_init(struct engine *engine) MUST_CHECK;
/* A start job of a path unit runs. */
void path_begin(struct engine *engine, unit_id id, uint64_t now_us);
/* The start job is gone before the answer came. */
void path_cancel(struct engine *engine, unit_id id);
/* It is no longer waiting: nobody need watch for it. */
void path_unwatch(struct engine *engine, unit_id id);
/* What the shell is to do for it, as the action leaves the queue. */
enum path_watch_task path_take_action(struct engine *engine, unit_id id);
void path_adopt(struct engine *engine, unit_id id, const struct engine *old, unit_id from);
/* The unit has changed its state or lost its job: whoever triggers it may have to do. */
void path_trigger_changed(struct engine *engine, unit_id trigger, uint64_t now_us);
/* The unit was refused by its start limit. */
void path_trigger_refused(struct engine *engine, unit_id trigger, uint64_t now_us);

/* --- ending.c --- */

/* Gives every unit a stop job; the first call decides on the exit status. */
void pod_shutdown(struct engine *engine, int exit_status, uint64_t now_us);
/* The unit takes the pod down with it. A forced action does not stop the others, it leaves them to
 * be killed by whoever performs ACTION_EXIT. */
void pod_end_by(struct engine *engine, unit_id id, enum emergency_action action, int exit_status,
                uint64_t now_us);
/* FailureAction=, SuccessAction=. */
void pod_unit_ended(struct engine *engine, unit_id id, uint64_t now_us);
/* StartLimitAction=, whatever the last run came to. */
void pod_unit_refused(struct engine *engine, unit_id id, uint64_t now_us);
void pod_look_for_the_end(struct engine *engine, uint64_t now_us);

#endif

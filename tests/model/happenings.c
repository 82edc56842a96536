#include "tests/model/model_private.h"

#include "supervisor/unit/engine_private.h"

#include <signal.h>

enum { FAILURES_OF_FORK = 5 };

/* Each thing that can happen, as the shell would tell the engine of it. */

const char *happening_name(enum happening happening)
{
    static const char *const names[HAPPENS_COUNT] = {
        [HAPPENS_START] = "start",
        [HAPPENS_STOP] = "stop",
        [HAPPENS_RESTART] = "restart",
        [HAPPENS_RELOAD] = "reload",
        [HAPPENS_TRY_RESTART] = "try-restart",
        [HAPPENS_RELOAD_OR_RESTART] = "reload-or-restart",
        [HAPPENS_PULL_IN] = "pull-in",
        [HAPPENS_RESET_FAILED] = "reset-failed",
        [HAPPENS_MAIN_OK] = "main-ok",
        [HAPPENS_MAIN_BAD] = "main-bad",
        [HAPPENS_MAIN_TERM] = "main-term",
        [HAPPENS_MAIN_KILL] = "main-kill",
        [HAPPENS_MAIN_CORE] = "main-core",
        [HAPPENS_CONTROL_OK] = "control-ok",
        [HAPPENS_CONTROL_BAD] = "control-bad",
        [HAPPENS_CONTROL_255] = "control-255",
        [HAPPENS_FORK] = "fork",
        [HAPPENS_STRAYS_GONE] = "strays-gone",
        [HAPPENS_EXEC] = "exec",
        [HAPPENS_PROBE] = "probe",
        [HAPPENS_READY] = "ready",
        [HAPPENS_RELOADING] = "reloading",
        [HAPPENS_STOPPING] = "stopping",
        [HAPPENS_PING] = "ping",
        [HAPPENS_TRIGGER] = "trigger",
        [HAPPENS_MAINPID] = "mainpid",
        [HAPPENS_EXTEND] = "extend",
        [HAPPENS_FOUND] = "found",
        [HAPPENS_NOT_FOUND] = "not-found",
        [HAPPENS_OOM] = "oom",
        [HAPPENS_UNHEALTHY] = "unhealthy",
        [HAPPENS_PATH_NEWS] = "path-news",
        [HAPPENS_DEADLINE] = "deadline",
        [HAPPENS_DEADLINE_WITHOUT_FORK] = "deadline-without-fork",
        [HAPPENS_WATCHDOG_DEADLINE] = "watchdog-deadline",
        [HAPPENS_JOB_DEADLINE] = "job-deadline",
        [HAPPENS_SHUTDOWN] = "shutdown",
        [HAPPENS_HURRY] = "hurry",
    };

    return names[happening];
}

static bool request(struct model *model, unit_id id, enum job_kind kind, bool is_manual)
{
    return engine_request(&model->pod.engine, id, kind, is_manual, model->pod.now_us) == 0;
}

static bool end(struct model *model, unit_id id, bool is_main, struct process_exit exit)
{
    struct model_unit *processes = &model->units[id];
    pid_t *pid = is_main ? &processes->main : &processes->control, ended = *pid;

    if (ended == 0)
        return false;
    *pid = 0;
    engine_exited(&model->pod.engine, id, ended, exit, model->pod.now_us);
    model_look_for_the_last(model);
    return true;
}

static bool end_main(struct model *model, unit_id id, int code, int status)
{
    return end(model, id, true, (struct process_exit){ code, status });
}

static bool end_control(struct model *model, unit_id id, int status)
{
    return end(model, id, false, (struct process_exit){ CLD_EXITED, status });
}

static bool is_anybody(const struct model *model, unit_id id)
{
    const struct model_unit *processes = &model->units[id];

    return processes->main > 0 || processes->control > 0 || processes->has_strays;
}

/* Who was killed and is still there forks no more. */
static bool fork_stray(struct model *model, unit_id id)
{
    struct model_unit *processes = &model->units[id];
    bool is_main_alive = processes->main > 0 && !processes->main_is_killed;
    bool is_control_alive = processes->control > 0 && !processes->control_is_killed;

    if (processes->has_strays || (!is_main_alive && !is_control_alive))
        return false;
    processes->has_strays = true;
    processes->strays_are_killed = false;
    return true;
}

static bool end_strays(struct model *model, unit_id id)
{
    if (!model->units[id].has_strays)
        return false;
    model->units[id].has_strays = false;
    model_look_for_the_last(model);
    return true;
}

static bool arrive(struct model *model, unit_id id, enum await what)
{
    if (!(model->pod.engine.units[id].awaiting & what) || model->units[id].main == 0)
        return false;
    engine_arrived(&model->pod.engine, id, what, model->pod.now_us);
    return true;
}

static bool can_become_main(const struct model *model, unit_id id)
{
    return model->units[id].has_strays && unit_may_name_main(&model->pod.engine.units[id]);
}

/* Whether the shell hands on what processes of the unit say: if all may, or if the main one did. */
static bool is_heard(const struct model *model, unit_id id)
{
    enum notify_access access = model->pod.set.specs[id]->service.notify_access;

    return (access == NOTIFY_ALL && is_anybody(model, id)) ||
           (access == NOTIFY_EXEC && model->units[id].control > 0) ||
           (access != NOTIFY_NONE && model->units[id].main > 0);
}

static bool say(struct model *model, unit_id id, enum happening what)
{
    struct notification said = { .watchdog_us = USEC_INFINITY, .monotonic_us = model->pod.now_us };

    if (!is_heard(model, id) || (what == HAPPENS_MAINPID && !can_become_main(model, id)))
        return false;
    said.ready = what == HAPPENS_READY;
    said.reloading = what == HAPPENS_RELOADING;
    said.stopping = what == HAPPENS_STOPPING;
    said.watchdog = what == HAPPENS_PING;
    said.watchdog_trigger = what == HAPPENS_TRIGGER;
    said.extend_timeout_us = what == HAPPENS_EXTEND ? USEC_PER_SEC : 0;
    said.main_pid = what == HAPPENS_MAINPID ? model_promote(model, id) : 0;
    engine_notified(&model->pod.engine, id, &said, model->pod.now_us);
    return true;
}

/* The shell watches for it. */
static bool tell_path_news(struct model *model, unit_id id)
{
    if (model->pod.engine.units[id].state != STATE_PATH_WAITING)
        return false;
    engine_path_news(&model->pod.engine, id, model->path_news, model->pod.now_us);
    return true;
}

/* The one deadline passes, whenever it would have been. */
static bool pass(struct model *model, uint64_t *deadline_us)
{
    if (*deadline_us == USEC_INFINITY)
        return false;
    *deadline_us = model->pod.now_us;
    engine_tick(&model->pod.engine, model->pod.now_us);
    return true;
}

static bool oom(struct model *model, unit_id id)
{
    if (!is_anybody(model, id))
        return false;
    engine_oom_killed(&model->pod.engine, id, model->pod.now_us);
    return true;
}

/* Who has no probes is not found unhealthy. */
static bool find_unhealthy(struct model *model, unit_id id)
{
    if (!model->pod.set.specs[id]->health.probes || model->units[id].main == 0)
        return false;
    engine_unhealthy(&model->pod.engine, id, model->pod.now_us);
    return true;
}

static bool ask(struct model *model, unit_id id, enum happening happening)
{
    switch (happening) {
    case HAPPENS_START:
        return request(model, id, JOB_START, true);
    case HAPPENS_STOP:
        return request(model, id, JOB_STOP, true);
    case HAPPENS_RESTART:
        return request(model, id, JOB_RESTART, true);
    case HAPPENS_RELOAD:
        return request(model, id, JOB_RELOAD, true);
    case HAPPENS_TRY_RESTART:
        return request(model, id, JOB_TRY_RESTART, true);
    case HAPPENS_RELOAD_OR_RESTART:
        return request(model, id, JOB_RELOAD_OR_START, true);
    case HAPPENS_PULL_IN:
        return request(model, id, JOB_START, false);
    case HAPPENS_RESET_FAILED:
        engine_reset_failed(&model->pod.engine, id);
        return true;
    case HAPPENS_SHUTDOWN:
        engine_shutdown(&model->pod.engine, 0, model->pod.now_us);
        return true;
    default:
        engine_hurry(&model->pod.engine, model->pod.now_us);
        return true;
    }
}

static bool end_some(struct model *model, unit_id id, enum happening happening)
{
    switch (happening) {
    case HAPPENS_MAIN_OK:
        return end_main(model, id, CLD_EXITED, 0);
    case HAPPENS_MAIN_BAD:
        return end_main(model, id, CLD_EXITED, 1);
    case HAPPENS_MAIN_TERM:
        return end_main(model, id, CLD_KILLED, SIGTERM);
    case HAPPENS_MAIN_KILL:
        return end_main(model, id, CLD_KILLED, SIGKILL);
    case HAPPENS_MAIN_CORE:
        return end_main(model, id, CLD_DUMPED, SIGSEGV);
    case HAPPENS_CONTROL_OK:
        return end_control(model, id, 0);
    case HAPPENS_CONTROL_BAD:
        return end_control(model, id, 1);
    case HAPPENS_CONTROL_255:
        return end_control(model, id, 255);
    case HAPPENS_FORK:
        return fork_stray(model, id);
    default:
        return end_strays(model, id);
    }
}

static bool pass_some(struct model *model, unit_id id, enum happening happening)
{
    struct unit *unit = &model->pod.engine.units[id];

    model->failures_left = happening == HAPPENS_DEADLINE_WITHOUT_FORK ? FAILURES_OF_FORK : 0;
    if (happening == HAPPENS_WATCHDOG_DEADLINE)
        return pass(model, &unit->watchdog_deadline_us);
    if (happening == HAPPENS_JOB_DEADLINE)
        return pass(model, &unit->job_deadline_us);
    return pass(model, &unit->deadline_us);
}

bool model_apply(struct model *model, unit_id id, enum happening happening)
{
    if (happening <= HAPPENS_RESET_FAILED || happening >= HAPPENS_SHUTDOWN)
        return ask(model, id, happening);
    if (happening <= HAPPENS_STRAYS_GONE)
        return end_some(model, id, happening);
    if (happening >= HAPPENS_DEADLINE)
        return pass_some(model, id, happening);
    if (happening == HAPPENS_EXEC || happening == HAPPENS_PROBE)
        return arrive(model, id, happening == HAPPENS_EXEC ? AWAIT_EXEC : AWAIT_PROBE);
    if (happening == HAPPENS_FOUND || happening == HAPPENS_NOT_FOUND)
        return model_find(model, id, happening == HAPPENS_FOUND);
    if (happening == HAPPENS_UNHEALTHY)
        return find_unhealthy(model, id);
    if (happening == HAPPENS_PATH_NEWS)
        return tell_path_news(model, id);
    return happening == HAPPENS_OOM ? oom(model, id) : say(model, id, happening);
}

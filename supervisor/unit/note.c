#include "supervisor/unit/note.h"

#include "supervisor/unit/exit_status.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

void exit_format(struct process_exit exit, char *buffer, size_t size)
{
    const char *word =
        exit.code == CLD_EXITED ? exit_status_name(exit.status) : sigabbrev_np(exit.status);
    const char *code = exit.code == CLD_EXITED   ? "exited"
                       : exit.code == CLD_DUMPED ? "dumped"
                                                 : "killed";

    snprintf(buffer, size, "%s, status=%d%s%s", code, exit.status, word ? "/" : "",
             word ? word : "");
}

static enum note_priority format_exit(const struct unit_action *action, const char *which,
                                      char *buffer, size_t size)
{
    struct process_exit exit = { .code = (int)action->a, .status = (int)action->b };
    char what[64];

    exit_format(exit, what, sizeof(what));
    snprintf(buffer, size, "%s process exited, code=%s", which, what);
    /* As systemd: "stopped" or "finished" follows and says enough. */
    return exit.code == CLD_EXITED && exit.status == 0 ? NOTE_PRIORITY_DEBUG : NOTE_PRIORITY_NOTICE;
}

static enum note_priority format_start_limit(const struct unit_spec *spec, char *buffer,
                                             size_t size)
{
    snprintf(buffer, size, "started too often (StartLimitBurst=%u in %llu s), giving up",
             spec->start_limit_burst,
             (unsigned long long)(spec->start_limit_interval_us / USEC_PER_SEC));
    return NOTE_PRIORITY_ERROR;
}

static enum note_priority say(enum note_priority priority, char *buffer, size_t size,
                              const char *text)
{
    snprintf(buffer, size, "%s", text);
    return priority;
}

static enum note_priority format_reloaded(enum unit_result result, char *buffer, size_t size)
{
    if (result == RESULT_SUCCESS)
        return say(NOTE_PRIORITY_INFO, buffer, size, "reloaded");
    snprintf(buffer, size, "reload failed with result '%s'", unit_result_name(result));
    return NOTE_PRIORITY_WARNING;
}

static enum note_priority format_skipped(enum skipped_by by, char *buffer, size_t size)
{
    switch (by) {
    case SKIPPED_BY_CONDITION:
        return say(NOTE_PRIORITY_INFO, buffer, size, "skipped, because a condition is not met");
    case SKIPPED_BY_ASSERT:
        return say(NOTE_PRIORITY_ERROR, buffer, size, "not started, because an assertion failed");
    case SKIPPED_BY_COMMAND:
        break;
    }
    return say(NOTE_PRIORITY_INFO, buffer, size, "skipped by ExecCondition=");
}

static enum note_priority format_watchdog(int64_t limit_ms, char *buffer, size_t size)
{
    if (limit_ms == 0)
        return say(NOTE_PRIORITY_ERROR, buffer, size, "asks its own watchdog to end it");
    snprintf(buffer, size, "watchdog: no sign of life for %lld ms", (long long)limit_ms);
    return NOTE_PRIORITY_ERROR;
}

static enum note_priority format_unhealthy(enum health_action action, char *buffer, size_t size)
{
    static const char *const texts[] = {
        [HEALTH_ACTION_NONE] = "unhealthy",
        [HEALTH_ACTION_RESTART] = "unhealthy: it is restarted (HealthOnFailure=restart)",
        [HEALTH_ACTION_STOP] = "unhealthy: it is stopped (HealthOnFailure=stop)",
        [HEALTH_ACTION_KILL] = "unhealthy: it is killed (HealthOnFailure=kill)",
        [HEALTH_ACTION_EXIT] = "unhealthy: the pod ends (HealthOnFailure=exit)",
    };

    return say(NOTE_PRIORITY_ERROR, buffer, size, texts[action]);
}

const char *request_error_text(int error)
{
    switch (-error) {
    case ENOENT:
        return "there is no such unit";
    case ESHUTDOWN:
        return "the pod is stopping";
    case EACCES:
        return "the unit may only be started or stopped by its dependencies "
               "(RefuseManualStart=, RefuseManualStop=)";
    case EBADR:
        return "the unit cannot be reloaded: it has no ExecReload= and is not Type=notify-reload";
    case ELOOP:
        return "the order of the units that it needs is cyclic";
    case EDEADLK:
        return "it would have to be started and stopped at once (Conflicts=)";
    default:
        return "unknown error";
    }
}

enum note_priority note_format(const struct unit_set *set, const struct unit_action *action,
                               char *buffer, size_t size)
{
    const struct unit_spec *spec = set->specs[action->id];

    switch (action->note) {
    case NOTE_STARTING:
        return say(NOTE_PRIORITY_INFO, buffer, size, "starting");
    case NOTE_STARTED:
        return say(NOTE_PRIORITY_INFO, buffer, size, "started");
    case NOTE_FINISHED:
        return say(NOTE_PRIORITY_INFO, buffer, size, "finished");
    case NOTE_RELOADING:
        return say(NOTE_PRIORITY_INFO, buffer, size, "reloading");
    case NOTE_RELOADED:
        return format_reloaded((enum unit_result)action->a, buffer, size);
    case NOTE_STOPPING:
        return say(NOTE_PRIORITY_INFO, buffer, size, "stopping");
    case NOTE_STOPPED:
        return say(NOTE_PRIORITY_INFO, buffer, size, "stopped");
    case NOTE_FAILED:
        snprintf(buffer, size, "failed with result '%s'",
                 unit_result_name((enum unit_result)action->a));
        return NOTE_PRIORITY_ERROR;
    case NOTE_SKIPPED:
        return format_skipped((enum skipped_by)action->a, buffer, size);
    case NOTE_MAIN_EXITED:
        return format_exit(action, "main", buffer, size);
    case NOTE_CONTROL_EXITED:
        return format_exit(action, "control", buffer, size);
    case NOTE_TIMEOUT:
        snprintf(buffer, size, "state '%s' timed out",
                 unit_state_info((enum unit_state)action->a)->name);
        return NOTE_PRIORITY_WARNING;
    case NOTE_WATCHDOG:
        return format_watchdog(action->a, buffer, size);
    case NOTE_UNHEALTHY:
        return format_unhealthy((enum health_action)action->a, buffer, size);
    case NOTE_KILLING:
        return say(NOTE_PRIORITY_WARNING, buffer, size, "killing what is left");
    case NOTE_RESTART_SCHEDULED:
        snprintf(buffer, size, "restarting in %lld ms, restart number %lld", (long long)action->a,
                 (long long)action->b);
        return NOTE_PRIORITY_NOTICE;
    case NOTE_START_LIMIT:
        return format_start_limit(spec, buffer, size);
    case NOTE_GONE:
        return say(NOTE_PRIORITY_ERROR, buffer, size, "not started: its files are gone");
    case NOTE_DEPENDENCY:
        snprintf(buffer, size, "not started, because %s failed; will follow when it recovers",
                 set->specs[action->a]->name);
        return NOTE_PRIORITY_ERROR;
    case NOTE_JOB_TIMEOUT:
        return say(NOTE_PRIORITY_WARNING, buffer, size, "its job timed out (JobTimeoutSec=)");
    case NOTE_TRIGGERED:
        snprintf(buffer, size, "triggered by %s", set->specs[action->a]->name);
        return NOTE_PRIORITY_NOTICE;
    case NOTE_STEADY_LIMIT:
        return say(NOTE_PRIORITY_WARNING, buffer, size,
                   "started or stopped too often by Upholds=, BindsTo= or StopWhenUnneeded=; "
                   "tried again in a while");
    case NOTE_CYCLE:
        snprintf(buffer, size, "%s, to break an ordering cycle with %s",
                 action->b == JOB_NONE                               ? "not started"
                 : action->b == JOB_STOP || action->b == JOB_RESTART ? "stopped before its turn"
                                                                     : "started before its turn",
                 set->specs[action->a]->name);
        return action->b != JOB_NONE ? NOTE_PRIORITY_WARNING : NOTE_PRIORITY_ERROR;
    case NOTE_REQUEST_FAILED:
        snprintf(buffer, size, "cannot have the job that its dependencies ask for: %s",
                 request_error_text((int)action->a));
        return NOTE_PRIORITY_ERROR;
    case NOTE_UNEXPECTED:
        snprintf(buffer, size, "unexpected event '%s' in state '%s', ignoring",
                 unit_event_name((enum unit_event)action->b),
                 unit_state_info((enum unit_state)action->a)->name);
        return NOTE_PRIORITY_WARNING;
    case NOTE_NO_TRIGGER:
        snprintf(buffer, size, "not started: there is no unit '%s' to trigger", spec->path->unit);
        return NOTE_PRIORITY_ERROR;
    case NOTE_TRIGGER_LIMIT:
        snprintf(buffer, size, "triggers too often (TriggerLimitBurst=%lld in %lld ms), giving up",
                 (long long)action->a, (long long)action->b);
        return NOTE_PRIORITY_ERROR;
    case NOTE_POD_ENDS:
        snprintf(buffer, size, "ends the pod with exit status %lld", (long long)action->a);
        return NOTE_PRIORITY_ERROR;
    }
    return say(NOTE_PRIORITY_WARNING, buffer, size, "");
}

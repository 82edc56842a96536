#include "supervisor/unit/note.h"

#include "supervisor/unit/exit_status.h"

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
    return exit.code == CLD_EXITED && exit.status == 0 ? NOTE_PRIORITY_INFO : NOTE_PRIORITY_NOTICE;
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
    case NOTE_STOPPING:
        return say(NOTE_PRIORITY_INFO, buffer, size, "stopping");
    case NOTE_STOPPED:
        return say(NOTE_PRIORITY_INFO, buffer, size, "stopped");
    case NOTE_FAILED:
        snprintf(buffer, size, "failed with result '%s'",
                 unit_result_name((enum unit_result)action->a));
        return NOTE_PRIORITY_ERROR;
    case NOTE_MAIN_EXITED:
        return format_exit(action, "main", buffer, size);
    case NOTE_CONTROL_EXITED:
        return format_exit(action, "control", buffer, size);
    case NOTE_TIMEOUT:
        snprintf(buffer, size, "state '%s' timed out",
                 unit_state_info((enum unit_state)action->a)->name);
        return NOTE_PRIORITY_WARNING;
    case NOTE_KILLING:
        return say(NOTE_PRIORITY_WARNING, buffer, size, "killing what is left");
    case NOTE_RESTART_SCHEDULED:
        snprintf(buffer, size, "restarting in %lld ms, restart number %lld", (long long)action->a,
                 (long long)action->b);
        return NOTE_PRIORITY_NOTICE;
    case NOTE_START_LIMIT:
        return format_start_limit(spec, buffer, size);
    case NOTE_DEPENDENCY:
        snprintf(buffer, size, "not started, because %s failed; will follow when it recovers",
                 set->specs[action->a]->name);
        return NOTE_PRIORITY_ERROR;
    case NOTE_UNEXPECTED:
        snprintf(buffer, size, "unexpected event '%s' in state '%s', ignoring",
                 unit_event_name((enum unit_event)action->b),
                 unit_state_info((enum unit_state)action->a)->name);
        return NOTE_PRIORITY_WARNING;
    case NOTE_POD_ENDS:
        snprintf(buffer, size, "ends the pod with exit status %lld", (long long)action->a);
        return NOTE_PRIORITY_ERROR;
    }
    return say(NOTE_PRIORITY_WARNING, buffer, size, "");
}

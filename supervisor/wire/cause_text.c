#include "supervisor/wire/cause.h"

#include "supervisor/unit/exit_status.h"
#include "supervisor/unit/note.h"
#include "supervisor/wire/wire.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A text that grows at its end; what does not fit is cut off. */
struct text {
    char *bytes;
    size_t used;
};

PRINTF_LIKE(2, 3)
static void put(struct text *text, const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(text->bytes + text->used, CAUSE_TEXT - text->used, format, arguments);
    va_end(arguments);
    if (length > 0)
        text->used +=
            (size_t)length < CAUSE_TEXT - text->used ? (size_t)length : CAUSE_TEXT - text->used - 1;
}

static void put_signal(struct text *text, int signal)
{
    const char *name = sigabbrev_np(signal);

    if (name)
        put(text, "SIG%s", name);
    else
        put(text, "signal %d", signal);
}

static void put_exit(struct text *text, const struct history_entry *exit)
{
    const char *who = exit->kind == NOTE_MAIN_EXITED ? "its main process" : "a command of it";
    const char *name = exit_status_name(exit->b);

    if (exit->a == CLD_EXITED) {
        put(text, "%s exited with status %d%s%s%s", who, exit->b, name ? " (" : "",
            name ? name : "", name ? ")" : "");
        return;
    }
    put(text, "%s %s ", who, exit->a == CLD_DUMPED ? "dumped core by" : "was killed by");
    put_signal(text, exit->b);
}

/* --- what led to it --- */

static void put_timeout(struct text *text, int32_t state)
{
    if (state >= STATE_CONDITION && state <= STATE_START_POST)
        put(text, "it was not ready in time (TimeoutStartSec=)");
    else if (state == STATE_RUNNING || state == STATE_EXITED)
        put(text, "it ran longer than RuntimeMaxSec= allows");
    else if (state >= STATE_STOP && state <= STATE_FINAL_SIGKILL)
        put(text, "it did not stop in time (TimeoutStopSec=)");
    else
        put(text, "it was not ready with its reload in time");
}

/* "probe redis://127.0.0.1:6379" and "(its) probe", as far as it is known. */
static void put_probe(struct text *text, const struct history_words *words)
{
    put(text, "its probe%s%s", words && words->probe[0] ? " " : "", words ? words->probe : "");
}

static void put_message(struct text *text, const struct history_words *words)
{
    if (words && words->message[0])
        put(text, ": %s", words->message);
}

static void put_health(struct text *text, const struct cause_pod *pod,
                       const struct history_entry *what)
{
    const struct history_words *words = history_words_of(pod->history, what->number);

    put(text, what->a == WIRE_HEALTH_HEALTHY ? "is healthy again: " : "became unhealthy: ");
    put_probe(text, words);
    if (what->a == WIRE_HEALTH_HEALTHY)
        put(text, " succeeded");
    else if (what->b > 1)
        put(text, " failed %d times in a row", what->b);
    else
        put(text, " failed");
    put_message(text, words);
}

/* Because of HealthOnFailure=. */
static void put_unhealthy(struct text *text, const struct cause_pod *pod,
                          const struct history_entry *reason)
{
    const struct history_entry *health = history_last(
        pod->history,
        (struct history_query){ .unit = reason->unit,
                                .before = reason->number,
                                .others = UINT64_C(1) << (HISTORY_HEALTH - HISTORY_QUEUED) });
    const struct history_words *words =
        health ? history_words_of(pod->history, health->number) : NULL;

    put_probe(text, words);
    put(text, " found it unhealthy (HealthOnFailure=)");
    put_message(text, words);
}

static void put_reason(struct text *text, const struct cause_pod *pod,
                       const struct history_entry *reason)
{
    switch (reason->kind) {
    case HISTORY_OOM:
        if (reason->unit == UNIT_NONE)
            put(text,
                "perhaps for want of memory: just before, the kernel killed %d process%s of the "
                "pod",
                reason->a, reason->a == 1 ? "" : "es");
        else
            put(text, "the kernel was out of memory and killed a process of it");
        break;
    case HISTORY_KILL:
        put(text, "somebody sent it ");
        put_signal(text, reason->a);
        put(text, " with reevectl kill");
        break;
    case HISTORY_SPAWN:
        put(text, "no process could be started: %s", strerror(reason->a));
        break;
    case NOTE_WATCHDOG:
        if (reason->a == 0)
            put(text, "it asked its own watchdog to end it");
        else
            put(text, "it gave no sign of life for %d ms (WatchdogSec=)", reason->a);
        break;
    case NOTE_UNHEALTHY:
        put_unhealthy(text, pod, reason);
        break;
    case NOTE_TIMEOUT:
        put_timeout(text, reason->a);
        break;
    default:
        break;
    }
}

static void put_end(struct text *text, const struct cause_pod *pod, const struct cause_link *link)
{
    if (link->reason)
        put_reason(text, pod, link->reason);
    if (link->reason && link->exit)
        put(text, "; ");
    if (link->exit)
        put_exit(text, link->exit);
}

/* "which it requires": what the unit has to do with the one that its job follows from. */
static const char *relation(enum edge edge)
{
    static const char *const words[EDGE_COUNT] = {
        [EDGE_REQUIRED_BY] = ", which it requires",
        [EDGE_REQUISITE_OF] = ", which it requires to be there (Requisite=)",
        [EDGE_BOUND_BY] = ", which it is bound to (BindsTo=)",
        [EDGE_CONSISTS_OF] = ", which it is a part of (PartOf=)",
        [EDGE_PROPAGATES_STOP_TO] = ", which hands its stop on (PropagatesStopTo=)",
        [EDGE_TRIGGERS] = ", which triggers it",
        [EDGE_CONFLICTS] = ", which it conflicts with",
        [EDGE_CONFLICTED_BY] = ", which it conflicts with",
    };

    return edge >= 0 && edge < EDGE_COUNT && words[edge] ? words[edge] : "";
}

static void put_stop_job(struct text *text, const struct cause_pod *pod,
                         const struct history_entry *job)
{
    const char *by;

    if (job->a == UNIT_NONE) {
        put(text, ", because nobody needs it any more (StopWhenUnneeded=)");
        return;
    }
    by = pod->name(pod->context, job->a);
    if (history_job(job) == JOB_STOP)
        put(text, ", because of %s%s", by, relation(history_edge(job)));
    else
        put(text, " to be restarted together with %s%s", by, relation(history_edge(job)));
}

static void put_stop(struct text *text, const struct cause_pod *pod, const struct cause_link *link)
{
    bool has_stopped = link->what->kind == NOTE_STOPPED;
    const struct history_entry *reason = link->reason;

    if (!reason && has_stopped) {
        put(text, "ended by itself%s", link->exit ? ": " : "");
        if (link->exit)
            put_exit(text, link->exit);
        return;
    }
    put(text, has_stopped                         ? "was stopped"
              : link->what->kind == NOTE_STOPPING ? "is being stopped"
                                                  : "was told to stop");
    if (reason && reason->kind == HISTORY_ASKED)
        put(text, ", because somebody asked for it (reevectl %s)",
            reason->a == JOB_STOP ? "stop" : "restart");
    else if (reason && reason->kind == HISTORY_SHUTDOWN)
        put(text, ", because the pod stops");
    else if (reason)
        put_stop_job(text, pod, reason);
}

static void put_start_job(struct text *text, const struct cause_pod *pod,
                          const struct history_entry *job)
{
    const char *by = job->a == UNIT_NONE ? NULL : pod->name(pod->context, job->a);

    if (!by) {
        put(text, ", because what it needs is there again");
        return;
    }
    switch (history_edge(job)) {
    case EDGE_REQUIRES:
    case EDGE_BINDS_TO:
        put(text, ", because %s requires it", by);
        break;
    case EDGE_WANTS:
        put(text, ", because %s wants it", by);
        break;
    case EDGE_UPHOLDS:
        put(text, ", because %s upholds it", by);
        break;
    case EDGE_ON_FAILURE:
        put(text, ", because %s failed (OnFailure=)", by);
        break;
    case EDGE_ON_SUCCESS:
        put(text, ", because %s succeeded (OnSuccess=)", by);
        break;
    default:
        put(text, " together with %s%s", by, relation(history_edge(job)));
        break;
    }
}

static void put_start(struct text *text, const struct cause_pod *pod, const struct cause_link *link)
{
    const struct history_entry *reason = link->reason;

    put(text, link->what->kind == NOTE_STARTING ? "is being started" : "was started");
    if (!reason)
        return;
    if (reason->kind == HISTORY_QUEUED)
        put_start_job(text, pod, reason);
    else if (reason->kind == HISTORY_ASKED)
        put(text, ", because somebody asked for it (reevectl %s)",
            reason->a == JOB_RESTART ? "restart" : "start");
    else if (reason->kind == HISTORY_BOOT)
        put(text, " when the pod began");
    else
        put(text, " again, by Restart=");
}

static void put_failure(struct text *text, const struct cause_pod *pod,
                        const struct cause_link *link)
{
    bool has_end = link->reason || link->exit;

    if (link->what->kind == NOTE_FAILED)
        put(text, "failed%s", has_end ? ": " : "");
    else
        put(text, "ended%s", has_end ? ": " : "");
    if (has_end)
        put_end(text, pod, link);
    else if (link->what->kind == NOTE_FAILED && (uint32_t)link->what->a < RESULT_COUNT)
        put(text, " with result '%s'", unit_result_name((enum unit_result)link->what->a));
    if (link->what->kind == NOTE_RESTART_SCHEDULED)
        put(text, "; restart number %d", link->what->b);
}

static const char *skipped_text(int32_t by)
{
    static const char *const words[] = {
        [SKIPPED_BY_CONDITION] = "was skipped, because a condition is not met",
        [SKIPPED_BY_ASSERT] = "was not started, because an assertion failed",
        [SKIPPED_BY_COMMAND] = "was skipped by ExecCondition=",
    };

    return by >= 0 && (size_t)by < ARRAY_SIZE(words) ? words[by] : "was skipped";
}

/* A job that has not begun yet. */
static void put_job(struct text *text, const struct cause_pod *pod, const struct cause_link *link)
{
    const struct history_entry *what = link->what;
    int32_t kind = what->kind == HISTORY_QUEUED ? (int32_t)history_job(what) : what->a;

    if (kind == JOB_STOP || kind == JOB_RESTART || kind == JOB_TRY_RESTART)
        put_stop(text, pod, link);
    else
        put(text, "waits for its turn");
}

/* What needs no more than the entry itself. */
static void put_plain(struct text *text, const struct cause_pod *pod,
                      const struct history_entry *what)
{
    switch (what->kind) {
    case NOTE_DEPENDENCY:
        put(text, "was not started, because %s failed", pod->name(pod->context, what->a));
        break;
    case NOTE_START_LIMIT:
        put(text, "was started too often (%d times in %d s) and given up", what->a, what->b);
        break;
    case NOTE_SKIPPED:
        put(text, "%s", skipped_text(what->a));
        break;
    case NOTE_GONE:
        put(text, "was not started: its files are gone");
        break;
    case NOTE_JOB_TIMEOUT:
        put(text, "was given up: its job timed out (JobTimeoutSec=)");
        break;
    case NOTE_STEADY_LIMIT:
        put(text, "was started or stopped too often by Upholds=, BindsTo= or StopWhenUnneeded=");
        break;
    case NOTE_CYCLE:
        put(text, "stands in an ordering cycle with %s", pod->name(pod->context, what->a));
        break;
    case NOTE_REQUEST_FAILED:
        put(text, "cannot have the job that its dependencies ask for: %s",
            request_error_text(what->a));
        break;
    case HISTORY_HEALTH:
        put_health(text, pod, what);
        break;
    default:
        put(text, "waits for its turn");
        break;
    }
}

void cause_text(const struct cause_pod *pod, const struct cause_link *link, char buffer[CAUSE_TEXT])
{
    struct text text = { .bytes = buffer };

    put(&text, "%s ", pod->name(pod->context, link->what->unit));
    switch (link->what->kind) {
    case NOTE_FAILED:
    case NOTE_RESTART_SCHEDULED:
        put_failure(&text, pod, link);
        break;
    case NOTE_STOPPING:
    case NOTE_STOPPED:
        put_stop(&text, pod, link);
        break;
    case NOTE_STARTING:
    case NOTE_STARTED:
    case NOTE_FINISHED:
        put_start(&text, pod, link);
        break;
    case HISTORY_QUEUED:
    case HISTORY_ASKED:
        put_job(&text, pod, link);
        break;
    default:
        put_plain(&text, pod, link->what);
        break;
    }
}

const char *cause_word(const struct cause_link *link)
{
    static const char *const words[] = {
        [NOTE_STARTING] = "starting",       [NOTE_STARTED] = "started",
        [NOTE_FINISHED] = "finished",       [NOTE_STOPPING] = "stopping",
        [NOTE_STOPPED] = "stopped",         [NOTE_FAILED] = "failed",
        [NOTE_SKIPPED] = "skipped",         [NOTE_RESTART_SCHEDULED] = "restarting",
        [NOTE_START_LIMIT] = "start-limit", [NOTE_GONE] = "gone",
        [NOTE_DEPENDENCY] = "dependency",   [NOTE_JOB_TIMEOUT] = "job-timeout",
        [NOTE_STEADY_LIMIT] = "limit",      [NOTE_CYCLE] = "cycle",
        [NOTE_REQUEST_FAILED] = "refused",  [HISTORY_HEALTH] = "unhealthy",
        [HISTORY_QUEUED] = "waiting",       [HISTORY_ASKED] = "waiting",
        [HISTORY_BOOT] = "waiting",
    };
    unsigned kind = link->what->kind;

    if (kind == HISTORY_HEALTH && link->what->a == WIRE_HEALTH_HEALTHY)
        return "healthy";
    return kind < ARRAY_SIZE(words) && words[kind] ? words[kind] : "unknown";
}

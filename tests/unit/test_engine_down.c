/*
 * Each cell of the state machine's table, from the first moment of a stop to where nothing runs or
 * all begins again; test_engine_up.c has the others and says more.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "supervisor/unit/machine.h"
#include "tests/unit/pod_builder.h"
#include "tests/unit/way.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* It outlives its main process, and runs on with what is left. */
#define GROUP     WAY_NOTIFY "ExitType=cgroup\n"
#define TO_STRAYS TO_RUNNING ",exit 0,strays"
#define MAIN      "ExecStart=/bin/main\n" WAY_TIMES

#define SIGTERM_SENT "stop-sigterm deactivating 5s: term"
#define SIGKILL_SENT "stop-sigkill deactivating 5s: final"
#define SIGABRT_SENT "stop-watchdog deactivating 7s: abort"
#define RUNS_POST    "stop-post deactivating 5s: stop-post"
#define LAST_SIGTERM "final-sigterm deactivating 5s: term"
#define LAST_SIGKILL "final-sigkill deactivating 5s: final"
#define LAST_SIGABRT "final-watchdog deactivating 7s: abort"

/* systemd.service(5), "ExecStop=": what is left then is signalled, however that ended;
 * "TimeoutStopFailureMode=". conformance result, timing. */
static void after_exec_stop_come_signals(void **state)
{
    static const struct way ways[] = {
        { WAY_NOTIFY, TO_STOP, "stop deactivating 5s: stop" },
        { WAY_NOTIFY, TO_STOP ",control 0", SIGTERM_SENT },
        { WAY_NOTIFY, TO_STOP ",control 1", SIGTERM_SENT },
        { WAY_NOTIFY, TO_STOP ",after 5", SIGTERM_SENT },
        { WAY_ABORT, TO_STOP ",after 5", SIGABRT_SENT },
        { WAY_KILL, TO_STOP ",after 5", SIGKILL_SENT },
        { WAY_NOTIFY, TO_STOP ",trigger", SIGABRT_SENT },
    };

    (void)state;
    WAYS_GO(ways);
}

/* systemd.service(5), "WatchdogSec=", "TimeoutAbortSec="; conformance timing: timeout-abort. Who
 * is signalled is waited for: service_sigchld_event(), service_notify_cgroup_empty_event(). */
static void a_signal_is_followed_by_the_end_or_by_sigkill(void **state)
{
    static const struct way ways[] = {
        { WAY_NOTIFY, TO_SIGTERM ",exit 0", RUNS_POST },
        { WAY_NOTIFY, TO_SIGTERM ",after 5", SIGKILL_SENT },
        { WAY_ABORT, TO_SIGTERM ",after 5", SIGABRT_SENT },
        { WAY_NOTIFY, TO_SIGTERM ",trigger", SIGABRT_SENT },
        { GROUP, TO_STRAYS ",stop,control 0", SIGTERM_SENT },
        { GROUP, TO_STRAYS ",stop,control 0,empty", RUNS_POST },

        { WAY_NOTIFY, TO_RUNNING ",trigger,exit 1", RUNS_POST },
        { WAY_NOTIFY, TO_RUNNING ",trigger,after 7", SIGKILL_SENT },
        { WAY_NOTIFY, TO_RUNNING ",trigger,stop", SIGTERM_SENT },
        { GROUP, TO_STRAYS ",trigger", SIGABRT_SENT },
        { GROUP, TO_STRAYS ",trigger,empty", RUNS_POST },

        { WAY_NOTIFY, TO_SIGKILL ",die 9", RUNS_POST },
        { GROUP, TO_STRAYS ",stop,control 0,after 5", SIGKILL_SENT },
        { GROUP, TO_STRAYS ",stop,control 0,after 5,empty", RUNS_POST },
    };

    (void)state;
    WAYS_GO(ways);
}

/* service_dispatch_timer(): "Processes still around after SIGKILL. Ignoring." */
static void what_sigkill_does_not_end_is_left_behind(void **state)
{
    static const struct way ways[] = {
        { WAY_NOTIFY, TO_SIGKILL ",after 5", RUNS_POST },
        { WAY_NOTIFY, TO_SIGKILL ",after 5,control 0", "stop-post deactivating 5s:" },
        { WAY_NOTIFY, TO_SIGKILL ",after 5,control 0,after 5", LAST_SIGTERM },
        { WAY_NOTIFY, TO_SIGKILL ",after 5,control 0,after 5,after 5", LAST_SIGKILL },
        { WAY_NOTIFY, TO_SIGKILL ",after 5,control 0,after 5,after 5,after 5",
          "failed failed: bad" },
    };

    (void)state;
    WAYS_GO(ways);
}

/* systemd.service(5), "ExecStopPost=": whatever it leaves behind is signalled once more, and it
 * alone is waited for. conformance result, kill. */
static void after_exec_stop_post_come_signals(void **state)
{
    static const struct way ways[] = {
        { WAY_NOTIFY, TO_STOP_POST, RUNS_POST },
        { WAY_NOTIFY, TO_STOP_POST ",control 0", "dead inactive: (term) (final) good" },
        { WAY_NOTIFY, TO_STOP_POST ",control 1", "failed failed: (term) (final) bad" },
        { WAY_NOTIFY, TO_STOP_POST ",strays,control 0", LAST_SIGTERM },
        { WAY_NOTIFY, TO_STOP_POST ",strays,control 1", LAST_SIGTERM },
        { WAY_NOTIFY, TO_STOP_POST ",after 5", LAST_SIGTERM },
        { WAY_ABORT, TO_STOP_POST ",after 5", LAST_SIGABRT },
        { WAY_KILL, TO_STOP_POST ",after 5", LAST_SIGKILL },
    };

    (void)state;
    WAYS_GO(ways);
}

/* The command itself may go: who counts now are the others. No empty unit is signalled step by
 * step, each of which would be a walk over all processes. service_notify_cgroup_empty_event(). */
static void the_last_signals_are_for_whoever_is_left(void **state)
{
    static const struct way ways[] = {
        { WAY_NOTIFY, TO_STOP_POST ",strays,after 5,control 1", "final-sigterm deactivating 5s:" },
        { WAY_NOTIFY, TO_STOP_POST ",strays,control 0,empty", "dead inactive: (final) good" },
        { WAY_NOTIFY, TO_STOP_POST ",strays,control 0,after 5", LAST_SIGKILL },
        { WAY_ABORT, TO_STOP_POST ",strays,control 0,after 5", LAST_SIGABRT },

        { WAY_ABORT, TO_STOP_POST ",strays,after 5,control 1", "final-watchdog deactivating 7s:" },
        { WAY_ABORT, TO_STOP_POST ",strays,after 5,control 1,empty", "failed failed: (final) bad" },
        { WAY_ABORT, TO_STOP_POST ",after 5,after 7", LAST_SIGKILL },

        { WAY_KILL, TO_STOP_POST ",strays,after 5,control 1", "final-sigkill deactivating 5s:" },
        { WAY_KILL, TO_STOP_POST ",strays,after 5,control 1,empty", "failed failed: bad" },
    };

    (void)state;
    WAYS_GO(ways);
}

/* systemd.service(5), "RestartMode=": with "normal" the others see an end, by which OnSuccess= and
 * OnFailure= go; with "direct" none. conformance restart, trigger, timing: restart-sec. */
static void all_begins_again_after_a_while(void **state)
{
    static const struct way ways[] = {
        { WAY_RESTART, TO_RUNNING ",exit 0,control 0,control 0",
          "auto-restart activating 13s: (term) (final) good" },
        { WAY_RESTART, TO_RUNNING ",exit 1,control 0",
          "auto-restart activating 13s: (term) (final) bad" },
        { WAY_DIRECT, TO_RUNNING ",exit 0,control 0,control 0",
          "auto-restart activating 13s: (term) (final)" },
        { WAY_DIRECT, TO_RUNNING ",exit 1,control 0",
          "auto-restart activating 13s: (term) (final)" },
        { WAY_RESTART, TO_RUNNING ",exit 1,control 0,after 13",
          "condition activating 3s restart 1: condition" },
        { WAY_RESTART, TO_RUNNING ",exit 1,control 0,start",
          "condition activating 3s restart 1: condition" },
        { WAY_RESTART, TO_RUNNING ",exit 1,control 0,stop", "dead inactive: good" },
    };

    (void)state;
    WAYS_GO(ways);
}

/* A start job that has waited for the end runs in the moment of the restart: one process is
 * started, however much of what came before it still lies in the queue. */
static void a_restart_starts_one_process(void **state)
{
    static const struct way ways[] = {
        { "Restart=always\n" MAIN, "start,strays,exit 0,start,empty",
          "running active 11s restart 1: (term) (final) good main" },
        { "Restart=always\n" MAIN, "start,strays,exit 1,start,empty",
          "running active 11s restart 1: (term) (final) bad main" },
    };

    (void)state;
    WAYS_GO(ways);
}

#define SERVICE "[Service]\nExecStart=/bin/true\n"
#define KEEP                                                                                       \
    {                                                                                              \
        "keep.service", SERVICE                                                                    \
    }

/* The notes of the unit from here on, by their numbers; nobody is left who could be signalled. */
static void tell_notes(struct pod_builder *pod, unit_id id, char *text, size_t size)
{
    struct unit_action action;

    text[0] = '\0';
    while (engine_next_action(&pod->engine, &action)) {
        size_t used = strlen(text);

        if (action.kind == ACTION_SIGNAL)
            engine_signalled(&pod->engine, action.id, false, pod->now_us);
        else if (action.kind == ACTION_NOTE && action.id == id)
            snprintf(text + used, size - used, "%s ",
                     action.note == NOTE_MAIN_EXITED         ? "exited"
                     : action.note == NOTE_FAILED            ? "failed"
                     : action.note == NOTE_STOPPED           ? "stopped"
                     : action.note == NOTE_RESTART_SCHEDULED ? "restart"
                                                             : "other");
    }
}

/* "Main process exited", "Failed with result", "Scheduled restart job"; else "Deactivated
 * successfully": what systemd's journal says of such a run. */
static void a_run_ends_once(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "Restart=always\nRestartSec=1\n" },
        KEEP,
        { NULL, NULL },
    };
    struct pod_builder pod;
    char text[256];
    unit_id id;

    (void)state;
    pod_builder_init(&pod, units);
    id = pod_builder_id(&pod, "a.service");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_exit(&pod, "a.service", CLD_EXITED, 1);
    tell_notes(&pod, id, text, sizeof(text));
    assert_string_equal(text, "exited failed restart ");
    pod_builder_step(&pod, "after 1", "spawn a.service\n");
    pod_builder_exit(&pod, "a.service", CLD_EXITED, 0);
    tell_notes(&pod, id, text, sizeof(text));
    assert_string_equal(text, "exited stopped restart ");
    pod_builder_release(&pod);
}

/* systemd.unit(5), "StartLimitBurst="; conformance limit. */
static void too_many_starts_are_refused(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nStartLimitIntervalSec=1h\nStartLimitBurst=1\n" SERVICE },
        { "b.service", "[Unit]\nStartLimitIntervalSec=1h\nStartLimitBurst=1\n" SERVICE
                       "Restart=always\nRestartSec=2\n" },
        KEEP,
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "exit a.service 0", "");
    pod_builder_step(&pod, "start a.service", "");
    pod_builder_expect(&pod, "a.service", "failed", "start-limit-hit");
    assert_int_equal(pod_builder_unit(&pod, "a.service")->job_result, JOB_RESULT_FAILED);
    pod_builder_step(&pod, "start b.service", "spawn b.service\n");
    pod_builder_step(&pod, "exit b.service 1", "");
    pod_builder_step(&pod, "after 2", "");
    pod_builder_expect(&pod, "b.service", "failed", "exit-code");
    pod_builder_release(&pod);
}

/* As in systemd, where service_stop() gives it up: nothing runs that would have to be stopped. */
static void a_restart_that_cannot_be_is_given_up_by_a_stop(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nRequires=b.service\nAfter=b.service\n[Service]\nType=simple\n"
                       "Restart=always\n" WAY_LISTS WAY_TIMES },
        { "b.service", "[Service]\nType=notify\nExecStart=/bin/true\n" },
        KEEP,
        { NULL, NULL },
    };
    struct pod_builder pod;
    const struct unit *unit;

    (void)state;
    pod_builder_init(&pod, units);
    pod.tells_all = true;
    unit = pod_builder_unit(&pod, "a.service");
    pod_builder_step(&pod, "start keep.service", NULL);
    pod_builder_step(&pod, "start a.service", "spawn b.service\n");
    pod_builder_step(&pod, "ready b.service", "spawn a.service /bin/condition\n");
    pod_builder_step(&pod, "control-exit a.service 0", NULL);
    pod_builder_step(&pod, "exit b.service 1", NULL);
    pod_builder_step(&pod, "control-exit a.service 1", NULL);
    pod_builder_step(&pod, "control-exit a.service 0", NULL);
    pod_builder_expect(&pod, "a.service", "auto-restart", "exit-code");
    pod_builder_step(&pod, "after 13", "spawn b.service\n");
    pod_builder_step(&pod, "exit b.service 1", NULL);
    pod_builder_expect(&pod, "a.service", "auto-restart-queued", "exit-code");
    assert_int_equal(unit_active_state(unit), ACTIVE_ACTIVATING);
    assert_true(unit->deadline_us == USEC_INFINITY);
    pod_builder_step(&pod, "stop a.service", "");
    pod_builder_expect(&pod, "a.service", "dead", "exit-code");
    assert_int_equal(unit_active_state(unit), ACTIVE_INACTIVE);
    pod_builder_release(&pod);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_exec_stop_come_signals),
        cmocka_unit_test(a_signal_is_followed_by_the_end_or_by_sigkill),
        cmocka_unit_test(what_sigkill_does_not_end_is_left_behind),
        cmocka_unit_test(after_exec_stop_post_come_signals),
        cmocka_unit_test(the_last_signals_are_for_whoever_is_left),
        cmocka_unit_test(all_begins_again_after_a_while),
        cmocka_unit_test(a_restart_starts_one_process),
        cmocka_unit_test(a_run_ends_once),
        cmocka_unit_test(too_many_starts_are_refused),
        cmocka_unit_test(a_restart_that_cannot_be_is_given_up_by_a_stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

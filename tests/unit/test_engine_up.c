/*
 * Each cell of the state machine's table, from the start of a service to where it runs and reloads,
 * by what can be seen of it from outside; test_engine_down.c has the rest, and way.h says how to
 * read a line. What is expected is what systemd does: the manual page, a case of tests/conformance
 * that was recorded from it, or the function of its service.c that stands beside each test.
 *
 * `make mutation` shows that no cell can be changed without a failure here or there, and `make
 * conformance-ways` has systemd itself play each line.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "supervisor/unit/machine.h"
#include "tests/unit/way.h"

#include <stdio.h>
#include <string.h>

#define ONESHOT  "Type=oneshot\n" WAY_LISTS "TimeoutStartSec=3\nTimeoutStopSec=5\n"
#define FORKING  "Type=forking\nGuessMainPID=no\n" WAY_LISTS WAY_TIMES
#define PID_FILE "Type=forking\nPIDFile=/run/a.pid\n"
/* Sections may come again. */
#define LIMIT WAY_NOTIFY "[Unit]\nStartLimitIntervalSec=1h\nStartLimitBurst=1\n"
#define ENDS  "ExecStart=/bin/main\nExecStop=/bin/stop\nExecStopPost=/bin/stop-post\n" WAY_TIMES
/* Its main process may end before somebody else says READY=1. */
#define LATE "Type=notify\nNotifyAccess=all\nRemainAfterExit=yes\n" ENDS
/* Told by a signal to reload. */
#define SIGNALLED "Type=notify-reload\n" WAY_MOST_LISTS WAY_TIMES
#define TO_ANSWER TO_RELOAD ",reloading"
/* It outlives its main process. */
#define OUTLIVES "ExitType=cgroup\nRemainAfterExit=yes\nNotifyAccess=all\n"

#define SIGTERM_SENT   "stop-sigterm deactivating 5s: term"
#define SIGKILL_SENT   "stop-sigkill deactivating 5s: final"
#define SIGABRT_SENT   "stop-watchdog deactivating 7s: abort"
#define STOPS_ITSELF   "stop-sigterm deactivating 5s:"
#define RUNS_STOP      "stop deactivating 5s: stop"
#define RUNS_POST      "stop-post deactivating 5s: stop-post"
#define NOBODY_IS_LEFT "stop-post deactivating 5s: (term) stop-post"

/* systemd.unit(5); conformance job, limit. What failed by too many starts fails for others, too. */
static void a_start_begins_where_nothing_runs(void **state)
{
    static const struct way ways[] = {
        { WAY_NOTIFY, "start", "condition activating 3s: condition" },
        { WAY_NOTIFY, TO_RUNNING ",exit 1,control 0", "failed failed: (term) (final) bad" },
        { WAY_NOTIFY, TO_RUNNING ",exit 1,control 0,start", "condition activating 3s: condition" },
        { LIMIT, TO_STOP_POST ",control 0,start", "failed failed: bad" },
        { WAY_TARGET, "start", "active active:" },
        { WAY_TARGET, "start,stop", "dead inactive: good" },
    };

    (void)state;
    WAYS_GO(ways);
}

/* systemd.service(5), "ExecStop=" (only what had come up is stopped by it), "ExecStopPost=",
 * "TimeoutStartFailureMode="; sd_notify(3), "WATCHDOG=trigger". service_stop(),
 * service_dispatch_timer(), service_force_watchdog(). */
static void goes_down_from(const char *place)
{
    static const struct way ends[] = {
        { WAY_NOTIFY, "stop", SIGTERM_SENT },    { WAY_NOTIFY, "after 3", SIGTERM_SENT },
        { WAY_ABORT, "after 3", SIGABRT_SENT },  { WAY_KILL, "after 3", SIGKILL_SENT },
        { WAY_NOTIFY, "trigger", SIGABRT_SENT },
    };

    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        char steps[128];
        struct way way = { ends[i].service, steps, ends[i].seen };

        snprintf(steps, sizeof(steps), "%s,%s", place, ends[i].steps);
        way_go(&way);
    }
}

/* systemd.service(5), "ExecCondition=": 1 to 254 skip the unit, 255 is a failure; ExecStopPost=
 * runs all the same. service_sigchld_event(); conformance exec. */
static void a_condition_decides(void **state)
{
    static const struct way ways[] = {
        { WAY_NOTIFY, TO_CONDITION ",control 0", "start-pre activating 3s: pre" },
        { WAY_NOTIFY, TO_CONDITION ",control 1", NOBODY_IS_LEFT },
        { WAY_NOTIFY, TO_CONDITION ",control 1,control 0", "dead inactive: (term) (final) good" },
        { WAY_NOTIFY, TO_CONDITION ",control 255", NOBODY_IS_LEFT },
        { WAY_NOTIFY, TO_CONDITION ",control 255,control 0", "failed failed: (term) (final) bad" },
    };

    (void)state;
    goes_down_from(TO_CONDITION);
    WAYS_GO(ways);
}

static void start_pre_comes_before_the_start(void **state)
{
    static const struct way ways[] = {
        { WAY_NOTIFY, TO_START_PRE ",control 0", "start activating 3s: main" },
        { WAY_NOTIFY, TO_START_PRE ",control 1", NOBODY_IS_LEFT },
    };

    (void)state;
    goes_down_from(TO_START_PRE);
    WAYS_GO(ways);
}

/* conformance types: notify-fails, notify-exit, forking-parent-fails, forking-no-guess,
 * oneshot-two, oneshot-last-fails, forking-file-nobody. service_notify_cgroup_empty_event(): nobody
 * is left who could say that it is ready, or write PIDFile=. */
static void a_start_ends_when_the_type_says_so(void **state)
{
    static const struct way ways[] = {
        { WAY_NOTIFY, TO_START ",ready", "start-post activating 3s: post" },
        { WAY_NOTIFY, TO_START ",exit 0", NOBODY_IS_LEFT },
        { WAY_NOTIFY, TO_START ",exit 1", NOBODY_IS_LEFT },
        { ONESHOT, TO_START ",exit 0", "start-post activating 3s: post" },
        { ONESHOT, TO_START ",exit 1", NOBODY_IS_LEFT },
        { FORKING, TO_START ",control 0", "start-post activating 3s: post" },
        { FORKING, TO_START ",control 1", NOBODY_IS_LEFT },
        { PID_FILE ENDS, "start,control 0", "start activating 3s: find-main" },
        { PID_FILE ENDS, "start,control 0,empty", RUNS_POST },
        { LATE, "start,exit 0", "start activating 3s:" },
        { LATE, "start,exit 0,empty", RUNS_POST },
    };

    (void)state;
    goes_down_from(TO_START);
    WAYS_GO(ways);
}

/* service_enter_running(): how the main process ended in the meantime, and what it said, counts
 * when the commands are through. conformance types: forking-main-dies-post,
 * forking-file-nobody-post; result. */
static void start_post_ends_where_the_service_is(void **state)
{
    static const struct way ways[] = {
        { WAY_NOTIFY, TO_START_POST ",control 0", "running active 11s:" },
        { WAY_NOTIFY, TO_START_POST ",control 1", SIGTERM_SENT },
        { WAY_NOTIFY, TO_START_POST ",exit 0,control 0", RUNS_STOP },
        { WAY_REMAIN, TO_START_POST ",exit 0,control 0", "exited active:" },
        { WAY_NOTIFY, TO_START_POST ",exit 1,control 0", NOBODY_IS_LEFT },
        { WAY_NOTIFY, TO_START_POST ",reloading,control 0", "reload-notify reloading 3s:" },
        { WAY_NOTIFY, TO_START_POST ",stopping,control 0", STOPS_ITSELF },
        { PID_FILE WAY_LISTS WAY_TIMES, TO_START ",control 0,found 0,control 0",
          "start-post activating 3s: find-main" },
        { PID_FILE WAY_LISTS WAY_TIMES, TO_START ",control 0,found 0,control 0,empty", RUNS_STOP },
    };

    (void)state;
    goes_down_from(TO_START_POST);
    WAYS_GO(ways);
}

/* systemd.service(5), "ExecStop=", "RemainAfterExit=", "RuntimeMaxSec="; sd_notify(3), "STOPPING=1"
 * and "RELOADING=1". conformance restart, result, types, timing: runtime-max. */
static void a_service_runs_until_something_happens(void **state)
{
    static const struct way ways[] = {
        { WAY_NOTIFY, TO_RUNNING ",exit 0", RUNS_STOP },
        { WAY_NOTIFY, TO_RUNNING ",exit 1", NOBODY_IS_LEFT },
        { WAY_REMAIN, TO_RUNNING ",exit 0", "exited active:" },
        { WAY_NOTIFY, TO_RUNNING ",reloading", "reload-notify reloading 3s:" },
        { WAY_NOTIFY, TO_RUNNING ",stopping", STOPS_ITSELF },
        { WAY_NOTIFY, TO_RUNNING ",trigger", SIGABRT_SENT },
        { WAY_NOTIFY, TO_RUNNING ",stop", RUNS_STOP },
        { WAY_NOTIFY, TO_RUNNING ",reload", "reload reloading 3s: reload" },
        { WAY_NOTIFY, TO_RUNNING ",after 11", RUNS_STOP },
        { WAY_REMAIN, TO_RUNNING ",exit 0,stop", RUNS_STOP },
        { WAY_REMAIN, TO_RUNNING ",exit 0,reload", "reload reloading 3s: reload" },
        { WAY_REMAIN, TO_RUNNING ",exit 0,strays,trigger", SIGABRT_SENT },
    };

    (void)state;
    WAYS_GO(ways);
}

/* A stop goes to signals where a command runs (service_stop()); else as after ExecStartPost=.
 * conformance types: exec-reload, exec-reload-hangs, exec-reload-dies, exec-reload-ends. */
static void a_reload_command_ends_where_the_service_is(void **state)
{
    static const struct way ways[] = {
        { WAY_NOTIFY, TO_RELOAD ",control 0", "running active 11s:" },
        { WAY_NOTIFY, TO_RELOAD ",control 1", "running active 11s:" },
        { WAY_NOTIFY, TO_RELOAD ",after 3", "running active 8s: kill-control" },
        { WAY_NOTIFY, TO_RELOAD ",exit 0,control 0", RUNS_STOP },
        { WAY_REMAIN, TO_RELOAD ",exit 0,control 0", "exited active:" },
        { WAY_NOTIFY, TO_RELOAD ",exit 1,control 0", NOBODY_IS_LEFT },
        { WAY_NOTIFY, TO_RELOAD ",stop", SIGTERM_SENT },
        { WAY_NOTIFY, TO_RELOAD ",trigger", SIGABRT_SENT },
        { WAY_NOTIFY, TO_RELOAD ",reloading,control 0", "reload-notify reloading 3s:" },
        { WAY_NOTIFY, TO_RELOAD ",stopping,control 0", STOPS_ITSELF },
        { SIGNALLED, TO_RELOAD, "reload-signal reloading 3s: hup" },
    };

    (void)state;
    WAYS_GO(ways);
}

/* conformance types: reload, reload-silent, reload-dies, reload-ends, reload-stop. With
 * ExitType=cgroup it goes on without its main process, whose failure counts in the end
 * (service_enter_running()). */
static void a_reload_signal_is_answered_or_not(void **state)
{
    static const struct way ways[] = {
        { SIGNALLED, TO_RELOAD ",reloading", "reload-notify reloading 3s:" },
        { SIGNALLED, TO_RELOAD ",after 3", "running active 8s:" },
        { SIGNALLED, TO_RELOAD ",exit 0", RUNS_STOP },
        { SIGNALLED, TO_RELOAD ",exit 1", RUNS_STOP },
        { SIGNALLED, TO_RELOAD ",stop", SIGTERM_SENT },
        { SIGNALLED, TO_RELOAD ",trigger", SIGABRT_SENT },
        { SIGNALLED, TO_RELOAD ",stopping", STOPS_ITSELF },
        { SIGNALLED OUTLIVES, TO_RELOAD ",exit 0", "reload-signal reloading 3s:" },
        { SIGNALLED OUTLIVES, TO_RELOAD ",exit 0,empty", "exited active:" },
        { SIGNALLED OUTLIVES, TO_RELOAD ",exit 1,main 600,after 3", SIGTERM_SENT },
    };

    (void)state;
    WAYS_GO(ways);
}

/* conformance types: reload-waits, reload-never-ready, reload-self, reload-self-notify. */
static void a_reload_that_was_announced_lasts_until_it_is_ready(void **state)
{
    static const struct way ways[] = {
        { SIGNALLED, TO_ANSWER ",ready", "running active 11s:" },
        { SIGNALLED, TO_ANSWER ",after 3", "running active 8s:" },
        { SIGNALLED, TO_ANSWER ",exit 0", RUNS_STOP },
        { SIGNALLED, TO_ANSWER ",stop", SIGTERM_SENT },
        { SIGNALLED, TO_ANSWER ",trigger", SIGABRT_SENT },
        { SIGNALLED, TO_ANSWER ",stopping", STOPS_ITSELF },
        { WAY_NOTIFY, TO_RUNNING ",reloading,exit 0", RUNS_STOP },
        { WAY_NOTIFY, TO_RUNNING ",reloading,exit 1", RUNS_STOP },
        { WAY_NOTIFY OUTLIVES, TO_RUNNING ",reloading,exit 0,empty", "exited active:" },
        { WAY_NOTIFY OUTLIVES, TO_RUNNING ",reloading,exit 1,main 600,ready", SIGTERM_SENT },
    };

    (void)state;
    WAYS_GO(ways);
}

/* The words of `systemctl --state=help` for services, and "active" for targets; systemd 257 has
 * three more ("mounting", "dead-resources-pinned", "cleaning") for what is not done here. */
static void the_states_have_systemds_names(void **state)
{
    static const char *const names[] = {
        [STATE_DEAD] = "dead",
        [STATE_CONDITION] = "condition",
        [STATE_START_PRE] = "start-pre",
        [STATE_START] = "start",
        [STATE_START_POST] = "start-post",
        [STATE_RUNNING] = "running",
        [STATE_EXITED] = "exited",
        [STATE_RELOAD] = "reload",
        [STATE_RELOAD_SIGNAL] = "reload-signal",
        [STATE_RELOAD_NOTIFY] = "reload-notify",
        [STATE_STOP] = "stop",
        [STATE_STOP_WATCHDOG] = "stop-watchdog",
        [STATE_STOP_SIGTERM] = "stop-sigterm",
        [STATE_STOP_SIGKILL] = "stop-sigkill",
        [STATE_STOP_POST] = "stop-post",
        [STATE_FINAL_WATCHDOG] = "final-watchdog",
        [STATE_FINAL_SIGTERM] = "final-sigterm",
        [STATE_FINAL_SIGKILL] = "final-sigkill",
        [STATE_FAILED] = "failed",
        [STATE_DEAD_BEFORE_AUTO_RESTART] = "dead-before-auto-restart",
        [STATE_FAILED_BEFORE_AUTO_RESTART] = "failed-before-auto-restart",
        [STATE_AUTO_RESTART] = "auto-restart",
        [STATE_AUTO_RESTART_QUEUED] = "auto-restart-queued",
        [STATE_ACTIVE] = "active",
        [STATE_PATH_WAITING] = "waiting",
        [STATE_PATH_RUNNING] = "running",
    };

    (void)state;
    assert_int_equal(ARRAY_SIZE(names), STATE_COUNT);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        assert_string_equal(unit_state_info((enum unit_state)i)->name, names[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_start_begins_where_nothing_runs),
        cmocka_unit_test(a_condition_decides),
        cmocka_unit_test(start_pre_comes_before_the_start),
        cmocka_unit_test(a_start_ends_when_the_type_says_so),
        cmocka_unit_test(start_post_ends_where_the_service_is),
        cmocka_unit_test(a_service_runs_until_something_happens),
        cmocka_unit_test(a_reload_command_ends_where_the_service_is),
        cmocka_unit_test(a_reload_signal_is_answered_or_not),
        cmocka_unit_test(a_reload_that_was_announced_lasts_until_it_is_ready),
        cmocka_unit_test(the_states_have_systemds_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/pod_builder.h"

#include <signal.h>
#include <string.h>

/* Reloads, deadlines, the watchdog and what a service says about itself. The rules are those
 * of systemd.service(5); tests/conformance has the same played by systemd. */

#define SERVICE "[Service]\nExecStart=/bin/true\n"
#define KEEP    SERVICE

static void a_reload_runs_its_commands_and_a_failed_one_does_not_fail_the_service(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "ExecReload=/bin/reload\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "reload a.service", "spawn a.service /bin/reload\n");
    pod_builder_expect(&pod, "a.service", "reload", "success");
    pod_builder_step(&pod, "control-exit a.service 0", "");
    pod_builder_expect(&pod, "a.service", "running", "success");
    pod_builder_step(&pod, "reload a.service", "spawn a.service /bin/reload\n");
    pod_builder_step(&pod, "control-exit a.service 1", "");
    pod_builder_expect(&pod, "a.service", "running", "success");
    assert_int_equal(pod_builder_unit(&pod, "a.service")->job_result, JOB_RESULT_FAILED);
    pod_builder_release(&pod);
}

static void a_reload_that_takes_too_long_is_killed(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "ExecReload=/bin/reload\nTimeoutStartSec=3\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "reload a.service", "spawn a.service /bin/reload\n");
    pod_builder_step(&pod, "after 3", "kill-control a.service 103\n");
    pod_builder_expect(&pod, "a.service", "running", "success");
    assert_int_equal(pod_builder_unit(&pod, "a.service")->reload_result, RESULT_TIMEOUT);
    pod_builder_release(&pod);
}

/* How a reload command ended that was killed says nothing about the service; and it is killed also
 * when the next one begins at once. */
static void a_reload_that_timed_out_is_forgotten(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "ExecReload=/bin/reload\nTimeoutStartSec=3\n" },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "reload a.service", "spawn a.service /bin/reload\n");
    pod_builder_step(&pod, "start a.service", "");
    pod_builder_step(&pod, "after 3", "kill-control a.service 102\nspawn a.service /bin/reload\n");
    pod_builder_step(&pod, "after 3", "kill-control a.service 103\n");
    assert_int_equal(pod_builder_unit(&pod, "a.service")->control_pid, 0);
    engine_exited(&pod.engine, 0, 103, (struct process_exit){ CLD_KILLED, SIGKILL }, pod.now_us);
    pod_builder_expect(&pod, "a.service", "running", "success");
    pod_builder_release(&pod);
}

static void a_main_process_that_ends_during_a_reload_is_looked_at_afterwards(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "ExecReload=/bin/reload\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "reload a.service", "spawn a.service /bin/reload\n");
    pod_builder_step(&pod, "exit a.service 0", "");
    pod_builder_expect(&pod, "a.service", "reload", "success");
    pod_builder_step(&pod, "control-exit a.service 0", "");
    pod_builder_expect(&pod, "a.service", "dead", "success");
    pod_builder_release(&pod);
}

static void notify_reload_is_told_by_a_signal_and_answers(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "Type=notify-reload\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "ready a.service", "");
    pod_builder_expect(&pod, "a.service", "running", "success");
    pod_builder_step(&pod, "reload a.service", "reload a.service\n");
    pod_builder_expect(&pod, "a.service", "reload-signal", "success");
    pod_builder_step(&pod, "reloading a.service", "");
    pod_builder_expect(&pod, "a.service", "reload-notify", "success");
    pod_builder_step(&pod, "ready a.service", "");
    pod_builder_expect(&pod, "a.service", "running", "success");
    assert_int_equal(pod_builder_unit(&pod, "a.service")->job_result, JOB_RESULT_DONE);
    pod_builder_step(&pod, "reload a.service", "reload a.service\n");
    pod_builder_step(&pod, "after 90", "");
    pod_builder_expect(&pod, "a.service", "running", "success");
    assert_int_equal(pod_builder_unit(&pod, "a.service")->job_result, JOB_RESULT_FAILED);
    pod_builder_release(&pod);
}

static void a_service_may_reload_and_stop_by_itself(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "Type=notify\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "ready a.service", "");
    pod_builder_step(&pod, "reloading a.service", "");
    pod_builder_expect(&pod, "a.service", "reload-notify", "success");
    pod_builder_step(&pod, "ready a.service", "");
    pod_builder_step(&pod, "stopping a.service", "");
    pod_builder_expect(&pod, "a.service", "stop-sigterm", "success");
    pod_builder_step(&pod, "exit a.service 0", "");
    pod_builder_expect(&pod, "a.service", "dead", "success");
    pod_builder_release(&pod);
}

static void what_was_said_before_it_was_up_counts_when_it_is(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "ExecStartPost=/bin/post\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\nspawn a.service /bin/post\n");
    pod_builder_step(&pod, "reloading a.service", "");
    pod_builder_expect(&pod, "a.service", "start-post", "success");
    pod_builder_step(&pod, "control-exit a.service 0", "");
    pod_builder_expect(&pod, "a.service", "reload-notify", "success");
    pod_builder_release(&pod);
}

static void a_watchdog_without_a_ping_aborts_the_service(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "WatchdogSec=4\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "after 3", "");
    pod_builder_step(&pod, "ping a.service", "");
    pod_builder_step(&pod, "after 3", "");
    pod_builder_expect(&pod, "a.service", "running", "success");
    pod_builder_step(&pod, "after 1", "signal a.service abort\n");
    pod_builder_expect(&pod, "a.service", "failed", "watchdog");
    pod_builder_release(&pod);
}

static void a_service_may_ask_its_watchdog_to_end_it(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "trigger a.service", "signal a.service abort\n");
    pod_builder_expect(&pod, "a.service", "failed", "watchdog");
    pod_builder_release(&pod);
}

static void a_stopped_service_has_no_watchdog(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "WatchdogSec=4\nExecStop=/bin/stop\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "stop a.service", "spawn a.service /bin/stop\n");
    pod_builder_step(&pod, "after 5", "");
    pod_builder_expect(&pod, "a.service", "stop", "success");
    pod_builder_release(&pod);
}

static void a_service_may_have_itself_watched_while_it_stops(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "WatchdogSec=4\nTimeoutStopSec=9\nExecStop=/bin/stop\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "stop a.service", "spawn a.service /bin/stop\n");
    pod_builder_step(&pod, "ping a.service", "");
    pod_builder_step(&pod, "after 4", "signal a.service abort\n");
    pod_builder_expect(&pod, "a.service", "failed", "watchdog");
    pod_builder_release(&pod);
}

static void who_is_left_over_arms_no_watchdog(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "WatchdogSec=3\nNotifyAccess=all\nKillMode=process\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "stop a.service", "signal a.service term\n");
    pod_builder_step(&pod, "ping a.service", "");
    assert_true(engine_deadline(&pod.engine) == USEC_INFINITY);
    pod_builder_release(&pod);
}

static void a_runtime_limit_stops_the_service(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "RuntimeMaxSec=7\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "after 6", "");
    pod_builder_step(&pod, "extend a.service 5", "");
    pod_builder_step(&pod, "after 4", "");
    pod_builder_expect(&pod, "a.service", "running", "success");
    pod_builder_step(&pod, "after 1", "signal a.service term\n");
    pod_builder_expect(&pod, "a.service", "failed", "timeout");
    pod_builder_release(&pod);
}

static void a_start_may_be_extended(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "Type=notify\nTimeoutStartSec=5\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "after 4", "");
    pod_builder_step(&pod, "extend a.service 4", "");
    pod_builder_step(&pod, "after 3", "");
    pod_builder_expect(&pod, "a.service", "start", "success");
    pod_builder_step(&pod, "after 1", "signal a.service term\n");
    pod_builder_expect(&pod, "a.service", "failed", "timeout");
    pod_builder_release(&pod);
}

static void timeout_start_failure_mode_chooses_the_signal(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "Type=notify\nTimeoutStartSec=5\nTimeoutStartFailureMode=abort\n" },
        { "b.service", SERVICE "Type=notify\nTimeoutStartSec=5\nTimeoutStartFailureMode=kill\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "after 5", "signal a.service abort\n");
    pod_builder_expect(&pod, "a.service", "failed", "timeout");
    pod_builder_step(&pod, "start b.service", "spawn b.service\n");
    pod_builder_step(&pod, "after 5", "signal b.service final\n");
    pod_builder_expect(&pod, "b.service", "failed", "timeout");
    pod_builder_release(&pod);
}

static void timeout_stop_failure_mode_chooses_the_signal(void **state)
{
    static const char *const units[][2] = {
        { "a.service",
          SERVICE "ExecStop=/bin/stop\nTimeoutStopSec=5\nTimeoutStopFailureMode=abort\n" },
        { "b.service",
          SERVICE "ExecStop=/bin/stop\nTimeoutStopSec=5\nTimeoutStopFailureMode=kill\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "stop a.service", "spawn a.service /bin/stop\n");
    pod_builder_step(&pod, "after 5", "signal a.service abort\n");
    pod_builder_expect(&pod, "a.service", "failed", "timeout");
    pod_builder_step(&pod, "start b.service", "spawn b.service\n");
    pod_builder_step(&pod, "stop b.service", "spawn b.service /bin/stop\n");
    pod_builder_step(&pod, "after 5", "signal b.service final\n");
    pod_builder_expect(&pod, "b.service", "failed", "timeout");
    pod_builder_release(&pod);
}

static void a_deaf_service_is_aborted_and_then_killed(void **state)
{
    static const char *const units[][2] = {
        { "a.service",
          SERVICE "TimeoutStopSec=5\nTimeoutAbortSec=2\nTimeoutStopFailureMode=abort\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod.obeys = false;
    pod_builder_step(&pod, "stop a.service", "signal a.service term\n");
    pod_builder_step(&pod, "after 5", "signal a.service abort\n");
    pod_builder_expect(&pod, "a.service", "stop-watchdog", "timeout");
    pod_builder_step(&pod, "after 1", "");
    pod.obeys = true;
    pod_builder_step(&pod, "after 1", "signal a.service final\n");
    pod_builder_expect(&pod, "a.service", "failed", "timeout");
    pod_builder_release(&pod);
}

static void stop_post_has_its_own_deadline_and_its_own_ways_to_end(void **state)
{
    static const char *const units[][2] = {
        { "a.service",
          SERVICE "ExecStopPost=/bin/post\nTimeoutStopSec=5\nTimeoutStopFailureMode=abort\n" },
        { "b.service",
          SERVICE "ExecStopPost=/bin/post\nTimeoutStopSec=5\nTimeoutStopFailureMode=kill\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "exit a.service 0", "spawn a.service /bin/post\n");
    pod_builder_expect(&pod, "a.service", "stop-post", "success");
    pod_builder_step(&pod, "after 5", "signal a.service abort\n");
    pod_builder_expect(&pod, "a.service", "failed", "timeout");
    pod_builder_step(&pod, "start b.service", "spawn b.service\n");
    pod_builder_step(&pod, "exit b.service 0", "spawn b.service /bin/post\n");
    pod_builder_step(&pod, "after 5", "signal b.service final\n");
    pod_builder_expect(&pod, "b.service", "failed", "timeout");
    pod_builder_release(&pod);
}

static void restart_mode_direct_shows_no_end(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nOnFailure=b.service\n" SERVICE
                       "Restart=always\nRestartMode=direct\nRestartSec=1\n" },
        { "b.service", SERVICE },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "exit a.service 1", "");
    pod_builder_expect(&pod, "a.service", "auto-restart", "exit-code");
    pod_builder_expect(&pod, "b.service", "dead", "success");
    pod_builder_step(&pod, "after 1", "spawn a.service\n");
    pod_builder_release(&pod);
}

static void an_exit_type_of_cgroup_waits_for_everybody(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "ExitType=cgroup\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "exit a.service 0", "");
    pod_builder_expect(&pod, "a.service", "running", "success");
    pod_builder_step(&pod, "empty a.service", "");
    pod_builder_expect(&pod, "a.service", "dead", "success");
    pod_builder_release(&pod);
}

static void the_main_process_may_be_replaced(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "Type=notify\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "main a.service 600", "");
    pod_builder_step(&pod, "ready a.service", "");
    pod_builder_expect(&pod, "a.service", "running", "success");
    pod_builder_step(&pod, "exit a.service 0", "");
    pod_builder_expect(&pod, "a.service", "dead", "success");
    pod_builder_release(&pod);
}

static void an_out_of_memory_kill_stops_the_service(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "ExecStop=/bin/stop\n" },
        { "b.service", SERVICE "OOMPolicy=continue\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    engine_oom_killed(&pod.engine, pod_builder_id(&pod, "a.service"), pod.now_us);
    assert_string_equal(pod_builder_run(&pod), "spawn a.service /bin/stop\n");
    pod_builder_step(&pod, "control-exit a.service 0", "signal a.service term\n");
    pod_builder_expect(&pod, "a.service", "failed", "oom-kill");
    pod_builder_step(&pod, "start b.service", "spawn b.service\n");
    engine_oom_killed(&pod.engine, pod_builder_id(&pod, "b.service"), pod.now_us);
    pod_builder_expect(&pod, "b.service", "running", "success");
    pod_builder_release(&pod);
}

/* How long after its end the unit is started again. */
static uint64_t delay_after_end(struct pod_builder *pod, const char *name)
{
    uint64_t delay_us;

    pod_builder_exit(pod, name, CLD_KILLED, SIGKILL);
    (void)pod_builder_run(pod);
    delay_us = pod_builder_unit(pod, name)->deadline_us - pod->now_us;
    pod_builder_advance(pod, delay_us);
    (void)pod_builder_run(pod);
    return delay_us;
}

/* A helper that lives may be killed as often as somebody likes; a service is as on systemd. */
static void a_helper_that_has_lived_is_back_at_once(void **state)
{
#define GROWS SERVICE "Restart=always\nRestartSec=1\nRestartSteps=1\nRestartMaxDelaySec=8\n"
    static const char *const units[][2] = {
        { "reeve-log.service", "[Unit]\nStartLimitIntervalSec=0\n" GROWS },
        { "a.service", "[Unit]\nStartLimitIntervalSec=0\n" GROWS },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start a.service", NULL);
    pod_builder_step(&pod, "start reeve-log.service", NULL);
    for (int i = 0; i < 3; i++) {
        pod_builder_advance(&pod, USEC_PER_SEC);
        assert_int_equal(delay_after_end(&pod, "reeve-log.service"), USEC_PER_SEC);
        assert_int_equal(delay_after_end(&pod, "a.service"), (i == 0 ? 1 : 8) * USEC_PER_SEC);
    }
    /* Now it dies too soon. */
    assert_int_equal(delay_after_end(&pod, "reeve-log.service"), USEC_PER_SEC);
    assert_int_equal(delay_after_end(&pod, "reeve-log.service"), 8 * USEC_PER_SEC);
    assert_int_equal(pod_builder_unit(&pod, "reeve-log.service")->restarts, 5);
    pod_builder_release(&pod);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reload_runs_its_commands_and_a_failed_one_does_not_fail_the_service),
        cmocka_unit_test(a_reload_that_takes_too_long_is_killed),
        cmocka_unit_test(a_reload_that_timed_out_is_forgotten),
        cmocka_unit_test(a_main_process_that_ends_during_a_reload_is_looked_at_afterwards),
        cmocka_unit_test(notify_reload_is_told_by_a_signal_and_answers),
        cmocka_unit_test(a_service_may_reload_and_stop_by_itself),
        cmocka_unit_test(what_was_said_before_it_was_up_counts_when_it_is),
        cmocka_unit_test(a_watchdog_without_a_ping_aborts_the_service),
        cmocka_unit_test(a_service_may_ask_its_watchdog_to_end_it),
        cmocka_unit_test(a_stopped_service_has_no_watchdog),
        cmocka_unit_test(a_service_may_have_itself_watched_while_it_stops),
        cmocka_unit_test(who_is_left_over_arms_no_watchdog),
        cmocka_unit_test(a_runtime_limit_stops_the_service),
        cmocka_unit_test(a_start_may_be_extended),
        cmocka_unit_test(timeout_start_failure_mode_chooses_the_signal),
        cmocka_unit_test(timeout_stop_failure_mode_chooses_the_signal),
        cmocka_unit_test(a_deaf_service_is_aborted_and_then_killed),
        cmocka_unit_test(stop_post_has_its_own_deadline_and_its_own_ways_to_end),
        cmocka_unit_test(restart_mode_direct_shows_no_end),
        cmocka_unit_test(an_exit_type_of_cgroup_waits_for_everybody),
        cmocka_unit_test(the_main_process_may_be_replaced),
        cmocka_unit_test(an_out_of_memory_kill_stops_the_service),
        cmocka_unit_test(a_helper_that_has_lived_is_back_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/pod_builder.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define SERVICE "[Service]\nExecStart=/bin/true\n"

static void start_waits_until_the_dependency_is_ready(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "Type=notify\n" },
        { "b.service", "[Unit]\nRequires=a.service\nAfter=a.service\n" SERVICE },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_request(&pod, "b.service", JOB_START);
    assert_string_equal(pod_builder_run(&pod), "spawn a.service\n");
    assert_string_equal(unit_sub_state(pod_builder_unit(&pod, "a.service")), "start");
    engine_arrived(&pod.engine, pod_builder_id(&pod, "a.service"), AWAIT_NOTIFY, pod.now_us);
    assert_string_equal(pod_builder_run(&pod), "spawn b.service\n");
    assert_string_equal(unit_sub_state(pod_builder_unit(&pod, "a.service")), "running");
    pod_builder_release(&pod);
}

static void a_gate_holds_readiness_until_the_probe_succeeds(void **state)
{
    static const char *const units[][2] = {
        { "a.service",
          SERVICE "Type=notify\n[X-Reeve]\nHealthCmd=tcp://127.0.0.1:1\nHealthGate=yes\n" },
        { "b.service", "[Unit]\nRequires=a.service\nAfter=a.service\n" SERVICE },
        { NULL, NULL },
    };
    struct pod_builder pod;
    unit_id a;

    (void)state;
    pod_builder_init(&pod, units);
    a = pod_builder_id(&pod, "a.service");
    pod_builder_request(&pod, "b.service", JOB_START);
    (void)pod_builder_run(&pod);
    engine_arrived(&pod.engine, a, AWAIT_NOTIFY, pod.now_us);
    assert_string_equal(pod_builder_run(&pod), "");
    engine_arrived(&pod.engine, a, AWAIT_PROBE, pod.now_us);
    assert_string_equal(pod_builder_run(&pod), "spawn b.service\n");
    pod_builder_release(&pod);
}

static void stop_runs_in_reverse_order_and_waits(void **state)
{
    static const char *const units[][2] = {
        { "reeve-log.service", SERVICE },
        { "a.service", SERVICE },
        { "b.service", "[Unit]\nAfter=a.service\n" SERVICE },
        { "c.service", "[Unit]\nAfter=b.service\n" SERVICE },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_request(&pod, "a.service", JOB_START); /* and the helper with it */
    pod_builder_request(&pod, "b.service", JOB_START);
    pod_builder_request(&pod, "c.service", JOB_START);
    assert_string_equal(pod_builder_run(&pod), "spawn reeve-log.service\nspawn a.service\n"
                                               "spawn b.service\nspawn c.service\n");
    engine_shutdown(&pod.engine, 0, pod.now_us);
    assert_string_equal(pod_builder_run(&pod),
                        "signal c.service term\nsignal b.service term\nsignal a.service term\n"
                        "signal reeve-log.service term\nexit 0\n");
    pod_builder_release(&pod);
}

/* The unit that was left out is down, so that nobody waits for its stop. */
static void a_broken_ordering_cycle_does_not_hold_up_the_end(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nAfter=b.service\nWants=b.service\n" SERVICE },
        { "b.service", "[Unit]\nAfter=c.service\nWants=c.service\n" SERVICE },
        { "c.service", "[Unit]\nAfter=a.service\n" SERVICE },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_request(&pod, "a.service", JOB_START);
    assert_string_equal(pod_builder_run(&pod), "spawn b.service\nspawn a.service\n");
    engine_shutdown(&pod.engine, 0, pod.now_us);
    assert_string_equal(pod_builder_run(&pod),
                        "signal a.service term\nsignal b.service term\nexit 0\n");
    pod_builder_release(&pod);
}

/* All of a cycle are up, since the last was started by itself: one of them has to stop first. */
static void a_cycle_that_is_up_does_not_hold_up_the_end(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nAfter=b.service\n" SERVICE },
        { "b.service", "[Unit]\nAfter=c.service\n" SERVICE },
        { "c.service", "[Unit]\nAfter=a.service\n" SERVICE },
        { "d.service", "[Unit]\nBefore=a.service\n" SERVICE },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    for (size_t i = 0; units[i][0]; i++) {
        pod_builder_request(&pod, units[i][0], JOB_START);
        (void)pod_builder_run(&pod);
    }
    pod.obeys = false;
    engine_shutdown(&pod.engine, 0, pod.now_us);
    assert_string_equal(pod_builder_run(&pod), "signal c.service term\n");
    pod_builder_step(&pod, "die c.service 15", "signal a.service term\n");
    pod_builder_step(&pod, "die a.service 15", "signal b.service term\nsignal d.service term\n");
    pod_builder_step(&pod, "die d.service 15", "");
    pod_builder_step(&pod, "die b.service 15", "exit 0\n");
    pod_builder_release(&pod);
}

static void what_does_not_stop_is_killed_and_the_exit_is_not_clean(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "TimeoutStopSec=3\n" },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod.obeys = false;
    pod_builder_request(&pod, "a.service", JOB_START);
    (void)pod_builder_run(&pod);
    engine_shutdown(&pod.engine, 0, pod.now_us);
    assert_string_equal(pod_builder_run(&pod), "signal a.service term\n");
    assert_int_equal(engine_deadline(&pod.engine), pod.now_us + 3 * USEC_PER_SEC);
    pod_builder_advance(&pod, 3 * USEC_PER_SEC);
    assert_string_equal(pod_builder_run(&pod), "signal a.service final\nexit 124\n");
    pod_builder_release(&pod);
}

/* With RestartMode=direct nobody sees an end, as long as there is nobody to be killed on the way.
 */
static void a_direct_restart_is_seen_only_where_something_is_stopped(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nBindsTo=b.service\n" SERVICE },
        { "b.service", SERVICE "Restart=always\nRestartMode=direct\nRestartSec=2\n" },
        { "c.service", "[Unit]\nBindsTo=d.service\n" SERVICE },
        { "d.service", SERVICE "Restart=always\nRestartMode=direct\nRestartSec=2\n"
                               "ExecStopPost=/bin/post\n" },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start a.service", "spawn a.service\nspawn b.service\n");
    pod_builder_step(&pod, "start c.service", "spawn c.service\nspawn d.service\n");
    pod_builder_step(&pod, "die b.service 9", "");
    pod_builder_step(&pod, "after 2", "spawn b.service\n");
    pod_builder_step(&pod, "die d.service 9", "spawn d.service /bin/post\nsignal c.service term\n");
    pod_builder_expect(&pod, "a.service", "running", "success");
    pod_builder_release(&pod);
}

static void a_crash_is_restarted_after_the_delay_with_its_dependents(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "Restart=always\nRestartSec=2\n" },
        { "b.service", "[Unit]\nRequires=a.service\nAfter=a.service\n" SERVICE },
        { "c.service", "[Unit]\nWants=a.service\nAfter=a.service\n" SERVICE },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_request(&pod, "b.service", JOB_START);
    pod_builder_request(&pod, "c.service", JOB_START);
    (void)pod_builder_run(&pod);
    pod_builder_exit(&pod, "a.service", CLD_KILLED, SIGKILL);
    assert_string_equal(pod_builder_run(&pod), "");
    assert_string_equal(unit_sub_state(pod_builder_unit(&pod, "a.service")), "auto-restart");
    pod_builder_advance(&pod, 2 * USEC_PER_SEC);
    assert_string_equal(pod_builder_run(&pod),
                        "signal b.service term\nspawn a.service\nspawn b.service\n");
    assert_int_equal(pod_builder_unit(&pod, "a.service")->restarts, 1);
    pod_builder_release(&pod);
}

static void a_start_after_the_automatic_restart_was_given_up_counts_anew(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "Restart=always\nRestartSec=2\n" },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "die a.service 9", "");
    pod_builder_step(&pod, "after 2", "spawn a.service\n");
    pod_builder_step(&pod, "die a.service 9", "");
    pod_builder_expect(&pod, "a.service", "auto-restart", "signal");
    pod_builder_step(&pod, "stop a.service", "");
    assert_int_equal(pod_builder_unit(&pod, "a.service")->restarts, 1);
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    assert_int_equal(pod_builder_unit(&pod, "a.service")->restarts, 0);
    pod_builder_release(&pod);
}

static void too_many_starts_fail_the_unit_and_may_end_the_pod(void **state)
{
    static const char *const units[][2] = {
        { "a.service",
          "[Unit]\nStartLimitIntervalSec=100\nStartLimitBurst=2\nFailureAction=exit\n" SERVICE
          "Restart=always\nRestartMode=direct\nRestartSec=1\n" },
        { "b.service", SERVICE },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_request(&pod, "b.service", JOB_START);
    pod_builder_request(&pod, "a.service", JOB_START);
    (void)pod_builder_run(&pod);
    pod_builder_exit(&pod, "a.service", CLD_EXITED, 3);
    (void)pod_builder_run(&pod);
    pod_builder_advance(&pod, USEC_PER_SEC);
    assert_string_equal(pod_builder_run(&pod), "spawn a.service\n");
    pod_builder_exit(&pod, "a.service", CLD_EXITED, 3);
    (void)pod_builder_run(&pod);
    pod_builder_advance(&pod, USEC_PER_SEC);
    assert_string_equal(pod_builder_run(&pod), "signal b.service term\nexit 3\n");
    assert_int_equal(pod_builder_unit(&pod, "a.service")->result, RESULT_EXIT_CODE);
    pod_builder_release(&pod);
}

static void a_failed_start_fails_its_dependents_which_follow_when_it_recovers(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "Type=notify\n" },
        { "b.service", "[Unit]\nRequires=a.service\nAfter=a.service\n" SERVICE },
        { "keep.service", SERVICE },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_request(&pod, "keep.service", JOB_START);
    pod_builder_request(&pod, "b.service", JOB_START);
    (void)pod_builder_run(&pod);
    pod_builder_exit(&pod, "a.service", CLD_EXITED, 1);
    assert_string_equal(pod_builder_run(&pod), "");
    assert_int_equal(pod_builder_unit(&pod, "a.service")->state, STATE_FAILED);
    assert_int_equal(pod_builder_unit(&pod, "b.service")->job_result, JOB_RESULT_DEPENDENCY);
    assert_true(pod_builder_unit(&pod, "b.service")->is_blocked);
    pod_builder_request(&pod, "a.service", JOB_START);
    assert_string_equal(pod_builder_run(&pod), "spawn a.service\n");
    engine_arrived(&pod.engine, pod_builder_id(&pod, "a.service"), AWAIT_NOTIFY, pod.now_us);
    assert_string_equal(pod_builder_run(&pod), "spawn b.service\n");
    pod_builder_release(&pod);
}

static void a_restart_with_a_dependency_that_fails_stays_down_and_follows(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nStartLimitBurst=1\nStartLimitIntervalSec=100\n" SERVICE
                       "Restart=always\nRestartSec=1\n" },
        { "b.service", "[Unit]\nRequires=a.service\nAfter=a.service\n" SERVICE },
        { "keep.service", SERVICE },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_request(&pod, "keep.service", JOB_START);
    pod_builder_request(&pod, "b.service", JOB_START);
    (void)pod_builder_run(&pod);
    pod_builder_exit(&pod, "a.service", CLD_KILLED, SIGKILL);
    (void)pod_builder_run(&pod);
    pod_builder_advance(&pod, USEC_PER_SEC); /* the start limit refuses the restart */
    assert_string_equal(pod_builder_run(&pod), "signal b.service term\n");
    assert_int_equal(pod_builder_unit(&pod, "a.service")->state, STATE_FAILED);
    assert_int_equal(pod_builder_unit(&pod, "b.service")->state, STATE_DEAD);
    engine_reset_failed(&pod.engine, pod_builder_id(&pod, "a.service")); /* also the start limit */
    pod_builder_request(&pod, "a.service", JOB_START);
    assert_string_equal(pod_builder_run(&pod), "spawn a.service\nspawn b.service\n");
    pod_builder_release(&pod);
}

static void a_start_that_is_not_ready_in_time_fails(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "Type=notify\nTimeoutStartSec=5\n" },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_request(&pod, "a.service", JOB_START);
    (void)pod_builder_run(&pod);
    pod_builder_advance(&pod, 5 * USEC_PER_SEC);
    assert_string_equal(pod_builder_run(&pod), "signal a.service term\nexit 124\n");
    assert_int_equal(pod_builder_unit(&pod, "a.service")->result, RESULT_TIMEOUT);
    pod_builder_release(&pod);
}

static void a_main_process_that_ends_well_before_it_is_ready_is_a_protocol_failure(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "Type=notify\n" },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_request(&pod, "a.service", JOB_START);
    (void)pod_builder_run(&pod);
    pod_builder_exit(&pod, "a.service", CLD_EXITED, 0);
    assert_string_equal(pod_builder_run(&pod), "exit 76\n");
    assert_int_equal(pod_builder_unit(&pod, "a.service")->result, RESULT_PROTOCOL);
    pod_builder_release(&pod);
}

static void a_oneshot_runs_its_commands_in_order_and_is_then_done(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Service]\nType=oneshot\nExecStart=/bin/one\nExecStart=/bin/two\n" },
        { "b.service", "[Unit]\nAfter=a.service\nRequires=a.service\n" SERVICE },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_request(&pod, "b.service", JOB_START);
    assert_string_equal(pod_builder_run(&pod), "spawn a.service\n");
    pod_builder_exit(&pod, "a.service", CLD_EXITED, 0);
    assert_string_equal(pod_builder_run(&pod), "spawn a.service\n");
    pod_builder_exit(&pod, "a.service", CLD_EXITED, 0);
    assert_string_equal(pod_builder_run(&pod), "spawn b.service\n");
    assert_int_equal(pod_builder_unit(&pod, "a.service")->state, STATE_DEAD);
    pod_builder_release(&pod);
}

static void a_failing_start_pre_with_a_dash_is_passed_over(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Service]\nExecStartPre=-/bin/pre\nExecStart=/bin/main\n" },
        { NULL, NULL },
    };
    struct pod_builder pod;
    struct process_exit bad = { CLD_EXITED, 1 };

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_request(&pod, "a.service", JOB_START);
    assert_string_equal(pod_builder_run(&pod), "spawn a.service /bin/pre\n");
    engine_exited(&pod.engine, 0, pod_builder_unit(&pod, "a.service")->control_pid, bad,
                  pod.now_us);
    assert_string_equal(pod_builder_run(&pod), "spawn a.service\n");
    pod_builder_release(&pod);
}

static void the_pod_ends_with_the_code_of_its_only_service(void **state)
{
    static const char *const units[][2] = { { "a.service", SERVICE }, { NULL, NULL } };
    static const struct {
        int code, status, pod;
    } cases[] = {
        { CLD_EXITED, 0, 0 },         { CLD_EXITED, 7, 7 },       { CLD_KILLED, SIGKILL, 137 },
        { CLD_DUMPED, SIGSEGV, 139 }, { CLD_KILLED, SIGTERM, 0 },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct pod_builder pod;
        char expected[32];

        pod_builder_init(&pod, units);
        pod_builder_request(&pod, "a.service", JOB_START);
        (void)pod_builder_run(&pod);
        pod_builder_exit(&pod, "a.service", cases[i].code, cases[i].status);
        snprintf(expected, sizeof(expected), "exit %d\n", cases[i].pod);
        assert_string_equal(pod_builder_run(&pod), expected);
        pod_builder_release(&pod);
    }
}

static void a_stop_by_a_person_does_not_end_the_pod(void **state)
{
    static const char *const units[][2] = { { "a.service", SERVICE "Restart=always\n" },
                                            { NULL, NULL } };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_request(&pod, "a.service", JOB_START);
    (void)pod_builder_run(&pod);
    pod_builder_request(&pod, "a.service", JOB_STOP);
    assert_string_equal(pod_builder_run(&pod), "signal a.service term\n");
    assert_int_equal(pod_builder_unit(&pod, "a.service")->state, STATE_DEAD);
    pod_builder_request(&pod, "a.service", JOB_START);
    assert_string_equal(pod_builder_run(&pod), "spawn a.service\n");
    pod_builder_release(&pod);
}

static void hurrying_kills_at_once(void **state)
{
    static const char *const units[][2] = { { "a.service", SERVICE }, { NULL, NULL } };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod.obeys = false;
    pod_builder_request(&pod, "a.service", JOB_START);
    (void)pod_builder_run(&pod);
    engine_shutdown(&pod.engine, 0, pod.now_us);
    (void)pod_builder_run(&pod);
    engine_hurry(&pod.engine, pod.now_us);
    assert_string_equal(pod_builder_run(&pod), "signal a.service final\nexit 124\n");
    pod_builder_release(&pod);
}

static void an_impossible_event_is_counted_and_survived(void **state)
{
    static const char *const units[][2] = { { "a.service", SERVICE }, { NULL, NULL } };
    struct pod_builder pod;
    struct process_exit exit = { CLD_EXITED, 0 };

    (void)state;
    pod_builder_init(&pod, units);
    engine_exited(&pod.engine, 0, 4711, exit, pod.now_us); /* nobody we know */
    engine_exited(&pod.engine, 99, 1, exit, pod.now_us);
    engine_arrived(&pod.engine, -5, AWAIT_PROBE, pod.now_us);
    engine_spawn_failed(&pod.engine, 0, pod.now_us); /* nothing was asked for */
    assert_int_equal(pod.engine.unexpected, 1);
    pod_builder_request(&pod, "a.service", JOB_START);
    assert_string_equal(pod_builder_run(&pod), "spawn a.service\n");
    pod_builder_release(&pod);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_waits_until_the_dependency_is_ready),
        cmocka_unit_test(a_gate_holds_readiness_until_the_probe_succeeds),
        cmocka_unit_test(stop_runs_in_reverse_order_and_waits),
        cmocka_unit_test(a_broken_ordering_cycle_does_not_hold_up_the_end),
        cmocka_unit_test(a_cycle_that_is_up_does_not_hold_up_the_end),
        cmocka_unit_test(what_does_not_stop_is_killed_and_the_exit_is_not_clean),
        cmocka_unit_test(a_direct_restart_is_seen_only_where_something_is_stopped),
        cmocka_unit_test(a_crash_is_restarted_after_the_delay_with_its_dependents),
        cmocka_unit_test(a_start_after_the_automatic_restart_was_given_up_counts_anew),
        cmocka_unit_test(too_many_starts_fail_the_unit_and_may_end_the_pod),
        cmocka_unit_test(a_failed_start_fails_its_dependents_which_follow_when_it_recovers),
        cmocka_unit_test(a_restart_with_a_dependency_that_fails_stays_down_and_follows),
        cmocka_unit_test(a_start_that_is_not_ready_in_time_fails),
        cmocka_unit_test(a_main_process_that_ends_well_before_it_is_ready_is_a_protocol_failure),
        cmocka_unit_test(a_oneshot_runs_its_commands_in_order_and_is_then_done),
        cmocka_unit_test(a_failing_start_pre_with_a_dash_is_passed_over),
        cmocka_unit_test(the_pod_ends_with_the_code_of_its_only_service),
        cmocka_unit_test(a_stop_by_a_person_does_not_end_the_pod),
        cmocka_unit_test(hurrying_kills_at_once),
        cmocka_unit_test(an_impossible_event_is_counted_and_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

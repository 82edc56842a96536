#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/pod_builder.h"

#include <errno.h>
#include <string.h>

/* Jobs, and what units do to each other. The rules are those of systemd.unit(5); tests/conformance
 * has the same played by systemd. */

#define SERVICE "[Service]\nExecStart=/bin/true\n"
#define KEEP    SERVICE

static void requisite_does_not_start_what_it_needs(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nRequisite=b.service\nAfter=b.service\n" SERVICE },
        { "b.service", SERVICE },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "");
    assert_int_equal(pod_builder_unit(&pod, "a.service")->job_result, JOB_RESULT_DEPENDENCY);
    pod_builder_step(&pod, "start b.service", "spawn b.service\nspawn a.service\n");
    pod_builder_release(&pod);
}

static void binds_to_goes_down_with_what_it_is_bound_to(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nBindsTo=b.service\nAfter=b.service\n" SERVICE },
        { "b.service", SERVICE },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn b.service\nspawn a.service\n");
    pod_builder_step(&pod, "exit b.service 0", "signal a.service term\n");
    pod_builder_expect(&pod, "a.service", "dead", "success");
    pod_builder_release(&pod);
}

static void part_of_is_stopped_and_restarted_but_not_started_with_the_whole(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nPartOf=b.service\nAfter=b.service\n" SERVICE },
        { "b.service", SERVICE },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start b.service", "spawn b.service\n");
    pod_builder_expect(&pod, "a.service", "dead", "success");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(
        &pod, "restart b.service",
        "signal a.service term\nsignal b.service term\nspawn b.service\nspawn a.service\n");
    pod_builder_step(&pod, "stop b.service", "signal a.service term\nsignal b.service term\n");
    pod_builder_release(&pod);
}

static void upholds_starts_again_what_went_down(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nUpholds=b.service\n" SERVICE },
        { "b.service", SERVICE },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\nspawn b.service\n");
    pod_builder_step(&pod, "exit b.service 0", "spawn b.service\n");
    pod_builder_step(&pod, "stop b.service", "signal b.service term\nspawn b.service\n");
    pod_builder_release(&pod);
}

static void what_cannot_be_upheld_is_not_tried_for_ever(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nUpholds=b.service\n" SERVICE },
        { "b.service",
          "[Unit]\nStartLimitIntervalSec=0\nRequisite=c.service\nAfter=c.service\n" SERVICE },
        { "c.service", SERVICE },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    assert_int_not_equal(pod_builder_unit(&pod, "b.service")->steady_deadline_us, USEC_INFINITY);
    pod_builder_step(&pod, "after 10", "");
    pod_builder_step(&pod, "start c.service", "spawn c.service\nspawn b.service\n");
    pod_builder_release(&pod);
}

static void conflicts_stops_the_other_first(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nConflicts=b.service\nAfter=b.service\n" SERVICE },
        { "b.service", SERVICE },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start b.service", "spawn b.service\n");
    pod_builder_step(&pod, "start a.service", "signal b.service term\nspawn a.service\n");
    pod_builder_step(&pod, "start b.service", "signal a.service term\nspawn b.service\n");
    pod_builder_release(&pod);
}

static void a_start_that_needs_both_of_two_in_conflict_fails(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nRequires=b.service c.service\n" SERVICE },
        { "b.service", "[Unit]\nConflicts=c.service\n" SERVICE },
        { "c.service", SERVICE },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    assert_int_equal(
        engine_request(&pod.engine, pod_builder_id(&pod, "a.service"), JOB_START, true, pod.now_us),
        -EDEADLK);
    assert_string_equal(pod_builder_run(&pod), "");
    pod_builder_release(&pod);
}

static void of_two_in_conflict_the_wanted_one_goes(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nRequires=b.service\nWants=c.service\n" SERVICE },
        { "b.service", "[Unit]\nConflicts=c.service\n" SERVICE },
        { "c.service", SERVICE },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\nspawn b.service\n");
    pod_builder_expect(&pod, "c.service", "dead", "success");
    pod_builder_release(&pod);
}

static void on_failure_and_on_success(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nOnFailure=b.service\nOnSuccess=c.service\n" SERVICE },
        { "b.service", SERVICE "Type=oneshot\n" },
        { "c.service", SERVICE "Type=oneshot\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "exit a.service 1", "spawn b.service\n");
    assert_int_equal(pod_builder_unit(&pod, "b.service")->monitor,
                     pod_builder_id(&pod, "a.service"));
    pod_builder_step(&pod, "exit b.service 0", "");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "exit a.service 0", "spawn c.service\n");
    pod_builder_release(&pod);
}

static void a_blocked_start_triggers_on_failure_too(void **state)
{
    static const char *const units[][2] = {
        { "a.service",
          "[Unit]\nRequires=c.service\nAfter=c.service\nOnFailure=b.service\n" SERVICE },
        { "b.service", SERVICE "Type=oneshot\n" },
        { "c.service", SERVICE "Type=oneshot\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn c.service\n");
    pod_builder_step(&pod, "exit c.service 1", "spawn b.service\n");
    pod_builder_release(&pod);
}

static void stop_propagates(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nPropagatesStopTo=b.service\n" SERVICE },
        { "b.service", SERVICE },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "start b.service", "spawn b.service\n");
    pod_builder_step(&pod, "stop a.service", "signal a.service term\nsignal b.service term\n");
    pod_builder_release(&pod);
}

static void what_nobody_needs_any_more_is_stopped(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nRequires=b.service\nAfter=b.service\n" SERVICE },
        { "b.service", "[Unit]\nStopWhenUnneeded=yes\n" SERVICE },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn b.service\nspawn a.service\n");
    pod_builder_step(&pod, "stop a.service", "signal a.service term\nsignal b.service term\n");
    pod_builder_release(&pod);
}

static void some_units_are_not_for_people(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nRefuseManualStart=yes\n" SERVICE },
        { "b.service", "[Unit]\nWants=a.service\nRefuseManualStop=yes\n" SERVICE },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    assert_int_equal(
        engine_request(&pod.engine, pod_builder_id(&pod, "a.service"), JOB_START, true, pod.now_us),
        -EACCES);
    pod_builder_step(&pod, "start b.service", "spawn a.service\nspawn b.service\n");
    assert_int_equal(
        engine_request(&pod.engine, pod_builder_id(&pod, "b.service"), JOB_STOP, true, pod.now_us),
        -EACCES);
    pod_builder_release(&pod);
}

static void a_job_may_time_out_and_the_unit_goes_on(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nJobTimeoutSec=3\n" SERVICE "Type=notify\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "after 3", "");
    pod_builder_expect(&pod, "a.service", "start", "success");
    assert_int_equal(pod_builder_unit(&pod, "a.service")->job_result, JOB_RESULT_TIMEOUT);
    pod_builder_step(&pod, "ready a.service", "");
    pod_builder_expect(&pod, "a.service", "running", "success");
    pod_builder_release(&pod);
}

static void a_running_job_may_time_out_and_end_the_pod(void **state)
{
    static const char *const units[][2] = {
        { "a.service",
          "[Unit]\nJobRunningTimeoutSec=3\nJobTimeoutAction=exit\n" SERVICE "Type=notify\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "after 3",
                     "signal a.service term\nsignal keep.service term\nexit 124\n");
    pod_builder_release(&pod);
}

static void a_condition_that_is_not_met_skips_an_assertion_fails(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nConditionPathExists=/nowhere\n" SERVICE },
        { "b.service", "[Unit]\nRequires=a.service\nAfter=a.service\n" SERVICE },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod.check = CHECK_CONDITION_FAILED;
    pod_builder_step(&pod, "start b.service", "check a.service\nspawn b.service\n");
    pod_builder_expect(&pod, "a.service", "dead", "success");
    for (int i = 0; i < 6; i++) { /* the start limit is 5 */
        pod_builder_step(&pod, "start a.service", "check a.service\n");
        assert_int_equal(pod_builder_unit(&pod, "a.service")->job_result, JOB_RESULT_DONE);
    }
    assert_false(pod_builder_unit(&pod, "a.service")->is_condition_met);
    assert_false(pod_builder_unit(&pod, "a.service")->is_assert_met);
    pod_builder_step(&pod, "stop b.service", "signal b.service term\n");
    pod.check = CHECK_ASSERT_FAILED;
    pod_builder_step(&pod, "start b.service", "check a.service\n");
    assert_true(pod_builder_unit(&pod, "a.service")->is_condition_met);
    assert_false(pod_builder_unit(&pod, "a.service")->is_assert_met);
    assert_int_equal(pod_builder_unit(&pod, "a.service")->job_result, JOB_RESULT_ASSERT);
    assert_int_equal(pod_builder_unit(&pod, "b.service")->job_result, JOB_RESULT_DEPENDENCY);
    pod.check = CHECK_MET;
    pod_builder_step(&pod, "start a.service",
                     "check a.service\nspawn a.service\nspawn b.service\n");
    assert_true(pod_builder_unit(&pod, "a.service")->is_assert_met);
    assert_true(pod_builder_unit(&pod, "b.service")->is_condition_met);
    pod_builder_release(&pod);
}

static void a_stop_during_a_start_and_a_start_during_a_stop(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "Type=notify\nExecStopPost=/bin/post\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "stop a.service", "signal a.service term\nspawn a.service /bin/post\n");
    pod_builder_step(&pod, "start a.service", "");
    pod_builder_expect(&pod, "a.service", "stop-post", "success");
    pod_builder_step(&pod, "control-exit a.service 0", "spawn a.service\n");
    pod_builder_expect(&pod, "a.service", "start", "success");
    pod_builder_release(&pod);
}

static void try_restart_leaves_alone_what_is_down(void **state)
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
    pod_builder_step(&pod, "try-restart a.service", "");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "try-restart a.service", "signal a.service term\nspawn a.service\n");
    pod_builder_release(&pod);
}

static void a_reload_of_what_is_down_is_invalid_and_of_what_cannot_is_refused(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE },
        { "b.service", SERVICE "ExecReload=/bin/reload\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    assert_int_equal(engine_request(&pod.engine, pod_builder_id(&pod, "a.service"), JOB_RELOAD,
                                    true, pod.now_us),
                     -EBADR);
    pod_builder_step(&pod, "reload b.service", "");
    assert_int_equal(pod_builder_unit(&pod, "b.service")->job_result, JOB_RESULT_INVALID);
    pod_builder_release(&pod);
}

static void a_cycle_is_broken_at_a_wanted_unit(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nRequires=b.service\nAfter=b.service\nWants=c.service\n" SERVICE },
        { "b.service", "[Unit]\nAfter=c.service\n" SERVICE },
        { "c.service", "[Unit]\nAfter=a.service\n" SERVICE },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn b.service\nspawn a.service\n");
    pod_builder_expect(&pod, "c.service", "dead", "success");
    pod_builder_release(&pod);
}

static void a_cycle_of_requirements_is_refused(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nRequires=b.service\nAfter=b.service\n" SERVICE },
        { "b.service", "[Unit]\nRequires=a.service\nAfter=a.service\n" SERVICE },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    assert_int_equal(
        engine_request(&pod.engine, pod_builder_id(&pod, "a.service"), JOB_START, true, pod.now_us),
        -ELOOP);
    assert_string_equal(pod_builder_run(&pod), "");
    pod_builder_release(&pod);
}

static void restart_kill_signal_is_for_restarts(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "RestartKillSignal=SIGUSR1\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "restart a.service", "signal a.service term\nspawn a.service\n");
    pod_builder_step(&pod, "stop a.service", "signal a.service term\n");
    pod_builder_release(&pod);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requisite_does_not_start_what_it_needs),
        cmocka_unit_test(binds_to_goes_down_with_what_it_is_bound_to),
        cmocka_unit_test(part_of_is_stopped_and_restarted_but_not_started_with_the_whole),
        cmocka_unit_test(upholds_starts_again_what_went_down),
        cmocka_unit_test(what_cannot_be_upheld_is_not_tried_for_ever),
        cmocka_unit_test(conflicts_stops_the_other_first),
        cmocka_unit_test(a_start_that_needs_both_of_two_in_conflict_fails),
        cmocka_unit_test(of_two_in_conflict_the_wanted_one_goes),
        cmocka_unit_test(on_failure_and_on_success),
        cmocka_unit_test(a_blocked_start_triggers_on_failure_too),
        cmocka_unit_test(stop_propagates),
        cmocka_unit_test(what_nobody_needs_any_more_is_stopped),
        cmocka_unit_test(some_units_are_not_for_people),
        cmocka_unit_test(a_job_may_time_out_and_the_unit_goes_on),
        cmocka_unit_test(a_running_job_may_time_out_and_end_the_pod),
        cmocka_unit_test(a_condition_that_is_not_met_skips_an_assertion_fails),
        cmocka_unit_test(a_stop_during_a_start_and_a_start_during_a_stop),
        cmocka_unit_test(try_restart_leaves_alone_what_is_down),
        cmocka_unit_test(a_reload_of_what_is_down_is_invalid_and_of_what_cannot_is_refused),
        cmocka_unit_test(a_cycle_is_broken_at_a_wanted_unit),
        cmocka_unit_test(a_cycle_of_requirements_is_refused),
        cmocka_unit_test(restart_kill_signal_is_for_restarts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

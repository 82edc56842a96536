#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/pod_builder.h"

#include <stdio.h>

/* StartLimitAction=, FailureAction= and SuccessAction=: the cases of
 * tests/conformance/cases/emergency.sh, with exactly what happens when. */

#define SERVICE "[Service]\nExecStart=/bin/true\n"
#define LIMIT   "[Unit]\nStartLimitIntervalSec=100\nStartLimitBurst=1\n"

/* a.service with this text, beside b.service, which is up. */
static void begin(struct pod_builder *pod, const char *text)
{
    const char *const units[][2] = {
        { "a.service", text },
        { "b.service", SERVICE },
        { NULL, NULL },
    };

    pod_builder_init(pod, units);
    pod_builder_step(pod, "start b.service", "spawn b.service\n");
}

static void the_limit_ends_the_pod_whatever_the_last_run_came_to(void **state)
{
    static const struct {
        const char *end, *status, *result;
    } rows[] = {
        { "exit a.service 3", "signal b.service term\nexit 3\n", "exit-code" },
        { "die a.service 9", "signal b.service term\nexit 137\n", "signal" },
        { "exit a.service 0", "signal b.service term\nexit 1\n", "start-limit-hit" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct pod_builder pod;

        begin(&pod, LIMIT "StartLimitAction=exit\n" SERVICE "Restart=always\nRestartSec=1\n");
        pod_builder_step(&pod, "start a.service", "spawn a.service\n");
        pod_builder_step(&pod, rows[i].end, "");
        pod_builder_step(&pod, "after 1", rows[i].status);
        pod_builder_expect(&pod, "a.service", "failed", rows[i].result);
        pod_builder_release(&pod);
    }
}

/* Its own job has failed; the stop job that the end of the pod gives it is another. */
static void a_manual_start_that_is_refused_ends_the_pod(void **state)
{
    static const struct {
        const char *end, *status;
    } rows[] = {
        { "exit a.service 3", "signal b.service term\nexit 3\n" },
        { "exit a.service 0", "signal b.service term\nexit 1\n" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct pod_builder pod;
        struct unit *a;

        begin(&pod, LIMIT "StartLimitAction=exit\n" SERVICE);
        a = pod_builder_unit(&pod, "a.service");
        pod_builder_step(&pod, "start a.service", "spawn a.service\n");
        pod_builder_step(&pod, rows[i].end, "");
        pod_builder_step(&pod, "start a.service", rows[i].status);
        assert_int_equal(a->ended_job_id, pod.engine.requested_job);
        assert_int_equal(a->ended_job_result, JOB_RESULT_FAILED);
        assert_int_equal(pod.engine.unexpected, 0);
        pod_builder_release(&pod);
    }
}

/* systemd performs StartLimitAction= before the unit fails of the limit. */
static void of_two_actions_that_of_the_limit_comes_first(void **state)
{
    struct pod_builder pod;

    (void)state;
    begin(&pod, LIMIT "StartLimitAction=exit-force\nFailureAction=exit\n" SERVICE
                      "Restart=always\nRestartMode=direct\nRestartSec=1\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "exit a.service 3", "");
    pod_builder_step(&pod, "after 1", "exit 3\n"); /* b is not stopped */
    pod_builder_release(&pod);
}

static void the_action_of_the_limit_is_not_that_of_a_failure(void **state)
{
    struct pod_builder pod;

    (void)state;
    begin(&pod, LIMIT "StartLimitAction=exit\n" SERVICE);
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "exit a.service 3", "");
    pod_builder_expect(&pod, "a.service", "failed", "exit-code");
    /* Counted anew, it is not refused any more. */
    pod_builder_step(&pod, "after 200", "");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "exit a.service 3", "");
    assert_false(pod.engine.is_stopping);
    pod_builder_release(&pod);
}

/* Others see the end of the run, unless RestartMode=direct. */
static void an_end_that_a_restart_follows_is_one(void **state)
{
    static const struct {
        const char *unit, *end, *mode, *status;
    } rows[] = {
        { "FailureAction=exit\n", "exit a.service 3", "normal", "signal b.service term\nexit 3\n" },
        { "FailureAction=exit-force\n", "exit a.service 3", "normal", "exit 3\n" },
        { "FailureAction=exit\n", "exit a.service 0", "normal", "" },
        { "FailureAction=exit\n", "exit a.service 3", "direct", "" },
        { "SuccessAction=exit\n", "exit a.service 0", "normal", "signal b.service term\nexit 0\n" },
        { "SuccessAction=exit\n", "exit a.service 3", "normal", "" },
        { "SuccessAction=exit\n", "exit a.service 0", "direct", "" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct pod_builder pod;
        char text[256];

        snprintf(text, sizeof(text),
                 "[Unit]\n%s" SERVICE "Restart=always\nRestartSec=1\nRestartMode=%s\n",
                 rows[i].unit, rows[i].mode);
        begin(&pod, text);
        pod_builder_step(&pod, "start a.service", "spawn a.service\n");
        pod_builder_step(&pod, rows[i].end, rows[i].status);
        assert_int_equal(pod.engine.is_stopping, rows[i].status[0] != '\0');
        assert_int_equal(pod.engine.unexpected, 0);
        pod_builder_release(&pod);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_limit_ends_the_pod_whatever_the_last_run_came_to),
        cmocka_unit_test(a_manual_start_that_is_refused_ends_the_pod),
        cmocka_unit_test(of_two_actions_that_of_the_limit_comes_first),
        cmocka_unit_test(the_action_of_the_limit_is_not_that_of_a_failure),
        cmocka_unit_test(an_end_that_a_restart_follows_is_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

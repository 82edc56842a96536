#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/pod_builder.h"

#include <signal.h>
#include <string.h>

/* The life of one service: its types and how they come up. The rules are those of
 * systemd.service(5); tests/conformance has the same played by systemd. */

#define SERVICE "[Service]\nExecStart=/bin/true\n"
#define KEEP    SERVICE

static void a_forking_service_is_up_when_its_main_process_is_found(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "Type=forking\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service /bin/true\n");
    pod_builder_expect(&pod, "a.service", "start", "success");
    pod_builder_step(&pod, "control-exit a.service 0", "find-main a.service\n");
    pod_builder_expect(&pod, "a.service", "start", "success");
    pod_builder_step(&pod, "found a.service 500", "");
    pod_builder_expect(&pod, "a.service", "running", "success");
    assert_int_equal(pod_builder_unit(&pod, "a.service")->main_pid, 500);
    pod_builder_step(&pod, "exit a.service 0", "");
    pod_builder_expect(&pod, "a.service", "dead", "success");
    pod_builder_release(&pod);
}

static void a_main_process_that_was_named_is_not_searched_for(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "Type=forking\nNotifyAccess=all\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service /bin/true\n");
    pod_builder_step(&pod, "main a.service 500", "");
    pod_builder_step(&pod, "control-exit a.service 0", "");
    pod_builder_expect(&pod, "a.service", "running", "success");
    assert_int_equal(pod_builder_unit(&pod, "a.service")->main_pid, 500);
    pod_builder_release(&pod);
}

static void a_forking_service_without_a_known_main_process_lives_as_long_as_anybody(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "Type=forking\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service /bin/true\n");
    pod_builder_step(&pod, "control-exit a.service 0", "find-main a.service\n");
    pod_builder_step(&pod, "found a.service 0", "");
    pod_builder_expect(&pod, "a.service", "running", "success");
    assert_true(unit_awaits_empty(&pod.engine, pod_builder_id(&pod, "a.service")));
    pod_builder_step(&pod, "empty a.service", "");
    pod_builder_expect(&pod, "a.service", "dead", "success");
    pod_builder_release(&pod);
}

static void a_forking_parent_that_fails_fails_the_start(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "Type=forking\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service /bin/true\n");
    pod_builder_step(&pod, "control-exit a.service 3", "");
    pod_builder_expect(&pod, "a.service", "failed", "exit-code");
    pod_builder_release(&pod);
}

static void a_pid_file_that_nobody_is_left_to_write_is_a_protocol_failure(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "Type=forking\nPIDFile=/run/a.pid\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service /bin/true\n");
    pod_builder_step(&pod, "control-exit a.service 0", "find-main a.service\n");
    pod_builder_step(&pod, "empty a.service", "");
    pod_builder_expect(&pod, "a.service", "failed", "protocol");
    pod_builder_release(&pod);
}

static void a_pid_file_may_be_written_by_start_post(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "Type=forking\nPIDFile=/run/a.pid\nExecStartPost=/bin/post\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service /bin/true\n");
    pod_builder_step(&pod, "control-exit a.service 0", "find-main a.service\n");
    pod_builder_step(&pod, "found a.service 0", "spawn a.service /bin/post\n");
    pod_builder_expect(&pod, "a.service", "start-post", "success");
    pod_builder_step(&pod, "control-exit a.service 0", "find-main a.service\n");
    pod_builder_expect(&pod, "a.service", "start-post", "success");
    pod_builder_step(&pod, "found a.service 501", "");
    pod_builder_expect(&pod, "a.service", "running", "success");
    pod_builder_release(&pod);
}

/* conformance upgrade: post-never, post-later, post-other. */
static void start_post_of_any_type_waits_for_the_pid_file(void **state)
{
    static const char *const units[][2] = {
        { "a.service",
          SERVICE "Type=notify\nPIDFile=/run/a.pid\nExecStartPost=/bin/post\nTimeoutStartSec=2\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    static const char *const ends[][2] = {
        { "found a.service 501", "" },
        { "after 2", "signal a.service term\n" },
        { "exit a.service 0", "" },
    };
    static const char *const states[] = { "running", "failed", "dead" };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        struct pod_builder pod;

        pod_builder_init(&pod, units);
        pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
        pod_builder_step(&pod, "start a.service", "spawn a.service\n");
        pod_builder_step(&pod, "ready a.service", "spawn a.service /bin/post\n");
        pod_builder_step(&pod, "control-exit a.service 0", "find-main a.service\n");
        pod_builder_expect(&pod, "a.service", "start-post", "success");
        pod_builder_step(&pod, ends[i][0], ends[i][1]);
        assert_string_equal(unit_sub_state(pod_builder_unit(&pod, "a.service")), states[i]);
        pod_builder_release(&pod);
    }
}

static void no_end_is_seen_of_a_main_process_that_has_a_successor(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "Type=forking\nPIDFile=/run/a.pid\nRestart=always\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;
    const struct unit *a;

    (void)state;
    pod_builder_init(&pod, units);
    a = pod_builder_unit(&pod, "a.service");
    pod_builder_step(&pod, "replaced a.service 500", ""); /* there is none to replace */
    assert_int_equal(a->main_pid, 0);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service /bin/true\n");
    pod_builder_step(&pod, "control-exit a.service 0", "find-main a.service\n");
    pod_builder_step(&pod, "found a.service 500", "");
    pod_builder_step(&pod, "replaced a.service 501", "");
    pod_builder_expect(&pod, "a.service", "running", "success");
    assert_int_equal(a->main_pid, 501);
    pod_builder_step(&pod, "exit a.service 3", "");
    pod_builder_expect(&pod, "a.service", "auto-restart", "exit-code");
    pod_builder_release(&pod);
}

static void a_reload_reads_the_pid_file_again(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "Type=forking\nPIDFile=/run/a.pid\nExecReload=/bin/reload\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    static const char *const found[] = { "found a.service 0", "found a.service 500",
                                         "found a.service 501" };
    struct pod_builder pod;
    const struct unit *a;

    (void)state;
    pod_builder_init(&pod, units);
    a = pod_builder_unit(&pod, "a.service");
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service /bin/true\n");
    pod_builder_step(&pod, "control-exit a.service 0", "find-main a.service\n");
    pod_builder_step(&pod, "found a.service 500", "");
    for (size_t i = 0; i < ARRAY_SIZE(found); i++) {
        pod_builder_step(&pod, "reload a.service", "spawn a.service /bin/reload\n");
        pod_builder_step(&pod, "control-exit a.service 0", "find-main a.service\n");
        pod_builder_expect(&pod, "a.service", "reload", "success");
        pod_builder_step(&pod, found[i], "");
        pod_builder_expect(&pod, "a.service", "running", "success");
        assert_int_equal(a->main_pid, i < 2 ? 500 : 501);
        assert_int_equal(a->job_result, JOB_RESULT_DONE);
    }
    pod_builder_step(&pod, "reload a.service", "spawn a.service /bin/reload\n");
    pod_builder_step(&pod, "control-exit a.service 1", "");
    pod_builder_expect(&pod, "a.service", "running", "success");
    pod_builder_release(&pod);
}

/* conformance types: exec-nothing-dash, exec-nothing-dash-remain, exec-nothing. */
#define MAY_FAIL                                                                                   \
    "[Service]\nType=exec\nExecStart=-/bin/true\nExecStartPost=/bin/post\nExecReload=/bin/"        \
    "reload\n"                                                                                     \
    "ExecStop=/bin/stop\n"

static void an_exec_that_may_fail_is_stopped_as_one_that_ran(void **state)
{
    static const char *const units[][2] = {
        { "a.service", MAY_FAIL },
        { "b.service", MAY_FAIL "RemainAfterExit=yes\n" },
        { "c.service", SERVICE "Type=exec\nExecStop=/bin/stop\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "exit a.service 203", "spawn a.service /bin/stop\n");
    pod_builder_expect(&pod, "a.service", "stop", "success");
    pod_builder_step(&pod, "control-exit a.service 0", "");
    pod_builder_expect(&pod, "a.service", "dead", "success");
    pod_builder_step(&pod, "start b.service", "spawn b.service\n");
    pod_builder_step(&pod, "exit b.service 203", "");
    pod_builder_expect(&pod, "b.service", "exited", "success");
    pod_builder_step(&pod, "start c.service", "spawn c.service\n");
    pod_builder_step(&pod, "exit c.service 203", "");
    pod_builder_expect(&pod, "c.service", "failed", "exit-code");
    pod_builder_release(&pod);
}

static void an_idle_service_waits_for_the_jobs_of_others(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "Type=idle\n" },
        { "b.service", SERVICE "Type=oneshot\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start b.service", "spawn b.service\n");
    pod_builder_step(&pod, "start a.service", "");
    pod_builder_expect(&pod, "a.service", "start", "success");
    assert_int_equal(unit_active_state(pod_builder_unit(&pod, "a.service")), ACTIVE_ACTIVE);
    pod_builder_step(&pod, "exit b.service 0", "spawn a.service\n");
    pod_builder_expect(&pod, "a.service", "running", "success");
    pod_builder_release(&pod);
}

/* It counts as active already, but there is nothing yet that could be reloaded. */
static void an_idle_service_is_reloaded_when_it_runs(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "Type=idle\nExecStartPre=/bin/pre\nExecReload=/bin/reload\n" },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start a.service", "spawn a.service /bin/pre\n");
    pod_builder_step(&pod, "reload a.service", "");
    pod_builder_step(&pod, "control-exit a.service 0", "");
    pod_builder_step(&pod, "after 5", "spawn a.service\nspawn a.service /bin/reload\n");
    pod_builder_release(&pod);
}

/* It has no main process yet, whatever one that is left over from earlier says. */
static void an_idle_service_that_waits_takes_no_main_process(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "Type=idle\nNotifyAccess=all\n" },
        { "b.service", "[Service]\nType=notify\nExecStart=/bin/true\n" },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start b.service", "spawn b.service\n");
    pod_builder_step(&pod, "start a.service", "");
    pod_builder_step(&pod, "main a.service 500", "");
    assert_int_equal(pod_builder_unit(&pod, "a.service")->main_pid, 0);
    pod_builder_step(&pod, "ready b.service", "spawn a.service\n");
    pod_builder_release(&pod);
}

static void an_idle_service_waits_five_seconds_at_most(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "Type=idle\n" },
        { "b.service", SERVICE "Type=oneshot\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start b.service", "spawn b.service\n");
    pod_builder_step(&pod, "start a.service", "");
    pod_builder_step(&pod, "after 5", "spawn a.service\n");
    pod_builder_expect(&pod, "a.service", "running", "success");
    pod_builder_release(&pod);
}

static void an_exec_condition_that_says_no_is_no_failure(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "ExecCondition=/bin/no\nExecStopPost=/bin/post\nRestart=always\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service /bin/no\n");
    pod_builder_expect(&pod, "a.service", "condition", "success");
    pod_builder_step(&pod, "control-exit a.service 4", "spawn a.service /bin/post\n");
    pod_builder_step(&pod, "control-exit a.service 0", "");
    pod_builder_expect(&pod, "a.service", "dead", "exec-condition");
    assert_int_equal(pod_builder_unit(&pod, "a.service")->job_result, JOB_RESULT_DONE);
    pod_builder_release(&pod);
}

static void an_exec_condition_of_255_is_a_failure(void **state)
{
    static const char *const units[][2] = {
        { "a.service", SERVICE "ExecCondition=/bin/no\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service /bin/no\n");
    pod_builder_step(&pod, "control-exit a.service 255", "");
    pod_builder_expect(&pod, "a.service", "failed", "exit-code");
    pod_builder_release(&pod);
}

static void what_a_service_says_in_a_reload_does_not_begin_its_time_out_anew(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Service]\nExecStart=/bin/true\nType=notify-reload\nTimeoutStartSec=3\n" },
        { NULL, NULL },
    };
    struct pod_builder pod;
    const struct unit *a;

    (void)state;
    pod_builder_init(&pod, units);
    a = pod_builder_unit(&pod, "a.service");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "ready a.service", "");
    pod_builder_step(&pod, "reload a.service", NULL);
    pod_builder_step(&pod, "after 2", "");
    pod_builder_step(&pod, "reloading a.service", "");
    pod_builder_expect(&pod, "a.service", "reload-notify", "success");
    pod_builder_step(&pod, "after 1", "");
    pod_builder_expect(&pod, "a.service", "running", "success");
    assert_int_equal(a->reload_result, RESULT_TIMEOUT);
    assert_int_equal(a->job_result, JOB_RESULT_FAILED);
    /* One that the service begins by itself has a time-out of its own. */
    pod_builder_step(&pod, "reloading a.service", "");
    pod_builder_step(&pod, "after 2", "");
    pod_builder_expect(&pod, "a.service", "reload-notify", "success");
    pod_builder_step(&pod, "ready a.service", "");
    pod_builder_expect(&pod, "a.service", "running", "success");
    pod_builder_release(&pod);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_forking_service_is_up_when_its_main_process_is_found),
        cmocka_unit_test(a_main_process_that_was_named_is_not_searched_for),
        cmocka_unit_test(a_forking_service_without_a_known_main_process_lives_as_long_as_anybody),
        cmocka_unit_test(a_forking_parent_that_fails_fails_the_start),
        cmocka_unit_test(a_pid_file_that_nobody_is_left_to_write_is_a_protocol_failure),
        cmocka_unit_test(a_pid_file_may_be_written_by_start_post),
        cmocka_unit_test(start_post_of_any_type_waits_for_the_pid_file),
        cmocka_unit_test(no_end_is_seen_of_a_main_process_that_has_a_successor),
        cmocka_unit_test(a_reload_reads_the_pid_file_again),
        cmocka_unit_test(an_exec_that_may_fail_is_stopped_as_one_that_ran),
        cmocka_unit_test(an_idle_service_waits_for_the_jobs_of_others),
        cmocka_unit_test(an_idle_service_is_reloaded_when_it_runs),
        cmocka_unit_test(an_idle_service_that_waits_takes_no_main_process),
        cmocka_unit_test(an_idle_service_waits_five_seconds_at_most),
        cmocka_unit_test(an_exec_condition_that_says_no_is_no_failure),
        cmocka_unit_test(an_exec_condition_of_255_is_a_failure),
        cmocka_unit_test(what_a_service_says_in_a_reload_does_not_begin_its_time_out_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/pod_builder.h"

#include <stdio.h>
#include <string.h>

/* Nobody waits for ever: found by tests/model, each with its way in. */

#define SERVICE "[Service]\nExecStart=/bin/true\n"
#define NOTIFY  "[Service]\nType=notify\nExecStart=/bin/true\n"
#define KEEP    SERVICE

/* As a stop, a's job waits for nobody; as the start that it becomes, it would wait for b's, which
 * waits for a's. */
static void a_restart_that_runs_into_a_cycle_of_the_order_goes_on(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nBefore=b.service\nAfter=b.service\n" SERVICE },
        { "b.service", SERVICE },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod.obeys = false;
    pod_builder_step(&pod, "restart a.service", "signal a.service term\n");
    pod_builder_step(&pod, "start b.service", "");
    pod_builder_step(&pod, "exit a.service 0", "spawn b.service\nspawn a.service\n");
    assert_int_equal(pod.engine.jobs, 0);
    pod_builder_release(&pod);
}

static void a_stop_of_the_pod_is_no_job_that_may_time_out(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nJobTimeoutSec=5\n" SERVICE },
        { "b.service", "[Unit]\nAfter=a.service\n" SERVICE },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "start b.service", "spawn b.service\n");
    pod.obeys = false;
    engine_shutdown(&pod.engine, 0, pod.now_us);
    assert_string_equal(pod_builder_run(&pod), "signal b.service term\n");
    pod_builder_step(&pod, "after 6", "");
    pod_builder_step(&pod, "exit b.service 0", "signal a.service term\n");
    pod_builder_step(&pod, "exit a.service 0", "exit 0\n");
    pod_builder_release(&pod);
}

/* As systemd has it, a restart that is blocked stays where it is; but it goes on when it can. */
static void a_blocked_restart_goes_on_when_what_it_needs_is_there(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nRequires=b.service\nAfter=b.service\n" SERVICE "Restart=always\n" },
        { "b.service", "[Unit]\nStartLimitIntervalSec=0\n" NOTIFY },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn b.service\n");
    pod_builder_step(&pod, "ready b.service", "spawn a.service\n");
    pod_builder_step(&pod, "exit b.service 1", "");
    pod_builder_step(&pod, "exit a.service 1", "");
    pod_builder_step(&pod, "after 1", "spawn b.service\n");
    pod_builder_step(&pod, "exit b.service 1", "");
    pod_builder_expect(&pod, "a.service", "auto-restart-queued", "exit-code");
    pod_builder_step(&pod, "start b.service", "spawn b.service\n");
    pod_builder_step(&pod, "ready b.service", "spawn a.service\n");
    pod_builder_release(&pod);
}

static void a_blocked_restart_does_not_keep_the_pod(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nRequires=b.service\nAfter=b.service\n" SERVICE "Restart=always\n" },
        { "b.service", NOTIFY },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start a.service", "spawn b.service\n");
    pod_builder_step(&pod, "ready b.service", "spawn a.service\n");
    pod_builder_step(&pod, "exit b.service 3", "");
    pod_builder_step(&pod, "exit a.service 1", "");
    pod_builder_step(&pod, "after 1", "spawn b.service\n");
    pod_builder_step(&pod, "exit b.service 3", "exit 3\n");
    pod_builder_release(&pod);
}

static void who_was_blocked_while_it_went_down_comes_up_again(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nRequires=b.service\nAfter=b.service\n" SERVICE },
        { "b.service", NOTIFY },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn b.service\n");
    pod_builder_step(&pod, "ready b.service", "spawn a.service\n");
    pod.obeys = false;
    pod_builder_step(&pod, "exit b.service 0", "");
    pod_builder_step(&pod, "stop a.service", "signal a.service term\n");
    pod_builder_step(&pod, "start a.service", "spawn b.service\n");
    pod_builder_step(&pod, "exit b.service 1", "");
    assert_true(pod_builder_unit(&pod, "a.service")->is_blocked);
    pod_builder_step(&pod, "start b.service", "spawn b.service\n");
    pod_builder_step(&pod, "ready b.service", "");
    pod_builder_step(&pod, "exit a.service 0", "spawn a.service\n");
    pod_builder_release(&pod);
}

/* conformance trigger: late-stop, late-restart, late-reload. */
static void each_job_that_takes_too_long_triggers_on_failure(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nJobTimeoutSec=1\nOnFailure=b.service\n" SERVICE
                       "ExecReload=/bin/reload\nExecStop=/bin/stop\n" },
        { "b.service", SERVICE "Type=oneshot\n" },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    static const char *const jobs[][2] = {
        { "reload a.service", "spawn a.service /bin/reload\n" },
        { "restart a.service", "spawn a.service /bin/stop\n" },
        { "stop a.service", "spawn a.service /bin/stop\n" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(jobs); i++) {
        struct pod_builder pod;

        pod_builder_init(&pod, units);
        pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
        pod_builder_step(&pod, "start a.service", "spawn a.service\n");
        pod_builder_step(&pod, jobs[i][0], jobs[i][1]);
        pod_builder_step(&pod, "after 1", "spawn b.service\n");
        assert_int_equal(pod_builder_unit(&pod, "b.service")->monitor,
                         pod_builder_id(&pod, "a.service"));
        pod_builder_release(&pod);
    }
}

/* conformance again: restart-requires, -after, -wants-stopping, and so on. */
static void what_is_needed_comes_back_when_a_restart_begins_to_wait(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nRequires=b.service\nBindsTo=c.service\nUpholds=d.service\n"
                       "Wants=e.service f.service\nAfter=f.service\n" SERVICE
                       "Restart=always\nRestartSec=1h\nExecStopPost=/bin/post\n" },
        { "b.service", SERVICE },
        { "c.service", SERVICE },
        { "d.service", SERVICE },
        { "e.service", SERVICE "ExecStop=/bin/stop\n" },
        { "f.service", SERVICE },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", NULL);
    pod_builder_step(&pod, "exit a.service 1", "spawn a.service /bin/post\n");
    pod_builder_step(&pod, "exit b.service 0", "");
    pod_builder_step(&pod, "exit c.service 0", "");
    pod_builder_step(&pod, "exit d.service 0", "");
    pod_builder_step(&pod, "exit f.service 0", "");
    pod_builder_step(&pod, "stop e.service", "spawn e.service /bin/stop\n");
    pod_builder_step(&pod, "control-exit a.service 0",
                     "spawn b.service\nspawn c.service\nspawn d.service\n");
    pod_builder_expect(&pod, "a.service", "auto-restart", "exit-code");
    pod_builder_expect(&pod, "e.service", "stop", "success");
    pod_builder_expect(&pod, "f.service", "dead", "success");
    pod_builder_release(&pod);
}

/* conformance again: end-propagates, restart-bindsto. */
static void who_is_on_its_way_to_a_restart_is_not_stopped_with_others(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nBindsTo=b.service\nAfter=b.service\n" SERVICE
                       "Restart=always\nRestartSec=1\nExecStopPost=/bin/post\n" },
        { "b.service", SERVICE },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "spawn b.service\nspawn a.service\n");
    pod_builder_step(&pod, "exit a.service 1", "spawn a.service /bin/post\n");
    pod_builder_step(&pod, "exit b.service 0", "");
    pod_builder_step(&pod, "control-exit a.service 0", "");
    pod_builder_expect(&pod, "a.service", "auto-restart", "exit-code");
    pod_builder_step(&pod, "after 1", "spawn b.service\nspawn a.service\n");
    pod_builder_release(&pod);
}

/* What OnFailure= starts needs the unit itself: no start limit counts starts that never began. */
static void a_failure_that_triggers_itself_ends(void **state)
{
    static const char *const units[][2] = {
        { "a.service",
          "[Unit]\nOnFailure=b.service\nRequisite=c.service\nAfter=c.service\n" SERVICE },
        { "b.service", "[Unit]\nRequires=a.service\nAfter=a.service\n" SERVICE },
        { "c.service", SERVICE },
        { "keep.service", KEEP },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
    pod_builder_step(&pod, "start a.service", "");
    assert_int_equal(pod.engine.jobs, 0);
    pod_builder_release(&pod);
}

static void a_reload_that_is_only_handed_on_ends(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nPropagatesReloadTo=b.service\n" SERVICE },
        { "b.service", SERVICE "ExecReload=/bin/reload\n" },
        { NULL, NULL },
    };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "start b.service", "spawn b.service\n");
    pod_builder_step(&pod, "reload a.service", "spawn b.service /bin/reload\n");
    assert_int_equal(pod_builder_unit(&pod, "a.service")->job, JOB_NONE);
    assert_int_equal(pod_builder_unit(&pod, "a.service")->job_result, JOB_RESULT_DONE);
    pod_builder_release(&pod);
}

/* Who waits for it does not shorten its RestartSec=, whatever it is for. */
static void a_blocked_start_does_not_hurry_what_it_waits_for(void **state)
{
    static const char *const types[] = { "notify", "oneshot" };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        char text[256];
        const char *units[][2] = {
            { "a.service", text },
            { "b.service", "[Unit]\nRequires=a.service\nAfter=a.service\n" SERVICE },
            { "keep.service", KEEP },
            { NULL, NULL },
        };
        struct pod_builder pod;

        snprintf(text, sizeof(text), "%sType=%s\nRestart=on-failure\nRestartSec=5s\n", SERVICE,
                 types[i]);
        pod_builder_init(&pod, (const char *const(*)[2])units);
        pod_builder_step(&pod, "start keep.service", "spawn keep.service\n");
        pod_builder_step(&pod, "start b.service", "spawn a.service\n");
        pod_builder_step(&pod, "exit a.service 1", "");
        pod_builder_expect(&pod, "a.service", "auto-restart", "exit-code");
        pod_builder_step(&pod, "after 4", "");
        pod_builder_step(&pod, "after 1", "spawn a.service\n");
        pod_builder_step(&pod, i == 0 ? "ready a.service" : "exit a.service 0",
                         "spawn b.service\n");
        pod_builder_release(&pod);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restart_that_runs_into_a_cycle_of_the_order_goes_on),
        cmocka_unit_test(a_stop_of_the_pod_is_no_job_that_may_time_out),
        cmocka_unit_test(a_blocked_restart_goes_on_when_what_it_needs_is_there),
        cmocka_unit_test(a_blocked_restart_does_not_keep_the_pod),
        cmocka_unit_test(who_was_blocked_while_it_went_down_comes_up_again),
        cmocka_unit_test(a_blocked_start_does_not_hurry_what_it_waits_for),
        cmocka_unit_test(a_failure_that_triggers_itself_ends),
        cmocka_unit_test(each_job_that_takes_too_long_triggers_on_failure),
        cmocka_unit_test(what_is_needed_comes_back_when_a_restart_begins_to_wait),
        cmocka_unit_test(who_is_on_its_way_to_a_restart_is_not_stopped_with_others),
        cmocka_unit_test(a_reload_that_is_only_handed_on_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Path units, by what the engine asks of the shell and what becomes of them: systemd's path.c, and
 * the cases path and change of tests/conformance, which were recorded from systemd 257. The names
 * of those stand beside each test.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/pod_builder.h"

#include <errno.h>

#define KEEP                                                                                       \
    {                                                                                              \
        "keep.service", "[Service]\nExecStart=/bin/true\n"                                         \
    }
#define PATH                                                                                       \
    {                                                                                              \
        "a.path", "[Path]\nPathExists=/f\n"                                                        \
    }
#define SERVICE                                                                                    \
    {                                                                                              \
        "a.service", "[Service]\nType=notify\nExecStart=/bin/true\nExecStop=/bin/stop\n"           \
    }
#define ONESHOT                                                                                    \
    {                                                                                              \
        "a.service", "[Service]\nType=oneshot\nExecStart=/bin/true\n"                              \
    }
#define END                                                                                        \
    {                                                                                              \
        NULL, NULL                                                                                 \
    }

static void begin(struct pod_builder *pod, const char *const (*units)[2])
{
    pod_builder_init(pod, units);
    pod->obeys = true;
    pod_builder_step(pod, "start keep.service", "spawn keep.service\n");
}

static void news(struct pod_builder *pod, const char *name, enum path_news news,
                 const char *expected)
{
    engine_path_news(&pod->engine, pod_builder_id(pod, name), news, pod->now_us);
    assert_string_equal(pod_builder_run(pod), expected);
}

static void expect(struct pod_builder *pod, const char *sub, const char *result,
                   enum active_state active)
{
    struct unit *unit = pod_builder_unit(pod, "a.path");

    pod_builder_expect(pod, "a.path", sub, result);
    assert_int_equal(unit_active_state(unit), active);
    assert_int_equal(unit_state_info((enum unit_state)unit->state)->active, active);
    assert_true(unit->deadline_us == USEC_INFINITY);
}

static void expect_job(struct pod_builder *pod, const char *name, enum job_result result)
{
    assert_int_equal(pod_builder_unit(pod, name)->job, JOB_NONE);
    assert_int_equal(pod_builder_unit(pod, name)->job_result, result);
}

/* exists-later, exists-gone, stop-waiting, stop-running */
static void it_waits_triggers_and_waits_again(void **state)
{
    static const char *const units[][2] = { KEEP, PATH, SERVICE, END };
    struct pod_builder pod;

    (void)state;
    begin(&pod, units);
    pod_builder_step(&pod, "start a.path", "watch a.path start\n");
    expect(&pod, "waiting", "success", ACTIVE_ACTIVE);
    assert_int_equal(pod_builder_unit(&pod, "a.path")->state, STATE_PATH_WAITING);
    expect_job(&pod, "a.path", JOB_RESULT_DONE);
    news(&pod, "a.path", PATH_ABSENT, "");
    news(&pod, "a.path", PATH_PRESENT, "watch a.path not\nspawn a.service\n");
    expect(&pod, "running", "success", ACTIVE_ACTIVE);
    assert_int_equal(pod_builder_unit(&pod, "a.path")->state, STATE_PATH_RUNNING);
    assert_int_equal(engine_activator(&pod.engine, pod_builder_id(&pod, "a.service")),
                     pod_builder_id(&pod, "a.path"));
    news(&pod, "a.path", PATH_PRESENT, ""); /* nobody watches: late */
    pod_builder_step(&pod, "ready a.service", "watch a.path not\n");
    pod_builder_step(&pod, "stop a.service", "spawn a.service /bin/stop\n");
    pod_builder_step(&pod, "control-exit a.service 0",
                     "signal a.service term\nwatch a.path again\n");
    expect(&pod, "waiting", "success", ACTIVE_ACTIVE);
    pod_builder_step(&pod, "stop a.path", "watch a.path not\n");
    expect(&pod, "dead", "success", ACTIVE_INACTIVE);
    pod_builder_step(&pod, "start a.path", "watch a.path start\n");
    news(&pod, "a.path", PATH_PRESENT, "watch a.path not\nspawn a.service\n");
    pod_builder_step(&pod, "stop a.path", "watch a.path not\n");
    expect(&pod, "dead", "success", ACTIVE_INACTIVE);
    news(&pod, "a.path", PATH_PRESENT, "");
    pod_builder_release(&pod);
}

/* exists-already, exists-again, unit-start-limit, start-limit */
static void what_stays_there_hits_the_start_limit(void **state)
{
    static const char *const units[][2] = {
        KEEP,
        PATH,
        { "a.service",
          "[Unit]\nStartLimitBurst=2\n[Service]\nType=oneshot\nExecStart=/bin/true\n" },
        END
    };
    struct pod_builder pod;

    (void)state;
    begin(&pod, units);
    pod.path_news = PATH_PRESENT;
    pod_builder_step(&pod, "start a.path",
                     "watch a.path start\nwatch a.path not\nspawn a.service\n");
    expect(&pod, "running", "success", ACTIVE_ACTIVE);
    pod_builder_step(&pod, "exit a.service 0",
                     "watch a.path again\nwatch a.path not\nspawn a.service\n");
    expect(&pod, "running", "success", ACTIVE_ACTIVE);
    pod_builder_step(&pod, "exit a.service 0", "watch a.path again\nwatch a.path not\n");
    expect(&pod, "failed", "unit-start-limit-hit", ACTIVE_FAILED);
    pod_builder_expect(&pod, "a.service", "failed", "start-limit-hit");
    pod.path_news = PATH_ABSENT;
    pod_builder_step(&pod, "start a.path", "watch a.path start\n");
    expect(&pod, "waiting", "success", ACTIVE_ACTIVE);
    pod_builder_release(&pod);
}

/* trigger-limit, unit-condition */
static void what_triggers_too_often_fails(void **state)
{
    static const char *const units[][2] = {
        KEEP,
        { "a.path", "[Path]\nPathExists=/f\nTriggerLimitIntervalSec=10\nTriggerLimitBurst=2\n" },
        { "a.service", "[Unit]\nConditionPathExists=/none\n[Service]\nExecStart=/bin/true\n" },
        END
    };
    struct pod_builder pod;

    (void)state;
    begin(&pod, units);
    pod.path_news = PATH_PRESENT;
    pod.check = CHECK_CONDITION_FAILED;
    pod_builder_step(&pod, "start a.path", NULL);
    expect(&pod, "failed", "trigger-limit-hit", ACTIVE_FAILED);
    pod.path_news = PATH_ABSENT;
    pod_builder_step(&pod, "after 11", "");
    pod_builder_step(&pod, "start a.path", "watch a.path start\n");
    news(&pod, "a.path", PATH_PRESENT, "watch a.path not\ncheck a.service\nwatch a.path again\n");
    expect(&pod, "waiting", "success", ACTIVE_ACTIVE);
    pod_builder_release(&pod);
}

/* start-while-running, service-by-hand, unit-restarts */
static void it_runs_as_long_as_its_unit_is_up(void **state)
{
    static const char *const units[][2] = {
        KEEP,
        PATH,
        { "a.service", "[Service]\nExecStart=/bin/true\nRestart=on-failure\nRestartSec=1\n" },
        END
    };
    struct pod_builder pod;

    (void)state;
    begin(&pod, units);
    pod_builder_step(&pod, "start a.service", "spawn a.service\n");
    pod_builder_step(&pod, "start a.path", "watch a.path start\nwatch a.path not\n");
    expect(&pod, "running", "success", ACTIVE_ACTIVE);
    assert_int_equal(engine_activator(&pod.engine, pod_builder_id(&pod, "a.service")), UNIT_NONE);
    pod_builder_step(&pod, "exit a.service 1", "watch a.path not\n");
    expect(&pod, "running", "success", ACTIVE_ACTIVE);
    pod_builder_step(&pod, "after 2", NULL);
    expect(&pod, "running", "success", ACTIVE_ACTIVE);
    pod_builder_step(&pod, "stop a.service", "signal a.service term\nwatch a.path again\n");
    expect(&pod, "waiting", "success", ACTIVE_ACTIVE);
    pod_builder_step(&pod, "start a.service", "spawn a.service\nwatch a.path not\n");
    expect(&pod, "running", "success", ACTIVE_ACTIVE);
    pod_builder_release(&pod);
}

/* path_enter_waiting() */
static void what_cannot_be_watched_fails(void **state)
{
    static const char *const units[][2] = { KEEP, PATH, SERVICE, END };
    struct pod_builder pod;

    (void)state;
    begin(&pod, units);
    pod.path_news = PATH_BROKEN;
    pod_builder_step(&pod, "start a.path", "watch a.path start\nwatch a.path not\n");
    expect(&pod, "failed", "resources", ACTIVE_FAILED);
    expect_job(&pod, "a.path", JOB_RESULT_FAILED);
    pod_builder_step(&pod, "start a.path", NULL);
    expect(&pod, "failed", "resources", ACTIVE_FAILED);
    expect_job(&pod, "a.path", JOB_RESULT_FAILED);
    pod.path_news = PATH_PRESENT;
    pod_builder_step(&pod, "start a.path",
                     "watch a.path start\nwatch a.path not\nspawn a.service\n");
    expect(&pod, "running", "success", ACTIVE_ACTIVE);
    assert_int_equal(pod_builder_unit(&pod, "a.path")->state, STATE_PATH_RUNNING);
    pod_builder_step(&pod, "stop a.path", NULL);
    pod.path_news = PATH_ABSENT;
    pod_builder_step(&pod, "ready a.service", NULL);
    pod_builder_step(&pod, "stop a.service", NULL);
    pod_builder_step(&pod, "control-exit a.service 0", NULL);
    pod_builder_step(&pod, "start a.path", "watch a.path start\n");
    news(&pod, "a.path", PATH_BROKEN, "watch a.path not\n");
    expect(&pod, "failed", "resources", ACTIVE_FAILED);
    pod_builder_release(&pod);
}

/* There are no processes that could be told. */
static void nobody_is_signalled_when_it_ends(void **state)
{
    static const char *const units[][2] = { KEEP, PATH, ONESHOT, END };
    struct pod_builder pod;

    (void)state;
    begin(&pod, units);
    pod.tells_all = true;
    pod_builder_step(&pod, "start a.path", "watch a.path start\n");
    pod_builder_step(&pod, "stop a.path", "watch a.path not\n");
    pod_builder_step(&pod, "start a.path", "watch a.path start\n");
    news(&pod, "a.path", PATH_BROKEN, "watch a.path not\n");
    pod.path_news = PATH_PRESENT;
    pod_builder_step(&pod, "start a.path",
                     "watch a.path start\nwatch a.path not\nspawn a.service\n");
    pod_builder_step(&pod, "stop a.path", "watch a.path not\n");
    pod_builder_release(&pod);
}

/* start-limit, unit-missing, reload */
static void what_refuses_a_start(void **state)
{
    static const char *const units[][2] = {
        KEEP,
        { "a.path", "[Unit]\nStartLimitBurst=1\n[Path]\nPathExists=/f\n" },
        { "b.path", "[Path]\nPathExists=/f\n" },
        SERVICE,
        END
    };
    struct pod_builder pod;

    (void)state;
    begin(&pod, units);
    pod_builder_step(&pod, "start b.path", "");
    pod_builder_expect(&pod, "b.path", "dead", "success");
    expect_job(&pod, "b.path", JOB_RESULT_FAILED);
    pod_builder_step(&pod, "start a.path", "watch a.path start\n");
    assert_int_equal(
        engine_request(&pod.engine, pod_builder_id(&pod, "a.path"), JOB_RELOAD, true, pod.now_us),
        -EBADR);
    pod_builder_step(&pod, "stop a.path", "watch a.path not\n");
    pod_builder_step(&pod, "start a.path", "watch a.path not\n");
    expect(&pod, "failed", "start-limit-hit", ACTIVE_FAILED);
    pod_builder_release(&pod);
}

/* A stop that comes before the shell has looked: it need not look any more. */
static void a_start_that_is_taken_back(void **state)
{
    static const char *const units[][2] = { KEEP, PATH, SERVICE, END };
    struct pod_builder pod;
    unit_id id;

    (void)state;
    begin(&pod, units);
    id = pod_builder_id(&pod, "a.path");
    assert_int_equal(engine_request(&pod.engine, id, JOB_START, true, pod.now_us), 0);
    assert_int_equal(engine_request(&pod.engine, id, JOB_STOP, true, pod.now_us), 0);
    assert_string_equal(pod_builder_run(&pod), "watch a.path not\n");
    expect(&pod, "dead", "success", ACTIVE_INACTIVE);
    assert_int_equal(engine_request(&pod.engine, id, JOB_START, true, pod.now_us), 0);
    assert_int_equal(engine_request(&pod.engine, id, JOB_RESTART, true, pod.now_us), 0);
    assert_string_equal(pod_builder_run(&pod), "watch a.path start\n");
    expect(&pod, "waiting", "success", ACTIVE_ACTIVE);
    pod_builder_release(&pod);
}

/* two-paths, two-paths-in-turn (and why reeve is another there: differences.txt) */
static void of_several_the_one_that_came_first_is_told(void **state)
{
    static const char *const units[][2] = {
        KEEP, PATH, { "b.path", "[Path]\nPathExists=/g\nUnit=a.service\n" }, ONESHOT, END
    };
    struct pod_builder pod;
    unit_id service;

    (void)state;
    begin(&pod, units);
    service = pod_builder_id(&pod, "a.service");
    pod_builder_step(&pod, "start a.path", NULL);
    pod_builder_step(&pod, "start b.path", NULL);
    news(&pod, "b.path", PATH_PRESENT, "watch b.path not\nspawn a.service\n");
    news(&pod, "a.path", PATH_PRESENT, "watch a.path not\n");
    assert_int_equal(engine_activator(&pod.engine, service), pod_builder_id(&pod, "b.path"));
    pod_builder_step(&pod, "exit a.service 0", "watch a.path again\nwatch b.path again\n");
    news(&pod, "a.path", PATH_PRESENT, "watch a.path not\nspawn a.service\n");
    assert_int_equal(engine_activator(&pod.engine, service), pod_builder_id(&pod, "a.path"));
    pod_builder_release(&pod);
}

/* A pod in which nothing runs but a path unit that waits is not over. */
static void a_path_unit_keeps_the_pod(void **state)
{
    static const char *const units[][2] = { PATH, ONESHOT, END };
    struct pod_builder pod;

    (void)state;
    pod_builder_init(&pod, units);
    pod_builder_step(&pod, "start a.path", "watch a.path start\n");
    news(&pod, "a.path", PATH_PRESENT, "watch a.path not\nspawn a.service\n");
    pod_builder_step(&pod, "exit a.service 0", "watch a.path again\n");
    engine_shutdown(&pod.engine, 0, pod.now_us);
    assert_string_equal(pod_builder_run(&pod), "watch a.path not\nexit 0\n");
    pod_builder_release(&pod);
}

/* path_coldplug(); daemon-reload, daemon-reload-running */
static void after_a_reload_all_is_looked_at_anew(void **state)
{
    static const char *const units[][2] = { KEEP, PATH, SERVICE, END };
    struct pod_builder pod, next;

    (void)state;
    begin(&pod, units);
    pod_builder_step(&pod, "start a.path", NULL);
    pod_builder_init(&next, units);
    for (size_t i = 0; i < pod.set.count; i++)
        engine_adopt(&next.engine, (unit_id)i, &pod.engine, (unit_id)i);
    engine_adopt_pod(&next.engine, &pod.engine);
    assert_string_equal(pod_builder_run(&next), "watch a.path anew\n");
    expect(&next, "waiting", "success", ACTIVE_ACTIVE);
    next.path_news = PATH_PRESENT;
    news(&next, "a.path", PATH_PRESENT, "watch a.path not\nspawn a.service\n");
    pod_builder_release(&pod);
    pod_builder_release(&next);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_waits_triggers_and_waits_again),
        cmocka_unit_test(what_stays_there_hits_the_start_limit),
        cmocka_unit_test(what_triggers_too_often_fails),
        cmocka_unit_test(it_runs_as_long_as_its_unit_is_up),
        cmocka_unit_test(what_cannot_be_watched_fails),
        cmocka_unit_test(nobody_is_signalled_when_it_ends),
        cmocka_unit_test(what_refuses_a_start),
        cmocka_unit_test(a_start_that_is_taken_back),
        cmocka_unit_test(of_several_the_one_that_came_first_is_told),
        cmocka_unit_test(a_path_unit_keeps_the_pod),
        cmocka_unit_test(after_a_reload_all_is_looked_at_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

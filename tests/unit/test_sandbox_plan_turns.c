/* Nice=, CPUSchedulingPolicy=, IOSchedulingClass= of a plan: who gives way, and what is told of
 * real time. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/sandbox_fixture.h"

#include <linux/capability.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static struct fixture fixture; /* fresh for each test */
static struct exec_scheduling turns;

static int set_up(void **state)
{
    (void)state;
    fixture_init(&fixture);
    turns = (struct exec_scheduling){ 0 };
    fixture.spec.exec.scheduling = &turns;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_release(&fixture);
    return 0;
}

static void assert_gives_way(bool gives_way)
{
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_int_equal(sandbox_plan_gives_way(fixture.plan), gives_way);
    fixture_release(&fixture);
}

/* PID 1 does not wait for it then. */
static void who_gives_way_may_be_late(void **state)
{
    (void)state;
    assert_gives_way(false);
    turns = (struct exec_scheduling){ .has_policy = true, .policy = SCHED_BATCH };
    assert_gives_way(false);
    turns.policy = SCHED_IDLE;
    assert_gives_way(true);
    turns = (struct exec_scheduling){ .has_io = true, .io_class = IO_CLASS_BEST_EFFORT };
    assert_gives_way(false);
    turns.io_class = IO_CLASS_IDLE;
    assert_gives_way(true);
    turns = (struct exec_scheduling){ 0 };
    fixture.spec.exec.has_nice = true;
    assert_gives_way(false);
    fixture.spec.exec.nice = 1;
    assert_gives_way(true);
}

/* What the container has by `--ulimit rtprio=`: to have more than the machine gives takes a right
 * that not every root has, so the C library's function is ours. */
static rlim_t rtprio;

int getrlimit(__rlimit_resource_t resource, struct rlimit *ret_limit)
{
    if (resource != RLIMIT_RTPRIO)
        return prlimit(0, resource, NULL, ret_limit);
    *ret_limit = (struct rlimit){ rtprio, rtprio };
    return 0;
}

static void give_up_nice(void)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2] = { 0 };

    assert_int_equal(syscall(SYS_capget, &header, data), 0);
    data[0].effective &= ~(1U << CAP_SYS_NICE);
    assert_int_equal(syscall(SYS_capset, &header, data), 0);
}

static void real_time_that_will_not_be_had_is_told(void **state)
{
    static const struct {
        uint8_t policy, priority;
        rlim_t limit;
        size_t problems;
    } cases[] = {
        { SCHED_FIFO, 1, 0, 1 },
        { SCHED_RR, 99, 98, 1 },
        { SCHED_BATCH, 0, 0, 0 },
        { SCHED_RR, 99, 99, 0 },
        { SCHED_FIFO, 99, RLIM_INFINITY, 0 },
    };

    (void)state;
    give_up_nice();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        turns = (struct exec_scheduling){ .has_policy = true,
                                          .policy = cases[i].policy,
                                          .priority = cases[i].priority };
        rtprio = cases[i].limit;
        fixture.problem_count = 0;
        assert_int_equal(fixture_plan(&fixture), 0);
        assert_int_equal(fixture.problem_count, cases[i].problems);
        if (cases[i].problems > 0)
            assert_non_null(strstr(fixture.problems[0].hint, "214"));
        fixture_release(&fixture);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_gives_way_may_be_late),
        TEST(real_time_that_will_not_be_had_is_told),
    };

    return cmocka_run_group_tests_name("sandbox_plan_turns", tests, NULL, NULL);
}

/* User= of a plan: where somebody else can be had, and where not. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/sandbox_fixture.h"

#include <string.h>
#include <unistd.h>

static struct fixture fixture; /* fresh for each test */

static int set_up(void **state)
{
    (void)state;
    fixture_init(&fixture);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_release(&fixture);
    return 0;
}

static void assert_verdict(const char *directive, enum sandbox_mechanism mechanism,
                           enum sandbox_strength strength)
{
    const struct sandbox_verdict *verdict = fixture_verdict(&fixture, directive);

    assert_non_null(verdict);
    assert_string_equal(sandbox_mechanism_name(verdict->mechanism),
                        sandbox_mechanism_name(mechanism));
    assert_string_equal(sandbox_strength_name(verdict->strength), sandbox_strength_name(strength));
    assert_int_equal(strength == SANDBOX_FULL, verdict->reason[0] == '\0');
}

static const struct spec_place place_of_user = { "/units/test.service", 3, 6 };

static void ask_for_user(uid_t uid)
{
    static struct sandbox_identity identity;

    identity = (struct sandbox_identity){ .has_uid = true, .uid = uid, .gid = getgid() };
    fixture.context.identity = &identity;
    fixture.context.gid = getgid();
    fixture.spec.exec.user = "redis";
    fixture.spec.exec.user_place = place_of_user;
}

static void another_user_is_refused_where_nobody_can_become_it(void **state)
{
    (void)state;
    ask_for_user(getuid() + 1);
    assert_int_equal(fixture_plan(&fixture), -EOPNOTSUPP);
    assert_int_equal(fixture.problem_count, 1);
    assert_int_equal(fixture.problems[0].level, PROBLEM_REFUSED);
    assert_int_equal(fixture.problems[0].line, 3);
    assert_int_equal(fixture.problems[0].column, 6);
    assert_non_null(strstr(fixture.problems[0].text, "User=redis: every service runs as the one"));
}

static void degrade_runs_it_as_the_user_of_the_pod(void **state)
{
    (void)state;
    ask_for_user(getuid() + 1);
    fixture.spec.sandbox_policy = SANDBOX_DEGRADE;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_int_equal(fixture.problems[0].level, PROBLEM_INERT);
    assert_false(sandbox_plan_becomes_another(fixture.plan));
    assert_verdict("User", SANDBOX_BY_NOTHING, SANDBOX_NONE);
}

static void the_own_user_is_there_already(void **state)
{
    (void)state;
    ask_for_user(getuid());
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_int_equal(fixture.problem_count, 0);
    assert_false(sandbox_plan_becomes_another(fixture.plan));
    assert_verdict("User", SANDBOX_BY_PLACE, SANDBOX_FULL);
}

static void another_user_is_had_where_it_can_be(void **state)
{
    (void)state;
    ask_for_user(getuid() + 1);
    fixture.abilities.identity = true;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_true(sandbox_plan_becomes_another(fixture.plan));
    assert_verdict("User", SANDBOX_BY_KERNEL, SANDBOX_FULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(another_user_is_refused_where_nobody_can_become_it),
        TEST(degrade_runs_it_as_the_user_of_the_pod),
        TEST(the_own_user_is_there_already),
        TEST(another_user_is_had_where_it_can_be),
    };

    return cmocka_run_group_tests_name("sandbox_plan_user", tests, NULL, NULL);
}

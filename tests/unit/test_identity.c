/* Whom User= and the like mean, by /etc/passwd and /etc/group of any Debian. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "supervisor/files/identity.h"

#include <errno.h>
#include <string.h>

static struct arena arena;
static struct unit_spec spec;
static struct problem problem;

static void remember(void *context, const struct problem *reported)
{
    (void)context;
    problem = *reported;
}

static struct problem_sink sink = { .report = remember };

static int set_up(void **state)
{
    (void)state;
    spec = (struct unit_spec){ .name = "a.service" };
    problem = (struct problem){ 0 };
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static struct identity *find(void)
{
    struct identity *identity;

    assert_int_equal(identity_find(&spec, &arena, &sink, &identity), 0);
    return identity;
}

static void who_says_nothing_has_none(void **state)
{
    (void)state;
    assert_null(find());
}

static void a_user_brings_group_home_and_no_shell_that_is_none(void **state)
{
    const struct identity *identity;

    (void)state;
    spec.exec.user = "daemon";
    identity = find();
    assert_true(identity->ids.has_uid && identity->ids.has_gid && identity->ids.has_groups);
    assert_int_equal(identity->ids.uid, 1);
    assert_int_equal(identity->ids.gid, 1);
    assert_int_equal(identity->ids.group_count, 1);
    assert_int_equal(identity->ids.groups[0], 1);
    assert_string_equal(identity->user, "daemon");
    assert_string_equal(identity->home, "/usr/sbin");
    assert_null(identity->shell);
}

static void root_has_a_shell(void **state)
{
    (void)state;
    spec.exec.user = "0";
    assert_string_equal(find()->user, "root");
    assert_string_equal(find()->home, "/root");
    assert_non_null(find()->shell);
}

static void groups_are_added(void **state)
{
    static char *const more[] = { (char *)"sys", (char *)"4242", NULL };
    const struct identity *identity;

    (void)state;
    spec.exec.user = "daemon";
    spec.exec.group = "bin";
    spec.exec.supplementary_groups = more;
    identity = find();
    assert_int_equal(identity->ids.gid, 2);
    assert_int_equal(identity->ids.group_count, 3);
    assert_int_equal(identity->ids.groups[0], 2);
    assert_int_equal(identity->ids.groups[1], 3);
    assert_int_equal(identity->ids.groups[2], 4242);
}

static void a_group_alone_leaves_the_user(void **state)
{
    const struct identity *identity;

    (void)state;
    spec.exec.group = "daemon";
    identity = find();
    assert_false(identity->ids.has_uid || identity->ids.has_groups);
    assert_true(identity->ids.has_gid);
    assert_int_equal(identity->ids.gid, 1);
    assert_null(identity->user);
}

static void a_number_needs_no_entry(void **state)
{
    const struct identity *identity;

    (void)state;
    spec.exec.user = "3999999";
    identity = find();
    assert_int_equal(identity->ids.uid, 3999999);
    assert_int_equal(identity->ids.gid, 3999999);
    assert_null(identity->home);
}

static void a_name_of_nobody_is_reported(void **state)
{
    struct identity *identity;

    (void)state;
    spec.exec.user = "no-such-user";
    spec.exec.user_place = (struct spec_place){ "/u/a.service", 3, 6 };
    assert_int_equal(identity_find(&spec, &arena, &sink, &identity), -ESRCH);
    assert_int_equal(problem.level, PROBLEM_ERROR);
    assert_int_equal(problem.line, 3);
    assert_string_equal(problem.text, "User=no-such-user: there is no such user");
    spec.exec.user = NULL;
    spec.exec.group = "no-such-group";
    assert_int_equal(identity_find(&spec, &arena, &sink, &identity), -ENXIO);
    assert_string_equal(problem.text, "Group=no-such-group: there is no such group");
}

static void without_a_sink_it_is_somebody_else(void **state)
{
    struct identity *identity;

    (void)state;
    spec.exec.user = "no-such-user";
    assert_int_equal(identity_find(&spec, &arena, NULL, &identity), 0);
    assert_true(identity->ids.uid == (uid_t)-1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_says_nothing_has_none),
        TEST(a_user_brings_group_home_and_no_shell_that_is_none),
        TEST(root_has_a_shell),
        TEST(groups_are_added),
        TEST(a_group_alone_leaves_the_user),
        TEST(a_number_needs_no_entry),
        TEST(a_name_of_nobody_is_reported),
        TEST(without_a_sink_it_is_somebody_else),
    };

    return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}

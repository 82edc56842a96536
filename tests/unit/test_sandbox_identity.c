/* Users, groups and capabilities of a plan, tried from inside by a child that it was applied to. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "supervisor/unit/exit_status.h"
#include "supervisor/wire/fd.h"
#include "tests/unit/sandbox_fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>

static struct sandbox_abilities abilities; /* of this place, probed once */
static struct fixture fixture;

static int set_up(void **state)
{
    (void)state;
    fixture_init(&fixture);
    fixture.abilities = abilities;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_release(&fixture);
    return 0;
}

static void plan(void)
{
    assert_int_equal(fixture_plan(&fixture), 0);
}

static int read_bounding_set(const void *unused)
{
    (void)unused;
    for (unsigned long i = 0; i < 64; i++) {
        int is_there = prctl(PR_CAPBSET_READ, i, 0, 0, 0);

        if (is_there < 0)
            return 0;
        if (is_there > 0)
            return (int)i + 1;
    }
    return 0;
}

enum { SOMEBODY = 12345, GROUP = 23456, FIRST_GROUP = 34567, SECOND_GROUP = 34568, NET_BIND = 10 };

static const gid_t groups[] = { FIRST_GROUP, SECOND_GROUP };
static const struct sandbox_identity somebody = {
    .has_uid = true,
    .has_gid = true,
    .has_groups = true,
    .uid = SOMEBODY,
    .gid = GROUP,
    .group_count = ARRAY_SIZE(groups),
    .groups = groups,
};

static void need_identity(void)
{
    if (abilities.identity)
        return;
    print_message(
        "skipped: only root with CAP_SETUID, CAP_SETGID and CAP_KILL can become somebody else\n");
    skip();
}

/* Of /proc/self/status, in hexadecimal: "CapPrm:". */
static uint64_t status_field(const char *name)
{
    static char text[8192];
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    ssize_t length = read(fd, text, sizeof(text) - 1);
    const char *at;

    fd_close(fd);
    text[length > 0 ? length : 0] = '\0';
    at = strstr(text, name);
    return at ? strtoull(at + strlen(name), NULL, 16) : UINT64_MAX;
}

static uint64_t all_capabilities_of_us(void)
{
    return status_field("CapInh:") | status_field("CapPrm:") | status_field("CapEff:") |
           status_field("CapAmb:");
}

/* 0, or the number of what is wrong. */
static int check_somebody(const void *ignored)
{
    gid_t have[8];

    (void)ignored;
    if (getuid() != SOMEBODY || geteuid() != SOMEBODY)
        return 1;
    if (getgid() != GROUP || getegid() != GROUP)
        return 2;
    if (getgroups(ARRAY_SIZE(have), have) != 2 || have[0] != FIRST_GROUP || have[1] != SECOND_GROUP)
        return 3;
    if (setresuid(0, 0, 0) == 0 || setresgid(0, 0, 0) == 0)
        return 4;
    return all_capabilities_of_us() == 0 ? 0 : 5;
}

static void a_service_becomes_its_user_and_nobody_else(void **state)
{
    (void)state;
    need_identity();
    fixture.context.identity = &somebody;
    plan();
    assert_true(sandbox_plan_becomes_another(fixture.plan));
    assert_int_equal(fixture_try(&fixture, check_somebody, NULL), 0);
}

/* The bounding set goes before the right to change users, which it does not contain. */
static void an_empty_bounding_set_does_not_hinder_it(void **state)
{
    (void)state;
    need_identity();
    fixture.context.identity = &somebody;
    fixture.spec.exec.has_capability_bounding_set = true;
    plan();
    assert_int_equal(fixture_try(&fixture, check_somebody, NULL), 0);
    assert_int_equal(fixture_try(&fixture, read_bounding_set, NULL), 0);
}

static int check_ambient(const void *ignored)
{
    const uint64_t wanted = UINT64_C(1) << NET_BIND;

    (void)ignored;
    if (getuid() != SOMEBODY)
        return 1;
    if (status_field("CapAmb:") != wanted || status_field("CapInh:") != wanted)
        return 2;
    return status_field("CapPrm:") == wanted ? 0 : 3;
}

static void ambient_capabilities_are_all_that_is_kept(void **state)
{
    (void)state;
    need_identity();
    fixture.context.identity = &somebody;
    fixture.spec.exec.ambient_capabilities = UINT64_C(1) << NET_BIND;
    plan();
    assert_int_equal(fixture_try(&fixture, check_ambient, NULL), 0);
}

/* "!": the rest of the plan, but as we are. */
static void a_command_may_keep_the_user(void **state)
{
    struct stage_failure failure;
    int status;
    pid_t pid;

    (void)state;
    need_identity();
    fixture.context.identity = &somebody;
    plan();
    pid = fork();
    if (pid == 0) {
        if (sandbox_apply_command(fixture.plan, SANDBOX_WITHOUT_USER, &failure) < 0)
            _exit(FIXTURE_APPLY_FAILED);
        _exit(getuid() == 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* What systemd says when it cannot: 216 for groups. */
static void who_cannot_become_another_ends_with_group(void **state)
{
    struct stage_failure failure;
    int status;
    pid_t pid;

    (void)state;
    need_identity();
    fixture.context.identity = &somebody;
    plan();
    pid = fork();
    if (pid == 0) {
        if (setresuid(SOMEBODY + 1, SOMEBODY + 1, SOMEBODY + 1) < 0)
            _exit(1);
        if (sandbox_apply_command(fixture.plan, SANDBOX_ALL, &failure) == 0)
            _exit(0);
        _exit(stage_exit_status(failure.stage));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), EXIT_STATUS_GROUP);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_service_becomes_its_user_and_nobody_else),
        TEST(an_empty_bounding_set_does_not_hinder_it),
        TEST(ambient_capabilities_are_all_that_is_kept),
        TEST(a_command_may_keep_the_user),
        TEST(who_cannot_become_another_ends_with_group),
    };

    if (sandbox_abilities_probe(&abilities) < 0)
        return 1;
    /* With mounts: test_sandbox_mounts.c. */
    abilities.mount_namespace = abilities.user_namespace = false;
    return cmocka_run_group_tests_name("sandbox_identity", tests, NULL, NULL);
}

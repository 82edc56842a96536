/* User= of a plan: where somebody else can be had, and where not. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sandbox/plan_private.h"
#include "tests/unit/sandbox_fixture.h"

#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SOMEBODY = 12345 };

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

/* As somebody who has no right to it: root would have every right. */
static int plan_without_rights(void)
{
    uid_t uid = getuid();
    int r;

    if (uid == 0)
        assert_int_equal(setresuid(SOMEBODY, SOMEBODY, 0), 0);
    r = fixture_plan(&fixture);
    if (uid == 0)
        assert_int_equal(setresuid(0, 0, 0), 0);
    return r;
}

/* A container whose root has CAP_SETUID and may read nothing of alice's. */
static void what_pid_1_cannot_reach_may_be_open_to_the_user(void **state)
{
    char place[] = "/tmp/reeve-reach-XXXXXX", absent[] = "-/does/not/exist";
    char *paths[] = { place, NULL };

    (void)state;
    assert_non_null(mkdtemp(place));
    assert_int_equal(chmod(place, 0), 0);
    fixture.context.uid = getuid() + 1; /* not the owner */
    fixture.spec.exec.inaccessible_paths = paths;
    assert_int_equal(plan_without_rights(), 0);
    assert_verdict("InaccessiblePaths", SANDBOX_BY_PLACE, SANDBOX_FULL);
    fixture_release(&fixture);
    ask_for_user(getuid());
    fixture.abilities.identity = true;
    assert_int_equal(plan_without_rights(), -EOPNOTSUPP);
    assert_non_null(strstr(fixture.problems[0].text, "InaccessiblePaths=/tmp/reeve-reach-"));
    paths[0] = absent; /* which is closed to everybody */
    assert_int_equal(plan_without_rights(), 0);
    assert_verdict("InaccessiblePaths", SANDBOX_BY_PLACE, SANDBOX_FULL);
    assert_int_equal(rmdir(place), 0);
}

/* Whether the place is enough, for whoever the service will be; nothing can be mounted here. */
static void assert_no_tunables(bool is_enough)
{
    fixture.abilities.identity = true;
    fixture.spec.exec.protect_kernel_tunables = true;
    fixture.spec.sandbox_policy = SANDBOX_DEGRADE;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_int_equal(fixture_verdict(&fixture, "ProtectKernelTunables")->mechanism,
                     is_enough ? SANDBOX_BY_PLACE : SANDBOX_BY_NOTHING);
    fixture_release(&fixture);
}

static void skip_where_tunables_are_read_only(void)
{
    if (!place_is_read_only("/sys"))
        return;
    print_message("skipped: /sys is read-only here, to root as well\n");
    skip();
}

static void what_is_roots_is_closed_to_whom_root_makes_somebody_else(void **state)
{
    static const struct exec_command as_root = { .path = "/bin/true", .flags = EXEC_SETUID };
    static const gid_t groups[] = { 0 };
    struct sandbox_identity identity = {
        .has_uid = true, .has_gid = true, .has_groups = true, .uid = SOMEBODY, .gid = SOMEBODY
    };

    (void)state;
    skip_where_tunables_are_read_only();
    fixture.context.uid = fixture.context.gid = 0;
    assert_no_tunables(false);
    fixture.context.identity = &identity;
    assert_no_tunables(true);
    identity.groups = groups; /* who may write to /sys/bus/pci/devices/x/remove */
    identity.group_count = 1;
    assert_no_tunables(false);
    identity.group_count = 0;
    identity.gid = 0;
    assert_no_tunables(false);
    identity.gid = SOMEBODY;
    fixture.spec.service.exec_stop_post = &as_root;
    assert_no_tunables(false);
}

static void what_is_closed_to_pid_1_may_be_open_to_root(void **state)
{
    struct sandbox_identity identity = { .has_uid = true, .uid = 0 };

    (void)state;
    skip_where_tunables_are_read_only();
    fixture.context.uid = fixture.context.gid = SOMEBODY;
    fixture.spec.exec.private_devices = fixture.spec.exec.protect_control_groups = true;
    fixture.context.identity = &identity;
    assert_no_tunables(false);
    assert_int_equal(fixture.problem_count, place_is_read_only("/sys/fs/cgroup") ? 2 : 3);
}

static void a_capability_may_open_what_is_roots(void **state)
{
    (void)state;
    skip_where_tunables_are_read_only();
    if (getuid() != 0) {
        print_message("skipped: this user has no capability to give\n");
        skip();
    }
    fixture.context.uid = fixture.context.gid = SOMEBODY;
    fixture.spec.exec.ambient_capabilities = UINT64_C(1) << CAP_NET_BIND_SERVICE;
    assert_no_tunables(true);
    fixture.spec.exec.ambient_capabilities |= UINT64_C(1) << CAP_DAC_OVERRIDE;
    assert_no_tunables(false);
}

static struct resource_value resources[RESOURCE_COUNT] = {
    [RESOURCE_MEMORY_MAX] = { .is_set = true, .number = 1 << 20 },
};

static void another_group_does_not_close_the_cgroup(void **state)
{
    (void)state;
    ask_for_user(getuid());
    fixture.abilities.identity = fixture.abilities.has_cgroup = true;
    fixture.abilities.cgroup = CGROUP_MEMORY;
    fixture.spec.exec.resources = resources;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_true(sandbox_plan_becomes_another(fixture.plan));
    assert_verdict("MemoryMax", SANDBOX_BY_CGROUP, SANDBOX_PARTIAL);
    fixture_release(&fixture);
    ask_for_user(getuid() + 1);
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("MemoryMax", SANDBOX_BY_CGROUP, SANDBOX_FULL);
}

/* As in systemd, it can write to the cgroup of its unit as whoever made it. */
static void a_command_without_user_opens_the_cgroup(void **state)
{
    static const struct exec_command command = { .path = "/bin/true", .flags = EXEC_SETUID };

    (void)state;
    ask_for_user(getuid() + 1);
    fixture.abilities.identity = fixture.abilities.has_cgroup = true;
    fixture.abilities.cgroup = CGROUP_MEMORY;
    fixture.spec.exec.resources = resources;
    fixture.spec.service.exec_start_pre = &command;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("MemoryMax", SANDBOX_BY_CGROUP, SANDBOX_PARTIAL);
    assert_non_null(strchr(fixture_verdict(&fixture, "MemoryMax")->reason, '!'));
    fixture_release(&fixture);
    fixture.abilities.mount_namespace = true;
    fixture.spec.exec.protect_control_groups = true;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("MemoryMax", SANDBOX_BY_CGROUP, SANDBOX_FULL);
}

static void a_capability_may_open_the_cgroup(void **state)
{
    (void)state;
    if (getuid() != 0) {
        print_message("skipped: this user has no capability to give\n");
        skip();
    }
    ask_for_user(SOMEBODY);
    fixture.abilities.identity = fixture.abilities.has_cgroup = true;
    fixture.abilities.cgroup = CGROUP_MEMORY;
    fixture.spec.exec.resources = resources;
    fixture.spec.exec.ambient_capabilities = UINT64_C(1) << CAP_DAC_OVERRIDE;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("MemoryMax", SANDBOX_BY_CGROUP, SANDBOX_PARTIAL);
}

/* The root of the tree is somebody else's, and reeve has its cgroups further down. */
static void a_part_of_the_control_groups_may_be_the_users(void **state)
{
    (void)state;
    if (place_is_read_only("/sys/fs/cgroup")) {
        print_message("skipped: control groups are read-only here, or there are none\n");
        skip();
    }
    fixture.context.uid = getuid() + 1;
    fixture.spec.exec.protect_control_groups = true;
    assert_int_equal(plan_without_rights(), 0);
    assert_verdict("ProtectControlGroups", SANDBOX_BY_PLACE, SANDBOX_FULL);
    fixture_release(&fixture);
    fixture.abilities.has_cgroup = true;
    assert_int_equal(plan_without_rights(), -EOPNOTSUPP);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(another_user_is_refused_where_nobody_can_become_it),
        TEST(degrade_runs_it_as_the_user_of_the_pod),
        TEST(the_own_user_is_there_already),
        TEST(another_user_is_had_where_it_can_be),
        TEST(what_pid_1_cannot_reach_may_be_open_to_the_user),
        TEST(what_is_roots_is_closed_to_whom_root_makes_somebody_else),
        TEST(what_is_closed_to_pid_1_may_be_open_to_root),
        TEST(a_capability_may_open_what_is_roots),
        TEST(another_group_does_not_close_the_cgroup),
        TEST(a_command_without_user_opens_the_cgroup),
        TEST(a_capability_may_open_the_cgroup),
        TEST(a_part_of_the_control_groups_may_be_the_users),
    };

    return cmocka_run_group_tests_name("sandbox_plan_user", tests, NULL, NULL);
}

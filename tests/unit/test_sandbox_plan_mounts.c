/* Which directives are held by mounts, by whose right, and what is said when they cannot be. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/mounts_fixture.h"

static void by_admin_a_domain_closes_the_way_through_proc(void **state)
{
    (void)state;
    fixture.abilities.mount_namespace = true;
    fixture.abilities.landlock_abi = LANDLOCK_ABI_REFER;
    fixture.spec.exec.private_mounts = true;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("PrivateMounts", SANDBOX_BY_MOUNTS, SANDBOX_FULL);
    assert_true(fixture.plan->landlock.holds_files);
    assert_int_equal(fixture.plan->landlock.mark_count, 1);
    assert_string_equal(fixture.plan->landlock.marks[0].path, "/");
    assert_int_equal(fixture.plan->landlock.marks[0].kind, MARK_WRITABLE);
    assert_false(fixture.plan->landlock.holds_abstract_sockets);
    assert_false(fixture.plan->landlock.holds_signals);
}

static void by_admin_without_landlock_the_way_through_proc_is_told(void **state)
{
    (void)state;
    fixture.abilities.mount_namespace = true;
    fixture.abilities.landlock_abi = 0;
    fixture.spec.exec.private_mounts = true;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("PrivateMounts", SANDBOX_BY_MOUNTS, SANDBOX_PARTIAL);
    assert_false(fixture.plan->landlock.holds_files);
}

static void who_asks_for_nothing_gets_no_namespace(void **state)
{
    char writable[] = "/var";
    char *paths[] = { writable, NULL };

    (void)state;
    fixture.spec.exec.read_write_paths = paths;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_null(fixture.plan->mounts);
    assert_false(sandbox_plan_takes_memory(fixture.plan));
}

static void strict_is_full_and_has_landlock_on_top(void **state)
{
    char own[] = "/var/lib/mine";
    char *paths[] = { own, NULL };

    (void)state;
    fixture.context.own_paths = paths;
    fixture.spec.exec.protect_system = PROTECT_SYSTEM_STRICT;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_int_equal(fixture.problem_count, 0);
    assert_verdict("ProtectSystem", SANDBOX_BY_MOUNTS, SANDBOX_FULL);
    assert_true(fixture.plan->landlock.holds_files);
    assert_true(fixture.plan->landlock.marks[0].is_optional);
    assert_int_equal(fixture.plan->mounts->rung, MOUNT_RUNG_USER);
    assert_string_equal(fixture.plan->mounts->maps.uid, "1001 1001 1\n");
    assert_string_equal(fixture.plan->mounts->entries[0].path, "/");
    assert_int_equal(fixture.plan->mounts->entries[0].flags, MOUNT_READ_ONLY);
    assert_int_equal(entry_of("/var/lib/mine")->flags, 0);
    assert_true(sandbox_plan_takes_memory(fixture.plan));
}

static void without_strict_landlock_walks_no_trees(void **state)
{
    (void)state;
    fixture.spec.exec.protect_system = PROTECT_SYSTEM_FULL;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("ProtectSystem", SANDBOX_BY_MOUNTS, SANDBOX_FULL);
    assert_false(fixture.plan->landlock.holds_files);
}

static void our_own_right_comes_first(void **state)
{
    (void)state;
    fixture.abilities.mount_namespace = true;
    fixture.spec.exec.private_mounts = true;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_int_equal(fixture.plan->mounts->rung, MOUNT_RUNG_NAMESPACE);
    assert_false(sandbox_plan_takes_memory(fixture.plan));
    assert_verdict("PrivateMounts", SANDBOX_BY_MOUNTS, SANDBOX_FULL);
}

/* Most containers have no devices to hide. */
static void a_new_dev_only_where_there_are_devices(void **state)
{
    struct sandbox_plan nothing = { 0 };
    struct plan_builder place = { .spec = &fixture.spec,
                                  .context = &fixture.context,
                                  .plan = &nothing };
    bool has_none = place_has_no_devices(&place);

    (void)state;
    fixture.spec.exec.private_devices = true;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("PrivateDevices", has_none ? SANDBOX_BY_PLACE : SANDBOX_BY_MOUNTS, SANDBOX_FULL);
    assert_int_equal(fixture.plan->mounts == NULL, has_none);
    fixture_release(&fixture);
    fixture.context.uid = 0; /* who could make some */
    fixture.abilities.mount_namespace = true;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_non_null(fixture.plan->mounts);
}

static void root_gets_no_user_namespace(void **state)
{
    (void)state;
    fixture.context.uid = 0;
    fixture.spec.exec.private_tmp = PRIVATE_TMP_YES;
    assert_int_equal(fixture_plan(&fixture), -EOPNOTSUPP);
    assert_non_null(strstr(fixture.problems[0].text, "runs as root takes CAP_SYS_ADMIN"));
}

static void as_root_for_somebody(void)
{
    static const struct sandbox_identity identity = {
        .has_uid = true, .has_gid = true, .uid = 77, .gid = 78
    };

    fixture.context.uid = fixture.context.gid = 0;
    fixture.context.identity = &identity;
    fixture.abilities.identity = true;
    fixture.spec.exec.user = "redis";
    fixture.spec.exec.private_tmp = PRIVATE_TMP_YES;
}

static void whom_root_makes_somebody_else_does(void **state)
{
    (void)state;
    as_root_for_somebody();
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_string_equal(fixture.plan->mounts->maps.uid, "77 77 1\n");
    assert_string_equal(fixture.plan->mounts->maps.gid, "78 78 1\n");
}

static void unless_a_command_stays_root(void **state)
{
    static const struct exec_command command = { .path = "/bin/true", .flags = EXEC_SETUID };

    (void)state;
    as_root_for_somebody();
    fixture.spec.service.exec_start_pre = &command;
    fixture.spec.sandbox_policy = SANDBOX_DEGRADE;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_null(fixture.plan->mounts);
    assert_verdict("PrivateTmp", SANDBOX_BY_NOTHING, SANDBOX_NONE);
}

/* It runs as root with CAP_SYS_ADMIN, and only a domain keeps it in its namespaces. */
static void a_command_that_stays_root_can_join_others_namespaces(void **state)
{
    static const struct exec_command command = { .path = "/bin/true", .flags = EXEC_SETUID };

    (void)state;
    if (getuid() != 0) {
        print_message("skipped: whoever is not root leaves no rights to a command\n");
        skip();
    }
    as_root_for_somebody();
    fixture.abilities.mount_namespace = fixture.abilities.network_namespace = true;
    fixture.spec.exec.private_network = true;
    fixture.spec.service.exec_start_pre = &command;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("PrivateNetwork", SANDBOX_BY_KERNEL, SANDBOX_FULL);
    fixture_release(&fixture);
    fixture.abilities.landlock_abi = 0;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("PrivateNetwork", SANDBOX_BY_KERNEL, SANDBOX_PARTIAL);
}

/* --- nowhere to mount --- */

static void what_only_mounts_can_hold_is_refused(void **state)
{
    (void)state;
    fixture.abilities.user_namespace = false;
    fixture.spec.exec.private_tmp = PRIVATE_TMP_YES;
    fixture.spec.exec.private_mounts = true;
    assert_int_equal(fixture_plan(&fixture), -EOPNOTSUPP);
    assert_int_equal(fixture.sink.errors, 2);
    assert_non_null(strstr(fixture.problems[0].text, "no mount namespace can be had here"));
}

static void degrade_says_what_is_not_held(void **state)
{
    (void)state;
    fixture.abilities.user_namespace = false;
    fixture.spec.sandbox_policy = SANDBOX_DEGRADE;
    fixture.spec.exec.protect_system = PROTECT_SYSTEM_STRICT;
    fixture.spec.exec.private_tmp = PRIVATE_TMP_YES;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_null(fixture.plan->mounts);
    assert_verdict("ProtectSystem", SANDBOX_BY_LANDLOCK, SANDBOX_PARTIAL);
    assert_verdict("PrivateTmp", SANDBOX_BY_NOTHING, SANDBOX_NONE);
}

static void an_ordinary_user_writes_to_no_tunable(void **state)
{
    (void)state;
    fixture.abilities.user_namespace = false;
    fixture.spec.exec.protect_kernel_tunables = true;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("ProtectKernelTunables", SANDBOX_BY_PLACE,
                   access("/proc/kallsyms", R_OK) == 0 ? SANDBOX_PARTIAL : SANDBOX_FULL);
}

static void a_new_proc_is_for_who_may_mount_it(void **state)
{
    (void)state;
    fixture.spec.exec.protect_proc = PROTECT_PROC_INVISIBLE;
    assert_int_equal(fixture_plan(&fixture), -EOPNOTSUPP);
    assert_non_null(strstr(fixture.problems[0].text, "a new /proc takes CAP_SYS_ADMIN"));
    fixture.abilities.mount_namespace = fixture.abilities.fresh_proc = true;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("ProtectProc", SANDBOX_BY_MOUNTS, SANDBOX_FULL);
    assert_int_equal(entry_of("/proc")->kind, MOUNT_PROC);
    assert_string_equal(entry_of("/proc")->source, "hidepid");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(by_admin_a_domain_closes_the_way_through_proc),
        TEST(by_admin_without_landlock_the_way_through_proc_is_told),
        TEST(who_asks_for_nothing_gets_no_namespace),
        TEST(strict_is_full_and_has_landlock_on_top),
        TEST(without_strict_landlock_walks_no_trees),
        TEST(our_own_right_comes_first),
        TEST(a_new_dev_only_where_there_are_devices),
        TEST(root_gets_no_user_namespace),
        TEST(whom_root_makes_somebody_else_does),
        TEST(unless_a_command_stays_root),
        TEST(a_command_that_stays_root_can_join_others_namespaces),
        TEST(what_only_mounts_can_hold_is_refused),
        TEST(degrade_says_what_is_not_held),
        TEST(an_ordinary_user_writes_to_no_tunable),
        TEST(a_new_proc_is_for_who_may_mount_it),
    };

    return cmocka_run_group_tests_name("sandbox_plan_mounts", tests, NULL, NULL);
}

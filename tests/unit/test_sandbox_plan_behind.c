/* What is behind a directive that takes mounts or another namespace. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sandbox/capabilities.h"
#include "tests/unit/mounts_fixture.h"

#include <linux/capability.h>
#include <sys/socket.h>

static void a_private_tmp_is_made_by_pid_1_and_its_socket_stays(void **state)
{
    (void)state;
    fixture.context.private_directory = "/tmp/reeve-private-0";
    fixture.context.runtime_directory = "/tmp/reeve-1001";
    fixture.spec.exec.private_tmp = PRIVATE_TMP_YES;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_true(sandbox_plan_has_private_directory(fixture.plan));
    assert_string_equal(entry_of("/tmp")->source, "/tmp/reeve-private-0/test.service/tmp");
    assert_string_equal(entry_of("/var/tmp")->source, "/tmp/reeve-private-0/test.service/var-tmp");
    assert_int_equal(entry_of("/tmp/reeve-1001")->flags,
                     MOUNT_OPTIONAL | MOUNT_READ_ONLY | MOUNT_MAKE | MOUNT_COVERED);
    fixture_release(&fixture);
    fixture.spec.exec.private_tmp = PRIVATE_TMP_DISCONNECTED;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_false(sandbox_plan_has_private_directory(fixture.plan));
    assert_int_equal(entry_of("/tmp")->kind, MOUNT_TMPFS);
}

static bool was_told(const char *text)
{
    for (size_t i = 0; i < fixture.problem_count; i++)
        if (fixture.problems[i].level == PROBLEM_ADVICE && strstr(fixture.problems[i].text, text))
            return true;
    return false;
}

static void without_mounts_it_is_where_tmpdir_leads(void **state)
{
    (void)state;
    fixture.abilities.user_namespace = false;
    fixture.spec.exec.private_tmp = PRIVATE_TMP_YES;
    fixture.spec.exec.protect_system = PROTECT_SYSTEM_STRICT; /* or root could not close /var/tmp */
    assert_int_equal(fixture_plan(&fixture), -EOPNOTSUPP);    /* nowhere to have it */
    fixture.context.private_directory = "/tmp/reeve-private-0";
    fixture.problem_count = 0;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("PrivateTmp", SANDBOX_BY_LANDLOCK, SANDBOX_PARTIAL);
    assert_true(was_told("TMPDIR"));
    assert_true(sandbox_plan_has_private_directory(fixture.plan));
    assert_true(sandbox_plan_takes_tmpdir(fixture.plan));
    fixture_release(&fixture);
    fixture.spec.sandbox_policy =
        SANDBOX_DEGRADE; /* the service is to run, whatever it writes to */
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("PrivateTmp", SANDBOX_BY_NOTHING, SANDBOX_NONE);
    assert_false(sandbox_plan_has_private_directory(fixture.plan));
    fixture_release(&fixture);
    fixture.spec.sandbox_policy = SANDBOX_STRICT;
    fixture.abilities.landlock_abi = 0;
    assert_int_equal(fixture_plan(&fixture), -EOPNOTSUPP);
}

static void programs_below_a_hidden_home_are_seen(void **state)
{
    (void)state;
    fixture.spec.fragment_path = "/root/units/test.service";
    fixture.context.program_directory = "/root/build";
    fixture.spec.exec.protect_home = PROTECT_HOME_YES;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_int_equal(entry_of("/root")->kind, MOUNT_TMPFS);
    assert_int_equal(entry_of("/root/build")->flags,
                     MOUNT_OPTIONAL | MOUNT_READ_ONLY | MOUNT_MAKE | MOUNT_COVERED);
    assert_non_null(entry_of("/root/libexec/reeve"));
    assert_non_null(entry_of("/root/units"));
    fixture_release(&fixture);
    fixture.spec.fragment_path = "/usr/lib/units/test.service";
    fixture.context.program_directory = "/usr/bin";
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_int_equal(entry_of("/root")->kind, MOUNT_HIDDEN);
    assert_null(entry_of("/usr/bin"));
}

static void private_users_are_had_by_a_user_namespace(void **state)
{
    (void)state;
    fixture.spec.exec.private_users = PRIVATE_USERS_SELF;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("PrivateUsers", SANDBOX_BY_KERNEL, SANDBOX_FULL);
    assert_int_equal(fixture.plan->mounts->rung, MOUNT_RUNG_USER);
    assert_false(fixture.plan->mounts->has_user_namespace);
    fixture_release(&fixture);
    fixture.abilities.mount_namespace = true;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_int_equal(fixture.plan->mounts->rung, MOUNT_RUNG_NAMESPACE);
    assert_true(fixture.plan->mounts->has_user_namespace);
    assert_true(sandbox_plan_takes_memory(fixture.plan));
    fixture_release(&fixture);
    fixture.spec.exec.private_users = PRIVATE_USERS_IDENTITY; /* which we have not */
    assert_int_equal(fixture_plan(&fixture), -EOPNOTSUPP);
    fixture.spec.exec.private_users = PRIVATE_USERS_SELF;
    fixture.context.uid = 0;
    assert_int_equal(fixture_plan(&fixture), -EOPNOTSUPP);
}

static void a_map_of_users_takes_a_proc_to_write_to(void **state)
{
    static char *const closed[] = { "-/proc", NULL }, *const open[] = { "/proc", NULL };

    (void)state;
    fixture.spec.exec.private_users = PRIVATE_USERS_SELF;
    fixture.spec.exec.read_only_paths = closed;
    assert_int_equal(fixture_plan(&fixture), 0); /* in a user namespace it comes first */
    fixture_release(&fixture);
    fixture.abilities.mount_namespace = true;
    assert_int_equal(fixture_plan(&fixture), -EOPNOTSUPP);
    assert_non_null(strstr(fixture.problems[0].text, "which ReadOnlyPaths= closes"));
    fixture.spec.exec.read_write_paths = open;
    assert_int_equal(fixture_plan(&fixture), 0);
}

static void private_ipc_is_a_namespace(void **state)
{
    (void)state;
    fixture.spec.exec.private_ipc = true;
    assert_int_equal(fixture_plan(&fixture), -EOPNOTSUPP);
    fixture.abilities.small_namespaces = true;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("PrivateIPC", SANDBOX_BY_KERNEL, SANDBOX_FULL);
    assert_true(fixture.plan->mounts->has_ipc);
    assert_false(fixture.plan->mounts->has_network);
    fixture_release(&fixture);
    fixture.abilities.user_namespace = false;
    assert_int_equal(fixture_plan(&fixture), -EOPNOTSUPP);
}

static void a_hosts_name_is_its_own_where_there_are_mounts(void **state)
{
    (void)state;
    fixture.abilities.small_namespaces = true;
    fixture.spec.exec.protect_hostname = true;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("ProtectHostname", SANDBOX_BY_SECCOMP, SANDBOX_PARTIAL);
    assert_null(fixture.plan->mounts);
    fixture_release(&fixture);
    fixture.spec.exec.private_mounts = true;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("ProtectHostname", SANDBOX_BY_SECCOMP, SANDBOX_FULL);
    assert_true(fixture.plan->mounts->has_uts);
    assert_null(entry_of("/proc/sys/kernel/hostname"));
}

/* Root writes to the kernel's files what no call may say. */
static void roots_host_name_has_a_file_besides(void **state)
{
    static const char *const files[] = { "/proc/sys/kernel/hostname",
                                         "/proc/sys/kernel/domainname" };

    (void)state;
    fixture.context.uid = 0;
    fixture.abilities.mount_namespace = fixture.abilities.small_namespaces = true;
    fixture.spec.exec.protect_hostname = fixture.spec.exec.private_mounts = true;
    fixture.spec.exec.has_capability_bounding_set = true; /* nor may it undo that */
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("ProtectHostname", SANDBOX_BY_SECCOMP, SANDBOX_FULL);
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        assert_non_null(entry_of(files[i]));
        assert_int_equal(entry_of(files[i])->flags & MOUNT_READ_ONLY, MOUNT_READ_ONLY);
    }
    fixture_release(&fixture);
    fixture.spec.exec.has_capability_bounding_set = false;
    fixture.spec.exec.ambient_capabilities = UINT64_C(1) << 21; /* CAP_SYS_ADMIN */
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("ProtectHostname", SANDBOX_BY_SECCOMP, SANDBOX_PARTIAL);
}

static void a_root_of_its_own_is_a_bind_on_the_root(void **state)
{
    static char *const paths[] = { "/usr/share", "+/lib", "-/absent", NULL };

    (void)state;
    fixture.spec.exec.root_directory = "/usr";
    fixture.spec.exec.read_only_paths = paths;
    fixture.spec.exec.mount_api_vfs = true;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("RootDirectory", SANDBOX_BY_MOUNTS, SANDBOX_FULL);
    assert_int_equal(entry_of("/")->kind, MOUNT_BIND);
    assert_string_equal(entry_of("/")->source, "/usr");
    assert_int_equal(entry_of("/share")->flags & MOUNT_READ_ONLY, MOUNT_READ_ONLY);
    assert_int_equal(entry_of("/lib")->flags & MOUNT_READ_ONLY, MOUNT_READ_ONLY);
    assert_null(entry_of("/absent"));
    assert_int_equal(entry_of("/run")->kind, MOUNT_TMPFS);
    assert_non_null(strstr(fixture.problems[0].text, "it is not in RootDirectory="));
    fixture_release(&fixture);
    fixture.spec.sandbox_policy = SANDBOX_DEGRADE;
    fixture.abilities.user_namespace = false;
    assert_int_equal(fixture_plan(&fixture), -EOPNOTSUPP);
}

static void private_pids_bring_a_new_proc(void **state)
{
    (void)state;
    fixture.spec.exec.private_pids = true;
    fixture.spec.exec.proc_subset = PROC_SUBSET_PID;
    assert_int_equal(fixture_plan(&fixture), -EOPNOTSUPP);
    assert_non_null(strstr(fixture.problems[0].text, "where parts of /proc are masked"));
    fixture.abilities.private_pids = true;
    if (geteuid() == 0) { /* it has rights that it would lose */
        assert_int_equal(fixture_plan(&fixture), -EOPNOTSUPP);
        fixture.abilities.mount_namespace = true;
    }
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("PrivatePIDs", SANDBOX_BY_KERNEL, SANDBOX_FULL);
    assert_verdict("ProcSubset", SANDBOX_BY_MOUNTS, SANDBOX_FULL);
    assert_true(fixture.plan->mounts->has_pids);
    assert_int_equal(entry_of("/proc")->kind, MOUNT_PROC);
    assert_string_equal(entry_of("/proc")->directive, "PrivatePIDs");
    assert_true(sandbox_plan_is_first_process(fixture.plan, SANDBOX_ALL));
    assert_false(sandbox_plan_is_first_process(fixture.plan, SANDBOX_MASK_ONLY));
    assert_true(sandbox_plan_takes_memory(fixture.plan));
}

static void a_private_network_is_a_namespace_or_unix_sockets_alone(void **state)
{
    (void)state;
    fixture.spec.exec.private_network = true;
    assert_int_equal(fixture_plan(&fixture), -EOPNOTSUPP);
    fixture.abilities.network_namespace = true;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("PrivateNetwork", SANDBOX_BY_KERNEL, SANDBOX_FULL);
    assert_true(fixture.plan->mounts->has_network);
    fixture_release(&fixture);
    fixture.abilities.user_namespace = false;
    assert_int_equal(fixture_plan(&fixture), -EOPNOTSUPP);
    fixture.spec.exec.restrict_address_families =
        (struct address_families){ .is_allow_list = true, .bits = UINT64_C(1) << AF_UNIX };
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("PrivateNetwork", SANDBOX_BY_SECCOMP, SANDBOX_PARTIAL);
    fixture_release(&fixture);
    fixture.spec.exec.restrict_address_families.bits |= UINT64_C(1) << AF_NETLINK;
    assert_int_equal(fixture_plan(&fixture), -EOPNOTSUPP);
}

static void who_keeps_admin_joins_the_namespaces_of_others(void **state)
{
    static const char *const directives[] = { "PrivateNetwork", "PrivateIPC", "PrivatePIDs",
                                              "RootDirectory" };
    const uint64_t admin = UINT64_C(1) << CAP_SYS_ADMIN;

    (void)state;
    fixture.abilities.mount_namespace = fixture.abilities.network_namespace = true;
    fixture.abilities.small_namespaces = fixture.abilities.private_pids = true;
    fixture.spec.exec.private_network = fixture.spec.exec.private_ipc = true;
    fixture.spec.exec.private_pids = true;
    fixture.spec.exec.root_directory = "/usr";
    assert_int_equal(fixture_plan(&fixture), 0);
    for (size_t i = 0; i < ARRAY_SIZE(directives); i++)
        assert_int_equal(fixture_verdict(&fixture, directives[i])->strength, SANDBOX_FULL);
    fixture_release(&fixture);
    if (!(capabilities_permitted() & admin)) {
        print_message("skipped: nobody can be given CAP_SYS_ADMIN here\n");
        skip();
    }
    fixture.spec.exec.ambient_capabilities = admin;
    assert_int_equal(fixture_plan(&fixture), 0);
    for (size_t i = 0; i < ARRAY_SIZE(directives); i++) {
        const struct sandbox_verdict *verdict = fixture_verdict(&fixture, directives[i]);

        assert_int_equal(verdict->strength, SANDBOX_PARTIAL);
        assert_non_null(strstr(verdict->reason, "CAP_SYS_ADMIN"));
    }
}

static void others_private_directories_are_hidden(void **state)
{
    (void)state;
    fixture.context.private_directory = "/tmp/reeve-private-0";
    fixture.spec.exec.protect_system = PROTECT_SYSTEM_FULL;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_int_equal(entry_of("/tmp/reeve-private-0")->kind, MOUNT_HIDDEN);
}

static void a_filter_has_its_files_hidden_as_well(void **state)
{
    (void)state;
    fixture.spec.exec.private_mounts = true;
    fixture.spec.exec.protect_kernel_logs = true;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("ProtectKernelLogs", SANDBOX_BY_SECCOMP, SANDBOX_FULL);
    assert_int_equal(entry_of("/dev/kmsg")->kind, MOUNT_HIDDEN);
}

static void assert_tells(enum stage stage, int item, const char *wanted)
{
    struct stage_failure failure = { .stage = stage, .item = item, .error = EACCES };
    char text[256];

    sandbox_plan_tell(fixture.plan, &failure, text, sizeof(text));
    assert_string_equal(text, wanted);
}

static void the_step_that_failed_has_a_name(void **state)
{
    (void)state;
    fixture.spec.exec.protect_system = PROTECT_SYSTEM_STRICT;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_tells(STAGE_MOUNT, 0, "ProtectSystem=, '/': Permission denied");
    assert_tells(STAGE_MOUNT, 1000, "a mount: Permission denied"); /* of a plan before a reload */
    assert_tells(STAGE_NAMESPACE, -1, "a mount namespace: Permission denied");
}

static void limits_of_a_cgroup_are_held_where_there_is_one(void **state)
{
    struct resource_value resources[RESOURCE_COUNT] = {
        [RESOURCE_MEMORY_MAX] = { .is_set = true, .number = 1 << 20 },
        [RESOURCE_CPU_WEIGHT] = { .is_set = true, .number = 10 },
        [RESOURCE_IO_WEIGHT] = { .is_set = true, .number = 10 },
    };

    (void)state;
    fixture.spec.exec.resources = resources;
    assert_int_equal(fixture_plan(&fixture), -EOPNOTSUPP);
    assert_non_null(strstr(fixture.problems[0].text, "MemoryMax="));
    assert_int_equal(fixture.problem_count, 3); /* the weights are nothing to refuse for */
    fixture.abilities.has_cgroup = true;
    fixture.abilities.cgroup = CGROUP_MEMORY;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("MemoryMax", SANDBOX_BY_CGROUP, SANDBOX_PARTIAL);
    fixture_release(&fixture);
    fixture.spec.exec.protect_control_groups = true;
    fixture.spec.exec.has_capability_bounding_set = true;
    fixture.abilities.mount_namespace = true;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("ProtectControlGroups", SANDBOX_BY_MOUNTS, SANDBOX_FULL);
    assert_verdict("MemoryMax", SANDBOX_BY_CGROUP, SANDBOX_FULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_private_tmp_is_made_by_pid_1_and_its_socket_stays),
        TEST(without_mounts_it_is_where_tmpdir_leads),
        TEST(programs_below_a_hidden_home_are_seen),
        TEST(private_users_are_had_by_a_user_namespace),
        TEST(a_map_of_users_takes_a_proc_to_write_to),
        TEST(private_ipc_is_a_namespace),
        TEST(a_hosts_name_is_its_own_where_there_are_mounts),
        TEST(roots_host_name_has_a_file_besides),
        TEST(a_root_of_its_own_is_a_bind_on_the_root),
        TEST(private_pids_bring_a_new_proc),
        TEST(a_private_network_is_a_namespace_or_unix_sockets_alone),
        TEST(who_keeps_admin_joins_the_namespaces_of_others),
        TEST(others_private_directories_are_hidden),
        TEST(a_filter_has_its_files_hidden_as_well),
        TEST(the_step_that_failed_has_a_name),
        TEST(limits_of_a_cgroup_are_held_where_there_is_one),
    };

    return cmocka_run_group_tests_name("sandbox_plan_behind", tests, NULL, NULL);
}

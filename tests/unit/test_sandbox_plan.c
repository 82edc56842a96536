/* From directives to a plan: what is held by what, and what is said when it cannot be. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sandbox/plan_private.h"
#include "tests/unit/sandbox_fixture.h"

#include <sys/resource.h>
#include <sys/stat.h>

static const struct spec_place place_of_protect = { "/units/test.service", 7, 15 };
static const struct spec_place place_of_bind = { "/units/test.service", 9, 16 };

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

static const struct landlock_mark *mark_of(const char *path)
{
    const struct landlock_plan *landlock = &fixture.plan->landlock;

    for (size_t i = 0; i < landlock->mark_count; i++) {
        if (strcmp(landlock->marks[i].path, path) == 0)
            return &landlock->marks[i];
    }
    return NULL;
}

static void assert_mark(const char *path, enum mark_kind kind)
{
    const struct landlock_mark *mark = mark_of(path);

    if (mark)
        assert_int_equal(mark->kind, kind);
    else
        fail_msg("there is no mark on %s", path);
}

static void a_unit_that_asks_nothing_gets_seal_and_no_new_privileges(void **state)
{
    (void)state;
    fixture.context.seal = 77;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_int_equal(fixture.problem_count, 0);
    assert_verdict("NoNewPrivileges", SANDBOX_BY_KERNEL, SANDBOX_FULL);
    assert_verdict("Seal", SANDBOX_BY_KERNEL, SANDBOX_FULL);
    assert_int_equal(fixture.plan->seal, 77);
    assert_non_null(fixture.plan->filter);
    assert_false(landlock_is_used(&fixture.plan->landlock));
    assert_int_equal(fixture.plan->umask, 0022);
}

static void strict_leaves_own_paths_and_the_kernels_trees_writable(void **state)
{
    char own[] = "/var/lib/not-there-yet/", writable[] = "-/srv/not-there-either";
    char *own_paths[] = { own, NULL }, *paths[] = { writable, NULL };

    (void)state;
    fixture.spec.exec.protect_system = PROTECT_SYSTEM_STRICT;
    fixture.spec.exec.read_write_paths = paths;
    fixture.context.own_paths = own_paths;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("ProtectSystem", SANDBOX_BY_LANDLOCK, SANDBOX_PARTIAL);
    assert_mark("/var/lib/not-there-yet", MARK_WRITABLE);
    assert_false(mark_of("/var/lib/not-there-yet")->is_optional);
    assert_mark("/srv/not-there-either", MARK_WRITABLE);
    assert_true(mark_of("/srv/not-there-either")->is_optional);
    assert_mark("/dev", MARK_WRITABLE);
    assert_mark("/proc", MARK_WRITABLE);
    assert_mark("/sys", MARK_WRITABLE);
    assert_null(mark_of("/"));
    assert_null(mark_of("/tmp"));
}

static void full_spreads_the_root_around_usr_and_etc(void **state)
{
    (void)state;
    fixture.spec.exec.protect_system = PROTECT_SYSTEM_FULL;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_mark("/", MARK_SPREAD);
    assert_mark("/usr", MARK_READ_ONLY);
    assert_mark("/etc", MARK_READ_ONLY);
}

static void yes_does_not_protect_etc(void **state)
{
    (void)state;
    fixture.spec.exec.protect_system = PROTECT_SYSTEM_YES;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_mark("/usr", MARK_READ_ONLY);
    assert_null(mark_of("/etc"));
}

static void own_paths_win_over_read_only_paths(void **state)
{
    char own[] = "/var/lib/mine";
    char *paths[] = { own, NULL };

    (void)state;
    fixture.spec.exec.read_only_paths = paths;
    fixture.context.own_paths = paths;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_false(fixture.plan->landlock.holds_files);
}

static void read_only_root_still_lets_devices_be_written(void **state)
{
    char root[] = "/";
    char *paths[] = { root, NULL };

    (void)state;
    fixture.spec.exec.read_only_paths = paths;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_mark("/", MARK_READ_ONLY);
    assert_mark("/dev", MARK_WRITABLE);
    assert_null(mark_of("/proc"));
}

/* Two directories of ours, one in the other. */
static void read_only_part_of_a_writable_directory(enum sandbox_policy policy, int wanted)
{
    char outer[] = "/tmp/reeve-plan-XXXXXX", inner[FIXTURE_PATH_SIZE];
    char *writable[] = { outer, NULL }, *read_only[] = { inner, NULL };
    int r;

    assert_non_null(mkdtemp(outer));
    snprintf(inner, sizeof(inner), "%s/fixed", outer);
    assert_int_equal(mkdir(inner, 0755), 0);
    fixture.spec.exec.protect_system = PROTECT_SYSTEM_STRICT;
    fixture.spec.exec.read_write_paths = writable;
    fixture.spec.exec.read_only_paths = read_only;
    fixture.spec.sandbox_policy = policy;
    r = fixture_plan(&fixture);
    rmdir(inner);
    rmdir(outer);
    assert_int_equal(r, wanted);
}

static void read_only_below_writable_is_refused(void **state)
{
    (void)state;
    read_only_part_of_a_writable_directory(SANDBOX_STRICT, -EOPNOTSUPP);
    assert_int_equal(fixture.sink.errors, 1);
    assert_non_null(strstr(fixture.problems[0].text, "ReadOnlyPaths=/tmp/reeve-plan-"));
}

static void read_only_below_writable_degrades_with_a_warning(void **state)
{
    (void)state;
    read_only_part_of_a_writable_directory(SANDBOX_DEGRADE, 0);
    assert_int_equal(fixture.sink.errors, 0);
    assert_true(fixture.sink.warnings >= 1);
    assert_verdict("ReadOnlyPaths", SANDBOX_BY_NOTHING, SANDBOX_NONE);
}

static void without_landlock_strict_names_the_place(void **state)
{
    (void)state;
    fixture.abilities.landlock_abi = 0;
    fixture.abilities.landlock_errno = ENOSYS;
    fixture.spec.exec.protect_system = PROTECT_SYSTEM_STRICT;
    fixture.spec.exec.protect_system_place = place_of_protect;
    assert_int_equal(fixture_plan(&fixture), -EOPNOTSUPP);
    assert_int_equal(fixture.sink.errors, 1);
    assert_string_equal(fixture.problems[0].text,
                        "ProtectSystem=strict: this kernel has no Landlock");
    assert_int_equal(fixture.problems[0].line, 7);
    assert_int_equal(fixture.problems[0].column, 15);
    assert_string_not_equal(fixture.problems[0].hint, "");
    assert_null(fixture.plan);
}

static void without_landlock_degrade_warns(void **state)
{
    (void)state;
    fixture.abilities.landlock_abi = 0;
    fixture.abilities.landlock_errno = EOPNOTSUPP;
    fixture.spec.exec.protect_system = PROTECT_SYSTEM_STRICT;
    fixture.spec.sandbox_policy = SANDBOX_DEGRADE;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_int_equal(fixture.sink.warnings, 1);
    assert_verdict("ProtectSystem", SANDBOX_BY_NOTHING, SANDBOX_NONE);
    assert_false(landlock_is_used(&fixture.plan->landlock));
}

static void inaccessible_paths_cannot_be_held(void **state)
{
    char path[] = "/etc";
    char *paths[] = { path, NULL };

    (void)state;
    fixture.spec.exec.inaccessible_paths = paths;
    assert_int_equal(fixture_plan(&fixture), -EOPNOTSUPP);
    assert_non_null(strstr(fixture.problems[0].text, "InaccessiblePaths=/etc: "));
    fixture.problem_count = 0;
    fixture.spec.sandbox_policy = SANDBOX_DEGRADE;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_int_equal(fixture.problems[0].level, PROBLEM_INERT);
}

static void an_inaccessible_path_that_is_not_there_is_true_already(void **state)
{
    char path[] = "-/does/not/exist";
    char *paths[] = { path, NULL };

    (void)state;
    fixture.spec.exec.inaccessible_paths = paths;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("InaccessiblePaths", SANDBOX_BY_PLACE, SANDBOX_FULL);
}

/* --- ports --- */

static void one_tcp_port_and_no_other(void **state)
{
    static const struct socket_bind allow = { .tcp = true, .port = 6379, .port_last = 6380 };
    static const struct socket_bind deny = { .any_protocol = true, .any_port = true };

    (void)state;
    fixture.spec.exec.socket_bind_allow = &allow;
    fixture.spec.exec.socket_bind_deny = &deny;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_int_equal(fixture.sink.notes, 1);
    assert_int_equal(fixture.sink.warnings, 0);
    assert_true(fixture.plan->landlock.holds_ports);
    assert_int_equal(fixture.plan->landlock.port_count, 1);
    assert_int_equal(fixture.plan->landlock.ports[0].first, 6379);
    assert_int_equal(fixture.plan->landlock.ports[0].last, 6380);
    assert_verdict("SocketBindDeny", SANDBOX_BY_LANDLOCK_AND_SECCOMP, SANDBOX_PARTIAL);
}

static void tcp_alone_is_held_in_full(void **state)
{
    static const struct socket_bind deny = { .tcp = true, .any_port = true };

    (void)state;
    fixture.spec.exec.socket_bind_deny = &deny;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_int_equal(fixture.problem_count, 0);
    assert_verdict("SocketBindDeny", SANDBOX_BY_LANDLOCK_AND_SECCOMP, SANDBOX_FULL);
}

static void a_single_denied_port_cannot_be_said(void **state)
{
    static const struct socket_bind deny = {
        .tcp = true, .port = 22, .port_last = 22, .place = { "/units/test.service", 9, 16 }
    };

    (void)state;
    fixture.spec.exec.socket_bind_deny = &deny;
    assert_int_equal(fixture_plan(&fixture), -EOPNOTSUPP);
    assert_int_equal(fixture.problems[0].line, place_of_bind.line);
    assert_int_equal(fixture.problems[0].column, place_of_bind.column);
}

static void udp_by_name_is_refused(void **state)
{
    static const struct socket_bind deny = { .udp = true, .any_port = true };

    (void)state;
    fixture.spec.exec.socket_bind_deny = &deny;
    assert_int_equal(fixture_plan(&fixture), -EOPNOTSUPP);
    assert_non_null(strstr(fixture.problems[0].text, "SocketBindDeny=udp"));
}

static void allow_without_deny_means_nothing(void **state)
{
    static const struct socket_bind allow = { .tcp = true, .port = 80, .port_last = 80 };

    (void)state;
    fixture.spec.exec.socket_bind_allow = &allow;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_false(fixture.plan->landlock.holds_ports);
}

static void ports_need_landlock_4(void **state)
{
    static const struct socket_bind deny = { .tcp = true, .any_port = true };

    (void)state;
    fixture.abilities.landlock_abi = 3;
    fixture.spec.exec.socket_bind_deny = &deny;
    assert_int_equal(fixture_plan(&fixture), -EOPNOTSUPP);
    assert_non_null(strstr(fixture.problems[0].text, "Linux 6.7"));
}

/* --- signals, limits, filters --- */

static void signals_are_scoped_unless_a_command_may_need_them(void **state)
{
    struct service_spec *service = &fixture.spec.service;
    const struct exec_command **const lists[] = { &service->exec_start_post, &service->exec_reload,
                                                  &service->exec_stop, &service->exec_stop_post };
    static const struct exec_command command = { .path = "/bin/kill" };

    (void)state;
    fixture.spec.exec.protect_system = PROTECT_SYSTEM_STRICT;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_true(fixture.plan->landlock.holds_signals);
    assert_verdict("SignalScope", SANDBOX_BY_LANDLOCK_AND_SECCOMP, SANDBOX_FULL);
    assert_non_null(fixture.plan->filter);
    fixture_release(&fixture);
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        *lists[i] = &command;
        assert_int_equal(fixture_plan(&fixture), 0);
        assert_false(fixture.plan->landlock.holds_signals);
        fixture_release(&fixture);
        *lists[i] = NULL;
    }
    fixture.abilities.landlock_abi = 5;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_false(fixture.plan->landlock.holds_signals);
}

static void the_seals_limit_is_not_for_units(void **state)
{
    (void)state;
    fixture_limit(&fixture, RLIMIT_RTTIME, 1000);
    assert_int_equal(fixture_plan(&fixture), -EOPNOTSUPP);
    assert_non_null(strstr(fixture.problems[0].text, "LimitRTTIME="));
}

static void limits_are_lowered_but_not_raised(void **state)
{
    struct rlimit own;
    uint64_t above;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &own), 0);
    fixture_limit(&fixture, RLIMIT_NOFILE, 64);
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_int_equal(fixture.plan->limits[0].hard, 64);
    assert_verdict("LimitNOFILE", SANDBOX_BY_KERNEL, SANDBOX_FULL);
    fixture_release(&fixture);
    if (limit_ceiling(RLIMIT_NOFILE) == RLIM_INFINITY) {
        print_message("skipped in part: nothing is too high for this user (CAP_SYS_RESOURCE)\n");
        return;
    }
    above = own.rlim_max + 1;
    fixture_limit(&fixture, RLIMIT_NOFILE, above);
    assert_int_equal(fixture_plan(&fixture), -EOPNOTSUPP);
    fixture.spec.sandbox_policy = SANDBOX_DEGRADE;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_int_equal(fixture.plan->limits[0].hard, own.rlim_max);
}

static void without_seccomp_the_filter_directives_are_refused(void **state)
{
    (void)state;
    fixture.abilities.seccomp = false;
    fixture.spec.exec.restrict_namespaces.refused = NAMESPACE_ALL;
    fixture.spec.exec.lock_personality = true;
    fixture.spec.exec.memory_deny_write_execute = true;
    fixture.spec.exec.restrict_address_families.is_allow_list = true;
    assert_int_equal(fixture_plan(&fixture), -EOPNOTSUPP);
    assert_int_equal(fixture.sink.errors, 4);
    fixture.spec.sandbox_policy = SANDBOX_DEGRADE;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_null(fixture.plan->filter);
    assert_verdict("Seal", SANDBOX_BY_KERNEL, SANDBOX_PARTIAL);
}

static void behind_the_guard_only_who_asks_has_a_filter(void **state)
{
    (void)state;
    fixture.context.is_guarded = true;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_null(fixture.plan->filter);
    sandbox_plan_free(fixture.plan);
    fixture.spec.exec.lock_personality = true;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_non_null(fixture.plan->filter);
}

static void equal_filters_are_shared_and_outlive_the_share(void **state)
{
    struct sandbox_plan *first, *second;
    struct sandbox_shared *shared = NULL;
    size_t count;

    (void)state;
    assert_int_equal(sandbox_shared_new(&shared), 0);
    fixture.context.shared = shared;
    fixture.spec.exec.restrict_namespaces.refused = NAMESPACE_ALL;
    assert_int_equal(fixture_plan(&fixture), 0);
    first = fixture.plan;
    assert_int_equal(fixture_plan(&fixture), 0);
    second = fixture.plan;
    fixture.plan = NULL;
    assert_ptr_equal(first->filter, second->filter);
    sandbox_shared_free(shared);
    sandbox_plan_free(first);
    assert_non_null(filter_code(second->filter, &count));
    assert_true(count > 0);
    sandbox_plan_free(second);
}

/* By what they say, not by whose they are. */
static void filters_are_compared_by_content(void **state)
{
    static struct call_list lists[3] = { { .is_allow_list = true }, { .is_allow_list = true } };
    struct sandbox_plan *plans[ARRAY_SIZE(lists)];
    struct sandbox_shared *shared = NULL;

    (void)state;
    assert_int_equal(sandbox_shared_new(&shared), 0);
    fixture.context.shared = shared;
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        lists[i].answers[CALL_mount] = CALL_LISTED;
        fixture.spec.exec.system_call_filter = &lists[i];
        assert_int_equal(fixture_plan(&fixture), 0);
        plans[i] = fixture.plan;
    }
    fixture.plan = NULL;
    assert_ptr_equal(plans[0]->filter, plans[1]->filter);
    assert_ptr_not_equal(plans[0]->filter, plans[2]->filter);
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        sandbox_plan_free(plans[i]);
    sandbox_shared_free(shared);
}

/* What systemd also does with mounts is not there, and the verdict says so. */
static void what_a_filter_cannot_hold_is_partial(void **state)
{
    (void)state;
    fixture.context.uid = 1001;
    fixture.spec.exec.protect_hostname = true;
    fixture.spec.exec.protect_clock = true;
    fixture.spec.exec.protect_kernel_modules = true;
    fixture.spec.exec.restrict_suid_sgid = true;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict("ProtectHostname", SANDBOX_BY_SECCOMP, SANDBOX_PARTIAL);
    assert_non_null(strstr(fixture_verdict(&fixture, "ProtectHostname")->reason, "UTS namespace"));
    assert_verdict("RestrictSUIDSGID", SANDBOX_BY_SECCOMP, SANDBOX_FULL);
    assert_true(fixture.plan->has_capability_bounding_set);
    assert_false(fixture.plan->capability_bounding_set >> 25 & 1); /* CAP_SYS_TIME */
    assert_false(fixture.plan->capability_bounding_set >> 16 & 1); /* CAP_SYS_MODULE */
    assert_true(fixture.plan->capability_bounding_set & 1);
    assert_null(fixture_verdict(&fixture, "CapabilityBoundingSet"));
}

static void the_weakness_of_landlock_is_told_once(void **state)
{
    struct sandbox_shared *shared = NULL;
    unsigned first;

    (void)state;
    assert_int_equal(sandbox_shared_new(&shared), 0);
    fixture.context.shared = shared;
    fixture.spec.exec.protect_system = PROTECT_SYSTEM_STRICT;
    assert_int_equal(fixture_plan(&fixture), 0);
    first = fixture.sink.warnings; /* none where the root is read-only */
    fixture_release(&fixture);
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_int_equal(fixture.sink.warnings, first);
    sandbox_shared_free(shared);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_unit_that_asks_nothing_gets_seal_and_no_new_privileges),
        TEST(strict_leaves_own_paths_and_the_kernels_trees_writable),
        TEST(full_spreads_the_root_around_usr_and_etc),
        TEST(yes_does_not_protect_etc),
        TEST(own_paths_win_over_read_only_paths),
        TEST(read_only_root_still_lets_devices_be_written),
        TEST(read_only_below_writable_is_refused),
        TEST(read_only_below_writable_degrades_with_a_warning),
        TEST(without_landlock_strict_names_the_place),
        TEST(without_landlock_degrade_warns),
        TEST(inaccessible_paths_cannot_be_held),
        TEST(an_inaccessible_path_that_is_not_there_is_true_already),
        TEST(one_tcp_port_and_no_other),
        TEST(tcp_alone_is_held_in_full),
        TEST(a_single_denied_port_cannot_be_said),
        TEST(udp_by_name_is_refused),
        TEST(allow_without_deny_means_nothing),
        TEST(ports_need_landlock_4),
        TEST(signals_are_scoped_unless_a_command_may_need_them),
        TEST(the_seals_limit_is_not_for_units),
        TEST(limits_are_lowered_but_not_raised),
        TEST(without_seccomp_the_filter_directives_are_refused),
        TEST(behind_the_guard_only_who_asks_has_a_filter),
        TEST(equal_filters_are_shared_and_outlive_the_share),
        TEST(filters_are_compared_by_content),
        TEST(what_a_filter_cannot_hold_is_partial),
        TEST(the_weakness_of_landlock_is_told_once),
    };

    return cmocka_run_group_tests_name("sandbox_plan", tests, NULL, NULL);
}

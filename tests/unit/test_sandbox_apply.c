/* What a plan promises, tried from inside by a child that it was applied to. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sandbox/landlock.h"
#include "sandbox/limits.h"
#include "sandbox/seal.h"
#include "supervisor/unit/exit_status.h"
#include "supervisor/wire/fd.h"
#include "tests/unit/sandbox_fixture.h"

#include <fcntl.h>
#include <linux/keyctl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum { NONCE = 5, NUMBER = 12, MPTCP = 262, LIMIT = 40 };

static struct sandbox_abilities abilities; /* of this place, probed once */
static struct fixture fixture;
static char base[FIXTURE_PATH_SIZE], open_directory[FIXTURE_PATH_SIZE],
    other_directory[FIXTURE_PATH_SIZE];
static char *writable[] = { open_directory, NULL };

static void touch_in(const char *directory, const char *name)
{
    char path[2 * FIXTURE_PATH_SIZE];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    fd_close(fd);
}

static int set_up(void **state)
{
    (void)state;
    strcpy(base, "/tmp/reeve-apply-XXXXXX");
    if (!mkdtemp(base))
        return -1;
    snprintf(open_directory, sizeof(open_directory), "%.200s/open", base);
    snprintf(other_directory, sizeof(other_directory), "%.200s/other", base);
    if (mkdir(open_directory, 0755) < 0 || mkdir(other_directory, 0755) < 0)
        return -1;
    fixture_init(&fixture);
    fixture.abilities = abilities;
    fixture.context.seal = seal_make(NONCE, NUMBER);
    fixture.spec.exec.protect_system = PROTECT_SYSTEM_STRICT;
    fixture.spec.exec.read_write_paths = writable;
    return 0;
}

static void remove_in(const char *directory)
{
    static const char *const names[] = { "file", "moved", "new" };
    char path[2 * FIXTURE_PATH_SIZE];

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(directory);
}

static int tear_down(void **state)
{
    (void)state;
    fixture_release(&fixture);
    remove_in(open_directory);
    remove_in(other_directory);
    return rmdir(base);
}

static void need_landlock(int abi)
{
    if (abilities.landlock_abi >= abi)
        return;
    print_message("skipped: needs Landlock ABI %d, here is %d (errno %d)\n", abi,
                  abilities.landlock_abi, abilities.landlock_errno);
    skip();
}

static void need_seccomp(void)
{
    if (abilities.seccomp)
        return;
    print_message("skipped: seccomp filters cannot be installed here\n");
    skip();
}

static void plan(void)
{
    assert_int_equal(fixture_plan(&fixture), 0);
}

/* --- files --- */

static int try_create(const void *directory)
{
    char path[2 * FIXTURE_PATH_SIZE];
    int fd;

    snprintf(path, sizeof(path), "%s/new", (const char *)directory);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    return fd < 0 ? errno : 0;
}

static int try_open_for_writing(const void *path)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    return fd < 0 ? errno : 0;
}

static int try_truncate(const void *path)
{
    return truncate(path, 0) < 0 ? errno : 0;
}

static int try_move(const void *paths)
{
    const char *const *both = paths;

    return rename(both[0], both[1]) < 0 ? errno : 0;
}

static int try_read(const void *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    return fd < 0 ? errno : 0;
}

static void files_are_made_only_where_it_is_allowed(void **state)
{
    (void)state;
    need_landlock(1);
    plan();
    assert_int_equal(fixture_try(&fixture, try_create, open_directory), 0);
    assert_int_equal(fixture_try(&fixture, try_create, other_directory), EACCES);
    assert_int_equal(fixture_try(&fixture, try_create, "/tmp"), EACCES);
    assert_int_equal(fixture_try(&fixture, try_open_for_writing, "/dev/null"), 0);
    assert_int_equal(fixture_try(&fixture, try_open_for_writing, "/proc/self/comm"), 0);
    assert_int_equal(fixture_try(&fixture, try_read, "/etc/passwd"), 0);
}

static void files_are_neither_cut_nor_moved_elsewhere(void **state)
{
    char file[2 * FIXTURE_PATH_SIZE], moved[2 * FIXTURE_PATH_SIZE];
    const char *paths[] = { file, moved };

    (void)state;
    need_landlock(LANDLOCK_ABI_TRUNCATE);
    touch_in(other_directory, "file");
    snprintf(file, sizeof(file), "%s/file", other_directory);
    snprintf(moved, sizeof(moved), "%s/moved", open_directory);
    plan();
    assert_int_equal(fixture_try(&fixture, try_truncate, file), EACCES);
    assert_int_equal(fixture_try(&fixture, try_move, paths), EACCES);
}

static void own_paths_are_writable(void **state)
{
    (void)state;
    need_landlock(1);
    fixture.spec.exec.read_write_paths = NULL;
    fixture.context.own_paths = writable;
    plan();
    assert_int_equal(fixture_try(&fixture, try_create, open_directory), 0);
}

static void full_leaves_the_rest_of_the_tree_writable(void **state)
{
    (void)state;
    need_landlock(1);
    fixture.spec.exec.protect_system = PROTECT_SYSTEM_FULL;
    fixture.spec.exec.read_write_paths = NULL;
    plan();
    assert_int_equal(fixture_try(&fixture, try_create, other_directory), 0);
    /* Whoever we are, it is not for lack of rights alone that this fails. */
    if (geteuid() == 0) {
        assert_int_equal(fixture_try(&fixture, try_open_for_writing, "/etc/passwd"), EACCES);
        assert_int_equal(fixture_try(&fixture, try_open_for_writing, "/usr/bin/env"), EACCES);
    }
}

/* -error with which the plan cannot be made true, or the exit status of it. */
static int apply_in_a_child(int expected_error)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        struct stage_failure failure = { 0 };

        if (sandbox_apply_command(fixture.plan, SANDBOX_ALL, &failure) != expected_error)
            _exit(1);
        _exit(stage_exit_status(failure.stage));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* What the last process of a service made of the directory must not open another to the next. */
static void a_path_that_has_become_a_link_is_not_followed(void **state)
{
    char aside[2 * FIXTURE_PATH_SIZE];

    (void)state;
    need_landlock(1);
    snprintf(aside, sizeof(aside), "%s.aside", open_directory);
    plan();
    assert_int_equal(rename(open_directory, aside), 0);
    assert_int_equal(symlink(other_directory, open_directory), 0);
    assert_int_equal(apply_in_a_child(-ELOOP), EXIT_STATUS_NAMESPACE);
    assert_int_equal(unlink(open_directory), 0);
    assert_int_equal(rename(aside, open_directory), 0);
    assert_int_equal(fixture_try(&fixture, try_create, open_directory), 0);
}

static void a_missing_own_path_ends_with_namespace(void **state)
{
    static char missing[] = "/nowhere/at/all";
    char *paths[] = { missing, NULL };

    (void)state;
    need_landlock(1);
    fixture.context.own_paths = paths;
    plan();
    assert_int_equal(apply_in_a_child(-ENOENT), EXIT_STATUS_NAMESPACE);
}

/* --- the seal --- */

static int try_set_rttime(const void *of_parent)
{
    struct rlimit limit = { .rlim_cur = 1, .rlim_max = 1 };

    return prlimit(of_parent ? getppid() : 0, RLIMIT_RTTIME, &limit, NULL) < 0 ? errno : 0;
}

static int try_read_seal(const void *unused)
{
    uint64_t value = 0;
    uint32_t number = 0;

    (void)unused;
    if (seal_read(getpid(), &value) < 0)
        return EIO;
    return seal_split(value, NONCE, &number) && number == NUMBER ? 0 : EBADMSG;
}

static void the_seal_is_there_and_stays(void **state)
{
    (void)state;
    need_seccomp();
    if (!abilities.seal) {
        print_message("skipped: RLIMIT_RTTIME cannot be lowered here\n");
        skip();
    }
    plan();
    assert_int_equal(fixture_try(&fixture, try_read_seal, NULL), 0);
    assert_int_equal(fixture_try(&fixture, try_set_rttime, NULL), EPERM);
    assert_int_equal(fixture_try(&fixture, try_set_rttime, "of the parent"), EPERM);
}

/* --- namespaces, ports, signals --- */

static int try_unshare(const void *unused)
{
    (void)unused;
    return unshare(CLONE_NEWUSER) < 0 ? errno : 0;
}

static int try_clone3(const void *unused)
{
    (void)unused;
    return syscall(SYS_clone3, NULL, 0) < 0 ? errno : 0;
}

static void namespaces_are_refused(void **state)
{
    (void)state;
    need_seccomp();
    fixture.spec.exec.restrict_namespaces.refused = NAMESPACE_ALL;
    plan();
    assert_int_equal(fixture_try(&fixture, try_unshare, NULL), EPERM);
    assert_int_equal(fixture_try(&fixture, try_clone3, NULL), ENOSYS);
}

static int bind_to(uint16_t port, int *ret_fd)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *ret_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return *ret_fd < 0 || bind(*ret_fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? errno
                                                                                          : 0;
}

static int try_bind(const void *port)
{
    int fd;

    return bind_to(*(const uint16_t *)port, &fd);
}

static int try_mptcp(const void *unused)
{
    (void)unused;
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, MPTCP) < 0 ? errno : 0;
}

/* One that nobody uses at this moment. */
static uint16_t free_port(void)
{
    struct sockaddr_in address = { 0 };
    socklen_t size = sizeof(address);
    int fd = -1;

    assert_int_equal(bind_to(0, &fd), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    fd_close(fd);
    return ntohs(address.sin_port);
}

static void only_allowed_ports_are_bound(void **state)
{
    uint16_t port = free_port(), another = port == UINT16_MAX ? port - 1 : port + 1, any = 0;
    struct socket_bind allow = { .tcp = true, .port = port, .port_last = port };
    struct socket_bind deny = { .any_protocol = true, .any_port = true };

    (void)state;
    need_landlock(LANDLOCK_ABI_TCP);
    need_seccomp();
    fixture.spec.exec.socket_bind_allow = &allow;
    fixture.spec.exec.socket_bind_deny = &deny;
    plan();
    assert_int_equal(fixture_try(&fixture, try_bind, &port), 0);
    assert_int_equal(fixture_try(&fixture, try_bind, &another), EACCES);
    assert_int_equal(fixture_try(&fixture, try_bind, &any), EACCES);
    assert_int_equal(fixture_try(&fixture, try_mptcp, NULL), EPROTONOSUPPORT);
}

static int try_signal_parent(const void *unused)
{
    (void)unused;
    return kill(getppid(), 0) < 0 ? errno : 0;
}

static void the_parent_cannot_be_signalled(void **state)
{
    static const struct exec_command stop = { .path = "/bin/kill" };

    (void)state;
    need_landlock(LANDLOCK_ABI_SCOPE);
    plan();
    assert_int_equal(fixture_try(&fixture, try_signal_parent, NULL), EPERM);
    fixture_release(&fixture);
    fixture.spec.service.exec_stop = &stop;
    plan();
    assert_int_equal(fixture_try(&fixture, try_signal_parent, NULL), 0);
}

/* --- limits and the like --- */

static int check_attributes(const void *unused)
{
    struct rlimit limit;
    mode_t mask = umask(0);

    (void)unused;
    if (mask != 0027)
        return 1;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur != LIMIT || limit.rlim_max != LIMIT)
        return 2;
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        return 3;
    if (getpriority(PRIO_PROCESS, 0) != 5)
        return 4;
    if (abilities.seccomp && prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != 2)
        return 5;
    return 0;
}

static void limits_umask_nice_and_no_new_privileges_are_set(void **state)
{
    (void)state;
    fixture.spec.exec.protect_system = PROTECT_SYSTEM_NO;
    fixture.spec.exec.umask = 0027;
    fixture.spec.exec.has_nice = true;
    fixture.spec.exec.nice = 5;
    fixture_limit(&fixture, RLIMIT_NOFILE, LIMIT);
    plan();
    assert_int_equal(fixture_try(&fixture, check_attributes, NULL), 0);
}

/* From inside; and what is locked stays so. */
static int check_turns(const void *argument)
{
    (void)argument;
    if (sched_getscheduler(0) != (SCHED_BATCH | SCHED_RESET_ON_FORK) ||
        prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0) != 70000)
        return EINVAL;
    if (personality(PER_LINUX32) != PER_LINUX32)
        return EPERM;
    return personality(PER_LINUX) < 0 ? 0 : EEXIST;
}

static void turns_and_what_the_machine_is_taken_for(void **state)
{
    struct exec_scheduling scheduling = {
        .has_policy = true,
        .resets_on_fork = true,
        .policy = SCHED_BATCH,
        .has_timer_slack = true,
        .timer_slack_ns = 70000,
        .has_personality = true,
        .personality = PER_LINUX32,
    };

    (void)state;
    fixture.spec.exec.protect_system = PROTECT_SYSTEM_NO;
    fixture.spec.exec.scheduling = &scheduling;
    fixture.spec.exec.lock_personality = true;
    plan();
    assert_int_equal(fixture_try(&fixture, check_turns, NULL), 0);
    fixture_release(&fixture);
    scheduling.priority = 5; /* of no such policy */
    plan();
    assert_int_equal(fixture_try(&fixture, check_turns, NULL), FIXTURE_APPLY_FAILED);
}

static int compare_keyring(const void *of_parent)
{
    long own = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0, 0, 0);

    return own < 0 ? errno : own == *(const long *)of_parent ? EEXIST : 0;
}

static void a_keyring_of_its_own(void **state)
{
    long own = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 1, 0, 0);

    (void)state;
    if (own < 0)
        skip();
    fixture.spec.exec.protect_system = PROTECT_SYSTEM_NO;
    plan();
    assert_int_equal(fixture_try(&fixture, compare_keyring, &own), EEXIST);
    fixture_release(&fixture);
    for (int mode = KEYRING_PRIVATE; mode <= KEYRING_SHARED; mode++) {
        fixture.spec.exec.keyring_mode = (enum keyring_mode)mode;
        plan();
        assert_int_equal(fixture_try(&fixture, compare_keyring, &own), 0);
        assert_non_null(fixture_verdict(&fixture, "KeyringMode"));
        fixture_release(&fixture);
    }
}

/* A limit below what our own steps need must not hinder them. */
static void a_limit_of_no_files_still_starts(void **state)
{
    (void)state;
    need_landlock(1);
    fixture_limit(&fixture, RLIMIT_NOFILE, 0);
    plan();
    assert_int_equal(fixture_try(&fixture, try_set_rttime, NULL), abilities.seccomp ? EPERM : 0);
}

static int read_oom_score(const void *expected)
{
    char text[16] = "";
    int fd = open("/proc/self/oom_score_adj", O_RDONLY | O_CLOEXEC);

    if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
        return errno;
    return strcmp(text, expected) == 0 ? 0 : EBADMSG;
}

static void oom_score_is_raised(void **state)
{
    (void)state;
    fixture.spec.exec.has_oom_score_adjust = true;
    fixture.spec.exec.oom_score_adjust = 700;
    plan();
    assert_int_equal(fixture_try(&fixture, read_oom_score, "700\n"), 0);
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

static void the_bounding_set_is_emptied(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        print_message("skipped: only with CAP_SETPCAP can the bounding set be changed\n");
        skip();
    }
    fixture.spec.exec.has_capability_bounding_set = true;
    fixture.spec.exec.capability_bounding_set = 0;
    plan();
    assert_int_equal(fixture_try(&fixture, read_bounding_set, NULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(files_are_made_only_where_it_is_allowed),
        TEST(files_are_neither_cut_nor_moved_elsewhere),
        TEST(own_paths_are_writable),
        TEST(full_leaves_the_rest_of_the_tree_writable),
        TEST(a_missing_own_path_ends_with_namespace),
        TEST(a_path_that_has_become_a_link_is_not_followed),
        TEST(the_seal_is_there_and_stays),
        TEST(namespaces_are_refused),
        TEST(only_allowed_ports_are_bound),
        TEST(the_parent_cannot_be_signalled),
        TEST(limits_umask_nice_and_no_new_privileges_are_set),
        TEST(a_keyring_of_its_own),
        TEST(turns_and_what_the_machine_is_taken_for),
        TEST(a_limit_of_no_files_still_starts),
        TEST(oom_score_is_raised),
        TEST(the_bounding_set_is_emptied),
    };

    if (sandbox_abilities_probe(&abilities) < 0)
        return 1;
    /* With mounts: test_sandbox_mounts.c. */
    abilities.mount_namespace = abilities.user_namespace = false;
    return cmocka_run_group_tests_name("sandbox_apply", tests, NULL, NULL);
}

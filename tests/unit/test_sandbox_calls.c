/* What a process with a filter cannot do, tried: by x86-64's calls, by i386's and by x32's. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sandbox/capabilities.h"
#include "sandbox/landlock.h"
#include "tests/unit/loader.h"
#include "tests/unit/sandbox_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#if defined(__x86_64__)

enum { X32_BIT = 0x40000000, MPTCP = 262, TEXT_SIZE = 1024 };

static struct sandbox_abilities abilities;
static struct unit_set set;
static struct fixture fixture;

static int probe(void **state)
{
    (void)state;
    return sandbox_abilities_probe(&abilities);
}

static int set_up(void **state)
{
    (void)state;
    fixture_init(&fixture);
    fixture.abilities = abilities;
    fixture.abilities.landlock_abi = 0;
    return unit_set_init(&set, &loader_roots);
}

static int tear_down(void **state)
{
    (void)state;
    fixture_release(&fixture);
    unit_set_release(&set);
    return 0;
}

/* A plan of these lines of [Service]; the test is skipped where there are no filters. */
static void plan(const char *lines)
{
    struct loader_problems problems;
    char text[TEXT_SIZE];

    if (!abilities.seccomp) {
        print_message("skipped: seccomp filters cannot be installed here\n");
        skip();
    }
    snprintf(text, sizeof(text), "[Service]\nExecStart=/bin/true\n%s\n", lines);
    loader_problems_init(&problems);
    assert_int_equal(loader_add(&set, "a@b.service", text, &problems), 0);
    assert_string_equal(problems.text, "");
    fixture.spec = *set.specs[0];
    assert_int_equal(fixture_plan(&fixture), 0);
}

struct call {
    long number;
    long arguments[4];
};

static int try_call(const void *what)
{
    const struct call *call = what;
    const long *arguments = call->arguments;

    return syscall(call->number, arguments[0], arguments[1], arguments[2], arguments[3]) < 0 ? errno
                                                                                             : 0;
}

static int call(long number, long one, long two, long three)
{
    struct call call = { number, { one, two, three } };

    return fixture_try(&fixture, try_call, &call);
}

/* int 0x80: the way of i386, which any program can go. */
static int try_i386(const void *what)
{
    const struct call *call = what;
    long result;

    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(call->number), "b"(call->arguments[0]), "c"(call->arguments[1]),
                       "d"(call->arguments[2])
                     : "memory", "r8", "r9", "r10", "r11");
    return result < 0 ? (int)-result : 0;
}

static int call_i386(long number, long one, long two, long three)
{
    struct call call = { number, { one, two, three } };

    return fixture_try(&fixture, try_i386, &call);
}

/* --- sockets --- */

static void families_of_the_list_only(void **state)
{
    static const int others[] = { AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_VSOCK, AF_ALG };

    (void)state;
    plan("RestrictAddressFamilies=AF_UNIX");
    assert_int_equal(call(SYS_socket, AF_UNIX, SOCK_STREAM, 0), 0);
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        assert_int_equal(call(SYS_socket, others[i], SOCK_STREAM, 0), EAFNOSUPPORT);
        /* The kernel does not look at the upper half, so it must not help. */
        assert_int_equal(call(SYS_socket, others[i] | 1L << 32, SOCK_STREAM, 0), EAFNOSUPPORT);
        assert_int_equal(call_i386(359, others[i], SOCK_STREAM, 0), EAFNOSUPPORT);
    }
    assert_int_equal(call(SYS_socket, AF_INET, SOCK_STREAM, MPTCP), EAFNOSUPPORT);
    assert_int_equal(call(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0), EFAULT);
    assert_int_equal(call_i386(102 /* socketcall */, 1, 0, 0), EAFNOSUPPORT);
    assert_int_equal(call(SYS_io_uring_setup, 8, 0, 0), ENOSYS);
}

static void families_that_are_denied(void **state)
{
    (void)state;
    plan("RestrictAddressFamilies=~AF_INET AF_PACKET");
    assert_int_equal(call(SYS_socket, AF_INET, SOCK_STREAM, 0), EAFNOSUPPORT);
    assert_int_equal(call(SYS_socket, AF_INET | 1L << 32, SOCK_STREAM, 0), EAFNOSUPPORT);
    assert_int_equal(call(SYS_socket, AF_UNIX, SOCK_STREAM, 0), 0);
}

/* --- files --- */

static int try_temporary(const void *mode)
{
    int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, *(const mode_t *)mode);

    return fd < 0 ? errno : 0;
}

static int try_create(const void *mode)
{
    char path[] = "/tmp/reeve-sandbox-calls.XXXXXX";
    int error = 0, fd = mkostemp(path, O_CLOEXEC);

    if (fd < 0)
        return errno;
    if (fchmod(fd, *(const mode_t *)mode) < 0)
        error = errno;
    (void)unlink(path);
    return error;
}

static void no_set_id_by_any_way(void **state)
{
    static const mode_t plain = 01755, set_user = 04755, set_group = 02755;

    (void)state;
    plan("RestrictSUIDSGID=yes");
    assert_int_equal(fixture_try(&fixture, try_create, &plain), 0);
    assert_int_equal(fixture_try(&fixture, try_create, &set_user), EPERM);
    assert_int_equal(fixture_try(&fixture, try_create, &set_group), EPERM);
    assert_int_equal(fixture_try(&fixture, try_temporary, &set_user), EPERM);
    assert_int_not_equal(fixture_try(&fixture, try_temporary, &plain), EPERM);
    assert_int_equal(call(SYS_chmod, 0, 04000, 0), EPERM);
    assert_int_equal(call(452 /* fchmodat2 */, AT_FDCWD, 0, 02000), EPERM);
    assert_int_equal(call(SYS_mkdir, 0, 02000, 0), EPERM);
    assert_int_equal(call(SYS_mknodat, AT_FDCWD, 0, S_ISUID), EPERM);
    assert_int_equal(call(SYS_openat2, AT_FDCWD, 0, 0), ENOSYS);
    assert_int_equal(call_i386(15 /* chmod */, 0, 04000, 0), EPERM);
    assert_int_equal(call_i386(452 /* fchmodat2 */, AT_FDCWD, 0, 02000), EPERM);
    assert_int_equal(call(SYS_io_uring_setup, 8, 0, 0), ENOSYS);
}

/* --- memory --- */

static int try_map(const void *what)
{
    const int *protections = what;
    void *memory = mmap(NULL, 4096, protections[0], MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        return errno;
    return protections[1] && mprotect(memory, 4096, protections[1]) < 0 ? errno : 0;
}

static void expect_no_execution(int error)
{
    static const int both[] = { PROT_WRITE | PROT_EXEC, 0 }, later[] = { PROT_WRITE, PROT_EXEC },
                     neither[] = { PROT_WRITE, PROT_READ };

    assert_int_equal(fixture_try(&fixture, try_map, both), error);
    assert_int_equal(fixture_try(&fixture, try_map, later), error);
    assert_int_equal(fixture_try(&fixture, try_map, neither), 0);
}

static void nothing_written_is_executed(void **state)
{
    (void)state;
    if (!abilities.memory_deny)
        print_message("this kernel has no PR_SET_MDWE: by a filter\n");
    plan("MemoryDenyWriteExecute=yes");
    assert_int_equal(sandbox_plan_takes_memory(fixture.plan), abilities.memory_deny);
    expect_no_execution(abilities.memory_deny ? EACCES : EPERM);
    assert_int_equal(call(SYS_shmat, -1, 0, SHM_EXEC | SHM_RDONLY), EPERM);
    assert_int_equal(call(SYS_shmat, -1, 0, SHM_RDONLY), EINVAL);
    /* Ours is a copy. */
    assert_int_equal(try_map((const int[]){ PROT_WRITE | PROT_EXEC, 0 }), 0);
}

static void without_the_kernels_help_a_filter_does_it(void **state)
{
    (void)state;
    fixture.abilities.memory_deny = false;
    plan("MemoryDenyWriteExecute=yes");
    assert_false(sandbox_plan_takes_memory(fixture.plan));
    expect_no_execution(EPERM);
    assert_int_equal(call(SYS_shmat, -1, 0, SHM_EXEC), EPERM);
    assert_int_equal(call_i386(90 /* old mmap */, 0, 0, 0), EPERM);
    assert_int_equal(call_i386(192 /* mmap2 */, 0, 4096, PROT_WRITE | PROT_EXEC), EPERM);
    assert_int_equal(call_i386(117 /* ipc */, 21 | 1 << 16, 0, 0), EPERM);
}

/* --- limits of others --- */

static int set_limit(const void *process)
{
    struct rlimit limit;

    if (prlimit(*(const pid_t *)process, RLIMIT_CORE, NULL, &limit) < 0)
        return errno;
    return prlimit(*(const pid_t *)process, RLIMIT_CORE, &limit, NULL) < 0 ? errno : 0;
}

static void nobody_elses_limits_are_set_where_nobody_else_is_signalled(void **state)
{
    static const struct exec_command command = { .path = "/bin/kill" };
    const pid_t other = getpid(), own = 0;

    (void)state;
    if (abilities.landlock_abi < LANDLOCK_ABI_SCOPE) {
        print_message("skipped: Landlock does not hold signals here\n");
        skip();
    }
    fixture.abilities.landlock_abi = abilities.landlock_abi;
    plan("RestrictNamespaces=yes");
    assert_int_equal(fixture_try(&fixture, set_limit, &other), EPERM);
    assert_int_equal(fixture_try(&fixture, set_limit, &own), 0);
    fixture_release(&fixture);
    fixture.spec.service.exec_stop = &command;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_int_equal(fixture_try(&fixture, set_limit, &other), 0);
}

/* --- the kernel --- */

/* 1 when it may be had. */
static int try_bounding(const void *capability)
{
    return prctl(PR_CAPBSET_READ, *(const long *)capability, 0, 0, 0);
}

static void what_is_the_kernels(void **state)
{
    (void)state;
    plan("ProtectClock=yes\nProtectHostname=yes\nProtectKernelLogs=yes\nProtectKernelModules=yes\n"
         "RestrictRealtime=yes");
    assert_int_equal(call(SYS_clock_settime, 0, 0, 0), EPERM);
    assert_int_equal(call(SYS_settimeofday, 0, 0, 0), EPERM);
    assert_int_equal(call(SYS_sethostname, 0, 0, 0), EPERM);
    assert_int_equal(call(SYS_setdomainname, 0, 0, 0), EPERM);
    assert_int_equal(call(SYS_syslog, 10 /* the size of the buffer */, 0, 0), EPERM);
    assert_int_equal(call(SYS_finit_module, -1, 0, 0), EPERM);
    assert_int_equal(call(SYS_sched_setscheduler, 0, 1 /* SCHED_FIFO */, 0), EPERM);
    assert_int_equal(call(SYS_sched_setscheduler, 0, 0x40000000 | 1, 0), EPERM);
    assert_int_equal(call(SYS_sched_setscheduler, 0, 3 /* SCHED_BATCH */, 0), EINVAL);
    assert_int_equal(call_i386(264 /* clock_settime */, 0, 0, 0), EPERM);
    assert_int_equal(call_i386(74 /* sethostname */, 0, 0, 0), EPERM);
    if (capabilities_may_set_bounding())
        assert_int_equal(fixture_try(&fixture, try_bounding, &(long){ 25 /* CAP_SYS_TIME */ }), 0);
}

/* --- SystemCallFilter= --- */

static void killed_or_refused_as_asked(void **state)
{
    (void)state;
    plan("SystemCallFilter=@system-service\nSystemCallFilter=~@resources mount:EACCES getpid:0\n");
    assert_int_equal(call(SYS_getppid, 0, 0, 0), 0);
    assert_int_equal(call(SYS_setpriority, 0, 0, 0), -SIGSYS);
    assert_int_equal(call(SYS_chroot, 0, 0, 0), -SIGSYS);
    assert_int_equal(call(SYS_mount, 0, 0, 0), EACCES);
    assert_int_equal(call(9999, 0, 0, 0), ENOSYS);
    assert_int_equal(call_i386(61 /* chroot */, 0, 0, 0), -SIGSYS);
    assert_int_equal(call_i386(21 /* mount */, 0, 0, 0), EACCES);
    assert_int_equal(call(X32_BIT | SYS_mount, 0, 0, 0), EACCES);
}

static void another_architecture_is_no_way_around(void **state)
{
    (void)state;
    plan("SystemCallFilter=~chroot:EPERM\nSystemCallArchitectures=native\n");
    assert_int_equal(call(SYS_chroot, 0, 0, 0), EPERM);
    assert_int_equal(call_i386(61, 0, 0, 0), -SIGSYS);
    assert_int_equal(call(X32_BIT | SYS_chroot, 0, 0, 0), -SIGSYS);
    assert_int_equal(call_i386(20 /* getpid */, 0, 0, 0), -SIGSYS);
}

static void a_log_hinders_nobody(void **state)
{
    (void)state;
    plan("SystemCallLog=~@system-service\nRestrictAddressFamilies=AF_UNIX");
    assert_int_equal(call(SYS_getppid, 0, 0, 0), 0);
    assert_int_equal(call(SYS_chroot, 0, 0, 0), EFAULT);
    assert_int_equal(call(SYS_socket, AF_INET, SOCK_STREAM, 0), EAFNOSUPPORT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(families_of_the_list_only),
        TEST(families_that_are_denied),
        TEST(no_set_id_by_any_way),
        TEST(nothing_written_is_executed),
        TEST(without_the_kernels_help_a_filter_does_it),
        TEST(nobody_elses_limits_are_set_where_nobody_else_is_signalled),
        TEST(what_is_the_kernels),
        TEST(killed_or_refused_as_asked),
        TEST(another_architecture_is_no_way_around),
        TEST(a_log_hinders_nobody),
    };

    return cmocka_run_group_tests_name("sandbox_calls", tests, probe, NULL);
}

#else

static void numbers_are_of_x86_64(void **state)
{
    (void)state;
    print_message("skipped: the call numbers in this test are those of x86-64\n");
    skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(numbers_are_of_x86_64) };

    return cmocka_run_group_tests_name("sandbox_calls", tests, NULL, NULL);
}

#endif

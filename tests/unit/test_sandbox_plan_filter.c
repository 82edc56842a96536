/* The compiled filters, judged by an interpreter of their own: calls that no test could make are
 * tried, too. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sandbox/filter.h"
#include "tests/filters/judge.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#if defined(__x86_64__)

enum {
    I386_SETRLIMIT = 75,
    I386_PRLIMIT64 = 340,
    I386_UNSHARE = 310,
    X32_BIT = 0x40000000,
    X32_UNSHARE = X32_BIT | 272,
    MPTCP = 262,
    SMC = 256,                     /* since Linux 6.11 */
    FILTER_INSTRUCTIONS_MAX = 250, /* 2 kB: what one filter may cost PID 1 */
};

/* Which directives a kind of filter was asked for. */
enum kind {
    KIND_NAMESPACES = 1 << 0,
    KIND_PERSONALITY = 1 << 1,
    KIND_NATIVE = 1 << 2,
    KIND_TCP_ONLY = 1 << 3,
    KINDS = 1 << 4,
};

static struct filter *filters[KINDS];

static int compile_all(void **state)
{
    (void)state;
    for (unsigned i = 0; i < KINDS; i++) {
        struct filter_request request = {
            .flags = (i & KIND_PERSONALITY ? FILTER_PERSONALITY : 0) |
                     (i & KIND_TCP_ONLY ? FILTER_TCP_ONLY : 0),
            .namespaces = i & KIND_NAMESPACES ? NAMESPACE_ALL : 0,
            .architectures = i & KIND_NATIVE ? 1U << ARCHITECTURE_NATIVE : 0,
        };

        if (filter_new(&request, &filters[i]) < 0)
            return -1;
    }
    return 0;
}

static int free_all(void **state)
{
    (void)state;
    for (unsigned i = 0; i < KINDS; i++)
        filters[i] = filter_unref(filters[i]);
    return 0;
}

static uint32_t judge(const struct filter *filter, const struct seccomp_data *data)
{
    struct judge_program program;
    uint32_t verdict;

    program.code = filter_code(filter, &program.count);
    verdict = judge_run(&program, data);
    assert_int_not_equal(verdict, UINT32_MAX); /* the kernel would not take it */
    return verdict;
}

static uint32_t judge_call(unsigned kind, int number, uint64_t one, uint64_t two, uint64_t three)
{
    struct seccomp_data data = { .nr = number,
                                 .arch = AUDIT_ARCH_X86_64,
                                 .args = { one, two, three } };

    return judge(filters[kind], &data);
}

static uint32_t judge_foreign(unsigned kind, uint32_t architecture, int number,
                              const uint64_t arguments[3])
{
    struct seccomp_data data = { .nr = number, .arch = architecture };

    memcpy(data.args, arguments, 3 * sizeof(arguments[0]));
    return judge(filters[kind], &data);
}

#define REFUSED(number) (SECCOMP_RET_ERRNO | (number))

static void every_filter_guards_the_seal(void **state)
{
    static const uint64_t dirty = UINT64_C(0xdeadbeef00000000); /* the kernel takes 32 bits */

    (void)state;
    for (unsigned i = 0; i < KINDS; i++) {
        assert_int_equal(judge_call(i, SYS_setrlimit, RLIMIT_RTTIME, 1, 0), REFUSED(EPERM));
        assert_int_equal(judge_call(i, SYS_setrlimit, dirty | RLIMIT_RTTIME, 1, 0), REFUSED(EPERM));
        assert_int_equal(judge_call(i, SYS_prlimit64, 0, RLIMIT_RTTIME, 1), REFUSED(EPERM));
        assert_int_equal(judge_call(i, SYS_prlimit64, 4711, RLIMIT_RTTIME, 1), REFUSED(EPERM));
        assert_int_equal(judge_call(i, SYS_prlimit64, 0, dirty | RLIMIT_RTTIME, UINT64_C(1) << 40),
                         REFUSED(EPERM));
    }
}

static void reading_limits_and_setting_others_is_free(void **state)
{
    (void)state;
    for (unsigned i = 0; i < KINDS; i++) {
        assert_int_equal(judge_call(i, SYS_prlimit64, 0, RLIMIT_RTTIME, 0), SECCOMP_RET_ALLOW);
        assert_int_equal(judge_call(i, SYS_getrlimit, RLIMIT_RTTIME, 1, 0), SECCOMP_RET_ALLOW);
        assert_int_equal(judge_call(i, SYS_setrlimit, RLIMIT_NOFILE, 1, 0), SECCOMP_RET_ALLOW);
        assert_int_equal(judge_call(i, SYS_prlimit64, 0, RLIMIT_NOFILE, 1), SECCOMP_RET_ALLOW);
    }
}

static void every_filter_allows_what_the_start_of_a_program_needs(void **state)
{
    static const int calls[] = {
        SYS_execve, SYS_execveat,          SYS_write, SYS_exit_group, SYS_rt_sigreturn,
        SYS_mmap,   SYS_sched_setscheduler
    };

    (void)state;
    for (unsigned i = 0; i < KINDS; i++) {
        for (size_t k = 0; k < ARRAY_SIZE(calls); k++)
            assert_int_equal(judge_call(i, calls[k], 1, 2, 3), SECCOMP_RET_ALLOW);
        assert_int_equal(judge_call(i, SYS_clone, CLONE_VM | CLONE_THREAD | 17, 0, 0),
                         SECCOMP_RET_ALLOW);
        assert_int_equal(judge_call(i, SYS_socket, AF_INET, SOCK_STREAM, 0), SECCOMP_RET_ALLOW);
        assert_int_equal(judge_call(i, SYS_unshare, CLONE_FS | CLONE_FILES, 0, 0),
                         SECCOMP_RET_ALLOW);
    }
}

static void namespaces_only_where_asked(void **state)
{
    static const uint64_t flags[] = { CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                      CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET };

    (void)state;
    for (unsigned i = 0; i < KINDS; i++) {
        bool is_asked = i & KIND_NAMESPACES;
        uint32_t refused = is_asked ? REFUSED(EPERM) : SECCOMP_RET_ALLOW;

        for (size_t k = 0; k < ARRAY_SIZE(flags); k++) {
            assert_int_equal(judge_call(i, SYS_unshare, flags[k] | CLONE_FS, 0, 0), refused);
            assert_int_equal(judge_call(i, SYS_clone, flags[k] | 17, 0, 0), refused);
        }
        assert_int_equal(judge_call(i, SYS_unshare, 0x80 /* NEWTIME */, 0, 0), refused);
        assert_int_equal(judge_call(i, SYS_setns, 3, 0, 0), refused);
        /* Not EPERM: the C library falls back to clone() on ENOSYS only. */
        assert_int_equal(judge_call(i, SYS_clone3, 1, 88, 0),
                         is_asked ? REFUSED(ENOSYS) : SECCOMP_RET_ALLOW);
    }
}

static void personality_only_where_asked(void **state)
{
    (void)state;
    for (unsigned i = 0; i < KINDS; i++) {
        assert_int_equal(judge_call(i, SYS_personality, 0, 0, 0), SECCOMP_RET_ALLOW);
        assert_int_equal(judge_call(i, SYS_personality, 0x0040000, 0, 0),
                         i & KIND_PERSONALITY ? REFUSED(EPERM) : SECCOMP_RET_ALLOW);
    }
}

static void lookalikes_of_tcp_only_where_ports_are_held(void **state)
{
    static const uint64_t dirty = UINT64_C(0xffffffff00000000);

    (void)state;
    for (unsigned i = 0; i < KINDS; i++) {
        bool is_asked = i & KIND_TCP_ONLY;
        uint32_t refused = is_asked ? REFUSED(EPROTONOSUPPORT) : SECCOMP_RET_ALLOW;

        assert_int_equal(judge_call(i, SYS_socket, AF_INET, SOCK_STREAM, MPTCP), refused);
        assert_int_equal(judge_call(i, SYS_socket, AF_INET6, SOCK_STREAM, dirty | MPTCP), refused);
        assert_int_equal(judge_call(i, SYS_socket, 43 /* AF_SMC */, SOCK_STREAM, 0), refused);
        assert_int_equal(judge_call(i, SYS_socket, AF_INET, SOCK_STREAM, SMC), refused);
        assert_int_equal(judge_call(i, SYS_socket, AF_INET6, SOCK_STREAM, dirty | SMC), refused);
        assert_int_equal(judge_call(i, SYS_socket, AF_UNIX, SOCK_STREAM, SMC), SECCOMP_RET_ALLOW);
        assert_int_equal(judge_call(i, SYS_io_uring_setup, 8, 1, 0),
                         is_asked ? REFUSED(ENOSYS) : SECCOMP_RET_ALLOW);
    }
}

/* A program for another architecture is killed, or meets the same rules under its own numbers. */
static void other_architectures_are_no_way_around(void **state)
{
    static const uint64_t limit[3] = { RLIMIT_RTTIME, 1, 0 }, process[3] = { 0, RLIMIT_RTTIME, 1 };
    static const uint64_t user[3] = { CLONE_NEWUSER, 0, 0 };

    (void)state;
    for (unsigned i = 0; i < KINDS; i++) {
        uint32_t refused = i & KIND_NATIVE ? SECCOMP_RET_KILL_PROCESS : REFUSED(EPERM);
        uint32_t spaces = i & KIND_NATIVE || i & KIND_NAMESPACES ? refused : SECCOMP_RET_ALLOW;

        assert_int_equal(judge_foreign(i, AUDIT_ARCH_I386, I386_SETRLIMIT, limit), refused);
        assert_int_equal(judge_foreign(i, AUDIT_ARCH_I386, I386_PRLIMIT64, process), refused);
        assert_int_equal(judge_foreign(i, AUDIT_ARCH_I386, I386_UNSHARE, user), spaces);
        assert_int_equal(judge_foreign(i, AUDIT_ARCH_X86_64, X32_UNSHARE, user), spaces);
        assert_int_equal(judge_foreign(i, AUDIT_ARCH_AARCH64, 1, user), SECCOMP_RET_KILL_PROCESS);
    }
}

static void they_are_small(void **state)
{
    size_t count, largest = 0;

    (void)state;
    for (unsigned i = 0; i < KINDS; i++) {
        (void)filter_code(filters[i], &count);
        largest = count > largest ? count : largest;
    }
    print_message("the largest filter has %zu instructions\n", largest);
    assert_true(largest <= FILTER_INSTRUCTIONS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_filter_guards_the_seal),
        cmocka_unit_test(reading_limits_and_setting_others_is_free),
        cmocka_unit_test(every_filter_allows_what_the_start_of_a_program_needs),
        cmocka_unit_test(namespaces_only_where_asked),
        cmocka_unit_test(personality_only_where_asked),
        cmocka_unit_test(lookalikes_of_tcp_only_where_ports_are_held),
        cmocka_unit_test(other_architectures_are_no_way_around),
        cmocka_unit_test(they_are_small),
    };

    return cmocka_run_group_tests_name("sandbox_plan_filter", tests, compile_all, free_all);
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

    return cmocka_run_group_tests_name("sandbox_plan_filter", tests, NULL, NULL);
}

#endif

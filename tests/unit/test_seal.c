/* The seal: arithmetic, and that the kernel hands it down where reeve relies on it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sandbox/seal.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NONCE = 0x2badcafe & 0x3fffffff, NUMBER = 42, USER_ONE = 1500, USER_TWO = 1501 };

static void survives_the_way_there_and_back(void **state)
{
    static const uint32_t numbers[] = { 0, 1, 65535, UINT32_MAX };
    uint32_t number = 0;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        assert_true(seal_split(seal_make(NONCE, numbers[i]), NONCE, &number));
        assert_int_equal(number, numbers[i]);
    }
    assert_true(seal_split(seal_make(UINT32_MAX, 7), UINT32_MAX, &number));
}

static void has_no_effect_as_a_limit(void **state)
{
    (void)state;
    assert_true(seal_make(0, 0) >= UINT64_C(1) << 62);
    assert_true(seal_make(UINT32_MAX, UINT32_MAX) < UINT64_C(1) << 63);
}

static void of_another_supervisor_is_none(void **state)
{
    uint32_t number = 99;

    (void)state;
    assert_false(seal_split(seal_make(NONCE, NUMBER), NONCE + 1, &number));
    assert_false(seal_split(RLIM_INFINITY, NONCE, &number));
    assert_false(seal_split(1000000, NONCE, &number));
    assert_int_equal(number, 99);
}

static void of_an_unsealed_process_is_no_data(void **state)
{
    struct rlimit limit;
    uint64_t value = 5;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_RTTIME, &limit), 0);
    if (limit.rlim_max != RLIM_INFINITY) {
        print_message("skipped: this test process has a limit RLIMIT_RTTIME already\n");
        skip();
    }
    assert_int_equal(seal_read(getpid(), &value), -ENODATA);
    assert_int_equal(value, 5);
}

static void of_nobody_is_no_process(void **state)
{
    uint64_t value;
    pid_t pid = fork();

    (void)state;
    if (pid == 0)
        _exit(0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(seal_read(pid, &value), -ESRCH);
    assert_int_equal(seal_read(0, &value), -ESRCH);
    assert_int_equal(seal_read(-1, &value), -ESRCH);
}

/* A child that seals itself (as `uid`, when that is not 0), says its descendant's pid, and waits.
 */
struct sealed {
    pid_t child, descendant;
    int hold; /* closing it ends the descendant */
};

static void wait_for_end(int fd)
{
    char byte;

    (void)!read(fd, &byte, 1);
    _exit(0);
}

static void seal_and_double_fork(uid_t uid, int say, int hold)
{
    pid_t self;

    if (seal_apply(seal_make(NONCE, NUMBER), 0) < 0)
        _exit(1);
    if (uid != 0 && (setgroups(0, NULL) < 0 || setresuid(uid, uid, uid) < 0))
        _exit(1);
    if (fork() != 0)
        _exit(0);
    if (setsid() < 0 || fork() != 0)
        _exit(0);
    self = getpid();
    if (write(say, &self, sizeof(self)) != sizeof(self))
        _exit(1);
    close(say);
    wait_for_end(hold);
}

static struct sealed start_sealed(uid_t uid)
{
    struct sealed sealed = { 0 };
    int say[2], hold[2];

    assert_int_equal(pipe(say), 0);
    assert_int_equal(pipe(hold), 0);
    sealed.child = fork();
    if (sealed.child == 0) {
        close(hold[1]);
        seal_and_double_fork(uid, say[1], hold[0]);
    }
    close(say[1]);
    close(hold[0]);
    assert_int_equal(read(say[0], &sealed.descendant, sizeof(pid_t)), sizeof(pid_t));
    close(say[0]);
    sealed.hold = hold[1];
    return sealed;
}

static void reaches_a_daemon_in_its_own_session(void **state)
{
    struct sealed sealed = start_sealed(0);
    uint64_t value = 0;
    uint32_t number = 0;

    (void)state;
    assert_int_equal(seal_read(sealed.descendant, &value), 0);
    assert_true(seal_split(value, NONCE, &number));
    assert_int_equal(number, NUMBER);
    /* The dead first child is a zombie until we wait for it; its seal is still there. */
    {
        siginfo_t info;

        assert_int_equal(waitid(P_PID, (id_t)sealed.child, &info, WEXITED | WNOWAIT), 0);
        assert_int_equal(seal_read(sealed.child, &value), 0);
    }
    assert_int_equal(waitpid(sealed.child, NULL, 0), sealed.child);
    close(sealed.hold);
}

static void is_read_from_proc_of_another_user(void **state)
{
    struct sealed sealed;
    int status;
    pid_t reader;

    (void)state;
    if (geteuid() != 0) {
        print_message("skipped: two users are needed, so this takes root\n");
        skip();
    }
    sealed = start_sealed(USER_ONE);
    reader = fork();
    if (reader == 0) {
        uint64_t value = 0;
        uint32_t number = 0;
        struct rlimit limit;

        if (setgroups(0, NULL) < 0 || setresuid(USER_TWO, USER_TWO, USER_TWO) < 0)
            _exit(10);
        if (prlimit(sealed.descendant, RLIMIT_RTTIME, NULL, &limit) == 0)
            _exit(11); /* then this test would not test what it says */
        if (seal_read(sealed.descendant, &value) < 0)
            _exit(12);
        _exit(seal_split(value, NONCE, &number) && number == NUMBER ? 0 : 13);
    }
    assert_int_equal(waitpid(reader, &status, 0), reader);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(waitpid(sealed.child, NULL, 0), sealed.child);
    close(sealed.hold);
}

/* --- the guard --- */

static pid_t guarded; /* who installed it */

/* In a child, since a filter cannot be taken back; returns its errno. */
static int behind_the_guard(int (*attempt)(uint64_t key))
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        uint64_t key = 0;

        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || seal_guard(&key) < 0 || key == 0)
            _exit(ENOTSUP);
        guarded = getpid();
        _exit(-attempt(key));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int seal_with(uint64_t key)
{
    uint64_t value = 0, seal = seal_make(NONCE, NUMBER);
    int error = seal_apply(seal, key);

    if (error == 0)
        error = seal_read(getpid(), &value);
    return error == 0 && value != seal ? -EBADMSG : error;
}

static int seal_without(uint64_t key)
{
    (void)key;
    return seal_apply(seal_make(NONCE, NUMBER), 0);
}

static int seal_with_a_wrong_half(uint64_t key)
{
    int low = seal_apply(seal_make(NONCE, NUMBER), key ^ 1);
    int high = seal_apply(seal_make(NONCE, NUMBER), key ^ UINT64_C(1) << 63);

    return low == -EPERM && high == -EPERM ? 0 : -EBADMSG;
}

static int set_by_prlimit(uint64_t key)
{
    struct rlimit limit = { 1, 1 };

    (void)key;
    return prlimit(0, RLIMIT_RTTIME, &limit, NULL) < 0 ? -errno : 0;
}

/* Of PID 1: not by a service, whatever the limit. Its own, and reading, are free. */
static int limit_the_supervisor(uint64_t key)
{
    struct rlimit limit;
    int status;
    pid_t pid = fork();

    (void)key;
    if (pid == 0) {
        if (prlimit(guarded, RLIMIT_CPU, NULL, &limit) < 0 ||
            prlimit(0, RLIMIT_CPU, &limit, NULL) < 0 ||
            prlimit(getpid(), RLIMIT_CPU, &limit, NULL) < 0)
            _exit(EIO);
        _exit(prlimit(guarded, RLIMIT_CPU, &limit, NULL) < 0 ? errno : 0);
    }
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
}

static int set_another_limit(uint64_t key)
{
    struct rlimit limit = { 0, 0 };

    (void)key;
    return setrlimit(RLIMIT_CORE, &limit) < 0 || getrlimit(RLIMIT_RTTIME, &limit) < 0 ? -errno : 0;
}

static int seal_in_a_descendant(uint64_t key)
{
    int status;
    pid_t pid = fork();

    if (pid == 0)
        _exit(-seal_without(key));
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
}

static void behind_the_guard_only_who_has_the_key_sets_a_seal(void **state)
{
    (void)state;
    if (behind_the_guard(set_another_limit) == ENOTSUP) {
        print_message("skipped: no filter, or no key in system calls, can be had here\n");
        skip();
    }
    assert_int_equal(behind_the_guard(set_another_limit), 0);
    assert_int_equal(behind_the_guard(seal_with), 0);
    assert_int_equal(behind_the_guard(seal_without), EPERM);
    assert_int_equal(behind_the_guard(seal_with_a_wrong_half), 0);
    assert_int_equal(behind_the_guard(set_by_prlimit), EPERM);
    assert_int_equal(behind_the_guard(seal_in_a_descendant), EPERM);
    assert_int_equal(behind_the_guard(limit_the_supervisor), EPERM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(survives_the_way_there_and_back),
        cmocka_unit_test(has_no_effect_as_a_limit),
        cmocka_unit_test(of_another_supervisor_is_none),
        cmocka_unit_test(of_an_unsealed_process_is_no_data),
        cmocka_unit_test(of_nobody_is_no_process),
        cmocka_unit_test(reaches_a_daemon_in_its_own_session),
        cmocka_unit_test(is_read_from_proc_of_another_user),
        cmocka_unit_test(behind_the_guard_only_who_has_the_key_sets_a_seal),
    };

    return cmocka_run_group_tests_name("seal", tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "supervisor/init/crash.h"
#include "supervisor/unit/exit_status.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int status_of(void (*child)(void))
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        crash_catch();
        child();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* Not a wild pointer: the sanitizers would see it first. */
static void run_nonsense(void)
{
    __builtin_trap();
}

static void give_up(void)
{
    abort();
}

static void a_fault_ends_with_70(void **state)
{
    (void)state;
    assert_int_equal(status_of(run_nonsense), EXIT_STATUS_CRASH);
    assert_int_equal(status_of(give_up), EXIT_STATUS_CRASH);
}

/* The child tells that it is ready, gets the signals, and must still be able to answer. */
static void a_signal_that_somebody_sends_is_no_fault(void **state)
{
    static const int faults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP };
    int to_child[2], to_parent[2], status;
    char byte = 0;
    pid_t pid;

    (void)state;
    assert_int_equal(pipe(to_child), 0);
    assert_int_equal(pipe(to_parent), 0);
    pid = fork();
    if (pid == 0) {
        crash_catch();
        (void)!write(to_parent[1], "r", 1);
        while (read(to_child[0], &byte, 1) < 0)
            ;
        _exit(5);
    }
    assert_int_equal(read(to_parent[0], &byte, 1), 1);
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        assert_int_equal(kill(pid, faults[i]), 0);
    assert_int_equal(write(to_child[1], "g", 1), 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_ends_with_70),
        cmocka_unit_test(a_signal_that_somebody_sends_is_no_fault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

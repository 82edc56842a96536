#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "supervisor/init/launch_pad.h"
#include "supervisor/init/pod.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STATUS = 42, HIGH_FD = 500 };

struct errand {
    const struct launch_pad *pad;
    volatile bool was_here;
};

static int set_up(void **state)
{
    static struct pod pod;

    pod = (struct pod){ .null_fd = open("/dev/null", O_RDWR | O_CLOEXEC), .report_write = 0 };
    if (pod.null_fd < 0 || launch_pad_open(&pod) < 0)
        return -1;
    *state = &pod.launch_pad;
    return 0;
}

static int exit_status_of(pid_t pid)
{
    int status;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int leave_a_trace(void *context)
{
    struct errand *errand = context;

    errand->was_here = true;
    _exit(STATUS);
}

static void is_borrowed_memory(void **state)
{
    struct launch_pad *pad = *state;
    struct errand errand = { .pad = pad };

    if (!launch_pad_is_usable(pad))
        skip();
    assert_int_equal(exit_status_of(launch_pad_clone(pad, leave_a_trace, &errand)), STATUS);
    assert_true(errand.was_here);
    assert_true(launch_pad_is_usable(pad));
}

/* What is on the pad is there, what is above it is gone, and PID 1 keeps everything. */
static int look_at_descriptors(void *context)
{
    const struct errand *errand = context;

    if (launch_pad_leave(errand->pad) < 0)
        _exit(1);
    if (fcntl(HIGH_FD, F_GETFD) >= 0 || errno != EBADF)
        _exit(2);
    if (write(errand->pad->slots[LAUNCH_LOG], "x", 1) != 1)
        _exit(3);
    (void)close(errand->pad->slots[LAUNCH_LOG]);
    _exit(0);
}

static void takes_along_what_is_on_it(void **state)
{
    struct launch_pad *pad = *state;
    struct errand errand = { .pad = pad };
    int ends[2];
    char byte;

    if (!launch_pad_is_usable(pad))
        skip();
    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    assert_int_equal(dup3(ends[1], HIGH_FD, O_CLOEXEC), HIGH_FD);
    assert_int_equal(launch_pad_put(pad, LAUNCH_LOG, HIGH_FD), 0);
    assert_int_equal(exit_status_of(launch_pad_clone(pad, look_at_descriptors, &errand)), 0);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    assert_int_equal(write(pad->slots[LAUNCH_LOG], "y", 1), 1); /* ours is still open */
    assert_int_equal(launch_pad_put(pad, LAUNCH_LOG, -1), 0);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    (void)close(HIGH_FD);
    (void)close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 0); /* nobody keeps the other end */
    (void)close(ends[0]);
}

/* As a hostile service would do it. */
static int stop_itself(void *context)
{
    (void)context;
    (void)kill(getpid(), SIGSTOP);
    _exit(STATUS);
}

static void continues_a_stopped_child(void **state)
{
    struct launch_pad *pad = *state;
    struct errand errand = { .pad = pad };

    if (!launch_pad_is_usable(pad))
        skip();
    assert_int_equal(exit_status_of(launch_pad_clone(pad, stop_itself, &errand)), STATUS);
    assert_true(launch_pad_is_usable(pad));
}

static int run_a_program(void *context)
{
    (void)context;
    (void)execl("/bin/sh", "sh", "-c", "exit 7", NULL);
    _exit(1);
}

static void ends_with_the_exec(void **state)
{
    struct launch_pad *pad = *state;
    struct errand errand = { .pad = pad };

    if (!launch_pad_is_usable(pad))
        skip();
    assert_int_equal(exit_status_of(launch_pad_clone(pad, run_a_program, &errand)), 7);
    assert_true(launch_pad_is_usable(pad));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_borrowed_memory),
        cmocka_unit_test(takes_along_what_is_on_it),
        cmocka_unit_test(continues_a_stopped_child),
        cmocka_unit_test(ends_with_the_exec),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}

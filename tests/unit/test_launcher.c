/*
 * The launcher with a stand-in for PID 1 as its child, on a pseudo-terminal: what a person sees,
 * Ctrl-C, signals, exit codes.
 */
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "supervisor/init/launcher.h"
#include "supervisor/wire/channel.h"

enum { DEADLINE_MS = 10000 };

struct terminal {
    int master;
    pid_t pid;
    char text[65536];
    size_t length;
};

static void tell(int fd, enum wire_active active, const char *sub, int killed_by)
{
    union wire_message message;

    wire_begin(&message, WIRE_STATE);
    message.state.active = (uint8_t)active;
    message.state.incarnation = 1;
    message.state.is_wanted = 1;
    message.state.since_monotonic_us = 1;
    wire_copy(message.state.sub, sizeof(message.state.sub), sub);
    wire_copy(message.state.result, sizeof(message.state.result), killed_by ? "signal" : "success");
    message.state.exit_code = killed_by ? CLD_KILLED : 0;
    message.state.exit_status = killed_by;
    (void)!channel_send(fd, &message, -1);
}

static void tell_pod(int fd, enum wire_pod_phase phase)
{
    union wire_message message;

    wire_begin(&message, WIRE_POD);
    message.pod.phase = (uint8_t)phase;
    (void)!channel_send(fd, &message, -1);
    wire_begin(&message, WIRE_SYNCED);
    (void)!channel_send(fd, &message, -1);
}

static void tell_unit(int fd)
{
    union wire_message message;

    wire_begin(&message, WIRE_HELLO);
    (void)!channel_send(fd, &message, -1);
    wire_begin(&message, WIRE_UNIT);
    message.unit.is_service = 1;
    wire_copy(message.unit.name, sizeof(message.unit.name), "redis.service");
    (void)!channel_send(fd, &message, -1);
}

static int wait_signal(void)
{
    sigset_t all;
    int number;

    sigfillset(&all);
    return sigwait(&all, &number) == 0 ? number : -1;
}

/* Comes up; USR1: the unit is killed and comes back; INT: stops, and at the second ends with 7. */
static void polite_pod(int fd)
{
    tell_unit(fd);
    tell(fd, WIRE_ACTIVATING, "start", 0);
    tell_pod(fd, WIRE_POD_STARTING);
    if (wait_signal() != SIGHUP)
        _exit(99);
    tell(fd, WIRE_ACTIVE, "running", 0);
    tell_pod(fd, WIRE_POD_RUNNING);
    if (wait_signal() != SIGHUP)
        _exit(98);
    tell(fd, WIRE_ACTIVATING, "auto-restart", SIGKILL);
    tell(fd, WIRE_ACTIVE, "running", 0);
    if (wait_signal() != SIGINT)
        _exit(97);
    tell_pod(fd, WIRE_POD_STOPPING);
    tell(fd, WIRE_INACTIVE, "dead", 0);
    if (wait_signal() != SIGINT)
        _exit(96);
    _exit(7);
}

/* Its only unit fails, and so does it. */
static void failing_pod(int fd)
{
    tell_unit(fd);
    tell(fd, WIRE_FAILED, "failed", SIGSEGV);
    tell_pod(fd, WIRE_POD_STARTING);
    _exit(139);
}

static void ending_pod(int fd)
{
    tell_unit(fd);
    tell_pod(fd, WIRE_POD_STARTING);
    if (wait_signal() == SIGTERM)
        _exit(0);
    _exit(1);
}

static void killed_pod(int fd)
{
    (void)fd;
    raise(SIGKILL);
}

/* In the terminal's session: forks the "PID 1" and runs the launcher. */
static void run_launcher(void (*pod)(int fd), bool use_view, const char *log_path)
{
    static const char *const urls[] = { "Health: http://127.0.0.1:8090/health", NULL };
    struct launcher_options options = { .use_view = use_view, .log_path = log_path, .urls = urls };
    sigset_t all;
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        _exit(95);
    options.child = fork();
    if (options.child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setsid();
        sigfillset(&all);
        sigprocmask(SIG_BLOCK, &all, NULL);
        pod(ends[1]);
        _exit(94);
    }
    close(ends[1]);
    options.watch_fd = ends[0];
    _exit(launcher_run(&options));
}

static struct terminal terminal_open(void (*pod)(int fd), bool use_view, const char *log_path)
{
    struct winsize size = { .ws_row = 24, .ws_col = 80 };
    struct terminal terminal = { 0 };

    terminal.pid = forkpty(&terminal.master, NULL, NULL, &size);
    assert_true(terminal.pid >= 0);
    if (terminal.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        run_launcher(pod, use_view, log_path);
    }
    return terminal;
}

/* Reads until `wanted` is there; forgets what came before it. */
static void expect(struct terminal *terminal, const char *wanted)
{
    char *found;

    while (!(found = strstr(terminal->text, wanted))) {
        struct pollfd wait = { .fd = terminal->master, .events = POLLIN };
        ssize_t length;

        if (poll(&wait, 1, DEADLINE_MS) != 1)
            fail_msg("no '%s' in '%s'", wanted, terminal->text);
        length = read(terminal->master, terminal->text + terminal->length,
                      sizeof(terminal->text) - 1 - terminal->length);
        if (length <= 0)
            print_message("wanted '%s', got '%s'\n", wanted, terminal->text);
        assert_true(length > 0);
        terminal->length += (size_t)length;
        terminal->text[terminal->length] = '\0';
    }
    found += strlen(wanted);
    terminal->length -= (size_t)(found - terminal->text);
    memmove(terminal->text, found, terminal->length + 1);
}

static void terminal_end(struct terminal *terminal, int code)
{
    int status;

    assert_int_equal(waitpid(terminal->pid, &status, 0), terminal->pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), code);
    close(terminal->master);
}

static void a_pod_comes_up_and_ctrl_c_stops_it(void **state)
{
    struct terminal terminal = terminal_open(polite_pod, true, NULL);

    (void)state;
    expect(&terminal, "pod: 0 of 1 up");
    expect(&terminal, "starting");
    kill(terminal.pid, SIGHUP);
    expect(&terminal, "\033[2A\033[J"); /* drawn again in place */
    expect(&terminal, "all is up after");
    expect(&terminal, "JHealth: http://127.0.0.1:8090/health\r\n");
    expect(&terminal, "Press Ctrl-C to stop the pod.");
    kill(terminal.pid, SIGHUP);
    expect(&terminal, "redis.service: failed (signal: KILL), restarting\r\n");
    expect(&terminal, "redis.service: active again after 0.0 s\r\n");
    assert_int_equal(write(terminal.master, "\003", 1), 1); /* as from the keyboard */
    expect(&terminal, "press Ctrl-C again to hurry");
    expect(&terminal, "redis.service: stopped");
    assert_int_equal(write(terminal.master, "\003", 1), 1);
    expect(&terminal, "The pod ended with exit code 7");
    terminal_end(&terminal, 7);
}

static void a_window_that_shrinks_is_drawn_anew(void **state)
{
    struct terminal terminal = terminal_open(polite_pod, true, NULL);
    struct winsize size = { .ws_row = 24, .ws_col = 12 };

    (void)state;
    expect(&terminal, "starting");
    assert_int_equal(ioctl(terminal.master, TIOCSWINSZ, &size), 0);
    expect(&terminal, "A\033[J"); /* more rows than lines: they were wrapped */
    expect(&terminal, "pod: 0 of 1");
    kill(terminal.pid, SIGKILL);
    waitpid(terminal.pid, NULL, 0);
    close(terminal.master);
}

static void a_failure_is_explained(void **state)
{
    struct terminal terminal = terminal_open(failing_pod, true, "/nonexistent/log");

    (void)state;
    expect(&terminal, "failed (signal: SEGV)");
    expect(&terminal, "reeve: redis.service failed (signal: SEGV).");
    expect(&terminal, "The pod was ended by signal SEGV (exit code 139).");
    terminal_end(&terminal, 139);
}

static void without_a_view_it_only_waits(void **state)
{
    struct terminal terminal = terminal_open(ending_pod, false, NULL);

    (void)state;
    kill(terminal.pid, SIGTERM);
    terminal_end(&terminal, 0);
    assert_int_equal(terminal.length, 0);
    terminal = terminal_open(killed_pod, false, NULL);
    expect(&terminal, "The pod was ended by signal KILL (exit code 137).");
    terminal_end(&terminal, 137);
}

/* Closing the window is not a wish for a reload. */
static void a_lost_terminal_stops_the_pod(void **state)
{
    struct terminal terminal = terminal_open(ending_pod, true, NULL);
    int status;

    (void)state;
    expect(&terminal, "redis.service");
    close(terminal.master);
    assert_int_equal(waitpid(terminal.pid, &status, 0), terminal.pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pod_comes_up_and_ctrl_c_stops_it),
        cmocka_unit_test(a_window_that_shrinks_is_drawn_anew),
        cmocka_unit_test(a_failure_is_explained),
        cmocka_unit_test(without_a_view_it_only_waits),
        cmocka_unit_test(a_lost_terminal_stops_the_pod),
    };

    sigset_t mask;

    /* They wait until the launcher looks, however late it starts. */
    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGHUP);
    sigaddset(&mask, SIGINT);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    alarm(110);
    setenv("TERM", "xterm", 1);
    setenv("LC_ALL", "C", 1);
    setenv("NO_COLOR", "1", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

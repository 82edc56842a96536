#include "supervisor/init/single.h"

#include "supervisor/init/isolate.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_NOT_EXECUTABLE = 126, EXIT_NOT_FOUND = 127, EXIT_SIGNAL_BASE = 128 };

/* --- the terminal --- */

/* To the command's group, if it is ours to give: who runs in the background must not take it. */
static void lend_terminal(pid_t child)
{
    if (tcgetpgrp(STDIN_FILENO) == getpgrp())
        (void)tcsetpgrp(STDIN_FILENO, child);
}

static void take_terminal_back(pid_t child)
{
    if (tcgetpgrp(STDIN_FILENO) == child)
        (void)tcsetpgrp(STDIN_FILENO, getpgrp());
}

/*
 * Stops us, and with us all of our group, as the terminal would have done: a shell shall see that
 * its job has stopped. False: we were not, since nobody is there who could continue us (the kernel
 * spares orphaned groups, and PID 1).
 */
static bool suspend(void)
{
    struct sigaction standard = { .sa_handler = SIG_DFL };
    sigset_t stop, pending;

    (void)sigaction(SIGTSTP, &standard, NULL);
    sigemptyset(&stop);
    sigaddset(&stop, SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &stop, NULL);
    (void)kill(0, SIGTSTP);
    sigprocmask(SIG_BLOCK, &stop, NULL);
    return sigpending(&pending) == 0 && sigismember(&pending, SIGCONT);
}

static void resume(pid_t child)
{
    lend_terminal(child);
    (void)kill(-child, SIGCONT);
}

/* The command was stopped, by Ctrl-Z or because it uses the terminal from the background. SIGSTOP
 * is not the terminal's: somebody stopped the command alone, and will continue it. */
static void follow_stop(pid_t child, int signal)
{
    pid_t foreground = tcgetpgrp(STDIN_FILENO);

    if (signal == SIGSTOP || foreground < 0)
        return;
    if (signal != SIGTSTP && foreground == getpgrp()) {
        resume(child); /* a shell has brought us to the foreground, without a word */
        return;
    }
    take_terminal_back(child);
    if (!suspend() && signal == SIGTSTP)
        resume(child); /* without a shell Ctrl-Z does nothing */
}

/* --- the command --- */

static _Noreturn void run_child(const struct options *options, const sigset_t *mask,
                                bool is_foreground)
{
    char **command = options->command;
    struct isolate_failure failure;
    int error;

    if (options->has_user && isolate_drop_privileges(options->uid, options->gid, &failure) < 0) {
        fprintf(stderr, "reeve: %s\n", failure.text);
        _exit(failure.exit_status);
    }

    /* Its own process group, in the foreground of the terminal if that was ours, so that Ctrl-C
     * reaches it. */
    (void)setpgid(0, 0);
    if (is_foreground)
        (void)tcsetpgrp(STDIN_FILENO, getpid());
    sigprocmask(SIG_SETMASK, mask, NULL);
    execvp(command[0], command);
    error = errno;
    fprintf(stderr, "reeve: cannot run '%s': %s\n", command[0], strerror(error));
    _exit(error == ENOENT || error == ENOTDIR ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
}

/* Reaps all that has ended. True when the command itself has, with its status. */
static bool reap(pid_t child, int *ret_status)
{
    bool ended = false;
    siginfo_t info;

    for (;;) {
        info.si_pid = 0;
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) < 0 || info.si_pid == 0)
            return ended;
        if (info.si_pid != child)
            continue;
        ended = true;
        *ret_status =
            info.si_code == CLD_EXITED ? info.si_status : EXIT_SIGNAL_BASE + info.si_status;
    }
}

static void look_for_stop(pid_t child)
{
    siginfo_t info = { 0 };

    if (waitid(P_PID, (id_t)child, &info, WSTOPPED | WNOHANG) == 0 && info.si_pid == child)
        follow_stop(child, info.si_status);
}

static void forward(pid_t child, int signal)
{
    if (signal == SIGCONT) {
        resume(child);
        return;
    }
    /* To the whole group, as a terminal would. */
    if (kill(-child, signal) < 0)
        (void)kill(child, signal);
}

int single_run(const struct options *options)
{
    struct sigaction standard = { .sa_handler = SIG_DFL };
    bool is_foreground = tcgetpgrp(STDIN_FILENO) == getpgrp();
    sigset_t all, before;
    int status = 0;
    pid_t child;

    /* An inherited SIG_IGN would make the kernel reap behind our back. */
    (void)sigaction(SIGCHLD, &standard, NULL);
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    if (getpid() != 1)
        (void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    child = fork();
    if (child == 0)
        run_child(options, &before, is_foreground);
    if (child > 0)
        (void)setpgid(child, child); /* both sides do it: whoever comes first */
    if (child < 0) {
        fprintf(stderr, "reeve: cannot fork: %s\n", strerror(errno));
        return EXIT_NOT_EXECUTABLE;
    }
    for (;;) {
        siginfo_t info;
        int signal = sigwaitinfo(&all, &info);

        if (signal == SIGCHLD && reap(child, &status)) {
            take_terminal_back(child); /* whoever started us wants it */
            return status;
        }
        if (signal == SIGCHLD)
            look_for_stop(child);
        else if (signal > 0)
            forward(child, signal);
    }
}

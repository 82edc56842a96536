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

static _Noreturn void run_child(const struct options *options, const sigset_t *mask)
{
    char **command = options->command;
    struct isolate_failure failure;
    int error;

    if (options->has_user && isolate_drop_privileges(options->uid, options->gid, &failure) < 0) {
        fprintf(stderr, "reeve: %s\n", failure.text);
        _exit(failure.exit_status);
    }

    /* Its own process group, in the foreground of the terminal if there is one, so that Ctrl-C
     * reaches it. */
    (void)setpgid(0, 0);
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

int single_run(const struct options *options)
{
    struct sigaction standard = { .sa_handler = SIG_DFL };
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
        run_child(options, &before);
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
            /* Whoever started us wants the terminal back. */
            (void)tcsetpgrp(STDIN_FILENO, getpgrp());
            return status;
        }
        /* To the whole group, as a terminal would. */
        if (signal > 0 && signal != SIGCHLD && kill(-child, signal) < 0)
            (void)kill(child, signal);
    }
}

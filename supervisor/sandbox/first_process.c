#include "supervisor/sandbox/first_process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STATUS_OF_SIGNALS = 128 };

int first_process_prepare(struct first_process *first)
{
    sigset_t all;

    if (pipe2(first->life, O_CLOEXEC) < 0)
        return -errno;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &first->before);
    return 0;
}

void first_process_begin(const struct first_process *first)
{
    close(first->life[1]);
    sigprocmask(SIG_SETMASK, &first->before, NULL);
}

/* A change of the user takes the signal back, so it comes after that; who is born in a namespace
 * cannot tell by getppid(2) that the parent is gone already. */
void first_process_follow(const struct first_process *first)
{
    struct pollfd life = { .fd = first->life[0] };

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (poll(&life, 1, 0) > 0)
        _exit(STATUS_OF_SIGNALS + SIGKILL);
}

static bool ends_by_default(int signal)
{
    switch (signal) {
    case SIGCHLD:
    case SIGCONT:
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
    case SIGURG:
    case SIGWINCH:
        return false;
    default:
        return true;
    }
}

/* Of "SigCgt:\t0000000000000000" in /proc/PID/status. */
static bool has_signal(const char *line, const char *name, int signal)
{
    uint64_t signals;

    return strncmp(line, name, strlen(name)) == 0 &&
           sscanf(line + strlen(name), "%" SCNx64, &signals) == 1 && signals >> (signal - 1) & 1;
}

/* Neither caught nor ignored; one that is blocked may be waited for. Where the process cannot be
 * looked at, it is left to it. */
static bool is_dropped(pid_t pid, int signal)
{
    char path[32], line[256];
    bool is_taken = false;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    file = ends_by_default(signal) ? fopen(path, "re") : NULL;
    if (!file)
        return false;
    while (fgets(line, sizeof(line), file))
        is_taken |= has_signal(line, "SigBlk:", signal) || has_signal(line, "SigIgn:", signal) ||
                    has_signal(line, "SigCgt:", signal);
    fclose(file);
    return !is_taken;
}

/* What the kernel sends for a terminal is for its whole foreground group: the command, if it has
 * made none of its own, has got it, and may take a second one for "at once". */
static bool has_got(pid_t pid, const siginfo_t *info)
{
    bool is_of_terminal = info->si_signo == SIGINT || info->si_signo == SIGQUIT ||
                          info->si_signo == SIGHUP || info->si_signo == SIGWINCH;

    return is_of_terminal && info->si_code == SI_KERNEL && getpgid(pid) == getpgrp();
}

static int status_of(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_OF_SIGNALS + WTERMSIG(status);
}

int first_process_await(pid_t pid)
{
    sigset_t all;
    siginfo_t info;
    int status, ended_by = 0;

    sigfillset(&all);
    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (sigwaitinfo(&all, &info) < 0 || info.si_signo == SIGCHLD)
            continue;
        if (is_dropped(pid, info.si_signo)) {
            ended_by = info.si_signo;
            (void)kill(pid, SIGKILL);
        } else if (!has_got(pid, &info))
            (void)kill(pid, info.si_signo);
    }
    return ended_by && WIFSIGNALED(status) ? STATUS_OF_SIGNALS + ended_by : status_of(status);
}

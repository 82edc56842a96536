/*
 * The floor: `floor PROGRAM BOARD COUNT` as PID 1 does for COUNT services what cannot be left out:
 * clone and exec each; reap, and start again whoever ended; on SIGTERM tell them all and wait. No
 * configuration, no log, no session, no limits, no sandbox.
 */

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SERVICES_MAX = 1024 };

static pid_t pids[SERVICES_MAX];
static int count;
static volatile sig_atomic_t is_stopping;

static void stop(int signal)
{
    (void)signal;
    is_stopping = 1;
    for (int i = 0; i < count; i++)
        if (pids[i] > 0)
            (void)kill(pids[i], SIGTERM);
}

static pid_t spawn(char **argv, int number)
{
    char text[12];
    char *const arguments[] = { argv[1], argv[2], text, NULL };
    pid_t pid;

    snprintf(text, sizeof(text), "%d", number);
    pid = vfork(); /* clone(CLONE_VM | CLONE_VFORK): the cheapest that there is */
    if (pid == 0) {
        (void)execve(argv[1], arguments, (char *[]){ NULL });
        _exit(127);
    }
    return pid;
}

static void reaped(char **argv, pid_t pid)
{
    for (int i = 0; i < count; i++)
        if (pids[i] == pid) {
            pids[i] = is_stopping ? 0 : spawn(argv, i);
            if (is_stopping && pids[i] > 0) /* the signal came before its pid was written down */
                (void)kill(pids[i], SIGTERM);
            return;
        }
}

int main(int argc, char **argv)
{
    struct sigaction on_term = { .sa_handler = stop };

    if (argc != 4 || (count = atoi(argv[3])) > SERVICES_MAX)
        return 2;
    (void)sigaction(SIGTERM, &on_term, NULL);
    for (int i = 0; i < count; i++)
        pids[i] = spawn(argv, i);
    for (;;) {
        siginfo_t info = { 0 };

        if (waitid(P_ALL, 0, &info, WEXITED) == 0)
            reaped(argv, info.si_pid);
        else if (errno != EINTR)
            return 0; /* nobody is left */
    }
}

#include "supervisor/sandbox/first_process.h"

#include <sys/prctl.h>
#include <sys/wait.h>

enum { STATUS_OF_SIGNALS = 128 };

void first_process_prepare(struct first_process *first)
{
    sigset_t all;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &first->before);
}

/* A change of the user would take it back: then it is root whom the command outlives. */
void first_process_begin(const struct first_process *first)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    sigprocmask(SIG_SETMASK, &first->before, NULL);
}

static int status_of(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_OF_SIGNALS + WTERMSIG(status);
}

int first_process_await(pid_t pid)
{
    sigset_t all;
    int signal, status;

    sigfillset(&all);
    while (waitpid(pid, &status, WNOHANG) == 0)
        if (sigwait(&all, &signal) == 0 && signal != SIGCHLD)
            (void)kill(pid, signal);
    return status_of(status);
}

#include "supervisor/init/crash.h"

#include "supervisor/unit/exit_status.h"
#include "supervisor/unit/macro.h"

#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

/* Its own stack: a fault may well be that the usual one is used up. The kernel saves all registers
 * there, which with AVX-512 and AMX takes some 11 kB (AT_MINSIGSTKSZ). */
enum { STACK_SIZE = 64 * 1024 };
static char stack[STACK_SIZE];

/* Only what signal-safety(7) allows: the process is not to be trusted any more. */
static void crashed(int signal, siginfo_t *info, void *context)
{
    char line[] =
        "reeve: PID 1 is at fault (signal 00), ending with status 70; please report this\n";
    char *number = line + sizeof("reeve: PID 1 is at fault (signal ") - 1;

    (void)context;
    if (info->si_code <= 0 && info->si_pid != getpid())
        return; /* sent by kill(2): nobody faulted, and no service shall end us that way */
    number[0] = (char)('0' + signal / 10 % 10);
    number[1] = (char)('0' + signal % 10);
    (void)!write(STDERR_FILENO, line, sizeof(line) - 1);
    _exit(EXIT_STATUS_CRASH);
}

void crash_catch(void)
{
    static const int faults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP };
    const stack_t alternative = { .ss_sp = stack, .ss_size = sizeof(stack) };
    struct sigaction action = { .sa_sigaction = crashed, .sa_flags = SA_ONSTACK | SA_SIGINFO };

    /* One at a time: seven frames on top of each other, sent by kill(2), would not fit. */
    (void)sigfillset(&action.sa_mask);
    (void)sigaltstack(&alternative, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
        (void)sigaction(faults[i], &action, NULL);
}

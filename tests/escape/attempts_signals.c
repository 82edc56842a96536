/* Signals to another service and to PID 1. What is sent harms nobody: SIGURG is ignored, and what
 * the sibling gets it counts. */

#include "tests/escape/escape.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { KILL32 = 37, TGKILL32 = 270, F_SETSIG_NUMBER = 10 };

static pid_t other(const struct world *world, long is_init)
{
    return is_init ? world->init : world->sibling;
}

static int by_kill(const struct world *world, long is_init)
{
    return denied(kill(other(world, is_init), SIGURG));
}

static int by_kill_nothing(const struct world *world, long is_init)
{
    return denied(kill(other(world, is_init), 0));
}

/* The group of a service begins with its main process. */
static int by_group(const struct world *world, long is_init)
{
    pid_t group = getpgid(other(world, is_init));

    return group <= 0 ? -errno : denied(kill(-group, SIGURG));
}

static int by_tgkill(const struct world *world, long is_init)
{
    pid_t pid = other(world, is_init);

    return denied(syscall(SYS_tgkill, pid, pid, SIGURG));
}

static int by_tkill(const struct world *world, long is_init)
{
    return denied(syscall(SYS_tkill, other(world, is_init), SIGURG));
}

static int by_queue(const struct world *world, long is_init)
{
    return denied(sigqueue(other(world, is_init), SIGURG, (union sigval){ 0 }));
}

static int by_thread_queue(const struct world *world, long is_init)
{
    pid_t pid = other(world, is_init);
    siginfo_t info = { .si_signo = SIGURG, .si_code = SI_QUEUE };

    return denied(syscall(SYS_rt_tgsigqueueinfo, pid, pid, SIGURG, &info));
}

static int by_pidfd(const struct world *world, long is_init)
{
    long fd = syscall(SYS_pidfd_open, other(world, is_init), 0);

    return fd < 0 ? -errno : denied(syscall(SYS_pidfd_send_signal, fd, SIGURG, NULL, 0));
}

/* A directory of /proc is a pidfd as well. */
static int by_proc(const struct world *world, long is_init)
{
    int fd = open(of_process(other(world, is_init), "."), O_RDONLY | O_DIRECTORY);

    return fd < 0 ? -errno : denied(syscall(SYS_pidfd_send_signal, fd, SIGURG, NULL, 0));
}

static int by_kill32(const struct world *world, long is_init)
{
    long r = call32(KILL32, other(world, is_init), SIGURG, 0, 0);

    return r < 0 ? (int)r : 0;
}

static int by_tgkill32(const struct world *world, long is_init)
{
    pid_t pid = other(world, is_init);
    long r = call32(TGKILL32, pid, pid, SIGURG, 0);

    return r < 0 ? (int)r : 0;
}

/* Everyone that we may: who it was is told by the sibling. */
static int by_everyone(const struct world *world, long argument)
{
    int before = told_by_sibling(world, "sibling/signals");

    (void)argument;
    if (getenv("ESCAPE_SHARED")) /* others are here as well, to whom we do nothing */
        return -NOT_HERE;
    if (before < 0)
        return before;
    if (kill(-1, SIGWINCH) < 0)
        return -errno;
    return sibling_tells_more(world, "sibling/signals", before) ? 0 : -EPERM;
}

/* The kernel sends it, when something can be read, to whom we named. */
static int by_owner(const struct world *world, long of_group)
{
    int pair[2], before = told_by_sibling(world, "sibling/signals");
    pid_t owner = of_group ? -getpgid(world->sibling) : world->sibling;

    if (before < 0)
        return before;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
        return -errno;
    if (fcntl(pair[0], F_SETOWN, owner) < 0 || fcntl(pair[0], F_SETSIG_NUMBER, SIGWINCH) < 0 ||
        fcntl(pair[0], F_SETFL, O_ASYNC) < 0 || write(pair[1], "x", 1) != 1)
        return -errno;
    return sibling_tells_more(world, "sibling/signals", before) ? 0 : -EPERM;
}

const struct attempt attempts_signals[] = {
    { "kill-sibling", "SignalScope", by_kill, 0 },
    { "kill-0-sibling", "SignalScope", by_kill_nothing, 0 },
    { "kill-group-of-sibling", "SignalScope", by_group, 0 },
    { "kill-everyone", "SignalScope", by_everyone },
    { "tgkill-sibling", "SignalScope", by_tgkill, 0 },
    { "tkill-sibling", "SignalScope", by_tkill, 0 },
    { "sigqueue-sibling", "SignalScope", by_queue, 0 },
    { "rt_tgsigqueueinfo-sibling", "SignalScope", by_thread_queue, 0 },
    { "pidfd_send_signal-sibling", "SignalScope", by_pidfd, 0 },
    { "proc-send_signal-sibling", "SignalScope", by_proc, 0 },
    { "kill-int80-sibling", "SignalScope", by_kill32, 0 },
    { "tgkill-int80-sibling", "SignalScope", by_tgkill32, 0 },
    { "f_setown-sibling", "SignalScope", by_owner, 0 },
    { "f_setown-group-of-sibling", "SignalScope", by_owner, 1 },
    { "kill-init", "SignalScope", by_kill, 1 },
    { "kill-0-init", "SignalScope", by_kill_nothing, 1 },
    { "tgkill-init", "SignalScope", by_tgkill, 1 },
    { "sigqueue-init", "SignalScope", by_queue, 1 },
    { "rt_tgsigqueueinfo-init", "SignalScope", by_thread_queue, 1 },
    { "pidfd_send_signal-init", "SignalScope", by_pidfd, 1 },
    { "proc-send_signal-init", "SignalScope", by_proc, 1 },
    { "kill-int80-init", "SignalScope", by_kill32, 1 },
    { 0 },
};

/* Namespaces of one's own, by every call that makes or enters one. */

#include "tests/escape/escape.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

enum { UNSHARE32 = 310, CLONE32 = 120, SETNS32 = 346, CLONE3_NUMBER = 435 };

static int by_unshare(const struct world *world, long flags)
{
    (void)world;
    return denied(unshare((int)flags));
}

static int reap(long pid)
{
    if (pid == 0)
        _exit(0);
    if (pid > 0)
        waitpid((pid_t)pid, NULL, 0);
    return pid < 0 ? -errno : 0;
}

static int by_clone(const struct world *world, long flags)
{
    (void)world;
    return reap(syscall(SYS_clone, (unsigned long)flags | SIGCHLD, 0, 0, 0, 0));
}

static int by_clone3(const struct world *world, long flags)
{
    struct clone_args args = { .flags = (unsigned long)flags, .exit_signal = SIGCHLD };

    (void)world;
    return reap(syscall(SYS_clone3, &args, sizeof(args)));
}

static int by_unshare32(const struct world *world, long flags)
{
    long r = call32(UNSHARE32, flags, 0, 0, 0);

    (void)world;
    return r < 0 ? (int)r : 0;
}

static int by_unshare_x32(const struct world *world, long flags)
{
    long r = call_x32(SYS_unshare, flags, 0, 0);

    (void)world;
    return r < 0 ? (int)r : 0;
}

static int by_clone32(const struct world *world, long flags)
{
    long r = call32(CLONE32, flags | SIGCHLD, 0, 0, 0);

    (void)world;
    if (r == 0)
        _exit(0);
    if (r > 0)
        waitpid((pid_t)r, NULL, 0);
    return r < 0 ? (int)r : 0;
}

static int by_clone3_32(const struct world *world, long flags)
{
    struct clone_args args = { .flags = (unsigned long)flags, .exit_signal = SIGCHLD };
    long r = call32(CLONE3_NUMBER, low(&args, sizeof(args)), sizeof(args), 0, 0);

    (void)world;
    if (r == 0)
        _exit(0);
    if (r > 0)
        waitpid((pid_t)r, NULL, 0);
    return r < 0 ? (int)r : 0;
}

/* The upper half of the flags is nothing to the kernel, and must be nothing to a filter. */
static int by_clone_with_upper_half(const struct world *world, long flags)
{
    return by_clone(world, (1L << 40) | flags);
}

/* --- into another's --- */

static int enter(const struct world *world, long of_init, const char *name, int kind)
{
    int fd = open(of_process(of_init ? world->init : world->sibling, name), O_RDONLY);

    return fd < 0 ? -errno : denied(setns(fd, kind));
}

static int enter_network(const struct world *world, long of_init)
{
    return enter(world, of_init, "ns/net", CLONE_NEWNET);
}

static int enter_mounts(const struct world *world, long of_init)
{
    return enter(world, of_init, "ns/mnt", CLONE_NEWNS);
}

static int enter_ipc(const struct world *world, long of_init)
{
    return enter(world, of_init, "ns/ipc", 0);
}

static int enter_by_pidfd(const struct world *world, long of_init)
{
    long fd = syscall(SYS_pidfd_open, of_init ? world->init : world->sibling, 0);

    return fd < 0 ? -errno : denied(setns((int)fd, CLONE_NEWNS | CLONE_NEWUTS));
}

/* One's own: harmless, but a call that is forbidden. */
static int enter_own(const struct world *world, long kind)
{
    int fd = open("/proc/self/ns/uts", O_RDONLY);

    (void)world;
    return fd < 0 ? -errno : denied(setns(fd, (int)kind));
}

static int map_ids(const struct world *world, long argument)
{
    (void)world;
    (void)argument;
    return become_namespace_root();
}

#define SPACES "RestrictNamespaces"
#define USER   CLONE_NEWUSER
const struct attempt attempts_namespaces[] = {
    { "unshare-user", SPACES, by_unshare, USER },
    { "unshare-mount", SPACES, by_unshare, USER | CLONE_NEWNS },
    { "unshare-pid", SPACES, by_unshare, USER | CLONE_NEWPID },
    { "unshare-net", SPACES, by_unshare, USER | CLONE_NEWNET },
    { "unshare-ipc", SPACES, by_unshare, USER | CLONE_NEWIPC },
    { "unshare-uts", SPACES, by_unshare, USER | CLONE_NEWUTS },
    { "unshare-cgroup", SPACES, by_unshare, USER | CLONE_NEWCGROUP },
    { "unshare-time", SPACES, by_unshare, USER | CLONE_NEWTIME },
    { "unshare-all", SPACES, by_unshare, 0x7e020000 },
    { "unshare-mount-alone", SPACES " CapabilityBoundingSet", by_unshare, CLONE_NEWNS },
    { "unshare-net-alone", SPACES " CapabilityBoundingSet", by_unshare, CLONE_NEWNET },
    { "unshare-uts-alone", SPACES " CapabilityBoundingSet", by_unshare, CLONE_NEWUTS },
    { "clone-upper-half", SPACES, by_clone_with_upper_half, USER },
    { "unshare-and-map-root", SPACES, map_ids },
    { "clone-user", SPACES, by_clone, USER },
    { "clone-mount", SPACES, by_clone, USER | CLONE_NEWNS },
    { "clone-pid", SPACES, by_clone, USER | CLONE_NEWPID },
    { "clone-net", SPACES, by_clone, USER | CLONE_NEWNET },
    { "clone3-user", SPACES, by_clone3, USER },
    { "clone3-pid", SPACES, by_clone3, USER | CLONE_NEWPID },
    { "clone3-time", SPACES, by_clone3, USER | CLONE_NEWTIME },
    { "unshare-x32", SPACES, by_unshare_x32, USER },
    { "unshare-int80", SPACES, by_unshare32, USER },
    { "unshare-mount-int80", SPACES, by_unshare32, USER | CLONE_NEWNS },
    { "clone-int80", SPACES, by_clone32, USER },
    { "clone3-int80", SPACES, by_clone3_32, USER },
    { "setns-net-of-sibling", SPACES " CapabilityBoundingSet", enter_network, 0 },
    { "setns-mount-of-sibling", SPACES " CapabilityBoundingSet", enter_mounts, 0 },
    { "setns-mount-of-init", SPACES " CapabilityBoundingSet", enter_mounts, 1 },
    { "setns-any-of-sibling", SPACES " CapabilityBoundingSet", enter_ipc, 0 },
    { "setns-pidfd-of-sibling", SPACES " CapabilityBoundingSet", enter_by_pidfd, 0 },
    { "setns-pidfd-of-init", SPACES " CapabilityBoundingSet", enter_by_pidfd, 1 },
    { "setns-own-uts", SPACES " CapabilityBoundingSet", enter_own, CLONE_NEWUTS },
    { "setns-own-any", SPACES " CapabilityBoundingSet", enter_own, 0 },
    { 0 },
};

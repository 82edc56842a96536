/* Taking another process over: a service of the same user, and PID 1 of the pod. */

#include "tests/escape/escape.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_process_madvise
#define SYS_process_madvise 440
#endif
#ifndef SYS_process_mrelease
#define SYS_process_mrelease 448
#endif

enum { PTRACE32 = 26, DESCRIPTOR_OF_SIBLING = 9 };

static pid_t other(const struct world *world, long is_init)
{
    return is_init ? world->init : world->sibling;
}

/* The sibling goes on when we end. */
static int attach(const struct world *world, long is_init)
{
    if (ptrace(PTRACE_ATTACH, other(world, is_init), 0, 0) < 0)
        return -errno;
    waitpid(other(world, is_init), NULL, __WALL);
    return denied(ptrace(PTRACE_DETACH, other(world, is_init), 0, 0));
}

static int seize(const struct world *world, long is_init)
{
    if (ptrace(PTRACE_SEIZE, other(world, is_init), 0, 0) < 0)
        return -errno;
    (void)!ptrace(PTRACE_INTERRUPT, other(world, is_init), 0, 0);
    waitpid(other(world, is_init), NULL, __WALL);
    return denied(ptrace(PTRACE_DETACH, other(world, is_init), 0, 0));
}

static int attach32(const struct world *world, long is_init)
{
    long r = call32(PTRACE32, PTRACE_ATTACH, other(world, is_init), 0, 0);

    if (r < 0)
        return (int)r;
    waitpid(other(world, is_init), NULL, __WALL);
    ptrace(PTRACE_DETACH, other(world, is_init), 0, 0);
    return 0;
}

/* At an address that is in every program that is not position-independent, as ours: whether there
 * is something there does not matter, EFAULT comes after the question whether one may. */
static int move_memory(const struct world *world, long call)
{
    char byte = 0;
    struct iovec here = { &byte, 1 }, there = { (void *)0x1000, 1 };
    pid_t pid = other(world, call < 0);
    long number = call < 0 ? -call : call;

    if (syscall(number, pid, &here, 1, &there, 1, 0) < 0)
        return errno == EFAULT ? 0 : -errno;
    return 0;
}

static int steal_descriptor(const struct world *world, long is_init)
{
    int fd = (int)syscall(SYS_pidfd_open, other(world, is_init), 0);

    if (fd < 0)
        return -errno;
    return denied(syscall(SYS_pidfd_getfd, fd, is_init ? 0 : DESCRIPTOR_OF_SIBLING, 0));
}

static int compare(const struct world *world, long is_init)
{
    return denied(syscall(SYS_kcmp, getpid(), other(world, is_init), KCMP_VM, 0, 0) < 0 ? -1 : 0);
}

static int release_memory(const struct world *world, long is_init)
{
    int fd = (int)syscall(SYS_pidfd_open, other(world, is_init), 0);
    struct iovec there = { (void *)0x1000, 4096 };

    if (fd < 0)
        return -errno;
    if (syscall(SYS_process_madvise, fd, &there, 1, MADV_COLD, 0) < 0)
        return errno == ENOMEM || errno == EINVAL ? 0 : -errno;
    return 0;
}

/* A limit of another, to what it is: it is the right that counts. */
static int limit(const struct world *world, long is_init)
{
    struct rlimit now;

    if (prlimit(other(world, is_init), RLIMIT_CORE, NULL, &now) < 0)
        return -errno;
    return denied(prlimit(other(world, is_init), RLIMIT_CORE, &now, NULL));
}

/* The kernel takes 32 bits of the number of a process. */
static int limit_with_upper_half(const struct world *world, long is_init)
{
    struct rlimit now;
    long pid = (1L << 40) | other(world, is_init);

    if (prlimit(other(world, is_init), RLIMIT_CORE, NULL, &now) < 0)
        return -errno;
    return denied(syscall(SYS_prlimit64, pid, RLIMIT_CORE, &now, NULL));
}

static int limit32(const struct world *world, long is_init)
{
    enum { PRLIMIT32 = 340 };
    struct rlimit now;
    long r;

    if (prlimit(other(world, is_init), RLIMIT_CORE, NULL, &now) < 0)
        return -errno;
    r = call32(PRLIMIT32, other(world, is_init), RLIMIT_CORE, low(&now, sizeof(now)), 0);
    return r < 0 ? (int)r : 0;
}

static int seal_of(const struct world *world, long is_init)
{
    struct rlimit seal = { 77, 77 };

    return denied(prlimit(other(world, is_init), RLIMIT_RTTIME, &seal, NULL));
}

static int own_seal(const struct world *world, long way)
{
    enum { SETRLIMIT32 = 75, PRLIMIT32 = 340 };
    struct rlimit seal = { 77, 77 };
    unsigned int seal32[2] = { 77, 77 };
    long r;

    (void)world;
    switch (way) {
    case 0:
        return denied(syscall(SYS_setrlimit, RLIMIT_RTTIME, &seal));
    case 1:
        return denied(syscall(SYS_prlimit64, 0, RLIMIT_RTTIME, &seal, NULL));
    case 2:
        r = call32(SETRLIMIT32, RLIMIT_RTTIME, low(seal32, sizeof(seal32)), 0, 0);
        return r < 0 ? (int)r : 0;
    case 4:
        r = call_x32(SYS_setrlimit, RLIMIT_RTTIME, (long)&seal, 0);
        return r < 0 ? (int)r : 0;
    case 3:
        r = call32(PRLIMIT32, 0, RLIMIT_RTTIME, low(&seal, sizeof(seal)), 0);
        return r < 0 ? (int)r : 0;
    default: /* what the kernel does not look at must be nothing to the filter, but for the key */
        return denied(syscall(SYS_prlimit64, 0, (1L << 32) | RLIMIT_RTTIME, &seal, NULL));
    }
}

static int priority(const struct world *world, long is_init)
{
    int now = getpriority(PRIO_PROCESS, (id_t)other(world, is_init));

    return denied(setpriority(PRIO_PROCESS, (id_t)other(world, is_init), now));
}

const struct attempt attempts_processes[] = {
    { "ptrace-attach-sibling", "Services", attach, 0 },
    { "ptrace-seize-sibling", "Services", seize, 0 },
    { "ptrace-int80-sibling", "Services", attach32, 0 },
    { "process_vm_readv-sibling", "Services", move_memory, SYS_process_vm_readv },
    { "process_vm_writev-sibling", "Services", move_memory, SYS_process_vm_writev },
    { "pidfd_getfd-sibling", "Services", steal_descriptor, 0 },
    { "kcmp-sibling", "Services", compare, 0 },
    { "process_madvise-sibling", "Services", release_memory, 0 },
    { "prlimit-sibling", "Services", limit, 0 },
    { "prlimit-upper-half-sibling", "Services", limit_with_upper_half, 0 },
    { "prlimit-int80-sibling", "Services", limit32, 0 },
    { "setpriority-sibling", "SystemCallFilter", priority, 0 },
    { "ptrace-attach-init", "Init", attach, 1 },
    { "ptrace-seize-init", "Init", seize, 1 },
    { "ptrace-int80-init", "Init", attach32, 1 },
    { "process_vm_readv-init", "Init", move_memory, -SYS_process_vm_readv },
    { "process_vm_writev-init", "Init", move_memory, -SYS_process_vm_writev },
    { "pidfd_getfd-init", "Init", steal_descriptor, 1 },
    { "kcmp-init", "Init", compare, 1 },
    { "process_madvise-init", "Init", release_memory, 1 },
    { "prlimit-init", "Init", limit, 1 },
    { "prlimit-upper-half-init", "Init", limit_with_upper_half, 1 },
    { "prlimit-int80-init", "Init", limit32, 1 },
    { "setpriority-init", "SystemCallFilter", priority, 1 },
    { "seal-of-sibling", "Seal", seal_of, 0 },
    { "seal-setrlimit", "Seal", own_seal, 0 },
    { "seal-prlimit64", "Seal", own_seal, 1 },
    { "seal-setrlimit-int80", "Seal", own_seal, 2 },
    { "seal-prlimit64-int80", "Seal", own_seal, 3 },
    { "seal-upper-half", "Seal", own_seal, 5 },
    { "seal-setrlimit-x32", "Seal", own_seal, 4 },
    { 0 },
};

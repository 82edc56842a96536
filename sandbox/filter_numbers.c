#include "sandbox/filter_numbers.h"

#include <errno.h>
#include <linux/audit.h>
#include <seccomp.h>

static const struct filter_architecture architectures[] = {
#if defined(__x86_64__)
    { .token = SCMP_ARCH_X86_64, .audit = AUDIT_ARCH_X86_64, .bit = ARCHITECTURE_X86_64 },
    { .token = SCMP_ARCH_X32,
      .audit = AUDIT_ARCH_X86_64,
      .base = 0x40000000, /* __X32_SYSCALL_BIT */
      .bit = ARCHITECTURE_X32 },
    { .token = SCMP_ARCH_X86,
      .audit = AUDIT_ARCH_I386,
      .bit = ARCHITECTURE_X86,
      .has_old_mmap = true },
#elif defined(__i386__)
    { .token = SCMP_ARCH_X86,
      .audit = AUDIT_ARCH_I386,
      .bit = ARCHITECTURE_X86,
      .has_old_mmap = true },
#elif defined(__aarch64__)
    { .token = SCMP_ARCH_AARCH64, .audit = AUDIT_ARCH_AARCH64, .bit = ARCHITECTURE_ARM64 },
    { .token = SCMP_ARCH_ARM, .audit = AUDIT_ARCH_ARM, .bit = ARCHITECTURE_ARM },
#elif defined(__arm__)
    { .token = SCMP_ARCH_ARM, .audit = AUDIT_ARCH_ARM, .bit = ARCHITECTURE_ARM },
#elif defined(__riscv) && __riscv_xlen == 64
    { .token = SCMP_ARCH_RISCV64, .audit = AUDIT_ARCH_RISCV64, .bit = ARCHITECTURE_RISCV64 },
#elif defined(__s390x__)
    { .token = SCMP_ARCH_S390X,
      .audit = AUDIT_ARCH_S390X,
      .bit = ARCHITECTURE_S390X,
      .has_swapped_clone = true },
    { .token = SCMP_ARCH_S390,
      .audit = AUDIT_ARCH_S390,
      .bit = ARCHITECTURE_S390,
      .has_old_mmap = true,
      .has_swapped_clone = true },
#else
#error "Which architectures' system calls does this machine have?"
#endif
};

/* Since 5.1 a new call has the same number everywhere. */
static const struct {
    enum call call;
    int number;
} newer[] = {
    { CALL_futex_waitv, 449 },       { CALL_set_mempolicy_home_node, 450 },
    { CALL_cachestat, 451 },         { CALL_fchmodat2, 452 },
    { CALL_map_shadow_stack, 453 },  { CALL_futex_wake, 454 },
    { CALL_futex_wait, 455 },        { CALL_futex_requeue, 456 },
    { CALL_statmount, 457 },         { CALL_listmount, 458 },
    { CALL_lsm_get_self_attr, 459 }, { CALL_lsm_set_self_attr, 460 },
    { CALL_lsm_list_modules, 461 },  { CALL_mseal, 462 },
    { CALL_setxattrat, 463 },        { CALL_getxattrat, 464 },
    { CALL_listxattrat, 465 },       { CALL_removexattrat, 466 },
    { CALL_open_tree_attr, 467 },    { CALL_file_getattr, 468 },
    { CALL_file_setattr, 469 },      { CALL_listns, 470 },
};

enum { URETPROBE = 335 }; /* of x86-64 and x32 only */

/*
 * Calls of their own that i386 and s390 got late, beside the multiplexed ones. libseccomp answers
 * with a made-up number for these.
 */
static const struct {
    enum call call;
    int index;  /* in socketcall() or ipc() */
    int number; /* 0: only there */
    bool is_ipc;
} multiplexed[] = {
    { CALL_socket, 1, 359, false },      { CALL_bind, 2, 361, false },
    { CALL_connect, 3, 362, false },     { CALL_listen, 4, 363, false },
    { CALL_accept, 5, 0, false },        { CALL_getsockname, 6, 367, false },
    { CALL_getpeername, 7, 368, false }, { CALL_socketpair, 8, 360, false },
    { CALL_send, 9, 0, false },          { CALL_recv, 10, 0, false },
    { CALL_sendto, 11, 369, false },     { CALL_recvfrom, 12, 371, false },
    { CALL_shutdown, 13, 373, false },   { CALL_setsockopt, 14, 366, false },
    { CALL_getsockopt, 15, 365, false }, { CALL_sendmsg, 16, 370, false },
    { CALL_recvmsg, 17, 372, false },    { CALL_accept4, 18, 364, false },
#if defined(__s390x__)
    { CALL_recvmmsg, 19, 357, false },   { CALL_sendmmsg, 20, 358, false },
#else
    { CALL_recvmmsg, 19, 337, false },   { CALL_sendmmsg, 20, 345, false },
#endif
    { CALL_semop, 1, 0, true },          { CALL_semget, 2, 393, true },
    { CALL_semctl, 3, 394, true },       { CALL_semtimedop, 4, 0, true },
    { CALL_msgsnd, 11, 400, true },      { CALL_msgrcv, 12, 401, true },
    { CALL_msgget, 13, 399, true },      { CALL_msgctl, 14, 402, true },
    { CALL_shmat, 21, 397, true },       { CALL_shmdt, 22, 398, true },
    { CALL_shmget, 23, 395, true },      { CALL_shmctl, 24, 396, true },
};

/* What libseccomp says for calls that an architecture has in socketcall() or ipc() only. */
enum { MADE_UP_FIRST = -224, MADE_UP_LAST = -101 };

const struct filter_architecture *filter_architectures(size_t *ret_count)
{
    *ret_count = ARRAY_SIZE(architectures);
    return architectures;
}

static int newer_number(const struct filter_architecture *architecture, enum call call)
{
    if (call == CALL_uretprobe && architecture->audit == AUDIT_ARCH_X86_64)
        return URETPROBE;
    for (size_t i = 0; i < ARRAY_SIZE(newer); i++) {
        if (newer[i].call == call)
            return newer[i].number;
    }
    return -ENOENT;
}

static int late_number(enum call call)
{
    for (size_t i = 0; i < ARRAY_SIZE(multiplexed); i++) {
        if (multiplexed[i].call == call && multiplexed[i].number != 0)
            return multiplexed[i].number;
    }
    return -ENOENT;
}

static bool has_call(const struct filter_architecture *architecture, enum call call)
{
    return seccomp_syscall_resolve_name_arch(architecture->token, call_name(call)) > 0;
}

int filter_number(const struct filter_architecture *architecture, enum call call)
{
    int number = seccomp_syscall_resolve_name_arch(architecture->token, call_name(call));

    if (number == __NR_SCMP_ERROR)
        return newer_number(architecture, call);
    if (number >= 0)
        return (int)((uint32_t)number & ~architecture->base);
    if (number >= MADE_UP_FIRST && number <= MADE_UP_LAST &&
        has_call(architecture, CALL_socketcall))
        return late_number(call);
    return -ENOENT;
}

bool filter_is_multiplexed(enum call call, struct filter_multiplexed *ret_multiplexed)
{
    for (size_t i = 0; i < ARRAY_SIZE(multiplexed); i++) {
        if (multiplexed[i].call != call)
            continue;
        ret_multiplexed->call = multiplexed[i].is_ipc ? CALL_ipc : CALL_socketcall;
        ret_multiplexed->index = (uint32_t)multiplexed[i].index;
        return true;
    }
    return false;
}

#include "sandbox/filter.h"

#include "supervisor/wire/fd.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#ifndef AF_SMC
#define AF_SMC 43
#endif
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

/* The kernel looks at the low half of an int argument only, so a comparison must do the same. */
#define LOW_32_BITS UINT64_C(0xffffffff)

#if defined(__s390__) || defined(__s390x__)
enum { CLONE_FLAGS_ARGUMENT = 1 };
#else
enum { CLONE_FLAGS_ARGUMENT = 0 };
#endif

struct filter {
    unsigned references; /* PID 1 has one thread */
    unsigned short count;
    struct sock_filter code[];
};

static const uint64_t namespace_flags[] = {
    CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
    CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET,
};

/*
 * A process may start programs of the machine's other architectures, which have their own numbers
 * for the same calls. Where they are not refused altogether they get the same rules.
 */
static const uint32_t other_architectures[] = {
#if defined(__x86_64__)
    SCMP_ARCH_X86,
    SCMP_ARCH_X32,
#elif defined(__aarch64__)
    SCMP_ARCH_ARM,
#elif defined(__s390x__)
    SCMP_ARCH_S390,
#endif
    0,
};

/* RLIMIT_RTTIME is the seal: no process of a service sets it, its own or another's. Reading is
 * free. */
static int guard_seal(scmp_filter_ctx context)
{
    int r = seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(setrlimit), 1,
                             SCMP_A0(SCMP_CMP_MASKED_EQ, LOW_32_BITS, RLIMIT_RTTIME));

    if (r < 0)
        return r;
    return seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prlimit64), 2,
                            SCMP_A1(SCMP_CMP_MASKED_EQ, LOW_32_BITS, RLIMIT_RTTIME),
                            SCMP_A2(SCMP_CMP_NE, 0, 0));
}

static int refuse_namespace_flag(scmp_filter_ctx context, uint64_t flag)
{
    int r = seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(unshare), 1,
                             SCMP_A0(SCMP_CMP_MASKED_EQ, flag, flag));

    if (r < 0 || flag == CLONE_NEWTIME)
        return r; /* for clone() this bit is part of the exit signal */
    return seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                            SCMP_CMP(CLONE_FLAGS_ARGUMENT, SCMP_CMP_MASKED_EQ, flag, flag));
}

/*
 * clone3() has its flags in memory, where a filter cannot look. It must be "not implemented": the C
 * library falls back to clone() on ENOSYS only, and redis dies of EPERM.
 */
static int refuse_namespaces(scmp_filter_ctx context)
{
    int r = seccomp_rule_add(context, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

    if (r == 0)
        r = seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(setns), 0);
    if (r == 0)
        r = refuse_namespace_flag(context, CLONE_NEWTIME);
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(namespace_flags); i++)
        r = refuse_namespace_flag(context, namespace_flags[i]);
    return r;
}

/* As systemd: only the personality that we have may be "set". */
static int lock_personality(scmp_filter_ctx context)
{
    int current = personality(0xffffffff);

    if (current < 0)
        current = 0; /* an engine's filter hides it: then it is the default one */
    return seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(personality), 1,
                            SCMP_A0(SCMP_CMP_NE, (scmp_datum_t)current, 0));
}

/*
 * Landlock's port rules hold for TCP sockets: MPTCP and SMC sockets reach the same ports past them,
 * and io_uring opens sockets past this filter. The errors are those of a kernel without these
 * features, so that programs fall back to TCP. (i386's old socketcall() hides the protocol in
 * memory and is refused whole, which is why both rules must have the same errno.)
 */
static int refuse_tcp_lookalikes(scmp_filter_ctx context)
{
    int r = seccomp_rule_add(context, SCMP_ACT_ERRNO(EPROTONOSUPPORT), SCMP_SYS(socket), 1,
                             SCMP_A2(SCMP_CMP_MASKED_EQ, LOW_32_BITS, IPPROTO_MPTCP));

    if (r == 0)
        r = seccomp_rule_add(context, SCMP_ACT_ERRNO(EPROTONOSUPPORT), SCMP_SYS(socket), 1,
                             SCMP_A0(SCMP_CMP_MASKED_EQ, LOW_32_BITS, AF_SMC));
    if (r == 0)
        r = seccomp_rule_add(context, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(io_uring_setup), 0);
    return r;
}

static int add_other_architectures(scmp_filter_ctx context)
{
    for (size_t i = 0; other_architectures[i] != 0; i++) {
        int r = seccomp_arch_add(context, other_architectures[i]);

        if (r < 0 && r != -EEXIST)
            return r;
    }
    return 0;
}

static int add_rules(scmp_filter_ctx context, unsigned flags)
{
    int r = 0;

    if (!(flags & FILTER_NATIVE))
        r = add_other_architectures(context);
    if (r == 0)
        r = guard_seal(context);
    if (r == 0 && (flags & FILTER_NAMESPACES))
        r = refuse_namespaces(context);
    if (r == 0 && (flags & FILTER_PERSONALITY))
        r = lock_personality(context);
    if (r == 0 && (flags & FILTER_TCP_ONLY))
        r = refuse_tcp_lookalikes(context);
    return r;
}

static int filter_from_file(int fd, struct filter **ret_filter)
{
    cleanup_free struct filter *filter = NULL;
    struct stat status;
    size_t size;

    if (fstat(fd, &status) < 0)
        return -errno;
    size = (size_t)status.st_size;
    if (size == 0 || size % sizeof(struct sock_filter) != 0 ||
        size > BPF_MAXINSNS * sizeof(struct sock_filter))
        return -EBADMSG;
    filter = malloc(sizeof(*filter) + size);
    if (!filter)
        return -ENOMEM;
    if (pread(fd, filter->code, size, 0) != (ssize_t)size)
        return -EIO;
    filter->references = 1;
    filter->count = (unsigned short)(size / sizeof(struct sock_filter));
    *ret_filter = take_pointer(&filter);
    return 0;
}

int filter_new(unsigned flags, struct filter **ret_filter)
{
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);
    cleanup_fd int fd = -1;
    int r;

    if (!context)
        return -ENOMEM;
    /* A foreign call number means nothing to these rules, so there is no errno that would be right.
     */
    r = seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (r == 0)
        r = add_rules(context, flags);
    if (r == 0) {
        fd = memfd_create("reeve-filter", MFD_CLOEXEC);
        r = fd < 0 ? -errno : seccomp_export_bpf(context, fd);
    }
    seccomp_release(context);
    return r < 0 ? r : filter_from_file(fd, ret_filter);
}

struct filter *filter_ref(struct filter *filter)
{
    filter->references++;
    return filter;
}

struct filter *filter_unref(struct filter *filter)
{
    if (filter && --filter->references == 0)
        free(filter);
    return NULL;
}

int filter_install(const struct filter *filter)
{
    struct sock_fprog program = {
        .len = filter->count,
        .filter = (struct sock_filter *)filter->code,
    };

    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0 ? -errno : 0;
}

const void *filter_code(const struct filter *filter, size_t *ret_count)
{
    *ret_count = filter->count;
    return filter->code;
}

/* Becoming somebody, gaining a right, taking a wall away that one has around oneself. */

#include "tests/escape/escape.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self  446
#endif

enum { SOMEBODY = 1234, LAST_CAPABILITY = 40 };

static int become(const struct world *world, long way)
{
    gid_t group = SOMEBODY;

    (void)world;
    switch (way) {
    case 0:
        return denied(syscall(SYS_setresuid, SOMEBODY, SOMEBODY, SOMEBODY));
    case 1:
        return denied(syscall(SYS_setresgid, SOMEBODY, SOMEBODY, SOMEBODY));
    case 2:
        return denied(syscall(SYS_setgroups, 1, &group));
    case 3:
        return denied(syscall(SYS_setresuid, 0, 0, 0)) || geteuid() != 0 ? -EPERM : 0;
    default: {
        enum { SETRESUID32 = 208 };
        long r = call32(SETRESUID32, SOMEBODY, SOMEBODY, SOMEBODY, 0);

        return r < 0 ? (int)r : 0;
    }
    }
}

static int raise_capability(const struct world *world, long capability)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2] = { 0 };

    (void)world;
    if (syscall(SYS_capget, &header, data) < 0)
        return -errno;
    data[capability / 32].effective |= 1U << capability % 32;
    data[capability / 32].permitted |= 1U << capability % 32;
    return denied(syscall(SYS_capset, &header, data));
}

static int raise_ambient(const struct world *world, long capability)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2] = { 0 };

    (void)world;
    if (syscall(SYS_capget, &header, data) == 0) {
        data[0].inheritable |= 1U << capability;
        (void)!syscall(SYS_capset, &header, data);
    }
    return denied(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0));
}

static int set_secure_bits(const struct world *world, long bits)
{
    (void)world;
    return denied(prctl(PR_SET_SECUREBITS, bits, 0, 0, 0));
}

static int give_away(const struct world *world, long argument)
{
    const char *path = in_work(world, "open/given");
    int fd = open(path, O_WRONLY | O_CREAT, 0600), r;

    (void)argument;
    if (fd < 0)
        return -errno;
    r = denied(fchown(fd, SOMEBODY, SOMEBODY));
    unlink(path);
    return r;
}

static int be_more_important(const struct world *world, long argument)
{
    (void)world;
    (void)argument;
    return denied(setpriority(PRIO_PROCESS, 0, -5));
}

static int raise_limit(const struct world *world, long resource)
{
    struct rlimit limit;

    (void)world;
    if (getrlimit((__rlimit_resource_t)resource, &limit) < 0)
        return -errno;
    if (limit.rlim_max == RLIM_INFINITY)
        return -NOT_HERE;
    limit.rlim_max++;
    return denied(setrlimit((__rlimit_resource_t)resource, &limit));
}

static int file_capability(const struct world *world, long argument)
{
    const char *path = in_work(world, "open/given");
    struct {
        uint32_t magic, permitted, inheritable, permitted2, inheritable2;
    } capability = { 0x02000001, 1U << CAP_NET_RAW, 0, 0, 0 };
    int fd = open(path, O_WRONLY | O_CREAT, 0700), r;

    (void)argument;
    if (fd < 0)
        return -errno;
    r = denied(
        syscall(SYS_fsetxattr, fd, "security.capability", &capability, sizeof(capability), 0));
    unlink(path);
    return r;
}

/* A program of root's with the set-user-id bit, which /usr/bin/su and the like are. */
static int run_set_id(const struct world *world, long by_descriptor)
{
    char path[2 * WORLD_PATH], *slash, again[64];
    char *argv[] = { path, "am-i-root", NULL };

    strncpy(path, world->program, WORLD_PATH);
    slash = strrchr(path, '/');
    strcpy(slash + 1, "escape-set-id");
    if (access(path, X_OK) < 0 || getuid() == 0)
        return -NOT_HERE;
    if (by_descriptor) {
        if (dup2(open(path, O_PATH), 9) < 0)
            return -errno;
        strcpy(again, "/proc/self/fd/9");
        argv[0] = again;
    }
    return run_program(argv);
}

static int new_privileges(const struct world *world, long argument)
{
    (void)argument;
    if (world->is_control)
        return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) ? -EPERM : 0;
    (void)!prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0);
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) ? -EPERM : 0;
}

/* --- walls of our own on top --- */

static int filter_over_filter(const struct world *world, long argument)
{
    struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = { 1, &allow };

    (void)world;
    (void)argument;
    (void)!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
    if (syscall(SYS_swapon, -1L, -1L) < 0 && (errno == EPERM || errno == ENOSYS)) {
        /* Who has not the right is not told more: then a call that anyone may make. */
        if (syscall(SYS_keyctl, -1L) < 0 && (errno == EPERM || errno == ENOSYS))
            return -EPERM;
    }
    return 0;
}

static int domain_over_domain(const struct world *world, long argument)
{
    struct {
        uint64_t files, net, scoped;
    } nothing = { .files = 1 << 6 /* making character devices */ };
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &nothing, 8, 0);

    (void)argument;
    if (ruleset >= 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
        (void)!syscall(SYS_landlock_restrict_self, ruleset, 0);
    return write_to(in_work(world, "protected/file"), O_WRONLY);
}

#define RIGHTS "CapabilityBoundingSet"
const struct attempt attempts_identity[] = {
    { "setresuid", RIGHTS " PrivateUsers User", become, 0 },
    { "setresgid", RIGHTS " PrivateUsers User", become, 1 },
    { "setgroups", RIGHTS, become, 2 },
    { "setresuid-int80", RIGHTS, become, 4 },
    { "capset-sys_admin", RIGHTS " AmbientCapabilities", raise_capability, CAP_SYS_ADMIN },
    { "capset-chown", RIGHTS " AmbientCapabilities", raise_capability, CAP_CHOWN },
    { "capset-sys_ptrace", RIGHTS, raise_capability, CAP_SYS_PTRACE },
    { "ambient-chown", RIGHTS " AmbientCapabilities", raise_ambient, CAP_CHOWN },
    { "ambient-net_bind", RIGHTS, raise_ambient, CAP_NET_BIND_SERVICE },
    { "secure-bits", RIGHTS " SecureBits", set_secure_bits, SECBIT_KEEP_CAPS },
    { "chown-to-another", RIGHTS " PrivateUsers AmbientCapabilities", give_away },
    { "file-capability", RIGHTS, file_capability },
    { "nice", RIGHTS, be_more_important },
    { "raise-limit-files", RIGHTS " Limits", raise_limit, RLIMIT_NOFILE },
    { "raise-limit-rtprio", RIGHTS, raise_limit, RLIMIT_RTPRIO },
    { "run-set-user-id", "NoNewPrivileges", run_set_id, 0 },
    { "run-set-user-id-descriptor", "NoNewPrivileges", run_set_id, 1 },
    { "no_new_privs-off", "NoNewPrivileges", new_privileges },
    { "filter-over-filter", "SystemCallFilter", filter_over_filter },
    { "domain-over-domain", "ProtectSystem ReadOnlyPaths", domain_over_domain },
    { 0 },
};

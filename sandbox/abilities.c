#include "sandbox/abilities.h"

#include "sandbox/capabilities.h"
#include "sandbox/filter.h"
#include "sandbox/landlock.h"
#include "sandbox/memory.h"
#include "sandbox/mounts.h"
#include "sandbox/seal.h"

#include <errno.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SOMEBODY = 1001, /* any uid and gid but root's */
    ERRNO_MAX = 255, /* what fits an exit status; every errno does */
};

/* What a child ends with: the errno. */
static int status_of(int result)
{
    return -result >= 0 && -result <= ERRNO_MAX ? -result : EINVAL;
}

static int await(pid_t pid, int *ret_errno)
{
    int status;

    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return -errno;
    }
    /* Killed: by an engine's filter, the only one that would. */
    *ret_errno = WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
    return 0;
}

/* Runs in a child of its own; returns 0 or a negative errno. */
typedef int attempt(void);

static int try_seccomp(void)
{
    struct filter *filter = NULL;
    int r = filter_new(&(struct filter_request){ 0 }, &filter);

    if (r == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        r = -errno;
    if (r == 0)
        r = filter_install(filter);
    filter_unref(filter);
    return r;
}

/* One of each kind that plans are made of. */
static int try_mounts(enum mount_rung rung)
{
    static const char options[] = "mode\0"
                                  "0755\0";
    static const struct mount_entry entries[] = {
        { .path = "/", .kind = MOUNT_SELF, .flags = MOUNT_READ_ONLY },
        { .path = "/dev", .kind = MOUNT_DEVICES, .flags = MOUNT_READ_ONLY },
        { .path = "/proc", .kind = MOUNT_SELF },
        { .path = "/proc/cmdline", .kind = MOUNT_HIDDEN, .flags = MOUNT_OPTIONAL },
        { .path = "/sys", .kind = MOUNT_HIDDEN, .flags = MOUNT_OPTIONAL },
        { .path = "/tmp", .kind = MOUNT_TMPFS, .source = options, .flags = MOUNT_MAKE },
        { .path = "/tmp/usr",
          .source = "/usr",
          .kind = MOUNT_BIND,
          .flags = MOUNT_MAKE | MOUNT_COVERED },
    };
    struct mount_plan plan = { .entries = entries, .count = ARRAY_SIZE(entries), .rung = rung };
    struct made_namespaces none = MADE_NAMESPACES_NONE;
    int step;

    userns_maps_init(&plan.maps, geteuid(), getegid());
    return mounts_enter(&plan, NULL, &none, &step);
}

static int try_mount_namespace(void)
{
    return try_mounts(MOUNT_RUNG_NAMESPACE);
}

static int become_somebody(void)
{
    return geteuid() == 0 && (syscall(SYS_setresgid, SOMEBODY, SOMEBODY, SOMEBODY) < 0 ||
                              syscall(SYS_setresuid, SOMEBODY, SOMEBODY, SOMEBODY) < 0)
               ? -errno
               : 0;
}

/* As mounts_enter() would, by our own right or by that in a user namespace. */
static int try_namespace(int flag)
{
    int r;

    if (unshare(flag) == 0)
        return 0;
    r = become_somebody();
    return r == 0 && unshare(CLONE_NEWUSER | flag) < 0 ? -errno : r;
}

static int try_network_namespace(void)
{
    return try_namespace(CLONE_NEWNET);
}

static int try_small_namespaces(void)
{
    return try_namespace(CLONE_NEWIPC | CLONE_NEWUTS);
}

/* Root, who has CAP_SETUID and not CAP_SYS_ADMIN, tries as somebody: it is for services that he
 * makes somebody else. */
static int try_user_namespace(void)
{
    int r = become_somebody();

    return r < 0 ? r : try_mounts(MOUNT_RUNG_USER);
}

/* With a /proc of its own. */
static int try_proc(enum mount_rung rung, bool has_pids)
{
    static const char options[] = "hidepid\0"
                                  "invisible\0"
                                  "subset\0"
                                  "pid\0";
    static const struct mount_entry entry = { .path = "/proc",
                                              .source = options,
                                              .kind = MOUNT_PROC };
    struct mount_plan plan = { .entries = &entry, .count = 1, .rung = rung, .has_pids = has_pids };
    struct made_namespaces none = MADE_NAMESPACES_NONE;
    int step, error;
    pid_t pid;

    if (!has_pids)
        return mounts_enter(&plan, NULL, &none, &step);
    userns_maps_init(&plan.maps, geteuid(), getegid());
    pid = mounts_fork(&plan);
    if (pid == 0)
        _exit(status_of(mounts_enter(&plan, NULL, &none, &step)));
    if (pid > 0)
        pid = await(pid, &error);
    return pid < 0 ? pid : -error;
}

static int try_fresh_proc(void)
{
    return try_proc(MOUNT_RUNG_NAMESPACE, false);
}

static int try_private_pids(void)
{
    return try_proc(MOUNT_RUNG_NAMESPACE, true);
}

static int try_private_pids_of_somebody(void)
{
    int r = become_somebody();

    return r < 0 ? r : try_proc(MOUNT_RUNG_USER, true);
}

static int try_seal(void)
{
    uint64_t seal = seal_make(0, 1), value = 0;
    int r = seal_apply(seal, 0);

    if (r == 0)
        r = seal_read(getpid(), &value);
    return r == 0 && value != seal ? -EBADMSG : r;
}

static int try_seal_guard(void)
{
    uint64_t key, seal = seal_make(0, 1), value = 0;
    int r = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : seal_guard(&key);

    if (r == 0)
        r = seal_apply(seal, key);
    if (r == 0)
        r = seal_read(getpid(), &value);
    if (r == 0 && (value != seal || seal_apply(seal, 0) != -EPERM))
        r = -EBADMSG;
    return r;
}

static int try_landlock(void)
{
    struct landlock_plan plan = { .abi = landlock_abi(), .holds_files = true };
    int mark;

    if (plan.abi < 0)
        return plan.abi;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -errno;
    return landlock_enter(&plan, &mark);
}

/* 0 with the attempt's errno (0: it works), or a negative errno when there was no attempt. */
static int run(attempt *attempt_something, int *ret_errno)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(status_of(attempt_something()));
    return pid < 0 ? -errno : await(pid, ret_errno);
}

/* To try would be to be PID 1: it moves itself, and only where nobody else is. What is to be seen
 * is whether there is anything to try. */
static void look_at_cgroups(struct sandbox_abilities *abilities)
{
    static const char *const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
    struct statfs status = { 0 };
    bool is_there = false;

    for (size_t i = 0; i < ARRAY_SIZE(mounts) && !is_there; i++)
        is_there = statfs(mounts[i], &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC;
    abilities->is_cgroup_unknown = is_there && !(status.f_flags & ST_RDONLY);
    abilities->cgroup_reason =
        !is_there ? "there is no tree of cgroup v2 here"
        : abilities->is_cgroup_unknown
            ? "whether it may make cgroups is only found out by reeve itself, where it runs"
            : "the cgroup tree is mounted read-only here";
}

int sandbox_abilities_probe(struct sandbox_abilities *ret_abilities)
{
    struct sandbox_abilities found = { 0 };
    int seccomp_errno = 0, seal_errno = 0, guard_errno = 0, memory_errno = 0, proc_errno = 0;
    int network_errno = 0, small_errno = 0, pids_errno = 0, r;

    r = run(try_seccomp, &seccomp_errno);
    if (r == 0)
        r = run(try_mount_namespace, &found.mount_errno);
    if (r == 0)
        r = run(try_user_namespace, &found.user_errno);
    if (r == 0)
        r = run(try_network_namespace, &network_errno);
    if (r == 0)
        r = run(try_small_namespaces, &small_errno);
    if (r == 0)
        r = run(try_fresh_proc, &proc_errno);
    if (r == 0) /* by the right that mounts are made with: plan_mounts.c */
        r = run(found.mount_errno ? try_private_pids_of_somebody : try_private_pids, &pids_errno);
    if (r == 0)
        r = run(try_seal, &seal_errno);
    if (r == 0)
        r = run(try_seal_guard, &guard_errno);
    if (r == 0)
        r = run(try_landlock, &found.landlock_errno);
    if (r == 0)
        r = run(memory_deny_write_execute, &memory_errno);
    if (r < 0)
        return r;
    found.memory_deny = memory_errno == 0;
    found.seccomp = seccomp_errno == 0;
    found.mount_namespace = found.mount_errno == 0;
    found.user_namespace = found.user_errno == 0;
    found.network_namespace = network_errno == 0;
    found.small_namespaces = small_errno == 0;
    found.fresh_proc = proc_errno == 0;
    found.private_pids = pids_errno == 0;
    found.seal = seal_errno == 0;
    found.seal_guard = guard_errno == 0;
    found.identity = capabilities_may_become();
    found.landlock_abi = found.landlock_errno == 0 ? landlock_abi() : 0;
    look_at_cgroups(&found);
    *ret_abilities = found;
    return 0;
}

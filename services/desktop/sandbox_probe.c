#include "services/desktop/sandbox_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const step_names[PROBE_STEP_COUNT] = {
    [PROBE_CLONE] = "clone(NEWUSER|NEWPID|NEWNET)",
    [PROBE_SETGROUPS] = "write /proc/self/setgroups",
    [PROBE_UID_MAP] = "write /proc/self/uid_map",
    [PROBE_GID_MAP] = "write /proc/self/gid_map",
    [PROBE_NESTED] = "unshare(NEWUSER) inside",
    [PROBE_SECCOMP] = "seccomp",
    [PROBE_CHROOT] = "chroot",
    [PROBE_NEWPID] = "clone(NEWPID) inside",
    [PROBE_DONE] = "done",
};

/* Shared with the child, which notes each step before it tries it: a filter that kills leaves the
 * trace. */
struct progress {
    volatile int step;
    volatile int error;
};

/* clone(2) used as fork(2), with namespaces; glibc's wrapper wants a stack, which a copy of us does
 * not. */
static pid_t fork_into(unsigned long namespaces)
{
    return (pid_t)syscall(SYS_clone, namespaces | SIGCHLD, NULL, NULL, NULL, NULL);
}

static int write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return -1;
    ssize_t written = write(fd, text, strlen(text));
    int saved = errno;

    (void)close(fd);
    errno = saved;
    return written < 0 ? -1 : 0;
}

/* The same id inside as outside, as Chromium maps it. Only "deny" makes an unprivileged gid map
 * legal. */
static int map_ids(struct progress *progress, uid_t uid, gid_t gid)
{
    char map[64];

    progress->step = PROBE_SETGROUPS;
    if (write_file("/proc/self/setgroups", "deny") < 0 && errno != ENOENT)
        return -1;
    progress->step = PROBE_UID_MAP;
    (void)snprintf(map, sizeof(map), "%u %u 1\n", uid, uid);
    if (write_file("/proc/self/uid_map", map) < 0)
        return -1;
    progress->step = PROBE_GID_MAP;
    (void)snprintf(map, sizeof(map), "%u %u 1\n", gid, gid);
    return write_file("/proc/self/gid_map", map);
}

static int install_empty_filter(void)
{
    struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = { .len = 1, .filter = &allow };

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

static int fork_renderer(void)
{
    pid_t pid = fork_into(CLONE_NEWPID);

    if (pid == 0)
        _exit(0);
    if (pid < 0)
        return -1;
    (void)waitpid(pid, NULL, 0);
    return 0;
}

/* The life of the child, in Chromium's order; returns -1 with errno at the first refusal. */
static int walk_steps(struct progress *progress, uid_t uid, gid_t gid)
{
    if (map_ids(progress, uid, gid) < 0)
        return -1;
    progress->step = PROBE_NESTED;
    if (unshare(CLONE_NEWUSER) < 0 || map_ids(progress, uid, gid) < 0)
        return -1;
    progress->step = PROBE_SECCOMP;
    if (install_empty_filter() < 0)
        return -1;
    progress->step = PROBE_CHROOT;
    if (chroot("/proc/self/fdinfo/") < 0 || chdir("/") < 0)
        return -1;
    progress->step = PROBE_NEWPID;
    if (fork_renderer() < 0)
        return -1;
    progress->step = PROBE_DONE;
    return 0;
}

static struct probe_verdict run_child(struct progress *progress)
{
    struct probe_verdict verdict = { .step = PROBE_CLONE };
    uid_t uid = geteuid();
    gid_t gid = getegid();
    int status = 0;
    pid_t pid = fork_into(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET);

    if (pid < 0) {
        verdict.error = errno;
        return verdict;
    }
    if (pid == 0) {
        /* A process that may not be dumped does not own its /proc/self/uid_map. */
        (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
        if (walk_steps(progress, uid, gid) < 0)
            progress->error = errno;
        _exit(0);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    verdict.step = (enum probe_step)progress->step;
    verdict.error = progress->error;
    verdict.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return verdict;
}

/* All of it happens in a child of ours, so that a filter that kills on clone(2) itself does not
 * kill us. */
static struct probe_verdict run_guarded(struct progress *progress, struct probe_verdict *shared)
{
    int status = 0;
    pid_t pid = fork();

    if (pid < 0)
        return (struct probe_verdict){ .step = PROBE_CLONE, .error = errno };
    if (pid == 0) {
        *shared = run_child(progress);
        _exit(0);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFSIGNALED(status))
        return (struct probe_verdict){ .step = PROBE_CLONE, .signal = WTERMSIG(status) };
    return *shared;
}

int sandbox_probe(struct probe_verdict *ret_verdict)
{
    struct page {
        struct progress progress;
        struct probe_verdict verdict;
    } *page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED)
        return -errno;
    *ret_verdict = run_guarded(&page->progress, &page->verdict);
    (void)munmap(page, sizeof(*page));
    return 0;
}

const char *probe_step_name(enum probe_step step)
{
    return (unsigned)step < PROBE_STEP_COUNT ? step_names[step] : "?";
}

void probe_verdict_describe(const struct probe_verdict *verdict, char *text, size_t size)
{
    const char *call = probe_step_name(verdict->step);

    if (verdict->signal != 0) {
        (void)snprintf(text, size, "%s: killed by SIG%s", call, sigabbrev_np(verdict->signal));
        return;
    }
    const char *name = strerrorname_np(verdict->error);

    (void)snprintf(text, size, "%s: %s, %s", call, name != NULL ? name : "?",
                   strerror(verdict->error));
}

const char *probe_verdict_remedy(const struct probe_verdict *verdict)
{
    switch (verdict->step) {
    case PROBE_CLONE:
    case PROBE_NESTED:
    case PROBE_NEWPID:
        if (verdict->error == ENOSPC)
            return "raise the host's user.max_user_namespaces (and max_pid_, max_net_namespaces)";
        return "podman/docker run --security-opt seccomp=PROFILE with a profile that allows clone, "
               "clone3, unshare and chroot (Kubernetes: seccompProfile type Localhost)";
    case PROBE_SETGROUPS:
    case PROBE_UID_MAP:
    case PROBE_GID_MAP:
        return "let the unit write below /proc (its sandbox must not make /proc read-only)";
    case PROBE_SECCOMP:
        return "let the unit's system call filter allow seccomp";
    case PROBE_CHROOT:
        return "podman/docker run --cap-add SYS_CHROOT (the engine's seccomp profile allows chroot "
               "only "
               "with it)";
    case PROBE_DONE:
    case PROBE_STEP_COUNT:
        break;
    }
    return "none is needed";
}

#include "sandbox/abilities.h"

#include "sandbox/capabilities.h"
#include "sandbox/filter.h"
#include "sandbox/landlock.h"
#include "sandbox/memory.h"
#include "sandbox/seal.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum {
    ID_MAP_SIZE = 64,
    ERRNO_MAX = 255, /* what fits an exit status; every errno does */
};

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

static int try_mount_namespace(void)
{
    return unshare(CLONE_NEWNS) < 0 ? -errno : 0;
}

static int write_file(const char *path, const char *text)
{
    cleanup_fd int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        return -errno;
    return 0;
}

static int write_id_map(const char *path, unsigned id)
{
    char line[ID_MAP_SIZE];

    snprintf(line, sizeof(line), "%u %u 1\n", id, id);
    return write_file(path, line);
}

static int try_user_namespace(void)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();
    int r;

    /* PID 1 is not dumpable and we are its copy: without this the files below belong to root. */
    (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
        return -errno;
    r = write_file("/proc/self/setgroups", "deny");
    if (r == 0)
        r = write_id_map("/proc/self/uid_map", uid);
    if (r == 0)
        r = write_id_map("/proc/self/gid_map", gid);
    if (r == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        r = -errno;
    if (r == 0 && mount("tmpfs", "/", "tmpfs", MS_NOSUID | MS_NODEV, NULL) < 0)
        r = -errno;
    return r;
}

static int try_seal(void)
{
    uint64_t seal = seal_make(0, 1), value = 0;
    int r = seal_apply(seal);

    if (r == 0)
        r = seal_read(getpid(), &value);
    return r == 0 && value != seal ? -EBADMSG : r;
}

static int try_landlock(void)
{
    struct landlock_plan plan = { .abi = landlock_abi(), .holds_files = true };

    if (plan.abi < 0)
        return plan.abi;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -errno;
    return landlock_enter(&plan);
}

/* 0 with the attempt's errno (0: it works), or a negative errno when there was no attempt. */
static int run(attempt *attempt_something, int *ret_errno)
{
    int status, r;
    pid_t pid = fork();

    if (pid < 0)
        return -errno;
    if (pid == 0) {
        r = -attempt_something();
        _exit(r >= 0 && r <= ERRNO_MAX ? r : EINVAL);
    }
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return -errno;
    }
    /* Killed: by an engine's filter, the only one that would. */
    *ret_errno = WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
    return 0;
}

int sandbox_abilities_probe(struct sandbox_abilities *ret_abilities)
{
    struct sandbox_abilities found = { 0 };
    int seccomp_errno = 0, seal_errno = 0, memory_errno = 0, r;

    r = run(try_seccomp, &seccomp_errno);
    if (r == 0)
        r = run(try_mount_namespace, &found.mount_errno);
    if (r == 0)
        r = run(try_user_namespace, &found.user_errno);
    if (r == 0)
        r = run(try_seal, &seal_errno);
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
    found.seal = seal_errno == 0;
    found.identity = capabilities_may_become();
    found.landlock_abi = found.landlock_errno == 0 ? landlock_abi() : 0;
    *ret_abilities = found;
    return 0;
}

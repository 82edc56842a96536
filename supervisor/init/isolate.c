#include "supervisor/init/isolate_private.h"

#include "sandbox/clone.h"
#include "supervisor/unit/exit_status.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum { MAP_SIZE = 64 };

/* What the child says when it stands, or why it does not. Smaller than PIPE_BUF, so it comes in one
 * piece. */
struct report {
    int error;
    struct isolate_failure failure;
};

int isolate_fail(struct isolate_failure *failure, const struct isolate_reason *reason,
                 const char *format, ...)
{
    va_list arguments;
    int used;

    failure->exit_status = reason->exit_status;
    va_start(arguments, format);
    used = vsnprintf(failure->text, sizeof(failure->text), format, arguments);
    va_end(arguments);
    if (used < 0 || (size_t)used >= sizeof(failure->text))
        return reason->error;
    snprintf(failure->text + used, sizeof(failure->text) - (size_t)used, ": %s%s%s",
             strerror(-reason->error), reason->advice ? "; " : "",
             reason->advice ? reason->advice : "");
    return reason->error;
}

static bool file_says(const char *path, char expected)
{
    cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
    char first;

    return fd >= 0 && read(fd, &first, 1) == 1 && first == expected;
}

/* The marks that engines leave: podman, docker, and systemd's convention for all of them. */
static bool is_in_container(void)
{
    return access("/run/.containerenv", F_OK) == 0 || access("/.dockerenv", F_OK) == 0 ||
           getenv("container") != NULL;
}

const char *isolate_advice(int error)
{
    if (is_in_container())
        return "run without --isolate: the container already isolates";
    if (geteuid() == 0)
        return "run without --isolate, or with CAP_SYS_ADMIN";
    if (error == -ENOSPC)
        return "raise the sysctl user.max_user_namespaces, or run as root";
    if (file_says("/proc/sys/kernel/unprivileged_userns_clone", '0'))
        return "set the sysctl kernel.unprivileged_userns_clone=1, or run as root";
    if (file_says("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", '1'))
        return "set the sysctl kernel.apparmor_restrict_unprivileged_userns=0, or run as root";
    return "user namespaces are not allowed here (inside a chroot they never are): run as root, or "
           "without --isolate";
}

static int write_file(const char *path, const char *text)
{
    cleanup_fd int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        return -errno;
    return 0;
}

static int write_map(const char *path, unsigned inside, unsigned outside)
{
    char line[MAP_SIZE];

    snprintf(line, sizeof(line), "%u %u 1\n", inside, outside);
    return write_file(path, line);
}

struct identity {
    bool is_root;
    uid_t uid, outer_uid;
    gid_t gid, outer_gid;
};

/* A process may map its own id, and its group only after it gave up setgroups():
 * user_namespaces(7). */
static int write_maps(const struct identity *identity, struct isolate_failure *failure)
{
    int r = write_file("/proc/self/setgroups", "deny");

    if (r == 0)
        r = write_map("/proc/self/uid_map", identity->uid, identity->outer_uid);
    if (r == 0)
        r = write_map("/proc/self/gid_map", identity->gid, identity->outer_gid);
    if (r == 0)
        return 0;
    return isolate_fail(
        failure, &(struct isolate_reason){ r, EXIT_STATUS_NAMESPACE, isolate_advice(r) },
        "cannot map uid %u to %u in a user namespace", identity->outer_uid, identity->uid);
}

/* Returns in the child when it stands; a child that does not, or whose parent is gone, ends here.
 */
static void stand_up(const struct identity *identity, int reports)
{
    struct report report = { 0 };

    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
        report.error = isolate_fail(&report.failure,
                                    &(struct isolate_reason){ -errno, EXIT_STATUS_NAMESPACE, NULL },
                                    "cannot tie the pod to its parent");
    else if (!identity->is_root)
        report.error = write_maps(identity, &report.failure);
    /* A parent that died before the signal was set cannot read any more: EPIPE or SIGPIPE. */
    if (write(reports, &report, sizeof(report)) != sizeof(report) || report.error < 0)
        _exit(EXIT_STATUS_NAMESPACE);
}

static int await_report(pid_t pid, int reports, struct isolate_failure *failure)
{
    struct report report;
    ssize_t length;

    do {
        length = read(reports, &report, sizeof(report));
    } while (length < 0 && errno == EINTR);
    if (length == sizeof(report) && report.error == 0)
        return 0;
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    if (length == sizeof(report)) {
        *failure = report.failure;
        return report.error;
    }
    return isolate_fail(failure, &(struct isolate_reason){ -ECHILD, EXIT_STATUS_NAMESPACE, NULL },
                        "the first process of the pod died at once");
}

pid_t isolate_fork(uid_t uid, gid_t gid, struct isolate_failure *failure)
{
    struct identity identity = {
        .is_root = geteuid() == 0,
        .uid = uid,
        .gid = gid,
        .outer_uid = geteuid(),
        .outer_gid = getegid(),
    };
    unsigned long flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
                          (identity.is_root ? 0 : CLONE_NEWUSER);
    int ends[2], r;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return isolate_fail(failure,
                            &(struct isolate_reason){ -errno, EXIT_STATUS_NAMESPACE, NULL },
                            "cannot make a pipe");
    pid = clone_self(flags);
    r = -errno;
    if (pid == 0) {
        fd_close(ends[0]);
        stand_up(&identity, ends[1]);
        fd_close(ends[1]);
        return 0;
    }
    fd_close(ends[1]);
    if (pid < 0)
        r = isolate_fail(failure,
                         &(struct isolate_reason){ r, EXIT_STATUS_NAMESPACE, isolate_advice(r) },
                         "cannot make namespaces of our own");
    else
        r = await_report(pid, ends[0], failure);
    fd_close(ends[0]);
    return r < 0 ? r : pid;
}

#include "supervisor/init/main_process.h"

#include "supervisor/init/find_main.h"
#include "supervisor/init/track.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* /proc/PID/stat, counted from the state, which is the third field (proc(5)). */
enum { STAT_STATE = 3, STAT_EXIT_CODE = 52 };

enum { PID_BITS = 32 }; /* of what epoll gives back; above them is the pidfd */

/*
 * The text of /proc/PID/stat behind the name of the program, which may contain anything; NULL when
 * there is no such process.
 */
static const char *read_stat(pid_t pid, char *buffer, size_t size)
{
    char path[32];
    cleanup_fd int fd = -1;
    const char *name_end;
    ssize_t length;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    length = fd < 0 ? -1 : read(fd, buffer, size - 1);
    if (length <= 0)
        return NULL;
    buffer[length] = '\0';
    name_end = strrchr(buffer, ')');
    return name_end && name_end[1] == ' ' ? name_end + 2 : NULL;
}

static bool is_alive(pid_t pid)
{
    char buffer[1024];
    const char *stat = read_stat(pid, buffer, sizeof(buffer));

    return stat && *stat != 'Z' && *stat != 'X';
}

const char *main_process_objection(struct pod *pod, unit_id id, pid_t pid)
{
    if (pid == getpid() || pid == 1)
        return "its new main process would be reeve itself";
    if (pid == pod->engine.units[id].control_pid)
        return "its new main process would be its control process";
    if (!is_alive(pid))
        return "its new main process does not exist";
    if (track_owner(pod, pid) != id)
        return "its new main process does not belong to the unit";
    return NULL;
}

/* --- watching --- */

int main_process_open(struct pod *pod)
{
    pod->pidfd_poll = epoll_create1(EPOLL_CLOEXEC);
    return pod->pidfd_poll < 0 ? -errno : 0;
}

void main_process_forget(const struct pod *pod, struct member *member)
{
    if (member->main_pidfd < 0)
        return;
    (void)epoll_ctl(pod->pidfd_poll, EPOLL_CTL_DEL, member->main_pidfd, NULL);
    member->main_pidfd = fd_close(member->main_pidfd);
}

/* One that the unit has given up alive: nobody will tell its end, and its number may come again. */
static void forget_former(struct pod *pod, unit_id id)
{
    const struct unit *unit = &pod->engine.units[id];
    pid_t former = pod->members[id].watched_pid;

    if (pod->members[id].main_pidfd >= 0 && former != unit->main_pid &&
        former != unit->control_pid && pid_table_find(&pod->pids, former) == id)
        pid_table_remove(&pod->pids, former);
}

void main_process_reaped(struct pod *pod, unit_id id)
{
    forget_former(pod, id);
    main_process_forget(pod, &pod->members[id]);
}

/* Also a zombie is still a child. */
static bool is_our_child(pid_t pid)
{
    siginfo_t info = { 0 };

    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

static void watch(struct pod *pod, unit_id id, pid_t pid)
{
    cleanup_fd int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct epoll_event event = { .events = EPOLLIN,
                                 .data.u64 = (uint64_t)(uint32_t)fd << PID_BITS | (uint32_t)pid };

    if (fd < 0 || epoll_ctl(pod->pidfd_poll, EPOLL_CTL_ADD, fd, &event) < 0) {
        pod_log(pod, 4,
                "%s: the end of process %d, which is not our child, will not be noticed: %s",
                pod_unit_name(pod, id), (int)pid, strerror(errno));
        return;
    }
    pod->members[id].main_pidfd = take_fd(&fd);
    pod->members[id].watched_pid = pid;
}

void main_process_changed(struct pod *pod, unit_id id, pid_t before)
{
    pid_t pid = pod->engine.units[id].main_pid;

    if (pid == before)
        return;
    main_process_reaped(pod, id);
    /* The old one, if it lives, is a stray from now on: its seal says whose. */
    if (before > 0 && before != pod->engine.units[id].control_pid)
        pid_table_remove(&pod->pids, before);
    if (pid <= 0)
        return;
    if (pid_table_put(&pod->pids, pid, id) < 0)
        pod_log(pod, 3, "%s: too many processes cannot be killed; process %d is not tracked",
                pod_unit_name(pod, id), (int)pid);
    if (!is_our_child(pid))
        watch(pod, id, pid);
}

/* --- the end of one that is not our child --- */

/* Linux 6.15: a pidfd keeps how its process ended, also when that has been reaped by another. */
struct pidfd_end {
    uint64_t mask, cgroup;
    uint32_t ids[11];
    int32_t exit_code;
};
#define PIDFD_GET_END _IOWR(0xFF, 11, struct pidfd_end)
enum { PIDFD_MASK_EXIT = 1 << 3 };

/* The wait status; -1: not known. */
static int status_from_pidfd(int fd)
{
    struct pidfd_end end = { .mask = PIDFD_MASK_EXIT };

    if (fd < 0 || ioctl(fd, PIDFD_GET_END, &end) < 0 || !(end.mask & PIDFD_MASK_EXIT))
        return -1;
    return end.exit_code;
}

/* A zombie shows it in /proc. */
static int status_from_stat(pid_t pid)
{
    char buffer[1024];
    const char *at = read_stat(pid, buffer, sizeof(buffer));

    if (!at || *at != 'Z')
        return -1;
    for (int field = STAT_STATE; at && field < STAT_EXIT_CODE; field++) {
        at = strchr(at, ' ');
        at = at ? at + 1 : NULL;
    }
    return at ? (int)strtol(at, NULL, 10) : -1;
}

/* Where nothing tells any more how it ended, it ended well, as for systemd. */
static struct process_exit exit_of(pid_t pid, int pidfd)
{
    struct process_exit ended = { .code = CLD_EXITED };
    int status = status_from_pidfd(pidfd);

    if (status < 0)
        status = status_from_stat(pid);
    if (status < 0)
        status = status_from_pidfd(pidfd); /* it was reaped between the two looks */
    if (status < 0)
        return ended;
    if (WIFSIGNALED(status)) {
        ended.code = WCOREDUMP(status) ? CLD_DUMPED : CLD_KILLED;
        ended.status = WTERMSIG(status);
    } else {
        ended.status = WEXITSTATUS(status);
    }
    return ended;
}

static void ended(struct pod *pod, pid_t pid, int pidfd)
{
    unit_id id = pid_table_find(&pod->pids, pid);
    struct process_exit exit;

    /* Its unit has given it up, and a reload forgot it. It would be told again and again. */
    if (id == UNIT_NONE)
        (void)epoll_ctl(pod->pidfd_poll, EPOLL_CTL_DEL, pidfd, NULL);
    if (id == UNIT_NONE || is_our_child(pid))
        return; /* in the meantime it was re-parented to us: it will be reaped */
    if (pid == pod->engine.units[id].main_pid && find_main_successor(pod, id))
        return;
    exit = exit_of(pid, pod->members[id].main_pidfd);
    main_process_reaped(pod, id);
    pid_table_remove(&pod->pids, pid);
    engine_exited(&pod->engine, id, pid, exit, clock_monotonic_us());
}

void main_process_ended(void *context, uint32_t events)
{
    struct pod *pod = context;
    struct epoll_event ready[16];
    int count = epoll_wait(pod->pidfd_poll, ready, ARRAY_SIZE(ready), 0);

    (void)events;
    for (int i = 0; i < count; i++)
        ended(pod, (pid_t)(uint32_t)ready[i].data.u64, (int)(ready[i].data.u64 >> PID_BITS));
}

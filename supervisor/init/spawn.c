#include "supervisor/init/spawn.h"

#include "sandbox/apply.h"
#include "sandbox/limits.h"
#include "sandbox/mounts.h"
#include "supervisor/files/programs.h"
#include "supervisor/files/identity.h"
#include "supervisor/init/cgroup.h"
#include "supervisor/init/credentials.h"
#include "supervisor/init/directories.h"
#include "supervisor/init/environment.h"
#include "supervisor/init/exec_watch.h"
#include "supervisor/init/private_tmp.h"
#include "supervisor/init/standard.h"
#include "supervisor/unit/exit_status.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- the child --- */

/* All that the child needs, prepared by the parent. */
struct child {
    struct pod *pod;
    const struct unit_spec *spec;
    const struct member *member;
    const struct exec_command *command;
    struct image *image;
    char path[PATH_MAX];
    unit_id id;
    int log_fd;
    int error_fd;  /* of StandardError=journal; -1 */
    int wire_fd;   /* becomes WIRE_FD; -1 */
    int cgroup_fd; /* of the unit's cgroup.procs; -1 */
    int exec_fd;   /* close-on-exec; held open only so that its end can be seen */
    int report_fd;
    struct fd_store stored; /* what becomes 3 and so on, or 4 and so on behind the wire */
    bool is_on_pad;         /* memory and, until it leaves, descriptors are those of PID 1 */
    pid_t pid;              /* as PID 1 sees it, whatever getpid() says */
};

static void tell_exec(const struct child *child, char what)
{
    if (child->exec_fd >= 0)
        (void)!write(child->exec_fd, &what, 1);
}

static _Noreturn void give_up_with(const struct child *child, const struct stage_failure *failure)
{
    struct spawn_report report = { .pid = child->pid, .failure = *failure };

    for (size_t i = 0; failure->path && failure->path[i] && i < SPAWN_PATH_SIZE - 1; i++)
        report.path[i] = failure->path[i];
    (void)!write(child->report_fd, &report, sizeof(report));
    tell_exec(child, EXEC_FAILED);
    _exit(stage_exit_status(failure->stage));
}

/* Ends the child if the stage failed; `error`: 0 or a negative errno. */
static void pass(const struct child *child, enum stage stage, int error)
{
    struct stage_failure failure = { .stage = stage, .item = -1, .error = -error };

    if (error < 0)
        give_up_with(child, &failure);
}

static void pass_path(const struct child *child, enum stage stage, int error, const char *path)
{
    struct stage_failure failure = { .stage = stage, .item = -1, .error = -error, .path = path };

    if (error < 0)
        give_up_with(child, &failure);
}

static bool is_logger(const struct unit_spec *spec)
{
    return spec->is_internal && strcmp(spec->name, "reeve-log.service") == 0;
}

/* Those that we still need make room for the stored ones. */
static int move_away(int *fd, int first_free)
{
    int moved;

    if (*fd < 0 || *fd >= first_free)
        return 0;
    moved = fcntl(*fd, F_DUPFD_CLOEXEC, first_free);
    if (moved < 0)
        return -errno;
    *fd = moved;
    return 0;
}

static int move_namespaces(const struct child *child, int first_free)
{
    struct made_namespaces *made = sandbox_plan_namespaces(child->member->plan);
    int error = move_away(&made->user, first_free);

    return error < 0 ? error : move_away(&made->network, first_free);
}

/* In the order of $LISTEN_FDNAMES. The table that is written to here is the child's own copy: who
 * takes descriptors along is not on the pad. */
static int place_stored(struct child *child)
{
    int first = child->wire_fd >= 0 ? WIRE_FD + 1 : 3; /* SD_LISTEN_FDS_START */
    int first_free = first + (int)child->stored.count;
    int error = move_away(&child->report_fd, first_free);

    if (error == 0)
        error = move_away(&child->exec_fd, first_free);
    if (error == 0)
        error = move_away(&child->wire_fd, first_free);
    if (error == 0)
        error = move_namespaces(child, first_free);
    for (size_t i = 0; i < child->stored.count && error == 0; i++)
        error = move_away(&child->stored.list[i].fd, first_free);
    for (size_t i = 0; i < child->stored.count && error == 0; i++)
        if (dup2(child->stored.list[child->stored.count - 1 - i].fd, first + (int)i) < 0)
            error = -errno;
    return error;
}

static int put(int fd, int as)
{
    return dup2(fd, as) < 0 ? -errno : 0;
}

static void place_standard(const struct child *child)
{
    struct standard standard = {
        .log = log_spec_of(child->spec),
        .null_fd = child->pod->null_fd,
        .log_fd = child->log_fd,
        .error_fd = child->error_fd,
        .umask = child->spec->exec.umask,
    };
    enum stage stage;
    const char *path;
    int error;

    /* reeve-log alone writes where we were told to write: the container's own stdout. */
    if (is_logger(child->spec)) {
        pass(child, STAGE_STDIN, put(child->pod->null_fd, STDIN_FILENO));
        return;
    }
    error = standard_place(&standard, &stage, &path);
    pass_path(child, stage, error, path);
}

/* Whatever slipped through without close-on-exec, and also what reeve itself was given. */
static int close_others(void)
{
    return syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC) < 0 && errno != ENOSYS ? -errno
                                                                                        : 0;
}

static int place_channel(const struct child *child)
{
    int error = move_namespaces(child, WIRE_FD + 1);

    if (error < 0)
        return error;
    if (child->wire_fd == WIRE_FD)
        return fcntl(WIRE_FD, F_SETFD, 0) < 0 ? -errno : 0;
    return put(child->wire_fd, WIRE_FD);
}

static void place_descriptors(struct child *child)
{
    if (child->is_on_pad)
        pass(child, STAGE_DESCRIPTORS, launch_pad_leave(&child->pod->launch_pad));
    place_standard(child);
    pass(child, STAGE_CLOSE, close_others());
    if (child->stored.count > 0)
        pass(child, STAGE_STORED, place_stored(child));
    if (child->wire_fd >= 0)
        pass(child, STAGE_CHANNEL, place_channel(child));
}

/* Never left where PID 1 is: that lies below the mounts that the service has got. */
static void enter_directory(const struct child *child)
{
    const struct exec_spec *exec = &child->spec->exec;
    const struct identity *identity = child->member->identity;
    const char *directory = exec->working_directory;

    if (exec->working_directory_is_home && identity && identity->user)
        directory = identity->home;
    if (!directory)
        directory = "/";
    if (chdir(directory) == 0)
        return;
    if (!exec->working_directory_optional)
        pass_path(child, STAGE_DIRECTORY, -errno, directory);
    pass_path(child, STAGE_DIRECTORY, chdir("/") < 0 ? -errno : 0, "/");
}

/* Where the key was handed on. */
static __attribute__((noinline)) void burn_stack(void)
{
    char below[1024];

    explicit_bzero(below, sizeof(below));
}

/* A copy of our memory has no use for the key afterwards. */
static void seal(const struct child *child)
{
    uint64_t key = child->pod->seal_key;
    struct stage_failure failure;

    if (!child->is_on_pad)
        explicit_bzero(&child->pod->seal_key, sizeof(child->pod->seal_key));
    if (sandbox_apply_seal(child->member->plan, key, &failure) < 0)
        give_up_with(child, &failure);
    explicit_bzero(&key, sizeof(key));
    burn_stack();
}

/* "+" leaves the sandbox away. */
static unsigned scope_of(const struct child *child)
{
    unsigned scope = child->command->flags & EXEC_SETUID ? SANDBOX_WITHOUT_USER : SANDBOX_ALL;

    if (child->command->flags & EXEC_PRIVILEGED)
        return SANDBOX_MASK_ONLY;
    if (!credentials_are_for(child->spec, child->command))
        scope |= SANDBOX_WITHOUT_CREDENTIALS;
    return scope;
}

/*
 * Ours is raised; programs that select() or close every descriptor live better with what was given.
 * Behind the sandbox, which opens files: a copy of PID 1 has all of its descriptors until the exec.
 */
static void restore_descriptor_limit(const struct child *child)
{
    rlim_t given = child->pod->nofile_soft;
    struct rlimit limit;

    if (given == 0 || sandbox_plan_limits_files(child->member->plan, scope_of(child)) ||
        getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = given < limit.rlim_max ? given : limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static void lock_up(const struct child *child)
{
    struct stage_failure failure;

    if (sandbox_apply_command(child->member->plan, scope_of(child), &failure) < 0)
        give_up_with(child, &failure);
}

static void install_filter(const struct child *child)
{
    struct stage_failure failure;

    if (!(child->command->flags & EXEC_PRIVILEGED) &&
        sandbox_apply_filter(child->member->plan, &failure) < 0)
        give_up_with(child, &failure);
}

enum { PID_TEXT_SIZE = 16 };

/* In a PID namespace of its own, only the /proc of outside knows what PID 1 calls it. */
static pid_t own_pid(const struct child *child)
{
    char text[PID_TEXT_SIZE] = "";

    if (!sandbox_plan_is_first_process(child->member->plan, scope_of(child)) ||
        readlink("/proc/self", text, sizeof(text) - 1) < 0)
        return getpid();
    return (pid_t)strtol(text, NULL, 10);
}

/* Signals that PID 1 handles get back their default by the exec; it ignores SIGPIPE only, as
 * systemd lets its services do (systemd.exec(5), IgnoreSIGPIPE=). */
static int child_main(void *context)
{
    struct child *child = context;
    sigset_t blocked;

    child->pid = own_pid(child);
    pass(child, STAGE_SESSION, setsid() < 0 ? -errno : 0);
    if (child->cgroup_fd >= 0)
        pass(child, STAGE_CGROUP, write(child->cgroup_fd, "0", 1) < 0 ? -errno : 0);
    place_descriptors(child);
    image_set_pid(child->image, getpid());
    seal(child);
    lock_up(child);
    restore_descriptor_limit(child);
    enter_directory(child);
    sigemptyset(&blocked);
    /* It reads SIGTERM from a descriptor: one that came before would cost a pod that fails at once
     * its last words. */
    if (is_logger(child->spec))
        sigaddset(&blocked, SIGTERM);
    pass(child, STAGE_SIGNAL_MASK, sigprocmask(SIG_SETMASK, &blocked, NULL) < 0 ? -errno : 0);
    install_filter(child);
    tell_exec(child, EXEC_NEAR);
    execve(child->path, child->image->argv, child->image->envp);
    pass_path(child, STAGE_EXEC, -errno, child->path);
    _exit(EXIT_STATUS_EXEC);
}

/* --- the parent --- */

static bool is_helper(const struct pod *pod, unit_id id, bool is_main)
{
    return is_main && pod->set.specs[id]->is_internal;
}

/* The child's descriptors onto the pad, or off it again. */
static int load_pad(const struct launch_pad *pad, const struct child *child, bool is_loading)
{
    int error = launch_pad_put(pad, LAUNCH_LOG, is_loading ? child->log_fd : -1);

    if (error == 0 && child->exec_fd >= 0)
        error = launch_pad_put(pad, LAUNCH_EXEC, is_loading ? child->exec_fd : -1);
    return error;
}

static pid_t clone_child(struct pod *pod, const struct child *child)
{
    static struct child launched; /* not on our stack: it may stay longer than we wait */
    struct launch_pad *pad = &pod->launch_pad;
    pid_t pid;
    int error = load_pad(pad, child, true);

    if (error < 0)
        return error;
    launched = *child;
    launched.is_on_pad = true;
    launched.log_fd = pad->slots[LAUNCH_LOG];
    launched.exec_fd = child->exec_fd < 0 ? -1 : pad->slots[LAUNCH_EXEC];
    pid = launch_pad_clone(pad, child_main, &launched);
    /* Cannot fail: it could when the slots were filled. */
    (void)!load_pad(pad, child, false);
    return pid;
}

/* PrivatePIDs=, in a user namespace that was made in advance. */
struct between {
    struct child child;
    int user_namespace;
    pid_t pid; /* of the child that is left */
};

static int go_between(void *context)
{
    struct between *between = context;

    if (mounts_fork_inside(between->user_namespace, &between->pid) == 0) {
        between->child.is_on_pad = false;
        (void)child_main(&between->child);
    }
    return 0;
}

/* Its memory is ours, so it is somebody who can be stopped and must not stop us: on the pad. */
static pid_t fork_child_inside(const struct child *child, int user_namespace)
{
    static struct between between; /* not on our stack: it may stay longer than we wait */
    struct launch_pad *pad = &child->pod->launch_pad;
    pid_t pid;

    if (!launch_pad_is_usable(pad))
        return -EAGAIN;
    between = (struct between){ .child = *child, .user_namespace = user_namespace, .pid = -ECHILD };
    pid = launch_pad_clone(pad, go_between, &between);
    return pid < 0 ? pid : between.pid;
}

static pid_t fork_child(struct child *child)
{
    pid_t pid = sandbox_fork(child->member->plan, scope_of(child));

    if (pid == 0)
        (void)child_main(child);
    return pid;
}

/* PID 1 does not wait for whom the kernel lets wait. */
static bool may_be_late(const struct child *child)
{
    return sandbox_plan_gives_way(child->member->plan) ||
           (child->cgroup_fd >= 0 && child->spec->exec.resources);
}

static pid_t make_child(struct pod *pod, struct child *child)
{
    /* Who becomes somebody else must not do so with PID 1's memory in hands, nor change it. */
    bool takes_more = child->wire_fd >= 0 || child->stored.count > 0 || child->error_fd >= 0 ||
                      log_spec_opens_files(log_spec_of(child->spec)) ||
                      sandbox_plan_becomes_another(child->member->plan) ||
                      sandbox_plan_takes_memory(child->member->plan) || may_be_late(child);
    int birthplace = sandbox_plan_birthplace(child->member->plan, scope_of(child));
    sigset_t all, before;
    pid_t pid;

    /* No signal may run or be lost between fork and the child's own mask. */
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    if (birthplace >= 0)
        pid = fork_child_inside(child, birthplace);
    else if (!takes_more && launch_pad_is_usable(&pod->launch_pad))
        pid = clone_child(pod, child);
    else
        pid = fork_child(child);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return pid;
}

/* 0, or the exit status that systemd has for it. */
static int prepare_cgroup(struct pod *pod, struct child *child)
{
    const char *file = "";
    int error = cgroup_make(pod, child->id, &child->cgroup_fd, &file);

    if (error < 0)
        pod_log(pod, 3, "%s: cannot make a cgroup for it%s%s: %s", child->spec->name,
                file[0] ? ", in its file " : "", file, strerror(-error));
    return error < 0 ? EXIT_STATUS_CGROUP : 0;
}

/* What can be known to fail before there is a child; returns the exit status it would have had, or
 * a negative errno where systemd does not even try: an EnvironmentFile= that cannot be read. */
static int prepare(struct pod *pod, struct child *child, const struct exec_command *command)
{
    char path[PATH_MAX];
    int status = 0, error;

    error = directories_make(pod, child->id, &status, path);
    if (error < 0) {
        pod_log(pod, 3, "%s: cannot make or write the directory '%s': %s", child->spec->name, path,
                strerror(-error));
        return status;
    }
    if (sandbox_plan_has_private_directory(child->member->plan))
        error = private_tmp_make(pod, child->id);
    if (error < 0) {
        pod_log(pod, 3, "%s: cannot make the directories of PrivateTmp= in '%s': %s",
                child->spec->name, pod->place.private_directory, strerror(-error));
        return EXIT_STATUS_NAMESPACE;
    }
    if (credentials_are_for(child->spec, command))
        error = credentials_make_place(pod);
    if (error < 0) {
        pod_log(pod, 3, "%s: cannot make the directory of credentials in '%s': %s",
                child->spec->name, pod->place.roots.directory[DIRECTORY_RUNTIME], strerror(-error));
        return EXIT_STATUS_CREDENTIALS;
    }
    error = image_build(child->image, pod, child->id, command);
    if (error == -E2BIG) {
        pod_log(pod, 3, "%s: the command line and environment are too long", child->spec->name);
        return EXIT_STATUS_MEMORY;
    }
    if (error < 0) {
        pod_log(pod, 3, "%s: cannot use the environment file '%s': %s", child->spec->name,
                child->image->bad_file, strerror(-error));
        return error;
    }
    /* Whether it is there, the exec will say. */
    if (command->path[0] == '/' ||
        programs_find_command(&child->spec->exec, command, pod->place.program_directory,
                              child->path) < 0)
        snprintf(child->path, sizeof(child->path), "%s", command->path);
    return prepare_cgroup(pod, child);
}

/* A child that only ends with a status: failures of the preparation look like any other failed
 * start. */
static pid_t fork_failure(int exit_status)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(exit_status);
    return pid < 0 ? -errno : pid;
}

/* Somebody has to know of the exec: the engine for Type=exec, or PID 1 for the OOM score. */
static int watch_exec(struct child *child, bool is_main, int *ret_write)
{
    struct pod *pod = child->pod;
    struct member *member = &pod->members[child->id];
    bool is_awaited = is_main && child->spec->service.type == TYPE_EXEC;
    int error;

    if (pod->engine.units[child->id].state != STATE_START)
        return 0;
    member->owes_score =
        sandbox_plan_oom_score(member->plan, scope_of(child)) && !oom_score_is_ours();
    if (!is_awaited && !member->owes_score)
        return 0;
    error = exec_watch_begin(member, ret_write);
    return is_awaited ? error : 0;
}

pid_t spawn_command(struct pod *pod, unit_id id, const struct exec_command *command, bool is_main)
{
    static struct image image; /* scratch: only the single thread of PID 1, one spawn at a time */
    struct child child = {
        .pod = pod,
        .spec = pod->set.specs[id],
        .member = &pod->members[id],
        .command = command,
        .image = &image,
        .id = id,
        .log_fd = pod->members[id].log_write,
        .error_fd = pod->members[id].log_error_write,
        .wire_fd = -1,
        .exec_fd = -1,
        .cgroup_fd = -1,
        .report_fd = pod->report_write,
    };
    cleanup_fd int wire_fd = -1, exec_fd = -1, cgroup_fd = -1;
    int ends[2], status, error;

    if (is_main)
        child.stored = pod->members[id].fd_store;
    status = prepare(pod, &child, command);
    cgroup_fd = child.cgroup_fd;
    if (status != 0)
        return status < 0 ? status : fork_failure(status);
    error = watch_exec(&child, is_main, &exec_fd);
    if (error < 0)
        return error;
    if (is_helper(pod, id, is_main)) {
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
            return -errno;
        wire_fd = ends[1];
        child.wire_fd = wire_fd;
        peers_drop_unit(pod, id);
        error = peers_add(pod, ends[0], is_logger(child.spec) ? PEER_LOG : PEER_HEALTH, id);
        if (error < 0)
            return error;
    }
    child.exec_fd = exec_fd;
    return make_child(pod, &child);
}

/* The processes of a service that is watched: starting them, listening, and seeing them off. */
#include "supervisor/ctl/learn.h"

#include "sandbox/apply.h"
#include "supervisor/ctl/verbs.h"
#include "supervisor/ctl/words.h"
#include "supervisor/files/programs.h"
#include "supervisor/wire/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>

enum {
    COMMANDS_MAX = 64,    /* of all lists together */
    WAKE_US = 200 * 1000, /* see watch_for_the_vanished() */
    KILL_WAIT_SEC = 5,    /* for those that were killed */
    NOTIFY_DATAGRAM = 4096,
    PATH_SIZE = 64,
    DEPTH_MAX = 64, /* of a tree of processes */
};

enum { SLOT_SIGNALS, SLOT_NOTIFY, SLOT_LISTENERS };

struct run {
    struct learn *learn;
    struct pollfd slots[SLOT_LISTENERS + COMMANDS_MAX]; /* of each command */
    size_t listener_count;
    pid_t current;   /* whose end is waited for; 0: it has come */
    siginfo_t end;   /* of that one */
    unsigned told;   /* how often we were told to end */
    uint64_t end_us; /* CLOCK_MONOTONIC; 0: not limited */
    sigset_t mask;   /* as it was before */
    char notify_socket[PATH_SIZE];
    struct image image;
};

static int complain(const char *what, int error)
{
    fprintf(stderr, "reevectl: %s: %s\n", what, strerror(-error));
    return error;
}

/* --- in the child --- */

/* stdout is for the drop-in. */
static int set_streams(void)
{
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        return -errno;
    return 0;
}

static int enter_directory(const struct learn *learn)
{
    const struct exec_spec *exec = &learn->spec->exec;
    const char *home = learn->identity ? learn->identity->home : learn->set.roots.home;
    const char *path = exec->working_directory_is_home ? home : exec->working_directory;

    if (chdir(path ? path : "/") == 0)
        return 0;
    if (!exec->working_directory_optional)
        return -errno;
    return chdir("/") < 0 ? -errno : 0;
}

static enum sandbox_scope scope_of(const struct exec_command *command)
{
    if (command->flags & EXEC_PRIVILEGED)
        return SANDBOX_MASK_ONLY;
    return command->flags & EXEC_SETUID ? SANDBOX_WITHOUT_USER : SANDBOX_ALL;
}

/* Root again, who made himself the service's user to be allowed to look at it. */
static int get_rights_back(const struct learn *learn)
{
    if (!learn->identity)
        return 0;
    return setresuid(0, 0, 0) < 0 || setresgid(0, 0, 0) < 0 ? -errno : 0;
}

/* Tells a stage that failed by itself. */
static int fail(struct stage_failure *failure, enum stage stage, int error)
{
    *failure = (struct stage_failure){ .stage = stage, .item = -1, .error = -error };
    return error;
}

static int become_service(const struct run *run, const struct exec_command *command,
                          struct stage_failure *failure)
{
    const struct learn *learn = run->learn;
    int error = set_streams();

    if (error < 0)
        return fail(failure, STAGE_STDIN, error);
    if (setsid() < 0)
        return fail(failure, STAGE_SESSION, -errno);
    error = get_rights_back(learn);
    if (error < 0)
        return fail(failure, STAGE_USER, error);
    error = sandbox_apply_command(learn->plan, scope_of(command), failure);
    if (error < 0)
        return error;
    error = enter_directory(learn);
    if (error < 0)
        return fail(failure, STAGE_DIRECTORY, error);
    /* Readable again after the user has changed; and what a filter takes. */
    if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return fail(failure, STAGE_NO_NEW_PRIVILEGES, -errno);
    return sigprocmask(SIG_SETMASK, &run->mask, NULL) < 0 ? fail(failure, STAGE_SIGNAL_MASK, -errno)
                                                          : 0;
}

_Noreturn static void child_main(struct run *run, const struct exec_command *command, int socket)
{
    struct stage_failure failure = { .stage = STAGE_EXEC, .item = -1 };
    char own_directory[PATH_MAX], path[PATH_MAX], text[1024];
    int error = become_service(run, command, &failure);

    if (command->path[0] == '/' ||
        programs_find_command(&run->learn->spec->exec, command,
                              programs_own_directory(own_directory), path) < 0)
        snprintf(path, sizeof(path), "%s", command->path);
    image_set_pid(&run->image, getpid());
    if (error == 0 && (error = learn_listen_install(socket)) < 0)
        (void)fail(&failure, STAGE_FILTER, error);
    if (error == 0) {
        execve(path, run->image.argv, run->image.envp);
        (void)fail(&failure, STAGE_EXEC, -errno);
        failure.path = path;
    }
    sandbox_plan_tell(run->learn->plan, &failure, text, sizeof(text));
    fprintf(stderr, "reevectl: Cannot run '%s' watched: %s\n", command->path, text);
    _exit(stage_exit_status(failure.stage));
}

/* --- listening --- */

static void reap(struct run *run)
{
    siginfo_t end = { 0 };

    while (waitid(P_ALL, 0, &end, WEXITED | WNOHANG) == 0 && end.si_pid > 0) {
        if (end.si_pid == run->current) {
            run->current = 0;
            run->end = end;
        }
        end.si_pid = 0;
    }
}

static void take_signals(struct run *run)
{
    struct signalfd_siginfo signal;

    while (read(run->slots[SLOT_SIGNALS].fd, &signal, sizeof(signal)) == sizeof(signal)) {
        if (signal.ssi_signo == SIGCHLD)
            reap(run);
        else
            run->told++;
    }
}

/* What it says of its state is no matter here. */
static void take_notifications(struct run *run)
{
    char datagram[NOTIFY_DATAGRAM];

    while (recv(run->slots[SLOT_NOTIFY].fd, datagram, sizeof(datagram), MSG_DONTWAIT) >= 0)
        ;
}

/* A listener hangs up when the last process of its command has gone. */
static void serve_listeners(struct run *run)
{
    size_t kept = 0;

    for (size_t i = 0; i < run->listener_count; i++) {
        struct pollfd slot = run->slots[SLOT_LISTENERS + i];
        int error = slot.revents & POLLIN ? learn_listen_serve(slot.fd, &run->learn->facts) : 0;

        if (error < 0 || (slot.revents & (POLLHUP | POLLERR) && !(slot.revents & POLLIN)))
            fd_close(slot.fd);
        else
            run->slots[SLOT_LISTENERS + kept++] = slot;
    }
    run->listener_count = kept;
}

/* One turn, until `until_us` at most. */
static void turn(struct run *run, uint64_t until_us)
{
    uint64_t now_us = ctl_now_us(), rest_us = until_us > now_us ? until_us - now_us : 0;
    int timeout_ms = rest_us < INT_MAX ? (int)(rest_us / USEC_PER_MSEC) + (rest_us > 0) : INT_MAX;

    if (poll(run->slots, SLOT_LISTENERS + run->listener_count, timeout_ms) <= 0)
        return;
    if (run->slots[SLOT_SIGNALS].revents)
        take_signals(run);
    if (run->slots[SLOT_NOTIFY].revents)
        take_notifications(run);
    serve_listeners(run);
}

static bool is_over(const struct run *run)
{
    return run->told > 0 || (run->end_us != 0 && ctl_now_us() >= run->end_us);
}

/* Until the command has ended, or it is over. */
static void follow(struct run *run)
{
    while (run->current > 0 && !is_over(run))
        turn(run, run->end_us ? run->end_us : USEC_INFINITY);
}

/* Until no process of it is left: whether there was time for that. */
static bool follow_to_the_last(struct run *run, uint64_t until_us, unsigned told)
{
    while (run->listener_count > 0 && run->told <= told && ctl_now_us() < until_us)
        turn(run, until_us);
    return run->listener_count == 0;
}

/* --- starting --- */

/* The first thing that a child of ours does in sight is to wait for its exec. */
static void look_at_rights(struct learn *learn, pid_t pid)
{
    char path[PATH_SIZE], line[128];
    unsigned long long permitted;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    file = fopen(path, "re");
    while (file && fgets(line, sizeof(line), file))
        if (strncmp(line, "CapPrm:", 7) == 0) {
            permitted = strtoull(line + 7, NULL, 16);
            learn->had_capabilities |= permitted != 0;
        }
    if (file)
        fclose(file);
}

static int take_listener(struct run *run, pid_t pid, int socket)
{
    int listener, error = learn_listen_take(socket, &listener);

    if (error < 0)
        return error;
    look_at_rights(run->learn, pid);
    run->slots[SLOT_LISTENERS + run->listener_count++] =
        (struct pollfd){ .fd = listener, .events = POLLIN };
    return 0;
}

/* Starts it; run->current is its pid. */
static int start(struct run *run, const struct exec_command *command)
{
    int pair[2], error = learn_image_build(&run->image, run->learn, command, run->notify_socket);
    pid_t pid;

    if (error < 0)
        return error;
    if (run->listener_count == COMMANDS_MAX)
        return complain(command->path, -E2BIG);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return complain("Cannot make a pair of sockets", -errno);
    fflush(NULL);
    pid = sandbox_fork(run->learn->plan, scope_of(command));
    if (pid == 0)
        child_main(run, command, pair[1]);
    fd_close(pair[1]);
    if (pid < 0) {
        fd_close(pair[0]);
        return complain("Cannot fork", pid);
    }
    run->current = pid;
    run->end = (siginfo_t){ 0 };
    (void)take_listener(run, pid, pair[0]); /* a child that failed has told it, and ends */
    fd_close(pair[0]);
    return 0;
}

static bool has_failed(const struct run *run)
{
    return run->current == 0 && (run->end.si_code != CLD_EXITED || run->end.si_status != 0);
}

static int run_list(struct run *run, const struct exec_command *list)
{
    for (; list && !is_over(run); list = list->next) {
        int error = start(run, list);

        if (error < 0)
            return error;
        follow(run);
        if (has_failed(run) && !(list->flags & EXEC_IGNORE_FAILURE)) {
            fprintf(stderr, "reevectl: '%s' failed.\n", list->path);
            return -ECHILD;
        }
    }
    return 0;
}

/* --- the end --- */

/* 0 when it has gone. */
static pid_t parent_of(pid_t pid)
{
    char path[PATH_SIZE], text[256], *end = NULL;
    cleanup_fd int fd = -1;
    ssize_t length;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (length > 0) {
        text[length] = '\0';
        end = strrchr(text, ')'); /* what is in these brackets is the process's own affair */
    }
    return end && strlen(end) > strlen(") S ") ? (pid_t)strtol(end + strlen(") S "), NULL, 10) : 0;
}

static bool is_descendant(pid_t pid)
{
    pid_t self = getpid();

    for (unsigned depth = 0; depth < DEPTH_MAX && pid > 1; depth++) {
        pid = parent_of(pid);
        if (pid == self)
            return true;
    }
    return false;
}

/* Also those that have a session of their own: orphans come to us. */
static void signal_all(int signal)
{
    DIR *stream = opendir("/proc");
    const struct dirent *entry;

    while (stream && (entry = readdir(stream))) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

        if (pid > 1 && is_descendant(pid))
            kill(pid, signal);
    }
    if (stream)
        closedir(stream);
}

static void kill_rest(struct run *run)
{
    uint64_t until_us = ctl_now_us() + KILL_WAIT_SEC * USEC_PER_SEC;

    while (run->listener_count > 0 && ctl_now_us() < until_us) {
        signal_all(SIGKILL);
        turn(run, ctl_now_us() + WAKE_US);
    }
}

/* What a service does when it is stopped is a part of what it does. */
static void stop(struct run *run)
{
    const struct unit_spec *spec = run->learn->spec;
    unsigned told = run->told;
    pid_t main_pid = run->current;
    uint64_t stop_us = spec->service.timeout_stop_us;

    run->told = 0;
    run->end_us = usec_add(ctl_now_us(), stop_us);
    if (run->listener_count > 0)
        (void)run_list(run, spec->service.exec_stop);
    run->current = 0;
    if (run->told == 0 && main_pid > 0 && spec->kill.mode != KILL_CONTROL_GROUP &&
        is_descendant(main_pid))
        kill(main_pid, spec->kill.signal);
    else if (run->told == 0)
        signal_all(spec->kill.signal);
    if (!follow_to_the_last(run, run->end_us, 0))
        kill_rest(run);
    run->told += told;
}

/* --- the story --- */

/* A call can vanish, with its process, between poll() and the look at it; on older kernels that
 * look would then last until the next call. */
static void ignore(int signal)
{
    (void)signal;
}

static int watch_for_the_vanished(void)
{
    struct sigaction action = { .sa_handler = ignore };
    struct itimerval interval = { { 0, WAKE_US }, { 0, WAKE_US } };

    return sigaction(SIGALRM, &action, NULL) < 0 || setitimer(ITIMER_REAL, &interval, NULL) < 0
               ? -errno
               : 0;
}

/* Abstract: nobody has to take it away afterwards. */
static int open_notify(struct run *run)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), length;

    if (fd < 0)
        return -errno;
    length = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "reeve-learn/%d/notify",
                      (int)getpid());
    if (bind(fd, (struct sockaddr *)&address,
             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length)) < 0) {
        fd_close(fd);
        return -errno;
    }
    snprintf(run->notify_socket, sizeof(run->notify_socket), "@reeve-learn/%d/notify",
             (int)getpid());
    run->slots[SLOT_NOTIFY] = (struct pollfd){ .fd = fd, .events = POLLIN };
    return 0;
}

static int open_signals(struct run *run)
{
    sigset_t wanted;
    int fd;

    sigemptyset(&wanted);
    sigaddset(&wanted, SIGCHLD);
    sigaddset(&wanted, SIGHUP);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &wanted, &run->mask) < 0)
        return -errno;
    fd = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
    run->slots[SLOT_SIGNALS] = (struct pollfd){ .fd = fd, .events = POLLIN };
    return fd < 0 ? -errno : 0;
}

/* Whoever reads another's memory must be the same user, unless he has CAP_SYS_PTRACE, which nobody
 * has. Root can come back, see get_rights_back(). */
static int become(const struct identity *identity)
{
    const struct sandbox_identity *ids = identity ? &identity->ids : NULL;

    if (!ids)
        return 0;
    if (ids->has_groups && setgroups(ids->group_count, ids->groups) < 0)
        return -errno;
    if (ids->has_gid && setresgid(ids->gid, ids->gid, 0) < 0)
        return -errno;
    return ids->has_uid && setresuid(ids->uid, ids->uid, 0) < 0 ? -errno : 0;
}

static int prepare(struct run *run)
{
    int error = open_signals(run);

    if (error == 0)
        error = open_notify(run);
    /* Orphans are ours: so that we may look at them, and know when they have gone. */
    if (error == 0 && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        error = -errno;
    if (error == 0)
        error = watch_for_the_vanished();
    if (error == 0)
        error = become(run->learn->identity);
    return error < 0 ? complain("Cannot prepare", error) : 0;
}

/* Who fails has not shown what it does. */
static int judge_end(const struct run *run)
{
    char status[WORDS_TIME_SIZE];

    if (!has_failed(run))
        return 0;
    words_exit_status(run->end.si_code, run->end.si_status, status);
    fprintf(stderr, "reevectl: %s failed, code=%s, status=%s.\n", run->learn->spec->name,
            words_exit_code(run->end.si_code), status);
    return -ECHILD;
}

static int run_service(struct run *run)
{
    const struct service_spec *service = &run->learn->spec->service;
    int error = run_list(run, service->exec_start_pre);

    if (error < 0 || is_over(run))
        return error;
    if (service->type == TYPE_ONESHOT)
        return run_list(run, service->exec_start);
    error = start(run, service->exec_start);
    if (error < 0)
        return error;
    fprintf(stderr, "reevectl: %s runs as process %d; use it as it is used. Ctrl-C ends that.\n",
            run->learn->spec->name, (int)run->current);
    follow(run);
    if (service->type == TYPE_FORKING && !has_failed(run) && !is_over(run))
        while (run->listener_count > 0 && !is_over(run))
            turn(run, run->end_us ? run->end_us : USEC_INFINITY);
    return judge_end(run);
}

int learn_run(struct learn *learn)
{
    static struct run run;
    uint64_t begin_us = ctl_now_us();
    struct timeval now;
    int error = learn_image_directories(learn);

    run.learn = learn;
    if (error == 0)
        error = prepare(&run);
    if (error < 0)
        return error;
    gettimeofday(&now, NULL);
    learn->started_us = (uint64_t)now.tv_sec * USEC_PER_SEC + (uint64_t)now.tv_usec;
    run.end_us = learn->time_us ? usec_add(begin_us, learn->time_us) : 0;
    error = run_service(&run);
    learn->duration_us = ctl_now_us() - begin_us;
    stop(&run);
    if (learn->facts.call_count == 0 && error == 0)
        error = complain("Nothing could be seen: this place has no listener", -ENOSYS);
    return error;
}

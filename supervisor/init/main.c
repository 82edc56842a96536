/*
 * reeve: PID 1 of a container, or of namespaces that it makes itself. Read this file for the story:
 * options, isolation, privileges, boot, the line after which we do not die, the loop.
 */

#include "sandbox/capabilities.h"
#include "supervisor/init/act.h"
#include "supervisor/init/boot.h"
#include "supervisor/init/cgroup.h"
#include "supervisor/init/crash.h"
#include "supervisor/init/isolate.h"
#include "supervisor/init/last_words.h"
#include "supervisor/init/journal_sockets.h"
#include "supervisor/init/launcher.h"
#include "supervisor/init/manager.h"
#include "supervisor/init/namespaces.h"
#include "supervisor/init/options.h"
#include "supervisor/init/place.h"
#include "supervisor/init/private_tmp.h"
#include "supervisor/init/report.h"
#include "supervisor/init/single.h"
#include "supervisor/init/track.h"
#include "supervisor/unit/exit_status.h"
#include "supervisor/unit/note.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RETRY_MS = 1000 };

/* Signals are read from the loop only; those that the kernel raises for a fault of ours stay as
 * they are. */
static void block_signals(void)
{
    static const int faults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP };
    struct sigaction ignore = { .sa_handler = SIG_IGN }, standard = { .sa_handler = SIG_DFL };
    sigset_t all;

    sigfillset(&all);
    for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
        sigdelset(&all, faults[i]);
    (void)sigprocmask(SIG_SETMASK, &all, NULL);
    /* An inherited SIG_IGN would go on to all services, and that of SIGCHLD would make the kernel
     * reap behind our back. SIGKILL, SIGSTOP and the C library's own cannot be set: no matter. */
    for (int signal = 1; signal < NSIG; signal++)
        (void)sigaction(signal, &standard, NULL);
    (void)sigaction(SIGPIPE, &ignore, NULL);
}

/* 0, 1 and 2 are surely open, so that no other descriptor gets one of these numbers. */
static void ensure_standard_descriptors(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    fd_close(fd);
}

static int complain(const struct isolate_failure *failure)
{
    fprintf(stderr, "reeve: %s\n", failure->text);
    return failure->exit_status;
}

/* Whoever starts as root becomes `uid` for good; an ordinary user stays what he is. */
static int drop(const struct pod_place *place)
{
    struct isolate_failure failure;

    return isolate_drop_privileges(place->uid, place->gid, &failure) < 0 ? complain(&failure) : 0;
}

/* Nobody becomes root by chance: it has to be asked for, and root gives its rights away by unit. */
static int settle_user(const struct pod_place *place)
{
    struct isolate_failure failure;

    if (place->uid != 0 || !capabilities_may_become())
        return drop(place);
    return isolate_stay_root(place->gid, &failure) < 0 ? complain(&failure) : 0;
}

static void start_unit(struct pod *pod, unit_id id, uint64_t now_us)
{
    int error;

    recorder_add(pod, (struct history_entry){ .unit = id, .kind = HISTORY_BOOT });
    error = engine_enqueue(&pod->engine, id, JOB_START, false, now_us);
    if (error < 0)
        pod_log(pod, 3, "%s: cannot be started: %s", pod_unit_name(pod, id),
                request_error_text(error));
    /* Without its target the pod is nothing; without one of many units it goes on. */
    if (error < 0 && id == pod->target)
        engine_shutdown(&pod->engine, EXIT_STATUS_CONFIG, now_us);
}

/* Without a target, all units are: but not what a path unit is there to start. */
static bool is_of_the_pod(const struct pod *pod, unit_id id)
{
    return !pod->set.specs[id]->is_internal && pod->set.edges[id][EDGE_TRIGGERED_BY].count == 0;
}

static void start_pod(struct pod *pod)
{
    uint64_t now_us = clock_monotonic_us();

    if (pod->target != UNIT_NONE)
        start_unit(pod, pod->target, now_us);
    for (size_t i = 0; pod->target == UNIT_NONE && i < pod->set.count; i++)
        if (is_of_the_pod(pod, (unit_id)i))
            start_unit(pod, (unit_id)i, now_us);
    engine_run_jobs(&pod->engine, now_us);
}

/* Runs as PID 1 (or as a subreaper) until the pod has ended; returns the exit status. */
static int run_pod(struct pod *pod, const struct options *options, int view_fd)
{
    int status = boot_pod(pod, options, view_fd);

    if (status != 0) {
        cgroup_place_leave(&pod->cgroups);
        manager_exit(&pod->manager, status);
        return status;
    }
    crash_catch();
    journal_sockets_tell(pod);
    start_pod(pod);

    /* --- From here on we do not die: an error costs a unit or a peer, never PID 1. --- */
    while (loop_run(pod->loop, act_settle, pod) < 0) {
        pod_log(pod, 2, "the event loop failed, retrying in a second");
        (void)poll(NULL, 0, RETRY_MS);
    }
    track_kill_everything(pod);
    report_drain(pod);
    last_words_print(pod);
    private_tmp_finish(pod);
    cgroup_finish(pod);
    manager_exit(&pod->manager, pod->exit_status);
    return pod->exit_status;
}

/* Absolute paths: %Y stands for one, and a later reload must not depend on where we are then. */
static void resolve_directories(struct options *options)
{
    for (size_t i = 0; options->units[i]; i++) {
        const char *path = realpath(options->units[i], NULL);

        /* One that is not there keeps its name, for the message. */
        if (path)
            options->units[i] = path;
    }
}

static void choose_user(struct options *options)
{
    if (options->has_user || geteuid() == 0 || options->isolate)
        return;
    options->uid = geteuid();
    options->gid = getegid();
}

/* Where the services' output goes while a terminal shows the view; the previous run's stays as .1.
 */
static void log_path_of(const struct pod_place *place, char *ret_path)
{
    snprintf(ret_path, PATH_MAX, "%s/pod.log", place->roots.directory[DIRECTORY_LOGS]);
}

/* Our stdout becomes the log file. The terminal stays on stderr for what boot has to say. */
static int redirect_log(const struct pod_place *place)
{
    char path[PATH_MAX], previous[PATH_MAX + 2];
    cleanup_fd int fd = -1;

    log_path_of(place, path);
    snprintf(previous, sizeof(previous), "%s.1", path);
    (void)mkdir(place->roots.directory[DIRECTORY_LOGS], 0755);
    (void)rename(path, previous);
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0) {
        fprintf(stderr, "reeve: cannot write the log '%s': %s\n", path, strerror(errno));
        return EXIT_STATUS_LOGS_DIRECTORY;
    }
    return 0;
}

/* What the parent needs to show the start and to pass signals on. */
static int run_launcher(pid_t child, int view_fd, const struct pod_place *place)
{
    const char *listen = getenv("REEVE_HEALTH_LISTEN");
    char log_path[PATH_MAX], health[PATH_MAX], log[PATH_MAX + 16];
    const char *urls[] = { health, log, NULL };
    bool use_view = isatty(STDOUT_FILENO);
    struct launcher_options launcher = {
        .child = child,
        .watch_fd = view_fd,
        .use_view = use_view,
        .log_path = use_view ? log_path : NULL,
        .urls = urls,
    };

    log_path_of(place, log_path);
    snprintf(health, sizeof(health), "  %-10s http://%s/health", "health",
             listen ? listen : "127.0.0.1:8090");
    snprintf(log, sizeof(log), "  %-10s %s", "log", log_path);
    return launcher_run(&launcher);
}

/*
 * Whether the units lie below the working directory: then all of it stays in sight, since units
 * refer to files beside them (a clone of this project below /root, say). One that is closed itself
 * cannot.
 */
static bool is_clone(const struct options *options, const char *working)
{
    size_t length = strlen(working);
    struct stat status;

    return options->units[0] && length > 1 && strncmp(options->units[0], working, length) == 0 &&
           options->units[0][length] == '/' && stat(working, &status) == 0 &&
           (status.st_mode & S_IXOTH);
}

static int enter_isolation(const struct options *options, const struct pod_place *place)
{
    const char *reachable[UNIT_DIRECTORIES_MAX + 4] = { place->program_directory,
                                                        place->roots.directory[DIRECTORY_STATE] };
    char working[PATH_MAX];
    size_t count = 2;
    struct isolate_layout layout = {
        .state_directory = place->roots.directory[DIRECTORY_STATE],
        .reachable = reachable,
        .uid = options->uid,
        .gid = options->gid,
    };
    struct isolate_failure failure;

    if (getcwd(working, sizeof(working)) && is_clone(options, working))
        reachable[count++] = working;
    for (size_t i = 0; options->units[i]; i++)
        if (access(options->units[i], F_OK) == 0)
            reachable[count++] = options->units[i];
    if (setsid() < 0)
        return EXIT_STATUS_SETSID;
    return isolate_mounts(&layout, &failure) < 0 ? complain(&failure) : 0;
}

/* Whoever makes namespaces for himself shares his cgroup with the shell that he types in. */
static int run_isolated(struct pod *pod, const struct options *options)
{
    struct isolate_failure failure;
    int view[2], status;
    pid_t child;

    pod->cgroups =
        (struct cgroup_place){ .root_fd = -1,
                               .reason = "with --isolate reeve shares the cgroup of the shell" };
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, view) < 0)
        return EXIT_STATUS_CRASH;
    child = isolate_fork(options->uid, options->gid, &failure);
    if (child < 0)
        return complain(&failure);
    if (child > 0) {
        fd_close(view[1]);
        return run_launcher(child, view[0], &pod->place);
    }
    fd_close(view[0]);
    block_signals();
    status = enter_isolation(options, &pod->place);
    journal_sockets_open(&pod->journal);
    if (status == 0)
        status = drop(&pod->place);
    if (status == 0 && isatty(STDOUT_FILENO))
        status = redirect_log(&pod->place);
    return status != 0 ? status : run_pod(pod, options, view[1]);
}

int main(int argc, char **argv)
{
    static struct pod pod; /* zeroed, large, and there from the beginning to the end */
    struct options options;
    int status;

    if (namespaces_is_maker(argv))
        return namespaces_maker(argv);
    ensure_standard_descriptors();
    switch (options_parse(argc, argv, &options)) {
    case OPTIONS_DONE:
        return 0;
    case OPTIONS_WRONG:
        return EXIT_STATUS_INVALIDARGUMENT;
    case OPTIONS_RUN:
        break;
    }
    if (options.command)
        return single_run(&options);
    choose_user(&options);
    resolve_directories(&options);
    if (place_find(&pod.place, &options) < 0)
        return EXIT_STATUS_MEMORY;
    manager_open(&pod.manager);
    pod.termination_fd = last_words_open();
    if (options.isolate)
        return run_isolated(&pod, &options);
    block_signals();
    cgroup_place_settle(&pod.cgroups, pod.place.uid);
    journal_sockets_open(&pod.journal);
    status = settle_user(&pod.place);
    return status != 0 ? status : run_pod(&pod, &options, -1);
}

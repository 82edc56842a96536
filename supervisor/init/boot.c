#include "supervisor/init/boot.h"

#include "sandbox/capabilities.h"
#include "sandbox/seal.h"
#include "supervisor/init/act.h"
#include "supervisor/init/cgroup.h"
#include "supervisor/init/control.h"
#include "supervisor/init/directories.h"
#include "supervisor/init/find_main.h"
#include "supervisor/init/helpers.h"
#include "supervisor/init/log_pipes.h"
#include "supervisor/init/main_process.h"
#include "supervisor/init/notify.h"
#include "supervisor/init/path_watch.h"
#include "supervisor/init/place.h"
#include "supervisor/init/planning.h"
#include "supervisor/init/preflight.h"
#include "supervisor/init/private_tmp.h"
#include "supervisor/init/reap.h"
#include "supervisor/init/reload.h"
#include "supervisor/init/spawn.h"
#include "supervisor/init/track.h"
#include "supervisor/files/unit_files.h"
#include "supervisor/unit/exit_status.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void print_problem(void *context, const struct problem *problem)
{
    char text[LOG_LINE * 2];

    (void)context;
    if (problem->level == PROBLEM_NOTE)
        return; /* good to know, but not at every start */
    problem_format(problem, text, sizeof(text));
    fprintf(stderr, "%s\n", text);
}

static int fail(int exit_status, const char *what, int error)
{
    fprintf(stderr, "reeve: %s: %s\n", what, strerror(-error));
    return exit_status;
}

/* --- units --- */

/* The target, and for a reload the units that run: some may be instances that nobody names. The
 * list is the caller's, the names are not; NULL without memory. */
static const char **names_of_wanted(const struct pod *pod, bool is_reload)
{
    size_t running = is_reload ? pod->set.count : 0, count = 0;
    const char **names = calloc(running + 2, sizeof(*names));

    if (names && pod->options->target)
        names[count++] = pod->options->target;
    for (size_t i = 0; names && i < running; i++)
        if (!reload_may_drop(pod, (unit_id)i))
            names[count++] = pod->set.specs[i]->name;
    return names;
}

int boot_load_units(const struct pod *pod, bool is_reload, struct unit_set *ret_set,
                    struct problem_sink *sink)
{
    const char *buffer[UNIT_FILE_DEFAULTS + 1];
    const char *const *directories =
        pod->options->units[0] ? pod->options->units : unit_files_directories(buffer);
    const char **wanted = names_of_wanted(pod, is_reload);
    struct helpers_options helpers = { .have_user = capabilities_may_become(),
                                       .are_watched = pod->manager.watchdog.interval_us > 0 };
    int error = wanted ? unit_set_init(ret_set, &pod->place.roots) : -ENOMEM;

    if (error == 0)
        error = helpers_add(ret_set, &helpers, sink);
    if (error == 0)
        error = unit_files_load(directories, wanted, ret_set, sink);
    free(wanted);
    if (error == 0 && is_reload)
        error = reload_adopt(pod, ret_set, sink);
    if (error == 0 && sink->errors == 0)
        error = unit_set_resolve(ret_set, sink);
    if (error == 0)
        helpers_give_logs(ret_set);
    if (error == -ENOMEM)
        return EXIT_STATUS_MEMORY;
    return error < 0 || sink->errors > 0 ? EXIT_STATUS_CONFIG : 0;
}

static int find_target(struct pod *pod, const struct options *options)
{
    unit_id id = unit_set_find(&pod->set, options->target ? options->target : "default.target");

    if (id == UNIT_NONE && options->target) {
        fprintf(stderr, "reeve: there is no unit '%s' in the given directories\n", options->target);
        return EXIT_STATUS_CONFIG;
    }
    pod->target = id;
    return 0;
}

/* --- tables, pipes and sockets --- */

static int open_pipe(int *ret_read, int *ret_write, int flags)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC | flags) < 0)
        return -errno;
    *ret_read = ends[0];
    *ret_write = ends[1];
    return 0;
}

static int open_log_pipes(struct pod *pod)
{
    int error = 0;

    for (size_t i = 0; i < pod->set.count && error == 0; i++)
        error = log_pipes_open(&pod->members[i], pod->set.specs[i]);
    return error;
}

int member_init(struct member *member, struct pod *pod, const struct unit_spec *spec,
                uint32_t seal_number)
{
    unsigned max = spec->service.fd_store_max;

    *member = (struct member){
        .pod = pod,
        .seal_number = seal_number,
        .log_read = -1,
        .log_write = -1,
        .log_error_read = -1,
        .log_error_write = -1,
        .exec_read = -1,
        .main_pidfd = -1,
        .pid_file_watch = -1,
        .oom_watch = -1,
        .notify_access = -1,
    };
    if (spec->service.notify_access != NOTIFY_NONE) {
        member->texts = calloc(1, sizeof(*member->texts));
        if (!member->texts)
            return -ENOMEM;
    }
    return fd_store_init(&member->fd_store, max < FD_STORE_MAX ? max : FD_STORE_MAX);
}

static int make_members(struct pod *pod)
{
    int error = 0;

    pod->members = calloc(pod->set.count, sizeof(*pod->members));
    pod->next_seal = (uint32_t)pod->set.count;
    if (!pod->members)
        return -ENOMEM;
    for (size_t i = 0; i < pod->set.count && error == 0; i++)
        error = member_init(&pod->members[i], pod, pod->set.specs[i], (uint32_t)i);
    return error;
}

static int open_descriptors(struct pod *pod)
{
    int error = open_pipe(&pod->log_read, &pod->log_write, O_NONBLOCK);

    /* PID 1 does not wait for room: some thousand units may have something to say in one turn. */
    (void)fcntl(pod->log_write, F_SETPIPE_SZ, OWN_LOG_BUFFER);
    if (error == 0)
        error = open_pipe(&pod->report_read, &pod->report_write, O_NONBLOCK);
    if (error == 0 && (pod->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC)) < 0)
        error = -errno;
    if (error == 0)
        error = descriptors_init(&pod->descriptors);
    if (error == 0)
        error = launch_pad_open(pod);
    if (error == 0)
        error = fd_store_open(pod);
    if (error == 0)
        error = main_process_open(pod);
    if (error == 0)
        error = find_main_open(pod);
    if (error == 0)
        error = open_log_pipes(pod);
    return error;
}

static int make_tables(struct pod *pod)
{
    int error = make_members(pod);

    if (error == 0)
        error = engine_init(&pod->engine, &pod->set);
    if (error == 0)
        error = path_watches_new(pod, &pod->set, &pod->paths);
    if (error == 0)
        recorder_init(pod);
    if (error == 0)
        main_pids_open(pod);
    if (error == 0)
        error = pid_table_init(&pod->pids, 2 * pod->set.count);
    if (error == 0)
        error = peers_init(pod);
    return error;
}

static int open_sockets(struct pod *pod)
{
    int error = notify_open(pod);

    if (error == -EADDRINUSE) {
        fprintf(stderr,
                "reeve: another reeve runs with the runtime directory '%s'\n"
                "  hint: stop it, or give this one its own with REEVE_RUNTIME_DIR\n",
                pod->place.runtime_directory);
        return EXIT_STATUS_RUNTIME_DIRECTORY;
    }
    if (error < 0)
        return fail(EXIT_STATUS_RUNTIME_DIRECTORY, pod->place.notify_path, error);
    error = control_open(pod);
    if (error < 0)
        return fail(EXIT_STATUS_RUNTIME_DIRECTORY, pod->place.control_path, error);
    return 0;
}

/* --- the loop --- */

static int watch_signals(struct pod *pod)
{
    static const int stops[] = { SIGTERM, SIGINT };
    int error = loop_add_signal(pod->loop, SIGCHLD, reap_signal, pod);

    for (size_t i = 0; i < ARRAY_SIZE(stops) && error == 0; i++)
        error = loop_add_signal(pod->loop, stops[i], act_signal_stop, pod);
    if (error == 0)
        error = loop_add_signal(pod->loop, SIGRTMIN + 3, act_signal_stop, pod);
    if (error == 0)
        error = loop_add_signal(pod->loop, SIGHUP, act_signal_reload, pod);
    return error;
}

static int make_loop(struct pod *pod, int view_fd)
{
    struct loop_source *source;
    int error = loop_new(&pod->loop);

    if (error == 0)
        error = watch_signals(pod);
    if (error == 0)
        error = loop_set_timer_callback(pod->loop, act_tick, pod);
    /* These live as long as the loop. */
    if (error == 0)
        error = loop_add_fd(pod->loop, pod->notify_fd, notify_receive, pod, &pod->notify_source);
    if (error == 0)
        error = loop_add_fd(pod->loop, pod->control_fd, control_accept, pod, &pod->control_source);
    if (error == 0)
        error = loop_add_fd(pod->loop, pod->report_read, spawn_read_reports, pod, &source);
    if (error == 0)
        error = loop_add_fd(pod->loop, pod->fd_store_poll, fd_store_hangup, pod, &source);
    if (error == 0)
        error = loop_add_fd(pod->loop, pod->pidfd_poll, main_process_ended, pod, &source);
    if (error == 0)
        error = loop_add_fd(pod->loop, pod->inotify_fd, find_main_look, pod, &source);
    if (error == 0)
        error = cgroup_watch(pod);
    if (error == 0 && view_fd >= 0)
        error = peers_add(pod, view_fd, PEER_VIEW, UNIT_NONE);
    return error;
}

/* --- the place --- */

/* Each pipe costs two descriptors: use what the hard limit allows; children get their own limits.
 */
static void raise_descriptor_limit(struct pod *pod)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    pod->nofile_soft = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* Whether all units' directories can be made; says on stderr which cannot, when `tell` is set. */
static int make_directories(const struct pod *pod, bool tell)
{
    for (size_t i = 0; i < pod->set.count; i++) {
        char path[PATH_MAX];
        int status = 0;
        int error = directories_make(pod, (unit_id)i, &status, path);

        if (error == 0)
            continue;
        if (tell)
            fprintf(stderr,
                    "reeve: %s: cannot make or write its directory '%s' as uid %u: %s\n"
                    "  hint: make it writable for that uid, or choose another place with --state\n",
                    pod->set.specs[i]->name, path, (unsigned)pod->place.uid, strerror(-error));
        return status;
    }
    return 0;
}

static int load_or_complain(struct pod *pod)
{
    struct problem_sink sink = { .report = print_problem };
    int status = boot_load_units(pod, false, &pod->set, &sink);

    if (status != 0)
        fprintf(stderr, "reeve: %u %s in the unit files, nothing was started\n", sink.errors,
                sink.errors == 1 ? "error" : "errors");
    return status;
}

/*
 * The units, and the place for their state. When nobody said where state goes and the usual place
 * cannot be written (a read-only container without a volume), it goes to memory, with a warning.
 */
static int load(struct pod *pod, const struct options *options)
{
    bool is_chosen = options->state || getenv("REEVE_STATE") || options->isolate;
    int status = load_or_complain(pod);

    if (status != 0 || make_directories(pod, is_chosen) == 0)
        return status;
    if (is_chosen)
        return make_directories(pod, false);
    fprintf(stderr, "reeve: /var/lib cannot be written: state is kept in memory and ends with us\n"
                    "  hint: mount a volume there, or name a place with --state DIR\n");
    unit_set_release(&pod->set);
    if (place_use_volatile_state(&pod->place) < 0)
        return fail(EXIT_STATUS_MEMORY, "cannot begin", -ENOMEM);
    status = load_or_complain(pod);
    return status != 0 ? status : make_directories(pod, true);
}

/* Only where nobody can read the key in our memory. */
static void guard_seals(struct pod *pod)
{
    if (pod->abilities.seal_guard && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 &&
        prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
        (void)!seal_guard(&pod->seal_key);
}

static int settle_down(struct pod *pod)
{
    int error;

    umask(0022);
    raise_descriptor_limit(pod);
    pod->place.is_pid1 = getpid() == 1;
    if (!pod->place.is_pid1 && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        return fail(EXIT_STATUS_CRASH, "cannot become a subreaper", -errno);
    error = place_make_runtime(&pod->place, pod->options);
    if (error < 0) {
        fprintf(stderr,
                "reeve: no runtime directory can be written: tried $REEVE_RUNTIME_DIR, /run/reeve, "
                "$XDG_RUNTIME_DIR/reeve, /tmp/reeve-%u\n"
                "  hint: give one of them, for example with --tmpfs /tmp\n",
                (unsigned)geteuid());
        return EXIT_STATUS_RUNTIME_DIRECTORY;
    }
    /* A nonce need not be secret, only different from that of another reeve. */
    (void)!getrandom(&pod->seal_nonce, sizeof(pod->seal_nonce), GRND_NONBLOCK);
    private_tmp_find(pod);
    pod->started_monotonic_us = clock_monotonic_us();
    pod->started_realtime_us = clock_realtime_us();
    error = sandbox_abilities_probe(&pod->abilities);
    if (error == 0 && !pod->abilities.seal)
        fprintf(stderr,
                "reeve: processes cannot be sealed here (RLIMIT_RTTIME is limited already): what a "
                "service leaves behind may outlive its stop, and may use the control socket\n"
                "  hint: start reeve without a limit on real-time, and not below another reeve\n");
    pod->abilities.has_cgroup = pod->cgroups.root_fd >= 0;
    pod->abilities.is_cgroup_unknown = false;
    pod->abilities.cgroup = pod->cgroups.controllers;
    pod->abilities.cgroup_reason = pod->cgroups.reason;
    guard_seals(pod);
    return error < 0 ? fail(EXIT_STATUS_CRASH, "cannot find out what this place allows", error) : 0;
}

int boot_pod(struct pod *pod, const struct options *options, int view_fd)
{
    struct problem_sink sink = { .report = print_problem };
    int status, error;

    pod->options = options;
    status = settle_down(pod);
    if (status == 0)
        status = load(pod, options);
    if (status == 0)
        status = find_target(pod, options);
    if (status != 0)
        return status;
    error = make_tables(pod);
    if (error == 0)
        error = open_descriptors(pod);
    if (error < 0)
        return fail(EXIT_STATUS_CRASH, "cannot begin", error);
    error = track_init(pod);
    /* Where each unit has a count of its own, all that the kernel kills is seen there. */
    pod->oom.fd = -1;
    if (!(pod->cgroups.controllers & CGROUP_MEMORY))
        oom_open(&pod->oom);
    if (error < 0)
        return fail(EXIT_STATUS_CRASH, "cannot see our own children (/proc is needed)", error);
    status = planning_make(pod, &pod->set, pod->members, &sink);
    if (status == 0)
        status = preflight(pod, &sink);
    if (status == 0)
        status = open_sockets(pod);
    if (status != 0)
        return status;
    error = make_loop(pod, view_fd);
    return error < 0 ? fail(EXIT_STATUS_CRASH, "cannot make the event loop", error) : 0;
}

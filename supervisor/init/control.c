#include "supervisor/init/control.h"

#include "supervisor/init/act.h"
#include "supervisor/init/sockets.h"
#include "supervisor/init/track.h"
#include "supervisor/unit/note.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { BACKLOG = 16 };

int control_open(struct pod *pod)
{
    int error = socket_bind_path(SOCK_SEQPACKET, pod->place.control_path, &pod->control_fd);

    if (error < 0)
        return error;
    socket_refuse_descriptors(pod->control_fd);
    pod->spare_fd = fcntl(pod->null_fd, F_DUPFD_CLOEXEC, 0);
    return listen(pod->control_fd, BACKLOG) < 0 ? -errno : 0;
}

PRINTF_LIKE(3, 4)
static void reply(struct peer *peer, int error, const char *format, ...)
{
    union wire_message message;
    va_list arguments;

    wire_begin(&message, WIRE_REPLY);
    message.reply.error = error < 0 ? -error : error;
    va_start(arguments, format);
    vsnprintf(message.reply.text, sizeof(message.reply.text), format, arguments);
    va_end(arguments);
    peer->reply = message.reply;
    peer->owes_reply = true;
}

/* Whether the process on the other end may ask anything; `*ret_unit` is the unit that it belongs
 * to. */
static bool is_welcome(struct pod *pod, int fd, unit_id *ret_unit)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);
    bool is_sealed;

    *ret_unit = UNIT_NONE;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 ||
        (peer.uid != 0 && peer.uid != pod->place.uid))
        return false;
    /* A pid of 0 is outside our namespace, where nothing that we supervise can be. */
    if (peer.pid > 0)
        *ret_unit = track_owner(pod, peer.pid);
    /* What a unit has left behind that is no more has nothing to ask, either. */
    is_sealed = peer.pid > 0 && track_is_sealed(pod, peer.pid);
    /* Last: whoever is gone by now had perhaps no seal to be read any more. */
    if (peer.pid > 0 && kill(peer.pid, 0) < 0 && errno == ESRCH)
        return false;
    return *ret_unit == UNIT_NONE && !is_sealed;
}

static struct peer *peer_of(struct pod *pod, int fd)
{
    for (size_t i = 0; i < PEERS_MAX; i++)
        if (pod->peers.list[i].role == PEER_CONTROL && pod->peers.list[i].fd == fd)
            return &pod->peers.list[i];
    return NULL;
}

static int take_connection(const struct pod *pod)
{
    int fd = accept4(pod->control_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    return fd < 0 ? -errno : fd;
}

/*
 * Without a descriptor for it a connection cannot be taken, and would wake us again and again. The
 * spare one makes room for it, just long enough to hang up; where there is none, we do not listen
 * until there is.
 */
static void turn_away(struct pod *pod)
{
    if (pod->spare_fd < 0) {
        loop_set_events(pod->control_source, 0);
        pod->is_deaf = true;
        return;
    }
    fd_close(pod->spare_fd);
    fd_close(take_connection(pod));
    pod->spare_fd = fcntl(pod->null_fd, F_DUPFD_CLOEXEC, 0);
    pod_complain(pod, &pod->crowded_out, "a control connection was refused: no descriptor is left");
}

void control_listen_again(struct pod *pod)
{
    if (!pod->is_deaf)
        return;
    pod->spare_fd = fcntl(pod->null_fd, F_DUPFD_CLOEXEC, 0);
    if (pod->spare_fd < 0)
        return;
    pod->is_deaf = false;
    loop_set_events(pod->control_source, EPOLLIN);
}

void control_accept(void *context, uint32_t events)
{
    struct pod *pod = context;
    int fd = take_connection(pod);
    unit_id unit;
    bool welcome;

    (void)events;
    if (fd == -EMFILE || fd == -ENFILE)
        turn_away(pod);
    if (fd < 0)
        return;
    welcome = is_welcome(pod, fd, &unit);
    if (peers_add(pod, fd, PEER_CONTROL, UNIT_NONE) < 0) {
        pod_complain(pod, &pod->crowded_out,
                     "a control connection was refused: %d are open already", PEERS_MAX);
        return;
    }
    if (welcome)
        return;
    if (unit != UNIT_NONE) {
        pod_complain(pod, &pod->refused_connections,
                     "%s: a process of this unit was refused at the control socket",
                     pod_unit_name(pod, unit));
        reply(peer_of(pod, fd), -EACCES, "The control socket is closed to supervised services.");
    } else {
        reply(peer_of(pod, fd), -EACCES, "Only the pod's own user may ask, and root of its place.");
    }
    peers_flush(pod);
    if (peer_of(pod, fd))
        peers_drop(pod, peer_of(pod, fd));
}

/* Result of systemd's signal JobRemoved. */
static const char *job_word(enum job_result result)
{
    switch (result) {
    case JOB_RESULT_DONE:
        return "done";
    case JOB_RESULT_FAILED:
        return "failed";
    case JOB_RESULT_DEPENDENCY:
        return "dependency";
    case JOB_RESULT_CANCELED:
        return "canceled";
    case JOB_RESULT_TIMEOUT:
        return "timeout";
    case JOB_RESULT_SKIPPED:
        return "skipped";
    case JOB_RESULT_INVALID:
        return "invalid";
    case JOB_RESULT_ASSERT:
        return "assert";
    }
    return "?";
}

static void reply_job(struct peer *peer, const struct unit *unit, enum job_result result)
{
    reply(peer, result == JOB_RESULT_DONE ? 0 : -ECANCELED, "%s", "");
    if (result == JOB_RESULT_DONE)
        return;
    wire_copy(peer->reply.job_result, sizeof(peer->reply.job_result), job_word(result));
    wire_copy(peer->reply.unit_result, sizeof(peer->reply.unit_result),
              unit_result_name((enum unit_result)unit->result));
}

void control_check_wait(struct pod *pod, struct peer *peer)
{
    struct peer_wait *wait = &peer->wait;
    const struct unit *unit;

    if (!wait->is_waiting)
        return;
    if (wait->id == UNIT_NONE) {
        wait->is_waiting = false;
        reply(peer, -ENOENT, "The unit has gone.");
        return;
    }
    unit = &pod->engine.units[wait->id];
    if (unit->job != JOB_NONE && unit->job_id == wait->job)
        return;
    wait->is_waiting = false;
    if (unit->job_id == wait->job)
        reply_job(peer, unit, (enum job_result)unit->job_result);
    else
        reply_job(peer, unit,
                  unit->ended_job_id == wait->job ? (enum job_result)unit->ended_job_result
                                                  : JOB_RESULT_CANCELED);
}

static bool can_reload(const struct unit_spec *spec)
{
    return spec->service.exec_reload || spec->service.type == TYPE_NOTIFY_RELOAD;
}

/* What the engine calls it; JOB_NONE: nonsense. "Reload or restart" is decided as by systemd:
 * whether the unit can be reloaded at all. */
static enum job_kind job_kind_of(unsigned job, const struct unit_spec *spec)
{
    switch ((enum wire_job)job) {
    case WIRE_JOB_START:
        return JOB_START;
    case WIRE_JOB_STOP:
        return JOB_STOP;
    case WIRE_JOB_RESTART:
        return JOB_RESTART;
    case WIRE_JOB_TRY_RESTART:
        return JOB_TRY_RESTART;
    case WIRE_JOB_RELOAD:
        return JOB_RELOAD;
    case WIRE_JOB_RELOAD_OR_RESTART:
        return can_reload(spec) ? JOB_RELOAD_OR_START : JOB_RESTART;
    case WIRE_JOB_TRY_RELOAD_OR_RESTART:
        return can_reload(spec) ? JOB_TRY_RELOAD : JOB_TRY_RESTART;
    }
    return JOB_NONE;
}

/* In systemd's words, as far as it has some. */
static void refuse_job(struct peer *peer, const struct wire_request *request, int error)
{
    switch (-error) {
    case ENOENT:
        reply(peer, error, "Unit %s not %s.", request->unit,
              request->job == WIRE_JOB_STOP ? "loaded" : "found");
        break;
    case EPERM:
        reply(peer, error, "%s is a part of reeve and cannot be stopped alone.", request->unit);
        break;
    case EACCES:
        reply(
            peer, error,
            "Operation refused, unit %.100s may be requested by dependency only (it is configured "
            "to refuse manual start/stop).",
            request->unit);
        break;
    case EBADR:
        reply(peer, error, "Job type reload is not applicable for unit %s.", request->unit);
        break;
    default:
        reply(peer, error, "%s", request_error_text(error));
    }
}

static void request_job(struct pod *pod, struct peer *peer, const struct wire_request *request)
{
    unit_id id = unit_set_find(&pod->set, request->unit);
    const struct unit_spec *spec = id == UNIT_NONE ? NULL : pod->set.specs[id];
    enum job_kind kind = spec ? job_kind_of(request->job, spec) : JOB_NONE;
    bool is_startable = spec && (kind == JOB_STOP || !unit_set_is_gone(&pod->set, id));
    int error = !is_startable ? -ENOENT : spec->is_internal && kind == JOB_STOP ? -EPERM : 0;

    if (error == 0) {
        recorder_add(pod, (struct history_entry){ .unit = id, .kind = HISTORY_ASKED, .a = kind });
        error = engine_request(&pod->engine, id, kind, true, clock_monotonic_us());
    }
    if (error < 0)
        refuse_job(peer, request, error);
    else if (request->no_wait || pod->engine.requested_job == 0)
        reply(peer, 0, "%s", ""); /* the second: there was nothing to do */
    else
        peer->wait =
            (struct peer_wait){ .is_waiting = true, .id = id, .job = pod->engine.requested_job };
}

/* One process; -ESRCH when there is none. */
static int kill_one(pid_t pid, int signal)
{
    return pid <= 0 ? -ESRCH : kill(pid, signal) < 0 ? -errno : 0;
}

/* Whoever is gone meanwhile is no error; who cannot be signalled is. */
static int kill_all(struct pod *pod, unit_id id, int signal)
{
    const pid_t *pids;
    size_t count = track_list(pod, id, &pids);
    int result = 0;

    for (size_t i = 0; i < count; i++) {
        int error = kill_one(pids[i], signal);

        result = error < 0 && error != -ESRCH ? error : result;
    }
    return result;
}

static void request_kill(struct pod *pod, struct peer *peer, const struct wire_request *request)
{
    unit_id id = unit_set_find(&pod->set, request->unit);
    const struct unit *unit = id == UNIT_NONE ? NULL : &pod->engine.units[id];
    bool wants_main = request->whom == WIRE_KILL_MAIN;
    int error;

    if (!unit) {
        reply(peer, -ENOENT, "Unit %s not loaded.", request->unit);
        return;
    }
    if (request->signal < 1 || request->signal > SIGRTMAX || request->whom > WIRE_KILL_CONTROL) {
        reply(peer, -EINVAL, "There is no such signal.");
        return;
    }
    recorder_add(pod,
                 (struct history_entry){ .unit = id, .kind = HISTORY_KILL, .a = request->signal });
    error = request->whom == WIRE_KILL_ALL
                ? kill_all(pod, id, request->signal)
                : kill_one(wants_main ? unit->main_pid : unit->control_pid, request->signal);
    if (error == -ESRCH)
        reply(peer, error, "No %s process to kill", wants_main ? "main" : "control");
    else
        reply(peer, error, "%s", error < 0 ? strerror(-error) : "");
}

static void request_show(struct pod *pod, struct peer *peer, const char *name)
{
    unit_id id = unit_set_find(&pod->set, name);

    if (name[0] && id == UNIT_NONE) {
        reply(peer, -ENOENT, "Unit %s could not be found.", name);
        return;
    }
    peer->show = (struct property_cursor){ .is_open = true, .id = id };
    reply(peer, 0, "%s", "");
}

static void request_reset(struct pod *pod, struct peer *peer, const char *name)
{
    unit_id id = unit_set_find(&pod->set, name);

    if (name[0] == '\0')
        for (size_t i = 0; i < pod->set.count; i++)
            engine_reset_failed(&pod->engine, (unit_id)i);
    else if (id != UNIT_NONE)
        engine_reset_failed(&pod->engine, id);
    else {
        reply(peer, -ENOENT, "Unit %s not loaded.", name);
        return;
    }
    reply(peer, 0, "%s", "");
}

static void request_reload(struct pod *pod, struct peer *peer)
{
    int error = act_reload(pod);

    reply(peer, error, "%s", error < 0 ? "The old units stay; the log says why." : "");
}

void control_request(struct pod *pod, struct peer *peer, const struct wire_request *request)
{
    switch ((enum wire_verb)request->verb) {
    case WIRE_VERB_LIST:
    case WIRE_VERB_WATCH:
        peers_owe_snapshot(pod, peer);
        peer->is_following = request->verb == WIRE_VERB_WATCH;
        reply(peer, 0, "%s", "");
        return;
    case WIRE_VERB_SHOW:
        request_show(pod, peer, request->unit);
        return;
    case WIRE_VERB_JOB:
        request_job(pod, peer, request);
        return;
    case WIRE_VERB_KILL:
        request_kill(pod, peer, request);
        return;
    case WIRE_VERB_RESET_FAILED:
        request_reset(pod, peer, request->unit);
        return;
    case WIRE_VERB_RELOAD:
        request_reload(pod, peer);
        return;
    case WIRE_VERB_SHUTDOWN:
        act_stop(pod, 0);
        reply(peer, 0, "%s", "");
        return;
    case WIRE_VERB_HISTORY:
        peers_owe_history(pod, peer);
        reply(peer, 0, "%s", "");
        return;
    case WIRE_VERB_LOGS:
        reply(peer, 0, "%s", "");
        peer->owes_reply = false; /* it goes with the connection, when there is one */
        peer->owes_reader = true;
        return;
    }
    reply(peer, -EOPNOTSUPP, "This reeve does not know verb %u.", request->verb);
}

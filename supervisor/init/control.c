#include "supervisor/init/control.h"

#include "supervisor/init/act.h"
#include "supervisor/init/sockets.h"
#include "supervisor/init/track.h"
#include "supervisor/unit/note.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { BACKLOG = 16 };

int control_open(struct pod *pod)
{
    int error = socket_bind_path(SOCK_SEQPACKET, pod->place.control_path, &pod->control_fd);

    if (error < 0)
        return error;
    socket_refuse_descriptors(pod->control_fd);
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

    *ret_unit = UNIT_NONE;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 ||
        (peer.uid != 0 && peer.uid != pod->place.uid))
        return false;
    /* A pid of 0 is outside our namespace, where nothing that we supervise can be. */
    if (peer.pid > 0)
        *ret_unit = track_owner(pod, peer.pid);
    /* Last: whoever is gone by now had perhaps no seal to be read any more. */
    if (peer.pid > 0 && kill(peer.pid, 0) < 0 && errno == ESRCH)
        return false;
    return *ret_unit == UNIT_NONE;
}

static struct peer *peer_of(struct pod *pod, int fd)
{
    for (size_t i = 0; i < PEERS_MAX; i++)
        if (pod->peers.list[i].role == PEER_CONTROL && pod->peers.list[i].fd == fd)
            return &pod->peers.list[i];
    return NULL;
}

void control_accept(void *context, uint32_t events)
{
    struct pod *pod = context;
    int fd = accept4(pod->control_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    unit_id unit;
    bool welcome;

    (void)events;
    if (fd < 0)
        return;
    welcome = is_welcome(pod, fd, &unit);
    if (peers_add(pod, fd, PEER_CONTROL, UNIT_NONE) < 0) {
        pod_log(pod, 4, "a control connection was refused: %d are open already", PEERS_MAX);
        return;
    }
    if (welcome)
        return;
    if (unit != UNIT_NONE) {
        pod_log(pod, 4, "%s: a process of this unit was refused at the control socket",
                pod_unit_name(pod, unit));
        reply(peer_of(pod, fd), -EACCES, "the control socket is closed to supervised services");
    } else {
        reply(peer_of(pod, fd), -EACCES, "only the pod's own user may ask, and root of its place");
    }
    peers_flush(pod);
    if (peer_of(pod, fd))
        peers_drop(pod, peer_of(pod, fd));
}

static const char *job_word(enum job_result result)
{
    switch (result) {
    case JOB_RESULT_DONE:
        return "done";
    case JOB_RESULT_FAILED:
        return "failed";
    case JOB_RESULT_DEPENDENCY:
        return "a unit that it requires failed";
    case JOB_RESULT_CANCELED:
        return "canceled";
    case JOB_RESULT_TIMEOUT:
        return "timed out";
    case JOB_RESULT_SKIPPED:
        return "does not apply";
    case JOB_RESULT_INVALID:
        return "the unit is not active";
    case JOB_RESULT_ASSERT:
        return "an assertion failed";
    }
    return "?";
}

void control_check_wait(struct pod *pod, struct peer *peer)
{
    const struct unit *unit;

    if (peer->wait.is_waiting && peer->wait.id == UNIT_NONE) {
        peer->wait.is_waiting = false;
        reply(peer, -ENOENT, "the unit has gone");
    }
    if (!peer->wait.is_waiting || pod->engine.units[peer->wait.id].job != JOB_NONE)
        return;
    unit = &pod->engine.units[peer->wait.id];
    peer->wait.is_waiting = false;
    if (unit->job_result == JOB_RESULT_DONE)
        reply(peer, 0, "%s", "");
    else
        reply(peer, -ECANCELED, "job for %s: %s (result '%s')", pod_unit_name(pod, peer->wait.id),
              job_word((enum job_result)unit->job_result),
              unit_result_name((enum unit_result)unit->result));
}

static void request_job(struct pod *pod, struct peer *peer, const struct wire_request *request,
                        enum job_kind kind)
{
    unit_id id = unit_set_find(&pod->set, request->unit);
    int error;

    if (id == UNIT_NONE) {
        reply(peer, -ENOENT, "unit %s is not loaded", request->unit);
        return;
    }
    if (pod->set.specs[id]->is_internal && kind == JOB_STOP) {
        reply(peer, -EPERM, "%s is a part of reeve and cannot be stopped alone", request->unit);
        return;
    }
    error = engine_request(&pod->engine, id, kind, true, clock_monotonic_us());
    if (error < 0)
        reply(peer, error, "%s", request_error_text(error));
    else if (request->no_wait)
        reply(peer, 0, "%s", "");
    else
        peer->wait = (struct peer_wait){ .is_waiting = true, .id = id };
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
        reply(peer, -ENOENT, "unit %s is not loaded", name);
        return;
    }
    reply(peer, 0, "%s", "");
}

static void request_reload(struct pod *pod, struct peer *peer)
{
    int error = act_reload(pod);

    reply(peer, error, "%s", error < 0 ? "the old units stay; the log says why" : "");
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
    case WIRE_VERB_START:
        request_job(pod, peer, request, JOB_START);
        return;
    case WIRE_VERB_STOP:
        request_job(pod, peer, request, JOB_STOP);
        return;
    case WIRE_VERB_RESTART:
        request_job(pod, peer, request, JOB_RESTART);
        return;
    case WIRE_VERB_RESET_FAILED:
        request_reset(pod, peer, request->unit);
        return;
    case WIRE_VERB_RELOAD:
        request_reload(pod, peer);
        return;
    case WIRE_VERB_SHUTDOWN:
        act_stop(pod);
        reply(peer, 0, "%s", "");
        return;
    }
    reply(peer, -EOPNOTSUPP, "this reeve does not know verb %u", request->verb);
}

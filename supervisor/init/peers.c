#include "supervisor/init/peers.h"

#include "supervisor/init/control.h"
#include "supervisor/init/history_send.h"
#include "supervisor/init/log_sources.h"
#include "supervisor/init/outlook.h"
#include "supervisor/init/pod.h"
#include "supervisor/init/properties.h"
#include "supervisor/init/readers.h"
#include "supervisor/init/sockets.h"
#include "supervisor/init/unit_message.h"
#include "supervisor/wire/channel.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>

enum { WORD_BITS = 64, BITMAPS_PER_PEER = 4 };

int peers_reserve(struct pod *pod, size_t units)
{
    size_t words = units / WORD_BITS + 1;

    pod->peers.next_bitmaps = calloc(words * BITMAPS_PER_PEER * PEERS_MAX, sizeof(uint64_t));
    pod->peers.next_words = words;
    return pod->peers.next_bitmaps ? 0 : -ENOMEM;
}

/* The reserved bitmaps, all empty, take the place of the old ones. */
static void use_reserved(struct peers *peers)
{
    free(peers->bitmaps);
    peers->bitmaps = take_pointer(&peers->next_bitmaps);
    peers->words = peers->next_words;
    for (size_t i = 0; i < PEERS_MAX; i++) {
        uint64_t *own = peers->bitmaps + i * BITMAPS_PER_PEER * peers->words;

        peers->list[i].owes_unit = own;
        peers->list[i].owes_state = own + peers->words;
        peers->list[i].owes_source = own + 2 * peers->words;
        peers->list[i].owes_end = own + 3 * peers->words;
    }
}

int peers_init(struct pod *pod)
{
    int error = peers_reserve(pod, pod->set.count);

    if (error < 0)
        return error;
    for (size_t i = 0; i < PEERS_MAX; i++)
        pod->peers.list[i] = (struct peer){ .fd = -1, .pod = pod, .unit = UNIT_NONE };
    use_reserved(&pod->peers);
    return 0;
}

static unit_id renumber(const struct pod *pod, const struct unit_set *next, unit_id id)
{
    return id == UNIT_NONE ? UNIT_NONE : unit_set_find(next, pod_unit_name(pod, id));
}

/* A unit that is gone has nothing more to tell; what was told of it is followed by the reply. */
static void renumber_show(const struct pod *pod, const struct unit_set *next,
                          struct property_cursor *show)
{
    if (!show->is_open || show->id == UNIT_NONE)
        return;
    show->id = renumber(pod, next, show->id);
    show->is_open = show->id != UNIT_NONE;
}

void peers_renumber(struct pod *pod, const struct unit_set *next)
{
    for (size_t i = 0; i < PEERS_MAX; i++) {
        struct peer *peer = &pod->peers.list[i];

        peer->unit = renumber(pod, next, peer->unit);
        if (peer->wait.is_waiting)
            peer->wait.id = renumber(pod, next, peer->wait.id);
        renumber_show(pod, next, &peer->show);
    }
    use_reserved(&pod->peers);
}

void peers_release(struct pod *pod)
{
    if (!pod->peers.bitmaps)
        return;
    for (size_t i = 0; i < PEERS_MAX; i++)
        peers_drop(pod, &pod->peers.list[i]);
    free(take_pointer(&pod->peers.bitmaps));
}

/* --- what is owed --- */

static void owe(uint64_t *bitmap, unit_id id)
{
    bitmap[(size_t)id / WORD_BITS] |= UINT64_C(1) << ((size_t)id % WORD_BITS);
}

static void owe_all(const struct pod *pod, uint64_t *bitmap)
{
    for (size_t i = 0; i < pod->set.count; i++)
        owe(bitmap, (unit_id)i);
}

static void settle_debt(uint64_t *bitmap, unit_id id)
{
    bitmap[(size_t)id / WORD_BITS] &= ~(UINT64_C(1) << ((size_t)id % WORD_BITS));
}

static unit_id first_owed(const struct peers *peers, const uint64_t *bitmap)
{
    for (size_t word = 0; word < peers->words; word++)
        if (bitmap[word])
            return (unit_id)(word * WORD_BITS + (size_t)__builtin_ctzll(bitmap[word]));
    return UNIT_NONE;
}

void peers_owe_snapshot(struct pod *pod, struct peer *peer)
{
    peer->owes_hello = peer->owes_synced = true;
    peer->owes_pod = true;
    peer->is_following = true;
    peer->unit_part = 0;
    owe_all(pod, peer->owes_unit);
    owe_all(pod, peer->owes_state);
}

void peers_owe_history(struct pod *pod, struct peer *peer)
{
    peers_owe_snapshot(pod, peer);
    peer->is_following = false;
    peer->history = (struct history_cursor){ .is_open = true };
}

static void owe_sources(const struct pod *pod, struct peer *peer)
{
    peer->owes_hello = true;
    owe_all(pod, peer->owes_source);
}

/* --- the messages --- */

static void fill_hello(const struct pod *pod, union wire_message *message)
{
    wire_begin(message, WIRE_HELLO);
    message->hello.pid = getpid();
    message->hello.unit_count = (uint32_t)pod->set.count;
    message->hello.started_monotonic_us = pod->started_monotonic_us;
    message->hello.started_realtime_us = pod->started_realtime_us;
    wire_copy(message->hello.version, sizeof(message->hello.version), REEVE_VERSION);
    if (pod->target != UNIT_NONE)
        wire_copy(message->hello.target, sizeof(message->hello.target),
                  pod_unit_name(pod, pod->target));
}

static void fill_state(const struct pod *pod, unit_id id, union wire_message *message)
{
    const struct unit *unit = &pod->engine.units[id];
    const struct member *member = &pod->members[id];
    struct wire_state *state = &message->state;

    wire_begin(message, WIRE_STATE);
    state->id = id;
    state->incarnation = unit->incarnation;
    state->active = (uint8_t)unit_active_state(unit);
    state->health = member->health;
    state->job = unit->job;
    state->is_wanted = unit->is_wanted;
    state->is_blocked = unit->is_blocked;
    state->main_pid = unit->main_pid;
    state->restarts = unit->restarts;
    state->exit_code = unit->main_exit.code;
    state->exit_status = unit->main_exit.status;
    state->since_monotonic_us = unit->since_us;
    state->since_realtime_us = member->since_realtime_us;
    state->start_latency_us = unit->ready_latency_us;
    wire_copy(state->sub, sizeof(state->sub), pod_sub_state(pod, id));
    wire_copy(state->result, sizeof(state->result),
              unit_result_name((enum unit_result)unit->result));
    wire_copy(state->status, sizeof(state->status), member_status(member));
}

static void fill_pod(const struct pod *pod, union wire_message *message)
{
    wire_begin(message, WIRE_POD);
    message->pod.phase = pod->engine.is_stopping ? WIRE_POD_STOPPING
                         : pod->has_told_ready   ? WIRE_POD_RUNNING
                                                 : WIRE_POD_STARTING;
    message->pod.exit_code = pod->engine.exit_status;
}

/* --- sending --- */

/* What the first unit that is owed is, in all its parts; 0 or a negative errno: to be gone on with.
 */
static int send_unit(struct pod *pod, struct peer *peer, unit_id id)
{
    union wire_message message;
    int error = 0;

    while (error == 0 && unit_message(pod, id, peer->unit_part, &message)) {
        error = channel_send(peer->fd, &message, -1);
        if (error == 0)
            peer->unit_part++;
    }
    if (error == 0)
        peer->unit_part = 0;
    return error;
}

/* The next unit of a bitmap; 1: sent, 0: none left, negative: could not be sent now. */
static int send_owed_unit(struct pod *pod, struct peer *peer)
{
    union wire_message message;
    unit_id id = first_owed(&pod->peers, peer->owes_unit);
    uint64_t *bitmap = peer->owes_unit;
    int error;

    if (id != UNIT_NONE) {
        error = send_unit(pod, peer, id);
        if (error == 0)
            settle_debt(bitmap, id);
        return error < 0 ? error : 1;
    }
    if (bitmap = peer->owes_source, id = first_owed(&pod->peers, bitmap), id != UNIT_NONE) {
        error = log_sources_send(pod, peer->fd, id);
        if (error == 0)
            settle_debt(bitmap, id);
        return error < 0 ? error : 1;
    }
    if (bitmap = peer->owes_end, id = first_owed(&pod->peers, bitmap), id != UNIT_NONE) {
        log_sources_fill(pod, id, &message); /* without a descriptor: the end */
    } else if (bitmap = peer->owes_state, id = first_owed(&pod->peers, bitmap), id != UNIT_NONE) {
        fill_state(pod, id, &message);
    } else {
        return 0;
    }
    error = channel_send(peer->fd, &message, -1);
    if (error < 0)
        return error;
    settle_debt(bitmap, id);
    return 1;
}

/* One message that is not about a unit, cleared from the debts when it went out. */
static int send_flag(struct peer *peer, bool *flag, const union wire_message *message, int fd)
{
    int error = channel_send(peer->fd, message, fd);

    if (error == 0)
        *flag = false;
    return error;
}

static int send_hello(struct pod *pod, struct peer *peer)
{
    union wire_message message;
    int error;

    fill_hello(pod, &message);
    error = send_flag(peer, &peer->owes_hello, &message,
                      peer->role == PEER_LOG ? pod->main_pids.fd : -1);
    if (error < 0 || peer->role != PEER_LOG)
        return error;
    if (pod->masks.table) {
        wire_begin(&message, WIRE_MASKS);
        error = channel_send(peer->fd, &message, pod->masks.fd);
    }
    if (error == 0) {
        log_sources_fill(pod, UNIT_NONE, &message);
        error = channel_send(peer->fd, &message, pod->log_read);
    }
    peer->owes_hello = error < 0; /* all, or all again */
    return error;
}

/* What is left of the answer to a WIRE_VERB_SHOW. */
static int send_show(struct pod *pod, struct peer *peer)
{
    union wire_message message;
    int error = 0;

    while (error == 0 && properties_next(pod, &peer->show, &message)) {
        error = channel_send(peer->fd, &message, -1);
        if (error == 0)
            properties_advance(&peer->show, &message.property);
    }
    if (error == 0 && peer->show.id != UNIT_NONE) {
        properties_processes(pod, peer->show.id, &message);
        error = channel_send(peer->fd, &message, -1);
    }
    peer->show.is_open = error < 0;
    return error;
}

static int send_rest(struct pod *pod, struct peer *peer)
{
    union wire_message message;
    int error = 0;

    if (peer->owes_pod) {
        fill_pod(pod, &message);
        error = send_flag(peer, &peer->owes_pod, &message, -1);
    }
    if (error == 0 && peer->owes_synced) {
        wire_begin(&message, WIRE_SYNCED);
        error = send_flag(peer, &peer->owes_synced, &message, -1);
    }
    if (error == 0 && peer->show.is_open)
        error = send_show(pod, peer);
    if (error == 0 && peer->owes_reader)
        error = readers_pay(pod, peer);
    if (error == 0 && peer->owes_journal) {
        error = journal_sockets_send(pod, peer->fd);
        peer->owes_journal = error < 0;
    }
    if (error == 0 && peer->history.is_open)
        error = history_send(pod, peer);
    if (error == 0 && peer->owes_reply) {
        message.reply = peer->reply;
        error = send_flag(peer, &peer->owes_reply, &message, -1);
    }
    return error;
}

static int send_all(struct pod *pod, struct peer *peer)
{
    int result = 1;

    if (peer->owes_hello)
        result = send_hello(pod, peer);
    if (result < 0)
        return result;
    do
        result = send_owed_unit(pod, peer);
    while (result > 0);
    return result < 0 ? result : send_rest(pod, peer);
}

static void flush_peer(struct pod *pod, struct peer *peer)
{
    int error = send_all(pod, peer);

    if (error < 0 && error != -EAGAIN) {
        peers_drop(pod, peer);
        return;
    }
    if (peer->wants_write != (error == -EAGAIN)) {
        peer->wants_write = error == -EAGAIN;
        loop_set_events(peer->source, EPOLLIN | (peer->wants_write ? EPOLLOUT : 0));
    }
}

void peers_flush(struct pod *pod)
{
    for (size_t i = 0; i < PEERS_MAX; i++) {
        struct peer *peer = &pod->peers.list[i];

        if (peer->role == PEER_NONE)
            continue;
        control_check_wait(pod, peer);
        if (!peer->wants_write)
            flush_peer(pod, peer);
    }
}

/* --- receiving --- */

static void handle_health(struct pod *pod, const struct wire_health *health)
{
    unit_id id = health->id;

    if (id < 0 || (size_t)id >= pod->set.count || health->health > WIRE_HEALTH_UNHEALTHY ||
        health->incarnation != pod->engine.units[id].incarnation)
        return; /* late news about a process that is gone */
    recorder_health(pod, health, pod->members[id].health);
    pod->members[id].health = health->health;
    engine_touch(&pod->engine, id);
    if (health->health == WIRE_HEALTH_UNHEALTHY)
        engine_unhealthy(&pod->engine, id, clock_monotonic_us());
    if (health->health == WIRE_HEALTH_HEALTHY)
        engine_arrived(&pod->engine, id, AWAIT_PROBE, clock_monotonic_us());
}

/* False: the peer may not say this. */
static bool handle_message(struct pod *pod, struct peer *peer, const union wire_message *message)
{
    if (message->header.type == WIRE_HEALTH && peer->role == PEER_HEALTH)
        handle_health(pod, &message->health);
    else if (message->header.type == WIRE_VERDICT && peer->role == PEER_HEALTH)
        return outlook_verdict(pod, &message->verdict);
    else if (message->header.type == WIRE_REQUEST && peer->role == PEER_CONTROL)
        control_request(pod, peer, &message->request);
    else
        return false;
    return true;
}

static void peer_moved(void *context, uint32_t events)
{
    struct peer *peer = context;
    struct pod *pod = peer->pod;
    union wire_message message;
    int fd, error;

    if (events & EPOLLOUT)
        peer->wants_write = true; /* looked at again in flush_peer() */
    error = channel_receive(peer->fd, &message, &fd);
    if (error == 0) {
        fd_close(fd);
        if (!handle_message(pod, peer, &message))
            error = -EBADMSG;
    }
    if (error < 0 && error != -EAGAIN && error != -EINTR)
        peers_drop(pod, peer);
    else if (peer->wants_write)
        flush_peer(pod, peer);
}

/* --- coming and going --- */

static void bitmaps_clear(const struct pod *pod, struct peer *peer)
{
    memset(peer->owes_unit, 0, BITMAPS_PER_PEER * pod->peers.words * sizeof(uint64_t));
}

int peers_add(struct pod *pod, int fd, enum peer_role role, unit_id unit)
{
    size_t last = role == PEER_CONTROL ? PEERS_MAX - PEERS_RESERVED : PEERS_MAX;
    struct peer *peer = NULL;
    int error;

    socket_refuse_descriptors(fd);
    for (size_t i = 0; i < last && !peer; i++)
        if (pod->peers.list[i].role == PEER_NONE)
            peer = &pod->peers.list[i];
    if (!peer) {
        fd_close(fd);
        return -EBUSY;
    }
    error = loop_add_fd(pod->loop, fd, peer_moved, peer, &peer->source);
    if (error < 0) {
        fd_close(fd);
        return error;
    }
    peer->fd = fd;
    peer->role = role;
    peer->unit = unit;
    peer->wants_write = peer->owes_reply = peer->is_following = false;
    peer->owes_hello = peer->owes_pod = peer->owes_synced = false;
    peer->owes_reader = role == PEER_HEALTH;
    peer->owes_journal = role == PEER_LOG;
    peer->wait = (struct peer_wait){ .id = UNIT_NONE };
    peer->show.is_open = peer->history.is_open = false;
    bitmaps_clear(pod, peer);
    if (role == PEER_LOG) {
        owe_sources(pod, peer);
        readers_renew(&pod->peers);
    } else if (role != PEER_CONTROL)
        peers_owe_snapshot(pod, peer);
    return 0;
}

void peers_owe_everything(struct pod *pod)
{
    for (size_t i = 0; i < PEERS_MAX; i++) {
        struct peer *peer = &pod->peers.list[i];

        if (peer->role == PEER_LOG)
            owe_sources(pod, peer);
        else if (peer->history.is_open)
            peers_owe_history(pod, peer); /* what was told spoke of the old positions */
        else if (peer->is_following)
            peers_owe_snapshot(pod, peer);
    }
}

void peers_drop(struct pod *pod, struct peer *peer)
{
    if (peer->role == PEER_NONE)
        return;
    if (peer->role == PEER_HEALTH)
        outlook_verdict_lost(pod);
    peer->source = loop_source_free(peer->source);
    peer->fd = fd_close(peer->fd);
    peer->role = PEER_NONE;
    peer->is_following = false;
    peer->unit = UNIT_NONE;
}

void peers_drop_unit(struct pod *pod, unit_id unit)
{
    for (size_t i = 0; i < PEERS_MAX; i++)
        if (pod->peers.list[i].role != PEER_NONE && pod->peers.list[i].unit == unit)
            peers_drop(pod, &pod->peers.list[i]);
}

void peers_tell_unit(struct pod *pod, unit_id id)
{
    main_pids_tell(pod, id);
    for (size_t i = 0; i < PEERS_MAX; i++)
        if (pod->peers.list[i].is_following)
            owe(pod->peers.list[i].owes_state, id);
}

void peers_tell_end(struct pod *pod, unit_id id)
{
    for (size_t i = 0; i < PEERS_MAX; i++)
        if (pod->peers.list[i].role == PEER_LOG)
            owe(pod->peers.list[i].owes_end, id);
}

void peers_tell_pod(struct pod *pod)
{
    for (size_t i = 0; i < PEERS_MAX; i++)
        if (pod->peers.list[i].is_following)
            pod->peers.list[i].owes_pod = true;
}

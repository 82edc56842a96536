#include "supervisor/health/talk.h"

#include "supervisor/health/tls.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { READ_SIZE = 16 * 1024 };

static void connect_anew(struct talk *talk);

static void close_connection(struct talk *talk)
{
    loop_unwatch(talk->loop, &talk->watch);
    talk->tls = tls_free(talk->tls);
    talk->fd = fd_close(talk->fd);
}

/* --- the end of a conversation --- */

static void keep_or_close(struct talk *talk, bool is_good)
{
    bool may_keep = is_good && talk->dialogue.may_keep;

    loop_unwatch(talk->loop, &talk->watch);
    if (may_keep && talk->protocol->is_held) {
        fd_close(talk->held_fd);
        talk->held_fd = take_fd(&talk->fd);
    } else if (!may_keep) {
        close_connection(talk);
    }
}

static void finish(struct talk *talk, bool is_good)
{
    char message[WIRE_TEXT_SIZE];

    keep_or_close(talk, is_good);
    talk->state = TALK_IDLE;
    text_clean(message, sizeof(message), talk->dialogue.message);
    text_release(&talk->dialogue.heard);
    talk->done(talk->context, is_good, message);
}

static void fail(struct talk *talk, const char *where, int error)
{
    snprintf(talk->dialogue.message, sizeof(talk->dialogue.message), "%s: %s", where,
             strerror(-error));
    finish(talk, false);
}

/* The connection broke. One that was kept may have been stale: then the peer gets a second chance.
 */
static void lose(struct talk *talk, const char *where, int error)
{
    if (talk->dialogue.is_fresh || talk->dialogue.heard.length > 0) {
        fail(talk, where, error);
        return;
    }
    close_connection(talk);
    connect_anew(talk);
}

/* --- speaking --- */

static ssize_t transport_send(struct talk *talk, const void *bytes, size_t length)
{
    ssize_t sent;

    if (talk->tls)
        return tls_send(talk->tls, bytes, length);
    sent = send(talk->fd, bytes, length, MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
}

static ssize_t transport_receive(struct talk *talk, void *bytes, size_t size)
{
    ssize_t received;

    if (talk->tls)
        return tls_receive(talk->tls, bytes, size);
    received = recv(talk->fd, bytes, size, 0);
    return received < 0 ? -errno : received;
}

/* 0: all is sent; -EAGAIN; another error. */
static int send_request(struct talk *talk)
{
    const struct text *request = &talk->dialogue.request;

    while (talk->sent < request->length) {
        ssize_t sent =
            transport_send(talk, request->bytes + talk->sent, request->length - talk->sent);

        if (sent == -EINTR)
            continue;
        if (sent < 0)
            return (int)sent;
        talk->sent += (size_t)sent;
    }
    return 0;
}

/* 1: something came; 0: the peer said its last; -EAGAIN; another error. */
static int hear(struct talk *talk)
{
    char bytes[READ_SIZE];
    ssize_t received;

    do
        received = transport_receive(talk, bytes, sizeof(bytes));
    while (received == -EINTR);
    if (received > 0)
        text_append(&talk->dialogue.heard, bytes, (size_t)received);
    else if (received == 0)
        talk->dialogue.has_ended = true;
    if (talk->dialogue.heard.has_failed)
        return -ENOMEM;
    return received < 0 ? (int)received : received > 0;
}

static void wait_for(struct talk *talk, uint32_t events)
{
    int error = loop_watch(talk->loop, &talk->watch, talk->fd, events);

    if (error < 0)
        fail(talk, "cannot wait for the connection", error);
}

/* True: the conversation is over. */
static bool judge(struct talk *talk)
{
    enum answer answer = talk->protocol->judge(&talk->dialogue);

    if (answer == ANSWER_MORE && talk->dialogue.has_ended) {
        snprintf(talk->dialogue.message, sizeof(talk->dialogue.message),
                 "the connection was closed in the middle of the answer");
        answer = ANSWER_BAD;
    }
    if (answer == ANSWER_MORE && talk->dialogue.heard.length > DIALOGUE_HEARD_MAX) {
        snprintf(talk->dialogue.message, sizeof(talk->dialogue.message), "the answer is too long");
        answer = ANSWER_BAD;
    }
    if (answer == ANSWER_MORE)
        return false;
    finish(talk, answer == ANSWER_GOOD);
    return true;
}

static void speak(struct talk *talk)
{
    int sending = send_request(talk), result;

    if (sending < 0 && sending != -EAGAIN) {
        lose(talk, "cannot send", sending);
        return;
    }
    while ((result = hear(talk)) >= 0) {
        if (result == 0 && talk->dialogue.heard.length == 0 && !talk->dialogue.is_fresh) {
            lose(talk, "cannot receive", -ECONNRESET);
            return;
        }
        if (judge(talk))
            return;
    }
    if (result != -EAGAIN) {
        lose(talk, "cannot receive", result);
        return;
    }
    wait_for(talk, EPOLLIN | (sending == -EAGAIN ? EPOLLOUT : 0));
}

/* --- the beginning --- */

static void begin_to_speak(struct talk *talk)
{
    struct dialogue *dialogue = &talk->dialogue;
    int error = 0;

    talk->state = TALK_SPEAKING;
    talk->sent = 0;
    text_clear(&dialogue->request);
    text_clear(&dialogue->heard);
    dialogue->has_ended = dialogue->may_keep = false;
    dialogue->message[0] = '\0';
    if (!talk->protocol->ask) {
        snprintf(dialogue->message, sizeof(dialogue->message), "connected");
        finish(talk, true);
        return;
    }
    error = talk->protocol->ask(dialogue);
    if (error == -ENOMEM)
        fail(talk, "cannot ask", error);
    else if (error < 0)
        finish(talk, false); /* the protocol said why */
    else
        speak(talk);
}

static void secure(struct talk *talk)
{
    int error = tls_handshake(talk->tls);

    talk->state = TALK_SECURING;
    if (error == 0) {
        begin_to_speak(talk);
    } else if (error == -EAGAIN) {
        wait_for(talk, tls_wants_write(talk->tls) ? EPOLLOUT : EPOLLIN);
    } else {
        snprintf(talk->dialogue.message, sizeof(talk->dialogue.message), "TLS: %s",
                 tls_problem(talk->tls));
        finish(talk, false);
    }
}

static void connected(struct talk *talk)
{
    int error = 0;
    socklen_t size = sizeof(error);

    if (getsockopt(talk->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
        error = errno;
    if (error != 0) {
        fail(talk, "cannot connect", -error);
        return;
    }
    if (!talk->protocol->has_tls) {
        begin_to_speak(talk);
        return;
    }
    talk->tls = tls_new(talk->fd);
    if (talk->tls)
        secure(talk);
    else
        fail(talk, "cannot begin TLS", -ENOMEM);
}

static void connect_anew(struct talk *talk)
{
    const struct probe_address *address = talk->dialogue.address;
    int on = 1;

    talk->dialogue.is_fresh = true;
    talk->state = TALK_CONNECTING;
    talk->fd = socket(address->socket.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (talk->fd < 0) {
        fail(talk, "cannot make a socket", -errno);
        return;
    }
    if (address->socket.any.sa_family != AF_UNIX)
        (void)setsockopt(talk->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(talk->fd, &address->socket.any, address->socket_length) == 0)
        connected(talk);
    else if (errno == EINPROGRESS)
        wait_for(talk, EPOLLOUT);
    else /* EAGAIN: a Unix socket whose queue is full; that is an answer too */
        fail(talk, "cannot connect", -errno);
}

static void talk_moved(void *context, uint32_t events)
{
    struct talk *talk = context;

    (void)events; /* an error shows in the next call on the socket */
    switch (talk->state) {
    case TALK_IDLE:
        close_connection(talk);
        break;
    case TALK_CONNECTING:
        connected(talk);
        break;
    case TALK_SECURING:
        secure(talk);
        break;
    case TALK_SPEAKING:
        speak(talk);
        break;
    }
}

/* Whether a kept connection is surely of no use: closed by the peer, or with words that nobody
 * asked for. */
static bool is_stale(const struct talk *talk)
{
    char byte;

    if (talk->tls) /* tickets may lie there; if the peer is gone, speak() will see it */
        return false;
    return recv(talk->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 ||
           (errno != EAGAIN && errno != EWOULDBLOCK);
}

void talk_start(struct talk *talk)
{
    if (talk->fd >= 0 && is_stale(talk))
        close_connection(talk);
    talk->dialogue.message[0] = '\0';
    talk->dialogue.is_fresh = talk->fd < 0;
    if (talk->fd >= 0)
        begin_to_speak(talk);
    else
        connect_anew(talk);
}

const char *talk_cancel(struct talk *talk)
{
    static const char *const awaited[] = {
        [TALK_IDLE] = "in nothing",
        [TALK_CONNECTING] = "while connecting",
        [TALK_SECURING] = "in the TLS handshake",
        [TALK_SPEAKING] = "waiting for the answer",
    };
    const char *where = awaited[talk->state];

    talk->state = TALK_IDLE;
    close_connection(talk);
    return where;
}

void talk_init(struct talk *talk, struct loop *loop, const struct probe_address *address)
{
    *talk = (struct talk){
        .loop = loop,
        .protocol = protocol_of(address->kind),
        .dialogue.address = address,
        .watch = { .fd = -1, .callback = talk_moved, .context = talk },
        .fd = -1,
        .held_fd = -1,
    };
}

void talk_reset(struct talk *talk)
{
    talk->state = TALK_IDLE;
    close_connection(talk);
    talk->held_fd = fd_close(talk->held_fd);
}

void talk_release(struct talk *talk)
{
    talk_reset(talk);
    if (talk->dialogue.request.bytes) /* had a password in it */
        explicit_bzero(talk->dialogue.request.bytes, talk->dialogue.request.capacity);
    text_release(&talk->dialogue.request);
    text_release(&talk->dialogue.heard);
}

#include "services/kairos/websocket.h"

#include <errno.h>
#include <libwebsockets.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/kairos/clock.h"
#include "services/kairos/knock.h"

#define HTTP_BODY_MAX  65536
#define RECEIVE_BUFFER 65536

struct loop {
    struct lws_context *context;
    lws_sorted_usec_list_t alarm; /* makes lws_service() return at a deadline */
    atomic_bool is_cancelled;
    atomic_bool is_woken;
};

struct text {
    char *bytes;
    size_t length, room;
};

struct message {
    struct message *next;
    struct text text;
};

enum phase { PHASE_OPENING, PHASE_OPEN, PHASE_DONE /* HTTP only */, PHASE_CLOSED };

/* A WebSocket, or an HTTP request on its way. libwebsockets holds a pointer to it until the close
 * callback. */
struct websocket {
    struct loop *loop;
    struct lws *wsi; /* NULL once closed */
    bool is_http;    /* a request, not a WebSocket */
    enum phase phase;
    int error;
    struct text partial;           /* the message, or the body, so far */
    struct message *first, **last; /* received, not yet taken */
    char *outgoing;                /* LWS_PRE bytes of room, then the text; NULL: none */
    size_t outgoing_length;
};

static void on_alarm(lws_sorted_usec_list_t *alarm)
{
    (void)alarm; /* that lws_service() returns is all that is wanted */
}

static void fail(struct websocket *socket, int error)
{
    if (socket->error == 0)
        socket->error = error;
    socket->phase = PHASE_CLOSED;
}

static int text_append(struct text *text, const void *bytes, size_t length, size_t limit)
{
    if (length > limit - text->length)
        return -EMSGSIZE;
    if (text->length + length + 1 > text->room) {
        size_t room = 2 * (text->length + length + 1);
        char *grown = realloc(text->bytes, room);

        if (grown == NULL)
            return -ENOMEM;
        text->bytes = grown;
        text->room = room;
    }
    if (length > 0)
        memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
    return 0;
}

static int take_message(struct websocket *socket)
{
    struct message *message = calloc(1, sizeof(*message));

    if (message == NULL)
        return -ENOMEM;
    message->text = socket->partial;
    socket->partial = (struct text){ 0 };
    *socket->last = message;
    socket->last = &message->next;
    return 0;
}

/* Returning -1 from a callback is libwebsockets' way to close. */
static int on_receive(struct websocket *socket, const void *bytes, size_t length)
{
    int error = lws_frame_is_binary(socket->wsi)
                    ? -EPROTO
                    : text_append(&socket->partial, bytes, length, WEBSOCKET_MESSAGE_MAX);

    if (error == 0 && lws_is_final_fragment(socket->wsi) &&
        lws_remaining_packet_payload(socket->wsi) == 0)
        error = take_message(socket);
    if (error < 0)
        fail(socket, error);
    return error < 0 ? -1 : 0;
}

static int on_writable(struct websocket *socket)
{
    if (socket->outgoing == NULL)
        return 0;
    int written = lws_write(socket->wsi, (unsigned char *)socket->outgoing + LWS_PRE,
                            socket->outgoing_length, LWS_WRITE_TEXT);

    free(socket->outgoing);
    socket->outgoing = NULL;
    if (written < 0)
        fail(socket, -ECONNRESET);
    return written < 0 ? -1 : 0;
}

static int on_http_readable(struct lws *wsi)
{
    char buffer[LWS_PRE + 4096];
    char *start = buffer + LWS_PRE;
    int length = (int)sizeof(buffer) - LWS_PRE;

    return lws_http_client_read(wsi, &start, &length) < 0 ? -1 : 0;
}

static int on_http_head(struct websocket *socket)
{
    if (!socket->is_http)
        return 0; /* the head of the upgrade, which libwebsockets judges */
    socket->phase = PHASE_OPEN;
    if (lws_http_client_http_response(socket->wsi) == 200)
        return 0;
    fail(socket, -EPROTO);
    return -1;
}

static int on_http_body(struct websocket *socket, const void *bytes, size_t length)
{
    int error = text_append(&socket->partial, bytes, length, HTTP_BODY_MAX);

    if (error < 0)
        fail(socket, error);
    return error < 0 ? -1 : 0;
}

static void on_gone(struct websocket *socket)
{
    if (socket->phase != PHASE_DONE)
        fail(socket, socket->phase == PHASE_OPENING ? -EPROTO : -ECONNRESET);
    socket->wsi = NULL;
}

/* libwebsockets has about a hundred reasons; these are ours, the others get its own default. */
static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len)
{
    struct websocket *socket = user;

    if (socket == NULL)
        return lws_callback_http_dummy(wsi, reason, user, in, len);
    if (reason == LWS_CALLBACK_CLIENT_ESTABLISHED) {
        socket->phase = PHASE_OPEN;
        return 0;
    }
    if (reason == LWS_CALLBACK_CLIENT_RECEIVE)
        return on_receive(socket, in, len);
    if (reason == LWS_CALLBACK_CLIENT_WRITEABLE)
        return on_writable(socket);
    if (reason == LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP)
        return on_http_head(socket);
    if (reason == LWS_CALLBACK_RECEIVE_CLIENT_HTTP)
        return on_http_readable(wsi);
    if (reason == LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ)
        return on_http_body(socket, in, len);
    if (reason == LWS_CALLBACK_COMPLETED_CLIENT_HTTP) {
        socket->phase = PHASE_DONE;
        return -1;
    }
    if (reason == LWS_CALLBACK_CLIENT_CONNECTION_ERROR || reason == LWS_CALLBACK_CLIENT_CLOSED ||
        reason == LWS_CALLBACK_CLOSED_CLIENT_HTTP) {
        on_gone(socket);
        return 0;
    }
    return lws_callback_http_dummy(wsi, reason, NULL, in, len);
}

static const struct lws_protocols protocols[] = {
    { .name = "cdp", .callback = on_event, .rx_buffer_size = RECEIVE_BUFFER },
    { 0 },
};

int loop_new(struct loop **ret_loop)
{
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .gid = -1,
        .uid = -1,
        /* Otherwise a table for every fd that the limit allows, a million in some containers. */
        .fd_limit_per_thread = 32,
    };
    struct loop *loop = calloc(1, sizeof(*loop));

    if (loop == NULL)
        return -ENOMEM;
    lws_set_log_level(0, NULL); /* what matters comes back as an error */
    loop->context = lws_create_context(&info);
    if (loop->context == NULL) {
        free(loop);
        return -ENOMEM;
    }
    *ret_loop = loop;
    return 0;
}

void loop_free(struct loop *loop)
{
    if (loop == NULL)
        return;
    lws_sul_cancel(&loop->alarm);
    lws_context_destroy(loop->context);
    free(loop);
}

void loop_wake(struct loop *loop)
{
    atomic_store(&loop->is_woken, true);
    lws_cancel_service(loop->context);
}

void loop_cancel(struct loop *loop)
{
    atomic_store(&loop->is_cancelled, true);
    lws_cancel_service(loop->context);
}

/* Lets libwebsockets work once, at most until the deadline. 0, -ETIMEDOUT, -ECANCELED. */
static int turn(struct loop *loop, uint64_t deadline_us)
{
    uint64_t now_us = clock_monotonic_us();

    if (atomic_load(&loop->is_cancelled))
        return -ECANCELED;
    if (now_us >= deadline_us)
        return -ETIMEDOUT;
    lws_sul_schedule(loop->context, 0, &loop->alarm, on_alarm, (lws_usec_t)(deadline_us - now_us));
    return lws_service(loop->context, 0) < 0 ? -EIO : 0;
}

int loop_idle(struct loop *loop, const struct websocket *socket, uint64_t deadline_us)
{
    int error = 0;

    while (error == 0 && !atomic_exchange(&loop->is_woken, false)) {
        if (socket != NULL && socket->phase == PHASE_CLOSED)
            return socket->error;
        error = turn(loop, deadline_us);
    }
    return error == -ETIMEDOUT ? 0 : error;
}

static void websocket_free(struct websocket *socket)
{
    while (socket->first != NULL) {
        struct message *message = socket->first;

        socket->first = message->next;
        free(message->text.bytes);
        free(message);
    }
    free(socket->partial.bytes);
    free(socket->outgoing);
    free(socket);
}

/* Starts a connection and waits until it is past `from`; the caller closes it also on failure. */
static int start(struct websocket *socket, const struct endpoint *endpoint, uint64_t deadline_us)
{
    struct lws_client_connect_info info = {
        .context = socket->loop->context,
        .address = endpoint->host,
        .host =
            endpoint->host, /* DevTools answers an IP address or localhost only, and no Origin */
        .port = endpoint->port,
        .path = endpoint->path,
        .method = socket->is_http ? "GET" : NULL,
        .ietf_version_or_minus_one = -1,
        .local_protocol_name = protocols[0].name,
        .userdata = socket,
        .pwsi = &socket->wsi,
    };
    enum phase awaited = socket->is_http ? PHASE_DONE : PHASE_OPEN;
    int error = knock(endpoint->host, endpoint->port, deadline_us);

    if (error < 0)
        return error;
    if (lws_client_connect_via_info(&info) == NULL && socket->error == 0)
        return -EPROTO;
    while (socket->phase < awaited && error == 0)
        error = turn(socket->loop, deadline_us);
    return socket->phase == PHASE_CLOSED ? socket->error : error;
}

static struct websocket *websocket_new(struct loop *loop)
{
    struct websocket *socket = calloc(1, sizeof(*socket));

    if (socket == NULL)
        return NULL;
    socket->loop = loop;
    socket->last = &socket->first;
    return socket;
}

int loop_http_get(struct loop *loop, const struct endpoint *endpoint, uint64_t deadline_us,
                  char **ret_body)
{
    struct websocket *request = websocket_new(loop);

    if (request == NULL)
        return -ENOMEM;
    request->is_http = true;
    int error = start(request, endpoint, deadline_us);

    if (error == 0 && request->partial.bytes == NULL)
        error = -EPROTO;
    if (error == 0) {
        *ret_body = request->partial.bytes;
        request->partial.bytes = NULL;
    }
    websocket_close(request);
    return error;
}

int websocket_open(struct loop *loop, const struct endpoint *endpoint, uint64_t deadline_us,
                   struct websocket **ret_socket)
{
    struct websocket *socket = websocket_new(loop);

    if (socket == NULL)
        return -ENOMEM;
    int error = start(socket, endpoint, deadline_us);

    if (error < 0)
        websocket_close(socket);
    else
        *ret_socket = socket;
    return error;
}

void websocket_close(struct websocket *socket)
{
    if (socket == NULL)
        return;
    /* The memory may go only after libwebsockets has let go of it, which this forces. */
    if (socket->wsi != NULL)
        lws_set_timeout(socket->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_SYNC);
    websocket_free(socket);
}

int websocket_send(struct websocket *socket, const char *text, uint64_t deadline_us)
{
    size_t length = strlen(text);
    int error = 0;

    if (socket->phase != PHASE_OPEN)
        return socket->error;
    free(socket->outgoing); /* of a send that timed out */
    socket->outgoing = malloc(LWS_PRE + length);
    if (socket->outgoing == NULL)
        return -ENOMEM;
    memcpy(socket->outgoing + LWS_PRE, text, length);
    socket->outgoing_length = length;
    (void)lws_callback_on_writable(socket->wsi);
    while (socket->outgoing != NULL && socket->phase == PHASE_OPEN && error == 0)
        error = turn(socket->loop, deadline_us);
    return socket->phase == PHASE_CLOSED ? socket->error : error;
}

int websocket_receive(struct websocket *socket, uint64_t deadline_us, char **ret_text,
                      size_t *ret_length)
{
    int error = 0;

    while (socket->first == NULL && socket->phase == PHASE_OPEN && error == 0)
        error = turn(socket->loop, deadline_us);
    struct message *message = socket->first;

    if (message == NULL)
        return socket->phase == PHASE_CLOSED ? socket->error : error;
    socket->first = message->next;
    if (socket->first == NULL)
        socket->last = &socket->first;
    *ret_text = message->text.bytes;
    *ret_length = message->text.length;
    free(message);
    return 0;
}

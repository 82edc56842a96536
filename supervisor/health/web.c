#include "supervisor/health/web.h"

#include "supervisor/health/answer.h"
#include "supervisor/health/broadcast.h"
#include "supervisor/health/process.h"
#include "supervisor/health/verdict.h"
#include "supervisor/wire/fd.h"

#include <microhttpd.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>

enum { STREAM_BLOCK = 2048 };

struct web {
    struct loop *loop;
    const struct table *table;
    struct MHD_Daemon *daemon;
    struct loop_watch watch;
    struct patience patience;
    struct broadcast broadcast;
    struct usages usages;
    uint64_t library_deadline_us;
    struct text body, spare; /* of the answer being made */
    struct health_page health_page;
    bool has_started; /* the pod was ready once, up to when table.changes was `judged` */
    uint64_t judged, nonce;
};

/* --- answering --- */

/* Consumes the response, which may be NULL: there was no memory for it. */
static enum MHD_Result queue(struct MHD_Connection *connection, const struct reply *reply,
                             struct MHD_Response *response)
{
    enum MHD_Result result = response ? MHD_YES : MHD_NO;

    for (size_t i = 0; i < reply->header_count && result == MHD_YES; i++)
        result = MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
    if (result == MHD_YES)
        result = MHD_queue_response(connection, reply->status, response);
    if (response)
        MHD_destroy_response(response);
    return result;
}

/* Copies the body, so that the web's buffer serves the next answer. */
static enum MHD_Result send_reply(struct MHD_Connection *connection, const struct reply *reply)
{
    return queue(connection, reply,
                 MHD_create_response_from_buffer(reply->body->length, reply->body->bytes,
                                                 MHD_RESPMEM_MUST_COPY));
}

static void gather(struct web *web, const struct route *route, struct sources *ret_sources)
{
    struct sources sources = { .table = web->table,
                               .health_page = &web->health_page,
                               .has_started = web->has_started,
                               .nonce = web->nonce };

    if (route->flags & ROUTE_PROCESS) {
        process_measure(&sources.moment);
        container_measure(&sources.container);
    }
    sources.moment.realtime_us = clock_realtime_us();
    sources.moment.monotonic_us = clock_monotonic_us();
    if (route->flags & ROUTE_USAGE) {
        usages_refresh(&web->usages, web->table, sources.moment.monotonic_us);
        sources.usages = &web->usages;
    }
    *ret_sources = sources;
}

/* --- streams --- */

static struct client *client_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info ? info->socket_context : NULL;
}

static ssize_t read_stream(void *context, uint64_t position, char *buffer, size_t size)
{
    struct stream *stream = context;
    ssize_t length = broadcast_read(stream, buffer, size);

    (void)position;
    if (length == 0)
        MHD_suspend_connection(stream->connection);
    return length < 0 ? MHD_CONTENT_READER_END_OF_STREAM : length;
}

static void free_stream(void *context)
{
    broadcast_remove(context);
}

static void wake(void *connection)
{
    MHD_resume_connection(connection);
}

static enum MHD_Result begin_stream(struct web *web, struct MHD_Connection *connection,
                                    const struct route *route, struct reply *reply)
{
    struct stream *stream = broadcast_add(&web->broadcast, connection, client_of(connection));
    struct MHD_Response *response;

    if (!stream) {
        answer_refuse_stream(reply);
        return send_reply(connection, reply);
    }
    answer_stream(route, reply);
    response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_stream,
                                                 stream, free_stream);
    if (!response)
        free_stream(stream);
    return queue(connection, reply, response);
}

/* --- requests --- */

static const char *field(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static enum MHD_Result take_query(void *context, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    (void)kind;
    request_take_query(context, name, value);
    return MHD_YES;
}

static enum MHD_Result answer(struct web *web, struct MHD_Connection *connection,
                              struct request *request)
{
    struct reply reply = { .body = &web->body, .spare = &web->spare };
    const struct route *route = answer_begin(request, &reply);
    struct sources sources;

    if (!route)
        return send_reply(connection, &reply);
    if (route->flags & ROUTE_STREAM)
        return begin_stream(web, connection, route, &reply);
    gather(web, route, &sources);
    answer_fill(route, request, &sources, &reply);
    return send_reply(connection, &reply);
}

/* The signature is the library's. Bodies are read away; an answer before their end would close the
 * connection. */
/* NOLINTNEXTLINE(readability-function-size) */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *data_size, void **state)
{
    static char seen;
    struct request request;

    (void)version;
    (void)data;
    if (!*state) {
        *state = &seen;
        return MHD_YES;
    }
    if (*data_size > 0) {
        *data_size = 0;
        return MHD_YES;
    }
    request_init(&request, method, url);
    request.accept = field(connection, "Accept");
    request.accept_encoding = field(connection, "Accept-Encoding");
    request.if_none_match = field(connection, "If-None-Match");
    request.authorization = field(connection, "Authorization");
    (void)MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, take_query, &request);
    return answer(context, connection, &request);
}

/* --- connections --- */

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    struct web *web = context;
    struct client *client = client_of(connection);

    *state = NULL;
    if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK && client)
        patience_renew(&web->patience, client, clock_monotonic_us());
}

static void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct web *web = context;

    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        patience_remove(&web->patience, *socket_context);
        *socket_context = NULL;
        return;
    }
    *socket_context = patience_add(
        &web->patience,
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd,
        clock_monotonic_us());
}

/* --- the library in our loop --- */

static void run(struct web *web)
{
    MHD_UNSIGNED_LONG_LONG wait_ms;

    (void)MHD_run(web->daemon);
    /* 0: something is ready already that epoll will not report again. */
    web->library_deadline_us = MHD_get_timeout(web->daemon, &wait_ms) == MHD_YES
                                   ? clock_monotonic_us() + wait_ms * USEC_PER_MSEC
                                   : USEC_INFINITY;
}

static void web_moved(void *context, uint32_t events)
{
    (void)events;
    run(context);
}

uint64_t web_deadline(const struct web *web)
{
    uint64_t deadline_us = patience_deadline(&web->patience);

    if (web->library_deadline_us < deadline_us)
        deadline_us = web->library_deadline_us;
    if (broadcast_deadline(&web->broadcast) < deadline_us)
        deadline_us = broadcast_deadline(&web->broadcast);
    return deadline_us;
}

void web_tick(struct web *web, uint64_t now_us)
{
    if (!web->has_started && web->judged != web->table->changes) {
        web->has_started = pod_is_ready(web->table);
        web->judged = web->table->changes;
    }
    patience_tick(&web->patience, now_us);
    if (broadcast_follow(&web->broadcast, now_us) || web->library_deadline_us <= now_us)
        run(web);
}

static struct MHD_Daemon *start_daemon(struct web *web, int listener)
{
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request,
                            web, MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_NOTIFY_COMPLETED,
                            on_completed, web, MHD_OPTION_NOTIFY_CONNECTION, on_connection, web,
                            MHD_OPTION_CONNECTION_LIMIT, (unsigned)WEB_CONNECTIONS_MAX,
                            MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(PATIENCE_US / USEC_PER_SEC),
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)WEB_CONNECTION_MEMORY,
                            MHD_OPTION_END);
}

static int begin(struct web *web, int listener)
{
    const union MHD_DaemonInfo *info;

    web->daemon = start_daemon(web, listener);
    if (!web->daemon) {
        fd_close(listener);
        return -ENOMEM;
    }
    info = MHD_get_daemon_info(web->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (!info)
        return -ENOTSUP;
    run(web);
    return loop_watch(web->loop, &web->watch, info->epoll_fd, EPOLLIN);
}

int web_new(struct loop *loop, const struct table *table, int listener, struct web **ret_web)
{
    struct web *web = calloc(1, sizeof(*web));
    int error;

    if (!web) {
        fd_close(listener);
        return -ENOMEM;
    }
    web->loop = loop;
    web->table = table;
    web->nonce = clock_realtime_us();
    web->watch = (struct loop_watch){ .fd = -1, .callback = web_moved, .context = web };
    patience_init(&web->patience);
    web->broadcast = (struct broadcast){
        .table = table, .usages = &web->usages, .patience = &web->patience, .wake = wake
    };
    error = begin(web, listener);
    if (error < 0)
        web_free(web);
    else
        *ret_web = web;
    return error;
}

struct web *web_free(struct web *web)
{
    if (!web)
        return NULL;
    loop_unwatch(web->loop, &web->watch);
    broadcast_wake_all(&web->broadcast); /* the library insists on it */
    if (web->daemon)
        MHD_stop_daemon(web->daemon); /* closes the listener and all clients */
    usages_release(&web->usages);
    text_release(&web->body);
    text_release(&web->spare);
    text_release(&web->health_page.text);
    free(web);
    return NULL;
}

#include "supervisor/health/web.h"

#include "supervisor/health/answer.h"
#include "supervisor/health/broadcast.h"
#include "supervisor/health/gather.h"
#include "supervisor/health/kept.h"
#include "supervisor/health/log_fetch.h"
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
    const struct guard *guard;
    struct MHD_Daemon *daemon;
    struct loop_watch watch;
    struct patience patience;
    struct broadcast broadcast;
    struct log_fetches fetches;
    struct gather gather;
    uint64_t library_deadline_us;
    struct kept kept[2];     /* as it is, and for who accepts gzip */
    struct text body, spare; /* of the answer being made */
};

/* --- answering --- */

/* Adds the headers. Consumes the response, which may be NULL: there was no memory for it. */
static struct MHD_Response *dress(struct MHD_Response *response, const struct reply *reply)
{
    for (size_t i = 0; i < reply->header_count && response; i++)
        if (MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value) !=
            MHD_YES) {
            MHD_destroy_response(response);
            return NULL;
        }
    return response;
}

/* Copies the body, so that the web's buffer serves the next answer. NULL: no memory. */
static struct MHD_Response *response_of(const struct reply *reply)
{
    return dress(MHD_create_response_from_buffer(reply->body->length, reply->body->bytes,
                                                 MHD_RESPMEM_MUST_COPY),
                 reply);
}

/* Consumes the response, which may be NULL. */
static enum MHD_Result queue(struct MHD_Connection *connection, const struct reply *reply,
                             struct MHD_Response *response)
{
    enum MHD_Result result = MHD_NO;

    if (!response)
        return MHD_NO;
    result = MHD_queue_response(connection, reply->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result send_reply(struct MHD_Connection *connection, const struct reply *reply)
{
    return queue(connection, reply, response_of(reply));
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
    return queue(connection, reply, dress(response, reply));
}

static ssize_t read_fetch(void *context, uint64_t position, char *buffer, size_t size)
{
    struct log_fetch *fetch = context;
    ssize_t length = log_fetch_read(fetch, buffer, size);

    (void)position;
    if (length == 0)
        MHD_suspend_connection(fetch->connection);
    return length == -EPIPE ? MHD_CONTENT_READER_END_OF_STREAM
           : length < 0     ? MHD_CONTENT_READER_END_WITH_ERROR
                            : length;
}

static void free_fetch(void *context)
{
    log_fetch_free(context);
}

static enum MHD_Result begin_fetch(struct web *web, struct MHD_Connection *connection,
                                   const struct request *request, struct reply *reply)
{
    const char *unit = answer_log_unit(request, web->table, reply);
    struct MHD_Response *response;
    struct log_fetch *fetch;

    if (!unit)
        return send_reply(connection, reply);
    if (log_fetch_new(&web->fetches, request, unit, &fetch) < 0) {
        answer_refuse_stream(reply);
        return send_reply(connection, reply);
    }
    fetch->connection = connection;
    fetch->client = client_of(connection);
    if (request->is_follow && fetch->client)
        patience_excuse(&web->patience, fetch->client); /* until its backlog begins */
    answer_log(request, reply);
    response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_fetch, fetch,
                                                 free_fetch);
    if (!response)
        free_fetch(fetch);
    return queue(connection, reply, dress(response, reply));
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

static void kept_drop(struct kept *kept)
{
    if (kept->response)
        MHD_destroy_response(kept->response);
    kept->response = NULL;
}

static void fill(struct web *web, const struct route *route, const struct request *request,
                 struct reply *reply)
{
    struct sources sources;

    gather_sources(&web->gather, route, &sources);
    answer_fill(route, request, &sources, reply);
}

static enum MHD_Result answer_kept(struct web *web, struct MHD_Connection *connection,
                                   const struct route *route, const struct request *request)
{
    struct kept *kept = &web->kept[accept_quality(request->accept_encoding, "gzip") > 0];
    uint64_t now_us = clock_monotonic_us();

    if (!kept_holds(kept, route, web->table->changes, now_us)) {
        struct reply reply = { .body = &web->body, .spare = &web->spare };

        fill(web, route, request, &reply);
        kept_drop(kept);
        *kept = (struct kept){ .response = response_of(&reply),
                               .status = reply.status,
                               .route = route,
                               .changes = web->table->changes,
                               .made_us = now_us };
    }
    return kept->response ? MHD_queue_response(connection, kept->status, kept->response) : MHD_NO;
}

/* The library calls again with the same request when it goes on. */
static bool has_to_wait(struct web *web, struct MHD_Connection *connection, void **state)
{
    static char waited;

    if (*state == &waited ||
        !log_counts_want(&web->gather.counts, connection, clock_monotonic_us()))
        return false;
    *state = &waited;
    MHD_suspend_connection(connection);
    return true;
}

static enum MHD_Result answer(struct web *web, struct MHD_Connection *connection,
                              struct request *request, void **state)
{
    struct reply reply = { .body = &web->body, .spare = &web->spare };
    const struct route *route = answer_begin(request, web->guard->token, &reply);

    if (!route)
        return send_reply(connection, &reply);
    if (route->flags & ROUTE_LOGS)
        return begin_fetch(web, connection, request, &reply);
    if (route->flags & ROUTE_STREAM)
        return begin_stream(web, connection, route, &reply);
    if (route->flags & ROUTE_COUNTS && has_to_wait(web, connection, state))
        return MHD_YES;
    /* Who has a copy is told whether it still holds: that answer is nobody else's. */
    if (route->flags & ROUTE_KEPT && !request->if_none_match)
        return answer_kept(web, connection, route, request);
    fill(web, route, request, &reply);
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
    if (field(connection, "Last-Event-ID"))
        request_take_query(&request, "after", field(connection, "Last-Event-ID"));
    (void)MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, take_query, &request);
    return answer(context, connection, &request, state);
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

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t web_deadline(const struct web *web)
{
    uint64_t deadline_us = least(patience_deadline(&web->patience), web->library_deadline_us);

    deadline_us = least(deadline_us, broadcast_deadline(&web->broadcast));
    deadline_us = least(deadline_us, log_fetches_deadline(&web->fetches));
    deadline_us = least(deadline_us, log_counts_deadline(&web->gather.counts));
    return least(deadline_us, log_tail_deadline(&web->gather.tail));
}

void web_tick(struct web *web, uint64_t now_us)
{
    bool has_woken;

    gather_judge(&web->gather);
    patience_tick(&web->patience, now_us);
    if (web->broadcast.count > 0)
        log_tail_want(&web->gather.tail, now_us);
    log_tail_tick(&web->gather.tail, now_us);
    has_woken = broadcast_follow(&web->broadcast, now_us);
    has_woken |= log_fetches_tick(&web->fetches, now_us);
    has_woken |= log_counts_tick(&web->gather.counts, now_us);
    if (has_woken || web->library_deadline_us <= now_us)
        run(web);
}

static struct MHD_Daemon *start_daemon(struct web *web, int listener)
{
    static char priorities[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
    struct MHD_OptionItem tls[] = {
        { MHD_OPTION_HTTPS_MEM_CERT, 0, web->guard->certificate },
        { MHD_OPTION_HTTPS_MEM_KEY, 0, web->guard->key },
        { MHD_OPTION_HTTPS_PRIORITIES, 0, priorities },
        { MHD_OPTION_END, 0, NULL },
    };

    if (web->guard->certificate)
        flags |= MHD_USE_TLS;
    else
        tls[0].option = MHD_OPTION_END;
    return MHD_start_daemon(flags, 0, NULL, NULL, on_request, web, MHD_OPTION_LISTEN_SOCKET,
                            listener, MHD_OPTION_NOTIFY_COMPLETED, on_completed, web,
                            MHD_OPTION_NOTIFY_CONNECTION, on_connection, web,
                            MHD_OPTION_CONNECTION_LIMIT, (unsigned)WEB_CONNECTIONS_MAX,
                            MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(PATIENCE_US / USEC_PER_SEC),
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)WEB_CONNECTION_MEMORY,
                            MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
}

static int begin(struct web *web, int listener)
{
    const union MHD_DaemonInfo *info;

    web->daemon = start_daemon(web, listener);
    if (!web->daemon) {
        fd_close(listener);
        return web->guard->certificate ? -EPROTO : -ENOMEM;
    }
    info = MHD_get_daemon_info(web->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (!info)
        return -ENOTSUP;
    run(web);
    return loop_watch(web->loop, &web->watch, info->epoll_fd, EPOLLIN);
}

static void init(struct web *web, struct loop *loop, const struct web_config *config)
{
    web->loop = loop;
    web->table = config->table;
    web->guard = config->guard;
    gather_init(&web->gather, config->table);
    web->gather.pictures = config->pictures;
    web->watch = (struct loop_watch){ .fd = -1, .callback = web_moved, .context = web };
    patience_init(&web->patience);
    web->broadcast = (struct broadcast){ .table = config->table,
                                         .usages = &web->gather.usages,
                                         .lines = &web->gather.tail.lines,
                                         .patience = &web->patience,
                                         .wake = wake };
    web->fetches =
        (struct log_fetches){ .link = config->logs, .patience = &web->patience, .wake = wake };
    web->gather.counts = (struct log_counts){ .link = config->logs, .wake = wake };
    log_tail_init(&web->gather.tail, config->logs, config->table, &web->broadcast.events);
}

int web_new(struct loop *loop, const struct web_config *config, int listener, struct web **ret_web)
{
    struct web *web = calloc(1, sizeof(*web));
    int error;

    if (!web) {
        fd_close(listener);
        return -ENOMEM;
    }
    init(web, loop, config);
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
    log_fetches_wake(&web->fetches);
    log_counts_wake(&web->gather.counts);
    if (web->daemon)
        MHD_stop_daemon(web->daemon); /* closes the listener and all clients */
    for (size_t i = 0; i < ARRAY_SIZE(web->kept); i++)
        kept_drop(&web->kept[i]);
    gather_release(&web->gather);
    text_release(&web->body);
    text_release(&web->spare);
    free(web);
    return NULL;
}

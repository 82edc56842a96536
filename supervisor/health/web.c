#include "supervisor/health/web.h"

#include "supervisor/health/process.h"
#include "supervisor/health/render.h"
#include "supervisor/health/verdict.h"
#include "supervisor/wire/fd.h"

#include <microhttpd.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>

#define TYPE_TEXT    "text/plain; charset=utf-8"
#define TYPE_JSON    "application/json"
#define TYPE_METRICS "text/plain; version=0.0.4; charset=utf-8"

/* A client; the one that has waited longest is first. */
struct client {
    TAILQ_ENTRY(client) link;
    uint64_t deadline_us;
    int fd; /* the library's */
};

TAILQ_HEAD(client_list, client);

struct web {
    struct loop *loop;
    const struct table *table;
    struct MHD_Daemon *daemon;
    struct loop_watch watch;
    struct client_list clients;
    uint64_t library_deadline_us;
    struct text body; /* of the answer being made */
};

/* --- what there is --- */

struct request {
    const struct web *web;
    bool is_verbose;
};

/* Fills in the body; returns the status. */
typedef unsigned route_handler(const struct request *request, struct text *body);

static unsigned ready_status(const struct table *table)
{
    return pod_is_ready(table) ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE;
}

static unsigned answer_health(const struct request *request, struct text *body)
{
    struct render_moment moment = { .realtime_us = clock_realtime_us(),
                                    .monotonic_us = clock_monotonic_us() };

    render_health(request->web->table, &moment, body);
    return ready_status(request->web->table);
}

static unsigned answer_livez(const struct request *request, struct text *body)
{
    render_livez(request->web->table, request->is_verbose, body);
    return MHD_HTTP_OK;
}

static unsigned answer_readyz(const struct request *request, struct text *body)
{
    render_readyz(request->web->table, request->is_verbose, body);
    return ready_status(request->web->table);
}

static unsigned answer_metrics(const struct request *request, struct text *body)
{
    struct render_moment moment;

    process_measure(&moment);
    render_metrics(request->web->table, &moment, body);
    return MHD_HTTP_OK;
}

static unsigned answer_index(const struct request *request, struct text *body);

static const struct route {
    const char *path, *type, *meaning;
    route_handler *handler;
} routes[] = {
    { "/", TYPE_TEXT, "this list", answer_index },
    { "/health", TYPE_JSON,
      "the pod and each unit, as JSON; 200 when healthy or degraded, else 503", answer_health },
    { "/livez", TYPE_TEXT, "200 while PID 1 is connected; ?verbose", answer_livez },
    { "/readyz", TYPE_TEXT, "200 when all critical units are well, else 503; ?verbose",
      answer_readyz },
    { "/metrics", TYPE_METRICS, "for Prometheus", answer_metrics },
};

static unsigned answer_index(const struct request *request, struct text *body)
{
    text_printf(body, "reeve-health %s: the pod is %s\n\n", REEVE_VERSION,
                pod_verdict_string(pod_verdict(request->web->table)));
    for (size_t i = 0; i < ARRAY_SIZE(routes); i++)
        text_printf(body, "%-10s %s\n", routes[i].path, routes[i].meaning);
    return MHD_HTTP_OK;
}

/* --- answering --- */

/* Copies the body, so that the web's buffer serves the next answer. */
static enum MHD_Result reply(struct web *web, struct MHD_Connection *connection, unsigned status,
                             const char *type)
{
    bool has_failed = web->body.has_failed;
    struct MHD_Response *response = MHD_create_response_from_buffer(
        has_failed ? 0 : web->body.length, web->body.bytes, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result result = MHD_NO;

    if (!response)
        return MHD_NO;
    if (MHD_add_response_header(response, "Content-Type", type) == MHD_YES &&
        MHD_add_response_header(response, "Cache-Control", "no-store") == MHD_YES &&
        MHD_add_response_header(response, "X-Content-Type-Options", "nosniff") == MHD_YES &&
        (status != MHD_HTTP_METHOD_NOT_ALLOWED ||
         MHD_add_response_header(response, "Allow", "GET, HEAD") == MHD_YES))
        result = MHD_queue_response(connection,
                                    has_failed ? MHD_HTTP_INTERNAL_SERVER_ERROR : status, response);
    MHD_destroy_response(response);
    return result;
}

static const struct route *route_of(const char *path)
{
    for (size_t i = 0; i < ARRAY_SIZE(routes); i++)
        if (strcmp(routes[i].path, path) == 0)
            return &routes[i];
    return NULL;
}

static enum MHD_Result answer(struct web *web, struct MHD_Connection *connection, const char *path,
                              const char *method)
{
    const struct route *route = route_of(path);
    struct request request = { .web = web };
    unsigned status;

    text_clear(&web->body);
    if (!route) {
        text_put(&web->body, "There is nothing here; / lists what there is.\n");
        return reply(web, connection, MHD_HTTP_NOT_FOUND, TYPE_TEXT);
    }
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        text_put(&web->body, "Only GET and HEAD are answered here.\n");
        return reply(web, connection, MHD_HTTP_METHOD_NOT_ALLOWED, TYPE_TEXT);
    }
    request.is_verbose = MHD_lookup_connection_value_n(connection, MHD_GET_ARGUMENT_KIND, "verbose",
                                                       strlen("verbose"), NULL, NULL) == MHD_YES;
    status = route->handler(&request, &web->body);
    return reply(web, connection, status, route->type);
}

/* The signature is the library's. Bodies are read away; an answer before their end would close the
 * connection. */
/* NOLINTNEXTLINE(readability-function-size) */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *data_size, void **state)
{
    static char seen;

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
    return answer(context, connection, url, method);
}

/* --- clients and their patience --- */

static void grant_time(struct web *web, struct client *client)
{
    client->deadline_us = clock_monotonic_us() + WEB_PATIENCE_US;
    TAILQ_INSERT_TAIL(&web->clients, client, link);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    struct web *web = context;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct client *client = info ? info->socket_context : NULL;

    *state = NULL;
    if (code != MHD_REQUEST_TERMINATED_COMPLETED_OK || !client)
        return;
    TAILQ_REMOVE(&web->clients, client, link);
    grant_time(web, client);
}

static void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct web *web = context;
    struct client *client = *socket_context;

    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (client)
            TAILQ_REMOVE(&web->clients, client, link);
        free(client);
        *socket_context = NULL;
        return;
    }
    client = calloc(1, sizeof(*client));
    if (!client)
        return; /* then only the library's own time-out guards it */
    client->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    grant_time(web, client);
    *socket_context = client;
}

/* The library notices the shut-down and closes the connection in its own time. */
static void dismiss_late_clients(struct web *web, uint64_t now_us)
{
    for (struct client *client = TAILQ_FIRST(&web->clients);
         client && client->deadline_us <= now_us; client = TAILQ_FIRST(&web->clients)) {
        (void)shutdown(client->fd, SHUT_RDWR);
        TAILQ_REMOVE(&web->clients, client, link);
        client->deadline_us = USEC_INFINITY;
        TAILQ_INSERT_TAIL(&web->clients, client, link);
    }
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
    const struct client *first = TAILQ_FIRST(&web->clients);
    uint64_t deadline_us = web->library_deadline_us;

    return first && first->deadline_us < deadline_us ? first->deadline_us : deadline_us;
}

void web_tick(struct web *web, uint64_t now_us)
{
    dismiss_late_clients(web, now_us);
    if (web->library_deadline_us <= now_us)
        run(web);
}

static struct MHD_Daemon *start_daemon(struct web *web, int listener)
{
    return MHD_start_daemon(
        MHD_USE_EPOLL, 0, NULL, NULL, on_request, web, MHD_OPTION_LISTEN_SOCKET, listener,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, web, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
        web, MHD_OPTION_CONNECTION_LIMIT, (unsigned)WEB_CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(WEB_PATIENCE_US / USEC_PER_SEC),
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)WEB_CONNECTION_MEMORY, MHD_OPTION_END);
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
    web->watch = (struct loop_watch){ .fd = -1, .callback = web_moved, .context = web };
    TAILQ_INIT(&web->clients);
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
    if (web->daemon)
        MHD_stop_daemon(web->daemon); /* closes the listener and all clients */
    text_release(&web->body);
    free(web);
    return NULL;
}

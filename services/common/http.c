#include "services/common/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONNECTIONS_MAX   64U
#define IDLE_TIMEOUT_S    20U
#define CONNECTION_MEMORY ((size_t)64 * 1024)
#define BODY_MAX          ((size_t)64 * 1024)
#define ADDRESS_DEFAULT   "127.0.0.1"
#define METHODS           "GET, HEAD, POST"
#define TYPE_TEXT         "text/plain; charset=utf-8"

struct http_server {
    struct MHD_Daemon *daemon;
    struct http_options options;
    uint16_t port;
};

/* How far one request has come; lives from its first call to its completion. */
struct exchange {
    size_t body_length;
};

const char *http_request_query(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *http_request_header(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

static struct http_answer answer_text(int status, const char *text)
{
    struct http_answer answer = HTTP_ANSWER_EMPTY;

    answer.status = status;
    answer.type = TYPE_TEXT;
    answer.text = text;
    answer.length = strlen(text);
    return answer;
}

/* Takes the body or the file over, also when it fails. */
static struct MHD_Response *response_from(const struct http_answer *answer)
{
    struct MHD_Response *response = NULL;
    struct stat status;

    if (answer->fd >= 0) {
        if (fstat(answer->fd, &status) == 0)
            response = MHD_create_response_from_fd64((uint64_t)status.st_size, answer->fd);
        if (response == NULL)
            (void)close(answer->fd);
        return response;
    }
    if (answer->body != NULL) {
        response =
            MHD_create_response_from_buffer(answer->length, answer->body, MHD_RESPMEM_MUST_FREE);
        if (response == NULL)
            free(answer->body);
        return response;
    }
    /* The library does not write to a persistent buffer, it only forgets to say so in its type. */
    return MHD_create_response_from_buffer(answer->length, (void *)(uintptr_t)answer->text,
                                           MHD_RESPMEM_PERSISTENT);
}

static bool add_headers(struct MHD_Response *response, const struct http_server *server,
                        const struct http_answer *answer)
{
    const struct {
        const char *name, *value;
    } headers[] = {
        { "Server", server->options.server },
        { "Content-Type", answer->type },
        { "Cache-Control", "no-store" },
        { "X-Content-Type-Options", "nosniff" },
        { "Referrer-Policy", "no-referrer" },
        { "Content-Security-Policy", answer->policy },
        { "Allow", answer->allow },
        { "Access-Control-Allow-Origin", answer->allow_origin },
        { "Location", answer->location[0] != '\0' ? answer->location : NULL },
    };

    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        if (headers[i].value != NULL &&
            MHD_add_response_header(response, headers[i].name, headers[i].value) != MHD_YES)
            return false;
    return true;
}

static enum MHD_Result reply(const struct http_server *server, struct MHD_Connection *connection,
                             const struct http_answer *answer)
{
    struct MHD_Response *response = response_from(answer);
    enum MHD_Result result = MHD_NO;

    if (response != NULL && add_headers(response, server, answer))
        result = MHD_queue_response(connection, (unsigned)answer->status, response);
    if (response != NULL)
        MHD_destroy_response(response);
    return result;
}

static bool is_known_method(const char *method)
{
    return strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0 ||
           strcmp(method, MHD_HTTP_METHOD_POST) == 0;
}

static enum MHD_Result reply_to(const struct http_server *server, struct MHD_Connection *connection,
                                const struct http_request *request)
{
    struct http_answer answer;

    if (!is_known_method(request->method)) {
        answer = answer_text(MHD_HTTP_METHOD_NOT_ALLOWED, "this method is not known here\n");
        answer.allow = METHODS;
    } else {
        answer = server->options.handler(server->options.context, request);
    }
    return reply(server, connection, &answer);
}

/*
 * The library calls this at least twice: after the headers, with each piece of the body, and at the
 * end. It answers only at the end, for an earlier answer closes the connection under a client that
 * is still sending.
 */
/* NOLINTNEXTLINE(readability-function-size): the signature is the library's. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *data_size, void **state)
{
    const struct http_server *server = context;
    struct exchange *exchange = *state;

    (void)version;
    (void)data;
    if (exchange == NULL) {
        *state = calloc(1, sizeof(struct exchange));
        return *state != NULL ? MHD_YES : MHD_NO;
    }
    if (*data_size > 0) {
        exchange->body_length += *data_size;
        *data_size = 0;
        return exchange->body_length <= BODY_MAX ? MHD_YES : MHD_NO;
    }
    struct http_request request = { .method = method, .path = url, .connection = connection };

    return reply_to(server, connection, &request);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    (void)context;
    (void)connection;
    (void)code;
    free(*state);
    *state = NULL;
}

/* Returns the length of the socket address, 0 when the text is not one. */
static socklen_t parse_address(const struct http_options *options,
                               struct sockaddr_storage *ret_address)
{
    const char *text = options->address != NULL ? options->address : ADDRESS_DEFAULT;
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(options->port) };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(options->port) };

    memset(ret_address, 0, sizeof(*ret_address));
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        memcpy(ret_address, &v4, sizeof(v4));
        return sizeof(v4);
    }
    if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1) {
        memcpy(ret_address, &v6, sizeof(v6));
        return sizeof(v6);
    }
    return 0;
}

static uint16_t bound_port(int fd)
{
    struct sockaddr_storage address = { 0 };
    socklen_t length = sizeof(address);
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    if (getsockname(fd, (struct sockaddr *)&address, &length) < 0)
        return 0;
    memcpy(&v4, &address, sizeof(v4));
    memcpy(&v6, &address, sizeof(v6));
    return ntohs(address.ss_family == AF_INET6 ? v6.sin6_port : v4.sin_port);
}

/* We bind ourselves, since the library does not tell why it could not. */
static int open_listener(const struct http_options *options)
{
    struct sockaddr_storage address;
    socklen_t length = parse_address(options, &address);
    int on = 1;

    if (length == 0)
        return -EINVAL;
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -errno;
    /* Else a restart would fail for a minute on connections in TIME_WAIT. */
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&address, length) < 0 || listen(fd, SOMAXCONN) < 0) {
        int error = -errno;

        (void)close(fd);
        return error;
    }
    return fd;
}

/* Takes the listener over, also on failure. */
static int start_daemon(struct http_server *server, int listener)
{
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC, 0, NULL, NULL, on_request, server,
        MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
        MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_TIMEOUT_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, MHD_OPTION_END);
    if (server->daemon != NULL)
        return 0;
    /* The library may have closed the listener or not, depending on how far it came: leave it. */
    return -ENOMEM;
}

int http_server_start(const struct http_options *options, struct http_server **ret_server)
{
    struct http_server *server = calloc(1, sizeof(*server));

    if (server == NULL)
        return -ENOMEM;
    server->options = *options;
    int listener = open_listener(options);
    int error = listener < 0 ? listener : 0;

    if (error == 0) {
        server->port = bound_port(listener);
        error = start_daemon(server, listener);
    }
    if (error < 0) {
        free(server);
        return error;
    }
    *ret_server = server;
    return 0;
}

uint16_t http_server_port(const struct http_server *server)
{
    return server->port;
}

void http_server_stop(struct http_server *server)
{
    if (server == NULL)
        return;
    MHD_stop_daemon(server->daemon);
    free(server);
}

void http_explain(const struct http_options *options, int error, size_t size, char *ret_text)
{
    const char *address = options->address != NULL ? options->address : ADDRESS_DEFAULT;
    bool is_v6 = strchr(address, ':') != NULL;
    char place[128];
    const char *open = is_v6 ? "[" : "";
    const char *close_bracket = is_v6 ? "]" : "";

    (void)snprintf(place, sizeof(place), "%s%s%s:%u", open, address, close_bracket,
                   (unsigned)options->port);
    if (error == -EADDRINUSE)
        (void)snprintf(ret_text, size,
                       "%s is in use by another program; stop that one or choose another port "
                       "with --port",
                       place);
    else if (error == -EADDRNOTAVAIL)
        (void)snprintf(ret_text, size,
                       "%s: this machine does not have that address; choose another with --bind",
                       place);
    else if (error == -EACCES)
        (void)snprintf(ret_text, size,
                       "%s: not allowed to listen there; choose a port above 1023 with --port",
                       place);
    else if (error == -EINVAL)
        (void)snprintf(ret_text, size,
                       "'%s' is not an IPv4 or IPv6 address in digits; give one with --bind",
                       address);
    else
        (void)snprintf(ret_text, size, "cannot listen on %s: %s", place, strerror(-error));
}

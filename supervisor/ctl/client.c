#include "supervisor/ctl/client.h"

#include "supervisor/wire/channel.h"
#include "supervisor/wire/fd.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

unsigned client_paths(const char *fixed, char paths[CLIENT_PATHS_MAX][CLIENT_PATH_SIZE])
{
    const char *own = getenv("REEVE_RUNTIME_DIR"), *user = getenv("XDG_RUNTIME_DIR");
    const char *state = getenv("REEVE_STATE");
    unsigned count = 0;

    if (fixed) {
        snprintf(paths[0], CLIENT_PATH_SIZE, "%s", fixed);
        return 1;
    }
    if (own && *own)
        snprintf(paths[count++], CLIENT_PATH_SIZE, "%s/control", own);
    snprintf(paths[count++], CLIENT_PATH_SIZE, "/run/reeve/control");
    if (user && *user)
        snprintf(paths[count++], CLIENT_PATH_SIZE, "%s/reeve/control", user);
    snprintf(paths[count++], CLIENT_PATH_SIZE, "/tmp/reeve-%u/control", (unsigned)getuid());
    /* `reeve --isolate` has a /run of its own; it leaves its socket in the state directory. */
    snprintf(paths[count++], CLIENT_PATH_SIZE, "%s/run/control", state && *state ? state : "var");
    return count;
}

/* A descriptor or a negative errno. A blocking connect() waits for a full backlog: SO_SNDTIMEO ends
 * that. */
static int connect_to(const char *path, int timeout_ms)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct timeval limit = { .tv_sec = timeout_ms / 1000,
                             .tv_usec = (suseconds_t)(timeout_ms % 1000) * 1000 };
    cleanup_fd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -errno;
    if (timeout_ms > 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    memcpy(address.sun_path, path, strnlen(path, sizeof(address.sun_path) - 1));
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
        return errno == EAGAIN ? -ETIMEDOUT : -errno;
    return take_fd(&fd);
}

static pid_t peer_of(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);

    return fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.pid : 0;
}

static const char *explain(int error)
{
    switch (error) {
    case -ENOENT:
        return "no such socket";
    case -ECONNREFUSED:
        return "nobody listens there any more";
    case -EACCES:
    case -EPERM:
        return "not allowed: use the user that reeve runs as, or root";
    default:
        return strerror(-error);
    }
}

/* Whether one of the places accepts; `errors` says why the others do not. */
static bool connect_to_one(struct client *client, char paths[][CLIENT_PATH_SIZE], unsigned count,
                           int *errors)
{
    for (unsigned i = 0; i < count; i++) {
        client->fd = connect_to(paths[i], client->timeout_ms);
        client->peer = peer_of(client->fd);
        if (client->fd >= 0)
            return true;
        errors[i] = client->fd;
    }
    client->fd = -1;
    return false;
}

int client_open_quietly(struct client *client)
{
    char paths[CLIENT_PATHS_MAX][CLIENT_PATH_SIZE];
    unsigned count = client_paths(client->path, paths);
    int errors[CLIENT_PATHS_MAX];

    return connect_to_one(client, paths, count, errors) ? 0 : -ENOTCONN;
}

int client_open(struct client *client)
{
    char paths[CLIENT_PATHS_MAX][CLIENT_PATH_SIZE];
    unsigned count = client_paths(client->path, paths);
    int errors[CLIENT_PATHS_MAX];

    if (connect_to_one(client, paths, count, errors))
        return 0;
    fputs("reevectl: Cannot reach reeve. Tried:\n", stderr);
    for (unsigned i = 0; i < count; i++)
        fprintf(stderr, "  %s: %s\n", paths[i], explain(errors[i]));
    fputs(
        "Is a pod running, and is this shell inside of it? Otherwise name its control socket with\n"
        "--socket PATH or its directory in REEVE_RUNTIME_DIR.\n",
        stderr);
    return -ENOTCONN;
}

void client_close(struct client *client)
{
    client->fd = fd_close(client->fd);
}

struct wire_request client_request(enum wire_verb verb, const char *unit)
{
    union wire_message message;

    wire_begin(&message, WIRE_REQUEST);
    message.request.verb = (uint8_t)verb;
    wire_copy(message.request.unit, sizeof(message.request.unit), unit ? unit : "");
    return message.request;
}

int client_send(struct client *client, const struct wire_request *request)
{
    union wire_message message = { .request = *request };

    return channel_send(client->fd, &message, -1);
}

/* As client_next(), with the descriptor that came along, or -1. */
static int receive(struct client *client, int timeout_ms, union wire_message *ret_message,
                   int *ret_fd)
{
    struct pollfd wait = { .fd = client->fd, .events = POLLIN };
    int count;

    do
        count = poll(&wait, 1, timeout_ms);
    while (count < 0 && errno == EINTR && timeout_ms < 0);
    if (count <= 0)
        return count == 0 ? -ETIMEDOUT : -errno;
    /* When the other end closes with our request unread, this error comes before its last message.
     */
    count = channel_receive(client->fd, ret_message, ret_fd);
    return count == -ECONNRESET ? channel_receive(client->fd, ret_message, ret_fd) : count;
}

int client_next(struct client *client, int timeout_ms, union wire_message *ret_message)
{
    cleanup_fd int fd = -1;

    return receive(client, timeout_ms, ret_message, &fd);
}

static int wait_reply(struct client *client, client_take *take, void *context,
                      struct wire_reply *ret_reply)
{
    uint64_t deadline = now_ms() + (uint64_t)client->timeout_ms;

    for (;;) {
        union wire_message message = { 0 };
        uint64_t now = now_ms();
        int error = client_next(client,
                                client->timeout_ms < 0 ? -1
                                : now < deadline       ? (int)(deadline - now)
                                                       : 0,
                                &message);

        if (error < 0)
            return error;
        if (message.header.type == WIRE_REPLY) {
            *ret_reply = message.reply;
            return 0;
        }
        if (context && take(context, &message) < 0)
            return -ENOMEM;
    }
}

static int take_into_model(void *context, const union wire_message *message)
{
    return model_message(context, message);
}

static int take_into_details(void *context, const union wire_message *message)
{
    return details_message(context, message);
}

int client_wait(struct client *client, struct model *model, struct wire_reply *ret_reply)
{
    return wait_reply(client, take_into_model, model, ret_reply);
}

void client_complain(int error)
{
    const char *text = error == -ETIMEDOUT ? "reeve does not answer: it is stopped, or very busy"
                       : error == -EPIPE   ? "reeve has closed the connection"
                       : error == -EBADMSG ? "reeve is of another version than this reevectl"
                                           : strerror(-error);

    fprintf(stderr, "reevectl: %c%s.\n", text[0] == 'r' ? 'R' : text[0], text + 1);
}

int client_ask(struct client *client, const struct wire_request *request, client_take *take,
               void *context)
{
    struct wire_reply reply = { 0 };
    int error = client_send(client, request);

    /* A refusal can be on its way before we have asked: EPIPE here, and the reason still to be
     * read. */
    if (error == 0 || error == -EPIPE)
        error = wait_reply(client, take, context, &reply);
    if (error < 0) {
        client_complain(error);
        return error;
    }
    if (reply.error != 0 && reply.error != ENOENT)
        fprintf(stderr, "reevectl: Refused: %s\n",
                reply.text[0] ? reply.text : strerror(reply.error));
    return -reply.error;
}

int client_query(struct client *client, struct model *model)
{
    struct wire_request request = client_request(WIRE_VERB_LIST, NULL);

    return client_ask(client, &request, take_into_model, model);
}

int client_show(struct client *client, const char *unit, struct details *details)
{
    struct wire_request request = client_request(WIRE_VERB_SHOW, unit);

    return client_ask(client, &request, take_into_details, details);
}

/* The reply to a WIRE_VERB_LOGS; PID 1's hello and the like come before it. */
static int wait_connection(struct client *client, struct wire_reply *ret_reply, int *ret_fd)
{
    for (;;) {
        union wire_message message = { 0 };
        cleanup_fd int fd = -1;
        int error = receive(client, client->timeout_ms, &message, &fd);

        if (error < 0)
            return error;
        if (message.header.type != WIRE_REPLY)
            continue;
        if (message.reply.error == 0 && fd < 0)
            return -EBADMSG;
        *ret_reply = message.reply;
        *ret_fd = take_fd(&fd);
        return 0;
    }
}

int client_logs(struct client *client, int *ret_fd)
{
    struct wire_request request = client_request(WIRE_VERB_LOGS, NULL);
    struct wire_reply reply = { 0 };
    cleanup_fd int fd = -1;
    int error = client_send(client, &request);

    if (error == 0 || error == -EPIPE)
        error = wait_connection(client, &reply, &fd);
    if (error < 0) {
        client_complain(error);
        return error;
    }
    if (reply.error != 0) {
        fprintf(stderr, "reevectl: Refused: %s\n", reply.text);
        return -reply.error;
    }
    *ret_fd = take_fd(&fd);
    return 0;
}

/* Whether PID 1 answers a question at all. */
static int check_alive(const struct client *client)
{
    struct wire_request request = client_request(WIRE_VERB_LIST, NULL);
    struct client other = *client;
    struct wire_reply reply = { 0 };
    int error = client_open(&other);

    if (error < 0)
        return error;
    error = client_send(&other, &request);
    if (error == 0)
        error = client_wait(&other, NULL, &reply);
    client_close(&other);
    return error;
}

int client_wait_job(struct client *client, struct wire_reply *ret_reply)
{
    for (;;) {
        int error = client_wait(client, NULL, ret_reply);

        if (error != -ETIMEDOUT)
            return error;
        error = check_alive(client);
        if (error < 0)
            return error;
    }
}

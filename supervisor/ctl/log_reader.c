#include "supervisor/ctl/log_reader.h"

#include "supervisor/wire/channel.h"
#include "supervisor/wire/fd.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* The reply, and the descriptor that comes with it. */
static int wait_for_connection(struct client *client, int *ret_fd)
{
    union wire_message message;
    struct pollfd wait = { .fd = client->fd, .events = POLLIN };
    cleanup_fd int fd = -1;
    int count, error;

    do
        count = poll(&wait, 1, client->timeout_ms);
    while (count < 0 && errno == EINTR);
    if (count <= 0)
        return count == 0 ? -ETIMEDOUT : -errno;
    error = channel_receive(client->fd, &message, &fd);
    if (error < 0)
        return error;
    if (message.header.type != WIRE_REPLY)
        return -EBADMSG;
    if (message.reply.error != 0) {
        fprintf(stderr, "reevectl: Refused: %s\n", message.reply.text);
        return -EACCES;
    }
    if (fd < 0)
        return -EBADMSG;
    *ret_fd = take_fd(&fd);
    return 0;
}

int log_reader_open(struct log_reader *reader, struct client *client, bool is_quiet)
{
    struct wire_request request = client_request(WIRE_VERB_LOGS, NULL);
    int error = is_quiet ? client_open_quietly(client) : client_open(client);

    reader->fd = -1;
    if (error < 0)
        return error;
    error = client_send(client, &request);
    if (error == 0 || error == -EPIPE)
        error = wait_for_connection(client, &reader->fd);
    client_close(client);
    if (error == 0)
        (void)fcntl(reader->fd, F_SETFL, 0); /* blocking: poll() comes before */
    else if (!is_quiet && error == -ETIMEDOUT)
        fputs("reevectl: reeve-log is not there, or PID 1 does not answer.\n", stderr);
    else if (!is_quiet && error != -EACCES)
        client_complain(error);
    return error;
}

void log_reader_close(struct log_reader *reader)
{
    reader->fd = fd_close(reader->fd);
}

int log_reader_ask(struct log_reader *reader, const struct log_request *request)
{
    return send(reader->fd, request, sizeof(*request), MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int log_reader_next(struct log_reader *reader, int timeout_ms, struct log_packet *ret_packet)
{
    struct pollfd wait = { .fd = reader->fd, .events = POLLIN };
    ssize_t length;
    int count;

    do
        count = poll(&wait, 1, timeout_ms);
    while (count < 0 && errno == EINTR);
    if (count <= 0)
        return count == 0 ? -ETIMEDOUT : -errno;
    length = recv(reader->fd, reader->packet, sizeof(reader->packet), 0);
    if (length <= 0)
        return length == 0 || errno == ECONNRESET ? -EPIPE : -errno;
    return log_wire_decode(reader->packet, (size_t)length, ret_packet) ? 0 : -EBADMSG;
}

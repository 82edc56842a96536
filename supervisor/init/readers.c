#include "supervisor/init/readers.h"

#include "supervisor/init/pod.h"
#include "supervisor/init/sockets.h"
#include "supervisor/wire/channel.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

static struct peer *logger_of(struct peers *peers)
{
    for (size_t i = 0; i < PEERS_MAX; i++)
        if (peers->list[i].role == PEER_LOG)
            return &peers->list[i];
    return NULL;
}

/* One end to reeve-log, the other for the caller. -ENOTCONN: it is not there, or has no room now; a
 * later turn of the loop tries again. */
static int connect_logger(struct pod *pod, int *ret_fd)
{
    struct peer *logger = logger_of(&pod->peers);
    union wire_message message;
    int ends[2], error;

    if (!logger || logger->owes_hello)
        return -ENOTCONN;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
        return -ENOTCONN;
    socket_refuse_descriptors(ends[0]);
    socket_refuse_descriptors(ends[1]);
    wire_begin(&message, WIRE_READER);
    error = channel_send(logger->fd, &message, ends[0]);
    fd_close(ends[0]);
    if (error == 0) {
        *ret_fd = ends[1];
        return 0;
    }
    fd_close(ends[1]);
    if (error == -EAGAIN && !logger->wants_write) {
        logger->wants_write = true; /* when there is room, it is our turn again */
        loop_set_events(logger->source, EPOLLIN | EPOLLOUT);
    }
    return -ENOTCONN;
}

int readers_pay(struct pod *pod, struct peer *peer)
{
    cleanup_fd int fd = -1;
    union wire_message message;
    int error;

    if (connect_logger(pod, &fd) < 0)
        return 0;
    wire_begin(&message, WIRE_READER);
    if (peer->role == PEER_CONTROL)
        message.reply = peer->reply;
    error = channel_send(peer->fd, &message, fd);
    if (error == 0)
        peer->owes_reader = false;
    return error;
}

void readers_renew(struct peers *peers)
{
    for (size_t i = 0; i < PEERS_MAX; i++)
        if (peers->list[i].role == PEER_HEALTH)
            peers->list[i].owes_reader = true;
}

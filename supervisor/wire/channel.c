#include "supervisor/wire/channel.h"

#include "supervisor/wire/fd.h"

#include <string.h>
#include <sys/socket.h>

int channel_send(int channel, const union wire_message *message, int fd)
{
    struct iovec part = { .iov_base = (void *)message, .iov_len = message->header.size };
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = { 0 };
    struct msghdr packet = { .msg_iov = &part, .msg_iovlen = 1 };

    if (fd >= 0) {
        packet.msg_control = &control;
        packet.msg_controllen = sizeof(control);
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
    }
    for (;;) {
        if (sendmsg(channel, &packet, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
            return 0;
        if (errno != EINTR)
            return errno == EWOULDBLOCK || errno == ENOBUFS ? -EAGAIN : -errno;
    }
}

/* Keeps the first descriptor and closes all others, so that a peer cannot fill our table. */
static int take_descriptor(struct msghdr *packet)
{
    int kept = -1;

    for (struct cmsghdr *header = CMSG_FIRSTHDR(packet); header;
         header = CMSG_NXTHDR(packet, header)) {
        size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < count; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(fd));
            if (kept < 0)
                kept = fd;
            else
                fd_close(fd);
        }
    }
    return kept;
}

int channel_receive(int channel, union wire_message *ret_message, int *ret_fd)
{
    struct iovec part = { .iov_base = ret_message, .iov_len = sizeof(*ret_message) };
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr packet = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof(control),
    };
    cleanup_fd int fd = -1;
    ssize_t length;

    do
        length = recvmsg(channel, &packet, MSG_CMSG_CLOEXEC);
    while (length < 0 && errno == EINTR);
    if (length < 0)
        return -errno;
    fd = take_descriptor(&packet);
    if (length == 0)
        return -EPIPE;
    if ((packet.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) || !wire_check(ret_message, (size_t)length))
        return -EBADMSG;
    *ret_fd = take_fd(&fd);
    return 0;
}

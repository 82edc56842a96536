/*
 * Whoever starts a service and hears it by sd_notify(3): binds SOCKET (a path, or @ and an abstract
 * name) and prints what comes, a line per field, each datagram between "begin PID UID" and "end".
 *
 *   tool_manager SOCKET
 */

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { DATAGRAM = 4096, QUEUE = 4096 };

static int listen_at(const char *name)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    size_t length = strlen(name);
    int on = 1, fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), size = QUEUE;

    if (fd < 0 || length < 2 || length >= sizeof(address.sun_path))
        return -1;
    memcpy(address.sun_path, name, length);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    else
        (void)unlink(name);
    /* A short queue, so that a manager that does not read is soon one that cannot be told. */
    if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) < 0 ||
        bind(fd, (struct sockaddr *)&address,
             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) < 0)
        return -1;
    if (name[0] == '/' && chmod(name, 0777) < 0)
        return -1;
    return fd;
}

static ssize_t receive(int fd, char *text, struct ucred *ret_sender)
{
    struct iovec part = { .iov_base = text, .iov_len = DATAGRAM };
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(struct ucred))];
    } control;
    struct msghdr packet = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof(control),
    };
    ssize_t length = recvmsg(fd, &packet, 0);
    struct cmsghdr *header = length < 0 ? NULL : CMSG_FIRSTHDR(&packet);

    if (header && header->cmsg_type == SCM_CREDENTIALS)
        memcpy(ret_sender, CMSG_DATA(header), sizeof(*ret_sender));
    return length;
}

int main(int argc, char **argv)
{
    int fd = argc == 2 ? listen_at(argv[1]) : -1;
    char text[DATAGRAM + 1];

    if (fd < 0) {
        fprintf(stderr, "usage: tool_manager SOCKET (%s)\n", strerror(errno));
        return 2;
    }
    puts("listening");
    fflush(stdout);
    for (;;) {
        struct ucred sender = { 0 };
        ssize_t length = receive(fd, text, &sender);

        if (length < 0)
            return 1;
        text[length] = '\0';
        printf("begin %d %d\n%s%send\n", (int)sender.pid, (int)sender.uid, text,
               length > 0 && text[length - 1] == '\n' ? "" : "\n");
        fflush(stdout);
    }
}

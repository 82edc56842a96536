/*
 * `http_floor PORT FILE`: whoever asks 127.0.0.1:PORT for anything gets the bytes of FILE, a whole
 * answer with its head. A bare loop of epoll_wait, recv and send: what the kernel, the generator
 * and the machine take by themselves, beside which reeve-health is measured. Requests come one at
 * a time on a connection, each in one piece, as http_load sends them.
 */

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER_SIZE = 64 * 1024, EVENTS_MAX = 64, BACKLOG = 512 };

static _Noreturn void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int listen_on(const char *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, BACKLOG) < 0)
        fail("http_floor: listening");
    return fd;
}

static void watch(int epoll, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

    if (fd < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
        fail("http_floor: epoll");
}

int main(int argc, char *argv[])
{
    static char answer[BUFFER_SIZE], request[BUFFER_SIZE];
    int epoll = epoll_create1(EPOLL_CLOEXEC), listener = argc == 3 ? listen_on(argv[1]) : -1;
    FILE *file = argc == 3 ? fopen(argv[2], "re") : NULL;
    size_t length = file ? fread(answer, 1, sizeof(answer), file) : 0;

    if (length == 0)
        fail("http_floor PORT FILE");
    watch(epoll, listener);
    for (;;) {
        struct epoll_event events[EVENTS_MAX];
        int count = epoll_wait(epoll, events, EVENTS_MAX, -1);

        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;

            if (fd == listener)
                watch(epoll, accept(listener, NULL, NULL));
            else if (recv(fd, request, sizeof(request), 0) <= 0 ||
                     send(fd, answer, length, MSG_NOSIGNAL) != (ssize_t)length)
                close(fd);
        }
    }
}

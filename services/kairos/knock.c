#include "services/kairos/knock.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "services/kairos/clock.h"

static int connect_to(const struct addrinfo *address, uint64_t deadline_us)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct pollfd wait = { .fd = fd, .events = POLLOUT };
    uint64_t now_us = clock_monotonic_us();
    int error = 0;

    if (fd < 0)
        return -errno;
    if (connect(fd, address->ai_addr, address->ai_addrlen) < 0)
        error = errno;
    if (error == EINPROGRESS) {
        socklen_t size = sizeof(error);

        if (poll(&wait, 1, deadline_us > now_us ? (int)((deadline_us - now_us) / 1000) : 0) <= 0)
            error = ETIMEDOUT;
        else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
            error = errno;
    }
    (void)close(fd);
    return -error;
}

int knock(const char *host, int port, uint64_t deadline_us)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
    struct addrinfo *found = NULL;
    char service[16];

    (void)snprintf(service, sizeof(service), "%d", port);
    if (getaddrinfo(host, service, &hints, &found) != 0)
        return -EHOSTUNREACH;
    int error = connect_to(found, deadline_us);

    freeaddrinfo(found);
    return error;
}

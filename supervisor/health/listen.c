#include "supervisor/health/listen.h"

#include "supervisor/wire/fd.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { PORT_MAX = 65535, ADDRESS_TEXT_MAX = 64 };

static int parse_port(const char *text, in_port_t *ret_port)
{
    char *end;
    long port;

    if (*text < '0' || *text > '9')
        return -EINVAL;
    port = strtol(text, &end, 10);
    if (*end || port < 1 || port > PORT_MAX)
        return -EINVAL;
    *ret_port = htons((uint16_t)port);
    return 0;
}

int listen_address_parse(const char *text, struct listen_address *ret_address)
{
    struct listen_address address = { 0 };
    char host[ADDRESS_TEXT_MAX], *digits = host;
    const char *colon = strrchr(text, ':');
    size_t length = colon ? (size_t)(colon - text) : 0;
    in_port_t port;

    if (!colon || length == 0 || length >= sizeof(host) || parse_port(colon + 1, &port) < 0)
        return -EINVAL;
    memcpy(host, text, length);
    host[length] = '\0';
    if (host[0] == '[' && host[length - 1] == ']') {
        host[length - 1] = '\0';
        digits++;
        address.socket.v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = port };
        address.length = sizeof(address.socket.v6);
        if (inet_pton(AF_INET6, digits, &address.socket.v6.sin6_addr) != 1)
            return -EINVAL;
    } else {
        address.socket.v4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = port };
        address.length = sizeof(address.socket.v4);
        if (inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host,
                      &address.socket.v4.sin_addr) != 1)
            return -EINVAL;
    }
    *ret_address = address;
    return 0;
}

int listen_open(const struct listen_address *address)
{
    cleanup_fd int fd =
        socket(address->socket.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1;

    if (fd < 0)
        return -errno;
    /* Otherwise connections of our predecessor in TIME_WAIT would keep us out for a minute. */
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, &address->socket.any, address->length) < 0 || listen(fd, SOMAXCONN) < 0)
        return -errno;
    return take_fd(&fd);
}

void listen_explain(const char *text, int error, size_t size, char *ret_sentence)
{
    static const char choose[] = "choose another with --listen or REEVE_HEALTH_LISTEN";

    switch (-error) {
    case EADDRINUSE:
        snprintf(ret_sentence, size, "%s is in use by another program: stop that one, or %s", text,
                 choose);
        break;
    case EADDRNOTAVAIL:
        snprintf(ret_sentence, size, "this machine does not have the address of %s: %s", text,
                 choose);
        break;
    case EACCES:
        snprintf(ret_sentence, size, "we may not listen on %s: %s above port 1023", text, choose);
        break;
    default:
        snprintf(ret_sentence, size, "cannot listen on %s: %s", text, strerror(-error));
        break;
    }
}

/*
 * What a hostile server could do to a probe: takes connections, one at a time on each place, which
 * is a port of 127.0.0.1 or the path of a unix socket.
 *
 *   tool_hostile PLACE HOW TEXT [PLACE HOW TEXT]...
 *
 *   nothing   says nothing, ever
 *   endless   says TEXT, and then x without end
 *   repeat    says TEXT again and again
 *   drip      says TEXT byte by byte, as slowly as the peer has patience, and never comes to its
 * end hangup    says TEXT and closes
 */

#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { DRIP_PAUSE_MS = 20 };

static int listen_on(const char *place)
{
    struct sockaddr_un local = { .sun_family = AF_UNIX };
    struct sockaddr_in port = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    bool is_path = place[0] == '/';
    const void *address = is_path ? (const void *)&local : &port;
    int fd = socket(is_path ? AF_UNIX : AF_INET, SOCK_STREAM, 0), on = 1;

    port.sin_port = htons((uint16_t)strtoul(place, NULL, 10));
    snprintf(local.sun_path, sizeof(local.sun_path), "%s", place);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
        bind(fd, address, is_path ? sizeof(local) : sizeof(port)) < 0 ||
        (is_path && chmod(place, 0777) < 0) || listen(fd, 16) < 0) {
        perror(place);
        return -1;
    }
    return fd;
}

/* Waits for the peer to go, or for the pause to end. */
static int pause_for(int fd, int pause_ms)
{
    struct pollfd peer = { .fd = fd, .events = POLLRDHUP };

    return poll(&peer, 1, pause_ms);
}

static void drip(int fd, const char *text)
{
    size_t at = 0, length = strlen(text);

    while (pause_for(fd, DRIP_PAUSE_MS) == 0 && send(fd, text + at, 1, MSG_NOSIGNAL) == 1)
        at = at + 1 < length ? at + 1 : length - 1;
}

static void serve(int fd, const char *how, const char *text)
{
    static char filler[4096];
    size_t length = strlen(text);

    memset(filler, 'x', sizeof(filler));
    if (strcmp(how, "nothing") == 0) {
        (void)pause_for(fd, -1);
    } else if (strcmp(how, "drip") == 0) {
        drip(fd, text);
    } else if (strcmp(how, "repeat") == 0) {
        while (send(fd, text, length, MSG_NOSIGNAL) > 0)
            ;
    } else {
        (void)!send(fd, text, length, MSG_NOSIGNAL);
        while (strcmp(how, "endless") == 0 && send(fd, filler, sizeof(filler), MSG_NOSIGNAL) > 0)
            ;
    }
    close(fd);
}

int main(int argc, char **argv)
{
    for (int i = 1; i + 2 < argc; i += 3) {
        int listener = listen_on(argv[i]), fd;

        if (listener < 0)
            return 1;
        if (fork() != 0)
            continue;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        while ((fd = accept(listener, NULL, NULL)) >= 0)
            serve(fd, argv[i + 1], argv[i + 2]);
        return 1;
    }
    puts("ready");
    fflush(stdout);
    return pause();
}

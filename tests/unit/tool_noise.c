/*
 * Noise on the health port, for tests/shell/health_http.sh and by hand against a build with
 * sanitizers:
 *
 *   tool_noise PORT SEED COUNT     asks 127.0.0.1:PORT
 *
 * Sends COUNT requests that were well formed before some of their bytes were changed, doubled or
 * left out, in pieces, and does not care for the answers. Prints "heard N": how many connections
 * got any. The same seed sends the same bytes.
 */

#include "supervisor/unit/macro.h"
#include "supervisor/wire/fd.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { REQUEST_MAX = 2048, WAIT_MS = 20 };

static const char *const requests[] = {
    "GET /health HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nIf-None-Match: \"x\"\r\n\r\n",
    "GET /readyz?verbose&exclude=a&exclude=%62%00%ff HTTP/1.1\r\nHost: a\r\n\r\n",
    "HEAD /units/a.service/logs?n=10&after=5&follow HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /units/%2e%2e%2f/logs HTTP/1.0\r\nAccept: application/json;q=0.1\r\n\r\n",
    "POST /units HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
    "GET /events HTTP/1.1\r\nHost: a\r\nLast-Event-ID: 12\r\nAuthorization: Bearer x\r\n\r\n",
    ("GET /metrics HTTP/1.1\r\nHost: a\r\nAccept: application/openmetrics-text\r\n"
     "Connection: upgrade\r\nUpgrade: h2c\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    "OPTIONS * HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
};

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Changes, doubles or leaves out a piece. */
static size_t spoil(char *bytes, size_t length, uint32_t *state)
{
    size_t at = next_random(state) % length, piece = 1 + next_random(state) % 16;

    if (piece > length - at)
        piece = length - at;
    switch (next_random(state) % 3) {
    case 0:
        for (size_t i = 0; i < piece; i++)
            bytes[at + i] = (char)next_random(state);
        return length;
    case 1:
        if (length + piece > REQUEST_MAX)
            return length;
        memmove(bytes + at + piece, bytes + at, length - at);
        return length + piece;
    default:
        memmove(bytes + at, bytes + at + piece, length - at - piece);
        return length - piece > 0 ? length - piece : length;
    }
}

static int open_client(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct timeval patience = { .tv_usec = WAIT_MS * 1000 };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        perror("connect");
        exit(1);
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    return fd;
}

static bool ask(int port, uint32_t *state)
{
    const char *request = requests[next_random(state) % ARRAY_SIZE(requests)];
    size_t length = strlen(request), sent = 0;
    char bytes[REQUEST_MAX], answer[256];
    int fd = open_client(port);
    bool is_heard;

    memcpy(bytes, request, length);
    for (uint32_t i = next_random(state) % 4; i > 0; i--)
        length = spoil(bytes, length, state);
    while (sent < length) {
        size_t piece = 1 + next_random(state) % length;

        piece = piece < length - sent ? piece : length - sent;
        if (send(fd, bytes + sent, piece, MSG_NOSIGNAL) <= 0)
            break;
        sent += piece;
    }
    is_heard = recv(fd, answer, sizeof(answer), 0) > 0;
    fd_close(fd);
    return is_heard;
}

int main(int argc, char **argv)
{
    uint32_t state = argc == 4 ? (uint32_t)strtoul(argv[2], NULL, 10) | 1 : 0;
    int heard = 0;

    if (state == 0) {
        fputs("tool_noise PORT SEED COUNT\n", stderr);
        return 2;
    }
    for (int i = atoi(argv[3]); i > 0; i--)
        heard += ask(atoi(argv[1]), &state);
    printf("heard %d\n", heard);
    return 0;
}

/*
 * Clients that mean no good, and one that does, for tests/shell/health_http.sh:
 *
 *   tool_flood PORT     asks 127.0.0.1:PORT
 *
 * Opens IDLE connections that say nothing and TRICKLING ones that never end their head, sends a
 * head of a megabyte and PIPELINED requests at once; meanwhile asks for /health on ASKED new
 * connections, one after the other. Prints a line per figure:
 *
 *   answered N    of ASKED, with a status line
 *   median_us N   of these, from connect to the status line
 *   pipelined N   answers to PIPELINED requests
 *   huge STATUS   of the answer to the head of a megabyte; 0: the connection was closed
 */

#include "supervisor/wire/fd.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

enum { IDLE = 1000, TRICKLING = 200, ASKED = 101, PIPELINED = 500, HUGE_SIZE = 1024 * 1024 };
enum { WAIT_MS = 20000 };

static int open_client(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct timeval patience = { .tv_sec = WAIT_MS / 1000 };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        perror("connect");
        exit(1);
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    return fd;
}

static long long now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static void say(int fd, const char *text)
{
    (void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

/* Of the answer that comes first; 0: there was none. */
static int read_status(int fd)
{
    char line[16] = "";
    ssize_t length = recv(fd, line, sizeof(line) - 1, MSG_WAITALL);

    return length == sizeof(line) - 1 && strncmp(line, "HTTP/1.1 ", 9) == 0 ? atoi(line + 9) : 0;
}

static int compare(const void *left, const void *right)
{
    long long a = *(const long long *)left, b = *(const long long *)right;

    return a < b ? -1 : a > b;
}

static void ask(int port)
{
    long long times[ASKED];
    int answered = 0;

    for (int i = 0; i < ASKED; i++) {
        long long begin_us = now_us();
        int fd = open_client(port);

        say(fd, "GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        answered += read_status(fd) > 0;
        times[i] = now_us() - begin_us;
        fd_close(fd);
    }
    qsort(times, ASKED, sizeof(times[0]), compare);
    printf("answered %d\nmedian_us %lld\n", answered, times[ASKED / 2]);
}

static int count_answers(const char *bytes, size_t length)
{
    int count = 0;

    for (size_t i = 0; i + 9 <= length; i++)
        count += memcmp(bytes + i, "HTTP/1.1 ", 9) == 0;
    return count;
}

/* The last request asks the server to close, so the answers have an end. */
static void pipeline(int port)
{
    static char bytes[4 * 1024 * 1024];
    int fd = open_client(port);
    size_t length = 0;
    ssize_t part = 1;

    for (int i = 1; i < PIPELINED; i++)
        say(fd, "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
    say(fd, "GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    while (part > 0 && length < sizeof(bytes)) {
        part = recv(fd, bytes + length, sizeof(bytes) - length, 0);
        length += part > 0 ? (size_t)part : 0;
    }
    printf("pipelined %d\n", count_answers(bytes, length));
    fd_close(fd);
}

static void send_huge_head(int port)
{
    static char field[HUGE_SIZE + 1];
    int fd = open_client(port);

    memset(field, 'a', HUGE_SIZE);
    say(fd, "GET /health HTTP/1.1\r\nX: ");
    say(fd, field);
    printf("huge %d\n", read_status(fd));
    fd_close(fd);
}

int main(int argc, char **argv)
{
    struct rlimit limit;
    int port = argc == 2 ? atoi(argv[1]) : 0;

    if (port == 0 || getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_max < 2 * IDLE) {
        fputs("tool_flood PORT\n", stderr);
        return 2;
    }
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    for (int i = 0; i < IDLE; i++)
        (void)open_client(port);
    for (int i = 0; i < TRICKLING; i++)
        say(open_client(port), "GET /health HTTP/1.1\r\nX: ");
    ask(port);
    pipeline(port);
    send_huge_head(port);
    ask(port);
    return 0;
}

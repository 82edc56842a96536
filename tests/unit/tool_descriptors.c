/*
 * A service that gives reeve descriptors whose close waits, for shell tests:
 *
 *   tool_descriptors MESSAGES COPIES [hidden]
 *
 * Each message to $NOTIFY_SOCKET has a TCP socket with unsent data that lingers for a day, and that
 * many copies of /dev/null. "hidden": the socket is on its way through an AF_UNIX socket, where
 * nobody can change how it lingers. Writes "sent" when all are, and stays: the other ends are its.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { FDS_MAX = 253, SMALL = 4096, PAUSE_MS = 5, A_DAY_S = 86400 };

static void must(int is_done, const char *what)
{
    if (is_done)
        return;
    perror(what);
    exit(1);
}

static void give(int to, const int *fds, size_t count)
{
    char text[] = "STATUS=given", control[CMSG_SPACE(sizeof(int) * FDS_MAX)] = { 0 };
    struct iovec part = { .iov_base = text, .iov_len = sizeof(text) - 1 };
    struct msghdr packet = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = CMSG_SPACE(sizeof(int) * count),
    };
    struct cmsghdr *header = CMSG_FIRSTHDR(&packet);
    ssize_t size;

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * count);
    memcpy(CMSG_DATA(header), fds, sizeof(int) * count);
    /* No more may be on their way than the sender may have open. */
    while ((size = sendmsg(to, &packet, 0)) < 0 && errno == ETOOMANYREFS)
        (void)poll(NULL, 0, PAUSE_MS);
    must(size > 0, "sendmsg");
}

static int listen_here(struct sockaddr_in *ret_address)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), small = SMALL;
    socklen_t size = sizeof(*ret_address);

    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    must(listen(fd, 1) == 0 && getsockname(fd, (struct sockaddr *)ret_address, &size) == 0,
         "listen");
    ret_address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return fd;
}

/* With more data than the other end, which nobody reads from, has room for. */
static int make_lingering(int listener, const struct sockaddr_in *address)
{
    static char data[1 << 16];
    struct linger a_day = { .l_onoff = 1, .l_linger = A_DAY_S };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    must(connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0, "connect");
    must(accept(listener, NULL, NULL) >= 0, "accept");
    must(fcntl(fd, F_SETFL, O_NONBLOCK) == 0, "fcntl");
    while (write(fd, data, sizeof(data)) > 0)
        ;
    must(setsockopt(fd, SOL_SOCKET, SO_LINGER, &a_day, sizeof(a_day)) == 0, "SO_LINGER");
    return fd;
}

static int hide(int fd)
{
    int pair[2];

    must(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0, "socketpair");
    give(pair[0], &fd, 1);
    close(pair[0]);
    close(fd);
    return pair[1];
}

static void wake(int signal)
{
    (void)signal;
}

/* Who closes last waits: where reeve was quicker that is we, but not for a day. */
static void close_in_time(int fd)
{
    const struct itimerval soon = { .it_value.tv_usec = 20000, .it_interval.tv_usec = 20000 };
    const struct itimerval never = { .it_value.tv_usec = 0 };

    (void)signal(SIGALRM, wake);
    (void)setitimer(ITIMER_REAL, &soon, NULL);
    close(fd);
    (void)setitimer(ITIMER_REAL, &never, NULL);
}

int main(int argc, char **argv)
{
    struct sockaddr_un notify = { .sun_family = AF_UNIX };
    struct sockaddr_in address;
    int listener = listen_here(&address), to = socket(AF_UNIX, SOCK_DGRAM, 0), fds[FDS_MAX];
    long messages = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
    size_t count = argc > 2 ? 1 + strtoul(argv[2], NULL, 10) : 1;

    strncpy(notify.sun_path, getenv("NOTIFY_SOCKET"), sizeof(notify.sun_path) - 1);
    must(connect(to, (struct sockaddr *)&notify, sizeof(notify)) == 0, "connect");
    for (size_t i = 0; i < count && i < FDS_MAX; i++)
        fds[i] = i == 0 ? -1 : open("/dev/null", O_RDWR);
    while (messages-- > 0) {
        fds[0] = make_lingering(listener, &address);
        if (argc > 3)
            fds[0] = hide(fds[0]);
        give(to, fds, count < FDS_MAX ? count : FDS_MAX);
        close_in_time(fds[0]);
    }
    puts("sent");
    fflush(stdout);
    for (;;)
        pause();
}

/*
 * `http_load PORT PATH RATE SECONDS CONNECTIONS`: asks 127.0.0.1:PORT for PATH at a constant rate,
 * over connections that are kept, and says how long the answers took.
 *
 * A request has its time by the clock alone: RATE a second, evenly. Its latency counts from that
 * time and not from when it was sent, so that a server that stands still for a while has all those
 * to answer for that had their time meanwhile (no "coordinated omission"). A connection has one
 * request under way; what has its time while all are busy waits for the first that is free.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 512,
    BUFFER_SIZE = 64 * 1024,
    BUCKETS = 1000 * 1000, /* a microsecond each; the last one is for all that is longer */
    NS_PER_US = 1000,
    LATE_US = 2000, /* the promise */
    NS_PER_MS = 1000 * 1000,
};
/* What is late within this time of another that was has the same reason. */
#define EPISODE_NS (50 * (int64_t)NS_PER_MS)
#define NS_PER_S   INT64_C(1000000000)

struct connection {
    int fd;
    bool is_busy;
    int64_t due_ns; /* of the request that is under way */
    size_t length;  /* of what has come of its answer */
    size_t wanted;  /* the whole answer; 0: its head is not there yet */
    char head[8 * 1024];
};

struct load {
    int epoll;
    struct connection connections[CONNECTIONS_MAX];
    int count;
    char request[512];
    size_t request_length;
    int64_t begin_ns, gap_ns;
    int64_t total, sent, done, failed; /* requests */
    int64_t longest_us, bytes;
    int64_t late, episodes, late_due_ns; /* longer than LATE_US */
    uint32_t buckets[BUCKETS];
};

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void open_connection(struct load *load, struct connection *connection, int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };

    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection->fd < 0 ||
        connect(connection->fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        epoll_ctl(load->epoll, EPOLL_CTL_ADD, connection->fd, &event) < 0)
        die("connect");
}

static int64_t due_ns(const struct load *load, int64_t number)
{
    return load->begin_ns + number * load->gap_ns;
}

static bool send_next(struct load *load, struct connection *connection)
{
    if (load->sent == load->total || due_ns(load, load->sent) > now_ns())
        return false;
    connection->due_ns = due_ns(load, load->sent++);
    connection->is_busy = true;
    connection->length = connection->wanted = 0;
    if (send(connection->fd, load->request, load->request_length, MSG_NOSIGNAL) !=
        (ssize_t)load->request_length)
        die("send");
    return true;
}

static void count_late(struct load *load, int64_t due)
{
    load->late++;
    load->episodes += due - load->late_due_ns > EPISODE_NS;
    load->late_due_ns = due;
}

static void count_answer(struct load *load, struct connection *connection)
{
    int64_t us = (now_ns() - connection->due_ns) / NS_PER_US;

    load->done++;
    load->failed += strncmp(connection->head, "HTTP/1.1 200 ", 13) != 0;
    load->buckets[us < BUCKETS ? us : BUCKETS - 1]++;
    if (us > load->longest_us)
        load->longest_us = us;
    if (us >= LATE_US)
        count_late(load, connection->due_ns);
    connection->is_busy = false;
}

/* Once the whole head is there its Content-Length says how long the answer is. */
static void read_head(struct connection *connection)
{
    char *end = strstr(connection->head, "\r\n\r\n"), *field;

    if (!end)
        return;
    field = strcasestr(connection->head, "\r\nContent-Length:");
    if (!field || field > end) {
        fputs("http_load: an answer without Content-Length\n", stderr);
        exit(1);
    }
    connection->wanted = (size_t)(end + 4 - connection->head) +
                         strtoul(field + strlen("\r\nContent-Length:"), NULL, 10);
}

static void receive(struct load *load, struct connection *connection)
{
    static char buffer[BUFFER_SIZE];
    ssize_t length = recv(connection->fd, buffer, sizeof(buffer), MSG_DONTWAIT);

    if (length < 0 && errno == EAGAIN)
        return;
    if (length <= 0)
        die("recv: the server has closed");
    if (connection->wanted == 0 && connection->length < sizeof(connection->head) - 1) {
        size_t room = sizeof(connection->head) - 1 - connection->length;
        size_t part = (size_t)length < room ? (size_t)length : room;

        memcpy(connection->head + connection->length, buffer, part);
        connection->head[connection->length + part] = '\0';
        read_head(connection);
    }
    connection->length += (size_t)length;
    load->bytes += length;
    if (connection->wanted > 0 && connection->length >= connection->wanted) {
        count_answer(load, connection);
        (void)send_next(load, connection);
    }
}

/* Who is free takes what has its time. */
static void send_due(struct load *load)
{
    static int next;

    for (int i = 0; i < load->count; i++) {
        struct connection *connection = &load->connections[next];

        if (!connection->is_busy && !send_next(load, connection))
            return;
        next = (next + 1) % load->count;
    }
}

/*
 * Never sleeps: a process that is woken for each request would have its own waking, and in a
 * virtual machine the host's, counted as latency of the server. The processor goes to the server
 * whenever there is nothing to read.
 */
static void look_for_news(struct load *load)
{
    struct epoll_event events[64];
    int count = epoll_wait(load->epoll, events, 64, 0);

    if (count < 0 && errno != EINTR)
        die("epoll_wait");
    if (count <= 0)
        (void)sched_yield();
    for (int i = 0; i < count; i++)
        receive(load, events[i].data.ptr);
}

static int64_t quantile(const struct load *load, double share)
{
    int64_t rank = (int64_t)(share * (double)load->done), seen = 0;

    for (int us = 0; us < BUCKETS; us++) {
        seen += load->buckets[us];
        if (seen > rank)
            return us;
    }
    return BUCKETS;
}

static void report(const struct load *load, int64_t end_ns)
{
    static const struct {
        const char *name;
        double share;
    } quantiles[] = { { "p50", 0.5 }, { "p90", 0.9 }, { "p99", 0.99 }, { "p999", 0.999 } };
    double seconds = (double)(end_ns - load->begin_ns) / (double)NS_PER_S;

    printf("requests %lld\nfailed %lld\nrate %.1f\nbytes %lld\n", (long long)load->done,
           (long long)load->failed, (double)load->done / seconds,
           (long long)(load->bytes / load->done));
    for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++)
        printf("%s_us %lld\n", quantiles[i].name, (long long)quantile(load, quantiles[i].share));
    printf("max_us %lld\nlate %lld\nepisodes %lld\n", (long long)load->longest_us,
           (long long)load->late, (long long)load->episodes);
}

int main(int argc, char **argv)
{
    static struct load load;
    int port, rate, seconds;

    if (argc != 6 || (port = atoi(argv[1])) < 1 || (rate = atoi(argv[3])) < 1 ||
        (seconds = atoi(argv[4])) < 1 || (load.count = atoi(argv[5])) < 1 ||
        load.count > CONNECTIONS_MAX) {
        fputs("http_load PORT PATH RATE SECONDS CONNECTIONS\n", stderr);
        return 2;
    }
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < load.count; i++)
        open_connection(&load, &load.connections[i], port);
    load.request_length = (size_t)snprintf(load.request, sizeof(load.request),
                                           "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", argv[2]);
    load.total = (int64_t)rate * seconds;
    load.gap_ns = NS_PER_S / rate;
    load.begin_ns = now_ns();
    while (load.done < load.total) {
        send_due(&load);
        look_for_news(&load);
    }
    report(&load, now_ns());
    return load.failed > 0;
}

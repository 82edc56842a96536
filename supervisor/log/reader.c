#include "supervisor/log/reader.h"

#include "supervisor/wire/fd.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

void readers_init(struct readers *readers, struct ring *ring, int epoll)
{
    readers->ring = ring;
    readers->epoll = epoll;
    readers->seen_sequence = 0;
    for (size_t i = 0; i < READERS_MAX; i++)
        readers->list[i] = (struct reader){ .fd = -1, .readers = readers };
}

static void drop(struct reader *reader)
{
    if (reader->fd < 0)
        return;
    if (reader->readers->epoll >= 0)
        (void)epoll_ctl(reader->readers->epoll, EPOLL_CTL_DEL, reader->fd, NULL);
    reader->fd = fd_close(reader->fd);
    for (size_t i = 0; i < LOG_QUERIES_MAX; i++)
        query_close(&reader->queries[i]);
}

void readers_release(struct readers *readers)
{
    for (size_t i = 0; i < READERS_MAX; i++)
        drop(&readers->list[i]);
}

void readers_add(struct readers *readers, int fd)
{
    struct reader *reader = NULL;
    struct epoll_event event = { .events = EPOLLIN };

    for (size_t i = 0; i < READERS_MAX && !reader; i++)
        if (readers->list[i].fd < 0)
            reader = &readers->list[i];
    event.data.ptr = reader;
    if (!reader || fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ||
        epoll_ctl(readers->epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
        fd_close(fd);
        return;
    }
    reader->fd = fd;
    reader->is_full = false;
}

struct reader *readers_find(struct readers *readers, void *what)
{
    for (size_t i = 0; i < READERS_MAX; i++)
        if (what == &readers->list[i])
            return &readers->list[i];
    return NULL;
}

static void set_full(struct reader *reader, bool is_full)
{
    struct epoll_event event = {
        .events = EPOLLIN | (is_full ? EPOLLOUT : 0),
        .data.ptr = reader,
    };

    if (reader->is_full == is_full)
        return;
    reader->is_full = is_full;
    (void)epoll_ctl(reader->readers->epoll, EPOLL_CTL_MOD, reader->fd, &event);
}

static int send_packet(const struct reader *reader, const char *packet, size_t length)
{
    for (;;) {
        if (send(reader->fd, packet, length, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
            return 0;
        if (errno != EINTR)
            return errno == ENOBUFS ? -EAGAIN : -errno;
    }
}

/* 0: all is sent that there is; -EBUSY: there is more, but it is the others' turn; -EAGAIN: no
 * room; another: the connection is over. */
static int feed_query(struct reader *reader, struct query *query)
{
    struct readers *readers = reader->readers;

    for (int i = 0; query->is_open; i++) {
        size_t length = 0;
        enum query_step step;
        int error;

        if (i == QUERY_BURST)
            return -EBUSY;
        step = query_next(query, readers->ring, readers->buffer, &length);
        if (step == QUERY_WAITS)
            return 0;
        if (step == QUERY_REFUSED)
            return -ENOMEM;
        if (step == QUERY_SKIPPED)
            continue;
        error = send_packet(reader, readers->buffer, length);
        if (error < 0)
            return error;
        query_taken(query, readers->ring);
    }
    return 0;
}

static void feed(struct reader *reader)
{
    bool has_more = false;
    int error = 0;

    for (size_t i = 0; i < LOG_QUERIES_MAX && (error == 0 || error == -EBUSY); i++) {
        error = feed_query(reader, &reader->queries[i]);
        has_more = has_more || error == -EBUSY;
    }
    if (error < 0 && error != -EAGAIN && error != -EBUSY)
        drop(reader);
    else
        set_full(reader, has_more || error == -EAGAIN);
}

/* The query with that tag, or a free one. */
static struct query *find_query(struct reader *reader, uint32_t tag)
{
    struct query *spare = NULL;

    for (size_t i = 0; i < LOG_QUERIES_MAX; i++) {
        struct query *query = &reader->queries[i];

        if (query->is_open && query->request.tag == tag)
            return query;
        if (!query->is_open && !spare)
            spare = query;
    }
    return spare;
}

static int take_request(struct reader *reader, const struct log_request *request)
{
    struct query *query = find_query(reader, request->tag);
    struct log_packet refusal = { .kind = LOG_REFUSED, .tag = request->tag };
    char packet[256];

    if (query) {
        query_open(query, reader->readers->ring, request);
        return 0;
    }
    return send_packet(reader, packet, log_wire_encode(&refusal, packet));
}

/* -EAGAIN: that was all; another: the connection is over. */
static int receive(struct reader *reader)
{
    struct log_request request;
    ssize_t length = recv(reader->fd, &request, sizeof(request), MSG_DONTWAIT | MSG_TRUNC);

    if (length < 0)
        return errno == EINTR ? 0 : -errno;
    if (length == 0)
        return -EPIPE;
    if (!log_wire_check_request(&request, (size_t)length))
        return -EBADMSG;
    return take_request(reader, &request);
}

void reader_serve(struct reader *reader, uint32_t events)
{
    int error = 0;

    if (reader->fd < 0)
        return;
    for (int i = 0; i < LOG_QUERIES_MAX && error == 0 && (events & ~(uint32_t)EPOLLOUT); i++)
        error = receive(reader);
    if (error < 0 && error != -EAGAIN)
        drop(reader);
    else
        feed(reader);
}

void readers_feed(struct readers *readers)
{
    if (readers->seen_sequence == readers->ring->next_sequence)
        return;
    readers->seen_sequence = readers->ring->next_sequence;
    for (size_t i = 0; i < READERS_MAX; i++)
        if (readers->list[i].fd >= 0 && !readers->list[i].is_full)
            feed(&readers->list[i]);
}

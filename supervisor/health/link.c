#include "supervisor/health/link.h"

#include "supervisor/wire/channel.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

/* So that a burst of news does not keep the probes waiting. */
enum { MESSAGES_PER_TURN = 64 };

static int take(struct link *link, const union wire_message *message)
{
    struct row *row = NULL;
    enum table_news news;
    int error = table_apply(link->table, message, &news, &row);

    if (error < 0)
        return error;
    switch (news) {
    case TABLE_QUIET:
        break;
    case TABLE_ROW:
        prober_row_changed(link->prober, row, clock_monotonic_us());
        break;
    case TABLE_SYNCED:
        prober_synced(link->prober, clock_monotonic_us());
        break;
    }
    return 0;
}

static void end(struct link *link, int error)
{
    bool is_gone = error == -EPIPE || error == -ECONNRESET;

    if (!is_gone)
        fprintf(stderr, "<3>PID 1 and we do not understand each other, ending: %s\n",
                strerror(-error));
    loop_unwatch(link->loop, &link->watch);
    loop_quit(link->loop, is_gone ? EXIT_SUCCESS : EXIT_FAILURE);
}

static void receive(struct link *link)
{
    for (int i = 0; i < MESSAGES_PER_TURN; i++) {
        union wire_message message;
        int fd = -1, error = channel_receive(link->watch.fd, &message, &fd);

        if (error == 0) {
            fd_close(fd); /* a WIRE_READER's: no line is read here yet */
            if (message.header.type != WIRE_READER)
                error = take(link, &message);
        }
        if (error == -EAGAIN)
            return;
        if (error < 0) {
            end(link, error);
            return;
        }
    }
}

static void link_moved(void *context, uint32_t events)
{
    struct link *link = context;

    if (events & EPOLLOUT)
        link->prober->has_news = true; /* there is room again */
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        receive(link);
}

void link_flush(struct link *link)
{
    struct snapshot *snapshot = &link->table->present;
    uint32_t events = EPOLLIN;
    int error = 0;

    if (!link->prober->has_news || link->watch.fd < 0)
        return;
    for (size_t i = 0; i < snapshot->count && error == 0; i++) {
        union wire_message message;

        if (!table_health_news(&snapshot->rows[i], &message))
            continue;
        error = channel_send(link->watch.fd, &message, -1);
        if (error == 0)
            table_told(&snapshot->rows[i]);
    }
    link->prober->has_news = false;
    /* Any other error shows when we receive: what PID 1 said before it went shall still be read. */
    if (error == -EAGAIN)
        events |= EPOLLOUT;
    error = loop_watch(link->loop, &link->watch, link->watch.fd, events);
    if (error < 0)
        end(link, error);
}

int link_init(struct link *link, int fd, struct prober *prober)
{
    int flags = fcntl(fd, F_GETFL);

    *link = (struct link){
        .loop = prober->loop,
        .table = prober->table,
        .prober = prober,
        .watch = { .fd = -1, .callback = link_moved, .context = link },
    };
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
        fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
        return -errno;
    return loop_watch(link->loop, &link->watch, fd, EPOLLIN);
}

void link_release(struct link *link)
{
    int fd = link->watch.fd;

    loop_unwatch(link->loop, &link->watch);
    fd_close(fd);
}

#include "supervisor/health/link.h"

#include "supervisor/health/verdict.h"
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
    link->has_news = true;
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
            if (message.header.type == WIRE_READER && fd >= 0)
                log_link_connect(link->logs, take_fd(&fd));
            else
                error = take(link, &message);
            fd_close(fd);
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
        link->has_news = true; /* there is room again */
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        receive(link);
}

/* What the probes found of each unit. */
static int tell_health(struct link *link)
{
    struct snapshot *snapshot = &link->table->present;
    int error = 0;

    for (size_t i = 0; i < snapshot->count && error == 0; i++) {
        union wire_message message;

        if (!table_health_news(&snapshot->rows[i], &message))
            continue;
        error = channel_send(link->watch.fd, &message, -1);
        if (error == 0)
            table_told(&snapshot->rows[i]);
    }
    return error;
}

static void fill_verdict(const struct table *table, union wire_message *message)
{
    static const enum wire_verdict_word words[] = {
        [POD_HEALTHY] = WIRE_VERDICT_HEALTHY,   [POD_DEGRADED] = WIRE_VERDICT_DEGRADED,
        [POD_STARTING] = WIRE_VERDICT_STARTING, [POD_UNHEALTHY] = WIRE_VERDICT_UNHEALTHY,
        [POD_STOPPING] = WIRE_VERDICT_STOPPING,
    };
    struct wire_verdict *verdict = &message->verdict;
    struct pod_cause cause;

    pod_explain(table, &cause);
    wire_begin(message, WIRE_VERDICT);
    verdict->word = (uint8_t)words[cause.verdict];
    if (cause.root)
        wire_copy(verdict->root, sizeof(verdict->root), cause.root->unit.name);
    wire_copy(verdict->cause, sizeof(verdict->cause), cause.sentence);
}

/* What that makes of the pod. */
static int tell_verdict(struct link *link)
{
    union wire_message message;
    int error;

    fill_verdict(link->table, &message);
    if (memcmp(&message.verdict, &link->told, sizeof(link->told)) == 0)
        return 0;
    error = channel_send(link->watch.fd, &message, -1);
    if (error == 0)
        link->told = message.verdict;
    return error;
}

void link_flush(struct link *link)
{
    uint32_t events = EPOLLIN;
    int error = 0;

    link->has_news |= link->prober->has_news;
    link->prober->has_news = false;
    if (!link->has_news || link->watch.fd < 0 || !link->table->has_present)
        return;
    link->has_news = false;
    error = tell_health(link);
    if (error == 0)
        error = tell_verdict(link);
    /* Any other error shows when we receive: what PID 1 said before it went shall still be read. */
    if (error == -EAGAIN)
        events |= EPOLLOUT;
    error = loop_watch(link->loop, &link->watch, link->watch.fd, events);
    if (error < 0)
        end(link, error);
}

int link_init(struct link *link, int fd, struct prober *prober, struct log_link *logs)
{
    int flags = fcntl(fd, F_GETFL);

    *link = (struct link){
        .loop = prober->loop,
        .table = prober->table,
        .prober = prober,
        .logs = logs,
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

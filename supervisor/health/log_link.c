#include "supervisor/health/log_link.h"

#include "supervisor/wire/fd.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { PACKETS_PER_TURN = 64 };

static bool is_throttled(const struct log_link *link)
{
    return link->backlog_count == 0 &&
           (link->taken >= LOG_LINK_BURST || link->taken_bytes >= LOG_LINK_BURST_BYTES);
}

/* Reads when there is a reason to. */
static void update_watch(struct log_link *link)
{
    if (link->fd < 0 || link->pause_count > 0 || is_throttled(link))
        loop_unwatch(link->loop, &link->watch);
    else if (loop_watch(link->loop, &link->watch, link->fd, EPOLLIN) < 0)
        link->fd = fd_close(link->fd);
}

static bool send_request(const struct log_link *link, const struct log_request *request)
{
    return link->fd >= 0 && send(link->fd, request, sizeof(*request),
                                 MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)sizeof(*request);
}

static void take_out(struct log_link *link, struct log_question *question)
{
    LIST_REMOVE(question, link);
    question->is_asked = false;
    link->count--;
    link->backlog_count -= !question->has_ended;
}

static void disconnect(struct log_link *link)
{
    struct log_question *question, *next;

    loop_unwatch(link->loop, &link->watch);
    link->fd = fd_close(link->fd);
    for (question = LIST_FIRST(&link->questions); question; question = next) {
        next = LIST_NEXT(question, link);
        if (question->request.is_following)
            continue;
        take_out(link, question);
        question->take(question->context, NULL);
    }
}

/* --- packets --- */

static struct log_question *find(const struct log_link *link, uint32_t tag)
{
    struct log_question *question;

    LIST_FOREACH(question, &link->questions, link)
    if (question->request.tag == tag)
        return question;
    return NULL;
}

static void take(struct log_link *link, const struct log_packet *packet)
{
    struct log_question *question = find(link, packet->tag);
    bool is_over;

    if (!question)
        return; /* it was forgotten meanwhile */
    if (packet->kind == LOG_LINE)
        question->last_sequence = packet->sequence;
    if (packet->kind == LOG_END && !question->has_ended) {
        question->has_ended = true;
        link->backlog_count--;
    }
    is_over =
        packet->kind == LOG_REFUSED || (packet->kind == LOG_END && !question->request.is_following);
    if (is_over)
        take_out(link, question);
    question->take(question->context, is_over ? NULL : packet);
}

/* 0, or a negative errno: -EAGAIN when there is nothing. */
static int receive(struct log_link *link)
{
    char buffer[LOG_PACKET_MAX];
    struct log_packet packet;
    ssize_t length = recv(link->fd, buffer, sizeof(buffer), MSG_DONTWAIT);

    if (length < 0)
        return -errno;
    if (length == 0)
        return -EPIPE;
    if (!log_wire_decode(buffer, (size_t)length, &packet))
        return -EBADMSG;
    link->taken++;
    link->taken_bytes += (size_t)length;
    take(link, &packet);
    return 0;
}

static void moved(void *context, uint32_t events)
{
    struct log_link *link = context;
    int error = 0;

    (void)events;
    if (link->window_us == 0)
        link->window_us = clock_monotonic_us() + LOG_LINK_WINDOW_US;
    for (int i = 0;
         i < PACKETS_PER_TURN && error == 0 && link->pause_count == 0 && !is_throttled(link); i++)
        error = receive(link);
    if (error < 0 && error != -EAGAIN && error != -EINTR)
        disconnect(link);
    update_watch(link);
}

/* --- coming and going --- */

void log_link_init(struct log_link *link, struct loop *loop)
{
    *link = (struct log_link){
        .loop = loop,
        .fd = -1,
        .watch = { .fd = -1, .callback = moved, .context = link },
    };
    LIST_INIT(&link->questions);
}

void log_link_release(struct log_link *link)
{
    loop_unwatch(link->loop, &link->watch);
    link->fd = fd_close(link->fd);
}

void log_link_connect(struct log_link *link, int fd)
{
    struct log_question *question;

    disconnect(link);
    link->fd = fd;
    LIST_FOREACH(question, &link->questions, link)
    {
        if (question->last_sequence > 0) {
            question->request.after_sequence = question->last_sequence;
            question->request.lines = LOG_ALL_LINES;
        }
        (void)send_request(link, &question->request);
    }
    update_watch(link);
}

int log_link_ask(struct log_link *link, struct log_question *question)
{
    if (link->count == LOG_QUERIES_MAX)
        return -EBUSY;
    question->request.tag = ++link->last_tag;
    if (!send_request(link, &question->request) && !question->request.is_following)
        return -ENOTCONN;
    question->has_ended = false;
    question->last_sequence = 0;
    question->is_asked = true;
    LIST_INSERT_HEAD(&link->questions, question, link);
    link->count++;
    link->backlog_count++;
    update_watch(link);
    return 0;
}

void log_link_forget(struct log_link *link, struct log_question *question)
{
    struct log_request nothing = log_wire_request(NULL);

    if (!question->is_asked)
        return;
    take_out(link, question);
    /* A question of the same tag that wants nothing takes its place, and is answered at once. */
    nothing.tag = question->request.tag;
    nothing.lines = 0;
    (void)send_request(link, &nothing);
}

void log_link_pause(struct log_link *link, bool shall_pause)
{
    link->pause_count += shall_pause ? 1 : -1U;
    update_watch(link);
}

uint64_t log_link_deadline(const struct log_link *link)
{
    return is_throttled(link) && link->window_us > 0 ? link->window_us : USEC_INFINITY;
}

void log_link_tick(struct log_link *link, uint64_t now_us)
{
    if (link->window_us == 0 || now_us < link->window_us)
        return;
    link->window_us = 0;
    link->taken = 0;
    link->taken_bytes = 0;
    update_watch(link);
}

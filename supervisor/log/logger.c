#include "supervisor/log/logger.h"

#include "supervisor/log/clock.h"
#include "supervisor/log/source.h"
#include "supervisor/wire/channel.h"
#include "supervisor/wire/fd.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

enum {
    EVENTS_PER_WAIT = 64,
    UNFINISHED_US = 1000000, /* how long the rest of a line is waited for */
    COALESCE_US = 1000,      /* what is written within this time after a line is read in one go */
};

/* What line_feed() calls back with. */
struct delivery {
    struct logger *logger;
    struct source *source;
    uint64_t realtime_us, monotonic_us;
};

static struct delivery delivery_now(struct logger *logger, struct source *source)
{
    return (struct delivery){
        .logger = logger,
        .source = source,
        .realtime_us = clock_realtime_us(),
        .monotonic_us = clock_monotonic_us(),
    };
}

static void keep(const struct delivery *delivery, const struct line *line)
{
    struct log_packet packet = {
        .kind = LOG_LINE,
        .realtime_us = delivery->realtime_us,
        .monotonic_us = delivery->monotonic_us,
        .priority = (uint8_t)line->priority,
        .stream = delivery->source->stream,
        .flags = line->is_continuation ? LOG_IS_CONTINUATION : 0,
        .identifier = delivery->source->identifier,
        .text = line->text,
        .length = line->length,
    };

    if (delivery->source->kept)
        ring_append(&delivery->logger->ring, delivery->source->kept, &packet);
}

static void deliver(void *context, const struct line *line)
{
    const struct delivery *delivery = context;
    struct record record = {
        .identifier = delivery->source->identifier,
        .unit = delivery->source->unit,
        .message = line->text,
        .length = line->length,
        .priority = line->priority,
        .realtime_us = delivery->realtime_us,
    };

    output_record(&delivery->logger->out, &record);
    output_record(&delivery->logger->file, &record);
    keep(delivery, line);
}

static void flush_outputs(struct logger *logger)
{
    output_flush(&logger->out);
    output_flush(&logger->file);
}

/* All of it: a service can make its pipe one of packets (O_DIRECT), which are read one by one. */
static ssize_t empty_scratch(struct logger *logger, size_t length)
{
    size_t got = 0;

    while (got < length) {
        ssize_t part = read(logger->scratch[0], logger->chunk + got, length - got);

        if (part <= 0 && errno != EINTR)
            return part;
        got += part > 0 ? (size_t)part : 0;
    }
    return (ssize_t)got;
}

/*
 * Up to LOGGER_READ_SIZE bytes of what stands in the pipe, which still stand there afterwards:
 * tee(2) copies them into a pipe of our own. As read(): > 0, 0 at the end, or a negative errno;
 * *ret_is_peek tells whether they must be consumed. Where tee() cannot be used they are read at
 * once.
 */
static ssize_t peek(struct logger *logger, int fd, bool *ret_is_peek)
{
    ssize_t length = tee(fd, logger->scratch[1], sizeof(logger->chunk), SPLICE_F_NONBLOCK);

    *ret_is_peek = length >= 0;
    if (length < 0 && errno != EAGAIN)
        length = read(fd, logger->chunk, sizeof(logger->chunk));
    else if (length > 0)
        length = empty_scratch(logger, (size_t)length);
    return length < 0 ? -errno : length;
}

/* Only ours to read: what has been seen by peek() is there. */
static void consume(struct logger *logger, int fd, size_t length)
{
    while (length > 0) {
        ssize_t taken = read(fd, logger->chunk, length);

        if (taken < 0 && errno == EINTR)
            continue;
        if (taken <= 0)
            return;
        length -= (size_t)taken;
    }
}

/* Up to the last newline, or without any to the last NUL; 0: no line is finished. */
static size_t whole_lines(const char *chunk, size_t length)
{
    const char *end = memrchr(chunk, '\n', length);

    if (!end)
        end = memrchr(chunk, '\0', length);
    return end ? (size_t)(end - chunk) + 1 : 0;
}

static void watch_source(struct logger *logger, struct source *source, bool is_waiting)
{
    struct epoll_event event = {
        .events = EPOLLIN | (is_waiting ? EPOLLET : 0),
        .data.ptr = source,
    };

    source->is_waiting = is_waiting;
    (void)epoll_ctl(logger->epoll, EPOLL_CTL_MOD, source->fd, &event);
}

/*
 * The beginning of a line stays in the pipe, where it outlives us, until the rest comes: no wake-up
 * by what is there already, only by what is new. Not for long, since a pipe can be full of a few
 * small pieces. Returns how much is to be taken of a chunk without an end.
 */
static size_t take_unfinished(struct logger *logger, struct source *source, size_t length)
{
    uint64_t now_us = clock_monotonic_us();

    if (!source->is_waiting) {
        source->patience_us = now_us + UNFINISHED_US;
        watch_source(logger, source, true);
    }
    if (length < sizeof(logger->chunk) && length < source_capacity(source) / 2 &&
        now_us < source->patience_us) {
        if (source->patience_us < logger->patience_us)
            logger->patience_us = source->patience_us;
        return 0;
    }
    return length;
}

/* How much of what was seen in the pipe is to be taken now. */
static size_t to_take(struct logger *logger, struct source *source, size_t length)
{
    size_t whole = whole_lines(logger->chunk, length);

    return whole > 0 ? whole : take_unfinished(logger, source, length);
}

/*
 * One turn of a source: take, write, and only then consume, so that a crash in between writes lines
 * twice rather than losing them. What read() said: > 0, 0 at the end, or a negative errno; -EAGAIN
 * also where only the beginning of a line is there and it `may_wait`.
 */
static ssize_t read_source(struct logger *logger, struct source *source, bool may_wait)
{
    struct delivery delivery = delivery_now(logger, source);
    struct line_taker taker = { .take = deliver, .context = &delivery };
    bool is_peek;
    ssize_t length = peek(logger, source->fd, &is_peek);

    if (length < 0)
        return length;
    if (is_peek && length > 0 && may_wait) {
        length = (ssize_t)to_take(logger, source, (size_t)length);
        if (length == 0)
            return -EAGAIN;
        if (source->is_waiting)
            watch_source(logger, source, false);
    }
    if (length == 0)
        line_flush(&source->splitter, &taker);
    else
        line_feed(&source->splitter, logger->chunk, (size_t)length, &taker);
    flush_outputs(logger);
    if (is_peek)
        consume(logger, source->fd, (size_t)length);
    return length;
}

/* All that stands in the pipe now, but no more than it can hold: its writers may go on for ever. */
static void drain_source(struct logger *logger, struct source *source)
{
    size_t left = 0;
    bool is_first = true;

    while (is_first || left > 0) {
        ssize_t length = read_source(logger, source, false);

        if (length == -EINTR)
            continue;
        if (length <= 0)
            return;
        if (is_first)
            left = source_capacity(source); /* asked for only where there is something */
        is_first = false;
        left -= (size_t)length < left ? (size_t)length : left;
    }
}

static void end_line(struct logger *logger, struct source *source)
{
    struct delivery delivery = delivery_now(logger, source);
    struct line_taker taker = { .take = deliver, .context = &delivery };

    drain_source(logger, source);
    line_flush(&source->splitter, &taker);
    flush_outputs(logger);
}

static void remove_source(struct logger *logger, struct source *source)
{
    *source->link = source->next;
    if (source->next)
        source->next->link = source->link;
    /* close() alone leaves it in the epoll set: PID 1 has the same pipe open. */
    if (logger->epoll >= 0)
        (void)epoll_ctl(logger->epoll, EPOLL_CTL_DEL, source->fd, NULL);
    source_free(source);
}

static void add_source(struct logger *logger, const struct wire_source *message, int fd)
{
    struct source *source = source_new(message, fd);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = source };

    if (!source) {
        fprintf(stderr, "reeve-log: Cannot read the log of '%s', skipping it: %s\n", message->name,
                strerror(errno));
        return;
    }
    if (epoll_ctl(logger->epoll, EPOLL_CTL_ADD, source->fd, &event) < 0) {
        fprintf(stderr, "reeve-log: Cannot wait for the log of '%s', skipping it: %s\n",
                message->name, strerror(errno));
        source_free(source);
        return;
    }
    source->kept = ring_unit_get(&logger->ring, source->unit);
    source->next = logger->sources;
    source->link = &logger->sources;
    if (source->next)
        source->next->link = &source->next;
    logger->sources = source;
}

static void take_source(struct logger *logger, const struct wire_source *message, int fd)
{
    struct stat info;
    struct source *known = fd < 0                  ? source_find_id(logger->sources, message->id)
                           : fstat(fd, &info) == 0 ? source_find_pipe(logger->sources, &info)
                                                   : NULL;

    if (fd < 0) {
        for (; known; known = source_find_id(known->next, message->id))
            end_line(logger, known); /* a unit can have two */
    } else if (known) {
        source_rename(known, message);
        known->kept = ring_unit_get(&logger->ring, known->unit);
        fd_close(fd);
    } else {
        add_source(logger, message, fd);
    }
}

/* -EAGAIN when all messages have been read, -EPIPE at the end, -EBADMSG. */
static int read_wire(struct logger *logger)
{
    for (;;) {
        union wire_message message;
        cleanup_fd int fd = -1;
        int error = channel_receive(logger->wire, &message, &fd);

        if (error < 0)
            return error;
        if (message.header.type == WIRE_SOURCE)
            take_source(logger, &message.source, take_fd(&fd));
        else if (message.header.type == WIRE_READER && fd >= 0)
            readers_add(&logger->readers, take_fd(&fd));
    }
}

static int watch(struct logger *logger, int fd, void *what)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = what };

    return epoll_ctl(logger->epoll, EPOLL_CTL_ADD, fd, &event);
}

int logger_init(struct logger *logger, int wire)
{
    int flags = fcntl(wire, F_GETFL);
    sigset_t term;

    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    logger->wire = wire;
    logger->sources = NULL;
    logger->patience_us = USEC_INFINITY;
    logger->epoll = epoll_create1(EPOLL_CLOEXEC);
    readers_init(&logger->readers, &logger->ring, logger->epoll);
    logger->signals = signalfd(-1, &term, SFD_CLOEXEC | SFD_NONBLOCK);
    if (pipe2(logger->scratch, O_CLOEXEC | O_NONBLOCK) < 0)
        return -errno;
    if (logger->epoll < 0 || logger->signals < 0 || flags < 0 ||
        fcntl(wire, F_SETFL, flags | O_NONBLOCK) < 0 || watch(logger, wire, &logger->wire) < 0 ||
        watch(logger, logger->signals, &logger->signals) < 0)
        return -errno;
    return 0;
}

static void serve_source(struct logger *logger, struct source *source)
{
    ssize_t length = read_source(logger, source, true);

    logger->taken += length > 0 ? (size_t)length : 0;
    if (length == 0 || (length < 0 && length != -EAGAIN && length != -EINTR))
        remove_source(logger, source);
}

/* Those whose beginning of a line is not waited for any longer. */
static void serve_impatient(struct logger *logger)
{
    uint64_t now_us = clock_monotonic_us();

    if (now_us < logger->patience_us)
        return;
    logger->patience_us = USEC_INFINITY;
    for (struct source *source = logger->sources, *next; source; source = next) {
        next = source->next;
        if (source->is_waiting)
            serve_source(logger, source);
    }
}

static int patience_ms(const struct logger *logger)
{
    uint64_t now_us = clock_monotonic_us();

    if (logger->patience_us == USEC_INFINITY)
        return -1;
    return logger->patience_us > now_us ? (int)((logger->patience_us - now_us) / 1000) + 1 : 0;
}

/* 0 or -EAGAIN: go on; otherwise why it is over. */
static int serve(struct logger *logger, const struct epoll_event *event)
{
    void *what = event->data.ptr;
    struct reader *reader = readers_find(&logger->readers, what);

    if (what == &logger->wire)
        return read_wire(logger);
    if (what == &logger->signals)
        return -ECANCELED;
    if (reader)
        reader_serve(reader, event->events);
    else
        serve_source(logger, what);
    return 0;
}

/*
 * When many units start or stop at once, lines come faster one by one than it is worth to wake up
 * for each: those who write are waiting for this CPU. A flood is never kept waiting.
 */
static void coalesce(const struct logger *logger)
{
    const struct timespec moment = { .tv_nsec = COALESCE_US * 1000L };

    if (logger->taken > 0 && logger->taken < sizeof(logger->chunk))
        (void)nanosleep(&moment, NULL);
}

int logger_run(struct logger *logger)
{
    struct epoll_event events[EVENTS_PER_WAIT];
    int error = 0;

    while (error == 0 || error == -EAGAIN) {
        int count;

        coalesce(logger);
        logger->taken = 0;
        count = epoll_wait(logger->epoll, events, EVENTS_PER_WAIT, patience_ms(logger));
        for (int i = 0; i < count && (error == 0 || error == -EAGAIN); i++)
            error = serve(logger, &events[i]);
        serve_impatient(logger);
        readers_feed(&logger->readers);
    }
    for (struct source *source = logger->sources; source; source = source->next)
        end_line(logger, source);
    readers_feed(&logger->readers);
    return error == -EBADMSG ? error : 0;
}

void logger_release(struct logger *logger)
{
    readers_release(&logger->readers);
    logger->epoll = fd_close(logger->epoll); /* first: it is quicker than to take each out of it */
    while (logger->sources)
        remove_source(logger, logger->sources);
    logger->signals = fd_close(logger->signals);
    logger->scratch[0] = fd_close(logger->scratch[0]);
    logger->scratch[1] = fd_close(logger->scratch[1]);
    logger->wire = fd_close(logger->wire);
    ring_release(&logger->ring);
}

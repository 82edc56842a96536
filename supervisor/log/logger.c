#include "supervisor/log/logger.h"

#include "supervisor/log/clock.h"
#include "supervisor/log/intake.h"
#include "supervisor/log/journal.h"
#include "supervisor/log/source.h"
#include "supervisor/log/unit_rules.h"
#include "supervisor/wire/channel.h"
#include "supervisor/wire/fd.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

enum {
    EVENTS_PER_WAIT = 64,
    COALESCE_US = 1000, /* what is written within this time after a line is read in one go */
};

/* close() alone leaves it in the epoll sets: PID 1 has the same pipe open. */
void logger_unplace_source(const struct logger *logger, struct source *source)
{
    source->is_waiting = false;
    if (logger->epoll < 0)
        return;
    (void)epoll_ctl(logger->epoll, EPOLL_CTL_DEL, source->fd, NULL);
    (void)epoll_ctl(logger->sources_epoll, EPOLL_CTL_DEL, source->fd, NULL);
}

/* Among those that wait for a slow output, or those that do not. 0 or a negative errno. */
static int place(const struct logger *logger, struct source *source)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = source };

    return epoll_ctl(intake_set(logger, source), EPOLL_CTL_ADD, source->fd, &event) < 0 ? -errno
                                                                                        : 0;
}

static void remove_source(struct logger *logger, struct source *source)
{
    *source->link = source->next;
    if (source->next)
        source->next->link = source->link;
    if (logger->unconsumed == source)
        logger->unconsumed = NULL;
    logger->joined_count -= source->joined.is_open;
    logger_unplace_source(logger, source);
    source_free(source);
}

static void end_source(struct logger *logger, struct source *source)
{
    if (source->kind == SOURCE_STREAM)
        stream_forget(logger, source);
    remove_source(logger, source);
}

struct source *logger_add_source(struct logger *logger, const struct wire_source *message, int fd)
{
    struct source *source = source_new(message, fd);

    if (!source) {
        fprintf(stderr, "reeve-log: Cannot read the log of '%s', skipping it: %s\n", message->name,
                strerror(errno));
        return NULL;
    }
    source->kept = ring_unit_get(&logger->ring, source->unit);
    if (logger->rest.inode == source->inode && logger->rest.device == source->device) {
        source->known_written = logger->rest.written;
        source->known_kept = logger->rest.kept;
        logger->rest = (struct turn_rest){ 0 };
    }
    source->next = logger->sources;
    source->link = &logger->sources;
    if (source->next)
        source->next->link = &source->next;
    logger->sources = source;
    return source;
}

void logger_place_source(struct logger *logger, struct source *source)
{
    int error = place(logger, source);

    if (error == 0)
        return;
    fprintf(stderr, "reeve-log: Cannot wait for the log of '%s', skipping it: %s\n", source->unit,
            strerror(-error));
    end_source(logger, source);
}

/* Without rules of its own it is read at once. */
static void begin_source(struct logger *logger, struct source *source, bool has_rules)
{
    source->is_held = has_rules;
    if (has_rules)
        return;
    source->rules = NULL;
    source->splitter.keeps_prefix = false;
    logger_place_source(logger, source);
}

static void take_source(struct logger *logger, const struct wire_source *message, int fd)
{
    struct stat info;
    struct source *known = fd < 0                  ? source_find_id(logger->sources, message->id)
                           : fstat(fd, &info) == 0 ? source_find_pipe(logger->sources, &info)
                                                   : NULL;

    if (fd < 0) {
        for (; known; known = source_find_id(known->next, message->id))
            intake_end(logger, known); /* a unit can have two */
        return;
    }
    if (known) {
        logger_unplace_source(logger, known);
        source_rename(known, message);
        known->kept = ring_unit_get(&logger->ring, known->unit);
        fd_close(fd);
    } else {
        known = logger_add_source(logger, message, fd);
    }
    if (known)
        begin_source(logger, known, message->has_rules);
    streams_rename(logger, message);
}

/* Units have other numbers from now on. */
static void take_hello(struct logger *logger, const struct wire_hello *message, int fd)
{
    pids_take(&logger->pids, message, fd);
    streams_renumber(logger);
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
        if (message.header.type == WIRE_HELLO)
            take_hello(logger, &message.hello, take_fd(&fd));
        else if (message.header.type == WIRE_JOURNAL)
            journal_take(logger, &message.journal, take_fd(&fd));
        else if (message.header.type == WIRE_SOURCE)
            take_source(logger, &message.source, take_fd(&fd));
        else if (message.header.type == WIRE_RULES || message.header.type == WIRE_RULE)
            unit_rules_take(logger, &message);
        else if (message.header.type == WIRE_READER && fd >= 0)
            readers_add(&logger->readers, take_fd(&fd));
        else if (message.header.type == WIRE_MASKS)
            masking_take(&logger->masking, take_fd(&fd));
        else if (message.header.type == WIRE_LAST_WORDS)
            last_words_take(&logger->last_words, &message.last_words, take_fd(&fd));
    }
}

static int watch(struct logger *logger, int fd, void *what)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = what };

    return epoll_ctl(logger->epoll, EPOLL_CTL_ADD, fd, &event);
}

void logger_watch(struct logger *logger, int fd, void *what)
{
    (void)watch(logger, fd, what);
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
    logger->sources_epoll = epoll_create1(EPOLL_CLOEXEC);
    readers_init(&logger->readers, &logger->ring, logger->epoll);
    logger->signals = signalfd(-1, &term, SFD_CLOEXEC | SFD_NONBLOCK);
    if (pipe2(logger->scratch, O_CLOEXEC | O_NONBLOCK) < 0)
        return -errno;
    if (logger->epoll < 0 || logger->sources_epoll < 0 || logger->signals < 0 || flags < 0 ||
        fcntl(wire, F_SETFL, flags | O_NONBLOCK) < 0 || watch(logger, wire, &logger->wire) < 0 ||
        watch(logger, logger->signals, &logger->signals) < 0 ||
        watch(logger, logger->sources_epoll, &logger->sources_epoll) < 0)
        return -errno;
    return 0;
}

static void serve_source(struct logger *logger, struct source *source)
{
    ssize_t length = intake_read(logger, source);

    logger->taken += length > 0 ? (size_t)length : 0;
    if (length > 0 || length == -EAGAIN || length == -EINTR)
        return;
    end_source(logger, source);
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
        if (source->is_waiting && !intake_has_to_wait(logger, source))
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

static int compare_turns(const void *left, const void *right)
{
    const struct source *one = ((const struct epoll_event *)left)->data.ptr;
    const struct source *other = ((const struct epoll_event *)right)->data.ptr;

    return (one->served > other->served) - (one->served < other->served);
}

/* The kernel's order is the same each time, and a flood that is before others in it fills the
 * output before they have had a turn. */
static void serve_sources(struct logger *logger)
{
    struct epoll_event events[EVENTS_PER_WAIT];
    int count = epoll_wait(logger->sources_epoll, events, EVENTS_PER_WAIT, 0);

    if (count > 1)
        qsort(events, (size_t)count, sizeof(events[0]), compare_turns);
    for (int i = 0; i < count && !logger->is_stuck; i++) {
        struct source *source = events[i].data.ptr;

        source->served = ++logger->served;
        serve_source(logger, source);
    }
}

/* What PID 1 has just said can make it wait, behind an event that had come already. */
static void serve_unwaiting(struct logger *logger, struct source *source)
{
    if (!source->is_held && !intake_has_to_wait(logger, source))
        serve_source(logger, source);
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
    if (what == &logger->sources_epoll)
        serve_sources(logger);
    else if (what == &logger->out)
        intake_go_on(logger);
    else if (what == &logger->streams.listener)
        streams_accept(logger);
    else if (reader)
        reader_serve(reader, event->events);
    else
        serve_unwaiting(logger, what);
    return 0;
}

/*
 * When many units start or stop at once, lines come faster one by one than it is worth to wake up
 * for each: those who write are waiting for this CPU. A flood is never kept waiting.
 */
static void coalesce(const struct logger *logger)
{
    const struct timespec moment = { .tv_nsec = COALESCE_US * 1000L };

    /* Of a flood a turn takes less than a chunk: what follows the last newline stays. */
    if (logger->taken > 0 && logger->taken < sizeof(logger->chunk) / 2)
        (void)nanosleep(&moment, NULL);
}

static void end_all(struct logger *logger)
{
    logger->is_ending = true;
    intake_settle(logger);
    (void)!lines_catch_up(logger);
    logger->is_stuck = false;
    for (struct source *source = logger->sources; source; source = source->next)
        intake_end(logger, source);
    output_flush(&logger->out);
    output_flush(&logger->file);
    files_flush(&logger->files);
}

int logger_run(struct logger *logger)
{
    struct epoll_event events[EVENTS_PER_WAIT];
    int error = 0;

    while (error == 0 || error == -EAGAIN) {
        int count, timeout_ms;

        coalesce(logger);
        logger->taken = 0;
        timeout_ms = lines_flush_joined(logger);
        if (timeout_ms < 0)
            timeout_ms = patience_ms(logger);
        if (files_have_work(&logger->files))
            timeout_ms = 0;
        intake_push(logger);
        count = epoll_wait(logger->epoll, events, EVENTS_PER_WAIT, timeout_ms);
        for (int i = 0; i < count && (error == 0 || error == -EAGAIN); i++)
            error = serve(logger, &events[i]);
        serve_impatient(logger);
        readers_feed(&logger->readers);
        files_work(&logger->files, count == 0);
    }
    /* SIGTERM may be seen before what PID 1 said just before. */
    if (error == -ECANCELED)
        (void)!read_wire(logger);
    end_all(logger);
    last_words_say(&logger->last_words, &logger->ring, &logger->out, &logger->file);
    readers_feed(&logger->readers);
    return error == -EBADMSG ? error : 0;
}

void logger_release(struct logger *logger)
{
    readers_release(&logger->readers);
    streams_release(&logger->streams);
    logger->sources_epoll = fd_close(logger->sources_epoll);
    logger->epoll = fd_close(logger->epoll); /* first: it is quicker than to take each out of it */
    while (logger->sources)
        remove_source(logger, logger->sources);
    logger->signals = fd_close(logger->signals);
    logger->scratch[0] = fd_close(logger->scratch[0]);
    logger->scratch[1] = fd_close(logger->scratch[1]);
    logger->wire = fd_close(logger->wire);
    ring_release(&logger->ring);
    rules_free(&logger->rules);
    files_release(&logger->files);
    pids_release(&logger->pids);
    masking_release(&logger->masking);
    output_release(&logger->out);
    output_release(&logger->file);
}

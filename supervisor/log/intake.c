#include "supervisor/log/intake.h"

#include "supervisor/log/clock.h"
#include "supervisor/log/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { UNFINISHED_US = 1000000 }; /* how long the rest of a line is waited for */

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
static ssize_t peek(struct logger *logger, const struct source *source, bool *ret_is_peek)
{
    int fd = source->fd;
    ssize_t length;

    *ret_is_peek = true;
    if (source->kind == SOURCE_STREAM) {
        length = recv(fd, logger->chunk, sizeof(logger->chunk), MSG_PEEK | MSG_DONTWAIT);
        return length < 0 ? -errno : length;
    }
    length = tee(fd, logger->scratch[1], sizeof(logger->chunk), SPLICE_F_NONBLOCK);
    *ret_is_peek = length >= 0;
    if (length < 0 && errno != EAGAIN)
        length = read(fd, logger->chunk, sizeof(logger->chunk));
    else if (length > 0)
        length = empty_scratch(logger, (size_t)length);
    return length < 0 ? -errno : length;
}

/* Only ours to read: what has been seen by peek() is there. */
static void read_away(int fd, char *buffer, size_t length)
{
    while (length > 0) {
        ssize_t taken = read(fd, buffer, length);

        if (taken < 0 && errno == EINTR)
            continue;
        if (taken <= 0)
            return;
        length -= (size_t)taken;
    }
}

static struct log_file *file_of(const struct source *source)
{
    return source->rules ? source->rules->file : NULL;
}

/* NULL: nothing of it has to be remembered. */
static struct turn *turn_of(const struct logger *logger, const struct source *source)
{
    if (intake_may_wait(source))
        return &logger->ring.turns->list[0];
    return file_of(source) ? &logger->ring.turns->list[1] : NULL;
}

static bool has_messages(const struct source *source)
{
    return source->kind == SOURCE_SYSLOG || source->kind == SOURCE_NATIVE;
}

static void consume(struct logger *logger, struct source *source, size_t length)
{
    struct turn *turn = turn_of(logger, source);

    if (has_messages(source)) {
        if (length > 0)
            journal_consume(source->fd);
        return;
    }
    if (turn && turn->is_open && length > 0) {
        read_away(source->fd, turn->bytes, length);
        turn_end(turn);
        if (logger->progress.turn == turn)
            progress_begin(&logger->progress, NULL, &logger->out);
    } else {
        read_away(source->fd, logger->chunk, length);
    }
    if (file_of(source))
        files_finish(&logger->files, file_of(source));
}

/* Up to the last newline, or without any to the last NUL; 0: no line is finished. */
static size_t whole_lines(const char *chunk, size_t length)
{
    const char *end = memrchr(chunk, '\n', length);

    if (!end)
        end = memrchr(chunk, '\0', length);
    return end ? (size_t)(end - chunk) + 1 : 0;
}

bool intake_may_wait(const struct source *source)
{
    return !source->rules || source->rules->overflow == OVERFLOW_BLOCK;
}

bool intake_has_to_wait(const struct logger *logger, const struct source *source)
{
    return logger->is_stuck && intake_may_wait(source);
}

int intake_set(const struct logger *logger, const struct source *source)
{
    return intake_may_wait(source) ? logger->sources_epoll : logger->epoll;
}

static void watch_source(struct logger *logger, struct source *source, bool is_waiting)
{
    struct epoll_event event = {
        .events = EPOLLIN | (is_waiting ? EPOLLET : 0),
        .data.ptr = source,
    };

    source->is_waiting = is_waiting;
    (void)epoll_ctl(intake_set(logger, source), EPOLL_CTL_MOD, source->fd, &event);
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

static bool push(struct logger *logger)
{
    bool is_empty = output_try(&logger->out);

    progress_update(&logger->progress, &logger->out);
    return is_empty;
}

static void settle_debt(struct logger *logger)
{
    if (logger->unconsumed)
        consume(logger, logger->unconsumed, logger->unconsumed_length);
    logger->unconsumed = NULL;
}

void intake_pay(struct logger *logger, const struct source *source)
{
    if (logger->unconsumed == source)
        settle_debt(logger);
}

void intake_settle(struct logger *logger)
{
    output_flush(&logger->out);
    settle_debt(logger);
}

static void set_sources_heard(const struct logger *logger, bool is_heard)
{
    struct epoll_event event = {
        .events = is_heard ? EPOLLIN : 0,
        .data.ptr = (void *)&logger->sources_epoll,
    };

    (void)epoll_ctl(logger->epoll, EPOLL_CTL_MOD, logger->sources_epoll, &event);
}

/* From now on the units that may wait do. */
static void get_stuck(struct logger *logger)
{
    struct epoll_event event = { .events = EPOLLOUT, .data.ptr = &logger->out };

    if (logger->is_stuck)
        return;
    if (epoll_ctl(logger->epoll, EPOLL_CTL_ADD, logger->out.fd, &event) < 0) {
        intake_settle(logger); /* what cannot be waited for beside others */
        return;
    }
    logger->is_stuck = true;
    set_sources_heard(logger, false);
}

void intake_push(struct logger *logger)
{
    if (logger->is_stuck)
        return;
    output_flush(&logger->file);
    files_flush(&logger->files);
    if (!output_try(&logger->out))
        get_stuck(logger);
}

static void get_free(struct logger *logger)
{
    (void)epoll_ctl(logger->epoll, EPOLL_CTL_DEL, logger->out.fd, NULL);
    logger->is_stuck = false;
    set_sources_heard(logger, true);
}

void intake_go_on(struct logger *logger)
{
    if (!push(logger))
        return;
    settle_debt(logger);
    if (!lines_catch_up(logger))
        return;
    get_free(logger);
    for (struct source *source = logger->sources; source && !logger->is_stuck;
         source = source->next)
        if (source->wants_end)
            intake_end(logger, source);
}

void intake_finish(struct logger *logger, struct source *source, size_t length)
{
    struct turn *turn = turn_of(logger, source);

    output_flush(&logger->file);
    if (file_of(source)) {
        file_flush(file_of(source));
        turn_written(turn, file_of(source));
    }
    if (logger->is_ending)
        output_flush(&logger->out);
    if (push(logger)) {
        consume(logger, source, length);
        return;
    }
    if (intake_may_wait(source)) {
        logger->unconsumed = source;
        logger->unconsumed_length = length;
    } else {
        consume(logger, source, length);
    }
    get_stuck(logger);
}

/* No wake-up by the part of a head that is there already. */
static ssize_t begin_stream(struct logger *logger, struct source *source, size_t length)
{
    ssize_t taken = stream_begin(logger, source, length);

    if (taken == -EAGAIN && !source->is_waiting)
        watch_source(logger, source, true);
    if (taken > 0 && source->is_waiting)
        watch_source(logger, source, false);
    if (taken > 0)
        consume(logger, source, (size_t)taken);
    return taken;
}

/* With LogMultiline= a line of the turn may be the turn's before, or follow later. */
static void begin_turn(struct logger *logger, struct source *source, bool is_peek)
{
    struct turn *turn = is_peek ? turn_of(logger, source) : NULL;
    bool is_counted =
        turn && intake_may_wait(source) && !(source->rules && source->rules->joins_lines);

    if (turn && file_of(source))
        file_prepare(file_of(source));
    if (turn)
        turn_begin(turn, source, file_of(source), logger->chunk[0]);
    progress_begin(&logger->progress, is_counted ? turn : NULL, &logger->out);
}

/*
 * Take, write, and only then consume, so that a crash in between writes lines twice rather than
 * losing them.
 */
static ssize_t read_bytes(struct logger *logger, struct source *source, bool may_wait)
{
    struct delivery delivery = delivery_now(logger, source);
    struct line_taker taker = { .take = lines_deliver, .context = &delivery };
    bool is_peek;
    ssize_t length = peek(logger, source, &is_peek);

    if (length < 0)
        return length;
    if (length > 0 && source->kind == SOURCE_STREAM && !source->has_head)
        return begin_stream(logger, source, (size_t)length);
    if (is_peek && length > 0 && may_wait) {
        length = (ssize_t)to_take(logger, source, (size_t)length);
        if (length == 0)
            return -EAGAIN;
        if (source->is_waiting)
            watch_source(logger, source, false);
    }
    if (length == 0) {
        line_flush(&source->splitter, &taker);
        lines_end(logger, source);
    } else {
        begin_turn(logger, source, is_peek);
        line_feed(&source->splitter, logger->chunk, (size_t)length, &taker);
    }
    intake_finish(logger, source, is_peek ? (size_t)length : 0);
    return length;
}

static ssize_t read_turn(struct logger *logger, struct source *source, bool may_wait)
{
    return has_messages(source) ? journal_read(logger, source)
                                : read_bytes(logger, source, may_wait);
}

ssize_t intake_read(struct logger *logger, struct source *source)
{
    return read_turn(logger, source, true);
}

/* All that stands in the pipe now, but no more than it can hold: its writers may go on for ever. */
static void drain(struct logger *logger, struct source *source)
{
    size_t left = 0;
    bool is_first = true;

    while ((is_first || left > 0) && !intake_has_to_wait(logger, source)) {
        ssize_t length = read_turn(logger, source, false);

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

void intake_end(struct logger *logger, struct source *source)
{
    struct delivery delivery = delivery_now(logger, source);
    struct line_taker taker = { .take = lines_deliver, .context = &delivery };

    drain(logger, source);
    source->wants_end = intake_has_to_wait(logger, source);
    if (source->wants_end)
        return;
    line_flush(&source->splitter, &taker);
    lines_end(logger, source);
    intake_finish(logger, source, 0);
}

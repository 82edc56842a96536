#include "supervisor/log/output.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void put(struct sink *sink, const char *bytes, size_t length);

static bool wants_colour(int fd)
{
    const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");

    return isatty(fd) && !(no_colour && *no_colour) && !(term && strcmp(term, "dumb") == 0);
}

void output_init(struct output *output, int fd, enum log_format format)
{
    output->sink.put = put;
    output->formatter = (struct formatter){
        .format = format,
        .has_colour = fd >= 0 && wants_colour(fd),
    };
    output->fd = fd;
    output->is_gone = false;
    output->error = 0;
    output->dropped = output->dropped_in_all = output->records = 0;
    output->used = 0;
}

/* 0 when all of it is out; else a negative errno and the rest is not. */
static int write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);

        if (written >= 0) {
            bytes += written;
            length -= (size_t)written;
        } else if (errno == EAGAIN) {
            struct pollfd wait = { .fd = fd, .events = POLLOUT };

            /* Errors and hang-ups end the wait too; the next write() then says which. */
            (void)poll(&wait, 1, -1);
        } else if (errno != EINTR) {
            return -errno;
        }
    }
    return 0;
}

static bool means_gone(int error)
{
    return error == EPIPE || error == EBADF || error == ECONNRESET;
}

void output_flush(struct output *output)
{
    int error = output->used == 0 ? 0
                : output->is_gone ? -EPIPE
                                  : write_all(output->fd, output->buffer, output->used);

    if (error < 0) {
        output->error = -error;
        output->is_gone = output->is_gone || means_gone(-error);
        output->dropped += output->records;
        output->dropped_in_all += output->records;
    }
    output->used = 0;
    output->records = 0;
}

static void put(struct sink *sink, const char *bytes, size_t length)
{
    struct output *output = (struct output *)sink;

    while (length > 0) {
        size_t room = sizeof(output->buffer) - output->used;
        size_t piece = length < room ? length : room;

        memcpy(output->buffer + output->used, bytes, piece);
        output->used += piece;
        bytes += piece;
        length -= piece;
        if (output->used == sizeof(output->buffer))
            output_flush(output);
    }
}

/* After a failure the first record is preceded by a word on what is missing. */
static void announce_dropped(struct output *output, uint64_t realtime_us)
{
    char text[128];
    struct record record = {
        .identifier = "reeve-log",
        .unit = "reeve-log.service",
        .message = text,
        .priority = 4,
        .realtime_us = realtime_us,
    };
    uint64_t dropped = output->dropped;

    output->dropped = 0;
    output->error = 0;
    record.length =
        (size_t)snprintf(text, sizeof(text), "Dropped %llu lines that could not be written.",
                         (unsigned long long)dropped);
    format_record(&output->formatter, &record, &output->sink);
    output_flush(output);
    if (output->error != 0)
        output->dropped = dropped; /* still no room: say it later */
}

void output_record(struct output *output, const struct record *record)
{
    if (output->fd < 0)
        return;
    if (output->is_gone) {
        output->dropped_in_all++;
        return;
    }
    if (output->dropped > 0 && output->records == 0)
        announce_dropped(output, record->realtime_us);
    output->records++;
    format_record(&output->formatter, record, &output->sink);
    if (output->used >= OUTPUT_FLUSH_AT)
        output_flush(output);
}

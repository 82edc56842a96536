#include "supervisor/log/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static void put(struct sink *sink, const char *bytes, size_t length);

static bool wants_colour(int fd)
{
    const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");

    return isatty(fd) && !(no_colour && *no_colour) && !(term && strcmp(term, "dumb") == 0);
}

static enum output_manner manner_of(int fd)
{
    struct stat status;

    return fd < 0 || fstat(fd, &status) < 0 || S_ISREG(status.st_mode) ? OUTPUT_PLAIN
                                                                       : OUTPUT_NOWAIT;
}

static size_t pipe_size(int fd)
{
    int size = fd < 0 ? -1 : fcntl(fd, F_GETPIPE_SZ);

    return size > 0 ? (size_t)size : 0;
}

int output_init(struct output *output, int fd, enum log_format format)
{
    *output = (struct output){
        .sink.put = put,
        .formatter = { .format = format, .has_colour = fd >= 0 && wants_colour(fd) },
        .fd = fd,
        .manner = manner_of(fd),
        .capacity = OUTPUT_BUFFER_SIZE,
    };
    output->pipe_size = pipe_size(fd);
    output->buffer = malloc(OUTPUT_BUFFER_SIZE);
    return output->buffer ? 0 : -ENOMEM;
}

void output_release(struct output *output)
{
    free(take_pointer(&output->buffer));
    output->used = output->capacity = 0;
}

static bool has_room(int fd, int timeout_ms)
{
    struct pollfd wait = { .fd = fd, .events = POLLOUT };

    /* Errors and hang-ups count too; the next write() then says which. */
    return poll(&wait, 1, timeout_ms) > 0;
}

/*
 * How much goes into the pipe whole, or not at all. An empty one has room for all but its last
 * page: others, too, may be writing. A line that is longer than that is cut if somebody kills us.
 */
static size_t whole_part(const struct output *output, const char *bytes, size_t length)
{
    int unread = -1;
    size_t most = PIPE_BUF;
    const char *newline;

    if (output->pipe_size == 0 || length <= PIPE_BUF)
        return length;
    if (output->pipe_size > 2 * PIPE_BUF && ioctl(output->fd, FIONREAD, &unread) == 0 &&
        unread == 0)
        most = output->pipe_size - PIPE_BUF;
    if (length <= most)
        return length;
    newline = memrchr(bytes, '\n', most);
    return newline ? (size_t)(newline - bytes) + 1 : length;
}

/* As write(), but -EAGAIN instead of waiting. */
static ssize_t write_some(struct output *output, const char *bytes, size_t length)
{
    struct iovec part = { .iov_base = (void *)bytes, .iov_len = length };
    ssize_t written;

    if (output->manner == OUTPUT_NOWAIT) {
        written = pwritev2(output->fd, &part, 1, -1, RWF_NOWAIT);
        if (written >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL))
            return written < 0 ? -errno : written;
        output->manner = OUTPUT_POLLED;
    }
    if (output->manner == OUTPUT_POLLED) {
        if (!has_room(output->fd, 0))
            return -EAGAIN;
        length = length < PIPE_BUF ? length : PIPE_BUF;
    }
    written = write(output->fd, bytes, length);
    return written < 0 ? -errno : written;
}

static bool means_gone(int error)
{
    return error == EPIPE || error == EBADF || error == ECONNRESET;
}

static void count_dropped(struct output *output, uint64_t records)
{
    output->dropped_in_all += records;
    if (output->totals)
        output->totals->unwritten[output->kind] += records;
}

static void drop_all(struct output *output, int error)
{
    output->error = error;
    if (output->totals && !output->is_gone)
        output->totals->errors[output->kind]++;
    output->is_gone = output->is_gone || means_gone(error);
    output->dropped += output->records;
    count_dropped(output, output->records);
    output->used = 0;
    output->records = 0;
}

bool output_try(struct output *output)
{
    size_t done = 0;

    if (output->used == 0)
        return true;
    if (output->is_gone) {
        drop_all(output, EPIPE);
        return true;
    }
    while (done < output->used) {
        size_t part = whole_part(output, output->buffer + done, output->used - done);
        ssize_t written = write_some(output, output->buffer + done, part);

        if (written >= 0) {
            done += (size_t)written;
            output->written += (uint64_t)written;
        } else if (written == -EAGAIN) {
            memmove(output->buffer, output->buffer + done, output->used - done);
            output->used -= done;
            return false;
        } else if (written != -EINTR) {
            drop_all(output, (int)-written);
            return true;
        }
    }
    output->used = 0;
    output->records = 0;
    return true;
}

void output_flush(struct output *output)
{
    while (!output_try(output))
        (void)has_room(output->fd, -1);
}

void output_count_dropped(struct output *output, uint64_t lines)
{
    output->dropped += lines;
    count_dropped(output, lines);
}

/* Makes room for one byte at least. */
static void make_room(struct output *output)
{
    char *grown;

    if (output_try(output) || output->used < output->capacity)
        return;
    grown = realloc(output->buffer, 2 * output->capacity);
    if (!grown) {
        output_flush(output);
        return;
    }
    output->buffer = grown;
    output->capacity *= 2;
}

static void put(struct sink *sink, const char *bytes, size_t length)
{
    struct output *output = (struct output *)sink;

    while (length > 0) {
        size_t room = output->capacity - output->used;
        size_t piece = length < room ? length : room;

        memcpy(output->buffer + output->used, bytes, piece);
        output->used += piece;
        bytes += piece;
        length -= piece;
        if (output->used == output->capacity)
            make_room(output);
    }
}

/* After a failure the first line is preceded by a word on what is missing. */
static void announce_dropped(struct output *output, const struct log_packet *next)
{
    char text[128];
    struct log_packet line = {
        .identifier = "reeve-log",
        .unit = "reeve-log.service",
        .text = text,
        .priority = 4,
        .stream = LOG_STREAM_OWN,
        .realtime_us = next->realtime_us,
        .monotonic_us = next->monotonic_us,
    };
    uint64_t dropped = output->dropped;

    output->dropped = 0;
    output->error = 0;
    line.length =
        (size_t)snprintf(text, sizeof(text), "Dropped %llu lines that could not be written.",
                         (unsigned long long)dropped);
    format_record(&output->formatter, &line, &output->sink);
    (void)output_try(output);
    if (output->error != 0)
        output->dropped = dropped; /* still no room: say it later */
}

void output_line(struct output *output, const struct log_packet *line)
{
    if (output->fd < 0)
        return;
    if (output->is_gone) {
        count_dropped(output, 1);
        return;
    }
    if (output->dropped > 0 && output->records == 0)
        announce_dropped(output, line);
    output->records++;
    format_record(&output->formatter, line, &output->sink);
    if (output->used >= OUTPUT_FLUSH_AT)
        (void)output_try(output);
}

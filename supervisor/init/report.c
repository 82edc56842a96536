#include "supervisor/init/report.h"

#include "supervisor/unit/note.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    DRAIN_WAIT_MS = 1000, /* for a stdout that does not take the last words */
};

/* At most PIPE_BUF bytes, so they are written whole or, when the pipe is full, not at all. */
static bool write_lines(struct pod *pod, const char *lines, size_t length)
{
    return length == 0 || write(pod->log_write, lines, length) >= 0;
}

void report_flush(struct pod *pod)
{
    struct own_lines *lines = &pod->own_lines;
    char line[LOG_LINE];

    if (!write_lines(pod, lines->text, lines->used)) {
        pod->log_dropped += lines->count;
    } else if (pod->log_dropped > 0) {
        int length =
            snprintf(line, sizeof(line), "<4>%llu messages of reeve were lost: its log was full\n",
                     (unsigned long long)pod->log_dropped);

        if (write_lines(pod, line, (size_t)length))
            pod->log_dropped = 0;
    }
    lines->used = lines->count = 0;
}

void pod_log(struct pod *pod, int priority, const char *format, ...)
{
    struct own_lines *lines = &pod->own_lines;
    char *line;
    size_t room = LOG_LINE - 1; /* without the newline */
    va_list arguments;
    int length;

    if (sizeof(lines->text) - lines->used < LOG_LINE)
        report_flush(pod);
    line = lines->text + lines->used;
    line[0] = '<';
    line[1] = (char)('0' + priority);
    line[2] = '>';
    va_start(arguments, format);
    length = vsnprintf(line + 3, room - 3, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    length += 3;
    if ((size_t)length > room - 1)
        length = (int)room - 1;
    line[length++] = '\n';
    lines->used += (size_t)length;
    lines->count++;
}

void pod_complain(struct pod *pod, struct complaint *complaint, const char *format, ...)
{
    uint64_t now_us = clock_monotonic_us();
    char text[LOG_LINE];
    va_list arguments;

    if (complaint->lines > 0 && now_us - complaint->since_us >= COMPLAINT_PAUSE_US)
        complaint->lines = 0;
    if (complaint->lines == COMPLAINT_LINES) {
        complaint->untold++;
        return;
    }
    if (complaint->lines++ == 0)
        complaint->since_us = now_us;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (complaint->untold > 0)
        pod_log(pod, 4, "%s (and %u others before)", text, complaint->untold);
    else
        pod_log(pod, 4, "%s", text);
    complaint->untold = 0;
}

void report_note(struct pod *pod, const struct unit_action *action)
{
    char text[NOTE_TEXT];
    enum note_priority priority = note_format(&pod->set, action, text, sizeof(text));

    recorder_note(pod, action);
    if (priority == NOTE_PRIORITY_DEBUG)
        return;
    pod_log(pod, (int)priority, "%s: %s", pod_unit_name(pod, action->id), text);
}

/* Writes all of it, but does not wait for ever for somebody to read it. */
static bool write_last_words(const char *text, size_t length)
{
    while (length > 0) {
        struct pollfd wait = { .fd = STDOUT_FILENO, .events = POLLOUT };
        ssize_t written;

        /* A blocking pipe that is writable takes PIPE_BUF bytes at once: pipe(7). */
        if (poll(&wait, 1, DRAIN_WAIT_MS) <= 0)
            return false;
        written = write(STDOUT_FILENO, text, length < PIPE_BUF ? length : PIPE_BUF);
        if (written < 0 && errno != EINTR && errno != EAGAIN)
            return false;
        if (written > 0) {
            text += written;
            length -= (size_t)written;
        }
    }
    return true;
}

static bool drain(int fd, const char *name)
{
    char line[LOG_LINE * 4];
    size_t kept = 0;
    ssize_t got;

    while ((got = read(fd, line + kept, sizeof(line) - kept)) > 0) {
        size_t used = 0, have = kept + (size_t)got;
        const char *end;

        while ((end = memchr(line + used, '\n', have - used)) ||
               (used == 0 && have == sizeof(line))) {
            size_t stop = end ? (size_t)(end - line) + 1 : have;
            size_t skip = have - used >= 3 && line[used] == '<' && line[used + 2] == '>' ? 3 : 0;

            if (!write_last_words(name, strlen(name)) || !write_last_words(": ", 2) ||
                !write_last_words(line + used + skip, stop - used - skip))
                return false;
            used = stop;
        }
        memmove(line, line + used, have - used);
        kept = have - used;
    }
    return true;
}

/* What stands in a unit's pipe. False: nobody reads. */
static bool drain_unit(int fd, const char *name)
{
    int length = 0;

    if (fd < 0 || (ioctl(fd, FIONREAD, &length) == 0 && length == 0))
        return true;
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    return drain(fd, name);
}

void report_drain(struct pod *pod)
{
    for (size_t i = 0; i < pod->set.count; i++) {
        const char *name = pod_unit_name(pod, (unit_id)i);

        if (!drain_unit(pod->members[i].log_read, name) ||
            !drain_unit(pod->members[i].log_error_read, name))
            return;
    }
    /* Our own last: what is read makes room for the lines of this turn, and for the number of those
     * that found none. */
    if (!drain(pod->log_read, "reeve"))
        return;
    report_flush(pod);
    (void)drain(pod->log_read, "reeve");
}

bool report_last_line(const char *prefix, const char *line, size_t length)
{
    return write_last_words(prefix, strlen(prefix)) && write_last_words(line, length);
}

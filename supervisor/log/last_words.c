#include "supervisor/log/last_words.h"

#include "supervisor/log/clock.h"
#include "supervisor/log/query.h"
#include "supervisor/wire/fd.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void add(struct last_words *words, const char *text, size_t length)
{
    size_t room = TERMINATION_LOG_SIZE - words->used;

    if (length > room) /* but no character in half */
        for (length = room; length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80;)
            length--;
    memcpy(words->text + words->used, text, length);
    words->used += length;
}

static void log_line(struct output *out, const char *text)
{
    struct log_packet line = {
        .kind = LOG_LINE,
        .realtime_us = clock_realtime_us(),
        .monotonic_us = clock_monotonic_us(),
        .priority = 3,
        .stream = LOG_STREAM_OWN,
        .unit = "init.scope",
        .identifier = "reeve",
        .text = text,
        .length = strlen(text),
    };

    output_line(out, &line);
}

/* "redis.service said last: …", and the line as it is for the file. */
static void say_line(struct last_words *words, const struct log_packet *packet, struct output *out,
                     struct output *file)
{
    size_t length = packet->length < LAST_LINE_SIZE ? packet->length : LAST_LINE_SIZE;
    char line[LAST_LINE_SIZE + 2 * LOG_NAME_SIZE];

    snprintf(line, sizeof(line), "%s said last: %.*s", packet->unit, (int)length, packet->text);
    log_line(out, line);
    log_line(file, line);
    add(words, packet->text, length);
    add(words, "\n", 1);
}

static void say_lines(struct last_words *words, struct ring *ring, struct output *out,
                      struct output *file)
{
    static const char head[] = "Its last lines:\n";
    static char buffer[LOG_PACKET_MAX];
    struct log_request request = log_wire_request(words->words.unit);
    struct query query = { 0 };
    enum query_step step = QUERY_SKIPPED;
    struct log_packet packet;
    size_t length;
    bool is_first = true;

    request.lines = LAST_LINES;
    query_open(&query, ring, &request);
    while (query.is_open && (step == QUERY_SKIPPED || step == QUERY_HAS)) {
        step = query_next(&query, ring, buffer, &length);
        if (step != QUERY_HAS)
            continue;
        if (log_wire_decode(buffer, length, &packet) && packet.kind == LOG_LINE) {
            if (is_first)
                add(words, head, sizeof(head) - 1);
            is_first = false;
            say_line(words, &packet, out, file);
        }
        query_taken(&query, ring);
    }
    query_close(&query);
}

static void write_file(const struct last_words *words)
{
    if (words->fd < 0)
        return;
    if (ftruncate(words->fd, 0) < 0 || write(words->fd, words->text, words->used) < 0)
        fprintf(stderr, "reeve-log: Cannot write the termination log: %s\n", strerror(errno));
}

void last_words_take(struct last_words *words, const struct wire_last_words *message, int fd)
{
    if (words->is_due)
        fd_close(words->fd);
    words->is_due = true;
    words->words = *message;
    words->fd = fd;
}

void last_words_say(struct last_words *words, struct ring *ring, struct output *out,
                    struct output *file)
{
    if (!words->is_due)
        return;
    words->used = 0;
    add(words, words->words.text, strlen(words->words.text));
    if (words->words.unit[0])
        say_lines(words, ring, out, file);
    output_flush(out);
    output_flush(file);
    write_file(words);
    words->fd = fd_close(words->fd);
    words->is_due = false;
}

#ifndef REEVE_LOG_OUTPUT_H
#define REEVE_LOG_OUTPUT_H

/*
 * One place that formatted lines go to: the container's stdout, or a file. Bytes are gathered and
 * leave in large writes at line boundaries. Never seeks, never opens stdout by path, never changes
 * its flags: others share them. output_try() does not wait all the same: pwritev2(2) is asked not
 * to, and where a kernel or a file cannot do that, no more is written at once than poll(2) has
 * promised room for. output_flush() waits.
 *
 * Into a pipe in which something stands already, no more is written at once than PIPE_BUF bytes
 * that end with a line: so much goes in whole or not at all, and a kill cuts no line.
 *
 * An output that has gone (EPIPE, EBADF, ECONNRESET) swallows and counts. After another error, say
 * ENOSPC, only what is in the buffer is dropped and counted, and the next write that works says so
 * in the log.
 */

#include "supervisor/log/format.h"
#include "supervisor/wire/log_totals.h"

enum {
    OUTPUT_BUFFER_SIZE = 64 * 1024,
    OUTPUT_FLUSH_AT =
        32 * 1024, /* leaves room for a usual record, so that writes end with a line */
};

/* How to write without waiting. */
enum output_manner { OUTPUT_PLAIN, OUTPUT_NOWAIT, OUTPUT_POLLED };

struct output {
    struct sink sink; /* first: format_record() writes here */
    struct formatter formatter;
    int fd; /* -1: not used; not owned */
    bool is_gone;
    int error;                 /* errno of the last failure, 0 when all is well */
    uint64_t dropped;          /* records since the last announcement */
    uint64_t dropped_in_all;   /* records */
    struct log_totals *totals; /* where failures are counted, too; NULL: nowhere … */
    enum log_target kind;      /* … and as what */
    uint64_t records;          /* in the buffer */
    enum output_manner manner;
    size_t pipe_size; /* 0: it is none */
    uint64_t written; /* bytes */
    size_t used, capacity;
    char *buffer; /* grows while nothing can be written and a turn is not over */
};

/* 0 or -ENOMEM. */
int output_init(struct output *output, int fd, enum log_format format) MUST_CHECK;

void output_release(struct output *output);

/* Lines that it was not even given. */
void output_count_dropped(struct output *output, uint64_t lines);

/* Formats one line into the buffer; may write, but does not wait. */
void output_line(struct output *output, const struct log_packet *line);

/* Writes what can be written now. Whether the buffer is empty: written, or dropped and counted. */
bool output_try(struct output *output);

/* The same, and waits for a slow reader until it is. */
void output_flush(struct output *output);

#endif

#ifndef REEVE_LOG_OUTPUT_H
#define REEVE_LOG_OUTPUT_H

/*
 * One place that formatted records go to: the container's stdout, or a file. Bytes are gathered and
 * leave in large writes at record boundaries; output_flush() waits until they are out, also on a
 * descriptor that is non-blocking (a terminal or socket that we share). Never seeks, never opens
 * stdout by path, never changes its flags: others share them.
 *
 * An output that has gone (EPIPE, EBADF, ECONNRESET) swallows and counts. After another error, say
 * ENOSPC, only what is in the buffer is dropped and counted, and the next write that works says so
 * in the log.
 */

#include "supervisor/log/format.h"

enum {
    OUTPUT_BUFFER_SIZE = 64 * 1024,
    OUTPUT_FLUSH_AT =
        32 * 1024, /* leaves room for a usual record, so that writes end with a line */
};

struct output {
    struct sink sink; /* first: format_record() writes here */
    struct formatter formatter;
    int fd; /* -1: not used; not owned */
    bool is_gone;
    int error;               /* errno of the last failure, 0 when all is well */
    uint64_t dropped;        /* records since the last announcement */
    uint64_t dropped_in_all; /* records */
    uint64_t records;        /* in the buffer */
    size_t used;
    char buffer[OUTPUT_BUFFER_SIZE];
};

void output_init(struct output *output, int fd, enum log_format format);

/* Formats one record into the buffer; may write. */
void output_record(struct output *output, const struct record *record);

/* Returns when the buffer is empty: written, or dropped and counted. Waits for a slow reader. */
void output_flush(struct output *output);

#endif

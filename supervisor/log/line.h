#ifndef REEVE_LOG_LINE_H
#define REEVE_LOG_LINE_H

/*
 * Bytes in any chunks in, whole lines out. Pure: no system call but malloc.
 *
 * Rules, as journald's (systemd-journald.service(8), journald.conf(5) LineMax=): a line ends at a
 * newline or a NUL; a longer line than LINE_MAX_BYTES is split, at a character boundary where the
 * text is UTF-8;
 * "<N>" with N from 0 to 7 in front of a line is its priority and is stripped
 * (SyslogLevelPrefix=yes). The pieces of a split line all have the priority of the first. A NUL
 * ends no empty line, so that a flood of NULs is not blown up; an empty line that ends in a newline
 * is kept.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>

enum {
    LINE_MAX_BYTES = 48 * 1024,
    LINE_PRIORITY_DEFAULT = 6, /* SyslogLevel=info */
};

struct line {
    const char *text; /* without its end; valid during the call only */
    size_t length;
    int priority;
    bool has_priority;    /* by a prefix; else `priority` is the usual one */
    bool is_continuation; /* of a line that was too long */
};

/* Who takes the lines. */
struct line_taker {
    void (*take)(void *context, const struct line *line);
    void *context;
};

/* At most one unfinished line. All zero is an empty one; the buffer belongs to the splitter. */
struct line_splitter {
    char *partial;
    size_t used, capacity;
    int priority;         /* of the split line that is going on … */
    bool has_priority;    /* … and whether it had a prefix */
    bool keeps_prefix;    /* SyslogLevelPrefix=no */
    bool is_continuation; /* the next piece goes on with a line that was split */
};

/* Where to cut a text that goes on behind `length`: not within a UTF-8 sequence (at most three
 * bytes are looked back). */
size_t line_cut_point(const char *text, size_t length);

void line_release(struct line_splitter *splitter);

/* Hands out each line that `bytes` completes and keeps the rest. Out of memory: the rest is handed
 * out. */
void line_feed(struct line_splitter *splitter, const char *bytes, size_t length,
               const struct line_taker *taker);

/* The source has ended: hands out the unfinished line, if there is one. */
void line_flush(struct line_splitter *splitter, const struct line_taker *taker);

#endif

#ifndef REEVE_HEALTH_LOG_LINK_H
#define REEVE_HEALTH_LOG_LINK_H

/*
 * Our connection to reeve-log, which PID 1 gives us (wire/log_wire.h). Questions are asked on it
 * side by side. Nothing is asked unless somebody asks us, and then nothing is read in vain: without
 * a question for a backlog at most LOG_LINK_BURST lines, or LOG_LINK_BURST_BYTES of them, are taken
 * per LOG_LINK_WINDOW_US, and reeve-log counts the others as a gap, so that a flood costs little
 * here and fits into the ring of events.h.
 *
 * When reeve-log comes back, questions that follow are asked again from where they were; the others
 * are over.
 */

#include "supervisor/health/loop.h"
#include "supervisor/wire/log_wire.h"

#include <sys/queue.h>

enum { LOG_LINK_BURST = 256, LOG_LINK_BURST_BYTES = 128 * 1024 };
#define LOG_LINK_WINDOW_US (100 * USEC_PER_MSEC)

struct log_question {
    LIST_ENTRY(log_question) link;
    struct log_request request; /* its tag is ours */
    /* NULL: there will be no more, and the question is forgotten. It may be forgotten in here. */
    void (*take)(void *context, const struct log_packet *packet);
    void *context;
    bool is_asked;  /* in the list */
    bool has_ended; /* the backlog is through */
    uint64_t last_sequence;
};

LIST_HEAD(log_questions, log_question);

struct log_link {
    struct loop *loop;
    struct loop_watch watch;
    int fd; /* -1: reeve-log is not there */
    struct log_questions questions;
    unsigned count, backlog_count; /* of the questions; of those whose backlog is not through */
    unsigned pause_count;          /* who has to be waited for */
    uint32_t last_tag;
    uint64_t window_us; /* its end; 0: none has begun */
    unsigned taken;     /* in it */
    size_t taken_bytes;
};

void log_link_init(struct log_link *link, struct loop *loop);
void log_link_release(struct log_link *link);
/* Takes over the descriptor of a new connection. */
void log_link_connect(struct log_link *link, int fd);

/* 0; -ENOTCONN: nobody is there, and the question does not follow; -EBUSY: too many are open. */
int log_link_ask(struct log_link *link, struct log_question *question) MUST_CHECK;
/* Accepts one that is not asked. */
void log_link_forget(struct log_link *link, struct log_question *question);

/* As long as somebody has paused it nothing is read. */
void log_link_pause(struct log_link *link, bool shall_pause);

uint64_t log_link_deadline(const struct log_link *link);
void log_link_tick(struct log_link *link, uint64_t now_us);

#endif

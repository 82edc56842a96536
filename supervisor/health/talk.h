#ifndef REEVE_HEALTH_TALK_H
#define REEVE_HEALTH_TALK_H

/*
 * One conversation at a time with one address: connect, send the request, hear the answer; never
 * waits. A connection that may be kept serves the next conversation; when it turns out to be stale
 * before a byte has come, another one is made in silence. There is no clock here: whoever started a
 * talk cancels it in time.
 */

#include "supervisor/health/dialogue.h"
#include "supervisor/health/loop.h"

struct tls;

enum talk_state { TALK_IDLE, TALK_CONNECTING, TALK_SECURING, TALK_SPEAKING };

/* Called once per talk_start() that is not cancelled; `message` is one line, and valid UTF-8. */
typedef void talk_done(void *context, bool is_good, const char *message);

struct talk {
    struct loop *loop;
    const struct protocol *protocol;
    talk_done *done;
    void *context;
    enum talk_state state;
    struct dialogue dialogue;
    struct loop_watch watch;
    struct tls *tls;
    int fd, held_fd; /* -1 */
    size_t sent;
};

/* The address is borrowed. */
void talk_init(struct talk *talk, struct loop *loop, const struct probe_address *address);
/* Ends whatever goes on, without a call; closes all connections. */
void talk_reset(struct talk *talk);
void talk_release(struct talk *talk);

/* May call done() before it returns. */
void talk_start(struct talk *talk);
/* Ends the present conversation, without a call. Returns what was waited for, in words. */
const char *talk_cancel(struct talk *talk);

#endif

#ifndef REEVE_HEALTH_LOOP_H
#define REEVE_HEALTH_LOOP_H

/*
 * The one place that waits. One event is taken at a time, so a callback may close any descriptor
 * without leaving a stale event behind; the kernel serves ready descriptors in turn (epoll(7),
 * level-triggered). There are no timers: loop_wait() returns at a deadline, and who has deadlines
 * is asked for them.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>

typedef void loop_callback(void *context, uint32_t events);

struct loop {
    int epoll;
    bool is_quiet; /* nothing was ready when it was last asked */
    bool should_quit;
    int status; /* of the process, once should_quit */
};

/* Belongs to whoever waits for the descriptor; must stay where it is while it is watched. */
struct loop_watch {
    int fd; /* -1: not watched */
    uint32_t events;
    loop_callback *callback;
    void *context;
};

int loop_init(struct loop *loop) MUST_CHECK;
void loop_release(struct loop *loop);

/* Starts to wait for `events` (EPOLLIN …) on `fd`, or changes what is waited for. */
int loop_watch(struct loop *loop, struct loop_watch *watch, int fd, uint32_t events) MUST_CHECK;
/* Accepts a watch that does not watch. The descriptor stays open. */
void loop_unwatch(struct loop *loop, struct loop_watch *watch);

/* Waits for one event at most until `deadline_us`, and calls its callback. 0 or a negative errno.
 */
int loop_wait(struct loop *loop, uint64_t deadline_us) MUST_CHECK;
void loop_quit(struct loop *loop, int status);

uint64_t clock_monotonic_us(void);
uint64_t clock_realtime_us(void);

#endif

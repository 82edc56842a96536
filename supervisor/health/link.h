#ifndef REEVE_HEALTH_LINK_H
#define REEVE_HEALTH_LINK_H

/*
 * Our end of the wire. What PID 1 says goes into the table and to the prober; a changed word of
 * health goes back, once, and so does what it makes of the pod. Nobody waits: when PID 1's queue is
 * full, the rows keep what is to be told until there is room. PID 1 gone: the loop ends with status
 * 0. A message that makes no sense: status 1, and PID 1 starts us anew.
 */

#include "supervisor/health/log_link.h"
#include "supervisor/health/prober.h"

struct link {
    struct loop *loop;
    struct table *table;
    struct prober *prober;
    struct log_link *logs; /* gets the connection to reeve-log */
    struct loop_watch watch;
    bool has_news;            /* something may be to be told */
    struct wire_verdict told; /* what PID 1 knows of the pod; a zeroed one: nothing */
};

/* Takes over the descriptor. */
int link_init(struct link *link, int fd, struct prober *prober, struct log_link *logs) MUST_CHECK;
void link_release(struct link *link);
/* Tells PID 1 what it does not know yet; called after each round of the loop. */
void link_flush(struct link *link);

#endif

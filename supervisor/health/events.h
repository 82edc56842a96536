#ifndef REEVE_HEALTH_EVENTS_H
#define REEVE_HEALTH_EVENTS_H

/*
 * /events: what changes in the table, as server-sent events (WHATWG HTML, 9.2): pod, unit, probe.
 * Pure but for malloc. Each event is written once, into a ring that all listeners read at their own
 * pace; who falls further behind than the ring reaches is cut off. So a listener costs a few
 * hundred bytes, and a slow one nobody's time. Without listeners nothing is written.
 *
 * A stream begins with the pod and each unit as they are. It ends when PID 1 has other units: the
 * client comes again, as the standard asks of it, and begins anew.
 */

#include "supervisor/health/render.h"

enum { EVENTS_RING_SIZE = 256 * 1024 };

struct events {
    char *ring;    /* NULL: nobody listens */
    uint64_t head; /* all bytes that were ever written; the next one goes to head % size */
    uint64_t last_id;
    uint64_t seen;      /* table.changes up to which all is written */
    uint64_t snapshot;  /* table.snapshots that `verdicts` is of */
    uint32_t *verdicts; /* per unit: its verdict may change by the state of another one */
    size_t count;
    struct text pod, scratch; /* the pod as it was written last */
};

struct listener {
    const struct events *events; /* borrowed */
    uint64_t position;           /* in the terms of events.head */
    uint64_t snapshot;           /* table.snapshots that it began with */
    size_t next_row;             /* of the beginning; then the table's count */
    bool has_begun;
    struct text pending;
    size_t sent; /* of `pending` */
};

/* The first listener comes: 0 or -ENOMEM. Does nothing when there is one already. */
int events_open(struct events *events, const struct table *table) MUST_CHECK;
/* The last one has left. */
void events_close(struct events *events);

/* Writes what has changed since the last call. */
void events_follow(struct events *events, const struct render_units *view);
/* Writes one event; `data` is one line. */
void events_add(struct events *events, const char *kind, const struct text *data);
/* A comment, so that a connection which is gone is noticed. */
void events_beat(struct events *events);

void listener_begin(struct listener *listener, const struct events *events,
                    const struct table *table);
void listener_release(struct listener *listener);
/* The next bytes for it: how many; 0: none yet; -ESTALE: it was too slow, or there are other
 * units; -ENOMEM. */
ssize_t listener_read(struct listener *listener, const struct render_units *view, char *buffer,
                      size_t size) MUST_CHECK;
/* Whether it fell behind further than the ring reaches. */
bool listener_is_late(const struct listener *listener);

#endif

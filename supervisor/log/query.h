#ifndef REEVE_LOG_QUERY_H
#define REEVE_LOG_QUERY_H

/* One request of a reader and how far its answer has got: a walk over the ring in the order in
 * which the lines came. Sends nothing itself. */

#include "supervisor/log/ring.h"

struct query {
    bool is_open;
    bool is_following; /* the backlog has been sent */
    struct log_request request;
    uint64_t backlog_end;        /* sequence of the first line that came after the request */
    uint64_t to_skip;            /* of those that match */
    struct ring_cursor *cursors; /* a place in each unit, or in one */
    size_t cursor_count;
    const struct ring_unit *unit; /* of a request for one, when there is such */
    size_t next_totals;           /* of a request for counters: whose are next */
    /* What query_next() gave last, until it is taken. */
    enum log_kind given;
    struct ring_cursor *at;
    struct ring_spot spot;
};

enum query_step {
    QUERY_WAITS,   /* until there is a new line */
    QUERY_HAS,     /* *ret_packet is to be sent, and then query_taken() to be called */
    QUERY_SKIPPED, /* something was passed over: call again */
    QUERY_REFUSED, /* out of memory */
};

/* Takes the place of what was asked before. */
void query_open(struct query *query, struct ring *ring, const struct log_request *request);
void query_close(struct query *query);

/* `buffer` has room for LOG_PACKET_MAX and holds the packet, *ret_length bytes of it. */
enum query_step query_next(struct query *query, const struct ring *ring, char *buffer,
                           size_t *ret_length);

/* What query_next() gave has been sent. The query may be closed by it: the answer is complete. */
void query_taken(struct query *query, const struct ring *ring);

#endif

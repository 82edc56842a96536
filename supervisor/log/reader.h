#ifndef REEVE_LOG_READER_H
#define REEVE_LOG_READER_H

/*
 * Those who read lines, each on a connection that PID 1 has made (wire/log_wire.h). What they get
 * comes out of the ring when there is room on their connection; nothing is queued for them here,
 * and nobody waits for them.
 */

#include "supervisor/log/query.h"

enum {
    READERS_MAX = 32,
    QUERY_BURST = 128, /* lines of one answer before it is the others' turn */
};

struct readers;

struct reader {
    int fd;       /* owned; -1: free */
    bool is_full; /* there is room no more, or more to do: epoll says when we go on */
    struct readers *readers;
    struct query queries[LOG_QUERIES_MAX];
};

struct readers {
    struct ring *ring;
    int epoll;              /* whose events carry a struct reader */
    uint64_t seen_sequence; /* that all have been told of */
    struct reader list[READERS_MAX];
    char buffer[LOG_PACKET_MAX];
};

void readers_init(struct readers *readers, struct ring *ring, int epoll);
void readers_release(struct readers *readers);

/* Takes over the connection. */
void readers_add(struct readers *readers, int fd);

/* NULL unless `what`, of an event, is one of them. */
struct reader *readers_find(struct readers *readers, void *what);

/* Something came from it, or it has room. */
void reader_serve(struct reader *reader, uint32_t events);

/* There may be new lines. */
void readers_feed(struct readers *readers);

#endif

#ifndef REEVE_HEALTH_BROADCAST_H
#define REEVE_HEALTH_BROADCAST_H

/*
 * The clients of /events. Each has a connection of the library's, which sleeps as long as there is
 * nothing to say: broadcast_read() says so by 0, and `wake` is called when there is something
 * again: at once, and in a flood once per BROADCAST_STEP_US or per quarter of the ring, so that
 * each line does not wake everybody. A comment every BROADCAST_BEAT_US finds the connections that
 * are gone; who reads too slowly is dismissed (patience.h).
 */

#include "supervisor/health/events.h"
#include "supervisor/health/patience.h"

enum { BROADCAST_STREAMS_MAX = 32 };
#define BROADCAST_BEAT_US (15 * USEC_PER_SEC)
#define BROADCAST_STEP_US (10 * USEC_PER_MSEC)

struct broadcast;

struct stream {
    LIST_ENTRY(stream) link;
    struct broadcast *broadcast;
    void *connection;      /* for `wake` */
    struct client *client; /* borrowed; NULL: nobody could be dismissed */
    struct listener listener;
    bool is_asleep;
};

LIST_HEAD(stream_list, stream);

struct broadcast {
    const struct table *table;
    struct usages *usages;
    const struct last_lines *lines;
    struct patience *patience;
    void (*wake)(void *connection);
    struct stream_list streams;
    unsigned count;
    struct events events;
    uint64_t beat_us;
    uint64_t told_head, told_us; /* events.head when all were woken last, and when that was */
};

/* NULL: there are too many, or no memory. */
struct stream *broadcast_add(struct broadcast *broadcast, void *connection, struct client *client);
void broadcast_remove(struct stream *stream);

/* The next bytes: how many; 0: it sleeps from now on; a negative errno: its end. */
ssize_t broadcast_read(struct stream *stream, char *buffer, size_t size) MUST_CHECK;

/* When broadcast_follow() has something to do even if the table does not change. */
uint64_t broadcast_deadline(const struct broadcast *broadcast);
/* Tells what is new. True: somebody was woken. */
bool broadcast_follow(struct broadcast *broadcast, uint64_t now_us);
void broadcast_wake_all(struct broadcast *broadcast);

#endif

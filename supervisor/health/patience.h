#ifndef REEVE_HEALTH_PATIENCE_H
#define REEVE_HEALTH_PATIENCE_H

/*
 * How long a client of the health port may take: PATIENCE_US from one answer to the next, whatever
 * it sends meanwhile, so that one which trickles is dismissed like an idle one. When there are more
 * than PATIENCE_CLIENTS, those that have waited longest go first: a thousand idle connections keep
 * nobody out.
 *
 * Dismissed means that the connection is shut down; the library, whose descriptor it is, notices
 * that and closes it.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>
#include <sys/queue.h>

enum { PATIENCE_CLIENTS = 256 };
#define PATIENCE_US (10 * USEC_PER_SEC)

struct client {
    TAILQ_ENTRY(client) link;
    uint64_t deadline_us;
    int fd;          /* borrowed */
    bool is_waiting; /* in the list */
    bool is_dismissed;
};

TAILQ_HEAD(client_list, client);

struct patience {
    struct client_list waiting; /* the one that has waited longest is first */
    unsigned count;
};

void patience_init(struct patience *patience);
/* NULL: no memory; then only the library's own time-out guards the connection. */
struct client *patience_add(struct patience *patience, int fd, uint64_t now_us);
/* Accepts NULL. */
void patience_remove(struct patience *patience, struct client *client);
/* An answer went out: its time begins anew. Also for one that was excused. */
void patience_renew(struct patience *patience, struct client *client, uint64_t now_us);
/* It may stay as long as it likes: somebody else looks after it. */
void patience_excuse(struct patience *patience, struct client *client);
void patience_dismiss(struct patience *patience, struct client *client);

uint64_t patience_deadline(const struct patience *patience);
void patience_tick(struct patience *patience, uint64_t now_us);

#endif

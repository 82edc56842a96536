#ifndef REEVE_HEALTH_LOG_FETCH_H
#define REEVE_HEALTH_LOG_FETCH_H

/*
 * /units/NAME/logs for one client: a question to reeve-log, and its answer as text for people, as
 * JSON or, when it follows, as server-sent events. Like a stream of broadcast.h it sleeps as long
 * as there is nothing to say.
 *
 * A client that is slow with a backlog makes us read slower, and all others with it, for as long as
 * patience.h lets it, also when it will follow; one that is slow in following is told how many
 * lines it has missed, and may stay.
 */

#include "supervisor/health/log_link.h"
#include "supervisor/health/patience.h"
#include "supervisor/health/request.h"
#include "supervisor/health/text.h"

enum { LOG_FETCH_PENDING_MAX = 256 * 1024 };

#define LOG_FETCH_BEAT_US (15 * USEC_PER_SEC)
enum { LOG_FETCH_FOLLOWERS_MAX = 10 }; /* so that there is room for others on the connection */

struct log_fetches {
    struct log_link *link;
    struct patience *patience;
    void (*wake)(void *connection);
    LIST_HEAD(log_fetch_list, log_fetch) list;
    unsigned follower_count;
    bool has_woken;   /* since the last tick */
    uint64_t beat_us; /* so that connections which are gone are found */
};

struct log_fetch {
    LIST_ENTRY(log_fetch) link;
    struct log_fetches *fetches;
    struct log_question question;
    enum log_format format;
    struct text pending, scratch;
    size_t sent; /* of `pending` */
    uint64_t missed, count;
    bool is_over, is_closed, has_paused, is_asleep;
    bool is_timed;         /* the first line of its backlog has come: its time runs */
    void *connection;      /* for `wake` */
    struct client *client; /* borrowed; NULL: nobody could be dismissed */
};

/* `unit` is its whole name. 0 or a negative errno (log_link_ask()). */
int log_fetch_new(struct log_fetches *fetches, const struct request *request, const char *unit,
                  struct log_fetch **ret_fetch) MUST_CHECK;
void log_fetch_free(struct log_fetch *fetch);
/* The next bytes: how many; 0: it sleeps from now on; a negative errno: its end. */
ssize_t log_fetch_read(struct log_fetch *fetch, char *buffer, size_t size) MUST_CHECK;

uint64_t log_fetches_deadline(const struct log_fetches *fetches);
/* True: somebody was woken. */
bool log_fetches_tick(struct log_fetches *fetches, uint64_t now_us);
/* All of them, for the end. */
void log_fetches_wake(struct log_fetches *fetches);

#endif

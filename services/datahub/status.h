/*
 * How DataHub is: written by the market's thread, read by the HTTP server's, and what /health says.
 */
#ifndef SERVICES_DATAHUB_STATUS_H
#define SERVICES_DATAHUB_STATUS_H

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define STATUS_PROBLEM_MAX 160
#define STATUS_FRESH_MS    3000 /* an answer or a tick that is older does not count any more */

struct status_view {
    bool is_connected; /* Redis answered the last time it was asked */
    bool has_history;  /* all symbols have been played up to now */
    int64_t pong_ms;   /* monotonic, of Redis's last answer to PING; 0: never */
    int64_t tick_ms;   /* monotonic, of the last price; 0: never */
    int64_t tick_s;    /* the same in wall time */
    char problem[STATUS_PROBLEM_MAX];
};

struct status {
    pthread_mutex_t lock;
    struct status_view view;
};

#define STATUS_EMPTY                                                                               \
    {                                                                                              \
        .lock = PTHREAD_MUTEX_INITIALIZER                                                          \
    }

void status_write(struct status *status, const struct status_view *view);
struct status_view status_read(struct status *status);

/* Fit to serve: Redis answered lately, the feed runs, history is there. Pure. */
bool status_is_healthy(const struct status_view *view, int64_t monotonic_ms);

/* The body of /health, a new reference; pure. */
json_t *status_json(const struct status_view *view, int64_t monotonic_ms, const char *redis);

#endif

/*
 * What the worker and the HTTP threads share: is the browser there, and the list of runs.
 *
 * Two plain locks. `lock` guards the memory and is held for copies only, so that /health never
 * waits for anything; `disk` guards the store and is held while a file is written. Whoever holds
 * both took `disk` first. The worker alone takes and finishes runs; anyone may ask for one.
 */
#ifndef SERVICES_KAIROS_BOARD_H
#define SERVICES_KAIROS_BOARD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/kairos/run.h"
#include "services/kairos/store.h"

/* /health is 200 only when the browser answered within this time; the worker asks every 2 s. */
#define BOARD_FRESH_US (8 * UINT64_C(1000000))

struct board_browser {
    bool is_connected;
    bool was_connected; /* ever, since we run */
    char version[96];   /* "Chrome/156.0.8078.79" */
    char reason[RUN_REASON_MAX];
    uint64_t heard_us;   /* monotonic time of the last reply */
    uint64_t latency_us; /* of the last Browser.getVersion */
};

struct board {
    pthread_mutex_t lock;
    pthread_mutex_t disk;
    struct store store;
    struct board_browser browser;
    struct run runs[STORE_KEEP]; /* sorted upwards by number */
    size_t count;
    uint32_t last_number;
};

/* Loads the runs of earlier lives. 0 or the negative errno of the state directory. */
int board_init(struct board *board, const char *state) __attribute__((warn_unused_result));
void board_release(struct board *board);

void board_connected(struct board *board, const char *version);
void board_disconnected(struct board *board, const char *reason);
void board_heard(struct board *board, uint64_t now_us);
void board_pinged(struct board *board, uint64_t latency_us);

/*
 * Queues a run. A run of this job that is queued already is returned instead, so there is at most
 * one running and one waiting. The memory always takes it (the oldest run goes); the errno of the
 * disk comes back as well, and then the run happens all the same.
 */
int board_request(struct board *board, const char *job, enum run_trigger trigger,
                  struct run *ret_run) __attribute__((warn_unused_result));

/* The oldest queued run, now marked as running; false when there is none. */
bool board_take(struct board *board, struct run *ret_run);
/* Puts the outcome in place of the run with that number. 0 or the errno of the disk. */
int board_finish(struct board *board, const struct run *run) __attribute__((warn_unused_result));

/* Writes the picture; the run itself is told by board_finish(). */
int board_save_screenshot(struct board *board, const struct run *run, const uint8_t *data,
                          size_t length) __attribute__((warn_unused_result));

/* Copies. */
size_t board_runs(struct board *board, struct run runs[static STORE_KEEP]);
bool board_find(struct board *board, const struct run *wanted, struct run *ret_run);
struct board_browser board_browser(struct board *board);

/* Pure: NULL when healthy at that time, else why not. */
const char *board_browser_problem(const struct board_browser *browser, uint64_t now_us);

#endif

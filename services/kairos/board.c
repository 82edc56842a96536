#include "services/kairos/board.h"

#include <stdio.h>
#include <string.h>

#include "services/kairos/clock.h"

int board_init(struct board *board, const char *state)
{
    *board = (struct board){ .store = { .directory = -1 } };
    int count = store_open(state, &board->store, board->runs);

    if (count < 0)
        return count;
    board->count = (size_t)count;
    if (count > 0)
        board->last_number = board->runs[count - 1].number;
    (void)pthread_mutex_init(&board->lock, NULL);
    (void)pthread_mutex_init(&board->disk, NULL);
    (void)snprintf(board->browser.reason, sizeof(board->browser.reason), "not connected yet");
    return 0;
}

void board_release(struct board *board)
{
    store_release(&board->store);
    (void)pthread_mutex_destroy(&board->lock);
    (void)pthread_mutex_destroy(&board->disk);
}

void board_connected(struct board *board, const char *version)
{
    (void)pthread_mutex_lock(&board->lock);
    board->browser.is_connected = true;
    board->browser.was_connected = true;
    board->browser.reason[0] = '\0';
    (void)snprintf(board->browser.version, sizeof(board->browser.version), "%s", version);
    (void)pthread_mutex_unlock(&board->lock);
}

void board_disconnected(struct board *board, const char *reason)
{
    (void)pthread_mutex_lock(&board->lock);
    board->browser.is_connected = false;
    (void)snprintf(board->browser.reason, sizeof(board->browser.reason), "%s", reason);
    (void)pthread_mutex_unlock(&board->lock);
}

void board_heard(struct board *board, uint64_t now_us)
{
    (void)pthread_mutex_lock(&board->lock);
    board->browser.heard_us = now_us;
    (void)pthread_mutex_unlock(&board->lock);
}

void board_pinged(struct board *board, uint64_t latency_us)
{
    (void)pthread_mutex_lock(&board->lock);
    board->browser.latency_us = latency_us;
    (void)pthread_mutex_unlock(&board->lock);
}

/* With the lock held. */
static struct run *find(struct board *board, uint32_t number)
{
    for (size_t i = 0; i < board->count; i++)
        if (board->runs[i].number == number)
            return &board->runs[i];
    return NULL;
}

/* With the lock held: room for one more, taken from the oldest run that is over. */
static bool evict(struct board *board, struct run *ret_evicted)
{
    size_t oldest = 0;

    if (run_excess(board->count + 1, STORE_KEEP) == 0)
        return false;
    while (oldest + 1 < board->count && board->runs[oldest].state != RUN_SUCCEEDED &&
           board->runs[oldest].state != RUN_FAILED)
        oldest++;
    *ret_evicted = board->runs[oldest];
    memmove(&board->runs[oldest], &board->runs[oldest + 1],
            (board->count - oldest - 1) * sizeof(board->runs[0]));
    board->count--;
    return true;
}

/* With the lock held. */
static const struct run *find_queued(const struct board *board, const char *job)
{
    for (size_t i = 0; i < board->count; i++)
        if (board->runs[i].state == RUN_QUEUED &&
            (job == NULL || strcmp(board->runs[i].job, job) == 0))
            return &board->runs[i];
    return NULL;
}

/* With the lock held. */
static struct run *append(struct board *board, const char *job, enum run_trigger trigger)
{
    struct run *run = &board->runs[board->count++];

    board->last_number = board->last_number % RUN_NUMBER_MAX + 1;
    *run = (struct run){ .number = board->last_number,
                         .state = RUN_QUEUED,
                         .trigger = trigger,
                         .queued_ms = clock_wall_ms() };
    (void)snprintf(run->job, sizeof(run->job), "%s", job);
    return run;
}

/* Writes what the memory says at the time of writing, so that an older state never lands on a
 * newer. */
static int save(struct board *board, uint32_t number)
{
    struct run copy;

    (void)pthread_mutex_lock(&board->disk);
    (void)pthread_mutex_lock(&board->lock);
    const struct run *run = find(board, number);
    bool is_there = run != NULL;

    if (is_there)
        copy = *run;
    (void)pthread_mutex_unlock(&board->lock);
    int error = is_there ? store_save(&board->store, &copy) : 0;

    (void)pthread_mutex_unlock(&board->disk);
    return error;
}

int board_request(struct board *board, const char *job, enum run_trigger trigger,
                  struct run *ret_run)
{
    struct run evicted;
    bool has_evicted = false;

    (void)pthread_mutex_lock(&board->lock);
    const struct run *queued = find_queued(board, job);
    bool is_new = queued == NULL;

    if (is_new) {
        has_evicted = evict(board, &evicted);
        queued = append(board, job, trigger);
    }
    *ret_run = *queued;
    (void)pthread_mutex_unlock(&board->lock);

    if (has_evicted) {
        (void)pthread_mutex_lock(&board->disk);
        store_delete(&board->store, &evicted);
        (void)pthread_mutex_unlock(&board->disk);
    }
    return is_new ? save(board, ret_run->number) : 0;
}

bool board_take(struct board *board, struct run *ret_run)
{
    (void)pthread_mutex_lock(&board->lock);
    const struct run *queued = find_queued(board, NULL);
    struct run *run = queued != NULL ? find(board, queued->number) : NULL;

    if (run != NULL) {
        run->state = RUN_RUNNING;
        run->started_ms = clock_wall_ms();
        *ret_run = *run;
    }
    (void)pthread_mutex_unlock(&board->lock);
    return run != NULL;
}

int board_finish(struct board *board, const struct run *run)
{
    (void)pthread_mutex_lock(&board->lock);
    struct run *place = find(board, run->number);

    if (place != NULL)
        *place = *run;
    (void)pthread_mutex_unlock(&board->lock);
    return save(board, run->number);
}

int board_save_screenshot(struct board *board, const struct run *run, const uint8_t *data,
                          size_t length)
{
    (void)pthread_mutex_lock(&board->disk);
    int error = store_save_screenshot(&board->store, run, data, length);

    (void)pthread_mutex_unlock(&board->disk);
    return error;
}

size_t board_runs(struct board *board, struct run runs[static STORE_KEEP])
{
    (void)pthread_mutex_lock(&board->lock);
    size_t count = board->count;

    memcpy(runs, board->runs, count * sizeof(runs[0]));
    (void)pthread_mutex_unlock(&board->lock);
    return count;
}

bool board_find(struct board *board, const struct run *wanted, struct run *ret_run)
{
    (void)pthread_mutex_lock(&board->lock);
    const struct run *run = find(board, wanted->number);
    bool is_found = run != NULL && strcmp(run->job, wanted->job) == 0;

    if (is_found)
        *ret_run = *run;
    (void)pthread_mutex_unlock(&board->lock);
    return is_found;
}

struct board_browser board_browser(struct board *board)
{
    (void)pthread_mutex_lock(&board->lock);
    struct board_browser browser = board->browser;

    (void)pthread_mutex_unlock(&board->lock);
    return browser;
}

const char *board_browser_problem(const struct board_browser *browser, uint64_t now_us)
{
    if (!browser->is_connected)
        return browser->reason;
    if (now_us > browser->heard_us && now_us - browser->heard_us > BOARD_FRESH_US)
        return "chromium: no answer lately";
    return NULL;
}

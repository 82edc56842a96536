#include "services/kairos/worker.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "services/kairos/clock.h"
#include "services/kairos/job.h"

#define DEFAULT_JOB      "chart"
#define CONNECT_LIMIT_US (5 * SECOND_US)
#define PING_EVERY_US    (2 * SECOND_US)
#define PING_LIMIT_US    (5 * SECOND_US)
#define PAUSE_FIRST_US   (250 * MS_US)
#define PAUSE_LAST_US    (4 * SECOND_US)

uint64_t worker_next_pause_us(uint64_t pause_us)
{
    if (pause_us < PAUSE_FIRST_US)
        return PAUSE_FIRST_US;
    return pause_us >= PAUSE_LAST_US / 2 ? PAUSE_LAST_US : 2 * pause_us;
}

__attribute__((format(printf, 3, 4))) static void tell(struct worker *worker, bool is_ready,
                                                       const char *format, ...)
{
    char text[512];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    worker->setting.tell(worker->setting.context, text, is_ready);
}

static void on_heard(void *context, uint64_t now_us)
{
    struct worker *worker = context;

    board_heard(worker->setting.board, now_us);
}

static int keep_screenshot(void *context, const struct run *run, const uint8_t *data, size_t length)
{
    struct worker *worker = context;

    return board_save_screenshot(worker->setting.board, run, data, length);
}

/* Notes and tells once that the browser is gone, then stays away for a while. */
static void lose(struct worker *worker, const char *problem)
{
    char reason[RUN_REASON_MAX];
    bool is_news = worker->pause_us == 0;

    (void)snprintf(reason, sizeof(reason), "chromium: %s", problem);
    devtools_close(&worker->devtools);
    board_disconnected(worker->setting.board, reason);
    worker->pause_us = worker_next_pause_us(worker->pause_us);
    if (is_news)
        tell(worker, false, "%s; trying again", reason);
}

/* The round trip that /health speaks of. */
static int ping(struct worker *worker, char *version, size_t size)
{
    json_t *result = NULL;
    uint64_t now_us = clock_monotonic_us();
    struct devtools_call call = { .method = "Browser.getVersion",
                                  .deadline_us = now_us + PING_LIMIT_US };
    int error = devtools_call(&worker->devtools, call, &result);

    uint64_t then_us = clock_monotonic_us();

    worker->next_ping_us = then_us + PING_EVERY_US;
    if (error < 0)
        return error;
    board_pinged(worker->setting.board, then_us - now_us);
    const char *product = cdp_string(result, "product");

    (void)snprintf(version, size, "%s", product != NULL ? product : "unknown");
    json_decref(result);
    return 0;
}

static void request(struct worker *worker, enum run_trigger trigger)
{
    struct run run;
    int error = board_request(worker->setting.board, DEFAULT_JOB, trigger, &run);

    if (error < 0)
        tell(worker, false, "cannot store runs: %s; going on", strerror(-error));
}

static void enter(struct worker *worker, const char *version)
{
    board_connected(worker->setting.board, version);
    worker->pause_us = 0;
    tell(worker, true, "connected to %s", version);
    if (worker->was_connected)
        return;
    worker->was_connected = true;
    request(worker, RUN_AT_START);
    worker->next_run_us = clock_monotonic_us() + worker->setting.interval_us;
}

static void try_connect(struct worker *worker)
{
    char version[96];
    uint64_t deadline_us = clock_monotonic_us() + CONNECT_LIMIT_US;
    int error = devtools_open(&worker->devtools, &worker->setting.devtools, deadline_us);

    if (error == 0)
        error = ping(worker, version, sizeof(version));
    if (error < 0)
        lose(worker, worker->devtools.problem);
    else
        enter(worker, version);
}

static void conclude(struct worker *worker, const struct run *run)
{
    char id[RUN_ID_MAX];
    int error = board_finish(worker->setting.board, run);

    run_id_format(run, id);
    if (error < 0)
        tell(worker, false, "cannot store %s: %s", id, strerror(-error));
    else if (run->state == RUN_SUCCEEDED)
        tell(worker, false, "%s: %s %s, %lld candles, in %lld ms", id, run->result.symbol,
             run->result.price, (long long)run->result.candles, (long long)run->duration_ms);
    else
        tell(worker, false, "%s failed: %s", id, run->reason);
}

static void do_run(struct worker *worker, struct run *run)
{
    uint64_t start_us = clock_monotonic_us();
    struct job_setting setting = { .devtools = &worker->devtools,
                                   .datahub = worker->setting.datahub,
                                   .deadline_us = start_us + WORKER_RUN_LIMIT_US,
                                   .keep = keep_screenshot,
                                   .context = worker };
    const struct job *job = job_find(run->job);
    int error = 0;

    if (job == NULL)
        run_fail(run, "kairos: there is no such job any more");
    else if (worker->devtools.socket == NULL)
        run_fail(run, "chromium: %s", worker->devtools.problem);
    else
        error = job->run(&setting, run);
    run->finished_ms = clock_wall_ms();
    run->duration_ms = (int64_t)((clock_monotonic_us() - start_us) / MS_US);
    conclude(worker, run);
    if (error < 0 && error != -ECANCELED)
        lose(worker, worker->devtools.problem);
}

/* What is due on the clock. Without a browser the next interval waits for it; who asks gets an
 * answer. */
static void plan(struct worker *worker)
{
    uint64_t now_us = clock_monotonic_us();

    if (worker->devtools.socket == NULL || worker->setting.interval_us == 0 ||
        now_us < worker->next_run_us)
        return;
    request(worker, RUN_BY_INTERVAL);
    worker->next_run_us = now_us + worker->setting.interval_us;
}

static uint64_t next_event_us(const struct worker *worker)
{
    if (worker->devtools.socket == NULL)
        return clock_monotonic_us() + worker->pause_us;
    if (worker->setting.interval_us != 0 && worker->next_run_us < worker->next_ping_us)
        return worker->next_run_us;
    return worker->next_ping_us;
}

static void beat(struct worker *worker)
{
    char version[96];

    if (worker->devtools.socket == NULL)
        try_connect(worker);
    else if (clock_monotonic_us() >= worker->next_ping_us &&
             ping(worker, version, sizeof(version)) < 0)
        lose(worker, worker->devtools.problem);
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct run run;
    int error = 0;

    while (error != -ECANCELED) {
        beat(worker);
        plan(worker);
        if (board_take(worker->setting.board, &run))
            do_run(worker, &run);
        error = loop_idle(worker->setting.loop, worker->devtools.socket, next_event_us(worker));
        if (error < 0 && error != -ECANCELED) {
            devtools_describe(error, worker->devtools.problem, PROBLEM_MAX);
            lose(worker, worker->devtools.problem);
        }
    }
    devtools_close(&worker->devtools);
    return NULL;
}

void worker_init(struct worker *worker, const struct worker_setting *setting)
{
    *worker = (struct worker){ .setting = *setting };
    worker->devtools = (struct devtools){ .loop = setting->loop,
                                          .listener = { .heard = on_heard, .context = worker } };
}

int worker_start(struct worker *worker)
{
    return -pthread_create(&worker->thread, NULL, work, worker);
}

void worker_wake(struct worker *worker)
{
    loop_wake(worker->setting.loop);
}

void worker_stop(struct worker *worker)
{
    loop_cancel(worker->setting.loop);
    (void)pthread_join(worker->thread, NULL);
}

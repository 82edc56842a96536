/*
 * The one thread that talks to the browser: connects (again, with a growing pause), asks it every
 * two seconds whether it is there, and does the runs that are due or asked for, one at a time.
 */
#ifndef SERVICES_KAIROS_WORKER_H
#define SERVICES_KAIROS_WORKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "services/kairos/board.h"
#include "services/kairos/devtools.h"

/* A run that takes longer has failed. */
#define WORKER_RUN_LIMIT_US (30 * UINT64_C(1000000))

struct worker_setting {
    struct board *board;
    struct loop *loop;
    struct endpoint devtools;
    const char *datahub;
    uint64_t interval_us; /* between two runs of the default job; 0: only on demand */
    /* Called by the worker: a first line for people; `is_ready` after the first round trip. */
    void (*tell)(void *context, const char *status, bool is_ready);
    void *context;
};

struct worker {
    struct worker_setting setting;
    pthread_t thread;
    struct devtools devtools;
    uint64_t next_ping_us, next_run_us, pause_us;
    bool was_connected;
};

/* From here on worker_wake() may be called. The worker must stay where it is until worker_stop().
 */
void worker_init(struct worker *worker, const struct worker_setting *setting);

/* 0 or a negative errno. */
int worker_start(struct worker *worker) __attribute__((warn_unused_result));

/* There may be a run to do. Any thread. */
void worker_wake(struct worker *worker);

/* Ends a run in progress as failed, waits for the thread. */
void worker_stop(struct worker *worker);

/* Pure: the pause before the next attempt to connect, twice the last one, from 0.25 s up to 4 s. */
uint64_t worker_next_pause_us(uint64_t pause_us);

#endif

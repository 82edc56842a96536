#ifndef REEVE_LOG_CLOCK_H
#define REEVE_LOG_CLOCK_H

/* The two clocks, in microseconds. */

#include "supervisor/unit/macro.h"

#include <time.h>

static inline uint64_t clock_us(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * USEC_PER_SEC + (uint64_t)now.tv_nsec / 1000;
}

static inline uint64_t clock_monotonic_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

static inline uint64_t clock_realtime_us(void)
{
    return clock_us(CLOCK_REALTIME);
}

#endif

/* The two clocks: monotonic for deadlines and ages, wall for what people read. */
#ifndef SERVICES_KAIROS_CLOCK_H
#define SERVICES_KAIROS_CLOCK_H

#include <stdint.h>
#include <time.h>

#define MS_US     UINT64_C(1000)
#define SECOND_US UINT64_C(1000000)

static inline uint64_t clock_monotonic_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND_US + (uint64_t)now.tv_nsec / 1000;
}

static inline int64_t clock_wall_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#endif

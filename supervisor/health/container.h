#ifndef REEVE_HEALTH_CONTAINER_H
#define REEVE_HEALTH_CONTAINER_H

/*
 * What the kernel says of the whole container: kills for want of memory, pressure (PSI), throttled
 * processor time; read from the cgroup file systems that the container has, version 2 or 1. What is
 * not visible is not known: nothing here is guessed from the whole machine.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>

enum container_resource { CONTAINER_CPU, CONTAINER_MEMORY, CONTAINER_IO, CONTAINER_RESOURCES };

struct container_pressure {
    bool is_known;
    uint64_t some_us, full_us; /* somebody waited; nobody could go on */
};

struct container {
    bool has_memory;
    uint64_t memory_bytes, memory_limit_bytes; /* UINT64_MAX: none */
    bool has_oom, has_oom_events;
    uint64_t oom_kills, oom_events;
    bool has_throttling;
    uint64_t periods, throttled_periods, throttled_us;
    struct container_pressure pressure[CONTAINER_RESOURCES];
};

void container_measure(struct container *ret_container);

#endif

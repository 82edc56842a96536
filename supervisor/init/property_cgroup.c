#include "supervisor/init/property_cgroup.h"

#include "supervisor/init/cgroup.h"

#include <stdio.h>

/* As systemctl of systemd 257 shows a number that nobody counts. */
static void put_gauge(const struct subject *subject, enum cgroup_gauge gauge,
                      struct property_text *text)
{
    char number[32] = "[not set]";
    uint64_t value;

    if (cgroup_gauge(subject->pod, subject->id, gauge, &value))
        snprintf(number, sizeof(number), "%llu", (unsigned long long)value);
    property_put(text, number);
}

void property_put_memory_current(const struct subject *subject, struct property_text *text)
{
    put_gauge(subject, CGROUP_MEMORY_CURRENT, text);
}

void property_put_memory_peak(const struct subject *subject, struct property_text *text)
{
    put_gauge(subject, CGROUP_MEMORY_PEAK, text);
}

void property_put_tasks_current(const struct subject *subject, struct property_text *text)
{
    put_gauge(subject, CGROUP_TASKS_CURRENT, text);
}

void property_put_cpu_usage(const struct subject *subject, struct property_text *text)
{
    put_gauge(subject, CGROUP_CPU_NS, text);
}

void property_put_control_group(const struct subject *subject, struct property_text *text)
{
    char path[PATH_MAX];

    cgroup_path(subject->pod, subject->id, path);
    property_put(text, path);
}

static uint64_t limit_of(const struct subject *subject, enum resource resource)
{
    const struct resource_value *values = subject->spec->exec.resources;

    return values && values[resource].is_set
               ? cgroup_amount(subject->pod, resource, &values[resource])
               : UINT64_MAX;
}

static void put_limit(const struct subject *subject, enum resource resource,
                      struct property_text *text)
{
    uint64_t limit = limit_of(subject, resource);
    char number[32] = "infinity";

    if (limit != UINT64_MAX)
        snprintf(number, sizeof(number), "%llu", (unsigned long long)limit);
    property_put(text, number);
}

void property_put_memory_max(const struct subject *subject, struct property_text *text)
{
    put_limit(subject, RESOURCE_MEMORY_MAX, text);
}

void property_put_memory_high(const struct subject *subject, struct property_text *text)
{
    put_limit(subject, RESOURCE_MEMORY_HIGH, text);
}

void property_put_tasks_max(const struct subject *subject, struct property_text *text)
{
    put_limit(subject, RESOURCE_TASKS_MAX, text);
}

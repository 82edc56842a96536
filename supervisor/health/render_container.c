#include "supervisor/health/metric.h"
#include "supervisor/health/render.h"

#include <inttypes.h>

static void put_number(struct text *out, const char *name, const char *type, const char *help,
                       uint64_t number)
{
    metric_head(out, name, type, help);
    text_printf(out, "%s %" PRIu64 "\n", name, number);
}

static void put_memory(const struct container *container, struct text *out)
{
    if (!container->has_memory)
        return;
    put_number(out, "reeve_container_memory_bytes", "gauge", "Memory that the container uses",
               container->memory_bytes);
    if (container->memory_limit_bytes != UINT64_MAX)
        put_number(out, "reeve_container_memory_limit_bytes", "gauge",
                   "Memory that the container may use", container->memory_limit_bytes);
}

static void put_oom(const struct container *container, struct text *out)
{
    if (container->has_oom)
        put_number(out, "reeve_container_oom_kills_total", "counter",
                   "Processes killed for want of memory", container->oom_kills);
    if (container->has_oom_events)
        put_number(out, "reeve_container_oom_events_total", "counter",
                   "Times that memory had run out", container->oom_events);
}

static void put_throttling(const struct container *container, struct text *out)
{
    if (!container->has_throttling)
        return;
    put_number(out, "reeve_container_cpu_periods_total", "counter",
               "Periods in which a limit of processor time held", container->periods);
    put_number(out, "reeve_container_cpu_throttled_periods_total", "counter",
               "Periods in which the limit was reached", container->throttled_periods);
    metric_head(out, "reeve_container_cpu_throttled_seconds_total", "counter",
                "Time for which the limit kept processes from running");
    text_put(out, "reeve_container_cpu_throttled_seconds_total ");
    metric_seconds(out, container->throttled_us);
    text_put(out, "\n");
}

static void put_pressure(const struct container *container, struct text *out, bool is_full)
{
    static const char *const resources[CONTAINER_RESOURCES] = {
        [CONTAINER_CPU] = "cpu",
        [CONTAINER_MEMORY] = "memory",
        [CONTAINER_IO] = "io",
    };
    const char *name = is_full ? "reeve_container_pressure_stalled_seconds_total"
                               : "reeve_container_pressure_waiting_seconds_total";
    bool has_head = false;

    for (size_t i = 0; i < CONTAINER_RESOURCES; i++) {
        const struct container_pressure *pressure = &container->pressure[i];

        if (!pressure->is_known)
            continue;
        if (!has_head)
            metric_head(out, name, "counter",
                        is_full ? "Time in which no process could go on for want of the resource"
                                : "Time in which some process waited for the resource");
        has_head = true;
        text_printf(out, "%s{resource=\"%s\"} ", name, resources[i]);
        metric_seconds(out, is_full ? pressure->full_us : pressure->some_us);
        text_put(out, "\n");
    }
}

void render_container(const struct container *container, struct text *out)
{
    put_memory(container, out);
    put_oom(container, out);
    put_throttling(container, out);
    put_pressure(container, out, false);
    put_pressure(container, out, true);
}

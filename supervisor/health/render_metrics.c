#include "supervisor/health/metric.h"
#include "supervisor/health/render.h"
#include "supervisor/health/verdict.h"

#include <inttypes.h>
#include <string.h>

/* systemd_exporter has the Type= of a service here, which the wire does not carry: we give the kind
 * of unit. */
static const char *unit_type(const struct row *row)
{
    const char *dot = strrchr(row->unit.name, '.');

    return dot ? dot + 1 : "";
}

static void put_unit_states(const struct snapshot *snapshot, struct text *out)
{
    static const enum wire_active states[] = { WIRE_ACTIVE, WIRE_ACTIVATING, WIRE_DEACTIVATING,
                                               WIRE_INACTIVE, WIRE_FAILED };

    metric_head(out, "systemd_unit_state", "gauge", "Systemd unit");
    for (size_t i = 0; i < snapshot->count; i++) {
        const struct row *row = &snapshot->rows[i];
        unsigned active =
            row->state.active == WIRE_RELOADING ? (unsigned)WIRE_ACTIVE : row->state.active;

        for (size_t k = 0; k < ARRAY_SIZE(states); k++) {
            metric_of_unit(out, "systemd_unit_state", row);
            text_put(out, ",type=\"");
            text_put_label(out, unit_type(row));
            text_printf(out, "\",state=\"%s\"} %d\n", wire_active_string(states[k]),
                        active == states[k]);
        }
    }
}

static void put_restarts(const struct snapshot *snapshot, struct text *out)
{
    metric_head(out, "systemd_service_restart_total", "counter",
                "Service unit count of Restart triggers");
    for (size_t i = 0; i < snapshot->count; i++)
        if (snapshot->rows[i].unit.is_service) {
            metric_of_unit(out, "systemd_service_restart_total", &snapshot->rows[i]);
            text_printf(out, "} %" PRIu32 "\n", snapshot->rows[i].state.restarts);
        }
}

static void put_unit_health(const struct snapshot *snapshot, struct text *out)
{
    static const enum wire_health_word words[] = { WIRE_HEALTH_STARTING, WIRE_HEALTH_HEALTHY,
                                                   WIRE_HEALTH_UNHEALTHY };

    metric_head(out, "reeve_unit_health", "gauge",
                "What the probe of a unit says of it, 1 for the present word");
    for (size_t i = 0; i < snapshot->count; i++)
        for (size_t k = 0; k < ARRAY_SIZE(words) && snapshot->rows[i].probe_count > 0; k++) {
            metric_of_unit(out, "reeve_unit_health", &snapshot->rows[i]);
            text_printf(out, ",health=\"%s\"} %d\n", wire_health_string(words[k]),
                        row_health(&snapshot->rows[i]) == words[k]);
        }
}

/* Of all probes of the unit. */
static struct probe_record total_of(const struct row *row)
{
    struct probe_record total = { 0 };

    for (size_t i = 0; i < row->probe_count; i++) {
        const struct probe_record *record = &row->probes[i].record;

        total.count += record->count;
        total.failure_count += record->failure_count;
        total.total_us += record->total_us;
        for (size_t k = 0; k < PROBE_BUCKETS; k++)
            total.buckets[k] += record->buckets[k];
    }
    return total;
}

static void put_histogram(const struct row *row, struct text *out)
{
    struct probe_record total = total_of(row);
    const struct probe_record *record = &total;
    uint64_t sum = 0;

    for (size_t i = 0; i < PROBE_BUCKETS; i++) {
        sum += record->buckets[i];
        metric_of_unit(out, "reeve_probe_duration_seconds_bucket", row);
        text_printf(out, ",le=\"%g\"} %" PRIu64 "\n", (double)probe_bucket_us[i] / 1e6, sum);
    }
    metric_of_unit(out, "reeve_probe_duration_seconds_bucket", row);
    text_printf(out, ",le=\"+Inf\"} %" PRIu64 "\n", record->count);
    metric_of_unit(out, "reeve_probe_duration_seconds_sum", row);
    text_printf(out, "} %" PRIu64 ".%06u\n", record->total_us / USEC_PER_SEC,
                (unsigned)(record->total_us % USEC_PER_SEC));
    metric_of_unit(out, "reeve_probe_duration_seconds_count", row);
    text_printf(out, "} %" PRIu64 "\n", record->count);
}

static void put_probes(const struct snapshot *snapshot, struct text *out)
{
    metric_head(out, "reeve_probe_duration_seconds", "histogram", "How long probes took");
    for (size_t i = 0; i < snapshot->count; i++)
        if (snapshot->rows[i].probe_count > 0)
            put_histogram(&snapshot->rows[i], out);
    metric_head(out, "reeve_probe_failures_total", "counter", "Probes that failed or timed out");
    for (size_t i = 0; i < snapshot->count; i++)
        if (snapshot->rows[i].probe_count > 0) {
            metric_of_unit(out, "reeve_probe_failures_total", &snapshot->rows[i]);
            text_printf(out, "} %" PRIu64 "\n", total_of(&snapshot->rows[i]).failure_count);
        }
}

static void put_pod(const struct table *table, struct text *out)
{
    static const enum pod_verdict verdicts[] = { POD_HEALTHY, POD_DEGRADED, POD_STARTING,
                                                 POD_UNHEALTHY, POD_STOPPING };
    enum pod_verdict verdict = pod_verdict(table);

    metric_head(out, "reeve_pod_status", "gauge",
                "Status of the whole pod, 1 for the present word");
    for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++)
        text_printf(out, "reeve_pod_status{status=\"%s\"} %d\n", pod_verdict_string(verdicts[i]),
                    verdict == verdicts[i]);
    metric_head(out, "reeve_build_info", "gauge", "Version of the running PID 1");
    text_put(out, "reeve_build_info{version=\"");
    text_put_label(out, table->has_present ? table->present.hello.version : REEVE_VERSION);
    text_put(out, "\"} 1\n");
}

/* Microseconds as seconds. */
static void put_seconds(struct text *out, const char *name, uint64_t time_us)
{
    text_printf(out, "%s %" PRIu64 ".%06u\n", name, time_us / USEC_PER_SEC,
                (unsigned)(time_us % USEC_PER_SEC));
}

static void put_process(const struct render_moment *moment, struct text *out)
{
    metric_head(out, "process_cpu_seconds_total", "counter", "CPU time of reeve-health");
    put_seconds(out, "process_cpu_seconds_total", moment->cpu_us);
    metric_head(out, "process_start_time_seconds", "gauge",
                "Start of reeve-health, seconds since the epoch");
    put_seconds(out, "process_start_time_seconds", moment->started_realtime_us);
    metric_head(out, "process_resident_memory_bytes", "gauge", "Resident memory of reeve-health");
    text_printf(out, "process_resident_memory_bytes %" PRIu64 "\n", moment->resident_bytes);
    metric_head(out, "process_virtual_memory_bytes", "gauge", "Virtual memory of reeve-health");
    text_printf(out, "process_virtual_memory_bytes %" PRIu64 "\n", moment->virtual_bytes);
    metric_head(out, "process_open_fds", "gauge", "Open file descriptors of reeve-health");
    text_printf(out, "process_open_fds %" PRIu64 "\n", moment->open_fds);
}

void render_metrics(const struct table *table, const struct render_moment *moment, struct text *out)
{
    put_unit_states(&table->present, out);
    put_restarts(&table->present, out);
    put_unit_health(&table->present, out);
    put_probes(&table->present, out);
    put_pod(table, out);
    put_process(moment, out);
}

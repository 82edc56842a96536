#include "supervisor/health/metric.h"
#include "supervisor/health/render.h"
#include "supervisor/health/verdict.h"

#include <inttypes.h>

static void put_start_times(const struct snapshot *snapshot, struct text *out)
{
    static const char name[] = "systemd_unit_start_time_seconds";

    metric_head(out, name, "gauge", "Start time of the unit since unix epoch in seconds.");
    for (size_t i = 0; i < snapshot->count; i++) {
        const struct row *row = &snapshot->rows[i];
        bool is_active = row->state.active == WIRE_ACTIVE || row->state.active == WIRE_RELOADING;

        metric_of_unit(out, name, row);
        text_put(out, "} ");
        metric_seconds(out, is_active ? row->state.since_realtime_us : 0);
        text_put(out, "\n");
    }
}

static void put_blocked(const struct table *table, struct text *out)
{
    static const char name[] = "reeve_unit_blocked";

    metric_head(out, name, "gauge",
                "1 for a unit that is not well by the fault of another one, which `by` names");
    for (size_t i = 0; i < table->present.count; i++) {
        const struct row *row = &table->present.rows[i], *root = unit_blocked_by(table, row);

        if (!root)
            continue;
        metric_of_unit(out, name, row);
        text_put(out, ",by=\"");
        text_put_label(out, root->unit.name);
        text_put(out, "\"} 1\n");
    }
}

static void put_helper_restarts(const struct snapshot *snapshot, struct text *out)
{
    static const char name[] = "reeve_helper_restarts_total";

    metric_head(out, name, "counter", "Restarts of reeve's own helpers");
    for (size_t i = 0; i < snapshot->count; i++)
        if (snapshot->rows[i].unit.is_internal) {
            metric_of_unit(out, name, &snapshot->rows[i]);
            text_printf(out, "} %" PRIu32 "\n", snapshot->rows[i].state.restarts);
        }
}

static void put_directives(const struct snapshot *snapshot, struct text *out)
{
    static const char *const strengths[WIRE_STRENGTHS] = { "none", "partial", "full" };
    static const char name[] = "reeve_sandbox_directives";

    metric_head(out, name, "gauge",
                "Directives of a unit's sandbox by how strongly this container enforces them");
    for (size_t i = 0; i < snapshot->count; i++)
        for (size_t k = 0; k < WIRE_STRENGTHS && snapshot->rows[i].unit.is_service; k++) {
            metric_of_unit(out, name, &snapshot->rows[i]);
            text_printf(out, ",strength=\"%s\"} %u\n", strengths[k],
                        snapshot->rows[i].unit.directives[k]);
        }
}

/* What is asked of a usage. */
enum gauge { GAUGE_MEMORY, GAUGE_CPU, GAUGE_PROCESSES, GAUGES };

static void put_usage(const struct render_units *view, enum gauge gauge, struct text *out)
{
    static const struct {
        const char *name, *help;
    } gauges[GAUGES] = {
        [GAUGE_MEMORY] = { "reeve_unit_memory_bytes", "Memory of the unit's processes" },
        [GAUGE_CPU] = { "reeve_unit_cpu_seconds",
                        "Processor time of the unit's processes, of those that live now" },
        [GAUGE_PROCESSES] = { "reeve_unit_processes", "Processes of the unit" },
    };
    const struct snapshot *snapshot = &view->table->present;

    metric_head(out, gauges[gauge].name, "gauge", gauges[gauge].help);
    for (size_t i = 0; i < snapshot->count && i < view->usages->count; i++) {
        const struct usage *usage = &view->usages->units[i];

        if (!usage->is_known)
            continue;
        metric_of_unit(out, gauges[gauge].name, &snapshot->rows[i]);
        text_put(out, "} ");
        if (gauge == GAUGE_CPU)
            metric_seconds(out, usage->cpu_us);
        else
            text_printf(out, "%" PRIu64,
                        gauge == GAUGE_MEMORY ? usage->memory_bytes : usage->processes);
        text_put(out, "\n");
    }
}

void render_unit_metrics(const struct render_units *view, struct text *out)
{
    const struct snapshot *snapshot = &view->table->present;

    put_start_times(snapshot, out);
    put_blocked(view->table, out);
    put_helper_restarts(snapshot, out);
    put_directives(snapshot, out);
    for (enum gauge gauge = 0; gauge < GAUGES && view->usages; gauge++)
        put_usage(view, gauge, out);
}

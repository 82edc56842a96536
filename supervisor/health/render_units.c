#include "supervisor/health/render.h"
#include "supervisor/health/verdict.h"

#include <inttypes.h>
#include <string.h>

static void put_member(struct text *out, const char *name, const char *value)
{
    text_printf(out, ",\"%s\":", name);
    text_put_json(out, value);
}

static void put_number(struct text *out, const char *name, uint64_t number)
{
    text_printf(out, ",\"%s\":%" PRIu64, name, number);
}

/* A name, or null. */
static void put_name(struct text *out, const char *member, const struct row *row)
{
    if (row)
        put_member(out, member, row->unit.name);
    else
        text_printf(out, ",\"%s\":null", member);
}

static const char *unit_verdict_string(enum unit_verdict verdict)
{
    static const char *const words[] = {
        [UNIT_WELL] = "well",           [UNIT_IDLE] = "idle",     [UNIT_UNREADY] = "unready",
        [UNIT_UNHEALTHY] = "unhealthy", [UNIT_FAILED] = "failed",
    };

    return words[verdict];
}

static void put_usage(struct text *out, const struct usages *usages, const struct row *row)
{
    size_t id = (size_t)row->unit.id;
    const struct usage *usage = usages && id < usages->count ? &usages->units[id] : NULL;

    if (!usage || !usage->is_known) {
        text_put(out, ",\"memory_bytes\":null,\"cpu_us\":null,\"processes\":null");
        return;
    }
    put_number(out, "memory_bytes", usage->memory_bytes);
    put_number(out, "cpu_us", usage->cpu_us);
    put_number(out, "processes", usage->processes);
}

static void put_requires(struct text *out, const struct table *table, const struct row *row)
{
    text_put(out, ",\"requires\":[");
    for (size_t i = 0; i < row->required_count; i++) {
        text_put(out, i > 0 ? "," : "");
        text_put_json(out, table->present.rows[row->required[i]].unit.name);
    }
    text_put(out, "]");
}

static void put_probe(struct text *out, const struct row_probe *probe)
{
    const struct probe_record *record = &probe->record;

    text_put(out, "{\"address\":");
    text_put_json(out, probe->address);
    text_printf(out, ",\"is_good\":%s",
                !record->is_known ? "null"
                : record->is_good ? "true"
                                  : "false");
    put_number(out, "at_realtime_us", record->is_known ? record->at_realtime_us : 0);
    put_number(out, "latency_us", record->is_known ? record->latency_us : 0);
    put_number(out, "failures", probe->health.failures);
    put_member(out, "message", record->is_known ? record->message : "");
    text_put(out, "}");
}

static void put_last_line(struct text *out, const struct render_units *view, const struct row *row)
{
    const struct last_lines *lines = view->lines;
    size_t id = (size_t)row->unit.id;

    if (!lines || id >= lines->count || lines->snapshot != view->table->snapshots ||
        lines->lines[id].realtime_us == 0) {
        text_put(out, ",\"last_line\":null");
        return;
    }
    text_printf(out, ",\"last_line\":{\"realtime_us\":%" PRIu64 ",\"priority\":%u",
                lines->lines[id].realtime_us, lines->lines[id].priority);
    put_member(out, "text", lines->lines[id].text);
    text_put(out, "}");
}

void render_unit(const struct render_units *view, const struct row *row, struct text *out)
{
    const struct wire_state *state = &row->state;

    text_put(out, "{\"name\":");
    text_put_json(out, row->unit.name);
    put_member(out, "description", row->unit.description);
    put_member(out, "active", wire_active_string(state->active));
    put_member(out, "sub", state->sub);
    put_member(out, "result", state->result);
    put_member(out, "health", wire_health_string(row_health(row)));
    put_member(out, "impact",
               row->unit.is_internal ? "none" : health_impact_string(row->unit.health_impact));
    put_member(out, "verdict", unit_verdict_string(unit_verdict(row)));
    put_name(out, "blocked_by", unit_blocked_by(view->table, row));
    text_printf(out, ",\"internal\":%s", row->unit.is_internal ? "true" : "false");
    put_number(out, "main_pid", (uint64_t)state->main_pid);
    put_number(out, "restarts", state->restarts);
    put_number(out, "since_realtime_us", state->since_realtime_us);
    put_number(out, "start_latency_us", state->start_latency_us);
    put_usage(out, view->usages, row);
    put_requires(out, view->table, row);
    put_member(out, "status", state->status);
    text_put(out, ",\"probes\":[");
    for (size_t i = 0; i < row->probe_count; i++) {
        text_put(out, i > 0 ? "," : "");
        put_probe(out, &row->probes[i]);
    }
    text_put(out, "]");
    put_last_line(out, view, row);
    text_put(out, "}");
}

void render_probe_event(const struct row *row, const struct row_probe *probe, struct text *out)
{
    text_put(out, "{\"name\":");
    text_put_json(out, row->unit.name);
    put_member(out, "health", wire_health_string(row_health(row)));
    text_put(out, ",\"probe\":");
    put_probe(out, probe);
    text_put(out, "}");
}

static const char *phase_string(unsigned phase)
{
    static const char *const words[] = {
        [WIRE_POD_STARTING] = "starting",
        [WIRE_POD_RUNNING] = "running",
        [WIRE_POD_STOPPING] = "stopping",
    };

    return phase < ARRAY_SIZE(words) ? words[phase] : "?";
}

void render_pod(const struct render_units *view, struct text *out)
{
    const struct table *table = view->table;
    const struct wire_hello *hello = &table->present.hello;
    struct pod_cause cause;

    pod_explain(table, &cause);
    text_put(out, "{\"verdict\":");
    text_put_json(out, pod_verdict_string(cause.verdict));
    put_name(out, "root", cause.root);
    put_member(out, "cause", cause.sentence);
    put_member(out, "version", table->has_present ? hello->version : REEVE_VERSION);
    put_member(out, "target", hello->target);
    put_number(out, "started_realtime_us", hello->started_realtime_us);
    put_member(out, "phase", phase_string(table->present.pod.phase));
    put_number(out, "now_realtime_us", view->realtime_us);
    text_put(out, "}");
}

void render_units(const struct render_units *view, struct text *out)
{
    const struct snapshot *snapshot = &view->table->present;

    text_put(out, "{\"pod\":");
    render_pod(view, out);
    text_put(out, ",\n\"units\":[");
    for (size_t i = 0; i < snapshot->count; i++) {
        text_put(out, i > 0 ? ",\n" : "\n");
        render_unit(view, &snapshot->rows[i], out);
    }
    text_put(out, "]}\n");
}

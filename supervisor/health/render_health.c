#include "supervisor/health/render.h"
#include "supervisor/health/verdict.h"

#include <inttypes.h>
#include <string.h>

static void put_member(struct text *out, const char *name, const char *value)
{
    text_printf(out, ",\"%s\":", name);
    text_put_json(out, value);
}

static void put_time(struct text *out, const char *name, uint64_t realtime_us)
{
    if (realtime_us == 0) {
        text_printf(out, ",\"%s\":null", name);
        return;
    }
    text_printf(out, ",\"%s\":\"", name);
    text_put_time(out, realtime_us);
    text_put(out, "\"");
}

static void put_probe(struct text *out, const struct row *row)
{
    const struct row_probe *worst = row_worst_probe(row);
    const struct probe_record *record = worst ? &worst->record : NULL;

    if (!record || !record->is_known) {
        text_put(out, ",\"probe\":null");
        return;
    }
    text_put(out, ",\"probe\":{\"at\":\"");
    text_put_time(out, record->at_realtime_us);
    text_printf(out, "\",\"latency_ms\":%" PRIu64 ".%03u,\"ok\":%s", record->latency_us / 1000,
                (unsigned)(record->latency_us % 1000), record->is_good ? "true" : "false");
    put_member(out, "message", record->message);
    text_printf(out, ",\"failures\":%" PRIu32 "}", worst->health.failures);
}

static void put_name(struct text *out, const char *member, const struct row *row)
{
    if (row)
        put_member(out, member, row->unit.name);
    else
        text_printf(out, ",\"%s\":null", member);
}

static void put_row(struct text *out, const struct table *table, const struct row *row)
{
    const struct wire_state *state = &row->state;
    enum unit_verdict verdict = unit_verdict(row);

    text_put_json(out, row->unit.name);
    text_printf(out, ":{\"ok\":%s",
                verdict == UNIT_WELL || verdict == UNIT_IDLE ? "true" : "false");
    put_member(out, "state", wire_active_string(state->active));
    put_member(out, "sub", state->sub);
    put_member(out, "result", state->result);
    put_member(out, "health", wire_health_string(row_health(row)));
    put_member(out, "impact", health_impact_string(row->unit.health_impact));
    put_name(out, "blocked_by", unit_blocked_by(table, row));
    put_time(out, "since", state->since_realtime_us);
    text_printf(out, ",\"restarts\":%" PRIu32 ",\"main_pid\":%d", state->restarts,
                (int)state->main_pid);
    put_member(out, "status", state->status);
    put_probe(out, row);
    text_put(out, "}");
}

static void put_rows(struct text *out, const struct table *table, bool are_internal)
{
    const struct snapshot *snapshot = &table->present;
    const char *separator = "\n";

    for (size_t i = 0; i < snapshot->count; i++)
        if (!!snapshot->rows[i].unit.is_internal == are_internal) {
            text_put(out, separator);
            put_row(out, table, &snapshot->rows[i]);
            separator = ",\n";
        }
}

static void make_page(struct health_page *page, const struct table *table)
{
    const struct wire_hello *hello = &table->present.hello;
    struct text *out = &page->text;
    struct pod_cause cause;

    pod_explain(table, &cause);
    text_clear(out);
    text_put(out, "{\"status\":");
    text_put_json(out, pod_verdict_string(cause.verdict));
    put_name(out, "root", cause.root);
    put_member(out, "cause", cause.sentence);
    page->gap = out->length;
    put_member(out, "version", table->has_present ? hello->version : REEVE_VERSION);
    put_member(out, "target", hello->target);
    text_put(out, ",\n\"units\":{");
    put_rows(out, table, false);
    text_put(out, "},\n\"helpers\":{");
    put_rows(out, table, true);
    text_put(out, "}}\n");
    page->is_made = !out->has_failed;
    page->changes = table->changes;
}

void render_health(struct health_page *page, const struct table *table,
                   const struct render_moment *moment, struct text *out)
{
    const struct wire_hello *hello = &table->present.hello;
    uint64_t uptime_us = 0;

    if (!page->is_made || page->changes != table->changes)
        make_page(page, table);
    if (table->has_present && moment->monotonic_us > hello->started_monotonic_us)
        uptime_us = moment->monotonic_us - hello->started_monotonic_us;
    text_append(out, page->text.bytes, page->gap);
    put_time(out, "timestamp", moment->realtime_us);
    text_printf(out, ",\"uptime_seconds\":%" PRIu64 ".%03u", uptime_us / USEC_PER_SEC,
                (unsigned)(uptime_us % USEC_PER_SEC / USEC_PER_MSEC));
    text_append(out, page->text.bytes + page->gap, page->text.length - page->gap);
    out->has_failed |= page->text.has_failed;
}

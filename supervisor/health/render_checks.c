#include "supervisor/health/render.h"
#include "supervisor/health/verdict.h"
#include "supervisor/unit/unit_spec.h"

#include <string.h>

/* A name of one line: what came from outside does not make lines of its own. */
static void put_clean(struct text *out, const char *string)
{
    char clean[WIRE_TEXT_SIZE];

    text_clean(clean, sizeof(clean), string);
    text_put(out, clean);
}

static void put_reason(struct text *out, const struct row *row, enum unit_verdict verdict)
{
    const struct wire_state *state = &row->state;

    text_printf(out, "%s (", wire_active_string(state->active));
    put_clean(out, state->sub);
    text_put(out, ")");
    if (verdict == UNIT_FAILED) {
        text_put(out, ", result ");
        put_clean(out, state->result);
    }
    if (row->probe && row->state.main_pid > 0) {
        text_printf(out, ", %s", wire_health_string(row->health.word));
        if (row->record.is_known) {
            text_put(out, ": ");
            put_clean(out, row->record.message);
        }
    }
}

/* Whether the unit was worth a line. */
static void put_check(struct text *out, const struct row *row, bool is_verbose)
{
    enum unit_verdict verdict = unit_verdict(row);
    bool is_well = verdict == UNIT_WELL;
    bool is_critical = row->unit.health_impact == HEALTH_CRITICAL;

    if (row->unit.is_internal || verdict == UNIT_IDLE || (!is_verbose && (is_well || !is_critical)))
        return;
    text_put(out, is_well ? "[+]" : "[-]");
    put_clean(out, row->unit.name);
    text_put(out, is_well ? " ok" : is_critical ? " failed: " : " not ok, but not critical: ");
    if (!is_well)
        put_reason(out, row, verdict);
    text_put(out, "\n");
}

void render_readyz(const struct table *table, bool is_verbose, struct text *out)
{
    bool is_ready = pod_is_ready(table);

    if (is_ready && !is_verbose) {
        text_put(out, "ok");
        return;
    }
    text_printf(out, table->has_present ? "[+]wire ok\n"
                                        : "[-]wire failed: no snapshot from PID 1 yet\n");
    if (table->present.pod.phase == WIRE_POD_STOPPING)
        text_put(out, "[-]shutdown failed: the pod is stopping\n");
    for (size_t i = 0; i < table->present.count; i++)
        put_check(out, &table->present.rows[i], is_verbose);
    text_printf(out, "readyz check %s\n", is_ready ? "passed" : "failed");
}

void render_livez(const struct table *table, bool is_verbose, struct text *out)
{
    (void)table; /* this process ends when the wire does */
    text_put(out, is_verbose ? "[+]wire ok\nlivez check passed\n" : "ok");
}

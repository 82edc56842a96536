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

static void put_reason(struct text *out, const struct table *table, const struct row *row)
{
    const struct row *root = unit_blocked_by(table, row);
    const struct wire_state *state = &row->state;
    const struct row_probe *worst = row_worst_probe(row);

    text_printf(out, "%s (", wire_active_string(state->active));
    put_clean(out, state->sub);
    text_put(out, ")");
    if (unit_verdict(row) == UNIT_FAILED) {
        text_put(out, ", result ");
        put_clean(out, state->result);
    }
    if (worst && row->state.main_pid > 0) {
        text_printf(out, ", %s", wire_health_string(worst->health.word));
        if (worst->record.is_known) {
            text_put(out, ": ");
            put_clean(out, worst->record.message);
        }
    }
    if (root) {
        text_put(out, ", blocked by ");
        put_clean(out, root->unit.name);
    }
}

static bool is_well(const struct row *row)
{
    return unit_verdict(row) == UNIT_WELL;
}

static bool is_excluded(const struct render_checks *view, const struct row *row)
{
    for (size_t i = 0; i < view->exclude_count; i++)
        if (table_find(view->table, view->excludes[i]) == row)
            return true;
    return false;
}

/* Whether the unit was worth a line. */
static void put_check(struct text *out, const struct render_checks *view, const struct row *row)
{
    bool is_critical = row->unit.health_impact == HEALTH_CRITICAL;
    bool is_out = is_excluded(view, row), is_good = is_out || is_well(row);

    if (row->unit.is_internal || unit_verdict(row) == UNIT_IDLE ||
        (!view->is_verbose && (is_good || !is_critical)))
        return;
    text_put(out, is_good ? "[+]" : "[-]");
    put_clean(out, row->unit.name);
    text_put(out, is_out        ? " excluded: ok"
                  : is_good     ? " ok"
                  : is_critical ? " failed: "
                                : " not ok, but not critical: ");
    if (!is_good)
        put_reason(out, view->table, row);
    text_put(out, "\n");
}

/* Kubernetes' words for a name in ?exclude= that is none. */
static void put_strange_excludes(struct text *out, const struct render_checks *view)
{
    for (size_t i = 0; i < view->exclude_count; i++)
        if (!table_find(view->table, view->excludes[i])) {
            text_put(out, "warn: some health checks cannot be excluded: no matches for \"");
            put_clean(out, view->excludes[i]);
            text_put(out, "\"\n");
        }
}

/* Like pod_is_ready(), but for those that are left out. */
static bool pass(const struct render_checks *view)
{
    const struct snapshot *snapshot = &view->table->present;

    if (view->exclude_count == 0)
        return pod_is_ready(view->table);
    if (!view->table->has_present || snapshot->pod.phase == WIRE_POD_STOPPING)
        return false;
    for (size_t i = 0; i < snapshot->count; i++) {
        const struct row *row = &snapshot->rows[i];

        if (!row->unit.is_internal && row->unit.health_impact == HEALTH_CRITICAL &&
            unit_verdict(row) != UNIT_IDLE && !is_well(row) && !is_excluded(view, row))
            return false;
    }
    return true;
}

bool render_checks(const struct render_checks *view, struct text *out)
{
    const struct table *table = view->table;
    bool is_good = view->is_settled || pass(view);

    if (is_good && !view->is_verbose) {
        text_put(out, "ok");
        return true;
    }
    text_put(out,
             table->has_present ? "[+]wire ok\n" : "[-]wire failed: no snapshot from PID 1 yet\n");
    if (view->is_settled)
        text_put(out, "[+]started ok\n");
    else if (table->present.pod.phase == WIRE_POD_STOPPING)
        text_put(out, "[-]shutdown failed: the pod is stopping\n");
    for (size_t i = 0; i < table->present.count && !view->is_settled; i++)
        put_check(out, view, &table->present.rows[i]);
    put_strange_excludes(out, view);
    text_printf(out, "%s check %s\n", view->title, is_good ? "passed" : "failed");
    return is_good;
}

bool render_check(const struct table *table, const struct row *row, bool is_verbose,
                  struct text *out)
{
    bool is_good = is_well(row);

    if (is_good && !is_verbose) {
        text_put(out, "ok");
        return true;
    }
    text_put(out, is_good ? "[+]" : "[-]");
    put_clean(out, row->unit.name);
    text_put(out, is_good ? " ok" : " failed: ");
    if (!is_good)
        put_reason(out, table, row);
    text_put(out, "\n");
    return is_good;
}

void render_livez(bool is_verbose, struct text *out)
{
    /* This process ends when the wire does. */
    text_put(out, is_verbose ? "[+]wire ok\nlivez check passed\n" : "ok");
}

#include "supervisor/health/verdict_private.h"

#include "supervisor/unit/unit_spec.h"

#include <string.h>

static enum unit_verdict running_verdict(const struct row *row)
{
    /* Without a main process there is nobody to probe: RemainAfterExit=yes, targets. */
    if (row->state.main_pid == 0)
        return UNIT_WELL;
    switch (row_health(row)) {
    case WIRE_HEALTH_NONE:
    case WIRE_HEALTH_HEALTHY:
        return UNIT_WELL;
    case WIRE_HEALTH_STARTING:
        return UNIT_UNREADY;
    case WIRE_HEALTH_UNHEALTHY:
        return UNIT_UNHEALTHY;
    }
    return UNIT_UNREADY;
}

bool verdict_has_failed_result(const struct row *row)
{
    static const char *const good[] = { "", "success", "exec-condition" };

    for (size_t i = 0; i < ARRAY_SIZE(good); i++)
        if (strcmp(row->state.result, good[i]) == 0)
            return false;
    return true;
}

enum unit_verdict unit_verdict(const struct row *row)
{
    const struct wire_state *state = &row->state;

    switch ((enum wire_active)state->active) {
    case WIRE_ACTIVE:
    case WIRE_RELOADING:
        return running_verdict(row);
    case WIRE_FAILED:
        return UNIT_FAILED;
    case WIRE_ACTIVATING:
        return row_health(row) == WIRE_HEALTH_UNHEALTHY ? UNIT_UNHEALTHY : UNIT_UNREADY;
    case WIRE_DEACTIVATING:
        return UNIT_UNREADY;
    case WIRE_INACTIVE:
        break;
    }
    if (verdict_has_failed_result(row))
        return UNIT_FAILED;
    if (state->is_blocked)
        return UNIT_UNREADY;
    if (state->incarnation == 0)
        return state->is_wanted || state->job != 0 ? UNIT_UNREADY : UNIT_IDLE;
    /* A oneshot that has done its work is still wanted; what somebody stopped is not. */
    return state->is_wanted && state->job == 0 ? UNIT_WELL : UNIT_UNREADY;
}

/* --- the root --- */

/* It is not there yet because it was lost, not because it was just asked for. */
static bool comes_back(const struct row *row)
{
    return row->state.active != WIRE_INACTIVE &&
           (verdict_has_failed_result(row) || row->state.restarts > 0);
}

enum trouble verdict_trouble(const struct row *row)
{
    switch (unit_verdict(row)) {
    case UNIT_WELL:
    case UNIT_IDLE:
        break;
    case UNIT_UNREADY:
        return comes_back(row) ? TROUBLE_FAULT : TROUBLE_WAITING;
    case UNIT_UNHEALTHY:
        return TROUBLE_UNHEALTHY;
    case UNIT_FAILED:
        return TROUBLE_FAILED;
    }
    return TROUBLE_NONE;
}

/* The next step on the way to the root; NULL at the root itself. */
static const struct row *next_cause(const struct snapshot *snapshot, const struct row *row)
{
    bool is_waiting = verdict_trouble(row) == TROUBLE_WAITING;
    enum trouble worst = is_waiting ? TROUBLE_NONE : TROUBLE_WAITING;
    const struct row *cause = NULL;

    for (size_t i = 0; i < row->required_count; i++) {
        const struct row *other = &snapshot->rows[row->required[i]];
        enum trouble trouble = verdict_trouble(other);

        if (trouble > worst) {
            worst = trouble;
            cause = other;
        }
    }
    return cause;
}

/* The gravest of the circle that `at` is in, the first by id among equals. */
static const struct row *root_of_circle(const struct snapshot *snapshot, const struct row *at)
{
    const struct row *root = at;

    for (const struct row *row = next_cause(snapshot, at); row != at;
         row = next_cause(snapshot, row)) {
        int difference = (int)verdict_trouble(row) - (int)verdict_trouble(root);

        if (difference > 0 || (difference == 0 && row < root))
            root = row;
    }
    return root;
}

/* One walker goes at half the pace: if the other meets it, it went in a
 * circle. */
const struct row *verdict_root(const struct snapshot *snapshot, const struct row *row)
{
    const struct row *at = row, *slow = row, *next;

    for (unsigned step = 1; (next = next_cause(snapshot, at)); step++) {
        at = next;
        if (step % 2 == 0)
            slow = next_cause(snapshot, slow);
        if (at == slow)
            return root_of_circle(snapshot, at);
    }
    return at;
}

const struct row *unit_blocked_by(const struct table *table, const struct row *row)
{
    const struct row *root;

    if (verdict_trouble(row) == TROUBLE_NONE)
        return NULL;
    root = verdict_root(&table->present, row);
    return root == row ? NULL : root;
}

/* --- the pod --- */

enum pod_verdict verdict_for_pod(const struct snapshot *snapshot, const struct row *row)
{
    enum trouble trouble = row->unit.is_internal ? TROUBLE_NONE : verdict_trouble(row);

    if (trouble == TROUBLE_NONE || row->unit.health_impact == HEALTH_NONE)
        return POD_HEALTHY;
    if (row->unit.health_impact == HEALTH_DEGRADE)
        return POD_DEGRADED;
    /* What waits for a unit that has failed for good waits in vain. */
    if (trouble < TROUBLE_UNHEALTHY &&
        verdict_trouble(verdict_root(snapshot, row)) != TROUBLE_FAILED)
        return POD_STARTING;
    return POD_UNHEALTHY;
}

enum pod_verdict pod_verdict(const struct table *table)
{
    const struct snapshot *snapshot = &table->present;
    enum pod_verdict worst = POD_HEALTHY;

    if (!table->has_present)
        return POD_STARTING;
    if (snapshot->pod.phase == WIRE_POD_STOPPING)
        return POD_STOPPING;
    for (size_t i = 0; i < snapshot->count; i++) {
        enum pod_verdict means = verdict_for_pod(snapshot, &snapshot->rows[i]);

        if (means > worst)
            worst = means;
    }
    return worst;
}

bool pod_is_ready(const struct table *table)
{
    enum pod_verdict verdict = pod_verdict(table);

    return verdict == POD_HEALTHY || verdict == POD_DEGRADED;
}

const char *pod_verdict_string(enum pod_verdict verdict)
{
    static const char *const words[] = {
        [POD_HEALTHY] = "healthy",     [POD_DEGRADED] = "degraded", [POD_STARTING] = "starting",
        [POD_UNHEALTHY] = "unhealthy", [POD_STOPPING] = "stopping",
    };

    return words[verdict];
}

const char *health_impact_string(unsigned impact)
{
    static const char *const words[] = {
        [HEALTH_CRITICAL] = "critical",
        [HEALTH_DEGRADE] = "degrade",
        [HEALTH_NONE] = "none",
    };

    return impact < ARRAY_SIZE(words) ? words[impact] : "?";
}

#include "supervisor/health/verdict.h"

#include "supervisor/unit/unit_spec.h"

#include <string.h>

static enum unit_verdict running_verdict(const struct row *row)
{
    /* Without a main process there is nobody to probe: RemainAfterExit=yes, targets. */
    if (!row->probe || row->state.main_pid == 0)
        return UNIT_WELL;
    switch (row->health.word) {
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
        return row->health.word == WIRE_HEALTH_UNHEALTHY ? UNIT_UNHEALTHY : UNIT_UNREADY;
    case WIRE_DEACTIVATING:
        return UNIT_UNREADY;
    case WIRE_INACTIVE:
        break;
    }
    if (state->result[0] && strcmp(state->result, "success") != 0)
        return UNIT_FAILED;
    if (state->incarnation == 0)
        return state->is_wanted || state->job != 0 ? UNIT_UNREADY : UNIT_IDLE;
    /* A oneshot that has done its work is still wanted; what somebody stopped is not. */
    return state->is_wanted && state->job == 0 ? UNIT_WELL : UNIT_UNREADY;
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
        const struct row *row = &snapshot->rows[i];
        enum unit_verdict verdict = unit_verdict(row);
        enum pod_verdict means = POD_HEALTHY;

        if (row->unit.is_internal || verdict == UNIT_WELL || verdict == UNIT_IDLE)
            continue;
        if (row->unit.health_impact == HEALTH_CRITICAL)
            means = verdict == UNIT_UNREADY ? POD_STARTING : POD_UNHEALTHY;
        else if (row->unit.health_impact == HEALTH_DEGRADE)
            means = POD_DEGRADED;
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

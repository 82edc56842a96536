#ifndef REEVE_HEALTH_VERDICT_H
#define REEVE_HEALTH_VERDICT_H

/*
 * How a unit and the whole pod are. Pure.
 *
 * The pod: stopping while it stops; else unhealthy when a critical unit has failed or is unhealthy;
 * else starting when a critical unit is not yet well, or PID 1 has not yet told everything; else
 * degraded when a unit with HealthImpact=degrade is not well; else healthy. Reeve's own helpers and
 * units that nobody asked for do not count.
 */

#include "supervisor/health/table.h"

enum unit_verdict {
    UNIT_WELL,
    UNIT_IDLE,      /* nobody asked for it: it does not count */
    UNIT_UNREADY,   /* may still become well */
    UNIT_UNHEALTHY, /* its probe says so */
    UNIT_FAILED,
};

enum pod_verdict { POD_HEALTHY, POD_DEGRADED, POD_STARTING, POD_UNHEALTHY, POD_STOPPING };

/* A unit without probe is well when it is active, or when it ran, ended with success and is still
 * wanted. */
enum unit_verdict unit_verdict(const struct row *row);
enum pod_verdict pod_verdict(const struct table *table);
/* Whether all critical units are well and the pod does not stop. */
bool pod_is_ready(const struct table *table);

const char *pod_verdict_string(enum pod_verdict verdict);
const char *health_impact_string(unsigned impact);

#endif

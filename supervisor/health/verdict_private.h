#ifndef REEVE_HEALTH_VERDICT_PRIVATE_H
#define REEVE_HEALTH_VERDICT_PRIVATE_H

/* What verdict.c finds out and verdict_words.c puts into words. */

#include "supervisor/health/verdict.h"

/* How much the state of a unit explains, from nothing to most. */
enum trouble {
    TROUBLE_NONE,    /* well, or it does not count */
    TROUBLE_WAITING, /* not there yet */
    TROUBLE_FAULT,   /* lost, and on its way back */
    TROUBLE_UNHEALTHY,
    TROUBLE_FAILED,
};

enum trouble verdict_trouble(const struct row *row);
/* The run that was last ended badly; reset when another begins. */
bool verdict_has_failed_result(const struct row *row);
/* Of a unit that is not well; the unit itself when no other is to blame. */
const struct row *verdict_root(const struct snapshot *snapshot, const struct row *row);
/* What the unit makes of the pod; POD_HEALTHY when it does not count or is well. */
enum pod_verdict verdict_for_pod(const struct snapshot *snapshot, const struct row *row);

#endif

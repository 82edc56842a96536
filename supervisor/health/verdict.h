#ifndef REEVE_HEALTH_VERDICT_H
#define REEVE_HEALTH_VERDICT_H

/*
 * How a unit and the whole pod are, and which unit is to blame. Pure.
 *
 * The pod: stopping while it stops; else unhealthy when a critical unit has failed, is unhealthy or
 * is blocked by one that has failed; else starting when a critical unit is not yet well, or PID 1
 * has not yet told everything; else degraded when a unit with HealthImpact=degrade is not well;
 * else healthy. Reeve's own helpers and units that nobody asked for do not count.
 *
 * The root of a unit that is not well: the way goes from the unit to one that it requires and that
 * is not well either, from there on to what that one requires, and ends where all that is required
 * is well. The gravest is followed, the first by id among equals. A fault (failed, unhealthy, about
 * to be restarted after a failure) explains whatever ails those who require the unit; a unit that
 * is merely not there yet explains only that others are not there yet. Where units require each
 * other in a circle, the gravest of them is the root.
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

/* What keeps the unit from being well, if that is another unit: the root, at the end of the way.
 * NULL when the unit is well, or has its own trouble. */
const struct row *unit_blocked_by(const struct table *table, const struct row *row);
/* "redis.service failed: signal KILL", "datahub.service is blocked by redis.service, which failed:
 * signal KILL"; "" for a unit that is well. One line, valid UTF-8. */
void unit_explain(const struct table *table, const struct row *row,
                  char ret_sentence[WIRE_TEXT_SIZE]);

/* Why the pod is as it is. */
struct pod_cause {
    enum pod_verdict verdict;
    const struct row *root; /* NULL: all is well, or there is no snapshot yet */
    size_t blocked_count;   /* units that count, and are not well because of `root` */
    size_t other_count;     /* further units that are the root of something: independent causes */
    char sentence[WIRE_TEXT_SIZE]; /* for people, never empty */
};

/* Of several independent roots the gravest is named: what makes the worst of the pod's verdict,
 * then what is worst by itself. A pod that is well or stops has no root. */
void pod_explain(const struct table *table, struct pod_cause *ret_cause);

const char *pod_verdict_string(enum pod_verdict verdict);
const char *health_impact_string(unsigned impact);

#endif

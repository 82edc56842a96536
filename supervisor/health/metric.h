#ifndef REEVE_HEALTH_METRIC_H
#define REEVE_HEALTH_METRIC_H

/*
 * Lines of the Prometheus text format 0.0.4, and what becomes of them where the client would rather
 * have OpenMetrics 1.0. Pure.
 */

#include "supervisor/health/table.h"
#include "supervisor/health/text.h"

/* Before the series of a metric; the name of a counter ends in "_total". */
void metric_head(struct text *out, const char *name, const char *type, const char *help);
/* `metric{name="redis.service"`: further labels and "} VALUE\n" are the caller's. */
void metric_of_unit(struct text *out, const char *metric, const struct row *row);
/* Microseconds as seconds: "1.500000". */
void metric_seconds(struct text *out, uint64_t time_us);

/* The same in OpenMetrics: there a family of counters is called without "_total", and the text has
 * an end. */
void metric_open(const struct text *plain, struct text *out);

#endif

#ifndef REEVE_HEALTH_RENDER_H
#define REEVE_HEALTH_RENDER_H

/*
 * The answers of the health port, from the table alone. Pure: the clock and the figures about this
 * process come in as arguments. Strings of services are foreign: they leave escaped, and as UTF-8.
 */

#include "supervisor/health/table.h"
#include "supervisor/health/text.h"

/* What an answer says beside the table. */
struct render_moment {
    uint64_t realtime_us, monotonic_us;
    /* This process itself, for /metrics (names of the Prometheus client libraries). */
    uint64_t cpu_us, resident_bytes, virtual_bytes, started_realtime_us, open_fds;
};

/* /health: one JSON document. */
void render_health(const struct table *table, const struct render_moment *moment, struct text *out);

/* /metrics: Prometheus text format 0.0.4; the names of systemd_exporter where it has one. */
void render_metrics(const struct table *table, const struct render_moment *moment,
                    struct text *out);

/* /livez and /readyz: "ok", or as in Kubernetes with ?verbose a line per check. */
void render_livez(const struct table *table, bool is_verbose, struct text *out);
/* Says what is not well also without ?verbose. */
void render_readyz(const struct table *table, bool is_verbose, struct text *out);

#endif

#ifndef REEVE_HEALTH_RENDER_H
#define REEVE_HEALTH_RENDER_H

/*
 * The answers of the health port, from the table alone. Pure: the clock and the figures about this
 * process come in as arguments. Strings of services are foreign: they leave escaped, and as UTF-8.
 */

#include "supervisor/health/container.h"
#include "supervisor/health/log_counts.h"
#include "supervisor/health/table.h"
#include "supervisor/health/text.h"
#include "supervisor/health/usage.h"
#include "supervisor/wire/log_wire.h"

/* What an answer says beside the table. */
struct render_moment {
    uint64_t realtime_us, monotonic_us;
    /* This process itself, for /metrics (names of the Prometheus client libraries). */
    uint64_t cpu_us, resident_bytes, virtual_bytes, started_realtime_us, open_fds;
};

/*
 * /health: one JSON document. All but two members follow from the table, and are kept until it
 * changes: whoever asks ten thousand times a second gets mostly copies.
 */
struct health_page {
    uint64_t changes; /* table.changes that it is of */
    bool is_made;
    struct text text;
    size_t gap; /* where what the clock says goes */
};

void render_health(struct health_page *page, const struct table *table,
                   const struct render_moment *moment, struct text *out);

/* What a unit printed last. */
struct last_line {
    uint64_t realtime_us; /* 0: nothing */
    uint8_t priority;
    char text[WIRE_TEXT_SIZE];
};

struct last_lines {
    struct last_line *lines; /* index = id; NULL: nobody has asked */
    size_t count;
    uint64_t snapshot; /* table.snapshots that they are of */
    uint64_t taken;    /* counts the lines */
};

/* What /units and /events show. */
struct render_units {
    const struct table *table;
    const struct usages *usages;    /* NULL: not known */
    const struct last_lines *lines; /* NULL: not known */
    uint64_t realtime_us;
};

/* /units: {"pod":POD,"units":[UNIT,…]}. */
void render_units(const struct render_units *view, struct text *out);
/* /units/NAME, and the data of the events: each one line of JSON. */
void render_unit(const struct render_units *view, const struct row *row, struct text *out);
void render_pod(const struct render_units *view, struct text *out);
void render_probe_event(const struct row *row, const struct row_probe *probe, struct text *out);

/* /metrics: Prometheus text format 0.0.4; the names of systemd_exporter where it has one. */
void render_metrics(const struct table *table, const struct render_moment *moment,
                    struct text *out);

/* Further parts of it: the rest of what units show, and the container. */
void render_unit_metrics(const struct render_units *view, struct text *out);
void render_log_metrics(const struct unit_totals_list *list, struct text *out); /* NULL: unknown */
void render_container(const struct container *container, struct text *out);

/* A line of a log, of which at most RENDER_LOG_TEXT_MAX bytes are shown: for people, with its
 * newline; as one JSON object, without. */
enum { RENDER_LOG_TEXT_MAX = 16 * 1024 };
void render_log_text(const struct log_packet *packet, struct text *out);
void render_log_json(const struct log_packet *packet, struct text *out);

/* /readyz and /startupz: "ok", or as in Kubernetes a line per check: with ?verbose, and of what is
 * not well also without. */
struct render_checks {
    const struct table *table;
    const char *title; /* "readyz" */
    bool is_verbose;
    bool is_settled;             /* passed once and for all: nothing is looked at */
    const char *const *excludes; /* names of units that do not count */
    size_t exclude_count;
};

/* Whether all critical units are well, and the pod does not stop. */
bool render_checks(const struct render_checks *view, struct text *out);
/* /readyz/NAME: whether the unit is well, whatever its impact. */
bool render_check(const struct table *table, const struct row *row, bool is_verbose,
                  struct text *out);
void render_livez(bool is_verbose, struct text *out);

#endif

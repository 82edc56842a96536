#ifndef REEVE_HEALTH_TABLE_H
#define REEVE_HEALTH_TABLE_H

/*
 * What PID 1 has told about the pod, and what the probes have found: the snapshot from which every
 * answer is made. Pure but for malloc.
 *
 * A WIRE_HELLO begins a new snapshot beside the present one; WIRE_SYNCED makes it the present one.
 * Until then answers come from the old one. A unit that is the same in both (name and probes) keeps
 * what was found.
 */

#include "supervisor/health/rule.h"

enum { PROBE_BUCKETS = 8, TABLE_UNITS_MAX = 65536 };

/* Upper bounds of the buckets of reeve_probe_duration_seconds, in microseconds. */
extern const uint64_t probe_bucket_us[PROBE_BUCKETS];

struct probe; /* prober.h */

/* The last answer of a probe, and the counts. */
struct probe_record {
    bool is_known; /* there was an answer in this incarnation */
    bool is_good;
    uint64_t at_realtime_us; /* when the probe began */
    uint64_t latency_us;
    char message[WIRE_TEXT_SIZE];
    /* Since the process began or the unit changed. */
    uint64_t count, failure_count, total_us;
    uint64_t buckets[PROBE_BUCKETS]; /* not cumulated */
};

/* One HealthCmd= of a unit. */
struct row_probe {
    char *command;
    char *address; /* the same for people: without a password */
    struct health health;
    struct probe_record record;
    struct probe *probe; /* owned by the prober; NULL: not made yet, or there was no memory */
    bool may_hurry;      /* rule.h */
    uint64_t probed;     /* table.changes at its last answer */
};

struct row {
    struct wire_unit unit;
    struct wire_state state;
    bool has_unit, has_state;
    struct health_pace pace; /* of all its probes; .may_hurry is each one's own */
    struct row_probe *probes;
    size_t probe_count;
    uint8_t told; /* enum wire_health_word that PID 1 has, by all we know */
    uint32_t told_incarnation;
    /* The units that it requires, by their ids in the same snapshot; valid once that is complete.
     */
    int32_t *required;
    size_t required_count;
    char *more_required; /* names from WIRE_MORE, joined by spaces; NULL: none */
    uint64_t changed;    /* table.changes when anything of it last did */
};

/* A unit is as healthy as the worst of its probes; WIRE_HEALTH_NONE without one. */
enum wire_health_word row_health(const struct row *row);
/* That probe, the first of equals: what it found is the reason. NULL without one. */
const struct row_probe *row_worst_probe(const struct row *row);

struct snapshot {
    struct wire_hello hello;
    struct wire_pod pod;
    struct row *rows; /* index = id */
    size_t count;
};

struct table {
    struct snapshot present, coming;
    bool has_present, is_coming;
    uint64_t changes;   /* counts all that an answer could show */
    uint64_t snapshots; /* counts those that became the present one */
    void (*forget)(
        struct probe *probe); /* called for the probe of a unit that is gone; may be NULL */
};

enum table_news {
    TABLE_QUIET,  /* nothing that the prober must look at */
    TABLE_ROW,    /* *ret_row changed */
    TABLE_SYNCED, /* there is a new snapshot: look at all */
};

/*
 * Takes one message in. 0; -EBADMSG when it makes no sense (unknown id, wrong order): the
 * connection is not to be trusted; -ENOMEM.
 */
int table_apply(struct table *table, const union wire_message *message, enum table_news *ret_news,
                struct row **ret_row) MUST_CHECK;
void table_release(struct table *table);

/* The row changed, or its probe was answered: for who shows changes (web.h). */
void table_touch(struct table *table, struct row *row);
void table_probed(struct table *table, struct row_probe *probe);
/* The unit of the present snapshot by its name, which may lack ".service"; NULL: there is none. */
const struct row *table_find(const struct table *table, const char *name);

/* Counts an answer. */
void probe_record_add(struct probe_record *record, bool is_good, uint64_t latency_us);

/* Fills in a WIRE_HEALTH when PID 1 does not yet know the row's word; the caller calls table_told()
 * once it went out. */
bool table_health_news(const struct row *row, union wire_message *ret_message) MUST_CHECK;
void table_told(struct row *row);

#endif

#ifndef REEVE_LOG_RULES_H
#define REEVE_LOG_RULES_H

/*
 * What a unit's files say of its lines, as PID 1 tells it (WIRE_RULES), and what has been counted
 * by it. Most units have none.
 */

#include "supervisor/log/file.h"
#include "supervisor/log/pattern.h"
#include "supervisor/log/ring.h"
#include "supervisor/unit/log_spec.h"
#include "supervisor/wire/wire.h"

struct rules {
    struct rules *next;
    char unit[WIRE_NAME_SIZE];
    char identifier[WIRE_NAME_SIZE]; /* "": of the source */
    uint8_t level, level_max;
    bool has_level_prefix, joins_lines;
    enum log_overflow overflow;
    uint64_t rate_interval_us; /* 0: no limit */
    uint32_t rate_burst;
    char *fields; /* as in a packet */
    size_t fields_length;
    struct pattern *patterns;
    struct log_file_settings file_settings;
    struct log_file *file; /* borrowed; NULL: it has none */
    unsigned awaited;      /* so many WIRE_RULE are to come */
    /* Of the limit: */
    uint64_t window_us, in_window, suppressed;
    /* Of the overflow: lines that found no room since it was told, and where to go on. */
    uint64_t dropped, told;
    char label[WIRE_NAME_SIZE]; /* identifier of what is told */
    bool is_behind;
    struct ring_cursor behind;
    struct ring_unit *kept;
};

/* The rules of that unit, made when there are none; NULL: out of memory. */
struct rules *rules_get(struct rules **list, const char *unit);
void rules_free(struct rules **list);

/* What PID 1 tells; the lists are empty until they have come. 0 or -ENOMEM. */
int rules_set(struct rules *rules, const struct wire_rules *message) MUST_CHECK;
int rules_add(struct rules *rules, const struct wire_rule *message) MUST_CHECK;

/* Whether a line is taken over; else *ret_reason says why not. *ret_suppressed lines before it were
 * beyond the limit, which is to be told; 0: nothing is. `rules` may be NULL. */
bool rules_admit(struct rules *rules, const struct log_packet *line, enum log_drop *ret_reason,
                 uint64_t *ret_suppressed);

#endif

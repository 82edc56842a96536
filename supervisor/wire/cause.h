#ifndef REEVE_WIRE_CAUSE_H
#define REEVE_WIRE_CAUSE_H

/*
 * Why a unit is as it is: from the entries of the flight recorder (history.h) to a chain of links,
 * each of which is explained by the next. reevectl why and PID 1's last words tell the same story.
 * Pure: no system call, no clock, no allocation.
 *
 * What reeve did itself is known: a start that was given up, a job that followed from another unit.
 * That a service failed by itself because something that it requires had failed shortly before is
 * only likely, and is told as such.
 */

#include "supervisor/wire/history.h"

enum {
    CAUSE_LINKS_MAX = 10,
    CAUSE_TEXT =
        1024, /* bytes that the text of a link fits into: names are at most UNIT_NAME_MAX */
    CAUSE_LIKELY_US = 10 * 1000 * 1000, /* what failed that shortly before may be the cause */
};

/* What the chain is found in. */
struct cause_pod {
    const struct history *history;
    size_t unit_count;
    /* Whether `unit` requires `on`, directly. */
    bool (*requires)(const void *context, unit_id unit, unit_id on);
    /* Its name; never NULL. */
    const char *(*name)(const void *context, unit_id unit);
    const void *context;
};

struct cause_link {
    const struct history_entry *what; /* what became of the unit */
    const struct history_entry *exit; /* the process that ended; NULL: none */
    const struct history_entry
        *reason;          /* what led to it: a job, a time-out …; NULL: nothing known */
    uint32_t restarts;    /* automatic ones in a row, this one included; … */
    uint64_t restarts_us; /* … and when the first of them was scheduled, as far as known */
    bool is_likely;       /* the link before is explained by this one only probably */
};

struct cause {
    struct cause_link links[CAUSE_LINKS_MAX]; /* the newest first */
    size_t count;                             /* 0: nothing is known */
};

void cause_find(const struct cause_pod *pod, unit_id unit, struct cause *ret_cause);

/* Where the chain ends; UNIT_NONE: it is empty. */
unit_id cause_root(const struct cause *cause);

/* The link as a sentence without its full stop, names of units included. */
void cause_text(const struct cause_pod *pod, const struct cause_link *link, char text[CAUSE_TEXT]);

/* One word for machines: "dependency", "start-limit", "failed" … */
const char *cause_word(const struct cause_link *link);

#endif

#ifndef REEVE_INIT_VIEW_H
#define REEVE_INIT_VIEW_H

/*
 * What a person sees while the pod starts: wire messages in, lines of text out. Pure: reads no
 * clock and no terminal; time and width come in as arguments. Used by the launcher, never by PID 1.
 *
 * A table has one line per unit of the pod: mark, name, state in words, health, and how long the
 * start took or is taking. reeve's own helpers and targets are left out. After the pod is up, each
 * change of a unit becomes one line of its own: view_message() leaves it in view->event.
 */

#include "supervisor/wire/wire.h"

#include <stdio.h>

enum { VIEW_EVENT_SIZE = 512, VIEW_COLUMNS_MAX = 100 };

struct view_style {
    bool has_utf8, has_colour;
};

struct view_time {
    uint64_t monotonic_us, realtime_us;
};

struct view_unit {
    struct wire_unit unit;
    struct wire_state state;
    bool has_state;
    bool is_stale;    /* not yet seen in the snapshot that is coming in */
    bool has_been_up; /* since the last clean stop */
    uint64_t lost_us; /* monotonic time at which it was lost; 0: it was not */
};

struct view {
    struct view_style style;
    struct wire_hello hello;
    struct wire_pod pod;
    struct view_unit *units; /* owned */
    size_t count, capacity;
    bool is_synced;
    uint64_t up_after_us;        /* how long the pod took to come up; 0: it has not been up yet */
    char event[VIEW_EVENT_SIZE]; /* set by view_message() when something is worth a line */
};

void view_init(struct view *view, struct view_style style);
void view_release(struct view *view);

/* Takes in one message; sets view->event ("" for none). 0 or -ENOMEM. */
int view_message(struct view *view, const union wire_message *message,
                 const struct view_time *now) MUST_CHECK;

/* Whether all that was asked for is running and healthy, or done. */
bool view_is_up(const struct view *view);

/* The first unit that has failed for good; NULL when there is none. */
const struct view_unit *view_failed(const struct view *view);

/* Writes the table, each line at most `columns` wide, and returns the number of lines. */
unsigned view_render(const struct view *view, unsigned columns, uint64_t now_us, FILE *out);

/* ---- shared by view*.c ---- */

enum { VIEW_REASON_SIZE = 96, VIEW_DURATION_SIZE = 24 };

bool view_is_shown(const struct view_unit *unit);
bool view_unit_is_up(const struct view_unit *unit);
bool view_is_restarting(const struct wire_state *state);
const struct view_unit *view_find(const struct view *view, const char *name);

/* Why a unit failed: "signal: KILL", "exit code 203/EXEC", "timeout"; "" when nothing is known. */
void view_reason(const struct wire_state *state, char text[VIEW_REASON_SIZE]);

/* "0.4 s", "12.3 s", "2 min 5 s". */
void view_duration(uint64_t duration_us, char text[VIEW_DURATION_SIZE]);

/* Writes the line for a change from `old` into view->event, or "". */
void view_describe(struct view *view, struct view_unit *unit, const struct wire_state *old,
                   const struct view_time *now);

#endif

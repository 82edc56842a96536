#ifndef REEVE_INIT_RECORDER_H
#define REEVE_INIT_RECORDER_H

/*
 * PID 1's flight recorder (wire/history.h): rings of a fixed size, there before the line, to which
 * an entry is added where something is reported anyway. An entry costs a few stores and no system
 * call; the clock is read once a turn of the loop, and what had to read it lends its time.
 */

#include "supervisor/wire/history.h"

struct pod;
struct unit_action;
struct wire_health;

struct recorder {
    struct history history;
    uint64_t now_us; /* of this turn; 0: not known yet */
    unit_id ender;   /* the unit that ends the pod; UNIT_NONE */
    struct history_entry trouble[HISTORY_TROUBLE], routine[HISTORY_ROUTINE];
    struct history_words words[HISTORY_WORDS];
};

/* Begins to record; the engine is there. */
void recorder_init(struct pod *pod);

/* Unit, kind, a and b are the caller's; time and number are filled in. */
void recorder_add(struct pod *pod, struct history_entry entry);
/* A note of the engine. */
void recorder_note(struct pod *pod, const struct unit_action *action);
/* What reeve-health says of a unit, of which `before` was the last enum wire_health_word. */
void recorder_health(struct pod *pod, const struct wire_health *health, unsigned before);
/* Somebody has just read the clock; 0: the turn is over. */
void recorder_set_time(struct pod *pod, uint64_t now_us);

/* For a reload: entries are of the units of the new set, or of none. */
void recorder_renumber(struct pod *pod, const struct unit_set *next);

#endif

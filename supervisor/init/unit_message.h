#ifndef REEVE_INIT_UNIT_MESSAGE_H
#define REEVE_INIT_UNIT_MESSAGE_H

/*
 * What a unit is, as the wire tells it: one WIRE_UNIT, and for the few units that have more to tell
 * than fits into one, WIRE_MORE messages after it. Part 0 is the WIRE_UNIT. Keeps nothing: who
 * sends remembers the number of the part.
 */

#include "supervisor/unit/unit_set.h"
#include "supervisor/wire/wire.h"

struct pod;

/* False: the unit has no such part; the message is not touched then. */
bool unit_message(const struct pod *pod, unit_id id, unsigned part,
                  union wire_message *ret_message);

#endif

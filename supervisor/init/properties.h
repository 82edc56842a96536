#ifndef REEVE_INIT_PROPERTIES_H
#define REEVE_INIT_PROPERTIES_H

/*
 * What `reevectl show` and `reevectl status` learn of a unit: systemctl's property names, each with
 * a value that is computed when it is asked for and kept nowhere. A long list of names goes out in
 * several messages; nothing is allocated.
 */

#include "supervisor/init/pod.h"

/* The next message; false when all has been told. */
bool properties_next(const struct pod *pod, const struct property_cursor *cursor,
                     union wire_message *ret_message);
/* That message has gone out. */
void properties_advance(struct property_cursor *cursor, const struct wire_property *sent);

/* The processes of the unit, as one look finds them. */
void properties_processes(struct pod *pod, unit_id id, union wire_message *ret_message);

#endif

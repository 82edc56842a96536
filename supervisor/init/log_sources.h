#ifndef REEVE_INIT_LOG_SOURCES_H
#define REEVE_INIT_LOG_SOURCES_H

/* What reeve-log is told of a unit: the read ends of its pipes, and what its files say of its
 * lines.
 */

#include "supervisor/init/pod.h"

/* All of it; whoever has heard a part before may hear it again. 0 or a negative errno. */
int log_sources_send(const struct pod *pod, int channel, unit_id id) MUST_CHECK;

/* Its WIRE_SOURCE; UNIT_NONE: that of PID 1's own messages. */
void log_sources_fill(const struct pod *pod, unit_id id, union wire_message *ret_message);

#endif

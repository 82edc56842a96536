#ifndef REEVE_INIT_LOG_PIPES_H
#define REEVE_INIT_LOG_PIPES_H

/*
 * The units' log pipes. PID 1 holds both ends of each: the read end, so that what reeve-log has not
 * read when it dies is there for the next one, and the write end for the next process of the unit.
 * A unit with StandardError=journal has a second one (adr/0023).
 */

#include "supervisor/init/pod.h"

/* Those that the unit shall have and has not. 0, -EMFILE or -ENFILE. */
int log_pipes_open(struct member *member, const struct unit_spec *spec) MUST_CHECK;
void log_pipes_close(struct member *member);

/*
 * For the end of the pod, when only helpers are left: gives up the write ends of units that are
 * down, and the pipes that nobody can write to any more and of which everything has been taken. So
 * the kernel forgets most of them on one processor while the helpers end on another.
 */
void log_pipes_finish(struct pod *pod);

#endif

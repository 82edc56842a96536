#ifndef REEVE_LOG_STORE_H
#define REEVE_LOG_STORE_H

/* What outlives us in PID 1's descriptor store (sd_pid_notify_with_fds(3)). */

#include "supervisor/unit/macro.h"

#define STORE_RING "ring"

/*
 * Calls `take` for each descriptor that a former reeve-log has left, which it owns then. Whoever
 * was there before us may have been mad: they have to be looked at.
 */
void store_take(void (*take)(void *context, const char *name, int fd), void *context);

/* Leaves it to the next one; without PID 1's ear nothing happens. */
void store_keep(const char *name, int fd);
/* What stands there by this name is not needed any more. */
void store_drop(const char *name);

#endif

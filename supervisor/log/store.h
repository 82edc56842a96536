#ifndef REEVE_LOG_STORE_H
#define REEVE_LOG_STORE_H

/* What outlives us in PID 1's descriptor store (sd_pid_notify_with_fds(3)). */

#include "supervisor/unit/macro.h"

/*
 * The descriptor that a former reeve-log has left, which the caller owns then, or -1. It stands
 * behind the wire. Whoever was there before us may have been mad: it has to be looked at.
 */
int store_take(void);

/* Leaves it to the next one, in the place of any other. Without PID 1's ear nothing happens. */
void store_keep(int fd);

#endif

#ifndef REEVE_INIT_RELOAD_H
#define REEVE_INIT_RELOAD_H

/*
 * SIGHUP and daemon-reload: builds a whole new unit set aside and swaps it in, or keeps the old
 * one. Running units keep running; a changed file takes effect at the unit's next start. Refused as
 * a whole when a file has errors or a unit that still runs has disappeared.
 */

#include "supervisor/init/pod.h"

/* The action queue must be empty. 0, or a negative errno; both are told in the log. */
int reload_units(struct pod *pod);

#endif

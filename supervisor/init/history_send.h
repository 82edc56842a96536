#ifndef REEVE_INIT_HISTORY_SEND_H
#define REEVE_INIT_HISTORY_SEND_H

/*
 * The answer to a WIRE_VERB_HISTORY, behind its snapshot: the last verdict of reeve-health and what
 * the flight recorder has. `peer->history` says how far it has got.
 */

#include "supervisor/init/pod.h"

/* 0: all of it has gone out; a negative errno: to be gone on with. */
int history_send(struct pod *pod, struct peer *peer) MUST_CHECK;

#endif

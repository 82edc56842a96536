#ifndef REEVE_INIT_CONTROL_H
#define REEVE_INIT_CONTROL_H

/*
 * The control socket, for reevectl. Open to our own uid and to root, but not to what we supervise:
 * a peer that carries a unit's seal is refused, although it has our uid.
 */

#include "supervisor/init/pod.h"

int control_open(struct pod *pod) MUST_CHECK;
/* For the loop: somebody connects. */
/* For the loop, after each round: has an effect when there was no descriptor for a connection. */
void control_listen_again(struct pod *pod);
void control_accept(void *pod, uint32_t events);

void control_request(struct pod *pod, struct peer *peer, const struct wire_request *request);
/* Gives a waiting peer its reply when the unit's job is done. */
void control_check_wait(struct pod *pod, struct peer *peer);

#endif

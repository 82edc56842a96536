#ifndef REEVE_INIT_NAMESPACES_H
#define REEVE_INIT_NAMESPACES_H

/*
 * User and network namespaces of services, made before they start (supervisor/adr/0031).
 *
 * Only a process whose memory is open to others of its user can write the maps of its user
 * namespace. A child of PID 1 has PID 1's memory until its exec, so it must not be the one. Another
 * program makes both, which is reeve itself under another name, with nothing in it: no
 * environment, no descriptors but a socket, no units. It is open to services of its user, so it has
 * a seal and with that no say at the control socket. PID 1 holds what it made for each unit as long
 * as it has the unit.
 */

#include "supervisor/init/pod.h"

#include <stdbool.h>

/*
 * For those of the members' plans that want some; what units of the pod have that are not new they
 * keep. Waits for the other program, which does nothing that takes long: a second at most, and two
 * milliseconds for each unit, twice. 0, also at boot where the place has none to give: then
 * children make them themselves, for as long as PID 1 lives, and it says so. -ECHILD later, when
 * services run that could be the reason why there are none; -ENOMEM.
 */
int namespaces_make(struct pod *pod, const struct unit_set *set, struct member *members) MUST_CHECK;

/* Whether this is the other program, and its main function: an exit status. */
bool namespaces_is_maker(char **argv);
int namespaces_maker(char **argv);

#endif

#ifndef REEVE_SANDBOX_NETWORK_H
#define REEVE_SANDBOX_NETWORK_H

/*
 * What is left of a network of one's own: loopback, for whoever has just entered a new network
 * namespace. Without CAP_NET_ADMIN in there it stays down, as in systemd; the namespace is none the
 * less private. For the child: system calls only.
 */
#include "supervisor/unit/macro.h"

void network_raise_loopback(void);

/* In two halves, as userns_make() and userns_join(), by a process that has entered the user
 * namespace to which it shall belong. */
int network_make(void) MUST_CHECK;
int network_join(int network) MUST_CHECK;

#endif

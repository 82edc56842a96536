#ifndef REEVE_INIT_READERS_H
#define REEVE_INIT_READERS_H

/*
 * Who may read log lines, and how they get to reeve-log: PID 1 makes a pair of sockets, hands one
 * end to reeve-log and the other to the reader, and hears nothing of what is said on it
 * (wire/log_wire.h). Whoever the control socket lets in may read; reeve-health always may.
 */

#include "supervisor/init/peers.h"

/*
 * Pays what peer->owes_reader says. 0 when it is paid, or waits for reeve-log to be there; -EAGAIN
 * when the peer's queue is full; another negative errno when its connection is gone.
 */
int readers_pay(struct pod *pod, struct peer *peer) MUST_CHECK;

/* A new reeve-log knows none of the readers of the one before: helpers get a connection anew. */
void readers_renew(struct peers *peers);

#endif

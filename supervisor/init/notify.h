#ifndef REEVE_INIT_NOTIFY_H
#define REEVE_INIT_NOTIFY_H

/*
 * What services say by sd_notify(3): one datagram socket for all of them; who sent is judged by the
 * kernel's credentials, never by the text. What reeve itself says: manager.h.
 */

#include "supervisor/init/pod.h"

/* Binds the socket that services get as $NOTIFY_SOCKET. */
int notify_open(struct pod *pod) MUST_CHECK;
/* NotifyAccess= as it is now: NOTIFYACCESS= may have changed it. */
enum notify_access notify_access_of(const struct pod *pod, unit_id id);
/* For the loop. */
void notify_receive(void *pod, uint32_t events);
/* After a message with descriptors could not be received, see descriptors_may_come(). */
void notify_listen_again(struct pod *pod);

#endif

#ifndef REEVE_INIT_NOTIFY_H
#define REEVE_INIT_NOTIFY_H

/*
 * sd_notify(3), both ways. In: one datagram socket for all services; who sent is judged by the
 * kernel's credentials, never by the text. Out: to whoever started reeve, without ever waiting.
 */

#include "supervisor/init/pod.h"

/* Binds the socket that services get as $NOTIFY_SOCKET, and reads whether we are watched ourselves.
 */
int notify_open(struct pod *pod) MUST_CHECK;
/* NotifyAccess= as it is now: NOTIFYACCESS= may have changed it. */
enum notify_access notify_access_of(const struct pod *pod, unit_id id);
/* For the loop. */
void notify_receive(void *pod, uint32_t events);

/* Sends to our own $NOTIFY_SOCKET, if there is one. */
void notify_send(const char *text);

#endif

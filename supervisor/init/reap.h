#ifndef REEVE_INIT_REAP_H
#define REEVE_INIT_REAP_H

/* Children that have ended, whoever started them; and units whose last process has gone. */

#include <sys/types.h>

/* Callback of SIGCHLD; the context is the pod. */
void reap_signal(void *context, int signal, pid_t sender);

#endif

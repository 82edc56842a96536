#ifndef REEVE_INIT_PRIVATE_TMP_H
#define REEVE_INIT_PRIVATE_TMP_H

/*
 * PrivateTmp=yes: a directory for all processes of a unit that is /tmp to them, and another that is
 * /var/tmp, from its start to its stop. They lie in /tmp, in a directory of ours that no service
 * with mounts of its own sees (sandbox/plan_mount_wishes.c).
 */

#include "supervisor/init/pod.h"

/* Decides where; nothing is made yet. */
void private_tmp_find(struct pod *pod);

/* Makes what is not there. 0 or a negative errno. */
int private_tmp_make(struct pod *pod, unit_id id) MUST_CHECK;

/* Removes it, whatever is in it. */
void private_tmp_remove(struct pod *pod, unit_id id);

/* The pod ends, by which time all is gone that can go within a second: our end is waited for. */
void private_tmp_finish(struct pod *pod);

#endif

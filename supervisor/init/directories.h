#ifndef REEVE_INIT_DIRECTORIES_H
#define REEVE_INIT_DIRECTORIES_H

/* StateDirectory= and its kin: where they are, and making them (systemd.exec(5),
 * RuntimeDirectory=). */

#include "supervisor/init/pod.h"

/*
 * Makes the unit's directories, with parents, and gives them to the unit's user and their mode. 0
 * or a negative errno; *ret_exit_status gets systemd's status for the kind that failed (238
 * STATE_DIRECTORY …) and ret_path (size PATH_MAX) what could not be made.
 */
int directories_make(const struct pod *pod, unit_id id, int *ret_exit_status,
                     char *ret_path) MUST_CHECK;

/* Removes those of RuntimeDirectory=, whatever is in them. */
void directories_remove(struct pod *pod, unit_id id);

#endif

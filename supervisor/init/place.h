#ifndef REEVE_INIT_PLACE_H
#define REEVE_INIT_PLACE_H

/* Where we are: the directories and names that specifiers and services need, found out once at
 * boot. */

#include "supervisor/init/options.h"
#include "supervisor/init/pod.h"

/*
 * Fills in everything of struct pod_place but the runtime directory. Reads /etc/passwd as a file,
 * never through NSS. 0, or a negative errno when memory is short.
 */
int place_find(struct pod_place *place, const struct options *options) MUST_CHECK;

/*
 * Finds and makes the runtime directory ($REEVE_RUNTIME_DIR, /run/reeve, $XDG_RUNTIME_DIR/reeve,
 * /tmp/reeve-UID: the first that is ours and can be written). For after the privileges are gone.
 * -EACCES: none.
 */
int place_make_runtime(struct pod_place *place, const struct options *options) MUST_CHECK;

/* State that will not survive: below the runtime directory, when nothing better can be written. */
int place_use_volatile_state(struct pod_place *place) MUST_CHECK;

#endif

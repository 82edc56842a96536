#ifndef REEVE_INIT_RELOAD_H
#define REEVE_INIT_RELOAD_H

/*
 * SIGHUP and daemon-reload: builds a whole new unit set aside and swaps it in, or keeps the old
 * one. Running units keep running; a changed file takes effect at the unit's next start. A unit
 * that runs and has no files any more stays as it was, until it stops, and cannot be started; the
 * first reload after that drops it. Refused as a whole when a file has errors.
 */

#include "supervisor/init/pod.h"

/* The action queue must be empty. 0, or a negative errno; both are told in the log. */
/* Whether a reload that does not find the unit's files may leave it out: it rests, and the pod was
 * not started for it. */
bool reload_may_drop(const struct pod *pod, unit_id id);
/* The others of the pod's present set that the next one has not found. 0, -EBUSY (reported) or
 * -ENOMEM. */
int reload_adopt(const struct pod *pod, struct unit_set *next,
                 struct problem_sink *sink) MUST_CHECK;
int reload_units(struct pod *pod);

#endif

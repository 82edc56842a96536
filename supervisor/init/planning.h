#ifndef REEVE_INIT_PLANNING_H
#define REEVE_INIT_PLANNING_H

/* Whom each unit of a set runs as and how it is locked up, decided before anything starts. */

#include "supervisor/init/pod.h"

/*
 * Fills in identity and plan of each member; problems go to the sink. 0 or an exit status: 217 for
 * a user or group that there is not, 226 for a sandbox that cannot be had here.
 */
int planning_make(struct pod *pod, struct unit_set *set, struct member *members,
                  struct problem_sink *sink) MUST_CHECK;

#endif

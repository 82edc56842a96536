#ifndef REEVE_UNIT_GRAPH_H
#define REEVE_UNIT_GRAPH_H

/* Names to edges, and what must not be among them. Internal to the unit set. */

#include "supervisor/unit/unit_set.h"

/* Fills set->edges. Missing and pointless dependencies are reported. 0 or -ENOMEM. */
int graph_build(struct unit_set *set, struct problem_sink *sink) MUST_CHECK;

enum { GRAPH_CYCLES_MAX = 8 }; /* that are named; more would bury the first */

/*
 * Reports ordering cycles: a warning that names the members, "a <- b" for "b waits for a", and what
 * becomes of it when they are started (transaction.c), then a note per edge with the place where it
 * was written. An error when a helper of reeve is in it. 0 or -ENOMEM.
 */
int graph_find_cycles(struct unit_set *set, struct problem_sink *sink) MUST_CHECK;

#endif

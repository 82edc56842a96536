#ifndef REEVE_UNIT_UNIT_LOAD_H
#define REEVE_UNIT_UNIT_LOAD_H

/* From the texts of one unit to its spec. Internal to the unit set. */

#include "supervisor/unit/unit_set.h"

struct reading;

/*
 * 0 and a spec in the set's arena, -EBADMSG when there were errors (all reported), -ENOMEM. The
 * name is valid and of that kind; the set is not changed otherwise.
 */
int unit_load(struct unit_set *set, const struct unit_source *source, struct problem_sink *sink,
              struct unit_spec **ret_spec) MUST_CHECK;

/* unit_check.c: what systemd checks once a service is complete, and the defaults that depend on
 * others. */
int unit_check(struct reading *reading) MUST_CHECK;

#endif

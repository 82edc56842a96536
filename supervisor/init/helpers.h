#ifndef REEVE_INIT_HELPERS_H
#define REEVE_INIT_HELPERS_H

/*
 * reeve's own helpers are units like any other, only that reeve brings them itself: the same
 * restart policy, the same sandbox, the same log. They start first and stop last.
 */

#include "supervisor/unit/unit_set.h"

/* Where units may have users of their own, the helpers have one without rights, too. */
int helpers_add(struct unit_set *set, bool have_user, struct problem_sink *sink) MUST_CHECK;

#endif

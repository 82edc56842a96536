#ifndef REEVE_INIT_HELPERS_H
#define REEVE_INIT_HELPERS_H

/*
 * reeve's own helpers are units like any other, only that reeve brings them itself: the same
 * restart policy, the same sandbox, the same log. They start first and stop last.
 */

#include "supervisor/unit/unit_set.h"

struct helpers_options {
    bool have_user;   /* units may have users of their own: so they have one without rights */
    bool are_watched; /* reeve is below a watchdog, and so is reeve-health */
};

/* When all units are there: where one of them has a LogFile=, reeve-log has a directory for it. */
void helpers_give_logs(struct unit_set *set);

int helpers_add(struct unit_set *set, const struct helpers_options *options,
                struct problem_sink *sink) MUST_CHECK;

#endif

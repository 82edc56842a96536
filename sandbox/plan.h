#ifndef REEVE_SANDBOX_PLAN_H
#define REEVE_SANDBOX_PLAN_H

/*
 * From what a unit asks to what its child process will do between fork and exec.
 *
 * sandbox_plan_make() runs at load time, in the parent: it may allocate, may fail, and says of every
 * directive that this place cannot enforce where it was written. sandbox_apply() (apply.h) runs in the
 * child: only prepared data and system calls.
 */

#include "sandbox/abilities.h"
#include "supervisor/unit/problem.h"
#include "supervisor/unit/unit_spec.h"

struct sandbox_plan;

struct sandbox_context {
    const struct sandbox_abilities *abilities;
    uint64_t seal;          /* of the unit, see seal.h */
    uid_t uid;              /* that services run as: PID 1's own */
    string_list own_paths; /* absolute: the unit's state, runtime, … directories; may not exist yet */
};

/*
 * 0 and a plan, to be freed with sandbox_plan_free(); -EOPNOTSUPP when a directive cannot be enforced
 * here and SandboxPolicy=strict (reported); -ENOMEM.
 */
int sandbox_plan_make(const struct unit_spec *spec, const struct sandbox_context *context,
                      struct problem_sink *sink, struct sandbox_plan **ret_plan) MUST_CHECK;

/* Accepts NULL. */
void sandbox_plan_free(struct sandbox_plan *plan);

#endif

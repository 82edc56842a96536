#ifndef REEVE_SANDBOX_APPLY_H
#define REEVE_SANDBOX_APPLY_H

/*
 * Turns the calling process, a freshly forked child, into what its plan says. No allocation, no
 * stdio, no locks. The caller has already done: signal dispositions, setsid, descriptors; and does
 * afterwards: signal mask, exec. The order of steps and its reasons: SANDBOX notes in
 * sandbox/README.md.
 */

#include "sandbox/plan.h"
#include "sandbox/stage.h"

/* With how much of its plan a command runs. */
enum sandbox_scope {
    SANDBOX_ALL = 0,                      /* everything but the seal and the filter */
    SANDBOX_WITHOUT_USER = 1 << 0,        /* "!": as the user and with the groups of PID 1 */
    SANDBOX_MASK_ONLY = 1 << 1,           /* "+": the mode mask */
    SANDBOX_WITHOUT_CREDENTIALS = 1 << 2, /* of a command that gets none */
};

/*
 * fork(2) for a command of this plan: 0 in the child. With PrivatePIDs= the child is the first
 * process of a namespace of its own, where getpid() is 1; the parent gets its number as the parent
 * sees it. A negative errno in the parent. scope: enum sandbox_scope
 */
pid_t sandbox_fork(const struct sandbox_plan *plan, unsigned scope) MUST_CHECK;
/* The user namespace in which such a child has to be born, by mounts_fork_inside(); -1: by
 * sandbox_fork(). scope: enum sandbox_scope */
int sandbox_plan_birthplace(const struct sandbox_plan *plan, unsigned scope);
bool sandbox_plan_is_first_process(const struct sandbox_plan *plan, unsigned scope);

/* Such a command's OOMScoreAdjust=, for oom_score_give(); NULL: none. */
const char *sandbox_plan_oom_score(const struct sandbox_plan *plan, unsigned scope);

/* Whether such a command has LimitNOFILE= of its own. */
bool sandbox_plan_limits_files(const struct sandbox_plan *plan, unsigned scope);

/* All return 0, or a negative errno with *ret_failure set. scope: enum sandbox_scope */
int sandbox_apply_command(const struct sandbox_plan *plan, unsigned scope,
                          struct stage_failure *ret_failure) MUST_CHECK;

/* The seal, which is for us and not for the service: the first step, of every command. `key`: see
 * seal_guard(). */
int sandbox_apply_seal(const struct sandbox_plan *plan, uint64_t key,
                       struct stage_failure *ret_failure) MUST_CHECK;

/*
 * The filter, which must be the last step before exec; it always allows execve, write and
 * exit_group, so that a failed exec can still be told.
 */
int sandbox_apply_filter(const struct sandbox_plan *plan,
                         struct stage_failure *ret_failure) MUST_CHECK;

#endif

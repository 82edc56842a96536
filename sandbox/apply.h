#ifndef REEVE_SANDBOX_APPLY_H
#define REEVE_SANDBOX_APPLY_H

/*
 * Turns the calling process, a freshly forked child, into what its plan says. No allocation, no
 * stdio, no locks. The caller has already done: signal dispositions, setsid, descriptors; and does
 * afterwards: signal mask, exec. The order of steps and its reasons: SANDBOX notes in
 * sandbox/README.md.
 */

#include "sandbox/plan.h"

/*
 * Everything but the seccomp filter. 0, or a negative errno with *ret_exit_status set to the exit
 * status that systemd gives for the failed step (exit_status.h).
 */
int sandbox_apply(const struct sandbox_plan *plan, int *ret_exit_status) MUST_CHECK;

/* The same, but as the user and with the groups that PID 1 has: for a command with "!". */
int sandbox_apply_without_user(const struct sandbox_plan *plan, int *ret_exit_status) MUST_CHECK;

/* Only the seal, for a command with "+". */
int sandbox_apply_seal(const struct sandbox_plan *plan, int *ret_exit_status) MUST_CHECK;

/*
 * The filter, which must be the last step before exec; it always allows execve, write and
 * exit_group, so that a failed exec can still be told.
 */
int sandbox_apply_filter(const struct sandbox_plan *plan, int *ret_exit_status) MUST_CHECK;

#endif

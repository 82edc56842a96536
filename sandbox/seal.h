#ifndef REEVE_SANDBOX_SEAL_H
#define REEVE_SANDBOX_SEAL_H

/*
 * The seal: how PID 1 knows, without cgroups and without a process per service, which unit any
 * process belongs to, through double forks, setsid and re-parenting.
 *
 * RLIMIT_RTTIME counts CPU microseconds of real-time scheduled processes; near 2^63 it has no
 * effect. Before exec the child lowers it, soft and hard, to a value that encodes the unit. The
 * kernel hands limits down to all descendants, nobody can raise a hard limit without
 * CAP_SYS_RESOURCE, and the service's seccomp filter refuses to set this limit at all, so it cannot
 * be lowered either. /proc/PID/limits shows it.
 */

#include "supervisor/unit/macro.h"
#include "supervisor/unit/unit_spec.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * The seal of a unit. `nonce` tells two supervisors apart (a reeve below a reeve, or two of them in
 * one PID namespace); the same unit keeps its seal over restarts and reloads.
 */
uint64_t seal_make(uint32_t nonce, uint32_t number);

/* Splits a limit value; false when it is no seal with this nonce. */
bool seal_split(uint64_t value, uint32_t nonce, uint32_t *ret_number);

/* Sets the seal on the calling process: 0 or a negative errno. For the child, before exec. `key`:
 * that of the guard, or 0. */
int seal_apply(uint64_t seal, uint64_t key) MUST_CHECK;

/*
 * The guard: a filter for PID 1 itself, which all its children inherit, and which refuses to set a
 * seal to whoever has not the key, and any limit of PID 1 by its number. With it a unit that asks
 * for no filter needs none of its own, which would cost a third of its start (adr/0016). Needs
 * no_new_privs. The key must stay in memory that no service can read. 0 with a key that is not 0,
 * or a negative errno: -ENOTSUP where system calls have no room for a key.
 */
int seal_guard(uint64_t *ret_key) MUST_CHECK;

/*
 * Reads the limit of any process in our PID namespace: 0 with *ret_value, -ENODATA when it has no
 * seal (infinity), -ESRCH when there is no such process, another negative errno.
 */
int seal_read(pid_t pid, uint64_t *ret_value) MUST_CHECK;

#endif

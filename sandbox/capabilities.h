#ifndef REEVE_SANDBOX_CAPABILITIES_H
#define REEVE_SANDBOX_CAPABILITIES_H

/*
 * Capabilities. Questions are asked through libcap, in the parent; the child changes its sets with
 * bare system calls, because libcap allocates.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>

#define CAPABILITIES_ALL UINT64_MAX

/* In this process' effective set? The names of those that we ask for, so that no other file needs
 * libcap. */
bool capabilities_may_set_bounding(void); /* CAP_SETPCAP */
bool capabilities_may_raise_limits(void); /* CAP_SYS_RESOURCE */
bool capabilities_may_raise_nice(void);   /* CAP_SYS_NICE */
bool capabilities_may_become(void);       /* CAP_SETUID, CAP_SETGID, CAP_KILL: anybody else */

/* Bit per capability of the bounding set that we have now. */
uint64_t capabilities_bounding(void);
/* The same of the permitted set. */
uint64_t capabilities_permitted(void);

/*
 * For the child, in two steps, since the second takes the rights that a change of user in between
 * needs. 0 or a negative errno.
 *
 * First, nothing outside `keep` in the bounding set. Without CAP_SETPCAP the bounding set stays,
 * which does no harm: with no_new_privs, exec grants nothing that the permitted set has not got.
 */
int capabilities_limit(uint64_t keep) MUST_CHECK;
/* Then nothing outside `keep` in the permitted, effective and inheritable sets, and in the ambient
 * set what is in `ambient`. */
int capabilities_settle(uint64_t keep, uint64_t ambient) MUST_CHECK;

#endif

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

/* Bit per capability of the bounding set that we have now. */
uint64_t capabilities_bounding(void);

/*
 * For the child: nothing outside `keep` in the bounding, permitted, effective and inheritable sets;
 * no ambient capability. Without CAP_SETPCAP the bounding set stays, which does no harm: with
 * no_new_privs, exec grants nothing that the permitted set has not got. 0 or a negative errno.
 */
int capabilities_restrict(uint64_t keep) MUST_CHECK;

#endif

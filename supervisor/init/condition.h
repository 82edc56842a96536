#ifndef REEVE_INIT_CONDITION_H
#define REEVE_INIT_CONDITION_H

/*
 * Condition…= and Assert…= (systemd.unit(5), CONDITIONS AND ASSERTS), asked of the system. Nothing
 * here waits or allocates; what asks the file system asks it as an ordinary stat() does. Names of
 * users and groups are those of /etc/passwd and /etc/group as far as reeve needs them, never NSS.
 */

#include "supervisor/unit/unit_spec.h"
#include "supervisor/unit/unit_set.h"

/* What conditions may ask for that is not the system's. */
struct condition_context {
    const struct unit_roots *roots;
    uid_t uid; /* of reeve and its services */
    gid_t gid;
};

/*
 * Whether all conditions (or all asserts) of the list hold. If not, *ret_culprit is the one that
 * does not; one with "|" stands for all of its kind.
 */
bool conditions_hold(const struct condition *list, bool is_assert,
                     const struct condition_context *context,
                     const struct condition **ret_culprit) MUST_CHECK;

#endif

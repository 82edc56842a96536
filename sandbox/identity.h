#ifndef REEVE_SANDBOX_IDENTITY_H
#define REEVE_SANDBOX_IDENTITY_H

/*
 * Who a service runs as: User=, Group= and SupplementaryGroups=, as numbers. Names are looked up by
 * whoever fills this in, at load time; the child only makes system calls.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { SANDBOX_GROUPS_MAX = 256 }; /* supplementary groups of one service */

struct sandbox_identity {
    bool has_uid, has_gid, has_groups; /* what changes; the rest stays as reeve itself is */
    uid_t uid;
    gid_t gid;
    size_t group_count; /* supplementary groups: all that the service shall have */
    const gid_t *groups;
};

/* Groups first, then the group: both need rights that go with the user. 0 or a negative errno. */
int identity_apply_groups(const struct sandbox_identity *identity) MUST_CHECK;

/*
 * The user. Of the capabilities in `ambient` the new user keeps the permitted ones, for
 * capabilities_settle(); the kernel takes all others when root becomes somebody else.
 */
int identity_apply_user(const struct sandbox_identity *identity, uint64_t ambient) MUST_CHECK;

#endif

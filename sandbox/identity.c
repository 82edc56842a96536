#include "sandbox/identity.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Bare system calls: the C library's functions change all threads of the process, and look for them
 * in memory.
 */

int identity_apply_groups(const struct sandbox_identity *identity)
{
    gid_t gid = identity->gid;

    if (identity->has_groups && syscall(SYS_setgroups, identity->group_count, identity->groups) < 0)
        return -errno;
    if (identity->has_gid && syscall(SYS_setresgid, gid, gid, gid) < 0)
        return -errno;
    return 0;
}

int identity_apply_user(const struct sandbox_identity *identity, uint64_t ambient)
{
    uid_t uid = identity->uid;

    if (!identity->has_uid)
        return 0;
    /* The exec takes it back. */
    if (ambient != 0 && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
        return -errno;
    return syscall(SYS_setresuid, uid, uid, uid) < 0 ? -errno : 0;
}

#ifndef REEVE_SANDBOX_MOUNT_POOL_H
#define REEVE_SANDBOX_MOUNT_POOL_H

/*
 * One small tmpfs for what a namespace gets anew: what hides (a file and a directory without
 * rights) and an empty /dev. Copies of its parts are mounted, which is cheaper than a file system
 * for each. Only what is mounted can be copied (before Linux 6.15), so it lies where something else
 * will cover it.
 */

#include "sandbox/mount_spot.h"
#include "sandbox/mounts.h"

struct mount_pool {
    const struct mount_spots *spots; /* of who owns the pool */
    int tree;                        /* -1: there is none */
    const char *parking;             /* where it is to be taken away again; NULL: it is covered */
};

/* If the plan needs one. `trees` are those that will be mounted, by entry. 0 or a negative errno,
 * then with the entry that needs it in *ret_step. */
int mount_pool_make(struct mount_pool *pool, const struct mount_plan *plan, const int *trees,
                    int *ret_step) MUST_CHECK;

/* New trees to be mounted, or a negative errno. */
int mount_pool_nothing(const struct mount_pool *pool, bool is_directory) MUST_CHECK;
int mount_pool_devices(const struct mount_pool *pool) MUST_CHECK; /* writable */

/* When all is mounted. 0 or a negative errno. */
int mount_pool_finish(struct mount_pool *pool) MUST_CHECK;

void mount_pool_release(struct mount_pool *pool);

#endif

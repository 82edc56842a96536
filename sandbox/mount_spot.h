#ifndef REEVE_SANDBOX_MOUNT_SPOT_H
#define REEVE_SANDBOX_MOUNT_SPOT_H

/*
 * Where in the tree something is taken or mounted, for the child. Paths are looked up without
 * following links. What is directly in / or in /proc is found by its name from there, which costs
 * no descriptor: most of what is closed is. That is for places where nobody can put a link, so for
 * / only where it does not belong to the user of the services.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>

struct mount_spots {
    int root; /* -1: what is in it has its path */
    int proc; /* /proc as it is at the moment; -1: likewise */
    bool trusts_root, owns_proc;
};

struct mount_spot {
    int at;           /* O_PATH; a negative errno: there is no such place */
    const char *name; /* in it, where it may be missing all the same; "": it is it */
    int owned;        /* what release has to close; -1 */
};

#define cleanup_mount_spot __attribute__((cleanup(mount_spot_release)))

/* Where owners are still who they are, so before a user namespace. Root's / is for ordinary users
 * to rely on. */
void mount_spots_init(struct mount_spots *spots);
/* In the namespace that the spots are for. */
void mount_spots_open(struct mount_spots *spots);
/* The tree is mounted on /proc now; it has to outlive the spots. */
void mount_spots_renew(struct mount_spots *spots, int tree);
/* From then on everything has its path. */
void mount_spots_close(struct mount_spots *spots);

struct mount_spot mount_spot_find(const struct mount_spots *spots, const char *path);
/* Of a place that was found: 1 or 0, or a negative errno. */
int mount_spot_is_directory(const struct mount_spot *spot) MUST_CHECK;
void mount_spot_release(struct mount_spot *spot);

#endif

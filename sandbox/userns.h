#ifndef REEVE_SANDBOX_USERNS_H
#define REEVE_SANDBOX_USERNS_H

/*
 * A user namespace of the calling process' own in which it is who it was: one line of the map, its
 * user to itself. Never root inside, so that no exec gives a capability. For the child: system
 * calls only, and none that another process of the same memory would notice but one (below).
 */

#include "supervisor/unit/macro.h"

#include <stddef.h>
#include <sys/types.h>

enum { ID_MAP_SIZE = 64 };

/* "1001 1001 1\n" */
struct userns_maps {
    char uid[ID_MAP_SIZE], gid[ID_MAP_SIZE];
};

void userns_maps_init(struct userns_maps *maps, uid_t uid, gid_t gid);

/*
 * Enters new CLONE_NEW… namespaces, and maps the user in the user namespace: a new one with
 * CLONE_NEWUSER, else that which the process was born in (mounts_fork()). The memory of the process
 * is dumpable for a moment, so it must be a copy: 0 or a negative errno. The process has all
 * capabilities in the namespace afterwards, and in no other.
 */
int userns_enter(const struct userns_maps *maps, int flags) MUST_CHECK;

#endif

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
    uid_t user;
    gid_t group;
    char uid[ID_MAP_SIZE], gid[ID_MAP_SIZE];
};

void userns_maps_init(struct userns_maps *maps, uid_t uid, gid_t gid);

/*
 * Enters new CLONE_NEW… namespaces, and maps the user in the user namespace: a new one with
 * CLONE_NEWUSER, else that which the process was born in (mounts_fork()). The memory of the process
 * is dumpable for a moment: whoever is of its user, and behind no wall, can read it then, and take
 * its descriptors. So it is nothing for a copy of PID 1, unless no namespace was made in advance. 0
 * or a negative errno. The process has all capabilities in the namespace afterwards, and in no
 * other.
 */
int userns_enter(const struct userns_maps *maps, int flags) MUST_CHECK;

/*
 * The same in two halves (supervisor/adr/0031). A process that has nothing to hide makes a user
 * namespace, and ends in there: a descriptor of it, close-on-exec, or a negative errno. Then
 * processes of the user who made it may enter it, as often as they like.
 */
int userns_make(const struct userns_maps *maps) MUST_CHECK;
int userns_join(int user_namespace) MUST_CHECK;

#endif

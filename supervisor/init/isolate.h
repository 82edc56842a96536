#ifndef REEVE_INIT_ISOLATE_H
#define REEVE_INIT_ISOLATE_H

/*
 * `reeve --isolate`: a container without a container engine, and what PID 1 does to its place
 * before it gives up its privileges. Runs before "the line after which we do not die": errors come
 * back with one sentence for the user.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>
#include <sys/types.h>

enum { ISOLATE_TEXT_SIZE = 512 };

/* Why something failed, for a person: what, where, errno in words, and what to do about it. */
struct isolate_failure {
    int exit_status; /* systemd's: 226 NAMESPACE, 238 STATE_DIRECTORY, … */
    char text[ISOLATE_TEXT_SIZE];
};

/*
 * Forks a child that is PID 1 of new PID, mount, IPC and UTS namespaces (and of a new user
 * namespace, with the caller mapped to `uid`:`gid`, when the caller is not root). Like fork():
 * returns the child's pid in the parent and 0 in the child, or a negative errno with *failure
 * filled in. The child gets SIGKILL when the parent dies (PR_SET_PDEATHSIG), so that nothing is
 * left behind.
 */
pid_t isolate_fork(uid_t uid, gid_t gid, struct isolate_failure *failure) MUST_CHECK;

struct isolate_layout {
    const char *
        state_directory; /* absolute; created if missing; the only part of the tree left writable */
    const char *const
        *reachable; /* absolute, NULL-terminated: program, unit and state directories that
                       `uid` must be able to enter even if the clone lies below /root */
    uid_t uid;
    gid_t gid;
};

/*
 * In the child: own /proc, private propagation, everything read-only, tmpfs on /tmp, /run and
 * /dev/shm, the state directory writable and owned by `uid`. A directory that `uid` cannot reach
 * because an ancestor is closed (a clone below /root) stays visible at the same path: the closed
 * ancestor is covered by a tmpfs that shows only the way to it. 0 or a negative errno with
 * *failure.
 */
int isolate_mounts(const struct isolate_layout *layout, struct isolate_failure *failure) MUST_CHECK;

/*
 * For good: uid, gid, no groups, empty capability sets and bounding set, securebits where allowed,
 * no_new_privs, not dumpable. Verifies that nothing can be taken back. Already being an ordinary
 * user is fine. Root that lacks CAP_SETUID is refused with the advice to start as that user.
 */
int isolate_drop_privileges(uid_t uid, gid_t gid, struct isolate_failure *failure) MUST_CHECK;

/*
 * For a pod whose services have users of their own (--user 0): root keeps the capabilities that the
 * container has. No supplementary groups, no_new_privs, not dumpable.
 */
int isolate_stay_root(gid_t gid, struct isolate_failure *failure) MUST_CHECK;

#endif

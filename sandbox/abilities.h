#ifndef REEVE_SANDBOX_ABILITIES_H
#define REEVE_SANDBOX_ABILITIES_H

/*
 * What this place allows, found by trying, once, at boot: never concluded from the kernel's
 * version, the user id or a file in /proc/sys. Each attempt that could leave a trace runs in a
 * throw-away child.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>

/* What a cgroup of its own can hold for a service. */
enum cgroup_ability {
    CGROUP_MEMORY = 1 << 0,
    CGROUP_SWAP = 1 << 1,
    CGROUP_TASKS = 1 << 2,
    CGROUP_CPU = 1 << 3,
    CGROUP_ZSWAP = 1 << 4,
    CGROUP_CPUSET = 1 << 5,
    CGROUP_IO = 1 << 6,
    CGROUP_IO_WEIGHT = 1 << 7, /* the kernel has a scheduler or a cost model that knows weights */
};

struct sandbox_abilities {
    bool seccomp;           /* no_new_privs and a filter */
    bool mount_namespace;   /* mounts.h with MOUNT_RUNG_NAMESPACE */
    bool user_namespace;    /* mounts.h with MOUNT_RUNG_USER, for somebody who is not root */
    bool network_namespace; /* besides one of the two */
    bool small_namespaces;  /* IPC and UTS: likewise */
    bool fresh_proc;        /* MOUNT_PROC in our own mount namespace */
    bool private_pids; /* MOUNT_PROC in a PID namespace, by the right that mounts are had with */
    bool identity;     /* services may run as anybody: CAP_SETUID, CAP_SETGID, CAP_KILL */
    bool memory_deny;  /* PR_SET_MDWE */
    bool seal;         /* RLIMIT_RTTIME can be lowered and read back from /proc/PID/limits */
    bool seal_guard;   /* seal_guard(): with the key it can be set, without it cannot */
    bool has_cgroup;   /* PID 1 may make them; it alone knows, and fills in these four */
    bool is_cgroup_unknown;    /* whoever is not PID 1 sees nothing that would hinder it */
    unsigned cgroup;           /* enum cgroup_ability, or-ed */
    const char *cgroup_reason; /* why there is none; NULL: not looked at */
    int landlock_abi;          /* 0: none */
    int mount_errno, user_errno, landlock_errno; /* why not; 0 when it works */
};

/* 0, or a negative errno when even the attempts could not be made (no memory, no process). */
int sandbox_abilities_probe(struct sandbox_abilities *ret_abilities) MUST_CHECK;

#endif

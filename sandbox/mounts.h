#ifndef REEVE_SANDBOX_MOUNTS_H
#define REEVE_SANDBOX_MOUNTS_H

/*
 * A mount namespace of a service's own: what is to be seen, written and executed at which path,
 * and making it so in the child.
 *
 * Whoever makes the list (mount_list.h) has decided everything; here are only prepared system
 * calls. First a copy of each part of the tree that needs attributes of its own is taken hold of,
 * in the state in which it is (open_tree(2)); then the root gets its attributes, with all that is
 * below it; then the copies are put onto their paths, parents first. So nothing that was writable
 * is ever made writable again, which the kernel refuses for what a more privileged namespace has
 * locked (/proc, the root of a container).
 *
 * A bind on "/" is a new root (RootDirectory=): it is entered when all that comes from outside is
 * taken, and every other path is one in there.
 *
 * Paths are looked up without following links: they were resolved when the plan was made, and who
 * has put a link there since wants to lead us elsewhere.
 */

#include "sandbox/credentials.h"
#include "sandbox/userns.h"

#include <stdbool.h>
#include <stdint.h>

enum { MOUNTS_MAX = 256 }; /* of one service: each holds a descriptor while the child starts */

/* Whose right to mount it is. */
enum mount_rung {
    MOUNT_RUNG_NONE,
    MOUNT_RUNG_NAMESPACE, /* ours: CAP_SYS_ADMIN */
    MOUNT_RUNG_USER,      /* that of a user namespace */
};

enum mount_kind {
    MOUNT_SELF,        /* what is there already, with attributes of its own */
    MOUNT_BIND,        /* what is at `source` */
    MOUNT_TMPFS,       /* empty; `source`: options, pairs of key and value, each with its NUL */
    MOUNT_HIDDEN,      /* nothing, with no rights, whether directory or file */
    MOUNT_DEVICES,     /* /dev with the devices that are none; `source`: mount_devices.h, or NULL */
    MOUNT_PROC,        /* a new one; `source`: options, as above */
    MOUNT_CREDENTIALS, /* the unit's own, if it gets any, and nobody else's */
};

enum mount_flag {
    MOUNT_OPTIONAL = 1 << 0,  /* may be missing, or out of reach */
    MOUNT_READ_ONLY = 1 << 1, /* and all that is mounted below it */
    MOUNT_NO_EXEC = 1 << 2,   /* likewise */
    MOUNT_WRITABLE = 1 << 3,  /* with MOUNT_LATE: although what lies above is not */
    MOUNT_EXEC = 1 << 4,      /* likewise */
    MOUNT_LATE = 1 << 5,    /* is taken when what is above it is in place: a part of a bind, say */
    MOUNT_MAKE = 1 << 6,    /* a directory or file to mount on is made if there is none … */
    MOUNT_COVERED = 1 << 7, /* … but only when what lies above is in place */
    MOUNT_FLAT = 1 << 8,    /* a bind without what is mounted below its source */
};

struct mount_entry {
    const char *path;
    const char *source;    /* see enum mount_kind */
    const char *directive; /* a constant, for messages */
    uint16_t flags;        /* enum mount_flag */
    uint8_t kind;          /* enum mount_kind */
};

/* Entries are sorted by path, so that what is above comes first. */
struct mount_plan {
    const struct mount_entry *entries;
    uint16_t count;
    uint8_t rung;     /* enum mount_rung */
    bool has_network; /* a network namespace as well (PrivateNetwork=) */
    bool has_ipc;     /* one for shared memory, semaphores and message queues (PrivateIPC=) */
    bool has_uts;     /* one for the host's name (ProtectHostname=) */
    bool has_pids;    /* one for processes (PrivatePIDs=): mounts_fork() */
    bool has_user_namespace; /* with MOUNT_RUNG_NAMESPACE: one besides, which the caller enters
                                when it has no more need of its rights (PrivateUsers=) */
    struct userns_maps maps;
};

/* The process ends up in a user namespace of its own. */
static inline bool mount_plan_ends_inside(const struct mount_plan *plan)
{
    return plan && (plan->rung == MOUNT_RUNG_USER || plan->has_user_namespace);
}

/* With MOUNT_RUNG_USER, what was made in advance (userns.h) for all processes of a plan:
 * descriptors, or -1 for what each of them makes for itself. */
struct made_namespaces {
    int user;
    int network; /* belongs to that of users */
};

#define MADE_NAMESPACES_NONE                                                                       \
    {                                                                                              \
        .user = -1, .network = -1                                                                  \
    }

/*
 * fork(2) for a process that will enter the mounts of the plan, which may be NULL. Who is to be the
 * first process of a namespace of its own has to be born in it, and in the user namespace that it
 * takes where the rung is MOUNT_RUNG_USER: a new one, in which it is nobody until mounts_enter().
 */
pid_t mounts_fork(const struct mount_plan *plan) MUST_CHECK;

/*
 * The same where the user namespace was made in advance. It takes a process that goes between,
 * which enters it for good: it calls this, and ends. Returns 0 in the child, which is that of its
 * parent; *ret_pid, in memory that both of them see, is the child's number, or a negative errno.
 */
pid_t mounts_fork_inside(int user_namespace, pid_t *ret_pid) MUST_CHECK;

enum { MOUNT_STEP_NAMESPACE = -1 }; /* it was not at an entry, but at the namespace itself */

/* What MOUNT_CREDENTIALS is filled with. */
struct mount_credentials {
    const struct credential_pack *pack; /* NULL: nothing */
    const char *unit;
    const struct sandbox_identity *owner; /* NULL: whoever we are */
};

/*
 * For the child; `credentials` may be NULL for a plan that has no place for them. 0 or a negative
 * errno, then with the index of the entry in *ret_step, or MOUNT_STEP_NAMESPACE. With
 * MOUNT_RUNG_USER the process must be a copy and has all capabilities of its user namespace
 * afterwards, which the caller takes away (capabilities.h).
 */
int mounts_enter(const struct mount_plan *plan, const struct mount_credentials *credentials,
                 const struct made_namespaces *made, int *ret_step) MUST_CHECK;

#endif

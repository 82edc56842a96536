#ifndef REEVE_INIT_CGROUP_PLACE_H
#define REEVE_INIT_CGROUP_PLACE_H

/*
 * The part of the cgroup tree (version 2) that is ours, if this place gives us one; adr/0020. PID 1
 * moves into a child of its own, init.scope, so that controllers can be handed to its siblings, one
 * for each service (cgroup.h).
 */

#include "supervisor/unit/macro.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct cgroup_place {
    int root_fd;           /* of the directory; -1: there is none for us … */
    const char *reason;    /* … why: a constant */
    unsigned controllers;  /* that each service has: enum cgroup_ability of sandbox/abilities.h */
    size_t mount_length;   /* of `directory`; what follows is its name in the tree */
    uint64_t memory_total; /* what MemoryMax=100% is */
    uint64_t tasks_total;
    char directory[PATH_MAX]; /* absolute */
};

/*
 * Settles there, by trying, for a PID 1 that will be `uid`. Without a place for us all stays as it
 * was. Processes that are not ours are never moved: where there are some, the place is not for us.
 */
void cgroup_place_settle(struct cgroup_place *place, uid_t uid);

/* For the end, when all units have left: we go back to where we came from, and nothing is left. */
void cgroup_place_leave(struct cgroup_place *place);

/* The path of our cgroup in the hierarchy of `controller` ("" for version 2), as /proc/self/cgroup
 * has it, in PATH_MAX bytes; "" when there is none. */
void cgroup_find_own(const char *controller, char *ret_path);

/* A small file below a directory, read or written at once. 0 or a negative errno. */
int cgroup_write(int directory, const char *path, const char *text) MUST_CHECK;
/* "" when it cannot be read. */
void cgroup_read(int directory, const char *path, char *text, size_t size);
/* The number that the file consists of, "max" being UINT64_MAX; false when there is none. */
bool cgroup_read_number(int directory, const char *path, uint64_t *ret_number);

#endif

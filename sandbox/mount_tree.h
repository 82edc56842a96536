#ifndef REEVE_SANDBOX_MOUNT_TREE_H
#define REEVE_SANDBOX_MOUNT_TREE_H

/*
 * Mounts by descriptors, for the child: open_tree(2), move_mount(2), mount_setattr(2), fsmount(2).
 * All return a descriptor or 0, or a negative errno.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>
#include <sys/mount.h>

/* What is at the path (O_PATH), on which no link is followed. */
int mount_tree_find(const char *path) MUST_CHECK;

/* A copy of what is there, or if `name` is not empty of that in it; not yet mounted itself. flags:
 * AT_RECURSIVE. */
int mount_tree_copy(int at, const char *name, unsigned flags) MUST_CHECK;

/* A new file system, not yet mounted. Options are pairs of key and value, each with its NUL, and
 * one more; a key alone has an empty value. */
int mount_tree_new(const char *type, const char *options, unsigned attributes) MUST_CHECK;

/* Mounts it on the target, or if `name` is not empty on that in the target. */
int mount_tree_move(int tree, int target, const char *name) MUST_CHECK;

/* flags: AT_RECURSIVE */
int mount_tree_change(int tree, struct mount_attr attributes, unsigned flags) MUST_CHECK;

/* By enum mount_flag of mounts.h, with all that is mounted below. */
int mount_tree_dress(int tree, unsigned mount_flags) MUST_CHECK;

bool mount_tree_is_directory(int fd);

/* An empty file to mount on. */
int mount_tree_make_file(int parent, const char *name) MUST_CHECK;

/* The directories to the absolute path and what to mount on there; links are not followed. */
int mount_tree_make_way(const char *path, bool is_directory) MUST_CHECK;

#endif

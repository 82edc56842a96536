#ifndef REEVE_SANDBOX_MOUNT_LIST_H
#define REEVE_SANDBOX_MOUNT_LIST_H

/*
 * From what the directives of a unit wish for to the shortest list of mounts (mounts.h). Pure, but
 * for the memory.
 *
 * The nearest wish above a file decides over it; of several for one path the strictest does, but
 * for the unit's own directories, which stay writable. What says no more than what is above it is
 * left out. What is below something hidden is left out as well, unless the service cannot do
 * without: then the hidden directory is one that leads there and shows nothing else.
 */

#include "sandbox/mounts.h"

/* The later is the stronger. */
enum wish_write {
    WISH_AS_ABOVE,
    WISH_READ_ONLY_UNLESS, /* … another says something else */
    WISH_WRITABLE,
    WISH_READ_ONLY,
    WISH_OWN,
};
enum wish_exec { WISH_EXEC_AS_ABOVE, WISH_EXEC, WISH_NO_EXEC };

struct mount_wish {
    char *path;            /* absolute, without links; owned by the list */
    char *source;          /* likewise; of a tmpfs and a new /proc: its options (mounts.h) */
    const char *directive; /* a constant */
    size_t source_size;    /* with all NULs; 0: as that of a string */
    enum mount_kind kind;
    enum wish_write write;
    enum wish_exec exec;
    bool is_optional, is_flat;
    bool is_kept;  /* is to be seen although something above it is covered */
    size_t number; /* by mount_list_add(): of equal ones the first counts */
    /* by mount_list_settle() */
    bool is_dropped, is_covered, was_hidden;
    uint16_t flags;
};

struct mount_list {
    struct mount_wish *wishes;
    size_t count;
};

/* Takes the strings, also on failure; NULL for a path means that there was no memory for it. 0 or
 * -ENOMEM. */
int mount_list_add(struct mount_list *list, struct mount_wish wish) MUST_CHECK;

/* Sorts, merges and drops: what is left are the wishes that are not dropped. 0, -ENOMEM, or -E2BIG
 * when it is more than MOUNTS_MAX. */
int mount_list_settle(struct mount_list *list) MUST_CHECK;

/* A plan with all its strings in one piece of memory, for free(3). 0 or -ENOMEM. */
int mount_list_plan(const struct mount_list *list, struct mount_plan **ret_plan) MUST_CHECK;

void mount_list_release(struct mount_list *list);

/* Whether `path` is `ancestor` or lies below it. */
bool mount_path_is_below(const char *path, const char *ancestor);

#endif

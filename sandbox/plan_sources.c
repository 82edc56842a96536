#include "sandbox/plan_private.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Who may read where the credentials of a service come from: what is well kept in its copy may lie
 * open in the original. Asked in the parent, at load time, by modes and by the reader's own mounts;
 * lists of groups and access control lists are not looked at.
 */

struct reader {
    const struct mount_plan *mounts; /* NULL: it sees all */
    uid_t uid;
    gid_t gid;
};

static bool is_allowed(const struct reader *reader, const char *path, unsigned right)
{
    struct stat status;
    unsigned shift = 0;

    if (stat(path, &status) < 0)
        return false;
    if (status.st_uid == reader->uid)
        shift = 6;
    else if (status.st_gid == reader->gid)
        shift = 3;
    return reader->uid == 0 || (status.st_mode >> shift & right) != 0;
}

/* What is above it must be passed through. */
static bool can_reach(const struct reader *reader, char *path, unsigned right)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        bool is_open;

        *slash = '\0';
        is_open = is_allowed(reader, path, 1);
        *slash = '/';
        if (!is_open)
            return false;
    }
    return is_allowed(reader, path, right);
}

/* What is covered in one place may be bound to another, or back. */
static bool is_bound(const struct reader *reader, const char *path)
{
    for (size_t i = 0; reader->mounts && i < reader->mounts->count; i++) {
        const struct mount_entry *entry = &reader->mounts->entries[i];

        if (entry->kind == MOUNT_BIND && mount_path_is_below(path, entry->source))
            return true;
    }
    return false;
}

/* The nearest decides, which comes last; a part of what is there then says nothing of its own. */
static bool is_covered(const struct reader *reader, const char *path)
{
    size_t i = reader->mounts && !is_bound(reader, path) ? reader->mounts->count : 0;

    while (i-- > 0) {
        const struct mount_entry *entry = &reader->mounts->entries[i];
        bool is_part = entry->kind == MOUNT_SELF && entry->flags & MOUNT_LATE;

        if (!is_part && mount_path_is_below(path, entry->path))
            return entry->kind == MOUNT_HIDDEN || entry->kind == MOUNT_TMPFS;
    }
    return false;
}

static bool reads(const struct reader *reader, const char *path)
{
    char *resolved = realpath(path, NULL);
    bool is_read = resolved && can_reach(reader, resolved, 4) && !is_covered(reader, resolved);

    free(resolved);
    return is_read;
}

/* What is not there yet may come with any mode: who gets to where it will be is taken to read it,
 * and so is anybody when that is behind a link that leads nowhere yet. */
static bool reads_once_there(const struct reader *reader, const char *path)
{
    char *place = strdup(path), *resolved = NULL;
    struct stat status;
    bool is_read;

    while (place && lstat(place[0] ? place : "/", &status) < 0)
        *strrchr(place, '/') = '\0';
    if (place)
        resolved = realpath(place[0] ? place : "/", NULL);
    is_read = !resolved || (can_reach(reader, resolved, 1) && !is_covered(reader, resolved));
    free(place);
    free(resolved);
    return is_read;
}

/* Of an import the whole store, of which any part may be meant. */
static bool reads_from(const struct reader *reader, const char *store,
                       const struct credential_item *item)
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof(path), "%s/%s", store,
                          item->kind == CREDENTIAL_IMPORT ? "." : item->source);

    return length > 0 && (size_t)length < sizeof(path) && reads(reader, path);
}

static bool reads_item(const struct reader *reader, const struct credential_plan *plan,
                       const struct credential_item *item)
{
    if (item->kind == CREDENTIAL_SET)
        return false; /* it is in the unit file, and the verdict says so */
    if (item->kind == CREDENTIAL_LOAD && item->source[0] == '/')
        return access(item->source, F_OK) < 0 && errno == ENOENT
                   ? reads_once_there(reader, item->source)
                   : reads(reader, item->source);
    if (plan->received && reads_from(reader, plan->received, item))
        return true;
    for (const char *const *store = credential_stores; *store; store++)
        if (reads_from(reader, *store, item))
            return true;
    return false;
}

bool sandbox_plan_reads_sources(const struct sandbox_plan *plan, const struct sandbox_plan *reader,
                                uid_t uid, gid_t gid)
{
    const struct sandbox_identity *identity = reader->identity;
    struct reader who = { .mounts = reader->mounts, .uid = uid, .gid = gid };

    if (identity && identity->has_uid)
        who.uid = identity->uid;
    if (identity && identity->has_gid)
        who.gid = identity->gid;
    for (uint16_t i = 0; plan->credentials && i < plan->credentials->count; i++)
        if (reads_item(&who, plan->credentials, &plan->credentials->items[i]))
            return true;
    return false;
}

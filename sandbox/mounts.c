#include "sandbox/mounts.h"

#include "sandbox/mount_devices.h"
#include "sandbox/mount_spot.h"
#include "sandbox/mount_tree.h"
#include "sandbox/network.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* A child at work. */
struct entering {
    const struct mount_plan *plan;
    const struct mount_credentials *credentials;
    int trees[MOUNTS_MAX]; /* of each entry; -1: there is nothing to be done */
    struct mount_devices devices;
    struct mount_spots spots;
    int nothing;         /* what hides, to be copied; -1 */
    const char *parking; /* where it is to be taken away again; NULL: nowhere */
};

/* One thing to do with an entry. */
typedef int step(struct entering *entering, size_t index);

/* Puts the tree where the entry says. */
static int put(struct entering *entering, const struct mount_entry *entry, int tree)
{
    cleanup_mount_spot struct mount_spot target = mount_spot_find(&entering->spots, entry->path);
    int r;

    if (target.at == -ENOENT && (entry->flags & MOUNT_MAKE)) {
        r = mount_tree_make_way(entry->path, mount_tree_is_directory(tree));
        if (r < 0)
            return r;
        target = mount_spot_find(&entering->spots, entry->path);
    }
    r = target.at < 0 ? target.at : mount_tree_move(tree, target.at, target.name);
    if (r == 0 && strcmp(entry->path, "/proc") == 0)
        mount_spots_renew(&entering->spots, tree);
    return r;
}

/* --- first: what is there now --- */

static bool may_lack(const struct mount_entry *entry, int error)
{
    return (entry->flags & MOUNT_OPTIONAL) &&
           (error == -ENOENT || error == -ENOTDIR || error == -EACCES);
}

static int take(struct entering *entering, size_t index)
{
    const struct mount_entry *entry = &entering->plan->entries[index];
    const char *path = entry->kind == MOUNT_BIND ? entry->source : entry->path;
    cleanup_mount_spot struct mount_spot spot = mount_spot_find(&entering->spots, path);
    int tree = spot.at;

    if (spot.at >= 0)
        tree = mount_tree_copy(spot.at, spot.name, entry->flags & MOUNT_FLAT ? 0 : AT_RECURSIVE);
    if (tree < 0)
        return may_lack(entry, tree) ? 0 : tree;
    entering->trees[index] = tree;
    return mount_tree_dress(tree, entry->flags);
}

static bool has_below(const struct mount_plan *plan, const char *prefix)
{
    for (size_t i = 0; i < plan->count; i++)
        if (strncmp(plan->entries[i].path, prefix, strlen(prefix)) == 0)
            return true;
    return false;
}

/* A directory on which something will be mounted: whatever is there until then is gone for good. */
static int find_parking(const struct entering *entering)
{
    for (size_t i = 0; i < entering->plan->count; i++) {
        const struct mount_entry *entry = &entering->plan->entries[i];
        int at = entry->flags & MOUNT_LATE || strcmp(entry->path, "/") == 0
                     ? -1
                     : mount_tree_find(entry->path);

        if (at >= 0 && mount_tree_is_directory(at) &&
            (entering->trees[i] >= 0 || entry->kind == MOUNT_HIDDEN))
            return at;
        fd_close(at);
    }
    return -ENOENT;
}

/*
 * Only what is mounted can be copied. To take it away again costs the kernel a wait for all its
 * processors, so that is the exception: when files are all that is hidden.
 */
static int park(struct entering *entering, int tree)
{
    cleanup_fd int place = find_parking(entering);

    if (place == -ENOENT) {
        entering->parking = has_below(entering->plan, "/proc/") ? "/sys" : "/proc";
        place = mount_tree_find(entering->parking);
    }
    return place < 0 ? place : mount_tree_move(tree, place, "");
}

static int fill_nothing(int tree)
{
    struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };
    int file = openat(tree, "file", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);

    if (file < 0)
        return -errno;
    fd_close(file);
    return mkdirat(tree, "directory", 0) < 0 ? -errno : mount_tree_change(tree, read_only, 0);
}

static int make_nothing(struct entering *entering)
{
    static const char options[] = "mode\0"
                                  "0\0"
                                  "size\0"
                                  "4k\0"
                                  "nr_inodes\0"
                                  "4\0";
    int r;

    entering->nothing =
        mount_tree_new("tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
    r = entering->nothing < 0 ? entering->nothing : fill_nothing(entering->nothing);
    return r < 0 ? r : park(entering, entering->nothing);
}

/* For the first that needs it, and all others. */
static int make_nothing_if_needed(struct entering *entering, int *ret_step)
{
    for (size_t i = 0; i < entering->plan->count; i++) {
        if (entering->plan->entries[i].kind == MOUNT_HIDDEN) {
            int r = make_nothing(entering);

            *ret_step = r < 0 ? (int)i : *ret_step;
            return r;
        }
    }
    return 0;
}

static int prepare(struct entering *entering, size_t index)
{
    const struct mount_entry *entry = &entering->plan->entries[index];
    int r = 0;

    switch ((enum mount_kind)entry->kind) {
    case MOUNT_SELF:
        return entry->flags & MOUNT_LATE || strcmp(entry->path, "/") == 0 ? 0
                                                                          : take(entering, index);
    case MOUNT_BIND:
        r = take(entering, index);
        break;
    case MOUNT_DEVICES:
        r = mount_devices_take(&entering->devices);
        break;
    case MOUNT_HIDDEN:
        return 0;
    case MOUNT_TMPFS:
    case MOUNT_PROC:
    case MOUNT_CREDENTIALS:
        break;
    }
    /* Now, because soon nobody can write there; what cannot be made is missed later. */
    if (r == 0 && (entry->flags & MOUNT_MAKE) && !(entry->flags & MOUNT_COVERED) &&
        access(entry->path, F_OK) < 0)
        (void)!mount_tree_make_way(entry->path,
                                   entry->kind != MOUNT_BIND ||
                                       mount_tree_is_directory(entering->trees[index]));
    return r;
}

/* --- then: everything in its place --- */

static int put_new(struct entering *entering, size_t index, int tree)
{
    if (tree < 0)
        return tree;
    entering->trees[index] = tree;
    return put(entering, &entering->plan->entries[index], tree);
}

static int hide(struct entering *entering, size_t index)
{
    const struct mount_entry *entry = &entering->plan->entries[index];
    cleanup_mount_spot struct mount_spot target = mount_spot_find(&entering->spots, entry->path);
    int tree, r;

    if (target.at < 0)
        return may_lack(entry, target.at) ? 0 : target.at;
    tree = mount_tree_copy(entering->nothing,
                           mount_spot_is_directory(&target) ? "directory" : "file", 0);
    if (tree < 0)
        return tree;
    r = mount_tree_move(tree, target.at, target.name);
    if (r < 0) {
        fd_close(tree);
        return may_lack(entry, r) ? 0 : r;
    }
    entering->trees[index] = tree;
    return 0;
}

static int put_devices(struct entering *entering, size_t index)
{
    static const char options[] = "mode\0"
                                  "0755\0"
                                  "size\0"
                                  "4m\0"
                                  "nr_inodes\0"
                                  "64k\0";
    int tree = mount_tree_new("tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
    int r = put_new(entering, index, tree);

    return r < 0 ? r : mount_devices_put(&entering->devices, tree);
}

/* As large as it may be, in pages, and read-only soon. */
static int put_credentials(struct entering *entering, size_t index)
{
    static const char options[] = "mode\0"
                                  "0755\0"
                                  "size\0"
                                  "8m\0"
                                  "nr_inodes\0"
                                  "2k\0";
    const struct mount_credentials *credentials = entering->credentials;
    int tree =
        mount_tree_new("tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
    int r = put_new(entering, index, tree);

    if (r < 0 || !credentials->pack)
        return r;
    return credentials_unpack(credentials->pack, tree, credentials->unit, credentials->owner);
}

static unsigned tmpfs_attributes(unsigned flags)
{
    return MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (flags & MOUNT_NO_EXEC ? MOUNT_ATTR_NOEXEC : 0);
}

static int place(struct entering *entering, size_t index)
{
    const struct mount_entry *entry = &entering->plan->entries[index];
    int r = 0;

    switch ((enum mount_kind)entry->kind) {
    case MOUNT_SELF:
        if (entry->flags & MOUNT_LATE)
            r = take(entering, index);
        break;
    case MOUNT_BIND:
        break;
    case MOUNT_TMPFS:
        return put_new(entering, index,
                       mount_tree_new("tmpfs", entry->source, tmpfs_attributes(entry->flags)));
    case MOUNT_HIDDEN:
        return hide(entering, index);
    case MOUNT_CREDENTIALS:
        return put_credentials(entering, index);
    case MOUNT_DEVICES:
        return put_devices(entering, index);
    case MOUNT_PROC:
        return put_new(entering, index,
                       mount_tree_new("proc", entry->source,
                                      MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC));
    }
    return r < 0 || entering->trees[index] < 0 ? r : put(entering, entry, entering->trees[index]);
}

/* What could not be read-only as long as something was put into it. */
static int close_way(struct entering *entering, size_t index)
{
    const struct mount_entry *entry = &entering->plan->entries[index];
    struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };

    if (entry->kind != MOUNT_TMPFS && entry->kind != MOUNT_DEVICES &&
        entry->kind != MOUNT_CREDENTIALS)
        return 0;
    return entry->flags & MOUNT_READ_ONLY ? mount_tree_change(entering->trees[index], read_only, 0)
                                          : 0;
}

/* Read back by the path, as the service will come. */
static int verify(struct entering *entering, size_t index)
{
    const struct mount_entry *entry = &entering->plan->entries[index];
    bool is_root = strcmp(entry->path, "/") == 0;
    struct statvfs status;

    if (entering->trees[index] < 0 && !is_root)
        return 0;
    if (statvfs(entry->path, &status) < 0)
        return errno == EACCES ? 0 : -errno;
    if ((entry->flags & MOUNT_READ_ONLY || entry->kind == MOUNT_HIDDEN) &&
        !(status.f_flag & ST_RDONLY))
        return -EBADMSG;
    return entry->flags & MOUNT_NO_EXEC && !(status.f_flag & ST_NOEXEC) ? -EBADMSG : 0;
}

/* --- the story --- */

static int each(struct entering *entering, step *do_step, int *ret_step)
{
    for (size_t i = 0; i < entering->plan->count; i++) {
        int r = do_step(entering, i);

        if (r < 0) {
            *ret_step = (int)i;
            return r;
        }
    }
    return 0;
}

/* All that has no attributes of its own has those of the root. */
static int dress_root(const struct mount_plan *plan)
{
    cleanup_fd int root = mount_tree_find("/");

    if (plan->count == 0 || strcmp(plan->entries[0].path, "/") != 0)
        return 0;
    return root < 0 ? root : mount_tree_dress(root, plan->entries[0].flags);
}

static int arrange(struct entering *entering, int *ret_step)
{
    int r;

    mount_spots_open(&entering->spots);
    r = each(entering, prepare, ret_step);
    if (r == 0)
        r = make_nothing_if_needed(entering, ret_step);
    if (r == 0) {
        r = dress_root(entering->plan);
        *ret_step = r < 0 ? 0 : *ret_step;
    }
    if (r == 0)
        r = each(entering, place, ret_step);
    if (r == 0 && entering->parking && umount2(entering->parking, MNT_DETACH) < 0)
        r = -errno;
    if (r == 0)
        r = each(entering, close_way, ret_step);
    return r < 0 ? r : each(entering, verify, ret_step);
}

static int enter_namespace(const struct mount_plan *plan)
{
    int flags = CLONE_NEWNS | (plan->has_network ? CLONE_NEWNET : 0);

    if (plan->rung == MOUNT_RUNG_USER) {
        int r = userns_enter(&plan->maps, flags);

        if (r < 0)
            return r;
    } else if (unshare(flags) < 0)
        return -errno;
    if (plan->has_network)
        network_raise_loopback();
    /* Nothing that is mounted outside later shall come in. */
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ? -errno : 0;
}

static void init(struct entering *entering, const struct mount_plan *plan,
                 const struct mount_credentials *credentials)
{
    *entering = (struct entering){
        .plan = plan, .credentials = credentials, .spots.proc = -1, .nothing = -1
    };
    for (size_t i = 0; i < plan->count; i++)
        entering->trees[i] = -1;
    mount_devices_init(&entering->devices);
}

static void finish(struct entering *entering)
{
    mount_spots_close(&entering->spots);
    for (size_t i = 0; i < entering->plan->count; i++)
        fd_close(entering->trees[i]);
    mount_devices_release(&entering->devices);
    fd_close(entering->nothing);
}

int mounts_enter(const struct mount_plan *plan, const struct mount_credentials *credentials,
                 int *ret_step)
{
    struct entering entering;
    mode_t mask = umask(0022);
    int r;

    *ret_step = MOUNT_STEP_NAMESPACE;
    init(&entering, plan, credentials);
    r = enter_namespace(plan);
    if (r == 0)
        r = arrange(&entering, ret_step);
    finish(&entering);
    umask(mask);
    return r;
}

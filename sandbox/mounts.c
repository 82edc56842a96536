#include "sandbox/mounts.h"

#include "sandbox/clone.h"
#include "sandbox/mount_devices.h"
#include "sandbox/mount_list.h"
#include "sandbox/mount_pool.h"
#include "sandbox/mount_spot.h"
#include "sandbox/mount_tree.h"
#include "sandbox/network.h"
#include "sandbox/new_root.h"
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
    struct mount_pool pool;
};

/* One thing to do with an entry. */
typedef int step(struct entering *entering, size_t index);

static int put_on(const struct mount_spots *spots, const char *path, int tree)
{
    cleanup_mount_spot struct mount_spot target = mount_spot_find(spots, path);

    return target.at < 0 ? target.at : mount_tree_move(tree, target.at, target.name);
}

/* Puts the tree where the entry says. */
static int put(struct entering *entering, const struct mount_entry *entry, int tree)
{
    int r = put_on(&entering->spots, entry->path, tree);

    if (r == -ENOENT && (entry->flags & MOUNT_MAKE)) {
        r = mount_tree_make_way(entry->path, mount_tree_is_directory(tree));
        if (r == 0)
            r = put_on(&entering->spots, entry->path, tree);
    }
    if (r == 0 && strcmp(entry->path, "/proc") == 0)
        mount_spots_renew(&entering->spots, tree);
    return r;
}

/* RootDirectory= */
static bool is_new_root(const struct mount_plan *plan, size_t index)
{
    return index == 0 && plan->count > 0 && plan->entries[0].kind == MOUNT_BIND &&
           strcmp(plan->entries[0].path, "/") == 0;
}

/* --- first: what is there now --- */

/* What would get the very attributes of the root is taken when that has them. */
static bool is_like_root(const struct mount_plan *plan, const struct mount_entry *entry)
{
    const unsigned attributes = MOUNT_READ_ONLY | MOUNT_NO_EXEC | MOUNT_WRITABLE | MOUNT_EXEC;
    const struct mount_entry *root = &plan->entries[0];

    return entry->kind == MOUNT_SELF && !(entry->flags & MOUNT_LATE) && root->kind == MOUNT_SELF &&
           strcmp(root->path, "/") == 0 &&
           (entry->flags & attributes) == (root->flags & attributes);
}

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
    /* A new root is still to get places to mount on: new_root.c. */
    if (is_new_root(entering->plan, index) || is_like_root(entering->plan, entry))
        return 0;
    return mount_tree_dress(tree, entry->flags);
}

static int prepare(struct entering *entering, size_t index)
{
    const struct mount_entry *entry = &entering->plan->entries[index];
    int r = 0;

    switch ((enum mount_kind)entry->kind) {
    case MOUNT_SELF:
        if (entry->flags & MOUNT_LATE || strcmp(entry->path, "/") == 0 ||
            is_like_root(entering->plan, entry))
            return 0;
        return take(entering, index);
    case MOUNT_BIND:
        r = take(entering, index);
        break;
    case MOUNT_DEVICES:
        r = mount_devices_take(&entering->devices, entry->source, entry->flags);
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

static int take_like_root(struct entering *entering, size_t index)
{
    const struct mount_entry *entry = &entering->plan->entries[index];
    bool is_root = strcmp(entry->path, "/") == 0;

    return is_root || !is_like_root(entering->plan, entry) ? 0 : take(entering, index);
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
    int tree, r = target.at < 0 ? target.at : mount_spot_is_directory(&target);

    /* Asked first: to give up a copy costs the kernel a wait for all its processors. */
    if (r < 0)
        return may_lack(entry, r) ? 0 : r;
    tree = mount_pool_nothing(&entering->pool, r);
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
    int tree = mount_pool_devices(&entering->pool);
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
        if (is_new_root(entering->plan, index))
            return 0; /* it is where it belongs */
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

/* What could not be read-only as long as something was put into it, or came without that. */
static int close_way(struct entering *entering, size_t index)
{
    const struct mount_entry *entry = &entering->plan->entries[index];
    struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };

    if (entry->kind != MOUNT_TMPFS && entry->kind != MOUNT_DEVICES && entry->kind != MOUNT_PROC &&
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
    bool is_restricted =
        entry->flags & (MOUNT_READ_ONLY | MOUNT_NO_EXEC) || entry->kind == MOUNT_HIDDEN;
    struct statvfs status;

    if (!is_restricted || (entering->trees[index] < 0 && !is_root))
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

    if (plan->count == 0 || strcmp(plan->entries[0].path, "/") != 0 || is_new_root(plan, 0))
        return 0;
    return root < 0 ? root : mount_tree_dress(root, plan->entries[0].flags);
}

/* What is above it is the new root itself, so the place for it is to be there when that is still
 * writable. */
static int make_place(struct entering *entering, size_t index)
{
    const struct mount_entry *entries = entering->plan->entries;
    int tree = entering->trees[index], r;

    for (size_t i = 1; i < index; i++)
        if (entries[i].kind != MOUNT_SELF &&
            mount_path_is_below(entries[index].path, entries[i].path))
            return 0;
    if (index == 0 || !(entries[index].flags & MOUNT_MAKE) ||
        access(entries[index].path, F_OK) == 0)
        return 0;
    r = mount_tree_make_way(entries[index].path, tree < 0 || mount_tree_is_directory(tree));
    if (r < 0 && entries[index].flags & MOUNT_OPTIONAL && tree >= 0)
        entering->trees[index] = fd_close(tree);
    return entries[index].flags & MOUNT_OPTIONAL ? 0 : r;
}

static int change_root(struct entering *entering, int *ret_step)
{
    const struct mount_entry *root = &entering->plan->entries[0];
    int tree = entering->trees[0], r = tree < 0 ? -ENOENT : new_root_enter(tree, root->source);

    *ret_step = 0;
    mount_spots_close(&entering->spots);
    if (r == 0)
        r = each(entering, make_place, ret_step);
    return r < 0 ? r : mount_tree_dress(tree, root->flags);
}

static int arrange(struct entering *entering, int *ret_step)
{
    int r;

    mount_spots_open(&entering->spots);
    r = each(entering, prepare, ret_step);
    if (r == 0 && is_new_root(entering->plan, 0))
        r = change_root(entering, ret_step);
    if (r == 0) {
        r = dress_root(entering->plan);
        *ret_step = r < 0 ? 0 : *ret_step;
    }
    if (r == 0)
        r = each(entering, take_like_root, ret_step);
    if (r == 0)
        r = mount_pool_make(&entering->pool, entering->plan, entering->trees, ret_step);
    if (r == 0)
        r = each(entering, place, ret_step);
    if (r == 0)
        r = mount_pool_finish(&entering->pool);
    if (r == 0)
        r = each(entering, close_way, ret_step);
    return r < 0 ? r : each(entering, verify, ret_step);
}

pid_t mounts_fork_inside(int user_namespace, pid_t *ret_pid)
{
    pid_t pid = setns(user_namespace, CLONE_NEWUSER) < 0
                    ? -1
                    : clone_told(CLONE_NEWPID | CLONE_PARENT | CLONE_PARENT_SETTID, ret_pid);

    if (pid < 0)
        *ret_pid = -errno;
    return pid;
}

/* Nobody else shares our memory, so the C library's own fork() has nothing to add but the number of
 * the thread, which only locks of a kind that we have none of look at. */
pid_t mounts_fork(const struct mount_plan *plan)
{
    unsigned long flags = CLONE_NEWPID;
    pid_t pid;

    if (!plan || !plan->has_pids) {
        pid = fork();
        return pid < 0 ? -errno : pid;
    }
    if (plan->rung == MOUNT_RUNG_USER)
        flags |= CLONE_NEWUSER;
    pid = clone_self(flags);
    return pid < 0 ? -errno : pid;
}

static int enter_user_namespace(const struct mount_plan *plan, const struct made_namespaces *made,
                                int flags)
{
    int r = 0;

    if (made->user < 0)
        return userns_enter(&plan->maps, flags | (plan->has_pids ? 0 : CLONE_NEWUSER));
    if (!plan->has_pids) /* else it was born in there */
        r = userns_join(made->user);
    if (r == 0 && made->network >= 0)
        r = network_join(made->network);
    return r < 0 || unshare(flags) == 0 ? r : -errno;
}

static int enter_namespace(const struct mount_plan *plan, const struct made_namespaces *made)
{
    bool makes_network = plan->has_network && made->network < 0;
    int flags = CLONE_NEWNS | (makes_network ? CLONE_NEWNET : 0) |
                (plan->has_ipc ? CLONE_NEWIPC : 0) | (plan->has_uts ? CLONE_NEWUTS : 0);

    if (plan->rung == MOUNT_RUNG_USER) {
        int r = enter_user_namespace(plan, made, flags);

        if (r < 0)
            return r;
    } else if (unshare(flags) < 0)
        return -errno;
    if (makes_network)
        network_raise_loopback();
    /* Nothing that is mounted outside later shall come in. */
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ? -errno : 0;
}

static void init(struct entering *entering, const struct mount_plan *plan,
                 const struct mount_credentials *credentials)
{
    *entering = (struct entering){ .plan = plan,
                                   .credentials = credentials,
                                   .pool = { .spots = &entering->spots, .tree = -1 } };
    mount_spots_init(&entering->spots);
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
    mount_pool_release(&entering->pool);
}

int mounts_enter(const struct mount_plan *plan, const struct mount_credentials *credentials,
                 const struct made_namespaces *made, int *ret_step)
{
    struct entering entering;
    mode_t mask = umask(0022);
    int r;

    *ret_step = MOUNT_STEP_NAMESPACE;
    init(&entering, plan, credentials);
    r = enter_namespace(plan, made);
    if (r == 0)
        r = arrange(&entering, ret_step);
    finish(&entering);
    umask(mask);
    return r;
}

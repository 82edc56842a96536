#include "sandbox/mounts.h"

#include "sandbox/mount_tree.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Of /dev for MOUNT_DEVICES: systemd.exec(5), PrivateDevices=. What this place lacks is left out.
 */
static const char *const devices[] = {
    "null", "zero", "full", "random", "urandom", "tty", "pts", "shm", "mqueue", "hugepages", "log",
};

static const struct device_link {
    const char *name, *target;
} device_links[] = {
    { "fd", "/proc/self/fd" },       { "stdin", "/proc/self/fd/0" },
    { "stdout", "/proc/self/fd/1" }, { "stderr", "/proc/self/fd/2" },
    { "core", "/proc/kcore" },       { "ptmx", "pts/ptmx" },
};

enum nothing { NOTHING_FILE, NOTHING_DIRECTORY, NOTHING_COUNT };

/* A child at work. */
struct entering {
    const struct mount_plan *plan;
    int trees[MOUNTS_MAX];               /* of each entry; -1: there is nothing to be done */
    int devices[ARRAY_SIZE(devices)];    /* -1: there is none here */
    int nothing[NOTHING_COUNT];          /* what hides: the first entry gets it, others a copy */
    bool is_nothing_used[NOTHING_COUNT]; /* it is in `trees` then */
};

/* One thing to do with an entry. */
typedef int step(struct entering *entering, size_t index);

/* Puts the tree where the entry says. */
static int put(const struct mount_entry *entry, int tree)
{
    cleanup_fd int target = mount_tree_find(entry->path);

    if (target == -ENOENT && (entry->flags & MOUNT_MAKE)) {
        int r = mount_tree_make_way(entry->path, mount_tree_is_directory(tree));

        if (r < 0)
            return r;
        target = mount_tree_find(entry->path);
    }
    return target < 0 ? target : mount_tree_move(tree, target, "");
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
    cleanup_fd int at = mount_tree_find(entry->kind == MOUNT_BIND ? entry->source : entry->path);
    int tree;

    if (at < 0)
        return may_lack(entry, at) ? 0 : at;
    tree = mount_tree_copy(at, entry->flags & MOUNT_FLAT ? 0 : AT_RECURSIVE);
    if (tree < 0)
        return tree;
    entering->trees[index] = tree;
    return mount_tree_dress(tree, entry->flags);
}

static int take_devices(struct entering *entering)
{
    for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
        cleanup_fd int directory = mount_tree_find("/dev");
        cleanup_fd int at = directory < 0
                                ? directory
                                : openat(directory, devices[i], O_PATH | O_NOFOLLOW | O_CLOEXEC);
        struct stat status;

        if (at < 0 || fstat(at, &status) < 0 || S_ISLNK(status.st_mode))
            continue;
        entering->devices[i] = mount_tree_copy(at, AT_RECURSIVE);
        if (entering->devices[i] < 0)
            return entering->devices[i];
    }
    return 0;
}

/* Only what is mounted can be copied, so it is for a moment: on /proc, which is everywhere. */
static int copy_nothing(struct entering *entering, int tree)
{
    static const char *const names[] = {
        [NOTHING_FILE] = "file", [NOTHING_DIRECTORY] = "directory"
    };
    cleanup_fd int target = mount_tree_find("/proc");
    int r = target < 0 ? target : mount_tree_move(tree, target, "");

    if (r < 0)
        return r;
    for (int i = 0; i < NOTHING_COUNT && r == 0; i++) {
        entering->nothing[i] =
            open_tree(tree, names[i], OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);
        if (entering->nothing[i] < 0)
            r = -errno;
    }
    if (umount2("/proc", MNT_DETACH) < 0 && r == 0)
        r = -errno;
    return r;
}

static int make_nothing(struct entering *entering)
{
    static const char options[] = "mode\0"
                                  "0755\0"
                                  "size\0"
                                  "4k\0"
                                  "nr_inodes\0"
                                  "4\0";
    struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };
    cleanup_fd int tree =
        mount_tree_new("tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
    int file;

    if (tree < 0)
        return tree;
    file = openat(tree, "file", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
    if (file < 0 || mkdirat(tree, "directory", 0) < 0) {
        int error = -errno;

        fd_close(file);
        return error;
    }
    fd_close(file);
    file = mount_tree_change(tree, read_only, 0);
    return file < 0 ? file : copy_nothing(entering, tree);
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
        r = take_devices(entering);
        break;
    case MOUNT_HIDDEN:
        return entering->nothing[NOTHING_FILE] < 0 ? make_nothing(entering) : 0;
    case MOUNT_TMPFS:
    case MOUNT_PROC:
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
    return put(&entering->plan->entries[index], tree);
}

static int hide(struct entering *entering, size_t index)
{
    const struct mount_entry *entry = &entering->plan->entries[index];
    cleanup_fd int target = mount_tree_find(entry->path);
    enum nothing what;
    int tree;

    if (target < 0)
        return may_lack(entry, target) ? 0 : target;
    what = mount_tree_is_directory(target) ? NOTHING_DIRECTORY : NOTHING_FILE;
    tree = entering->is_nothing_used[what] ? mount_tree_copy(entering->nothing[what], 0)
                                           : entering->nothing[what];
    if (tree < 0)
        return tree;
    entering->is_nothing_used[what] = true;
    entering->trees[index] = tree;
    return mount_tree_move(tree, target, "");
}

static int make_device(int directory, const char *name, int tree)
{
    if (mount_tree_is_directory(tree))
        return mkdirat(directory, name, 0755) < 0 ? -errno : 0;
    return mount_tree_make_file(directory, name);
}

static int fill_devices(const struct entering *entering, int directory)
{
    for (size_t i = 0; i < ARRAY_SIZE(device_links); i++) {
        if (symlinkat(device_links[i].target, directory, device_links[i].name) < 0)
            return -errno;
    }
    for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
        int tree = entering->devices[i];
        int r = tree < 0 ? 0 : make_device(directory, devices[i], tree);

        if (tree >= 0 && r == 0)
            r = mount_tree_move(tree, directory, devices[i]);
        if (r < 0)
            return r;
    }
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

    return r < 0 ? r : fill_devices(entering, tree);
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
    case MOUNT_DEVICES:
        return put_devices(entering, index);
    case MOUNT_PROC:
        return put_new(entering, index,
                       mount_tree_new("proc", entry->source,
                                      MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC));
    }
    return r < 0 || entering->trees[index] < 0 ? r : put(entry, entering->trees[index]);
}

/* What could not be read-only as long as something was put into it. */
static int close_way(struct entering *entering, size_t index)
{
    const struct mount_entry *entry = &entering->plan->entries[index];
    struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };

    if (entry->kind != MOUNT_TMPFS && entry->kind != MOUNT_DEVICES)
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
    int r = each(entering, prepare, ret_step);

    if (r == 0) {
        r = dress_root(entering->plan);
        *ret_step = r < 0 ? 0 : *ret_step;
    }
    if (r == 0)
        r = each(entering, place, ret_step);
    if (r == 0)
        r = each(entering, close_way, ret_step);
    return r < 0 ? r : each(entering, verify, ret_step);
}

static int enter_namespace(const struct mount_plan *plan)
{
    if (plan->rung == MOUNT_RUNG_USER) {
        int r = userns_enter(&plan->maps, CLONE_NEWNS);

        if (r < 0)
            return r;
    } else if (unshare(CLONE_NEWNS) < 0)
        return -errno;
    /* Nothing that is mounted outside later shall come in. */
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ? -errno : 0;
}

static void init(struct entering *entering, const struct mount_plan *plan)
{
    *entering = (struct entering){ .plan = plan, .nothing = { -1, -1 } };
    for (size_t i = 0; i < plan->count; i++)
        entering->trees[i] = -1;
    for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
        entering->devices[i] = -1;
}

static void finish(const struct entering *entering)
{
    for (size_t i = 0; i < entering->plan->count; i++)
        fd_close(entering->trees[i]);
    for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
        fd_close(entering->devices[i]);
    for (int i = 0; i < NOTHING_COUNT; i++)
        fd_close(entering->is_nothing_used[i] ? -1 : entering->nothing[i]);
}

int mounts_enter(const struct mount_plan *plan, int *ret_step)
{
    struct entering entering;
    mode_t mask = umask(0022);
    int r;

    *ret_step = MOUNT_STEP_NAMESPACE;
    init(&entering, plan);
    r = enter_namespace(plan);
    if (r == 0)
        r = arrange(&entering, ret_step);
    finish(&entering);
    umask(mask);
    return r;
}

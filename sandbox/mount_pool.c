#include "sandbox/mount_pool.h"

#include "sandbox/mount_list.h"
#include "sandbox/mount_spot.h"
#include "sandbox/mount_tree.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

static bool is_covered(const struct mount_plan *plan, const int *trees, size_t index)
{
    const struct mount_entry *entry = &plan->entries[index];

    if (entry->flags & MOUNT_LATE || strcmp(entry->path, "/") == 0)
        return false;
    return trees[index] >= 0 || entry->kind == MOUNT_HIDDEN || entry->kind == MOUNT_DEVICES;
}

/* On a directory on which something will be mounted: whatever is there until then is gone for good.
 * -ENOENT: there is none. */
static int park_covered(const struct mount_pool *pool, const struct mount_plan *plan,
                        const int *trees)
{
    for (size_t i = 0; i < plan->count; i++) {
        cleanup_mount_spot struct mount_spot spot = { .at = -ENOENT, .owned = -1 };

        if (is_covered(plan, trees, i))
            spot = mount_spot_find(pool->spots, plan->entries[i].path);
        if (spot.at >= 0 && mount_spot_is_directory(&spot) == 1)
            return mount_tree_move(pool->tree, spot.at, spot.name);
    }
    return -ENOENT;
}

static bool has_below(const struct mount_plan *plan, const char *path)
{
    for (size_t i = 0; i < plan->count; i++)
        if (mount_path_is_below(plan->entries[i].path, path))
            return true;
    return false;
}

/* A directory in which nothing is to be mounted: what is below would not be found meanwhile, and
 * what may be lacking be left open for that. */
static int find_free(const struct mount_plan *plan, const char **ret_path)
{
    static const char *const places[] = { "/proc", "/sys", "/dev", "/run", "/var", "/usr" };

    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        int at = has_below(plan, places[i]) ? -EBUSY : mount_tree_find(places[i]);

        *ret_path = places[i];
        if (at >= 0)
            return at;
    }
    return -EBUSY;
}

/* To take it away again costs the kernel a wait for all its processors, so that is the exception:
 * when files are all that is hidden. */
static int park(struct mount_pool *pool, const struct mount_plan *plan, const int *trees)
{
    cleanup_fd int place = -1;
    int r = park_covered(pool, plan, trees);

    if (r != -ENOENT)
        return r;
    place = find_free(plan, &pool->parking);
    return place < 0 ? place : mount_tree_move(pool->tree, place, "");
}

static bool has_kind(const struct mount_plan *plan, enum mount_kind kind, size_t *ret_index)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->entries[i].kind == kind) {
            *ret_index = i;
            return true;
        }
    }
    return false;
}

static int fill(int tree, bool hides, bool has_devices)
{
    struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };

    if (hides && (mknodat(tree, "file", S_IFREG, 0) < 0 || mkdirat(tree, "directory", 0) < 0))
        return -errno;
    if (has_devices && mkdirat(tree, "devices", 0755) < 0)
        return -errno;
    return mount_tree_change(tree, read_only, 0);
}

int mount_pool_make(struct mount_pool *pool, const struct mount_plan *plan, const int *trees,
                    int *ret_step)
{
    static const char options[] = "mode\0"
                                  "0\0"
                                  "size\0"
                                  "4m\0"
                                  "nr_inodes\0"
                                  "64k\0";
    size_t step = 0;
    bool has_devices = has_kind(plan, MOUNT_DEVICES, &step);
    bool hides = has_kind(plan, MOUNT_HIDDEN, &step);
    int r;

    if (!has_devices && !hides)
        return 0;
    pool->tree =
        mount_tree_new("tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
    r = pool->tree < 0 ? pool->tree : fill(pool->tree, hides, has_devices);
    if (r == 0)
        r = park(pool, plan, trees);
    *ret_step = r < 0 ? (int)step : *ret_step;
    return r;
}

int mount_pool_nothing(const struct mount_pool *pool, bool is_directory)
{
    return mount_tree_copy(pool->tree, is_directory ? "directory" : "file", 0);
}

int mount_pool_devices(const struct mount_pool *pool)
{
    struct mount_attr writable = { .attr_clr = MOUNT_ATTR_RDONLY };
    int tree = mount_tree_copy(pool->tree, "devices", 0);
    int r = tree < 0 ? tree : mount_tree_change(tree, writable, 0);

    if (r < 0)
        fd_close(tree);
    return r < 0 ? r : tree;
}

int mount_pool_finish(struct mount_pool *pool)
{
    return pool->parking && umount2(pool->parking, MNT_DETACH) < 0 ? -errno : 0;
}

void mount_pool_release(struct mount_pool *pool)
{
    pool->tree = fd_close(pool->tree);
}

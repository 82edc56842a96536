/*
 * Undoing mounts as root of a namespace of one's own. Outside of reeve (world->is_control) the
 * attempt makes the walls first, and stays in the namespace that they belong to: there they fall.
 */

#include "tests/escape/escape.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

static int make_walls(const struct world *world)
{
    const char *wall = in_work(world, "protected"), *cover = in_work(world, "secret");

    if (mount(wall, wall, NULL, MS_BIND, NULL) < 0 ||
        mount(NULL, wall, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0 ||
        mount("tmpfs", cover, "tmpfs", MS_RDONLY, NULL) < 0)
        return -errno;
    return write_to(in_work(world, "protected/file"), O_WRONLY) == -EROFS ? 0 : -NOT_HERE;
}

static int begin(const struct world *world)
{
    int r = become_namespace_root();

    if (r == 0 && world->is_control)
        r = make_walls(world);
    return r;
}

static int end(const struct world *world, const char *name)
{
    return strcmp(name, "secret") == 0 ? can_read(in_work(world, "secret/file"))
                                       : write_to(in_work(world, name), O_WRONLY);
}

static int remount(const struct world *world, long flags)
{
    int r = begin(world);

    if (r == 0 && mount(NULL, in_work(world, "protected"), NULL,
                        MS_REMOUNT | MS_BIND | (unsigned long)flags, NULL) < 0)
        r = -errno;
    return r < 0 ? r : end(world, "protected/file");
}

static int remount_root(const struct world *world, long argument)
{
    struct statvfs status;
    int r = become_namespace_root();

    (void)argument;
    if (r == 0 && world->is_control &&
        mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0)
        return -NOT_HERE;
    if (r == 0 && mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL) < 0)
        r = -errno;
    if (r == 0 && (statvfs("/", &status) < 0 || status.f_flag & ST_RDONLY))
        r = -EROFS;
    return r;
}

static int change_attributes(const struct world *world, long flags)
{
    struct mount_attr clear = { .attr_clr = MOUNT_ATTR_RDONLY };
    const char *path = in_work(world, "protected");
    int r = begin(world);

    if (r == 0 && mount_setattr(AT_FDCWD, path, (unsigned)flags, &clear, sizeof(clear)) < 0)
        r = -errno;
    return r < 0 ? r : end(world, "protected/file");
}

static int uncover(const struct world *world, long flags)
{
    int r = begin(world);

    /* What is to expire goes at the second time. */
    if (r == 0 && umount2(in_work(world, "secret"), (int)flags) < 0 &&
        (errno != EAGAIN || umount2(in_work(world, "secret"), (int)flags) < 0))
        r = -errno;
    return r < 0 ? r : end(world, "secret");
}

static int unmount_wall(const struct world *world, long flags)
{
    int r = begin(world);

    if (r == 0 && umount2(in_work(world, "protected"), (int)flags) < 0)
        r = -errno;
    return r < 0 ? r : end(world, "protected/file");
}

/* The cover is put somewhere else. */
static int move_cover(const struct world *world, long by_old_call)
{
    const char *cover = in_work(world, "secret"), *to = in_work(world, "open");
    int r = begin(world);

    if (r < 0)
        return r;
    if ((by_old_call ? mount(cover, to, NULL, MS_MOVE, NULL)
                     : move_mount(AT_FDCWD, cover, AT_FDCWD, to, 0)) < 0)
        return -errno;
    return end(world, "secret");
}

/* A bind that is not recursive leaves the covers behind. */
static int bind_around(const struct world *world, long flags)
{
    int r = begin(world);

    if (r == 0 &&
        mount(world->work, in_work(world, "open"), NULL, MS_BIND | (unsigned long)flags, NULL) < 0)
        r = -errno;
    if (r == 0)
        r = can_read(in_work(world, "open/secret/file"));
    return r == 0 ? 0 : r;
}

static int clone_tree(const struct world *world, long argument)
{
    int r = begin(world), tree;

    (void)argument;
    if (r < 0)
        return r;
    tree = open_tree(AT_FDCWD, world->work, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (tree < 0)
        return -errno;
    r = openat(tree, "protected/file", O_WRONLY);
    return denied(r);
}

static int bind_wall_elsewhere(const struct world *world, long flags)
{
    int r = begin(world);

    if (r < 0)
        return r;
    if (mount(in_work(world, "protected"), in_work(world, "open"), NULL,
              MS_BIND | (unsigned long)flags, NULL) < 0)
        return -errno;
    /* A copy of a mount is read-only as well, until it is changed. */
    (void)!mount(NULL, in_work(world, "open"), NULL, MS_REMOUNT | MS_BIND, NULL);
    return write_to(in_work(world, "open/file"), O_WRONLY);
}

static int new_proc(const struct world *world, long argument)
{
    int r = begin(world);

    (void)argument;
    if (r == 0 && unshare(CLONE_NEWPID) < 0)
        r = -errno;
    if (r == 0 && mount("proc", in_work(world, "open"), "proc", 0, NULL) < 0)
        r = -errno;
    return r;
}

static int change_root(const struct world *world, long pivot)
{
    int r = begin(world);

    if (r < 0)
        return r;
    if (pivot) {
        const char *open = in_work(world, "open");

        if (mount("tmpfs", open, "tmpfs", 0, NULL) < 0 || chdir(open) < 0)
            return -errno;
        return denied(syscall(SYS_pivot_root, ".", "."));
    }
    return denied(chroot(in_work(world, "open")));
}

static int new_file_system(const struct world *world, long argument)
{
    static const char *const types[] = { "tmpfs", "ramfs", "overlay", "cgroup2", "sysfs" };
    int r = begin(world);

    return r < 0 ? r : denied(fsopen(types[argument], 0));
}

/* --- without a namespace of one's own: who has CAP_SYS_ADMIN --- */

static int plain_mount(const struct world *world, long argument)
{
    const char *open = in_work(world, "open");

    switch (argument) {
    case 0:
        if (mount("tmpfs", open, "tmpfs", 0, NULL) < 0)
            return -errno;
        return denied(umount2(open, MNT_DETACH));
    case 1:
        if (mount(open, open, NULL, MS_BIND, NULL) < 0)
            return -errno;
        return denied(umount2(open, MNT_DETACH));
    case 2:
        return denied(open_tree(AT_FDCWD, open, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
    default:
        return denied(fsopen("tmpfs", FSOPEN_CLOEXEC));
    }
}

#define WALLS  "ProtectSystem ReadOnlyPaths"
#define COVERS "InaccessiblePaths TemporaryFileSystem"
#define RIGHTS "CapabilityBoundingSet SystemCallFilter"
const struct attempt attempts_mounts[] = {
    { "undo-remount", WALLS, remount, 0 },
    { "undo-remount-silent", WALLS, remount, MS_SILENT },
    { "undo-remount-root", "ProtectSystem", remount_root },
    { "undo-mount_setattr", WALLS, change_attributes, 0 },
    { "undo-mount_setattr-recursive", WALLS, change_attributes, AT_RECURSIVE },
    { "undo-umount", WALLS, unmount_wall, 0 },
    { "undo-umount-detach", WALLS, unmount_wall, MNT_DETACH },
    { "undo-bind", WALLS, bind_wall_elsewhere, 0 },
    { "undo-bind-recursive", WALLS, bind_wall_elsewhere, MS_REC },
    { "undo-open_tree", WALLS, clone_tree },
    { "uncover-umount", COVERS, uncover, 0 },
    { "uncover-umount-detach", COVERS, uncover, MNT_DETACH },
    { "uncover-umount-expire", COVERS, uncover, MNT_EXPIRE },
    { "uncover-move_mount", COVERS, move_cover, 0 },
    { "uncover-ms_move", COVERS, move_cover, 1 },
    { "uncover-bind", COVERS, bind_around, 0 },
    { "uncover-bind-private", COVERS, bind_around, MS_PRIVATE },
    { "namespace-new-proc", "RestrictNamespaces SystemCallFilter", new_proc },
    { "namespace-chroot", "RestrictNamespaces SystemCallFilter", change_root, 0 },
    { "namespace-pivot_root", "RestrictNamespaces SystemCallFilter", change_root, 1 },
    { "namespace-fsopen-tmpfs", "RestrictNamespaces SystemCallFilter", new_file_system, 0 },
    { "namespace-fsopen-ramfs", "RestrictNamespaces SystemCallFilter", new_file_system, 1 },
    { "namespace-fsopen-overlay", "RestrictNamespaces SystemCallFilter", new_file_system, 2 },
    { "namespace-fsopen-sysfs", "RestrictNamespaces SystemCallFilter", new_file_system, 4 },
    { "mount-tmpfs", RIGHTS, plain_mount, 0 },
    { "mount-bind", RIGHTS, plain_mount, 1 },
    { "mount-open_tree", RIGHTS, plain_mount, 2 },
    { "mount-fsopen", RIGHTS, plain_mount, 3 },
    { 0 },
};

#include "sandbox/new_root.h"

#include "sandbox/mount_tree.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The old root lands on top of the new one, and goes from there: no directory is needed for it. */
static int pivot(int tree)
{
    if (fchdir(tree) < 0 || syscall(SYS_pivot_root, ".", ".") < 0)
        return -errno;
    return umount2(".", MNT_DETACH) < 0 ? -errno : 0;
}

/* Docker's profile knows no pivot_root(2), whatever the capabilities; and the root of a machine
 * that still runs from its initramfs cannot be left. */
static int cover(int tree)
{
    cleanup_fd int root = mount_tree_find("/");
    int r = root < 0 ? root : mount_tree_move(tree, root, "");

    if (r < 0)
        return r;
    return fchdir(tree) < 0 || chroot(".") < 0 ? -errno : 0;
}

int new_root_enter(int tree, const char *path)
{
    cleanup_fd int place = mount_tree_find(path);
    int r = place < 0 ? place : mount_tree_move(tree, place, "");

    if (r < 0)
        return r;
    r = pivot(tree);
    if (r == -EPERM || r == -ENOSYS || r == -EINVAL)
        r = cover(tree);
    return r < 0 || chdir("/") == 0 ? r : -errno;
}

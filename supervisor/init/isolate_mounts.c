#include "supervisor/init/isolate_private.h"

#include "supervisor/unit/exit_status.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

/*
 * The order matters: take hold of everything that will be hidden or made read-only; make the whole
 * tree read-only; cover; put back what must be seen; the state directory last, because it alone is
 * writable.
 */

static int refuse(struct isolate_failure *failure, int error, const char *what, const char *path)
{
    return isolate_fail(
        failure, &(struct isolate_reason){ error, EXIT_STATUS_NAMESPACE, isolate_advice(error) },
        "%s '%s'", what, path);
}

static int make_private(struct isolate_failure *failure)
{
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return refuse(failure, -errno, "cannot part the mounts from the host's at", "/");
    return 0;
}

/* --- out of a chroot --- */

static bool is_same_place(int fd, const char *path)
{
    struct statx one, other;

    return statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID, &one) == 0 &&
           statx(AT_FDCWD, path, 0, STATX_INO | STATX_MNT_ID, &other) == 0 &&
           one.stx_ino == other.stx_ino && one.stx_mnt_id == other.stx_mnt_id;
}

/* A chroot is no mount: give the tree below it one, make that our root and let go of everything
 * else. */
static int make_root_of(int root, struct isolate_failure *failure)
{
    cleanup_fd int tree =
        open_tree(root, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

    if (tree < 0 ||
        move_mount(tree, "", root, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
        return refuse(failure, -errno, "cannot mount the root of the chroot on", "/");
    if (fchdir(tree) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 ||
        chdir("/") < 0)
        return refuse(failure, -errno, "cannot make the chroot our root, at", "/");
    return 0;
}

/*
 * In a chroot "/" is not a mount point, so nothing can be said of its mount; and no process in it
 * may make a user namespace, which is how Chromium shuts its renderers in. Entering our own mount
 * namespace leads to its real root.
 */
static int leave_chroot(struct isolate_failure *failure)
{
    cleanup_fd int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    cleanup_fd int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
    int r;

    if (root < 0 || self < 0 || setns(self, CLONE_NEWNS) < 0)
        return refuse(failure, -errno, "cannot find the root of the mounts above", "/");
    r = make_private(failure);
    if (r < 0 || is_same_place(root, "/"))
        return r;
    return make_root_of(root, failure);
}

/* --- covering and showing --- */

static int set_read_only(int at, const char *path, unsigned flags)
{
    struct mount_attr attributes = { .attr_set = MOUNT_ATTR_RDONLY };

    return mount_setattr(at, path, flags, &attributes, sizeof(attributes)) < 0 ? -errno : 0;
}

static int cover(const struct isolate_cover *cover, struct isolate_failure *failure)
{
    const char *options = cover->options ? cover->options : "mode=0755,size=1m";
    unsigned long flags = cover->options ? cover->flags : MS_NOSUID | MS_NODEV | MS_NOEXEC;

    if (mount("tmpfs", cover->path, "tmpfs", flags, options) < 0)
        return refuse(failure, -errno, "cannot mount a tmpfs on", cover->path);
    return 0;
}

static int show(const char *path, int tree, struct isolate_failure *failure)
{
    struct stat status;
    int r = fstat(tree, &status) < 0 ? -errno : 0;

    if (r == 0)
        r = isolate_make_way(path, S_ISDIR(status.st_mode));
    if (r == 0 && move_mount(tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
        r = -errno;
    return r < 0 ? refuse(failure, r, "cannot keep in sight", path) : 0;
}

static int show_kept(const struct isolate_kept *kept, struct isolate_failure *failure)
{
    int r;

    if (kept->tree < 0)
        return 0;
    r = set_read_only(kept->tree, "", AT_EMPTY_PATH | AT_RECURSIVE);
    if (r < 0)
        return refuse(failure, r, "cannot make read-only", kept->path);
    return show(kept->path, kept->tree, failure);
}

/* Here X servers put their sockets; they make the directory themselves only as root. As
 * tmpfiles.d/x11.conf. */
static int make_x11_directory(struct isolate_failure *failure)
{
    static const char path[] = "/tmp/.X11-unix";

    if (mkdir(path, 01777) < 0 || chmod(path, 01777) < 0)
        return refuse(failure, -errno, "cannot make", path);
    return 0;
}

static int mount_proc(struct isolate_failure *failure)
{
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
        return refuse(failure, -errno, "cannot mount our own", "/proc");
    return 0;
}

static int close_ways(const struct isolate_view *view, struct isolate_failure *failure)
{
    for (size_t i = 0; i < view->cover_count; i++) {
        int r = view->covers[i].options ? 0 : set_read_only(AT_FDCWD, view->covers[i].path, 0);

        if (r < 0)
            return refuse(failure, r, "cannot make read-only", view->covers[i].path);
    }
    return 0;
}

static int arrange(const struct isolate_view *view, struct isolate_failure *failure)
{
    mode_t mask = umask(0022);
    int r = set_read_only(AT_FDCWD, "/", AT_RECURSIVE);

    if (r < 0)
        r = refuse(failure, r, "cannot make read-only", "/");
    if (r == 0) /* first, because engines that mask parts of /proc make it fail; the advice looks
                   into /run */
        r = mount_proc(failure);
    for (size_t i = 0; r == 0 && i < view->cover_count; i++)
        r = cover(&view->covers[i], failure);
    for (size_t i = 0; r == 0 && i < view->kept_count; i++)
        r = show_kept(&view->kept[i], failure);
    if (r == 0)
        r = show(view->state, view->state_tree, failure);
    if (r == 0)
        r = close_ways(view, failure);
    if (r == 0)
        r = make_x11_directory(failure);
    umask(mask);
    return r;
}

static int verify(const struct isolate_view *view, struct isolate_failure *failure)
{
    struct statvfs root, state;

    if (statvfs("/", &root) < 0 || statvfs(view->state, &state) < 0)
        return refuse(failure, -errno, "cannot look at", view->state);
    if (!(root.f_flag & ST_RDONLY))
        return refuse(failure, -EBADMSG, "still writable:", "/");
    if (state.f_flag & ST_RDONLY)
        return isolate_fail(failure,
                            &(struct isolate_reason){ -EROFS, EXIT_STATUS_STATE_DIRECTORY,
                                                      "name another one in REEVE_STATE" },
                            "the state directory '%s' cannot be written", view->state);
    if (chdir("/") < 0)
        return refuse(failure, -errno, "cannot enter", "/");
    return 0;
}

static void view_free(struct isolate_view *view)
{
    for (size_t i = 0; i < view->kept_count; i++)
        fd_close(view->kept[i].tree);
    fd_close(view->state_tree);
    free(view);
}

int isolate_mounts(const struct isolate_layout *layout, struct isolate_failure *failure)
{
    struct isolate_view *view = calloc(1, sizeof(*view));
    int r;

    if (!view)
        return refuse(failure, -ENOMEM, "cannot look at", "/");
    view->uid = layout->uid;
    view->gid = layout->gid;
    view->state_tree = -1;
    r = geteuid() == 0 ? leave_chroot(failure) : make_private(failure);
    if (r == 0)
        r = isolate_make_state(view, layout->state_directory, failure);
    if (r == 0)
        r = isolate_collect(view, layout, failure);
    if (r == 0)
        r = arrange(view, failure);
    if (r == 0)
        r = verify(view, failure);
    view_free(view);
    return r;
}

#include "sandbox/mount_spot.h"

#include "sandbox/mount_tree.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

void mount_spots_open(struct mount_spots *spots)
{
    int fd = mount_tree_find("/proc");
    struct statfs status;

    if (fd >= 0 && (fstatfs(fd, &status) < 0 || status.f_type != PROC_SUPER_MAGIC))
        fd = fd_close(fd);
    *spots = (struct mount_spots){
        .root = mount_tree_find("/"),
        .proc = fd < 0 ? -1 : fd,
        .is_owned = fd >= 0,
    };
}

void mount_spots_renew(struct mount_spots *spots, int tree)
{
    if (spots->proc < 0)
        return;
    if (spots->is_owned)
        fd_close(spots->proc);
    spots->proc = tree;
    spots->is_owned = false;
}

void mount_spots_close(struct mount_spots *spots)
{
    if (spots->is_owned)
        fd_close(spots->proc);
    fd_close(spots->root);
    *spots = (struct mount_spots){ .root = -1, .proc = -1 };
}

/* The last name of what lies directly in `directory`, which ends with a slash. */
static const char *name_in(const char *directory, const char *path)
{
    size_t length = strlen(directory);

    if (strncmp(path, directory, length) != 0)
        return NULL;
    path += length;
    return *path && !strchr(path, '/') ? path : NULL;
}

struct mount_spot mount_spot_find(const struct mount_spots *spots, const char *path)
{
    const char *in_proc = name_in("/proc/", path), *in_root = name_in("/", path);
    int fd;

    if (in_proc && spots->proc >= 0)
        return (struct mount_spot){ .at = spots->proc, .name = in_proc, .owned = -1 };
    if (in_root && spots->root >= 0)
        return (struct mount_spot){ .at = spots->root, .name = in_root, .owned = -1 };
    fd = mount_tree_find(path);
    return (struct mount_spot){ .at = fd, .name = "", .owned = fd < 0 ? -1 : fd };
}

int mount_spot_is_directory(const struct mount_spot *spot)
{
    struct stat status;

    if (fstatat(spot->at, spot->name, &status, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    return S_ISDIR(status.st_mode);
}

void mount_spot_release(struct mount_spot *spot)
{
    spot->owned = fd_close(spot->owned);
}

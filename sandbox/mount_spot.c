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
    *spots = (struct mount_spots){ .proc = fd < 0 ? -1 : fd, .is_owned = fd >= 0 };
}

void mount_spots_renew(struct mount_spots *spots, int tree)
{
    mount_spots_close(spots);
    spots->proc = tree;
}

void mount_spots_close(struct mount_spots *spots)
{
    if (spots->is_owned)
        fd_close(spots->proc);
    *spots = (struct mount_spots){ .proc = -1 };
}

static const char *name_in_proc(const char *path)
{
    static const char proc[] = "/proc/";

    if (strncmp(path, proc, strlen(proc)) != 0)
        return NULL;
    path += strlen(proc);
    return *path && !strchr(path, '/') ? path : NULL;
}

struct mount_spot mount_spot_find(const struct mount_spots *spots, const char *path)
{
    const char *name = name_in_proc(path);
    int fd;

    if (name && spots->proc >= 0)
        return (struct mount_spot){ .at = spots->proc, .name = name, .owned = -1 };
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

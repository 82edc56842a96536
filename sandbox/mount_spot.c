#include "sandbox/mount_spot.h"

#include "sandbox/mount_tree.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

void mount_spots_init(struct mount_spots *spots)
{
    struct stat status;

    *spots = (struct mount_spots){ .root = -1, .proc = -1 };
    spots->trusts_root = geteuid() != 0 && stat("/", &status) == 0 && status.st_uid == 0 &&
                         !(status.st_mode & (S_IWGRP | S_IWOTH));
}

static int open_proc(void)
{
    cleanup_fd int fd = mount_tree_find("/proc");
    struct statfs status;

    if (fd < 0 || fstatfs(fd, &status) < 0 || status.f_type != PROC_SUPER_MAGIC)
        return -1;
    return take_fd(&fd);
}

void mount_spots_open(struct mount_spots *spots)
{
    if (spots->trusts_root)
        spots->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    spots->proc = open_proc();
    spots->owns_proc = true;
}

static void close_proc(struct mount_spots *spots)
{
    if (spots->owns_proc)
        fd_close(spots->proc);
}

void mount_spots_renew(struct mount_spots *spots, int tree)
{
    close_proc(spots);
    spots->proc = tree;
    spots->owns_proc = false;
}

void mount_spots_close(struct mount_spots *spots)
{
    close_proc(spots);
    fd_close(spots->root);
    *spots = (struct mount_spots){ .root = -1, .proc = -1 };
}

/* What is left of the path if it lies directly in the directory; else NULL. */
static const char *name_in(const char *directory, const char *path)
{
    size_t length = strlen(directory);

    if (strncmp(path, directory, length) != 0)
        return NULL;
    path += length;
    return *path && !strchr(path, '/') ? path : NULL;
}

static struct mount_spot named(int at, const char *name)
{
    return (struct mount_spot){ .at = at, .name = name, .owned = -1 };
}

struct mount_spot mount_spot_find(const struct mount_spots *spots, const char *path)
{
    const char *in_root = name_in("/", path), *in_proc = name_in("/proc/", path);
    int fd;

    if (in_root && spots->root >= 0)
        return named(spots->root, in_root);
    if (in_proc && spots->proc >= 0)
        return named(spots->proc, in_proc);
    fd = mount_tree_find(path);
    return (struct mount_spot){ .at = fd, .name = "", .owned = fd < 0 ? -1 : fd };
}

int mount_spot_is_directory(const struct mount_spot *spot)
{
    struct stat status;

    if (fstatat(spot->at, spot->name, &status, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    return S_ISLNK(status.st_mode) ? -ELOOP : S_ISDIR(status.st_mode);
}

void mount_spot_release(struct mount_spot *spot)
{
    spot->owned = fd_close(spot->owned);
}

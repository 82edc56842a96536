#include "sandbox/mount_devices.h"

#include "sandbox/mount_tree.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* systemd.exec(5), PrivateDevices=. What this place lacks is left out. */
static const char *const names[MOUNT_DEVICES_COUNT] = {
    "null", "zero", "full", "random", "urandom", "tty", "pts", "shm", "mqueue", "hugepages", "log",
};

static const struct link {
    const char *name, *target;
} links[] = {
    { "fd", "/proc/self/fd" },       { "stdin", "/proc/self/fd/0" },
    { "stdout", "/proc/self/fd/1" }, { "stderr", "/proc/self/fd/2" },
    { "core", "/proc/kcore" },       { "ptmx", "pts/ptmx" },
};

void mount_devices_init(struct mount_devices *devices)
{
    for (size_t i = 0; i < MOUNT_DEVICES_COUNT; i++)
        devices->trees[i] = -1;
}

int mount_devices_take(struct mount_devices *devices)
{
    cleanup_fd int directory = mount_tree_find("/dev");

    for (size_t i = 0; directory >= 0 && i < MOUNT_DEVICES_COUNT; i++) {
        cleanup_fd int at = openat(directory, names[i], O_PATH | O_NOFOLLOW | O_CLOEXEC);
        struct stat status;

        if (at < 0 || fstat(at, &status) < 0 || S_ISLNK(status.st_mode))
            continue;
        devices->trees[i] = mount_tree_copy(at, AT_RECURSIVE);
        if (devices->trees[i] < 0)
            return devices->trees[i];
    }
    return directory < 0 ? directory : 0;
}

static int make_place(int directory, const char *name, int tree)
{
    if (mount_tree_is_directory(tree))
        return mkdirat(directory, name, 0755) < 0 ? -errno : 0;
    return mount_tree_make_file(directory, name);
}

int mount_devices_put(const struct mount_devices *devices, int directory)
{
    for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
        if (symlinkat(links[i].target, directory, links[i].name) < 0)
            return -errno;
    }
    for (size_t i = 0; i < MOUNT_DEVICES_COUNT; i++) {
        int tree = devices->trees[i];
        int r = tree < 0 ? 0 : make_place(directory, names[i], tree);

        if (tree >= 0 && r == 0)
            r = mount_tree_move(tree, directory, names[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

void mount_devices_release(struct mount_devices *devices)
{
    for (size_t i = 0; i < MOUNT_DEVICES_COUNT; i++)
        devices->trees[i] = fd_close(devices->trees[i]);
}

#include "sandbox/mount_devices.h"

#include "sandbox/mount_tree.h"
#include "sandbox/mounts.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* systemd.exec(5), PrivateDevices=. What this place lacks is left out. */
static const char *const names[MOUNT_DEVICES_COUNT] = {
    "null", "zero", "full", "random", "urandom", "tty", "pts", "shm", "mqueue", "hugepages", "log",
};

/* As in systemd: what /dev/log leads to. */
static const char log_socket[] = "/run/systemd/journal/dev-log";

static const struct link {
    const char *name, *target;
} links[] = {
    { "fd", "/proc/self/fd" },       { "stdin", "/proc/self/fd/0" },
    { "stdout", "/proc/self/fd/1" }, { "stderr", "/proc/self/fd/2" },
    { "core", "/proc/kcore" },       { "ptmx", "pts/ptmx" },
};

enum kind { KIND_NONE = '-', KIND_FILE = 'f', KIND_DIRECTORY = 'd' };

void mount_devices_init(struct mount_devices *devices)
{
    for (size_t i = 0; i < MOUNT_DEVICES_COUNT; i++)
        devices->trees[i] = -1;
}

/* A link shows what it leads to, which is not for the service. */
static enum kind kind_of(int directory, const char *name)
{
    struct stat status;

    if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0 || S_ISLNK(status.st_mode))
        return KIND_NONE;
    return S_ISDIR(status.st_mode) ? KIND_DIRECTORY : KIND_FILE;
}

void mount_devices_look(char ret_kinds[MOUNT_DEVICES_COUNT + 1])
{
    cleanup_fd int directory = mount_tree_find("/dev");

    for (size_t i = 0; i < MOUNT_DEVICES_COUNT; i++)
        ret_kinds[i] = (char)(directory < 0 ? KIND_NONE : kind_of(directory, names[i]));
    ret_kinds[MOUNT_DEVICES_COUNT] = '\0';
}

int mount_devices_take(struct mount_devices *devices, const char *kinds, unsigned flags)
{
    cleanup_fd int directory = mount_tree_find("/dev");

    devices->has_log = access(log_socket, F_OK) == 0;
    for (size_t i = 0; directory >= 0 && i < MOUNT_DEVICES_COUNT; i++) {
        int kind = kinds ? kinds[i] : KIND_NONE, tree;

        if (kind == KIND_NONE)
            kind = kind_of(directory, names[i]);
        if (kind == KIND_NONE)
            continue;
        tree = mount_tree_copy(directory, names[i], AT_RECURSIVE);
        if (tree == -ENOENT)
            continue;
        if (tree < 0)
            return tree;
        devices->trees[i] = tree;
        devices->is_directory[i] = kind == KIND_DIRECTORY;
        if (flags & MOUNT_NO_EXEC) {
            int r = mount_tree_dress(tree, MOUNT_NO_EXEC);

            if (r < 0)
                return r;
        }
    }
    return directory < 0 ? directory : 0;
}

static int make_place(int directory, const char *name, bool is_directory)
{
    if (is_directory)
        return mkdirat(directory, name, 0755) < 0 ? -errno : 0;
    return mount_tree_make_file(directory, name);
}

int mount_devices_put(const struct mount_devices *devices, int directory)
{
    for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
        if (symlinkat(links[i].target, directory, links[i].name) < 0)
            return -errno;
    }
    if (devices->has_log && symlinkat(log_socket, directory, "log") < 0)
        return -errno;
    for (size_t i = 0; i < MOUNT_DEVICES_COUNT; i++) {
        int tree = devices->has_log && strcmp(names[i], "log") == 0 ? -1 : devices->trees[i];
        int r = tree < 0 ? 0 : make_place(directory, names[i], devices->is_directory[i]);

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

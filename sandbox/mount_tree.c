#include "sandbox/mount_tree.h"

#include "sandbox/mounts.h"
#include "sandbox/plain_path.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int mount_tree_find(const char *path)
{
    return plain_path_open(path, O_PATH);
}

int mount_tree_copy(int at, const char *name, unsigned flags)
{
    unsigned lookup = name[0] ? AT_SYMLINK_NOFOLLOW : AT_EMPTY_PATH;
    int tree = open_tree(at, name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | lookup | flags);

    return tree < 0 ? -errno : tree;
}

int mount_tree_move(int tree, int target, const char *name)
{
    unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | (name[0] ? 0 : MOVE_MOUNT_T_EMPTY_PATH);

    return move_mount(tree, "", target, name, flags) < 0 ? -errno : 0;
}

/* --- attributes --- */

static uint64_t attributes_of(unsigned flags, unsigned read_only, unsigned no_exec)
{
    return (flags & read_only ? MOUNT_ATTR_RDONLY : 0) | (flags & no_exec ? MOUNT_ATTR_NOEXEC : 0);
}

int mount_tree_change(int tree, struct mount_attr attributes, unsigned recursive)
{
    if (attributes.attr_set == 0 && attributes.attr_clr == 0)
        return 0;
    return mount_setattr(tree, "", AT_EMPTY_PATH | recursive, &attributes, sizeof(attributes)) < 0
               ? -errno
               : 0;
}

int mount_tree_dress(int tree, unsigned flags)
{
    struct mount_attr set = { .attr_set = attributes_of(flags, MOUNT_READ_ONLY, MOUNT_NO_EXEC) };
    struct mount_attr clear = { .attr_clr = attributes_of(flags, MOUNT_WRITABLE, MOUNT_EXEC) };
    int r = mount_tree_change(tree, clear, AT_RECURSIVE);

    /* Something below is locked, which then stays as it is. */
    if (r == -EPERM)
        r = mount_tree_change(tree, clear, 0);
    return r < 0 ? r : mount_tree_change(tree, set, AT_RECURSIVE);
}

/* --- new file systems --- */

/* Pairs of key and value; a key alone has an empty value. */
static int configure(int context, const char *options)
{
    while (options && *options) {
        const char *value = options + strlen(options) + 1;
        int r = *value ? fsconfig(context, FSCONFIG_SET_STRING, options, value, 0)
                       : fsconfig(context, FSCONFIG_SET_FLAG, options, NULL, 0);

        if (r < 0)
            return -errno;
        options = value + strlen(value) + 1;
    }
    return fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0 ? -errno : 0;
}

int mount_tree_new(const char *type, const char *options, unsigned attributes)
{
    cleanup_fd int context = fsopen(type, FSOPEN_CLOEXEC);
    int r = context < 0 ? -errno : configure(context, options);
    int tree;

    if (r < 0)
        return r;
    tree = fsmount(context, FSMOUNT_CLOEXEC, attributes);
    return tree < 0 ? -errno : tree;
}

/* --- places to mount on --- */

int mount_tree_make_file(int parent, const char *name)
{
    return mknodat(parent, name, S_IFREG | 0644, 0) < 0 && errno != EEXIST ? -errno : 0;
}

/* Into the directory, which is made if it is not there: no links are followed. */
static int descend(int parent, const char *name)
{
    int fd, error = mkdirat(parent, name, 0755) < 0 ? -errno : 0;

    fd = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return error < 0 && error != -EEXIST ? error : -errno;
    return fd;
}

int mount_tree_make_way(const char *path, bool is_directory)
{
    cleanup_fd int at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

    for (path++; at >= 0 && *path;) {
        char name[NAME_MAX + 1];
        size_t length = strcspn(path, "/");
        int next;

        if (length > NAME_MAX)
            return -ENAMETOOLONG;
        memcpy(name, path, length);
        name[length] = '\0';
        path += length + (path[length] == '/');
        if (!*path && !is_directory)
            return mount_tree_make_file(at, name);
        next = descend(at, name);
        if (next < 0)
            return next;
        fd_close(at);
        at = next;
    }
    return at < 0 ? -errno : 0;
}

bool mount_tree_is_directory(int fd)
{
    struct stat status;

    return fstat(fd, &status) < 0 || S_ISDIR(status.st_mode);
}

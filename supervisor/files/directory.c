#include "supervisor/files/directory.h"

#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MODE_OF_PARENTS = 0755 };

static bool is_ours(const struct stat *status)
{
    return status->st_uid == 0 || status->st_uid == geteuid();
}

/* Nobody but us and root can put another thing in the place of what is there. */
static bool is_settled(int directory, const struct stat *entry)
{
    struct stat status;

    if (fstat(directory, &status) < 0 || !is_ours(&status) || !is_ours(entry))
        return false;
    return !(status.st_mode & (S_IWGRP | S_IWOTH)) || status.st_mode & S_ISVTX;
}

/* A descriptor to go on from, or a negative errno. */
static int step_into(int directory, const char *name)
{
    cleanup_fd int fd = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat status;

    if (fd < 0 || fstat(fd, &status) < 0)
        return -errno;
    if (!S_ISLNK(status.st_mode))
        return S_ISDIR(status.st_mode) ? take_fd(&fd) : -ENOTDIR;
    if (!is_settled(directory, &status))
        return -ELOOP;
    fd_close(take_fd(&fd));
    fd = openat(directory, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -errno : take_fd(&fd);
}

/* The same, of a directory that is made when it is missing. */
static int make_and_step_into(int directory, const char *name)
{
    int error = mkdirat(directory, name, MODE_OF_PARENTS) < 0 ? -errno : 0;
    int fd = step_into(directory, name);

    return fd == -ENOENT && error < 0 ? error : fd;
}

typedef int stepper(int directory, const char *name);

/* Every component but the last, one by one. */
static int walk(const char *path, stepper *step, const char **ret_name)
{
    cleanup_fd int at = open(path[0] == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    char name[NAME_MAX + 1];

    if (at < 0)
        return -errno;
    for (path += strspn(path, "/");;) {
        size_t length = strcspn(path, "/");
        const char *next = path + length + strspn(path + length, "/");
        int fd;

        if (length > NAME_MAX)
            return -ENAMETOOLONG;
        if (!*next)
            break;
        memcpy(name, path, length);
        name[length] = '\0';
        fd = step(at, name);
        if (fd < 0)
            return fd;
        fd_close(at);
        at = fd;
        path = next;
    }
    *ret_name = path;
    return take_fd(&at);
}

int directory_open_parent(const char *path, const char **ret_name)
{
    return walk(path, step_into, ret_name);
}

int directory_make(const char *path, mode_t mode)
{
    const char *name = "";
    cleanup_fd int parent = walk(path, make_and_step_into, &name);

    if (parent < 0)
        return parent;
    if (mkdirat(parent, name, mode) < 0 && errno != EEXIST)
        return -errno;
    return faccessat(parent, name, W_OK | X_OK, 0) < 0 ? -errno : 0;
}

int directory_hand_over(const char *path, mode_t mode, const struct sandbox_identity *owner)
{
    const char *name = "";
    cleanup_fd int parent = directory_open_parent(path, &name);
    cleanup_fd int fd =
        parent < 0
            ? -1
            : openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    uid_t uid = owner && owner->has_uid ? owner->uid : geteuid();
    gid_t gid = owner && owner->has_gid ? owner->gid : getegid();
    struct stat status;

    if (parent < 0)
        return parent;
    if (fd < 0)
        return errno == ENOTDIR ? 0 : -errno;
    if (fstat(fd, &status) < 0)
        return -errno;
    if ((status.st_uid != uid || status.st_gid != gid) && fchown(fd, uid, gid) < 0)
        return -errno;
    return (status.st_mode & 07777) != mode && fchmod(fd, mode) < 0 ? -errno : 0;
}

#include "supervisor/init/rubbish.h"

#include "supervisor/files/directory.h"
#include "supervisor/wire/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { DEPTH_MAX = 128 }; /* of directories, each of which costs a descriptor */

static bool is_on(int fd, dev_t device)
{
    struct stat status;

    return fstat(fd, &status) == 0 && status.st_dev == device;
}

/*
 * By descriptors and without following links: the tree belongs to a service, and some process of
 * its user may still move directories about. Other file systems in it are left alone.
 */
static void take_apart(int parent, const char *name, dev_t device, unsigned depth)
{
    struct dirent *entry;
    DIR *directory;
    int fd;

    if (unlinkat(parent, name, 0) == 0 || errno != EISDIR || depth == 0)
        return;
    fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    directory = fd >= 0 && is_on(fd, device) ? fdopendir(fd) : NULL;
    if (!directory) {
        fd_close(fd);
        return;
    }
    while ((entry = readdir(directory)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            take_apart(dirfd(directory), entry->d_name, device, depth - 1);
    closedir(directory);
    (void)unlinkat(parent, name, AT_REMOVEDIR);
}

int rubbish_take(struct pod *pod, const char *path, const char *directory)
{
    const char *name = "";
    cleanup_fd int parent = directory_open_parent(path, &name);
    char heap[PATH_MAX];
    struct stat status;
    pid_t pid;
    int length = snprintf(heap, sizeof(heap), "%s/gone.%llu", directory,
                          (unsigned long long)++pod->last_rubbish);

    if (parent < 0)
        return parent;
    if (length < 0 || (size_t)length >= sizeof(heap))
        return -ENAMETOOLONG;
    if (renameat(parent, name, AT_FDCWD, heap) < 0 || lstat(heap, &status) < 0)
        return -errno;
    pid = fork();
    if (pid < 0)
        return -errno; /* the heap stays */
    if (pid == 0) {
        /* A socket that a unit has given up must not live on in here. */
        (void)syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0);
        take_apart(AT_FDCWD, heap, status.st_dev, DEPTH_MAX);
        _exit(0);
    }
    return 0;
}

void rubbish_clear(const char *path)
{
    struct stat status;

    if (lstat(path, &status) == 0)
        take_apart(AT_FDCWD, path, status.st_dev, DEPTH_MAX);
}

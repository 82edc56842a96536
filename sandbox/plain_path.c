#include "sandbox/plain_path.h"

#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* One step. O_PATH opens a link itself. */
static int step(int at, const char *name, int flags)
{
    cleanup_fd int fd = openat(at, name, flags | O_NOFOLLOW | O_CLOEXEC);
    struct stat status;

    if (fd < 0)
        return -errno;
    if ((flags & O_PATH) && (fstat(fd, &status) < 0 || S_ISLNK(status.st_mode)))
        return -ELOOP;
    return take_fd(&fd);
}

/* The next name of a path, copied; "" at its end. Returns what is behind it. */
static const char *next_name(const char *path, char name[NAME_MAX + 1])
{
    size_t length;

    path += strspn(path, "/");
    length = strcspn(path, "/");
    if (length > NAME_MAX)
        return NULL;
    memcpy(name, path, length);
    name[length] = '\0';
    path += length;
    return path + strspn(path, "/");
}

static int walk(const char *path, int flags)
{
    cleanup_fd int at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    char name[NAME_MAX + 1];

    for (;;) {
        const char *rest = next_name(path, name);
        int fd;

        if (at < 0 || !rest)
            return at < 0 ? -errno : -ENAMETOOLONG;
        if (*rest == '\0')
            return step(at, name[0] ? name : ".", flags);
        fd = step(at, name, O_PATH);
        if (fd < 0)
            return fd;
        fd_close(at);
        at = fd;
        path = rest;
    }
}

int plain_path_open(const char *path, int flags)
{
    struct open_how how = {
        .flags = (uint64_t)(unsigned)flags | O_CLOEXEC,
        .resolve = RESOLVE_NO_SYMLINKS,
    };
    long fd = syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));

    if (fd >= 0)
        return (int)fd;
    return errno == ENOSYS ? walk(path, flags) : -errno;
}

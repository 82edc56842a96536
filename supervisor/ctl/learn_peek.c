#include "supervisor/ctl/learn.h"

#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>

enum { PROC_PATH_SIZE = 48, PAGE = 4096 };

/* /proc/PID/mem is there where a filter of the container refuses process_vm_readv(). */
static ssize_t read_memory_file(pid_t pid, uint64_t address, void *buffer, size_t size)
{
    char path[PROC_PATH_SIZE];
    cleanup_fd int fd = -1;

    snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? -1 : pread(fd, buffer, size, (off_t)address);
}

int learn_peek(pid_t pid, uint64_t address, void *buffer, size_t size)
{
    struct iovec here = { .iov_base = buffer, .iov_len = size };
    struct iovec there = { .iov_base = (void *)(uintptr_t)address, .iov_len = size };
    ssize_t length = process_vm_readv(pid, &here, 1, &there, 1, 0);

    if (length < 0 && errno != EFAULT)
        length = read_memory_file(pid, address, buffer, size);
    if (length < 0)
        return -errno;
    return length == 0 ? -EFAULT : (int)length;
}

/* Not over the end of a page: behind it there may be nothing. */
int learn_peek_string(pid_t pid, uint64_t address, char text[PATH_MAX])
{
    size_t used = 0;

    while (used < PATH_MAX) {
        size_t size = PAGE - (address + used) % PAGE;
        int length = learn_peek(pid, address + used, text + used,
                                size < PATH_MAX - used ? size : PATH_MAX - used);

        if (length < 0)
            return length;
        if (memchr(text + used, '\0', (size_t)length))
            return 0;
        used += (size_t)length;
    }
    return -ENAMETOOLONG;
}

static int read_link(const char *link, char path[PATH_MAX])
{
    ssize_t length = readlink(link, path, PATH_MAX - 1);

    if (length < 0)
        return -errno;
    path[length] = '\0';
    return 0;
}

int learn_peek_descriptor(pid_t pid, int fd, char path[PATH_MAX])
{
    char link[PROC_PATH_SIZE];

    if (fd == AT_FDCWD)
        snprintf(link, sizeof(link), "/proc/%d/cwd", (int)pid);
    else
        snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)pid, fd);
    return read_link(link, path);
}

static bool has_our_root(pid_t pid)
{
    char link[PROC_PATH_SIZE];
    struct stat ours, its;

    snprintf(link, sizeof(link), "/proc/%d/ns/mnt", (int)pid);
    if (stat("/proc/self/ns/mnt", &ours) < 0 || stat(link, &its) < 0 || ours.st_ino != its.st_ino)
        return false;
    snprintf(link, sizeof(link), "/proc/%d/root", (int)pid);
    return stat("/", &ours) == 0 && stat(link, &its) == 0 && ours.st_dev == its.st_dev &&
           ours.st_ino == its.st_ino;
}

int learn_peek_path(pid_t pid, int directory, uint64_t address, char path[PATH_MAX])
{
    char text[PATH_MAX], base[PATH_MAX] = "";
    int error = learn_peek_string(pid, address, text), length;

    if (error < 0)
        return error;
    if (!has_our_root(pid))
        return -EXDEV;
    if (text[0] != '/')
        error = learn_peek_descriptor(pid, directory, base);
    if (error < 0)
        return error;
    if (text[0] != '/' && base[0] != '/')
        return -ENOTDIR;
    length = snprintf(path, PATH_MAX, "%s%s%s", base, base[0] && text[0] ? "/" : "", text);
    return length < PATH_MAX ? 0 : -ENAMETOOLONG;
}

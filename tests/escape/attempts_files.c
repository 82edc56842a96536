/* Changing files that are not to be changed. Each attempt takes back what it did. */

#include "tests/escape/escape.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

static int create(const struct world *world, long flags)
{
    const char *path = in_work(world, "protected/new");
    int fd = open(path, O_WRONLY | O_CREAT | (int)flags, 0600);

    if (fd >= 0)
        unlink(path);
    return denied(fd);
}

static int write_file(const struct world *world, long flags)
{
    return write_to(in_work(world, "protected/file"), (int)flags);
}

static int open_with_openat2(const struct world *world, long flags)
{
    struct open_how how = { .flags = O_WRONLY, .resolve = (unsigned long)flags };
    int directory = open(in_work(world, "protected"), O_PATH);

    return denied(syscall(SYS_openat2, directory, "file", &how, sizeof(how)));
}

static int cut(const struct world *world, long argument)
{
    (void)argument;
    return denied(truncate(in_work(world, "protected/file"), 1));
}

static int map_shared(const struct world *world, long argument)
{
    int fd = open(in_work(world, "protected/file"), O_RDWR);
    char *map;

    (void)argument;
    if (fd < 0)
        return -errno;
    map = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return -errno;
    map[0] = 'm';
    return 0;
}

static int remove_file(const struct world *world, long argument)
{
    const char *path = in_work(world, "protected/file");

    (void)argument;
    if (unlink(path) < 0)
        return -errno;
    return write_to(path, O_WRONLY | O_CREAT);
}

static int remove_directory(const struct world *world, long argument)
{
    const char *path = in_work(world, "protected/empty");

    (void)argument;
    if (rmdir(path) < 0)
        return -errno;
    return denied(mkdir(path, 0755));
}

static int make_directory(const struct world *world, long argument)
{
    const char *path = in_work(world, "protected/directory");

    (void)argument;
    return mkdir(path, 0755) < 0 ? -errno : denied(rmdir(path));
}

static int rename_there_and_back(const char *from, const char *to, unsigned flags)
{
    if (syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags) < 0)
        return -errno;
    return denied(syscall(SYS_renameat2, AT_FDCWD, to, AT_FDCWD, from, flags));
}

static int rename_within(const struct world *world, long argument)
{
    (void)argument;
    return rename_there_and_back(in_work(world, "protected/file"),
                                 in_work(world, "protected/other"), 0);
}

static int rename_out(const struct world *world, long argument)
{
    (void)argument;
    return rename_there_and_back(in_work(world, "protected/file"), in_work(world, "open/taken"), 0);
}

static int rename_in(const struct world *world, long argument)
{
    (void)argument;
    return rename_there_and_back(in_work(world, "open/late"), in_work(world, "protected/late"), 0);
}

static int exchange(const struct world *world, long argument)
{
    (void)argument;
    return rename_there_and_back(in_work(world, "protected/file"), in_work(world, "open/late"),
                                 RENAME_EXCHANGE);
}

/* The directory itself, with all that is in it. */
static int rename_tree(const struct world *world, long argument)
{
    (void)argument;
    return rename_there_and_back(in_work(world, "protected"), in_work(world, "moved"), 0);
}

static int link_out(const struct world *world, long argument)
{
    const char *path = in_work(world, "open/hard");
    int r;

    (void)argument;
    if (link(in_work(world, "protected/file"), path) < 0)
        return -errno;
    r = write_to(path, O_WRONLY);
    unlink(path);
    return r;
}

static int link_in(const struct world *world, long argument)
{
    const char *path = in_work(world, "protected/hard");

    (void)argument;
    return link(in_work(world, "open/late"), path) < 0 ? -errno : denied(unlink(path));
}

static int symlink_in(const struct world *world, long argument)
{
    const char *path = in_work(world, "protected/soft");

    (void)argument;
    return symlink("/", path) < 0 ? -errno : denied(unlink(path));
}

static int make_node(const struct world *world, long type)
{
    const char *path = in_work(world, "protected/node");

    return mknod(path, (mode_t)type | 0600, 0) < 0 ? -errno : denied(unlink(path));
}

static int bind_socket(const struct world *world, long argument)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    (void)argument;
    if (fd < 0)
        return -errno;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", in_work(world, "protected/socket"));
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        return -errno;
    return denied(unlink(address.sun_path));
}

/* --- what belongs to a file beside its contents --- */

static int change_mode(const struct world *world, long way)
{
    const char *path = in_work(world, "protected/file");
    int fd;

    switch (way) {
    case 0:
        return denied(chmod(path, 0640));
    case 1:
        fd = open(path, O_RDONLY);
        return fd < 0 ? -errno : denied(fchmod(fd, 0640));
    case 2:
        fd = open(path, O_PATH);
        return fd < 0 ? -errno : denied(syscall(SYS_fchmodat2, fd, "", 0640, AT_EMPTY_PATH));
    default:
        return denied(chmod(in_work(world, "protected"), 0755));
    }
}

static int change_owner(const struct world *world, long argument)
{
    (void)argument;
    return denied(chown(in_work(world, "protected/file"), geteuid(), getegid()));
}

static int change_time(const struct world *world, long argument)
{
    int fd = open(in_work(world, "protected/file"), O_RDONLY);

    if (argument)
        return fd < 0 ? -errno : denied(futimens(fd, NULL));
    return denied(utimensat(AT_FDCWD, in_work(world, "protected/file"), NULL, 0));
}

static int change_attribute(const struct world *world, long argument)
{
    const char *path = in_work(world, "protected/file");

    (void)argument;
    if (setxattr(path, "user.escape", "x", 1, 0) < 0)
        return -errno;
    return denied(removexattr(path, "user.escape"));
}

static int change_flags(const struct world *world, long argument)
{
    int fd = open(in_work(world, "protected/file"), O_RDONLY), flags = 0;

    (void)argument;
    if (fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
        return errno == ENOTTY ? -NOT_HERE : -errno;
    return denied(ioctl(fd, FS_IOC_SETFLAGS, &flags));
}

#define WRITES "ProtectSystem ReadOnlyPaths BindReadOnlyPaths"
const struct attempt attempts_files[] = {
    { "create", WRITES, create, O_EXCL },
    { "create-sync", WRITES, create, O_SYNC },
    { "write", WRITES, write_file, O_WRONLY },
    { "write-append", WRITES, write_file, O_WRONLY | O_APPEND },
    { "write-read-write", WRITES, write_file, O_RDWR },
    { "write-truncate", WRITES, write_file, O_WRONLY | O_TRUNC },
    { "write-openat2", WRITES, open_with_openat2, 0 },
    { "write-openat2-beneath", WRITES, open_with_openat2, RESOLVE_BENEATH },
    { "truncate", WRITES, cut },
    { "mmap-shared", WRITES, map_shared },
    { "unlink", WRITES, remove_file },
    { "rmdir", WRITES, remove_directory },
    { "mkdir", WRITES, make_directory },
    { "rename-within", WRITES, rename_within },
    { "rename-out", WRITES, rename_out },
    { "rename-in", WRITES, rename_in },
    { "rename-exchange", WRITES, exchange },
    { "rename-tree", WRITES, rename_tree },
    { "link-out-and-write", WRITES, link_out },
    { "link-in", WRITES, link_in },
    { "symlink-in", WRITES, symlink_in },
    { "mkfifo", WRITES, make_node, S_IFIFO },
    { "mknod-file", WRITES, make_node, S_IFREG },
    { "mknod-socket", WRITES, make_node, S_IFSOCK },
    { "bind-socket", WRITES, bind_socket },
    { "chmod", WRITES, change_mode, 0, PAST_PARTIAL },
    { "fchmod", WRITES, change_mode, 1, PAST_PARTIAL },
    { "fchmodat2-of-o_path", WRITES, change_mode, 2, PAST_PARTIAL },
    { "chmod-directory", WRITES, change_mode, 3, PAST_PARTIAL },
    { "chown", WRITES, change_owner, 0, PAST_PARTIAL },
    { "utimensat", WRITES, change_time, 0, PAST_PARTIAL },
    { "futimens", WRITES, change_time, 1, PAST_PARTIAL },
    { "setxattr", WRITES, change_attribute, 0, PAST_PARTIAL },
    { "chattr", WRITES, change_flags, 0, PAST_PARTIAL },
    { 0 },
};

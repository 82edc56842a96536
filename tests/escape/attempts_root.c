/*
 * Out of RootDirectory=: to what is outside of it, by all that leads out of a chroot(2). The secret
 * of the world is not in there.
 */

#include "tests/escape/escape.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { DEPTH = 64, DESCRIPTORS = 64 };

/* Whether the secret is below this directory, which is a "/" of another place if the way works. */
static int secret_below(int directory, const struct world *world)
{
    char path[2 * WORLD_PATH];
    int fd;

    snprintf(path, sizeof(path), ".%s/secret/file", world->work);
    fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    close(fd);
    return 0;
}

static int by_path(const struct world *world, long argument)
{
    (void)argument;
    return can_read(in_work(world, "secret/file"));
}

static int by_dots(const struct world *world, long argument)
{
    (void)argument;
    for (int i = 0; i < DEPTH; i++)
        if (chdir("..") < 0)
            return -errno;
    return secret_below(AT_FDCWD, world);
}

/* Through what is bound into the root. */
static int by_bound(const struct world *world, long argument)
{
    (void)argument;
    return can_read(in_work(world, "sibling/../secret/file"));
}

static int by_link(const struct world *world, long argument)
{
    const char *link = in_work(world, "sibling/to-secret");
    int r;

    (void)argument;
    unlink(link);
    if (symlink("../secret/file", link) < 0)
        return -errno;
    r = can_read(link);
    unlink(link);
    return r;
}

static int by_root_of(const struct world *world, long which)
{
    const pid_t pids[] = { world->init, world->sibling, getppid() };
    int directory = open(of_process(pids[which], "root"), O_PATH | O_DIRECTORY | O_CLOEXEC);

    return directory < 0 ? -errno : secret_below(directory, world);
}

/* The oldest one: a root below the one we stand in. */
static int by_chroot(const struct world *world, long is_alone)
{
    int r = is_alone ? 0 : become_namespace_root();

    if (r < 0)
        return r;
    if (mkdir(in_work(world, "sibling/deeper"), 0755) < 0 && errno != EEXIST)
        return -errno;
    if (chdir("/") < 0 || chroot(in_work(world, "sibling/deeper")) < 0)
        return -errno;
    for (int i = 0; i < DEPTH; i++)
        if (chdir("..") < 0)
            return -errno;
    return secret_below(AT_FDCWD, world);
}

/* What the new root lies on, if it is still there. */
static int by_uncovering(const struct world *world, long argument)
{
    int r = become_namespace_root();

    (void)argument;
    if (r < 0)
        return r;
    if (umount2("/", MNT_DETACH) < 0 && !world->is_control)
        return -errno;
    if (chdir("/") < 0 || chdir("..") < 0)
        return -errno;
    return secret_below(AT_FDCWD, world);
}

static int by_namespace_of(const struct world *world, long is_init)
{
    int fd =
        open(of_process(is_init ? world->init : world->sibling, "ns/mnt"), O_RDONLY | O_CLOEXEC);

    if (fd < 0 || setns(fd, CLONE_NEWNS) < 0)
        return -errno;
    return secret_below(AT_FDCWD, world);
}

static int by_descriptor(const struct world *world, long argument)
{
    int r = -EBADF;

    (void)argument;
    if (world->is_control) /* one that was left open */
        (void)!open("/", O_PATH | O_DIRECTORY);
    for (int fd = 0; fd < DESCRIPTORS && r < 0; fd++)
        r = secret_below(fd, world);
    return r;
}

#define ROOT "RootDirectory"
const struct attempt attempts_root[] = {
    { "root-by-path", ROOT, by_path },
    { "root-by-dots", ROOT, by_dots },
    { "root-by-bound-directory", ROOT, by_bound },
    { "root-by-link", ROOT, by_link },
    { "root-by-root-of-init", ROOT, by_root_of, 0 },
    { "root-by-root-of-sibling", ROOT, by_root_of, 1 },
    { "root-by-own-root", ROOT, by_root_of, 2 },
    { "root-by-chroot", ROOT, by_chroot, 0 },
    { "root-by-chroot-alone", ROOT, by_chroot, 1 },
    { "root-by-uncovering", ROOT, by_uncovering },
    { "root-by-namespace-of-sibling", ROOT, by_namespace_of, 0 },
    { "root-by-namespace-of-init", ROOT, by_namespace_of, 1 },
    { "root-by-descriptor", ROOT, by_descriptor },
    { 0 },
};

#include "sandbox/userns.h"

#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

void userns_maps_init(struct userns_maps *maps, uid_t uid, gid_t gid)
{
    maps->user = uid;
    maps->group = gid;
    snprintf(maps->uid, sizeof(maps->uid), "%u %u 1\n", uid, uid);
    snprintf(maps->gid, sizeof(maps->gid), "%u %u 1\n", gid, gid);
}

static int write_file(const char *path, const char *text)
{
    cleanup_fd int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        return -errno;
    return 0;
}

/* A process may map its group only after it gave up setgroups(): user_namespaces(7). */
static int write_maps(const struct userns_maps *maps)
{
    int r = write_file("/proc/self/setgroups", "deny");

    if (r == 0)
        r = write_file("/proc/self/uid_map", maps->uid);
    if (r == 0)
        r = write_file("/proc/self/gid_map", maps->gid);
    return r;
}

int userns_enter(const struct userns_maps *maps, int flags)
{
    int was_dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
    int r;

    if (unshare(flags) < 0)
        return -errno;
    /* PID 1 is not dumpable, its copy neither: the files above would belong to root. */
    if (was_dumpable != 1 && prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
        return -errno;
    r = write_maps(maps);
    /* The copy still has what PID 1 had in memory; the exec opens it to the user again. */
    if (was_dumpable != 1 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 && r == 0)
        r = -errno;
    return r;
}

int userns_make(const struct userns_maps *maps)
{
    int r = userns_enter(maps, CLONE_NEWUSER), fd;

    if (r < 0)
        return r;
    fd = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int userns_join(int user_namespace)
{
    return setns(user_namespace, CLONE_NEWUSER) < 0 ? -errno : 0;
}

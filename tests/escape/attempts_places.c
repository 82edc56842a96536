/* Whether the process stands where the unit puts it: its namespaces, its user, what is bound. */

#include "tests/escape/escape.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

/* In that of the sibling, and so in that of the pod. */
static int in_namespace_of_sibling(const struct world *world, const char *name)
{
    char path[WORLD_PATH];
    int own = own_namespace(name);

    snprintf(path, sizeof(path), "sibling/ns-%s", name);
    return own < 0 ? own : own == told_by_sibling(world, path) ? 0 : -EXDEV;
}

/* By what it was started with: in a PID namespace of one's own the number is somebody else's. */
static int find_process(const struct world *world, long is_init)
{
    const char *wanted = world->is_control ? "control" : is_init ? "--units" : "sibling";
    DIR *all = opendir("/proc");
    const struct dirent *entry;
    char path[WORLD_PATH], text[WORLD_PATH];

    while (all && (entry = readdir(all))) {
        ssize_t size = -1;
        int fd;

        snprintf(path, sizeof(path), "/proc/%.32s/cmdline", entry->d_name);
        fd = entry->d_name[0] <= '9' ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        if (fd >= 0)
            size = read(fd, text, sizeof(text) - 1);
        close(fd);
        if (size <= 0)
            continue;
        text[size] = '\0';
        if (strcmp(text + strlen(text) + 1, wanted) == 0)
            return 0;
    }
    return -ESRCH;
}

static int shares_namespace(const struct world *world, long which)
{
    static const char *const names[] = { "mnt", "uts", "ipc", "net", "user", "pid" };

    return in_namespace_of_sibling(world, names[which]);
}

static int private_file(const struct world *world, long flags)
{
    return flags == O_RDONLY ? can_read(in_work(world, "private"))
                             : write_to(in_work(world, "private"), (int)flags);
}

/* --- BindPaths= of a directory that others exchange for a link --- */

/* Outside of reeve: what mount(2) does with a path. */
static int bind_naively(const struct world *world)
{
    const char *at = in_work(world, "race/at"), *link = in_work(world, "race/link");
    int r = become_namespace_root();

    if (r < 0)
        return r;
    if (syscall(SYS_renameat2, AT_FDCWD, at, AT_FDCWD, link, RENAME_EXCHANGE) < 0)
        return -errno;
    r = denied(mount(at, in_work(world, "race/shown"), NULL, MS_BIND, NULL));
    (void)!syscall(SYS_renameat2, AT_FDCWD, at, AT_FDCWD, link, RENAME_EXCHANGE);
    return r;
}

static int bound_source(const struct world *world, long argument)
{
    int r = world->is_control ? bind_naively(world) : 0;

    (void)argument;
    return r < 0 ? r : can_read(in_work(world, "race/shown/file"));
}

const struct attempt attempts_places[] = {
    { "mounts-of-sibling", "PrivateMounts", shares_namespace, 0 },
    { "host-name-of-sibling", "ProtectHostname", shares_namespace, 1, PAST_PARTIAL },
    { "ipc-of-sibling", "PrivateIPC", shares_namespace, 2 },
    { "network-of-sibling", "PrivateNetwork", shares_namespace, 3, PAST_PARTIAL },
    { "users-of-sibling", "PrivateUsers", shares_namespace, 4 },
    { "pids-of-sibling", "PrivatePIDs", shares_namespace, 5 },
    { "find-sibling", "PrivatePIDs HiddenProc", find_process, 0 },
    { "find-init", "PrivatePIDs HiddenProc", find_process, 1 },
    { "read-private", "User DynamicUser", private_file, O_RDONLY, PAST_PARTIAL },
    { "write-private", "User", private_file, O_WRONLY, PAST_PARTIAL },
    { "race-of-bind-source", "BindRace", bound_source },
    { 0 },
};

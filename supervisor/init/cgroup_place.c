#include "supervisor/init/cgroup_place.h"

#include "sandbox/abilities.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { TEXT_SIZE = 4096, NUMBER_SIZE = 32 };

#define OWN_LEAF "init.scope"

static const char given_away[] =
    "reeve gives up root, and a cgroup tree that its services may write is none";
static const char nowhere[] = "there is no tree of cgroup v2 here";

/* --- small files --- */

void cgroup_read(int directory, const char *path, char *text, size_t size)
{
    cleanup_fd int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);

    text[length < 0 ? 0 : length] = '\0';
}

int cgroup_write(int directory, const char *path, const char *text)
{
    cleanup_fd int fd = openat(directory, path, O_WRONLY | O_CLOEXEC);

    return fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

bool cgroup_read_number(int directory, const char *path, uint64_t *ret_number)
{
    char text[NUMBER_SIZE], *end;

    cgroup_read(directory, path, text, sizeof(text));
    if (strncmp(text, "max", 3) == 0) {
        *ret_number = UINT64_MAX;
        return true;
    }
    *ret_number = strtoull(text, &end, 10);
    return end != text;
}

void cgroup_find_own(const char *controller, char *ret_path)
{
    char text[TEXT_SIZE], wanted[NUMBER_SIZE];
    const char *at;

    cgroup_read(AT_FDCWD, "/proc/self/cgroup", text, sizeof(text));
    snprintf(wanted, sizeof(wanted), ":%s:", controller);
    at = strstr(text, wanted);
    ret_path[0] = '\0';
    if (at)
        snprintf(ret_path, PATH_MAX, "%.*s", (int)strcspn(at + strlen(wanted), "\n"),
                 at + strlen(wanted));
}

/* --- finding it --- */

/* Who is in a cgroup, seen from our PID namespace; 0 stands for somebody outside of it. */
struct residents {
    bool are_we, are_others, are_foreign;
};

static void look_who(int directory, struct residents *ret_who)
{
    cleanup_fd int fd = openat(directory, "cgroup.procs", O_RDONLY | O_CLOEXEC);
    FILE *stream = fd < 0 ? NULL : fdopen(fd, "r");
    int pid;

    *ret_who = (struct residents){ 0 };
    if (!stream)
        return;
    (void)take_fd(&fd);
    while (fscanf(stream, "%d", &pid) == 1) {
        ret_who->are_we |= pid == getpid();
        ret_who->are_others |= pid != getpid();
        ret_who->are_foreign |= pid == 0;
    }
    fclose(stream);
}

/* Where systemd keeps to its rule that whoever did not ask for it must not make children. */
static bool is_withheld(int directory, const char *path)
{
    static const char *const kinds[] = { ".service", ".scope", ".slice" };
    size_t length = strlen(path);
    char value[2];

    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        size_t end = strlen(kinds[i]);

        if (length > end && strcmp(path + length - end, kinds[i]) == 0)
            return fgetxattr(directory, "user.delegate", value, sizeof(value)) < 0 &&
                   fgetxattr(directory, "trusted.delegate", value, sizeof(value)) < 0;
    }
    return false;
}

/* NULL: it is for us. Only the root of the whole tree may have processes of others (the kernel's),
 * and only for PID 1 of the machine. */
static const char *why_not(int directory, const char *path, const struct residents *who)
{
    bool is_root = faccessat(directory, "cgroup.type", F_OK, 0) < 0;

    if (is_root && getpid() == 1 && !who->are_foreign)
        return NULL;
    if (who->are_others)
        return "processes that are not reeve's are in the cgroup that it was started in";
    if (is_withheld(directory, path))
        return "the unit that runs reeve has no Delegate=yes";
    return NULL;
}

/* Opens the cgroup that we are in; -1 when it cannot be seen. */
static int open_own(struct cgroup_place *place, char *path)
{
    static const char *const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

    cgroup_find_own("", path);
    for (size_t i = 0; path[0] && i < 2 * ARRAY_SIZE(mounts); i++) {
        const char *mount = mounts[i / 2];
        bool is_below = i % 2 == 0; /* else: in a container the mount is what we are in */
        cleanup_fd int fd = -1;
        struct residents who;
        struct statfs status;
        int length = snprintf(place->directory, sizeof(place->directory), "%s%s", mount,
                              is_below && path[1] ? path : "");

        if (length >= (int)sizeof(place->directory))
            continue;
        fd = open(place->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 || fstatfs(fd, &status) < 0 || status.f_type != CGROUP2_SUPER_MAGIC)
            continue;
        look_who(fd, &who);
        if (!who.are_we)
            continue;
        place->mount_length = strlen(mount);
        place->reason = why_not(fd, path, &who);
        return take_fd(&fd);
    }
    return -1;
}

/* --- settling --- */

static const char *errno_reason(int error)
{
    switch (error) {
    case EROFS:
        return "the cgroup tree is mounted read-only here";
    case EACCES:
    case EPERM:
        return "the cgroup that reeve is in belongs to somebody else";
    default:
        return "the kernel does not let reeve make cgroups here";
    }
}

/* Controllers for our children, as far as we are given them. */
static unsigned enable_controllers(int root)
{
    static const struct {
        const char *enable, *proof;
        unsigned ability;
    } wanted[] = {
        { "+memory", OWN_LEAF "/memory.max", CGROUP_MEMORY },
        { "", OWN_LEAF "/memory.swap.max", CGROUP_SWAP },
        { "+pids", OWN_LEAF "/pids.max", CGROUP_TASKS },
        { "+cpu", OWN_LEAF "/cpu.max", CGROUP_CPU },
        { "", OWN_LEAF "/memory.zswap.max", CGROUP_ZSWAP },
        { "+cpuset", OWN_LEAF "/cpuset.cpus", CGROUP_CPUSET },
        { "+io", OWN_LEAF "/io.max", CGROUP_IO },
        { "", OWN_LEAF "/io.weight", CGROUP_IO_WEIGHT },
    };
    unsigned found = 0;

    for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
        if (wanted[i].enable[0])
            (void)!cgroup_write(root, "cgroup.subtree_control", wanted[i].enable);
        if (faccessat(root, wanted[i].proof, F_OK, 0) == 0)
            found |= wanted[i].ability;
    }
    return found;
}

static void disable_controllers(int root)
{
    static const char *const words[] = { "-memory", "-pids", "-cpu", "-cpuset", "-io" };

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        (void)!cgroup_write(root, "cgroup.subtree_control", words[i]);
}

static void move_back(int root)
{
    disable_controllers(root);
    (void)!cgroup_write(root, "cgroup.procs", "0");
    (void)unlinkat(root, OWN_LEAF, AT_REMOVEDIR);
}

static int settle(struct cgroup_place *place, int root)
{
    int error;

    if (mkdirat(root, OWN_LEAF, 0755) < 0 && errno != EEXIST)
        return -errno;
    error = cgroup_write(root, OWN_LEAF "/cgroup.procs", "0");
    if (error == 0)
        place->controllers = enable_controllers(root);
    else
        move_back(root);
    return error;
}

/* 100 % is what the pod as a whole may have. */
static void measure(struct cgroup_place *place, int root)
{
    struct sysinfo info;
    uint64_t limit;

    place->memory_total = sysinfo(&info) < 0 ? UINT64_MAX : (uint64_t)info.totalram * info.mem_unit;
    if (cgroup_read_number(root, "memory.max", &limit) && limit < place->memory_total)
        place->memory_total = limit;
    if (!cgroup_read_number(AT_FDCWD, "/proc/sys/kernel/pid_max", &place->tasks_total))
        place->tasks_total = UINT64_MAX;
    if (cgroup_read_number(root, "pids.max", &limit) && limit < place->tasks_total)
        place->tasks_total = limit;
}

void cgroup_place_settle(struct cgroup_place *place, uid_t uid)
{
    char path[PATH_MAX];
    cleanup_fd int root = -1;
    int error;

    place->root_fd = -1;
    place->reason = nowhere;
    root = open_own(place, path);
    if (root < 0 || place->reason)
        return;
    /* Who gives up root would have to give the tree to the user that his services have, and any of
     * them could put PID 1 into a cgroup and freeze it. */
    if (uid != geteuid()) {
        place->reason = given_away;
        return;
    }
    error = settle(place, root);
    if (error < 0) {
        place->controllers = 0;
        place->reason = errno_reason(-error);
        return;
    }
    measure(place, root);
    place->root_fd = take_fd(&root);
}

void cgroup_place_leave(struct cgroup_place *place)
{
    if (place->root_fd < 0)
        return;
    move_back(place->root_fd);
    place->root_fd = fd_close(place->root_fd);
}

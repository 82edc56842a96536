#include "sandbox/plan_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Looked at when the plan is made, as the user that PID 1 is. Of a service that becomes somebody
 * else nothing is known but that what is not there is closed to it, and what root's files are to
 * whoever is not root. */

bool place_never(const struct plan_builder *builder)
{
    (void)builder;
    return false;
}

bool plan_keeps_rights(const struct plan_builder *builder)
{
    static const uint64_t harmless = UINT64_C(1) << CAP_NET_BIND_SERVICE |
                                     UINT64_C(1) << CAP_NET_RAW | UINT64_C(1) << CAP_IPC_LOCK |
                                     UINT64_C(1) << CAP_SYS_NICE | UINT64_C(1) << CAP_KILL;

    return (builder->plan->ambient_capabilities & ~harmless) != 0;
}

/* Whoever the service will be: root's files are root's to it. */
static bool is_ordinary(const struct plan_builder *builder)
{
    return plan_uid(builder) != 0 && !plan_has_command_as_root(builder) &&
           !plan_keeps_rights(builder);
}

bool place_is_read_only(const char *path)
{
    struct statvfs status;

    return statvfs(path, &status) < 0 ? errno == ENOENT : (status.f_flag & ST_RDONLY) != 0;
}

bool place_is_out_of_reach(const struct plan_builder *builder, const char *path, bool is_optional)
{
    struct stat status;

    if (stat(path, &status) < 0)
        return (errno == EACCES && !builder->plan->identity) || (errno == ENOENT && is_optional);
    if (builder->plan->identity)
        return false;
    return status.st_uid != builder->context->uid && access(path, R_OK) < 0 &&
           access(path, W_OK) < 0 && access(path, X_OK) < 0;
}

static bool is_dot(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* No service can put anything there, and nobody has. */
static bool is_empty_for_ever(const struct plan_builder *builder, const char *path)
{
    DIR *directory = opendir(path);
    const struct dirent *entry;
    struct stat status;
    bool is_empty = directory && !builder->plan->identity &&
                    fstat(dirfd(directory), &status) == 0 &&
                    status.st_uid != builder->context->uid && access(path, W_OK) < 0;

    while (is_empty && (entry = readdir(directory)))
        is_empty = is_dot(entry->d_name);
    if (directory)
        closedir(directory);
    return is_empty;
}

bool place_has_no_home(const struct plan_builder *builder)
{
    static const char *const homes[] = { "/home", "/root", "/run/user" };

    for (size_t i = 0; i < ARRAY_SIZE(homes); i++) {
        if (!place_is_out_of_reach(builder, homes[i], true) &&
            !is_empty_for_ever(builder, homes[i]))
            return false;
    }
    return true;
}

/* systemd.exec(5), PrivateDevices=: what is no device of a machine. A console is the engine's. */
static bool is_named(const char *const *names, const char *name)
{
    for (; *names; names++) {
        if (strcmp(*names, name) == 0)
            return true;
    }
    return false;
}

/* A directory may hold any device: dri, net, mapper, but for those that every container has. */
static bool is_harmless(const char *name, mode_t mode)
{
    static const char *const directories[] = {
        ".", "..", "pts", "shm", "mqueue", "hugepages", NULL
    };

    static const char *const names[] = { "null", "zero", "full",    "random", "urandom",
                                         "tty",  "ptmx", "console", NULL };

    if (S_ISDIR(mode))
        return is_named(directories, name);
    return (!S_ISCHR(mode) && !S_ISBLK(mode)) || is_named(names, name);
}

bool place_has_no_devices(const struct plan_builder *builder)
{
    DIR *directory = opendir("/dev");
    const struct dirent *entry;
    bool has_none = directory && is_ordinary(builder);

    while (has_none && (entry = readdir(directory))) {
        struct stat status;

        has_none = fstatat(dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
                   is_harmless(entry->d_name, status.st_mode);
    }
    if (directory)
        closedir(directory);
    return has_none;
}

/* The kernel's own files belong to root, and no other user writes to any of them; root's group may
 * take PCI devices away. */
bool place_has_no_tunables(const struct plan_builder *builder)
{
    bool is_nobody = is_ordinary(builder) && !plan_is_in_group(builder, 0);

    return (is_ordinary(builder) || place_is_read_only("/proc/sys")) &&
           (is_nobody || place_is_read_only("/sys"));
}

/* What an engine masks is no regular file any more. */
static bool can_be_read(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, R_OK) == 0;
}

/* Of what systemd hides, not only makes read-only. */
const char *place_tunables_gap(void)
{
    return can_be_read("/proc/kallsyms") || can_be_read("/proc/kcore")
               ? "no mounts: /proc/kallsyms and the like can be read"
               : "";
}

/* A part of the tree may be the user's where the whole is not: then PID 1 has made use of it. */
bool place_has_no_control_groups(const struct plan_builder *builder)
{
    return place_is_read_only("/sys/fs/cgroup") ||
           (is_ordinary(builder) && !builder->plan->identity &&
            !builder->context->abilities->has_cgroup && access("/sys/fs/cgroup", W_OK) < 0);
}

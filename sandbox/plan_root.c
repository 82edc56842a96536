#include "sandbox/plan_private.h"

#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * RootDirectory=: a bind of the directory on "/" (mounts.h). What else the unit asks for is then
 * meant below it; what the service needs of ours is bound into it from outside, as everything is
 * that is kept in sight.
 */

/* --- paths in there --- */

/* Links of the directory lead to where they would for the service: *ret_path, a copy; NULL: no
 * memory. */
static int resolve(int root, const char *root_path, const char *path, char **ret_path)
{
    struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };
    cleanup_fd int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
    char link[PROC_LINK_SIZE], found[PATH_MAX];
    ssize_t length;

    if (fd < 0)
        return -errno;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    length = readlink(link, found, sizeof(found) - 1);
    if (length < 0)
        return -errno;
    found[length] = '\0';
    if (!mount_path_is_below(found, root_path))
        return -EXDEV;
    *ret_path = strdup(found[strlen(root_path)] ? found + strlen(root_path) : "/");
    return 0;
}

/* Of what is not there, the way to it. */
static char *resolve_way(int root, const char *root_path, const char *path)
{
    char way[PATH_MAX], *slash, *resolved = NULL, *result = NULL;

    snprintf(way, sizeof(way), "%s", path);
    for (slash = strrchr(way, '/'); slash && slash != way; slash = strrchr(way, '/')) {
        *slash = '\0';
        if (resolve(root, root_path, way, &resolved) < 0)
            continue;
        if (resolved && asprintf(&result, "%s%s", strcmp(resolved, "/") == 0 ? "" : resolved,
                                 path + (slash - way)) < 0)
            result = NULL;
        free(resolved);
        return result;
    }
    return strdup(path);
}

char *plan_root_canonical(struct plan_builder *builder, const char *path)
{
    cleanup_fd int root = open(builder->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    char *result = NULL;
    int r = root < 0 ? -errno : resolve(root, builder->root, path, &result);

    if (r < 0)
        result = root < 0 ? strdup(path) : resolve_way(root, builder->root, path);
    if (!result && !builder->error)
        builder->error = -ENOMEM;
    return result;
}

const char *plan_root_strip(const struct plan_builder *builder, const char *path, bool is_inside)
{
    if (!builder->root || is_inside)
        return path;
    if (!mount_path_is_below(path, builder->root))
        return NULL;
    path += strlen(builder->root);
    return *path ? path : "/";
}

/* --- RootDirectory=, MountAPIVFS= --- */

/* Takes `source`. */
static void add(struct plan_builder *builder, const char *path, struct mount_wish wish)
{
    int r;

    wish.path = builder->error ? NULL : strdup(path);
    r = mount_list_add(&builder->mounts, wish);
    if (r < 0 && !builder->error)
        builder->error = r;
}

static void add_bind(struct plan_builder *builder, const char *path, bool is_optional)
{
    add(builder, path,
        (struct mount_wish){ .directive = "MountAPIVFS",
                             .kind = MOUNT_BIND,
                             .source = strdup(path),
                             .is_optional = is_optional });
}

/* Whoever asks for one of its own makes it. */
static void add_api(struct plan_builder *builder)
{
    static const char options[] = "mode\0"
                                  "0755\0"
                                  "size\0"
                                  "20%\0";
    const struct exec_spec *exec = &builder->spec->exec;
    bool has_own_proc = builder->has_private_pids || ((exec->protect_proc || exec->proc_subset) &&
                                                      builder->context->abilities->fresh_proc);
    char *copy = malloc(sizeof(options));

    if (!has_own_proc)
        add_bind(builder, "/proc", false);
    if (!exec->private_devices)
        add_bind(builder, "/dev", false);
    add_bind(builder, "/sys", true);
    add(builder, "/run/host/os-release",
        (struct mount_wish){ .directive = "MountAPIVFS",
                             .kind = MOUNT_BIND,
                             .write = WISH_READ_ONLY,
                             .source = plan_canonical_outside(builder, "/etc/os-release"),
                             .is_optional = true });
    if (copy)
        memcpy(copy, options, sizeof(options));
    else
        builder->error = builder->error ? builder->error : -ENOMEM;
    add(builder, "/run",
        (struct mount_wish){ .directive = "MountAPIVFS",
                             .kind = MOUNT_TMPFS,
                             .write = WISH_WRITABLE,
                             .source = copy,
                             .source_size = sizeof(options) });
}

/* Nobody who asks for it wants the program of the same name out here instead: not even with
 * SandboxPolicy=degrade. */
static void refuse(struct plan_builder *builder, const char *reason)
{
    plan_cannot(builder,
                &(struct plan_complaint){
                    .directive = "RootDirectory",
                    .asked = "set",
                    .reason = reason,
                    .subject = builder->spec->exec.root_directory,
                    .place = plan_place(builder, &builder->spec->exec.root_directory_place),
                    .is_vital = true,
                });
}

bool plan_root(struct plan_builder *builder, const char *obstacle)
{
    const struct exec_spec *exec = &builder->spec->exec;
    char *root;

    if (!exec->root_directory)
        return false;
    if (obstacle || access(exec->root_directory, X_OK) < 0) {
        refuse(builder, obstacle          ? obstacle
                        : errno == ENOENT ? "it does not exist"
                                          : "it cannot be entered");
        return false;
    }
    root = plan_canonical(builder, exec->root_directory);
    if (!root)
        return false;
    if (strcmp(root, "/") == 0) {
        free(root);
        return false;
    }
    add(builder, "/",
        (struct mount_wish){ .directive = "RootDirectory", .kind = MOUNT_BIND, .source = root });
    builder->root = root;
    if (exec->mount_api_vfs)
        add_api(builder);
    plan_verdict_but_for_admin(builder, (struct sandbox_verdict){ .directive = "RootDirectory",
                                                                  .asked = "set",
                                                                  .reason = "",
                                                                  .mechanism = SANDBOX_BY_MOUNTS,
                                                                  .strength = SANDBOX_FULL });
    return true;
}

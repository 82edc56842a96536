#include "sandbox/plan_private.h"

#include "sandbox/mount_devices.h"
#include "sandbox/mount_options.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * What stands behind a directive about paths: its wishes (mount_list.h). The paths of Protect…= and
 * Private…= are those of systemd's src/core/namespace.c, release 257.
 */

/* --- wishes --- */

/* "%s" is a path that is resolved now. Takes `source`. */
static void add(struct plan_builder *builder, const char *path, struct mount_wish wish)
{
    int r;

    /* Who may do without the whole directive may do without a path of it. */
    wish.is_optional |= builder->spec->sandbox_policy == SANDBOX_DEGRADE;
    wish.path = builder->error                  ? NULL
                : wish.is_kept && builder->root ? plan_canonical_outside(builder, path)
                                                : plan_canonical(builder, path);
    r = mount_list_add(&builder->mounts, wish);
    if (r < 0 && !builder->error)
        builder->error = r;
}

static char *copy(struct plan_builder *builder, const char *text, size_t size)
{
    char *result = builder->error ? NULL : malloc(size);

    if (result)
        memcpy(result, text, size);
    else if (!builder->error)
        builder->error = -ENOMEM;
    return result;
}

/* A row of what a directive stands for; ends with a row without a path. */
struct tree {
    const char *path;
    enum mount_kind kind;
    enum wish_write write;
};

/* But for the homes, which systemd leaves to ProtectHome=: its manual says that the whole tree is
 * read-only, and a unit that relies on that is right to. */
static const struct tree trees_of_strict[] = {
    { "/", MOUNT_SELF, WISH_READ_ONLY },    { "/dev", MOUNT_SELF, WISH_WRITABLE },
    { "/proc", MOUNT_SELF, WISH_WRITABLE }, { "/sys", MOUNT_SELF, WISH_WRITABLE },
    { NULL, MOUNT_SELF, WISH_AS_ABOVE },
};

static const struct tree trees_of_kernel_tunables[] = {
    { "/proc/acpi", MOUNT_SELF, WISH_READ_ONLY },
    { "/proc/apm", MOUNT_SELF, WISH_READ_ONLY },
    { "/proc/asound", MOUNT_SELF, WISH_READ_ONLY },
    { "/proc/bus", MOUNT_SELF, WISH_READ_ONLY },
    { "/proc/fs", MOUNT_SELF, WISH_READ_ONLY },
    { "/proc/irq", MOUNT_SELF, WISH_READ_ONLY },
    { "/proc/kallsyms", MOUNT_HIDDEN, WISH_AS_ABOVE },
    { "/proc/kcore", MOUNT_HIDDEN, WISH_AS_ABOVE },
    { "/proc/latency_stats", MOUNT_SELF, WISH_READ_ONLY },
    { "/proc/mtrr", MOUNT_SELF, WISH_READ_ONLY },
    { "/proc/scsi", MOUNT_SELF, WISH_READ_ONLY },
    { "/proc/sys", MOUNT_SELF, WISH_READ_ONLY },
    { "/proc/sysrq-trigger", MOUNT_SELF, WISH_READ_ONLY },
    { "/proc/timer_stats", MOUNT_SELF, WISH_READ_ONLY },
    { "/sys", MOUNT_SELF, WISH_READ_ONLY },
    { "/sys/fs/cgroup", MOUNT_SELF, WISH_WRITABLE }, /* ProtectControlGroups= */
    { NULL, MOUNT_SELF, WISH_AS_ABOVE },
};

static const struct tree trees_of_control_groups[] = {
    { "/sys/fs/cgroup", MOUNT_SELF, WISH_READ_ONLY },
    { NULL, MOUNT_SELF, WISH_AS_ABOVE },
};

static const struct tree trees_of_devices[] = {
    { "/dev/hugepages", MOUNT_SELF, WISH_READ_ONLY_UNLESS },
    { "/dev/mqueue", MOUNT_SELF, WISH_READ_ONLY_UNLESS },
    { "/dev/pts", MOUNT_SELF, WISH_READ_ONLY_UNLESS },
    { "/dev/shm", MOUNT_SELF, WISH_READ_ONLY_UNLESS },
    { NULL, MOUNT_SELF, WISH_AS_ABOVE },
};

static const struct tree trees_of_kernel_modules[] = {
    { "/usr/lib/modules", MOUNT_HIDDEN, WISH_AS_ABOVE },
    { "/lib/modules", MOUNT_HIDDEN, WISH_AS_ABOVE },
    { NULL, MOUNT_SELF, WISH_AS_ABOVE },
};

static const struct tree trees_of_kernel_logs[] = {
    { "/proc/kmsg", MOUNT_HIDDEN, WISH_AS_ABOVE },
    { "/dev/kmsg", MOUNT_HIDDEN, WISH_AS_ABOVE },
    { NULL, MOUNT_SELF, WISH_AS_ABOVE },
};

static const struct tree trees_of_hostname[] = {
    { "/proc/sys/kernel/hostname", MOUNT_SELF, WISH_READ_ONLY },
    { "/proc/sys/kernel/domainname", MOUNT_SELF, WISH_READ_ONLY },
    { NULL, MOUNT_SELF, WISH_AS_ABOVE },
};

static const char *const home_trees[] = { "/home", "/root", "/run/user", NULL };

static void add_trees(struct plan_builder *builder, const char *directive, const struct tree *tree)
{
    for (; tree->path; tree++)
        add(builder, tree->path,
            (struct mount_wish){ .directive = directive,
                                 .kind = tree->kind,
                                 .write = tree->write,
                                 .is_optional = strcmp(tree->path, "/") != 0 });
}

/* As systemd has it, where it is passed over in silence. */
static void warn_of_outside(struct plan_builder *builder, const char *directive, const char *path)
{
    plan_inert(builder, &(struct plan_complaint){
                            .directive = directive,
                            .asked = "set",
                            .reason = "it is not in RootDirectory=",
                            .subject = path,
                            .hint = "'+' before the path means one in there",
                            .place = plan_place(builder, NULL),
                        });
}

/* Paths of a list of the unit; what they are is in `wish`. */
static void add_list(struct plan_builder *builder, string_list paths, struct mount_wish wish)
{
    for (size_t i = 0; paths && paths[i]; i++) {
        const char *path = plan_path_of_list(builder, paths[i], &wish.is_optional);

        if (path)
            add(builder, path, wish);
        else
            warn_of_outside(builder, wish.directive, paths[i]);
    }
}

static void add_protect_system(struct plan_builder *builder)
{
    enum protect_system protect = builder->spec->exec.protect_system;
    const char *const *trees = plan_system_trees(protect);
    struct mount_wish wish = { .directive = "ProtectSystem",
                               .write = WISH_READ_ONLY,
                               .is_optional = true };

    if (protect == PROTECT_SYSTEM_STRICT)
        add_trees(builder, wish.directive, trees_of_strict);
    for (; *trees; trees++)
        add(builder, *trees, wish);
}

static void add_protect_home(struct plan_builder *builder)
{
    static const char options[] = "mode\0"
                                  "0755\0"
                                  "size\0"
                                  "4m\0";
    enum protect_home protect = builder->spec->exec.protect_home;
    struct mount_wish wish = {
        .directive = "ProtectHome",
        .kind = protect == PROTECT_HOME_YES     ? MOUNT_HIDDEN
                : protect == PROTECT_HOME_TMPFS ? MOUNT_TMPFS
                                                : MOUNT_SELF,
        .write = WISH_READ_ONLY,
        .is_optional = true,
    };

    for (const char *const *home = home_trees; *home; home++) {
        if (wish.kind == MOUNT_TMPFS) {
            wish.source = copy(builder, options, sizeof(options));
            wish.source_size = sizeof(options);
        }
        add(builder, *home, wish);
    }
}

/* One directory for all processes of the unit, made by whoever starts it; or, where there is none
 * to have it in, a tmpfs for each. */
static void add_private_tmp(struct plan_builder *builder)
{
    static const char *const paths[][2] = { { "/tmp", "tmp" }, { "/var/tmp", "var-tmp" } };
    static const char options[] = "mode\0"
                                  "01777\0"
                                  "size\0"
                                  "10%\0";
    const char *directory = builder->spec->exec.private_tmp == PRIVATE_TMP_YES
                                ? builder->context->private_directory
                                : NULL;
    struct mount_wish wish = { .directive = "PrivateTmp", .write = WISH_WRITABLE };
    char source[PATH_MAX];

    builder->plan->has_private_directory = directory != NULL;
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        wish.kind = directory ? MOUNT_BIND : MOUNT_TMPFS;
        if (directory &&
            (size_t)snprintf(source, sizeof(source), "%s/%s/%s", directory, builder->spec->name,
                             paths[i][1]) >= sizeof(source) &&
            !builder->error)
            builder->error = -ENAMETOOLONG;
        wish.source = directory ? copy(builder, source, strlen(source) + 1)
                                : copy(builder, options, sizeof(options));
        wish.source_size = directory ? 0 : sizeof(options);
        add(builder, paths[i][0], wish);
    }
}

/* The new /dev is read-only, and not what it shows of the old one: unless the unit says so. */
static void add_private_devices(struct plan_builder *builder)
{
    string_list paths = builder->spec->exec.read_only_paths;
    char kinds[MOUNT_DEVICES_COUNT + 1];
    bool is_optional;

    mount_devices_look(kinds);
    add(builder, "/dev",
        (struct mount_wish){ .directive = "PrivateDevices",
                             .kind = MOUNT_DEVICES,
                             .source = copy(builder, kinds, sizeof(kinds)),
                             .write = WISH_READ_ONLY });
    for (; paths && *paths; paths++)
        if (strcmp(plan_path_without_prefix(*paths, &is_optional), "/dev") == 0)
            add_trees(builder, "ReadOnlyPaths", trees_of_devices);
}

static void add_kernel_tunables(struct plan_builder *builder)
{
    add_trees(builder, "ProtectKernelTunables", trees_of_kernel_tunables);
}

static void add_control_groups(struct plan_builder *builder)
{
    add_trees(builder, "ProtectControlGroups", trees_of_control_groups);
}

/* A key and a value of a file system's options. */
static void add_option(char *options, size_t *size, const char *key, const char *value)
{
    memcpy(options + *size, key, strlen(key) + 1);
    *size += strlen(key) + 1;
    memcpy(options + *size, value, strlen(value) + 1);
    *size += strlen(value) + 1;
}

/* A new /proc shows again what the engine has hidden in the old one. */
void plan_mount_proc(struct plan_builder *builder)
{
    static const char *const words[] = {
        [PROTECT_PROC_DEFAULT] = "off",
        [PROTECT_PROC_NOACCESS] = "noaccess",
        [PROTECT_PROC_INVISIBLE] = "invisible",
        [PROTECT_PROC_PTRACEABLE] = "ptraceable",
    };
    const struct exec_spec *exec = &builder->spec->exec;
    char options[64];
    size_t size = 0;

    add_option(options, &size, "hidepid", words[exec->protect_proc]);
    if (exec->proc_subset == PROC_SUBSET_PID)
        add_option(options, &size, "subset", "pid");
    options[size++] = '\0';
    add(builder, "/proc",
        (struct mount_wish){ .directive = exec->private_pids   ? "PrivatePIDs"
                                          : exec->protect_proc ? "ProtectProc"
                                                               : "ProcSubset",
                             .kind = MOUNT_PROC,
                             .write = WISH_WRITABLE,
                             .source = copy(builder, options, size),
                             .source_size = size });
    add_trees(builder, "ProtectProc", trees_of_kernel_tunables);
}

static void add_read_only(struct plan_builder *builder)
{
    add_list(builder, builder->spec->exec.read_only_paths,
             (struct mount_wish){ .directive = "ReadOnlyPaths", .write = WISH_READ_ONLY });
}

static void add_inaccessible(struct plan_builder *builder)
{
    add_list(builder, builder->spec->exec.inaccessible_paths,
             (struct mount_wish){ .directive = "InaccessiblePaths", .kind = MOUNT_HIDDEN });
}

static void add_no_exec(struct plan_builder *builder)
{
    add_list(builder, builder->spec->exec.no_exec_paths,
             (struct mount_wish){ .directive = "NoExecPaths", .exec = WISH_NO_EXEC });
    add_list(builder, builder->spec->exec.exec_paths,
             (struct mount_wish){ .directive = "ExecPaths", .exec = WISH_EXEC });
}

static const char *bind_directive(const struct mount_item *item)
{
    return item->is_read_only ? "BindReadOnlyPaths" : "BindPaths";
}

/* It may come before the start: /dev/log, say, which systemd has and a container has not. */
static void warn_of_missing(struct plan_builder *builder, const struct mount_item *item)
{
    bool may_miss = builder->spec->sandbox_policy == SANDBOX_DEGRADE;

    if (item->is_optional || access(item->source, F_OK) == 0 || errno != ENOENT)
        return;
    plan_warn(builder,
              &(struct plan_complaint){
                  .directive = bind_directive(item),
                  .asked = "set",
                  .reason = may_miss ? "it is not there; the unit starts without it"
                                     : "it is not there; without it, the unit cannot start",
                  .subject = item->source,
                  .hint = may_miss ? NULL : "'-' before the path lets it be missing",
                  .place = item->place,
              });
}

static void add_binds(struct plan_builder *builder)
{
    for (const struct mount_item *at = builder->spec->exec.bind_paths; at; at = at->next) {
        warn_of_missing(builder, at);
        add(builder, at->path,
            (struct mount_wish){
                .directive = bind_directive(at),
                .kind = MOUNT_BIND,
                .write = at->is_read_only ? WISH_READ_ONLY : WISH_WRITABLE,
                .source = builder->error ? NULL : plan_canonical_outside(builder, at->source),
                .is_optional = at->is_optional,
                .is_flat = at->is_flat,
            });
    }
}

static bool has_bind(const struct exec_spec *exec, bool is_read_only)
{
    for (const struct mount_item *at = exec->bind_paths; at; at = at->next)
        if (at->is_read_only == is_read_only)
            return true;
    return false;
}

/* Both directives are one list: of two for one place the first counts. */
static void add_read_only_binds(struct plan_builder *builder)
{
    if (!has_bind(&builder->spec->exec, false))
        add_binds(builder);
}

static void add_temporary(struct plan_builder *builder)
{
    for (const struct mount_item *at = builder->spec->exec.temporary_file_systems; at;
         at = at->next) {
        struct mount_options options = { 0 };
        int r = builder->error ? builder->error : mount_options_parse(at->options, &options);
        struct mount_wish wish = {
            .directive = "TemporaryFileSystem",
            .kind = MOUNT_TMPFS,
            .write = options.is_read_only ? WISH_READ_ONLY : WISH_WRITABLE,
            .exec = options.is_no_exec ? WISH_NO_EXEC : WISH_EXEC_AS_ABOVE,
            .source = options.pairs,
            .source_size = options.size,
        };

        builder->error = r;
        add(builder, at->path, wish);
    }
}

static void add_nothing(struct plan_builder *builder)
{
    (void)builder;
}

/* The directory that `path` lies in, and `below` in there. */
static void add_beside(struct plan_builder *builder, const char *path, const char *below)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    char result[PATH_MAX];

    if (!slash || path[0] != '/')
        return;
    if ((size_t)snprintf(result, sizeof(result), "%.*s%s", (int)(slash - path), path, below) <
            sizeof(result) &&
        result[0] != '\0')
        add(builder, result,
            (struct mount_wish){ .directive = "ExecStart", .is_optional = true, .is_kept = true });
}

/* A pod that was installed below /home must be startable, whatever of it is hidden: what lies
 * beside its unit file, and what reeve brings along. */
static void add_programs(struct plan_builder *builder)
{
    const char *directory = builder->context->program_directory;

    add_beside(builder, builder->spec->fragment_path, "");
    add_beside(builder, directory, "/libexec/reeve");
    if (directory)
        add(builder, directory,
            (struct mount_wish){ .directive = "ExecStart", .is_optional = true, .is_kept = true });
}

/* What the service needs whatever is covered: its directories, its programs, and the socket to talk
 * to us. */
void plan_mount_own(struct plan_builder *builder)
{
    const struct sandbox_context *context = builder->context;

    for (string_list path = context->own_paths; path && *path; path++)
        add(builder, *path,
            (struct mount_wish){
                .directive = "StateDirectory", .write = WISH_OWN, .is_kept = true });
    add_list(builder, builder->spec->exec.read_write_paths,
             (struct mount_wish){ .directive = "ReadWritePaths", .write = WISH_WRITABLE });
    if (!builder->root)
        add_programs(builder);
    if (context->runtime_directory)
        add(builder, context->runtime_directory,
            (struct mount_wish){
                .directive = "NotifyAccess", .is_optional = true, .is_kept = true });
    /* systemd's way: those of others are not there, as if nobody else had any. */
    if (context->credentials_directory &&
        (!builder->root || plan_has_credentials(&builder->spec->exec)))
        add(builder, context->credentials_directory,
            plan_has_credentials(&builder->spec->exec)
                ? (struct mount_wish){ .directive = "LoadCredential",
                                       .kind = MOUNT_CREDENTIALS,
                                       .write = WISH_READ_ONLY,
                                       .is_kept = true }
                : (struct mount_wish){
                      .directive = "LoadCredential", .kind = MOUNT_HIDDEN, .is_optional = true });
    if (context->private_directory && !builder->root)
        add(builder, context->private_directory,
            (struct mount_wish){
                .directive = "PrivateTmp", .kind = MOUNT_HIDDEN, .is_optional = true });
}

/* The queues of the namespace are not those that are mounted there. */
void plan_mount_ipc(struct plan_builder *builder)
{
    add(builder, "/dev/mqueue",
        (struct mount_wish){
            .directive = "PrivateIPC", .kind = MOUNT_HIDDEN, .is_optional = true });
}

void plan_mount_gaps(struct plan_builder *builder)
{
    const struct exec_spec *exec = &builder->spec->exec;

    if (exec->protect_kernel_logs)
        add_trees(builder, "ProtectKernelLogs", trees_of_kernel_logs);
    if (exec->protect_kernel_modules)
        add_trees(builder, "ProtectKernelModules", trees_of_kernel_modules);
    if (exec->protect_hostname && plan_has_root(builder))
        add_trees(builder, "ProtectHostname", trees_of_hostname);
}

/* --- what a unit asks for --- */

static const char *const homes[] = {
    [PROTECT_HOME_YES] = "yes",
    [PROTECT_HOME_READ_ONLY] = "read-only",
    [PROTECT_HOME_TMPFS] = "tmpfs",
};

static const char *const temporaries[] = {
    [PRIVATE_TMP_YES] = "yes",
    [PRIVATE_TMP_DISCONNECTED] = "disconnected",
};

static const char *const procs[] = {
    [PROTECT_PROC_NOACCESS] = "noaccess",
    [PROTECT_PROC_INVISIBLE] = "invisible",
    [PROTECT_PROC_PTRACEABLE] = "ptraceable",
};

static const char *const subsets[] = { [PROC_SUBSET_PID] = "pid" };

#define FIELD(member) .offset = offsetof(struct exec_spec, member)
const struct mount_directive plan_mount_directives[] = {
    { "ProtectSystem", FIELD(protect_system), .form = ASKS_SYSTEM, .add = add_protect_system },
    { "ReadOnlyPaths", FIELD(read_only_paths), .form = ASKS_LIST, .add = add_read_only },
    { "InaccessiblePaths", FIELD(inaccessible_paths), .form = ASKS_LIST, .add = add_inaccessible },
    { "NoExecPaths", FIELD(no_exec_paths), .form = ASKS_LIST, .add = add_no_exec,
      .is_true = place_never },
    { "TemporaryFileSystem", FIELD(temporary_file_systems), .form = ASKS_LIST, .add = add_temporary,
      .is_true = place_never },
    { "BindPaths", .form = ASKS_BIND, .add = add_binds, .is_true = place_never },
    { "BindReadOnlyPaths", .form = ASKS_READ_ONLY_BIND, .add = add_read_only_binds,
      .is_true = place_never },
    { "ProtectHome", FIELD(protect_home), .form = ASKS_WORD, .words = homes,
      .add = add_protect_home, .is_true = place_has_no_home },
    { "PrivateTmp", FIELD(private_tmp), .form = ASKS_WORD, .words = temporaries,
      .add = add_private_tmp },
    { "PrivateDevices", FIELD(private_devices), .add = add_private_devices,
      .is_true = place_has_no_devices, .is_dear = true },
    { "PrivateMounts", FIELD(private_mounts), .add = add_nothing, .is_true = place_never },
    { "ProtectKernelTunables", FIELD(protect_kernel_tunables), .add = add_kernel_tunables,
      .is_true = place_has_no_tunables, .gap = place_tunables_gap },
    { "ProtectControlGroups", FIELD(protect_control_groups), .add = add_control_groups,
      .is_true = place_has_no_control_groups },
    { "ProtectProc", FIELD(protect_proc), .form = ASKS_WORD, .words = procs, .add = plan_mount_proc,
      .is_true = place_never, .needs_proc = true },
    { "ProcSubset", FIELD(proc_subset), .form = ASKS_WORD, .words = subsets, .add = plan_mount_proc,
      .is_true = place_never, .needs_proc = true },
};
const size_t plan_mount_directive_count = ARRAY_SIZE(plan_mount_directives);

const char *plan_mount_asked(const struct mount_directive *directive, const struct exec_spec *exec)
{
    const char *field = (const char *)exec + directive->offset;

    switch (directive->form) {
    case ASKS_YES:
        return *(const bool *)field ? "yes" : NULL;
    case ASKS_WORD:
        return *(const unsigned *)field ? directive->words[*(const unsigned *)field] : NULL;
    case ASKS_SYSTEM:
        return exec->protect_system ? plan_protect_system_name(exec->protect_system) : NULL;
    case ASKS_LIST:
        return *(const void *const *)field ? "set" : NULL;
    case ASKS_BIND:
        return has_bind(exec, false) ? "set" : NULL;
    case ASKS_READ_ONLY_BIND:
        return has_bind(exec, true) ? "set" : NULL;
    }
    return NULL;
}

#include "sandbox/plan_private.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * The paths of a unit become marks on the tree; the nearest mark above a file decides. Then
 * Landlock gets a rule for each writable mark, and a writable mark that has a read-only one below
 * it is spread (landlock.h).
 */

static const char *const protect_system_names[] = {
    [PROTECT_SYSTEM_NO] = "no",
    [PROTECT_SYSTEM_YES] = "yes",
    [PROTECT_SYSTEM_FULL] = "full",
    [PROTECT_SYSTEM_STRICT] = "strict",
};

/* systemd.exec(5), ProtectSystem=. */
static const char *const trees_of_yes[] = { "/usr", "/boot", "/efi", NULL };
static const char *const trees_of_full[] = { "/usr", "/boot", "/efi", "/etc", NULL };
/* "strict" leaves the trees of the kernel as they are. */
static const char *const kernel_trees[] = { "/dev", "/proc", "/sys", NULL };
static const char *const no_trees[] = { NULL };

const char *plan_protect_system_name(enum protect_system protect)
{
    return protect_system_names[protect];
}

const char *const *plan_system_trees(enum protect_system protect)
{
    switch (protect) {
    case PROTECT_SYSTEM_YES:
        return trees_of_yes;
    case PROTECT_SYSTEM_FULL:
        return trees_of_full;
    case PROTECT_SYSTEM_NO:
    case PROTECT_SYSTEM_STRICT:
        break;
    }
    return no_trees;
}

static struct landlock_mark *find_mark(struct landlock_plan *landlock, const char *path)
{
    for (size_t i = 0; i < landlock->mark_count; i++) {
        if (strcmp(landlock->marks[i].path, path) == 0)
            return &landlock->marks[i];
    }
    return NULL;
}

/* The mark that decides over `path` from above. */
static struct landlock_mark *mark_above(struct landlock_plan *landlock, const char *path)
{
    struct landlock_mark *nearest = NULL;

    for (size_t i = 0; i < landlock->mark_count; i++) {
        struct landlock_mark *mark = &landlock->marks[i];

        if (strcmp(mark->path, path) == 0 || !landlock_path_is_below(path, mark->path))
            continue;
        if (!nearest || strlen(mark->path) > strlen(nearest->path))
            nearest = mark;
    }
    return nearest;
}

/* Takes `path`. The first mark on a path stays: callers go from the strictest to the most lenient.
 */
static void add_mark(struct plan_builder *builder, char *path, enum mark_kind kind,
                     bool is_optional)
{
    struct landlock_plan *landlock = &builder->plan->landlock;
    struct landlock_mark *grown;

    if (!path || find_mark(landlock, path)) {
        free(path);
        return;
    }
    grown = plan_grow(builder, landlock->marks, landlock->mark_count, sizeof(*grown));
    if (!grown) {
        free(path);
        return;
    }
    landlock->marks = grown;
    landlock->marks[landlock->mark_count++] =
        (struct landlock_mark){ .path = path, .kind = kind, .is_optional = is_optional };
}

/* plan_canonical() lets nothing through that does not fit. */
static void copy_path(char copy[PATH_MAX], const char *path)
{
    snprintf(copy, PATH_MAX, "%s", path);
}

/* Of what is not there, the way to it without links; NULL for lack of memory. */
static char *resolve_way(const char *path)
{
    char way[PATH_MAX], *slash, *resolved, *result = NULL;

    copy_path(way, path);
    for (slash = strrchr(way, '/'); slash && slash != way; slash = strrchr(way, '/')) {
        *slash = '\0';
        resolved = realpath(way, NULL);
        if (!resolved && errno == ENOENT)
            continue;
        if (!resolved)
            break; /* not to be looked into from here */
        if (asprintf(&result, "%s%s", resolved, path + (slash - way)) < 0)
            result = NULL;
        free(resolved);
        return result;
    }
    return strdup(path);
}

char *plan_canonical(struct plan_builder *builder, const char *path)
{
    return builder->root ? plan_root_canonical(builder, path)
                         : plan_canonical_outside(builder, path);
}

char *plan_canonical_outside(struct plan_builder *builder, const char *path)
{
    char simple[PATH_MAX], *resolved;
    size_t length = strlen(path);

    if (length >= sizeof(simple)) {
        builder->error = builder->error ? builder->error : -ENAMETOOLONG;
        return NULL;
    }
    copy_path(simple, path);
    while (length > 1 && simple[length - 1] == '/')
        simple[--length] = '\0';
    resolved = realpath(simple, NULL);
    if (!resolved)
        resolved = resolve_way(simple);
    if (!resolved && !builder->error)
        builder->error = -ENOMEM;
    return resolved;
}

const char *plan_path_without_prefix(const char *path, bool *ret_is_optional)
{
    *ret_is_optional = false;
    for (; *path == '-' || *path == '+'; path++)
        *ret_is_optional |= *path == '-';
    return path;
}

const char *plan_path_of_list(const struct plan_builder *builder, const char *path,
                              bool *ret_is_optional)
{
    bool is_inside = path[*path == '-'] == '+';

    return plan_root_strip(builder, plan_path_without_prefix(path, ret_is_optional), is_inside);
}

static void add_list(struct plan_builder *builder, string_list paths, enum mark_kind kind)
{
    for (size_t i = 0; paths && paths[i]; i++) {
        bool is_optional;
        const char *path = plan_path_of_list(builder, paths[i], &is_optional);

        if (path)
            add_mark(builder, plan_canonical(builder, path), kind, is_optional);
    }
}

/* They are bound into RootDirectory= under the same name. */
static void add_own(struct plan_builder *builder)
{
    for (string_list path = builder->context->own_paths; path && *path; path++)
        add_mark(builder, plan_canonical_outside(builder, *path), MARK_WRITABLE, false);
}

static void add_trees(struct plan_builder *builder, const char *const *trees, enum mark_kind kind)
{
    for (size_t i = 0; trees[i]; i++)
        add_mark(builder, plan_canonical(builder, trees[i]), kind, true);
}

/* What is mounted for the service to write to. */
static void add_mounts(struct plan_builder *builder)
{
    for (size_t i = 0; i < builder->mounts.count; i++) {
        const struct mount_wish *wish = &builder->mounts.wishes[i];

        if (!wish->is_dropped && wish->write == WISH_WRITABLE && wish->kind != MOUNT_SELF)
            add_mark(builder, plan_canonical(builder, wish->path), MARK_WRITABLE, true);
    }
}

/*
 * On top of mounts, which have the last word about what is read-only: the few trees that "strict"
 * leaves writable. What is hidden from the service, or is not there, it cannot write to anyway.
 */
void plan_marks_add_strict(struct plan_builder *builder)
{
    struct landlock_plan *landlock = &builder->plan->landlock;

    add_own(builder);
    add_list(builder, builder->spec->exec.read_write_paths, MARK_WRITABLE);
    add_mounts(builder);
    add_trees(builder, kernel_trees, MARK_WRITABLE);
    for (size_t i = 0; i < landlock->mark_count; i++)
        landlock->marks[i].is_optional = true;
}

static const char *const common_tmp[] = { "/tmp", "/var/tmp", NULL };

static void add_private_tmp(struct plan_builder *builder)
{
    static const char *const names[] = { "tmp", "var-tmp" };
    char path[PATH_MAX];

    if (!builder->plan->has_private_directory)
        return;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        int length = snprintf(path, sizeof(path), "%s/%s/%s", builder->context->private_directory,
                              builder->spec->name, names[i]);

        if ((size_t)length < sizeof(path))
            add_mark(builder, plan_canonical(builder, path), MARK_WRITABLE, true);
    }
    add_trees(builder, common_tmp, MARK_READ_ONLY);
}

void plan_marks_add_root(struct plan_builder *builder)
{
    add_mark(builder, plan_canonical(builder, "/"), MARK_WRITABLE, false);
}

void plan_marks_add(struct plan_builder *builder)
{
    const struct exec_spec *exec = &builder->spec->exec;
    const struct landlock_mark *root;

    /* Own directories come first: nothing that the unit says makes them read-only. */
    add_own(builder);
    add_private_tmp(builder);
    add_list(builder, exec->read_only_paths, MARK_READ_ONLY);
    add_trees(builder, plan_system_trees(exec->protect_system), MARK_READ_ONLY);
    add_list(builder, exec->read_write_paths, MARK_WRITABLE);
    root = find_mark(&builder->plan->landlock, "/");
    if (root && root->kind == MARK_READ_ONLY)
        /* A read-only mount, which is what the user has in mind, lets devices be written to. */
        add_mark(builder, plan_canonical(builder, "/dev"), MARK_WRITABLE, true);
    if (exec->protect_system == PROTECT_SYSTEM_STRICT)
        add_trees(builder, kernel_trees, MARK_WRITABLE);
    else
        add_mark(builder, plan_canonical(builder, "/"), MARK_WRITABLE, false);
}

/* --- read-only parts of writable trees --- */

/* Spreading takes away the making of new entries in the directory itself: only where that is no
 * loss. */
static bool may_spread(const char *directory)
{
    return strcmp(directory, "/") == 0 || access(directory, W_OK) < 0;
}

/* Cuts the last name off; the parent of "/usr" is "/". False at the root. */
static bool cut_to_parent(char *path)
{
    char *slash = strrchr(path, '/');

    if (!slash || strcmp(path, "/") == 0)
        return false;
    slash[slash == path ? 1 : 0] = '\0';
    return true;
}

/* Every directory from above `path` up to the writable mark. */
static bool can_spread_to(const char *path, const char *top)
{
    char directory[PATH_MAX];

    copy_path(directory, path);
    while (cut_to_parent(directory) && landlock_path_is_below(directory, top)) {
        if (!may_spread(directory))
            return false;
    }
    return true;
}

static void spread_to(struct plan_builder *builder, const char *path, const char *top)
{
    char directory[PATH_MAX], last[PATH_MAX];

    copy_path(directory, path);
    copy_path(last, top); /* `top` may move when the array of marks grows */
    while (cut_to_parent(directory) && landlock_path_is_below(directory, last)) {
        struct landlock_mark *mark = find_mark(&builder->plan->landlock, directory);

        if (mark)
            mark->kind = MARK_SPREAD;
        else
            add_mark(builder, strdup(directory), MARK_SPREAD, false);
    }
}

static void remove_mark(struct landlock_plan *landlock, size_t index)
{
    free(landlock->marks[index].path);
    landlock->marks[index] = landlock->marks[--landlock->mark_count];
}

/* Who asked that `path` be read-only. */
static struct plan_origin origin_of(const struct plan_builder *builder, const char *path)
{
    const struct exec_spec *exec = &builder->spec->exec;
    const char *const *trees = plan_system_trees(exec->protect_system);

    for (size_t i = 0; builder->plan->has_private_directory && common_tmp[i]; i++) {
        if (strcmp(common_tmp[i], path) == 0)
            return (struct plan_origin){ "PrivateTmp", "yes", plan_place(builder, NULL) };
    }
    for (size_t i = 0; trees[i]; i++) {
        if (strcmp(trees[i], path) == 0)
            return (struct plan_origin){ "ProtectSystem",
                                         plan_protect_system_name(exec->protect_system),
                                         plan_place(builder, &exec->protect_system_place) };
    }
    return (struct plan_origin){ "ReadOnlyPaths", "set", plan_place(builder, NULL) };
}

/* A subtree of a tree that is not to be written: false when Landlock cannot say it. */
static bool hold_read_only(struct plan_builder *builder, const char *path)
{
    const struct landlock_mark *above = mark_above(&builder->plan->landlock, path);

    if (!above || above->kind == MARK_READ_ONLY)
        return true;
    if (!can_spread_to(path, above->path))
        return false;
    spread_to(builder, path, above->path);
    return true;
}

void plan_marks_spread(struct plan_builder *builder)
{
    struct landlock_plan *landlock = &builder->plan->landlock;

    for (size_t i = 0; i < landlock->mark_count;) {
        char path[PATH_MAX];
        struct plan_origin origin;

        if (landlock->marks[i].kind != MARK_READ_ONLY) {
            i++;
            continue;
        }
        copy_path(path, landlock->marks[i].path);
        if (builder->error || hold_read_only(builder, path)) {
            i++;
            continue;
        }
        origin = origin_of(builder, path);
        plan_cannot(
            builder,
            &(struct plan_complaint){
                .directive = origin.directive,
                .asked = origin.asked,
                .reason =
                    "Landlock has no read-only part of a directory that the unit may write to",
                .subject = path,
                .place = origin.place,
            });
        remove_mark(landlock, i);
    }
}

bool plan_marks_are_read_only(const struct landlock_plan *landlock)
{
    for (size_t i = 0; i < landlock->mark_count; i++) {
        if (landlock->marks[i].kind == MARK_READ_ONLY)
            return true;
    }
    return false;
}

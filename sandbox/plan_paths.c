#include "sandbox/plan_private.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* --- InaccessiblePaths= --- */

static void plan_inaccessible_paths(struct plan_builder *builder)
{
    string_list paths = builder->spec->exec.inaccessible_paths;

    for (size_t i = 0; paths && paths[i]; i++) {
        bool is_optional;
        const char *path = plan_path_without_prefix(paths[i], &is_optional);

        if (place_is_out_of_reach(builder, path, is_optional)) {
            plan_verdict(builder, (struct sandbox_verdict){ .directive = "InaccessiblePaths",
                                                            .asked = "set",
                                                            .reason = "",
                                                            .mechanism = SANDBOX_BY_PLACE,
                                                            .strength = SANDBOX_FULL });
            continue;
        }
        plan_cannot(
            builder,
            &(struct plan_complaint){
                .directive = "InaccessiblePaths",
                .asked = "set",
                .reason = "Landlock cannot close a part of a tree that is open",
                .subject = path,
                .hint = "take the rights away with chmod or chown, or leave it out of the image",
                .place = plan_place(builder, NULL),
            });
    }
}

/* --- PrivateTmp= --- */

/*
 * A directory of its own, which $TMPDIR names, and neither of the common ones: no service can get
 * at what the service writes, but one that is of the same user and held by nothing. Not with
 * SandboxPolicy=degrade, which says that the service is to run: some programs write to /tmp
 * whatever $TMPDIR says.
 */
static bool plan_private_tmp(struct plan_builder *builder)
{
    static const char weakness[] = "no mounts: it is $TMPDIR, /tmp cannot be written to, and files "
                                   "of others in there are seen";
    struct plan_complaint complaint = {
        .directive = "PrivateTmp",
        .asked = builder->spec->exec.private_tmp == PRIVATE_TMP_YES ? "yes" : "disconnected",
        .reason = weakness,
        .hint = "programs that write to /tmp whatever $TMPDIR says fail here",
        .place = plan_place(builder, NULL),
    };

    if (builder->spec->exec.private_tmp == PRIVATE_TMP_NO)
        return false;
    if (builder->plan->landlock.abi <= 0 || !builder->context->private_directory ||
        builder->spec->sandbox_policy == SANDBOX_DEGRADE) {
        complaint.reason = builder->mounts_obstacle;
        complaint.hint = NULL;
        plan_cannot(builder, &complaint);
        return false;
    }
    plan_warn(builder, &complaint);
    plan_verdict(builder, (struct sandbox_verdict){ .directive = complaint.directive,
                                                    .asked = complaint.asked,
                                                    .reason = weakness,
                                                    .mechanism = SANDBOX_BY_LANDLOCK,
                                                    .strength = SANDBOX_PARTIAL });
    builder->plan->has_private_directory = true;
    return true;
}

/* --- verdicts --- */

/* yes and full: the mounts may say it already. (A tmpfs on /tmp is enough to make "strict" our
 * business.)
 */
static bool place_protects_system(enum protect_system protect)
{
    const char *const *trees = plan_system_trees(protect);

    for (size_t i = 0; trees[i]; i++) {
        if (!place_is_read_only(trees[i]))
            return false;
    }
    return protect != PROTECT_SYSTEM_STRICT;
}

static const char *weakness(const struct landlock_plan *landlock)
{
    if (landlock->abi < LANDLOCK_ABI_REFER)
        return "this kernel's Landlock holds neither truncate() nor changes of mode, time and "
               "attributes, "
               "and forbids every rename between directories";
    if (landlock->abi < LANDLOCK_ABI_TRUNCATE)
        return "this kernel's Landlock holds neither truncate() nor changes of mode, time and "
               "attributes";
    return "Landlock does not hold changes of mode, time and attributes of the user's own files";
}

static void warn_of_weakness(struct plan_builder *builder, const struct plan_origin *origin)
{
    struct sandbox_shared *shared = builder->context->shared;

    if (place_is_read_only("/") || (shared && shared->told_of_weak_landlock))
        return;
    plan_warn(builder, &(struct plan_complaint){
                           .directive = origin->directive,
                           .asked = origin->asked,
                           .reason = weakness(&builder->plan->landlock),
                           .hint = "a read-only root (--isolate, or --read-only of the container "
                                   "engine) holds these as well",
                           .place = origin->place,
                       });
    if (shared)
        shared->told_of_weak_landlock = true;
}

static void hold_by_landlock(struct plan_builder *builder, const struct plan_origin *origin)
{
    builder->plan->landlock.holds_files = true;
    plan_verdict(builder, (struct sandbox_verdict){ .directive = origin->directive,
                                                    .asked = origin->asked,
                                                    .reason = weakness(&builder->plan->landlock),
                                                    .mechanism = SANDBOX_BY_LANDLOCK,
                                                    .strength = SANDBOX_PARTIAL });
    warn_of_weakness(builder, origin);
}

static void hold_nothing(struct plan_builder *builder, const struct plan_origin *origin)
{
    landlock_release(&builder->plan->landlock);
    plan_cannot(
        builder,
        &(struct plan_complaint){
            .directive = origin->directive,
            .asked = origin->asked,
            .reason = builder->context->abilities->landlock_errno == ENOSYS
                          ? "this kernel has no Landlock"
                          : "Landlock is switched off here",
            .hint = "boot with lsm=…,landlock, or allow it in the container's seccomp profile",
            .place = origin->place,
        });
}

/* Mounts hold everything; Landlock is a second wall where it can be had without walking trees. */
static void hold_on_top(struct plan_builder *builder)
{
    struct landlock_plan *landlock = &builder->plan->landlock;

    if (landlock->abi <= 0 || builder->spec->exec.protect_system != PROTECT_SYSTEM_STRICT)
        return;
    plan_marks_add_strict(builder);
    landlock->holds_files = true;
}

void plan_paths(struct plan_builder *builder)
{
    const struct exec_spec *exec = &builder->spec->exec;
    struct landlock_plan *landlock = &builder->plan->landlock;
    bool is_private, is_protected = exec->protect_system != PROTECT_SYSTEM_NO;
    struct plan_origin origin = {
        .directive = is_protected ? "ProtectSystem" : "ReadOnlyPaths",
        .asked = is_protected ? plan_protect_system_name(exec->protect_system) : "set",
        .place = plan_place(builder, is_protected ? &exec->protect_system_place : NULL),
    };

    if (builder->plan->mounts) {
        hold_on_top(builder);
        return;
    }
    plan_inaccessible_paths(builder);
    is_private = plan_private_tmp(builder);
    if (!is_protected && !exec->read_only_paths && !is_private)
        return;
    if (landlock->abi <= 0 && !exec->read_only_paths &&
        place_protects_system(exec->protect_system)) {
        plan_verdict(builder, (struct sandbox_verdict){ .directive = origin.directive,
                                                        .asked = origin.asked,
                                                        .reason = "",
                                                        .mechanism = SANDBOX_BY_PLACE,
                                                        .strength = SANDBOX_FULL });
        return;
    }
    if (landlock->abi <= 0) {
        hold_nothing(builder, &origin);
        return;
    }
    plan_marks_add(builder);
    plan_marks_spread(builder);
    landlock->holds_files = is_private;
    if (!is_protected && !exec->read_only_paths)
        return;
    if (exec->protect_system == PROTECT_SYSTEM_STRICT || plan_marks_are_read_only(landlock))
        hold_by_landlock(builder, &origin);
    else if (!is_private)
        landlock_release(landlock);
}

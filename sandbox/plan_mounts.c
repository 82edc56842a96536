#include "sandbox/plan_private.h"

#include "sandbox/capabilities.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/socket.h>

/*
 * What of a unit is held by a mount namespace, and whether there can be one for it: by our own
 * CAP_SYS_ADMIN, or in a user namespace.
 */

/* --- who may mount --- */

static const char no_mounts[] =
    "no mount namespace can be had here: neither CAP_SYS_ADMIN nor a user namespace";
static const char no_proc[] = "a new /proc takes CAP_SYS_ADMIN, or PrivatePIDs=yes where parts of "
                              "/proc are not masked";
static const char undone[] = "the service keeps CAP_SYS_ADMIN and can undo it";

/* NULL, or why not. */
static const char *user_namespace_obstacle(const struct plan_builder *builder)
{
    if (!builder->context->abilities->user_namespace)
        return no_mounts;
    if (plan_uid(builder) == 0 || plan_has_command_as_root(builder))
        return "the mount namespace of a service that runs as root takes CAP_SYS_ADMIN";
    if (builder->plan->ambient_capabilities != 0)
        return "AmbientCapabilities= would be lost in a user namespace, and mounts without one "
               "take CAP_SYS_ADMIN";
    return NULL;
}

static enum mount_rung choose_rung(const struct plan_builder *builder, const char **ret_obstacle)
{
    *ret_obstacle = NULL;
    if (builder->context->abilities->mount_namespace)
        return MOUNT_RUNG_NAMESPACE;
    *ret_obstacle = user_namespace_obstacle(builder);
    return *ret_obstacle ? MOUNT_RUNG_NONE : MOUNT_RUNG_USER;
}

static bool has_admin(const struct plan_builder *builder, bool is_root)
{
    const struct sandbox_plan *plan = builder->plan;
    const uint64_t admin = UINT64_C(1) << CAP_SYS_ADMIN;

    if (plan->has_capability_bounding_set && !(plan->capability_bounding_set & admin))
        return false;
    return plan->ambient_capabilities & admin || (is_root && capabilities_permitted() & admin);
}

static bool keeps_admin(const struct plan_builder *builder)
{
    return has_admin(builder, plan_uid(builder) == 0);
}

/* Who keeps the right to mount can undo it all, and join the namespaces of others; a "!" command as
 * well, where no Landlock domain keeps it from that (plan_mounts_close_proc()). */
const char *plan_admin_gap(const struct plan_builder *builder)
{
    bool is_undone =
        keeps_admin(builder) || (builder->plan->landlock.abi < LANDLOCK_ABI_REFER &&
                                 has_admin(builder, plan_has_command_as_root(builder)));

    return is_undone ? undone : "";
}

void plan_verdict_but_for_admin(struct plan_builder *builder, struct sandbox_verdict verdict)
{
    const char *gap = plan_admin_gap(builder);

    if (verdict.strength == SANDBOX_FULL && gap[0]) {
        verdict.reason = gap;
        verdict.strength = SANDBOX_PARTIAL;
    }
    plan_verdict(builder, verdict);
}

/* --- with a namespace --- */

static const char *weakness(const struct plan_builder *builder, enum mount_rung rung)
{
    if (keeps_admin(builder))
        return undone;
    if (rung == MOUNT_RUNG_NAMESPACE && builder->plan->landlock.abi < LANDLOCK_ABI_REFER)
        return "without Landlock, a service of the same user without mounts leads around them by "
               "/proc";
    return "";
}

static void hold(struct plan_builder *builder, const struct mount_directive *directive,
                 enum mount_rung rung)
{
    const char *asked = plan_mount_asked(directive, &builder->spec->exec);
    const char *reason = weakness(builder, rung);

    directive->add(builder);
    plan_verdict(builder, (struct sandbox_verdict){
                              .directive = directive->name,
                              .asked = asked,
                              .reason = reason,
                              .mechanism = SANDBOX_BY_MOUNTS,
                              .strength = reason[0] ? SANDBOX_PARTIAL : SANDBOX_FULL,
                          });
}

static void finish(struct plan_builder *builder, enum mount_rung rung)
{
    struct mount_plan **mounts = &builder->plan->mounts;
    int r = builder->error;

    if (r == 0)
        r = mount_list_settle(&builder->mounts);
    if (r == 0)
        r = mount_list_plan(&builder->mounts, mounts);
    if (r < 0) {
        builder->error = r;
        return;
    }
    (*mounts)->rung = (uint8_t)rung;
    (*mounts)->has_network = builder->has_private_network;
    (*mounts)->has_ipc = builder->has_private_ipc;
    (*mounts)->has_pids = builder->has_private_pids;
    (*mounts)->has_uts =
        builder->spec->exec.protect_hostname && builder->context->abilities->small_namespaces;
    (*mounts)->has_user_namespace = builder->has_private_users && rung == MOUNT_RUNG_NAMESPACE;
    userns_maps_init(&(*mounts)->maps, plan_uid(builder), plan_gid(builder));
}

/* --- without --- */

static void do_without(struct plan_builder *builder, const struct mount_directive *directive,
                       const char *obstacle)
{
    const char *asked = plan_mount_asked(directive, &builder->spec->exec);

    if (!directive->is_true)
        return;
    if (directive->is_true(builder)) {
        const char *gap = directive->gap ? directive->gap() : "";

        plan_verdict(builder, (struct sandbox_verdict){ .directive = directive->name,
                                                        .asked = asked,
                                                        .reason = gap,
                                                        .mechanism = SANDBOX_BY_PLACE,
                                                        .strength = gap[0] ? SANDBOX_PARTIAL
                                                                           : SANDBOX_FULL });
        return;
    }
    plan_cannot(builder, &(struct plan_complaint){
                             .directive = directive->name,
                             .asked = asked,
                             .reason = obstacle,
                             .place = plan_place(builder, NULL),
                         });
}

/* Held by a filter; what is missing to it takes mounts. */
static bool has_gap(const struct plan_builder *builder)
{
    const struct exec_spec *exec = &builder->spec->exec;

    return (exec->protect_kernel_logs && plan_logs_gap(builder)[0]) ||
           (exec->protect_kernel_modules && plan_modules_gap(builder)[0]) ||
           (exec->protect_hostname && plan_leaves_hostname(builder));
}

/* systemd.exec(5): nobody makes a device, or talks to the hardware without one. */
static void hold_devices(struct plan_builder *builder)
{
    static const uint64_t rights = UINT64_C(1) << CAP_MKNOD | UINT64_C(1) << CAP_SYS_RAWIO;

    if (!builder->spec->exec.private_devices)
        return;
    plan_drop_capabilities(builder->plan, rights);
    builder->request.flags |= FILTER_DEVICES;
}

/*
 * A process of the same user without mounts of its own leads around ours by /proc/PID/root, unless
 * we may not trace it: nobody may from inside a user namespace, nor from a Landlock domain. This
 * one allows all but mounting.
 */
void plan_mounts_close_proc(struct plan_builder *builder)
{
    const struct mount_plan *mounts = builder->plan->mounts;
    struct landlock_plan *landlock = &builder->plan->landlock;

    if (!mounts || mounts->rung != MOUNT_RUNG_NAMESPACE || keeps_admin(builder) ||
        landlock_is_used(landlock) || landlock->abi < LANDLOCK_ABI_REFER)
        return;
    plan_marks_add_root(builder);
    landlock->holds_files = true;
}

/* --- PrivateUsers= --- */

/* By a path of the unit's; what it writes where it is not read-only, it says again. */
static bool has_read_only_proc(const struct exec_spec *exec)
{
    bool is_optional, is_read_only = false;

    for (size_t i = 0; exec->read_only_paths && exec->read_only_paths[i]; i++)
        is_read_only |= mount_path_is_below(
            "/proc", plan_path_without_prefix(exec->read_only_paths[i], &is_optional));
    for (size_t i = 0; exec->read_write_paths && exec->read_write_paths[i]; i++)
        is_read_only &=
            strcmp("/proc", plan_path_without_prefix(exec->read_write_paths[i], &is_optional)) != 0;
    return is_read_only;
}

/* NULL, or why not. Our own map has one line, and no root; it is written when all mounts are made,
 * unless they are the user namespace's own. */
static const char *private_users_obstacle(const struct plan_builder *builder)
{
    if (builder->context->abilities->mount_namespace && has_read_only_proc(&builder->spec->exec))
        return "the map of its users is a file in /proc, which ReadOnlyPaths= closes";
    if (builder->spec->exec.private_users == PRIVATE_USERS_IDENTITY)
        return "reeve maps nobody but the service's own user";
    if (!builder->context->abilities->user_namespace)
        return "no user namespace can be had here";
    if (plan_uid(builder) == 0 || plan_has_command_as_root(builder))
        return "root would lose in it what it is root for: name another user";
    return builder->plan->ambient_capabilities ? "AmbientCapabilities= would be lost in it" : NULL;
}

static void plan_private_users(struct plan_builder *builder)
{
    enum private_users private_users = builder->spec->exec.private_users;
    const char *asked = private_users == PRIVATE_USERS_SELF ? "yes" : "identity";
    const char *obstacle = private_users_obstacle(builder);

    if (private_users == PRIVATE_USERS_NO)
        return;
    builder->has_private_users = !obstacle;
    if (obstacle)
        plan_cannot(builder, &(struct plan_complaint){
                                 .directive = "PrivateUsers",
                                 .asked = asked,
                                 .reason = obstacle,
                                 .place = plan_place(builder, NULL),
                             });
    else
        plan_verdict(builder, (struct sandbox_verdict){ .directive = "PrivateUsers",
                                                        .asked = asked,
                                                        .reason = "",
                                                        .mechanism = SANDBOX_BY_KERNEL,
                                                        .strength = SANDBOX_FULL });
}

/* --- PrivateNetwork= --- */

/* Who can make no socket but AF_UNIX reaches no network. */
static bool has_unix_sockets_only(const struct plan_builder *builder)
{
    const struct address_families *families = &builder->spec->exec.restrict_address_families;

    return builder->context->abilities->seccomp && families->is_allow_list &&
           !(families->bits & ~(UINT64_C(1) << AF_UNIX));
}

static void plan_private_network(struct plan_builder *builder, const char *obstacle)
{
    struct sandbox_verdict verdict = { .directive = "PrivateNetwork",
                                       .asked = "yes",
                                       .reason = "",
                                       .mechanism = SANDBOX_BY_KERNEL,
                                       .strength = SANDBOX_FULL };

    if (!builder->spec->exec.private_network)
        return;
    if (!obstacle && !builder->context->abilities->network_namespace)
        obstacle = "no network namespace can be had here";
    builder->has_private_network = !obstacle;
    if (obstacle && !has_unix_sockets_only(builder)) {
        plan_cannot(builder, &(struct plan_complaint){
                                 .directive = verdict.directive,
                                 .asked = verdict.asked,
                                 .reason = obstacle,
                                 .place = plan_place(builder, NULL),
                             });
        return;
    }
    if (obstacle) {
        verdict.reason = "no network namespace: RestrictAddressFamilies= leaves AF_UNIX alone, but "
                         "/proc/net and abstract sockets are those of the container";
        verdict.mechanism = SANDBOX_BY_SECCOMP;
        verdict.strength = SANDBOX_PARTIAL;
    }
    plan_verdict_but_for_admin(builder, verdict);
}

/* --- PrivateIPC= --- */

static void plan_private_ipc(struct plan_builder *builder, const char *obstacle)
{
    if (!builder->spec->exec.private_ipc)
        return;
    if (!obstacle && !builder->context->abilities->small_namespaces)
        obstacle = "no IPC namespace can be had here";
    builder->has_private_ipc = !obstacle;
    if (obstacle) {
        plan_cannot(builder, &(struct plan_complaint){
                                 .directive = "PrivateIPC",
                                 .asked = "yes",
                                 .reason = obstacle,
                                 .place = plan_place(builder, NULL),
                             });
        return;
    }
    plan_mount_ipc(builder);
    plan_verdict_but_for_admin(builder, (struct sandbox_verdict){ .directive = "PrivateIPC",
                                                                  .asked = "yes",
                                                                  .reason = "",
                                                                  .mechanism = SANDBOX_BY_KERNEL,
                                                                  .strength = SANDBOX_FULL });
}

/* --- PrivatePIDs= --- */

/*
 * NULL, or why not. Who is born in a user namespace has no right to anything outside from then on,
 * so there must be none that it would have needed: to become somebody else, say.
 */
static const char *private_pids_obstacle(const struct plan_builder *builder, enum mount_rung rung)
{
    if (!builder->context->abilities->private_pids)
        return "no PID namespace with a /proc of its own can be had here: where parts of /proc are "
               "masked, it takes CAP_SYS_ADMIN";
    if (rung == MOUNT_RUNG_USER && capabilities_permitted() != 0)
        return "without CAP_SYS_ADMIN, it would cost reeve's other capabilities before they are "
               "used";
    return NULL;
}

static void plan_private_pids(struct plan_builder *builder, enum mount_rung rung,
                              const char *obstacle)
{
    if (!builder->spec->exec.private_pids)
        return;
    if (!obstacle)
        obstacle = private_pids_obstacle(builder, rung);
    builder->has_private_pids = !obstacle;
    if (obstacle) {
        plan_cannot(builder, &(struct plan_complaint){
                                 .directive = "PrivatePIDs",
                                 .asked = "yes",
                                 .reason = obstacle,
                                 .place = plan_place(builder, NULL),
                             });
        return;
    }
    plan_mount_proc(builder);
    plan_verdict_but_for_admin(builder, (struct sandbox_verdict){ .directive = "PrivatePIDs",
                                                                  .asked = "yes",
                                                                  .reason = "",
                                                                  .mechanism = SANDBOX_BY_KERNEL,
                                                                  .strength = SANDBOX_FULL });
}

/* A new /proc shows the processes of a namespace to whoever may mount there. */
static bool lacks_proc(const struct plan_builder *builder, const struct mount_directive *directive)
{
    return directive->needs_proc && !builder->has_private_pids &&
           !builder->context->abilities->fresh_proc;
}

void plan_mounts(struct plan_builder *builder)
{
    const char *obstacle;
    enum mount_rung rung = choose_rung(builder, &obstacle);
    bool is_needed = has_gap(builder) || plan_shares_credentials(builder);

    builder->mounts_obstacle = obstacle;
    hold_devices(builder);
    plan_private_users(builder);
    plan_private_network(builder, obstacle);
    plan_private_ipc(builder, obstacle);
    plan_private_pids(builder, rung, obstacle);
    is_needed |= plan_root(builder, obstacle);
    is_needed |= builder->has_private_users || builder->has_private_network ||
                 builder->has_private_ipc || builder->has_private_pids;
    for (size_t i = 0; i < plan_mount_directive_count; i++) {
        const struct mount_directive *directive = &plan_mount_directives[i];
        if (!plan_mount_asked(directive, &builder->spec->exec))
            continue;
        if (rung == MOUNT_RUNG_NONE || lacks_proc(builder, directive) ||
            (directive->is_dear && !builder->root && directive->is_true(builder))) {
            do_without(builder, directive, rung == MOUNT_RUNG_NONE ? obstacle : no_proc);
            continue;
        }
        hold(builder, directive, rung);
        is_needed = true;
    }
    if (rung == MOUNT_RUNG_NONE || !is_needed)
        return;
    plan_mount_own(builder);
    plan_mount_gaps(builder);
    finish(builder, rung);
}

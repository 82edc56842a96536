#include "sandbox/plan_private.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char one_user[] = "every service runs as the one user of the pod";
static const char hint_root[] = "a pod that root runs (reeve --user 0, with CAP_SETUID, CAP_SETGID "
                                "and CAP_KILL) gives each service its "
                                "own user; SandboxPolicy=degrade in [X-Reeve] runs it as the pod's";

static const char one_user_with[] =
    "every service runs as the one user of the pod; only what DynamicUser= implies is held";
static const char no_remove_ipc[] =
    "System V and POSIX IPC objects of the user stay when the unit stops (RemoveIPC=)";

/* One of the three directives, and whether it changes nothing here. */
struct wish {
    const char *directive, *text;
    const struct spec_place *place;
    bool is_true_already;
};

/* Beside PID 1's first one. */
static bool has_group(gid_t gid)
{
    gid_t groups[SANDBOX_GROUPS_MAX];
    int count = getgroups(SANDBOX_GROUPS_MAX, groups);

    for (int i = 0; i < count; i++) {
        if (groups[i] == gid)
            return true;
    }
    return false;
}

static bool is_own_group(const struct plan_builder *builder, gid_t gid)
{
    return gid == builder->context->gid || has_group(gid);
}

static bool are_own_groups(const struct plan_builder *builder)
{
    const struct sandbox_identity *identity = builder->context->identity;

    for (size_t i = 0; i < identity->group_count; i++) {
        if (!is_own_group(builder, identity->groups[i]))
            return false;
    }
    return true;
}

static void hold(struct plan_builder *builder, const struct wish *wish)
{
    bool is_possible = builder->context->abilities->identity;

    if (!wish->text)
        return;
    if (!is_possible && !wish->is_true_already) {
        plan_cannot(builder,
                    &(struct plan_complaint){
                        .directive = wish->directive,
                        .asked = "set",
                        .reason = one_user,
                        .subject = wish->text,
                        .hint = builder->spec->sandbox_policy == SANDBOX_STRICT ? hint_root : NULL,
                        .place = plan_place(builder, wish->place),
                    });
        return;
    }
    plan_verdict(builder, (struct sandbox_verdict){
                              .directive = wish->directive,
                              .asked = "set",
                              .reason = "",
                              .mechanism = is_possible ? SANDBOX_BY_KERNEL : SANDBOX_BY_PLACE,
                              .strength = SANDBOX_FULL,
                          });
}

/* The plan's own copy, groups behind it. */
static void keep(struct plan_builder *builder)
{
    const struct sandbox_identity *identity = builder->context->identity;
    size_t size = identity->group_count * sizeof(*identity->groups);
    struct sandbox_identity *copy = builder->error ? NULL : malloc(sizeof(*copy) + size);

    if (!copy) {
        if (!builder->error)
            builder->error = -ENOMEM;
        return;
    }
    *copy = *identity;
    copy->groups = (gid_t *)(copy + 1);
    if (size > 0)
        memcpy(copy + 1, identity->groups, size);
    builder->plan->identity = copy;
}

/* Where nobody can become anybody, what DynamicUser= implies holds all the same. */
static void hold_dynamic(struct plan_builder *builder)
{
    bool is_possible = builder->context->abilities->identity;
    struct sandbox_verdict verdict = { .directive = "DynamicUser",
                                       .asked = "yes",
                                       .reason = is_possible ? no_remove_ipc : one_user_with,
                                       .mechanism = SANDBOX_BY_KERNEL,
                                       .strength = SANDBOX_PARTIAL };

    if (!is_possible)
        plan_fall_short(
            builder, &(struct plan_complaint){
                         .directive = verdict.directive,
                         .asked = verdict.asked,
                         .reason = one_user_with,
                         .hint = builder->spec->sandbox_policy == SANDBOX_STRICT ? hint_root : NULL,
                         .place = plan_place(builder, &builder->spec->exec.dynamic_user_place),
                     });
    plan_verdict(builder, verdict);
    if (is_possible)
        keep(builder);
}

void plan_identity(struct plan_builder *builder)
{
    const struct exec_spec *exec = &builder->spec->exec;
    const struct sandbox_context *context = builder->context;
    const struct sandbox_identity *identity = context->identity;

    if (!identity)
        return;
    if (exec->dynamic_user) {
        hold_dynamic(builder);
        return;
    }
    hold(builder,
         &(struct wish){ "User", exec->user, &exec->user_place, identity->uid == context->uid });
    hold(builder, &(struct wish){ "Group", exec->group, &exec->group_place,
                                  is_own_group(builder, identity->gid) });
    hold(builder, &(struct wish){ "SupplementaryGroups",
                                  exec->supplementary_groups ? exec->supplementary_groups[0] : NULL,
                                  &exec->supplementary_groups_place, are_own_groups(builder) });
    if (context->abilities->identity)
        keep(builder);
}

uid_t plan_uid(const struct plan_builder *builder)
{
    const struct sandbox_identity *identity = builder->plan->identity;

    return identity && identity->has_uid ? identity->uid : builder->context->uid;
}

gid_t plan_gid(const struct plan_builder *builder)
{
    const struct sandbox_identity *identity = builder->plan->identity;

    return identity && identity->has_gid ? identity->gid : builder->context->gid;
}

bool plan_is_in_group(const struct plan_builder *builder, gid_t gid)
{
    const struct sandbox_identity *identity = builder->plan->identity;

    if (!identity || !identity->has_groups)
        return gid == plan_gid(builder) || has_group(gid);
    for (size_t i = 0; i < identity->group_count; i++)
        if (identity->groups[i] == gid)
            return true;
    return gid == plan_gid(builder);
}

bool plan_has_command_without_user(const struct plan_builder *builder)
{
    const struct service_spec *service = &builder->spec->service;
    const struct exec_command *const lists[] = {
        service->exec_condition,  service->exec_start_pre, service->exec_start,
        service->exec_start_post, service->exec_reload,    service->exec_stop,
        service->exec_stop_post,
    };

    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        for (const struct exec_command *at = lists[i]; at; at = at->next)
            if (at->flags & EXEC_SETUID)
                return true;
    return false;
}

bool plan_has_command_as_root(const struct plan_builder *builder)
{
    return builder->context->uid == 0 && plan_has_command_without_user(builder);
}

bool plan_has_root(const struct plan_builder *builder)
{
    return plan_uid(builder) == 0 || plan_has_command_as_root(builder);
}

bool sandbox_plan_becomes_another(const struct sandbox_plan *plan)
{
    return plan->identity != NULL;
}

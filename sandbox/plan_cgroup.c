#include "sandbox/plan_private.h"

#include <string.h>

/* What is held by a cgroup of the unit's own, which PID 1 makes (supervisor/init/cgroup.c). */

static const char locked[] = "it takes a cgroup, which a locked container cannot write";
static const char no_controller[] = "the controller for it is not handed down to this place";
static const char may_change[] =
    "the service runs as the user to whom its cgroup belongs, and may change it";
static const char commands_may_change[] =
    "a command of the unit has '!': it runs as the user to whom the cgroup belongs, and may change "
    "it";
static const char rights_may_change[] =
    "the service keeps capabilities by which it may change its cgroup";
static const char hint_cgroup[] =
    "run reeve as root (--user 0) where it may make cgroups: podman run --systemd=always on a host "
    "with cgroup v2; or with Delegate=yes in the unit that starts it";

/* Not a limit: without it the service gets its even share. */
static bool is_preference(enum resource resource)
{
    return resource == RESOURCE_MEMORY_MIN || resource == RESOURCE_MEMORY_LOW ||
           resource == RESOURCE_CPU_WEIGHT || resource == RESOURCE_IO_WEIGHT ||
           resource == RESOURCE_IO_DEVICE_WEIGHT;
}

static bool is_held(const struct sandbox_plan *plan, const char *directive)
{
    for (size_t i = 0; i < plan->verdict_count; i++)
        if (strcmp(plan->verdicts[i].directive, directive) == 0)
            return plan->verdicts[i].strength == SANDBOX_FULL;
    return false;
}

/* "" when the service cannot write the files that hold it: they are somebody else's, or not
 * writable in what it sees. */
static const char *gap(const struct plan_builder *builder)
{
    if (builder->spec->exec.protect_control_groups &&
        is_held(builder->plan, "ProtectControlGroups"))
        return "";
    if (plan_uid(builder) == builder->context->uid)
        return may_change;
    if (plan_has_command_without_user(builder))
        return commands_may_change;
    return plan_keeps_rights(builder) ? rights_may_change : "";
}

static const char *missing(const struct sandbox_abilities *abilities, enum resource resource)
{
    if (abilities->cgroup & resource_ability(resource))
        return NULL;
    if (abilities->has_cgroup)
        return no_controller;
    return abilities->cgroup_reason ? abilities->cgroup_reason : locked;
}

/* A plan that is only shown: nobody is refused for what may be held. */
static void leave_open(struct plan_builder *builder, const struct plan_complaint *complaint)
{
    plan_inert(builder, complaint);
    plan_verdict(builder, (struct sandbox_verdict){ .directive = complaint->directive,
                                                    .asked = complaint->asked,
                                                    .reason = complaint->reason,
                                                    .mechanism = SANDBOX_BY_NOTHING,
                                                    .strength = SANDBOX_NONE });
}

static void plan_one(struct plan_builder *builder, enum resource resource)
{
    const struct resource_value *value = &builder->spec->exec.resources[resource];
    const char *reason = missing(builder->context->abilities, resource);
    const char *open = gap(builder);
    struct plan_complaint complaint = {
        .directive = resource_directive(resource),
        .asked = "set",
        .reason = reason,
        .hint = hint_cgroup,
        .place = plan_place(builder, &value->place),
    };

    if (reason && is_preference(resource))
        plan_inert(builder, &complaint);
    else if (reason && builder->context->abilities->is_cgroup_unknown)
        leave_open(builder, &complaint);
    else if (reason)
        plan_cannot(builder, &complaint);
    else
        plan_verdict(builder, (struct sandbox_verdict){
                                  .directive = complaint.directive,
                                  .asked = "set",
                                  .reason = open,
                                  .mechanism = SANDBOX_BY_CGROUP,
                                  .strength = open[0] ? SANDBOX_PARTIAL : SANDBOX_FULL,
                              });
}

void plan_cgroup(struct plan_builder *builder)
{
    const struct exec_spec *exec = &builder->spec->exec;

    for (int i = 0; exec->resources && i < RESOURCE_COUNT; i++)
        if (exec->resources[i].is_set)
            plan_one(builder, (enum resource)i);
}

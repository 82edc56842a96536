#include "sandbox/plan_private.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

static const char hint_degrade[] = "[X-Reeve] SandboxPolicy=degrade starts the unit without it";

const char *sandbox_mechanism_name(enum sandbox_mechanism mechanism)
{
    switch (mechanism) {
    case SANDBOX_BY_NOTHING:
        return "nothing";
    case SANDBOX_BY_PLACE:
        return "already true";
    case SANDBOX_BY_LANDLOCK:
        return "Landlock";
    case SANDBOX_BY_SECCOMP:
        return "seccomp";
    case SANDBOX_BY_LANDLOCK_AND_SECCOMP:
        return "Landlock and seccomp";
    case SANDBOX_BY_CAPABILITIES:
        return "capabilities";
    case SANDBOX_BY_MOUNTS:
        return "mounts";
    case SANDBOX_BY_KERNEL:
        return "kernel";
    case SANDBOX_BY_CGROUP:
        return "cgroup";
    }
    return "?";
}

const char *sandbox_strength_name(enum sandbox_strength strength)
{
    switch (strength) {
    case SANDBOX_NONE:
        return "none";
    case SANDBOX_PARTIAL:
        return "partial";
    case SANDBOX_FULL:
        return "full";
    }
    return "?";
}

int sandbox_shared_new(struct sandbox_shared **ret_shared)
{
    struct sandbox_shared *shared = calloc(1, sizeof(*shared));

    if (!shared)
        return -ENOMEM;
    *ret_shared = shared;
    return 0;
}

void sandbox_shared_free(struct sandbox_shared *shared)
{
    if (!shared)
        return;
    for (size_t i = 0; i < shared->filter_count; i++)
        filter_unref(shared->filters[i].filter);
    free(shared->filters);
    free(shared);
}

void *plan_grow(struct plan_builder *builder, void *array, size_t count, size_t size)
{
    void *grown = builder->error ? NULL : reallocarray(array, count + 1, size);

    if (!grown && !builder->error)
        builder->error = -ENOMEM;
    return grown;
}

void plan_verdict(struct plan_builder *builder, struct sandbox_verdict verdict)
{
    struct sandbox_plan *plan = builder->plan;
    struct sandbox_verdict *grown =
        plan_grow(builder, plan->verdicts, plan->verdict_count, sizeof(*grown));

    if (!grown)
        return;
    plan->verdicts = grown;
    plan->verdicts[plan->verdict_count++] = verdict;
}

struct spec_place plan_place(const struct plan_builder *builder, const struct spec_place *place)
{
    if (place && place->path)
        return *place;
    return (struct spec_place){ .path = builder->spec->fragment_path };
}

/* What has no place in the specification is looked for in the unit's files. */
static struct spec_place place_of(const struct plan_builder *builder,
                                  const struct plan_complaint *complaint)
{
    bool is_item = complaint->subject && complaint->subject[0] == '/';
    struct spec_place place = complaint->place;

    if (place.line == 0 && builder->context->find_place)
        (void)builder->context->find_place(builder->spec, complaint->directive,
                                           is_item ? complaint->subject : NULL, &place);
    return place;
}

static void complain(struct plan_builder *builder, enum problem_level level,
                     const struct plan_complaint *complaint, const char *hint)
{
    struct spec_place at = place_of(builder, complaint);
    struct problem_place place = {
        .path = at.path ? at.path : builder->spec->name,
        .line = at.line,
        .column = at.column,
        .key = complaint->directive,
    };

    problem_report(builder->sink, level, &place, hint, "%s=%s: %s", complaint->directive,
                   complaint->subject ? complaint->subject : complaint->asked, complaint->reason);
}

void plan_warn(struct plan_builder *builder, const struct plan_complaint *complaint)
{
    complain(builder, PROBLEM_ADVICE, complaint, complaint->hint);
}

void plan_inert(struct plan_builder *builder, const struct plan_complaint *complaint)
{
    complain(builder, PROBLEM_INERT, complaint, complaint->hint);
}

void plan_note(struct plan_builder *builder, const struct plan_complaint *complaint)
{
    complain(builder, PROBLEM_NOTE, complaint, complaint->hint);
}

void plan_fall_short(struct plan_builder *builder, const struct plan_complaint *complaint)
{
    bool is_strict = (complaint->is_vital || builder->spec->sandbox_policy == SANDBOX_STRICT) &&
                     !builder->context->refuses_nothing;
    const char *hint = complaint->hint                     ? complaint->hint
                       : is_strict && !complaint->is_vital ? hint_degrade
                                                           : NULL;

    complain(builder, is_strict ? PROBLEM_REFUSED : PROBLEM_INERT, complaint, hint);
    builder->is_refused |= is_strict;
    builder->plan->falls_short = true;
}

void plan_cannot(struct plan_builder *builder, const struct plan_complaint *complaint)
{
    plan_fall_short(builder, complaint);
    plan_verdict(builder, (struct sandbox_verdict){
                              .directive = complaint->directive,
                              .asked = complaint->asked,
                              .reason = complaint->reason,
                              .mechanism = SANDBOX_BY_NOTHING,
                              .strength = SANDBOX_NONE,
                          });
}

/* What the loader knows to be beyond us everywhere; it has been complained of there. */
static void plan_unheld(struct plan_builder *builder)
{
    builder->plan->falls_short |= builder->spec->exec.unheld != NULL;
    for (const struct unheld_directive *at = builder->spec->exec.unheld; at; at = at->next)
        plan_verdict(builder, (struct sandbox_verdict){ .directive = at->name,
                                                        .asked = "set",
                                                        .reason = at->reason,
                                                        .mechanism = SANDBOX_BY_NOTHING,
                                                        .strength = SANDBOX_NONE });
}

static void plan_seal(struct plan_builder *builder)
{
    const struct sandbox_abilities *abilities = builder->context->abilities;
    bool is_full = abilities->seal && abilities->seccomp;

    if (abilities->seal)
        builder->plan->seal = builder->context->seal;
    plan_verdict(builder,
                 (struct sandbox_verdict){
                     .directive = "Seal",
                     .asked = "always",
                     .reason = is_full           ? ""
                               : abilities->seal ? "without seccomp a process can change its seal"
                                                 : "RLIMIT_RTTIME cannot be lowered here",
                     .mechanism = abilities->seal ? SANDBOX_BY_KERNEL : SANDBOX_BY_NOTHING,
                     .strength = is_full           ? SANDBOX_FULL
                                 : abilities->seal ? SANDBOX_PARTIAL
                                                   : SANDBOX_NONE,
                 });
}

/* Commands of their own domain that may have to signal the main process. */
static bool has_commands_that_signal(const struct service_spec *service)
{
    return service->exec_start_post || service->exec_reload || service->exec_stop ||
           service->exec_stop_post;
}

static const char *scope_gap(const struct plan_builder *builder)
{
    if (!builder->plan->landlock.holds_signals)
        return "the unit's Exec…= commands may signal its main process";
    return builder->context->abilities->seccomp
               ? ""
               : "without seccomp, it may set the limits of others, one of which kills";
}

/*
 * Nobody asks for these, so they must cost nobody anything: only where there is a domain anyway, or
 * where mounting (which no domain allows) is out of reach anyway.
 */
static void plan_scopes(struct plan_builder *builder)
{
    struct landlock_plan *landlock = &builder->plan->landlock;
    bool has_filter = builder->context->abilities->seccomp;

    if (landlock->abi < LANDLOCK_ABI_SCOPE)
        return;
    if (!landlock_is_used(landlock) && builder->request.namespaces != NAMESPACE_ALL)
        return;
    landlock->holds_abstract_sockets = true;
    landlock->holds_signals = !has_commands_that_signal(&builder->spec->service);
    if (landlock->holds_signals && has_filter)
        builder->request.flags |= FILTER_OTHERS;
    plan_verdict(builder, (struct sandbox_verdict){
                              .directive = "SignalScope",
                              .asked = "where harmless",
                              .reason = scope_gap(builder),
                              .mechanism = !landlock->holds_signals ? SANDBOX_BY_NOTHING
                                           : has_filter ? SANDBOX_BY_LANDLOCK_AND_SECCOMP
                                                        : SANDBOX_BY_LANDLOCK,
                              .strength = !landlock->holds_signals ? SANDBOX_NONE
                                          : has_filter             ? SANDBOX_FULL
                                                                   : SANDBOX_PARTIAL,
                          });
}

/* Nothing that the unit could help: a path that is too long, a filter that does not compile. */
static void report_error(struct plan_builder *builder)
{
    struct spec_place at = plan_place(builder, NULL);
    struct problem_place place = { .path = at.path ? at.path : builder->spec->name };

    problem_report(builder->sink, PROBLEM_ERROR, &place, NULL, "cannot prepare the sandbox: %s",
                   strerror(-builder->error));
}

int sandbox_plan_make(const struct unit_spec *spec, const struct sandbox_context *context,
                      struct problem_sink *sink, struct sandbox_plan **ret_plan)
{
    struct plan_builder builder = {
        .spec = spec,
        .context = context,
        .sink = sink,
        .plan = calloc(1, sizeof(struct sandbox_plan)),
    };

    if (!builder.plan)
        return -ENOMEM;
    builder.plan->made = (struct made_namespaces)MADE_NAMESPACES_NONE;
    builder.plan->landlock.abi = context->abilities->landlock_abi;
    builder.request.supervisor = context->is_guarded ? 0 : context->supervisor;
    plan_identity(&builder);
    plan_privileges(&builder);
    plan_resources(&builder);
    plan_mounts(&builder);
    plan_credentials(&builder);
    plan_secure_bits(&builder);
    plan_paths(&builder);
    plan_ports(&builder);
    plan_cgroup(&builder);
    plan_filter_directives(&builder);
    plan_unheld(&builder);
    plan_scopes(&builder);
    plan_mounts_close_proc(&builder);
    plan_seal(&builder);
    plan_filter(&builder);
    mount_list_release(&builder.mounts);
    if (builder.error && builder.error != -ENOMEM)
        report_error(&builder);
    if (builder.error || builder.is_refused) {
        sandbox_plan_free(builder.plan);
        return builder.error ? builder.error : -EOPNOTSUPP;
    }
    *ret_plan = builder.plan;
    return 0;
}

void sandbox_plan_free(struct sandbox_plan *plan)
{
    if (!plan)
        return;
    landlock_release(&plan->landlock);
    filter_unref(plan->filter);
    fd_close(plan->made.user);
    fd_close(plan->made.network);
    free(plan->mounts);
    free(plan->credentials);
    free(plan->identity);
    free(plan->limits);
    free(plan->scheduling);
    free(plan->verdicts);
    free(plan);
}

bool sandbox_plan_wants_namespaces(const struct sandbox_plan *plan,
                                   struct sandbox_wanted_namespaces *ret_wanted)
{
    const struct mount_plan *mounts = plan->mounts;

    if (!mount_plan_ends_inside(mounts))
        return false;
    *ret_wanted = (struct sandbox_wanted_namespaces){
        .uid = mounts->maps.user,
        .gid = mounts->maps.group,
        .network = mounts->has_network && mounts->rung == MOUNT_RUNG_USER,
    };
    return true;
}

struct made_namespaces *sandbox_plan_namespaces(struct sandbox_plan *plan)
{
    return &plan->made;
}

bool sandbox_plan_takes_memory(const struct sandbox_plan *plan)
{
    return plan->denies_write_execute || plan->oom_score[0] != '\0' || plan->credentials ||
           mount_plan_ends_inside(plan->mounts) || (plan->mounts && plan->mounts->has_pids);
}

bool sandbox_plan_gives_way(const struct sandbox_plan *plan)
{
    const struct exec_scheduling *turns = plan->scheduling;

    return (plan->has_nice && plan->nice > 0) ||
           (turns && ((turns->has_policy && turns->policy == SCHED_IDLE) ||
                      (turns->has_io && turns->io_class == IO_CLASS_IDLE)));
}

bool sandbox_plan_has_private_directory(const struct sandbox_plan *plan)
{
    return plan->has_private_directory;
}

bool sandbox_plan_takes_tmpdir(const struct sandbox_plan *plan)
{
    return plan->has_private_directory && !plan->mounts;
}

const struct sandbox_verdict *sandbox_plan_verdicts(const struct sandbox_plan *plan,
                                                    size_t *ret_count)
{
    *ret_count = plan->verdict_count;
    return plan->verdicts;
}

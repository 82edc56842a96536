#include "sandbox/plan_private.h"

#include "sandbox/capabilities.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>

enum { NUMBER_SIZE = 64 };

static void add_limit(struct plan_builder *builder, struct limit_plan limit)
{
    struct sandbox_plan *plan = builder->plan;
    struct limit_plan *grown = plan_grow(builder, plan->limits, plan->limit_count, sizeof(*grown));

    if (!grown)
        return;
    plan->limits = grown;
    plan->limits[plan->limit_count++] = limit;
}

/* As a unit says it. */
static void format_time_limit(const struct resource_limit *limit, char *text, size_t size)
{
    if (limit->soft == RLIM_INFINITY)
        snprintf(text, size, "infinity");
    else if (limit->soft == limit->hard)
        snprintf(text, size, "%" PRIu64 "us", limit->soft);
    else if (limit->hard == RLIM_INFINITY)
        snprintf(text, size, "%" PRIu64 "us:infinity", limit->soft);
    else
        snprintf(text, size, "%" PRIu64 "us:%" PRIu64 "us", limit->soft, limit->hard);
}

static void refuse_rttime(struct plan_builder *builder, const struct resource_limit *limit)
{
    char subject[NUMBER_SIZE];

    format_time_limit(limit, subject, sizeof(subject));
    plan_cannot(
        builder,
        &(struct plan_complaint){
            .directive = "LimitRTTIME",
            .asked = "set",
            .reason = "this limit is the seal by which reeve knows a unit's processes",
            .subject = subject,
            .hint =
                "remove the line: what has CPUSchedulingPolicy=fifo or rr runs without this limit",
            .place = plan_place(builder, NULL),
        });
}

/* systemd clamps silently; here it has to be allowed, and is said. */
static uint64_t clamp(struct plan_builder *builder, int resource, uint64_t hard)
{
    uint64_t ceiling = limit_ceiling(resource);
    char subject[NUMBER_SIZE], hint[NUMBER_SIZE * 3];

    if (hard <= ceiling)
        return hard;
    if (hard == RLIM_INFINITY)
        snprintf(subject, sizeof(subject), "infinity");
    else
        snprintf(subject, sizeof(subject), "%" PRIu64, hard);
    snprintf(hint, sizeof(hint),
             "the hard limit here is %" PRIu64 "; raise it where reeve is started (--ulimit), or "
             "SandboxPolicy=degrade takes it",
             ceiling);
    plan_cannot(builder, &(struct plan_complaint){
                             .directive = limit_directive(resource),
                             .asked = "set",
                             .reason = "above the hard limit that reeve itself has",
                             .subject = subject,
                             .hint = hint,
                             .place = plan_place(builder, NULL),
                         });
    return ceiling;
}

static void plan_limit(struct plan_builder *builder, int resource,
                       const struct resource_limit *asked)
{
    uint64_t hard;

    if (resource == RLIMIT_RTTIME) {
        refuse_rttime(builder, asked);
        return;
    }
    hard = clamp(builder, resource, asked->hard);
    add_limit(builder, (struct limit_plan){
                           .resource = (uint8_t)resource,
                           .soft = asked->soft < hard ? asked->soft : hard,
                           .hard = hard,
                       });
    if (hard == asked->hard)
        plan_verdict(builder, (struct sandbox_verdict){ .directive = limit_directive(resource),
                                                        .asked = "set",
                                                        .reason = "",
                                                        .mechanism = SANDBOX_BY_KERNEL,
                                                        .strength = SANDBOX_FULL });
}

/* As systemd: the nearest level that is allowed. */
static void plan_nice(struct plan_builder *builder)
{
    int floor = nice_floor(), asked = builder->spec->exec.nice;
    char subject[NUMBER_SIZE], hint[NUMBER_SIZE];

    builder->plan->has_nice = true;
    builder->plan->nice = (int8_t)(asked < floor ? floor : asked);
    if (asked >= floor)
        return;
    snprintf(subject, sizeof(subject), "%d", asked);
    snprintf(hint, sizeof(hint), "using %d, as systemd would", floor);
    plan_warn(builder, &(struct plan_complaint){
                           .directive = "Nice",
                           .reason = "not allowed without CAP_SYS_NICE",
                           .subject = subject,
                           .hint = hint,
                           .place = plan_place(builder, NULL),
                       });
}

static void plan_oom_score(struct plan_builder *builder)
{
    int own = oom_score_own(), asked = builder->spec->exec.oom_score_adjust;
    char subject[NUMBER_SIZE], hint[NUMBER_SIZE];

    snprintf(builder->plan->oom_score, sizeof(builder->plan->oom_score), "%d", asked);
    if (asked >= own || capabilities_may_raise_limits())
        return;
    snprintf(subject, sizeof(subject), "%d", asked);
    snprintf(hint, sizeof(hint), "staying at %d, as systemd would", own);
    plan_warn(builder, &(struct plan_complaint){
                           .directive = "OOMScoreAdjust",
                           .reason = "lowering is not allowed without CAP_SYS_RESOURCE",
                           .subject = subject,
                           .hint = hint,
                           .place = plan_place(builder, NULL),
                       });
}

static bool asks_for_turns(const struct exec_scheduling *scheduling)
{
    return scheduling && (scheduling->has_cpus || scheduling->has_io || scheduling->has_policy ||
                          scheduling->has_timer_slack || scheduling->has_personality);
}

/* As systemd: the start fails; but that can be said before. */
static void check_realtime(struct plan_builder *builder, const struct exec_scheduling *scheduling)
{
    bool is_realtime = scheduling->policy == SCHED_FIFO || scheduling->policy == SCHED_RR;

    if (!scheduling->has_policy || !is_realtime ||
        realtime_priority_ceiling() >= scheduling->priority)
        return;
    plan_warn(builder,
              &(struct plan_complaint){
                  .directive = "CPUSchedulingPolicy",
                  .reason = "not allowed without CAP_SYS_NICE or RLIMIT_RTPRIO",
                  .subject = scheduling->policy == SCHED_FIFO ? "fifo" : "rr",
                  .hint = "it will fail with 214 here; give the container --ulimit rtprio=",
                  .place = plan_place(builder, NULL),
              });
}

static void plan_scheduling(struct plan_builder *builder)
{
    struct exec_scheduling *copy = plan_grow(builder, NULL, 0, sizeof(*copy));

    builder->plan->scheduling = copy;
    if (!copy)
        return;
    *copy = *builder->spec->exec.scheduling;
    check_realtime(builder, copy);
}

void plan_resources(struct plan_builder *builder)
{
    const struct exec_spec *exec = &builder->spec->exec;

    builder->plan->umask = exec->umask;
    for (int i = 0; exec->limits && i < LIMIT_COUNT; i++)
        if (exec->limits[i].is_set)
            plan_limit(builder, i, &exec->limits[i]);
    if (exec->has_nice)
        plan_nice(builder);
    if (exec->has_oom_score_adjust)
        plan_oom_score(builder);
    if (asks_for_turns(exec->scheduling))
        plan_scheduling(builder);
}

#include "sandbox/plan_private.h"

#include "sandbox/capabilities.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/resource.h>
#include <unistd.h>

#define CAPABILITY(number) (UINT64_C(1) << (number))

/* What is missing in Protect…= beside the filter: asked of this place. */
typedef const char *find_gap(const struct plan_builder *builder);

static const char *no_gap(const struct plan_builder *builder)
{
    (void)builder;
    return "";
}

static const char *clock_gap(const struct plan_builder *builder)
{
    (void)builder;
    return access("/dev/rtc0", R_OK) == 0 || access("/dev/rtc0", W_OK) == 0
               ? "the device /dev/rtc0 is not hidden"
               : "";
}

bool plan_leaves_hostname(const struct plan_builder *builder)
{
    return plan_has_root(builder) && !builder->plan->mounts &&
           !place_is_read_only("/proc/sys/kernel/hostname");
}

/* For it alone nobody but root gets a namespace. */
static const char *hostname_gap(const struct plan_builder *builder)
{
    if (plan_leaves_hostname(builder))
        return "no mounts: root can write to /proc/sys/kernel/hostname";
    if (builder->plan->mounts && builder->plan->mounts->has_uts)
        return plan_admin_gap(builder);
    return "no UTS namespace of its own: what the container changes is seen";
}

const char *plan_logs_gap(const struct plan_builder *builder)
{
    return !builder->plan->mounts && access("/dev/kmsg", R_OK) == 0
               ? "the device /dev/kmsg is not hidden"
               : "";
}

const char *plan_modules_gap(const struct plan_builder *builder)
{
    return !builder->plan->mounts && access("/usr/lib/modules", F_OK) == 0
               ? "/usr/lib/modules is not hidden"
               : "";
}

/* sched_setattr() has its policy in memory, and systemd lets it pass as well. */
static const char *realtime_gap(const struct plan_builder *builder)
{
    (void)builder;
    return capabilities_may_raise_nice() || limit_ceiling(RLIMIT_RTPRIO) > 0
               ? "sched_setattr() is not looked at"
               : "";
}

/* Directives that are on or off. */
static const struct filter_switch {
    const char *directive;
    size_t offset; /* of the bool in struct exec_spec */
    enum filter_flag flag;
    uint64_t capabilities; /* taken away besides */
    find_gap *gap;
} switches[] = {
    { .directive = "LockPersonality",
      .offset = offsetof(struct exec_spec, lock_personality),
      .flag = FILTER_PERSONALITY,
      .gap = no_gap },
    { .directive = "RestrictRealtime",
      .offset = offsetof(struct exec_spec, restrict_realtime),
      .flag = FILTER_REALTIME,
      .gap = realtime_gap },
    { .directive = "RestrictSUIDSGID",
      .offset = offsetof(struct exec_spec, restrict_suid_sgid),
      .flag = FILTER_SUID_SGID,
      .gap = no_gap },
    { .directive = "ProtectClock",
      .offset = offsetof(struct exec_spec, protect_clock),
      .flag = FILTER_CLOCK,
      .capabilities = CAPABILITY(CAP_SYS_TIME) | CAPABILITY(CAP_WAKE_ALARM),
      .gap = clock_gap },
    { .directive = "ProtectHostname",
      .offset = offsetof(struct exec_spec, protect_hostname),
      .flag = FILTER_HOSTNAME,
      .gap = hostname_gap },
    { .directive = "ProtectKernelLogs",
      .offset = offsetof(struct exec_spec, protect_kernel_logs),
      .flag = FILTER_LOGS,
      .capabilities = CAPABILITY(CAP_SYSLOG),
      .gap = plan_logs_gap },
    { .directive = "ProtectKernelModules",
      .offset = offsetof(struct exec_spec, protect_kernel_modules),
      .flag = FILTER_MODULES,
      .capabilities = CAPABILITY(CAP_SYS_MODULE),
      .gap = plan_modules_gap },
};

/* What a filter holds; false when there can be none here, which has then been said. */
static bool hold_by_filter(struct plan_builder *builder, const char *directive, const char *asked,
                           const char *gap)
{
    if (!builder->context->abilities->seccomp) {
        plan_cannot(builder, &(struct plan_complaint){
                                 .directive = directive,
                                 .asked = asked,
                                 .reason = "system call filters (seccomp) cannot be installed here",
                                 .place = plan_place(builder, NULL),
                             });
        return false;
    }
    plan_verdict(builder, (struct sandbox_verdict){
                              .directive = directive,
                              .asked = asked,
                              .reason = gap,
                              .mechanism = SANDBOX_BY_SECCOMP,
                              .strength = gap[0] == '\0' ? SANDBOX_FULL : SANDBOX_PARTIAL,
                          });
    return true;
}

void plan_drop_capabilities(struct sandbox_plan *plan, uint64_t dropped)
{
    if (dropped == 0)
        return;
    if (!plan->has_capability_bounding_set)
        plan->capability_bounding_set = CAPABILITIES_ALL;
    plan->has_capability_bounding_set = true;
    plan->capability_bounding_set &= ~dropped;
    plan->ambient_capabilities &= ~dropped;
}

static void lock_own_personality(struct plan_builder *builder)
{
    const struct exec_scheduling *scheduling = builder->spec->exec.scheduling;

    if (!scheduling || !scheduling->has_personality)
        return;
    builder->request.has_personality = true;
    builder->request.personality = scheduling->personality;
}

static void plan_switch(struct plan_builder *builder, const struct filter_switch *directive)
{
    if (!*(const bool *)((const char *)&builder->spec->exec + directive->offset))
        return;
    if (!hold_by_filter(builder, directive->directive, "yes", directive->gap(builder)))
        return;
    builder->request.flags |= directive->flag;
    if (directive->flag == FILTER_PERSONALITY)
        lock_own_personality(builder);
    plan_drop_capabilities(builder->plan, directive->capabilities);
}

/* The kernel's own way also looks at what a filter does not see: files that are mapped. It does not
 * look at segments that are attached to be read and executed, which another attachment writes. */
static void plan_memory(struct plan_builder *builder)
{
    bool has_filter = builder->context->abilities->seccomp;

    if (!builder->spec->exec.memory_deny_write_execute)
        return;
    if (!builder->context->abilities->memory_deny) {
        if (hold_by_filter(builder, "MemoryDenyWriteExecute", "yes",
                           "by system calls: a file may be written and executed in two mappings"))
            builder->request.flags |= FILTER_MEMORY;
        return;
    }
    builder->plan->denies_write_execute = true;
    builder->request.flags |= has_filter ? FILTER_SEGMENTS : 0;
    plan_verdict(builder,
                 (struct sandbox_verdict){
                     .directive = "MemoryDenyWriteExecute",
                     .asked = "yes",
                     .reason = has_filter ? ""
                                          : "without seccomp, a segment of shared memory may be "
                                            "written and executed in two mappings",
                     .mechanism = SANDBOX_BY_KERNEL,
                     .strength = has_filter ? SANDBOX_FULL : SANDBOX_PARTIAL,
                 });
}

static void plan_calls(struct plan_builder *builder)
{
    const struct exec_spec *exec = &builder->spec->exec;
    struct filter_request *request = &builder->request;
    bool is_native = exec->system_call_architectures == 1U << ARCHITECTURE_NATIVE;

    if (exec->system_call_filter && hold_by_filter(builder, "SystemCallFilter", "set", "")) {
        request->filter = exec->system_call_filter;
        request->error_number = exec->system_call_error_number;
    }
    if (exec->system_call_log && hold_by_filter(builder, "SystemCallLog", "set", ""))
        request->log = exec->system_call_log;
    if (exec->system_call_architectures != 0 &&
        hold_by_filter(builder, "SystemCallArchitectures", is_native ? "native" : "set", ""))
        request->architectures = exec->system_call_architectures;
}

static void plan_restrictions(struct plan_builder *builder)
{
    const struct exec_spec *exec = &builder->spec->exec;
    const struct address_families *families = &exec->restrict_address_families;
    uint32_t refused = exec->restrict_namespaces.refused;

    if ((families->is_allow_list || families->bits != 0) &&
        hold_by_filter(builder, "RestrictAddressFamilies",
                       families->is_allow_list && families->bits == 0 ? "none" : "set", ""))
        builder->request.families = *families;
    if (refused != 0 &&
        hold_by_filter(builder, "RestrictNamespaces", refused == NAMESPACE_ALL ? "yes" : "set", ""))
        builder->request.namespaces = refused;
}

void plan_filter_directives(struct plan_builder *builder)
{
    plan_restrictions(builder);
    plan_calls(builder);
    for (size_t i = 0; i < ARRAY_SIZE(switches); i++)
        plan_switch(builder, &switches[i]);
    plan_memory(builder);
}

/* An equal filter that was compiled for another unit; NULL when there is none. */
static struct filter *find_shared(const struct sandbox_shared *shared,
                                  const struct filter_request *request)
{
    for (size_t i = 0; shared && i < shared->filter_count; i++) {
        if (filter_request_is_equal(&shared->filters[i].request, request))
            return shared->filters[i].filter;
    }
    return NULL;
}

static void share(struct plan_builder *builder, struct sandbox_shared *shared)
{
    struct shared_filter *grown =
        plan_grow(builder, shared->filters, shared->filter_count, sizeof(*grown));

    if (!grown)
        return;
    shared->filters = grown;
    shared->filters[shared->filter_count++] =
        (struct shared_filter){ builder->request, filter_ref(builder->plan->filter) };
}

/* After all directives have said what they need. */
void plan_filter(struct plan_builder *builder)
{
    struct sandbox_shared *shared = builder->context->shared;
    struct filter *filter = find_shared(shared, &builder->request);
    int r;

    if (builder->error || !builder->context->abilities->seccomp)
        return;
    if (builder->context->is_guarded &&
        filter_request_is_equal(&builder->request, &(struct filter_request){ 0 }))
        return;
    if (filter) {
        builder->plan->filter = filter_ref(filter);
        return;
    }
    r = filter_new(&builder->request, &builder->plan->filter);
    if (r < 0)
        builder->error = r;
    else if (shared)
        share(builder, shared);
}

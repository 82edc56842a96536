#include "sandbox/exposure.h"

#include "sandbox/filter_numbers.h"

#include <linux/capability.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define CAPABILITY(number) (UINT64_C(1) << (number))
#define FAMILY(number)     (UINT64_C(1) << (number))

struct row;

/* A unit in which nothing stands that is not held. */
struct held {
    struct unit_spec spec;
    bool has_mounts_of_its_own; /* what it mounts, nobody else sees; or it cannot mount */
};

typedef unsigned judge(const struct held *held, const struct row *row);

struct row {
    struct exposure_item item;
    judge *judge;
    uint64_t argument; /* an offset in struct exec_spec, or bits */
    bool needs_default_dependencies;
};

/* --- what is bad --- */

/* Reeve has no such directive: nothing of the kind is held. */
static unsigned judge_unknown(const struct held *held, const struct row *row)
{
    (void)held;
    return row->item.range;
}

/* A directive that would loosen something. */
static unsigned judge_good(const struct held *held, const struct row *row)
{
    (void)held;
    (void)row;
    return 0;
}

static unsigned judge_switch(const struct held *held, const struct row *row)
{
    return !*(const bool *)((const char *)&held->spec.exec + row->argument);
}

/* Implied, as in systemd, by what makes the service have mounts of its own. */
static unsigned judge_mounts(const struct held *held, const struct row *row)
{
    (void)row;
    return !held->has_mounts_of_its_own;
}

static bool is_privileged(const struct held *held)
{
    const char *user = held->spec.exec.user;

    return !user || user[0] == '\0' || strcmp(user, "root") == 0 || strcmp(user, "0") == 0;
}

static unsigned judge_user(const struct held *held, const struct row *row)
{
    if (is_privileged(held))
        return row->item.range;
    return strcmp(held->spec.exec.user, "nobody") == 0 ? 9 : 0;
}

static unsigned judge_groups(const struct held *held, const struct row *row)
{
    (void)row;
    if (is_privileged(held))
        return EXPOSURE_EXEMPT;
    return held->spec.exec.supplementary_groups != NULL;
}

static unsigned judge_remove_ipc(const struct held *held, const struct row *row)
{
    return is_privileged(held) ? EXPOSURE_EXEMPT : row->item.range;
}

static unsigned judge_protect_system(const struct held *held, const struct row *row)
{
    switch (held->spec.exec.protect_system) {
    case PROTECT_SYSTEM_NO:
        return row->item.range;
    case PROTECT_SYSTEM_YES:
        return 5;
    case PROTECT_SYSTEM_FULL:
        return 3;
    case PROTECT_SYSTEM_STRICT:
        return 0;
    }
    return row->item.range;
}

static unsigned judge_protect_home(const struct held *held, const struct row *row)
{
    switch (held->spec.exec.protect_home) {
    case PROTECT_HOME_NO:
        return row->item.range;
    case PROTECT_HOME_READ_ONLY:
        return 5;
    case PROTECT_HOME_TMPFS:
        return 1;
    case PROTECT_HOME_YES:
        return 0;
    }
    return row->item.range;
}

static unsigned judge_protect_proc(const struct held *held, const struct row *row)
{
    switch (held->spec.exec.protect_proc) {
    case PROTECT_PROC_DEFAULT:
        return row->item.range;
    case PROTECT_PROC_NOACCESS:
        return 1;
    case PROTECT_PROC_INVISIBLE:
    case PROTECT_PROC_PTRACEABLE:
        return 0;
    }
    return row->item.range;
}

static unsigned judge_proc_subset(const struct held *held, const struct row *row)
{
    (void)row;
    return held->spec.exec.proc_subset == PROC_SUBSET_ALL;
}

static unsigned judge_root_directory(const struct held *held, const struct row *row)
{
    (void)row;
    return !held->spec.exec.root_directory || strcmp(held->spec.exec.root_directory, "/") == 0;
}

static unsigned judge_keyring_mode(const struct held *held, const struct row *row)
{
    (void)row;
    return held->spec.exec.keyring_mode != KEYRING_PRIVATE;
}

static unsigned judge_private_tmp(const struct held *held, const struct row *row)
{
    (void)row;
    return held->spec.exec.private_tmp == PRIVATE_TMP_NO;
}

static unsigned judge_private_users(const struct held *held, const struct row *row)
{
    (void)row;
    return held->spec.exec.private_users == PRIVATE_USERS_NO;
}

static unsigned judge_capabilities(const struct held *held, const struct row *row)
{
    return (held->spec.exec.capability_bounding_set & row->argument) != 0;
}

static unsigned judge_ambient(const struct held *held, const struct row *row)
{
    (void)row;
    return held->spec.exec.ambient_capabilities != 0;
}

static unsigned judge_umask(const struct held *held, const struct row *row)
{
    mode_t umask = held->spec.exec.umask;

    if (!(umask & S_IWOTH))
        return row->item.range;
    return !(umask & S_IROTH) ? 5 : !(umask & S_IWGRP) ? 2 : !(umask & S_IRGRP) ? 1 : 0;
}

static unsigned judge_notify_access(const struct held *held, const struct row *row)
{
    (void)row;
    return held->spec.service.notify_access == NOTIFY_ALL;
}

static unsigned judge_namespaces(const struct held *held, const struct row *row)
{
    return (held->spec.exec.restrict_namespaces.refused & row->argument) == 0;
}

/* One of several is enough for either kind of list. */
static unsigned judge_families(const struct held *held, const struct row *row)
{
    const struct address_families *families = &held->spec.exec.restrict_address_families;
    bool is_named = (families->bits & row->argument) != 0;

    return families->is_allow_list == is_named;
}

static unsigned judge_architectures(const struct held *held, const struct row *row)
{
    uint32_t architectures = held->spec.exec.system_call_architectures;

    if (architectures == 0)
        return row->item.range;
    return architectures == 1U << ARCHITECTURE_NATIVE ? 0 : 8;
}

static bool is_of_this_machine(enum call call)
{
    size_t count;

    return filter_number(filter_architectures(&count), call) >= 0;
}

/* Whether the list names the call; where it says what is allowed, one with an error is not. */
static bool is_named(const struct call_list *list, enum call call)
{
    return list->is_allow_list ? list->answers[call] == CALL_LISTED
                               : list->answers[call] != CALL_UNLISTED;
}

/* A group is kept out when all of its calls are. */
static unsigned judge_calls(const struct held *held, const struct row *row)
{
    const struct call_list *list = held->spec.exec.system_call_filter;

    if (!list)
        return row->item.range;
    for (enum call call = 0; call < CALL_COUNT; call++)
        if (call_groups(call) & row->argument && is_named(list, call) == list->is_allow_list &&
            is_of_this_machine(call))
            return list->is_allow_list ? 9 : row->item.range;
    return 0;
}

/* --- the table --- */

/* clang-format off */
#define ROW(text, of, weighs, ranges, function, ...) \
    { .item = { .name = text, .directive = of, .weight = weighs, .range = ranges, .is_known = true }, \
      .judge = function, __VA_ARGS__ }
#define UNKNOWN(key, weighs, ranges, ...) \
    { .item = { .name = key "=", .directive = key, .weight = weighs, .range = ranges }, \
      .judge = judge_unknown, __VA_ARGS__ }
#define SWITCH(key, weighs, field) \
    ROW(key "=", key, weighs, 1, judge_switch, .argument = offsetof(struct exec_spec, field))
#define CAPABILITIES(text, weighs, bits) \
    ROW("CapabilityBoundingSet=~" text, "CapabilityBoundingSet", weighs, 1, judge_capabilities, .argument = (bits))
#define NAMESPACE(text, weighs, flag) \
    ROW("RestrictNamespaces=~" text, "RestrictNamespaces", weighs, 1, judge_namespaces, .argument = (flag))
#define FAMILIES(text, weighs, bits) \
    ROW("RestrictAddressFamilies=~" text, "RestrictAddressFamilies", weighs, 1, judge_families, .argument = (bits))
#define CALLS(text, weighs, groups) \
    ROW("SystemCallFilter=~" text, "SystemCallFilter", weighs, 10, judge_calls, .argument = (groups))

#define INTERNET_FAMILIES (FAMILY(AF_INET) | FAMILY(AF_INET6))
#define OTHER_FAMILIES    (~(INTERNET_FAMILIES | FAMILY(AF_UNIX) | FAMILY(AF_NETLINK) | FAMILY(AF_PACKET)))

static const struct row rows[] = {
    ROW("User=/DynamicUser=", "User", 2000, 10, judge_user),
    ROW("SupplementaryGroups=", "SupplementaryGroups", 200, 1, judge_groups),
    SWITCH("PrivateDevices", 1000, private_devices),
    ROW("PrivateMounts=", "PrivateMounts", 1000, 1, judge_mounts),
    SWITCH("PrivateNetwork", 2500, private_network),
    ROW("PrivateTmp=", "PrivateTmp", 1000, 1, judge_private_tmp, .needs_default_dependencies = true),
    ROW("PrivateUsers=", "PrivateUsers", 1000, 1, judge_private_users),
    SWITCH("ProtectControlGroups", 1000, protect_control_groups),
    SWITCH("ProtectKernelModules", 1000, protect_kernel_modules),
    SWITCH("ProtectKernelTunables", 1000, protect_kernel_tunables),
    SWITCH("ProtectKernelLogs", 1000, protect_kernel_logs),
    SWITCH("ProtectClock", 1000, protect_clock),
    ROW("ProtectHome=", "ProtectHome", 1000, 10, judge_protect_home, .needs_default_dependencies = true),
    SWITCH("ProtectHostname", 50, protect_hostname),
    ROW("ProtectSystem=", "ProtectSystem", 1000, 10, judge_protect_system, .needs_default_dependencies = true),
    { .item = { .name = "RootDirectory=/RootImage=", .directive = "RootDirectory", .weight = 200, .range = 1 },
      .judge = judge_root_directory, .needs_default_dependencies = true },
    SWITCH("LockPersonality", 100, lock_personality),
    SWITCH("MemoryDenyWriteExecute", 100, memory_deny_write_execute),
    SWITCH("NoNewPrivileges", 1000, no_new_privileges),
    CAPABILITIES("CAP_SYS_ADMIN", 1500, CAPABILITY(CAP_SYS_ADMIN)),
    CAPABILITIES("CAP_SET(UID|GID|PCAP)", 1500,
                 CAPABILITY(CAP_SETUID) | CAPABILITY(CAP_SETGID) | CAPABILITY(CAP_SETPCAP)),
    CAPABILITIES("CAP_SYS_PTRACE", 1500, CAPABILITY(CAP_SYS_PTRACE)),
    CAPABILITIES("CAP_SYS_TIME", 1000, CAPABILITY(CAP_SYS_TIME)),
    CAPABILITIES("CAP_NET_ADMIN", 1000, CAPABILITY(CAP_NET_ADMIN)),
    CAPABILITIES("CAP_SYS_RAWIO", 1000, CAPABILITY(CAP_SYS_RAWIO)),
    CAPABILITIES("CAP_SYS_MODULE", 1000, CAPABILITY(CAP_SYS_MODULE)),
    CAPABILITIES("CAP_AUDIT_*", 500,
                 CAPABILITY(CAP_AUDIT_CONTROL) | CAPABILITY(CAP_AUDIT_READ) | CAPABILITY(CAP_AUDIT_WRITE)),
    CAPABILITIES("CAP_SYSLOG", 500, CAPABILITY(CAP_SYSLOG)),
    CAPABILITIES("CAP_SYS_(NICE|RESOURCE)", 500, CAPABILITY(CAP_SYS_NICE) | CAPABILITY(CAP_SYS_RESOURCE)),
    CAPABILITIES("CAP_MKNOD", 500, CAPABILITY(CAP_MKNOD)),
    CAPABILITIES("CAP_(CHOWN|FSETID|SETFCAP)", 1000,
                 CAPABILITY(CAP_CHOWN) | CAPABILITY(CAP_FSETID) | CAPABILITY(CAP_SETFCAP)),
    CAPABILITIES("CAP_(DAC_*|FOWNER|IPC_OWNER)", 1000,
                 CAPABILITY(CAP_DAC_OVERRIDE) | CAPABILITY(CAP_DAC_READ_SEARCH) | CAPABILITY(CAP_FOWNER) |
                     CAPABILITY(CAP_IPC_OWNER)),
    CAPABILITIES("CAP_KILL", 500, CAPABILITY(CAP_KILL)),
    CAPABILITIES("CAP_NET_(BIND_SERVICE|BROADCAST|RAW)", 500,
                 CAPABILITY(CAP_NET_BIND_SERVICE) | CAPABILITY(CAP_NET_BROADCAST) | CAPABILITY(CAP_NET_RAW)),
    CAPABILITIES("CAP_SYS_BOOT", 100, CAPABILITY(CAP_SYS_BOOT)),
    CAPABILITIES("CAP_MAC_*", 100, CAPABILITY(CAP_MAC_ADMIN) | CAPABILITY(CAP_MAC_OVERRIDE)),
    CAPABILITIES("CAP_LINUX_IMMUTABLE", 75, CAPABILITY(CAP_LINUX_IMMUTABLE)),
    CAPABILITIES("CAP_IPC_LOCK", 50, CAPABILITY(CAP_IPC_LOCK)),
    CAPABILITIES("CAP_SYS_CHROOT", 50, CAPABILITY(CAP_SYS_CHROOT)),
    CAPABILITIES("CAP_BLOCK_SUSPEND", 25, CAPABILITY(CAP_BLOCK_SUSPEND)),
    CAPABILITIES("CAP_WAKE_ALARM", 25, CAPABILITY(CAP_WAKE_ALARM)),
    CAPABILITIES("CAP_LEASE", 25, CAPABILITY(CAP_LEASE)),
    CAPABILITIES("CAP_SYS_TTY_CONFIG", 25, CAPABILITY(CAP_SYS_TTY_CONFIG)),
    CAPABILITIES("CAP_SYS_PACCT", 25, CAPABILITY(CAP_SYS_PACCT)),
    CAPABILITIES("CAP_BPF", 25, CAPABILITY(CAP_BPF)),
    ROW("UMask=", "UMask", 100, 10, judge_umask),
    ROW("KeyringMode=", "KeyringMode", 1000, 1, judge_keyring_mode),
    ROW("ProtectProc=", "ProtectProc", 1000, 3, judge_protect_proc),
    ROW("ProcSubset=", "ProcSubset", 10, 1, judge_proc_subset),
    ROW("NotifyAccess=", "NotifyAccess", 1000, 1, judge_notify_access),
    { .item = { .name = "RemoveIPC=", .directive = "RemoveIPC", .weight = 100, .range = 1 },
      .judge = judge_remove_ipc },
    { .item = { .name = "Delegate=", .directive = "Delegate", .weight = 100, .range = 1 }, .judge = judge_good },
    SWITCH("RestrictRealtime", 500, restrict_realtime),
    SWITCH("RestrictSUIDSGID", 1000, restrict_suid_sgid),
    NAMESPACE("user", 1500, NAMESPACE_USER),
    NAMESPACE("mnt", 500, NAMESPACE_MNT),
    NAMESPACE("ipc", 500, NAMESPACE_IPC),
    NAMESPACE("pid", 500, NAMESPACE_PID),
    NAMESPACE("cgroup", 500, NAMESPACE_CGROUP),
    NAMESPACE("net", 500, NAMESPACE_NET),
    NAMESPACE("uts", 100, NAMESPACE_UTS),
    FAMILIES("AF_(INET|INET6)", 1500, INTERNET_FAMILIES),
    FAMILIES("AF_UNIX", 25, FAMILY(AF_UNIX)),
    FAMILIES("AF_NETLINK", 200, FAMILY(AF_NETLINK)),
    FAMILIES("AF_PACKET", 1000, FAMILY(AF_PACKET)),
    FAMILIES("…", 1250, OTHER_FAMILIES),
    ROW("SystemCallArchitectures=", "SystemCallArchitectures", 1000, 10, judge_architectures),
    CALLS("@swap", 1000, CALLS_SWAP),
    CALLS("@obsolete", 250, CALLS_OBSOLETE),
    CALLS("@clock", 1000, CALLS_CLOCK),
    CALLS("@cpu-emulation", 250, CALLS_CPU_EMULATION),
    CALLS("@debug", 1000, CALLS_DEBUG),
    CALLS("@mount", 1000, CALLS_MOUNT),
    CALLS("@module", 1000, CALLS_MODULE),
    CALLS("@raw-io", 1000, CALLS_RAW_IO),
    CALLS("@reboot", 1000, CALLS_REBOOT),
    CALLS("@privileged", 700, CALLS_PRIVILEGED),
    CALLS("@resources", 700, CALLS_RESOURCES),
    UNKNOWN("IPAddressDeny", 1000, 10),
    UNKNOWN("DeviceAllow", 1000, 10),
    ROW("AmbientCapabilities=", "AmbientCapabilities", 500, 1, judge_ambient),
};
/* clang-format on */

_Static_assert(ARRAY_SIZE(rows) <= EXPOSURE_ITEMS_MAX, "struct exposure has room for all items");

size_t exposure_item_count(void)
{
    return ARRAY_SIZE(rows);
}

const struct exposure_item *exposure_item(size_t index)
{
    return &rows[index].item;
}

/* --- the unit without what is not held --- */

#define FIELD(key, field)                                                                          \
    {                                                                                              \
        key, offsetof(struct exec_spec, field), sizeof(__typeof__(((struct exec_spec *)0)->field)) \
    }

static const struct {
    const char *directive;
    size_t offset, size; /* in struct exec_spec */
} fields[] = {
    FIELD("User", user),
    FIELD("SupplementaryGroups", supplementary_groups),
    FIELD("ProtectSystem", protect_system),
    FIELD("ProtectHome", protect_home),
    FIELD("ProtectProc", protect_proc),
    FIELD("ProcSubset", proc_subset),
    FIELD("PrivateTmp", private_tmp),
    FIELD("PrivateDevices", private_devices),
    FIELD("PrivateMounts", private_mounts),
    FIELD("PrivateUsers", private_users),
    FIELD("PrivateNetwork", private_network),
    FIELD("ProtectControlGroups", protect_control_groups),
    FIELD("ProtectKernelTunables", protect_kernel_tunables),
    FIELD("CapabilityBoundingSet", has_capability_bounding_set),
    FIELD("AmbientCapabilities", ambient_capabilities),
    FIELD("SystemCallFilter", system_call_filter),
    FIELD("SystemCallArchitectures", system_call_architectures),
    FIELD("RestrictAddressFamilies", restrict_address_families),
    FIELD("RestrictNamespaces", restrict_namespaces),
    FIELD("LockPersonality", lock_personality),
    FIELD("RestrictRealtime", restrict_realtime),
    FIELD("RestrictSUIDSGID", restrict_suid_sgid),
    FIELD("MemoryDenyWriteExecute", memory_deny_write_execute),
    FIELD("ProtectClock", protect_clock),
    FIELD("ProtectHostname", protect_hostname),
    FIELD("ProtectKernelLogs", protect_kernel_logs),
    FIELD("ProtectKernelModules", protect_kernel_modules),
};

static void unset(struct unit_spec *spec, const struct unit_spec *plain, const char *directive)
{
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
        if (strcmp(fields[i].directive, directive) == 0)
            memcpy((char *)&spec->exec + fields[i].offset,
                   (const char *)&plain->exec + fields[i].offset, fields[i].size);
}

/* Directives that take capabilities away, as in plan_filter.c and plan_mounts.c. */
static uint64_t bounding_of(const struct exec_spec *exec)
{
    uint64_t bounding =
        exec->has_capability_bounding_set ? exec->capability_bounding_set : UINT64_MAX;

    if (exec->protect_kernel_modules)
        bounding &= ~CAPABILITY(CAP_SYS_MODULE);
    if (exec->protect_kernel_logs)
        bounding &= ~CAPABILITY(CAP_SYSLOG);
    if (exec->private_devices)
        bounding &= ~(CAPABILITY(CAP_MKNOD) | CAPABILITY(CAP_SYS_RAWIO));
    if (exec->protect_clock)
        bounding &= ~(CAPABILITY(CAP_SYS_TIME) | CAPABILITY(CAP_WAKE_ALARM));
    return bounding;
}

/* Held in a way that leaves the mounts alone. */
static bool leaves_mounts(enum sandbox_mechanism mechanism)
{
    return mechanism == SANDBOX_BY_PLACE || mechanism == SANDBOX_BY_SECCOMP ||
           mechanism == SANDBOX_BY_CAPABILITIES || mechanism == SANDBOX_BY_KERNEL;
}

static bool is_held_by_mounts(const struct exposure_request *request, const char *directive)
{
    for (size_t i = 0; i < request->verdict_count; i++)
        if (strcmp(request->verdicts[i].directive, directive) == 0)
            return !leaves_mounts(request->verdicts[i].mechanism);
    return true;
}

/* systemd-analyze goes by the same list. Where Landlock stands in for mounts, nobody can mount. */
static bool has_mounts_of_its_own(const struct exposure_request *request,
                                  const struct exec_spec *exec)
{
    const struct {
        const char *directive;
        bool is_set;
    } wishes[] = {
        { "ProtectSystem", exec->protect_system != PROTECT_SYSTEM_NO },
        { "ProtectHome", exec->protect_home != PROTECT_HOME_NO },
        { "PrivateTmp", exec->private_tmp != PRIVATE_TMP_NO },
        { "PrivateDevices", exec->private_devices },
        { "PrivateMounts", exec->private_mounts },
        { "ProtectControlGroups", exec->protect_control_groups },
        { "ProtectKernelTunables", exec->protect_kernel_tunables },
        { "ProtectKernelModules", exec->protect_kernel_modules },
    };

    for (size_t i = 0; i < ARRAY_SIZE(wishes); i++)
        if (wishes[i].is_set && is_held_by_mounts(request, wishes[i].directive))
            return true;
    return false;
}

static void find_held(const struct exposure_request *request, struct held *ret_held)
{
    struct unit_spec plain, *spec = &ret_held->spec;

    unit_spec_init(&plain, request->spec->name, request->spec->kind);
    *spec = *request->spec;
    for (size_t i = 0; i < request->verdict_count; i++)
        if (request->verdicts[i].strength == SANDBOX_NONE)
            unset(spec, &plain, request->verdicts[i].directive);
    if (!spec->exec.user && !request->is_root)
        spec->exec.user = "the pod's";
    spec->exec.capability_bounding_set = bounding_of(&spec->exec);
    ret_held->has_mounts_of_its_own = has_mounts_of_its_own(request, &spec->exec);
}

void exposure_judge(const struct exposure_request *request, struct exposure *ret_exposure)
{
    struct held held;

    find_held(request, &held);
    *ret_exposure = (struct exposure){ 0 };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        bool is_exempt = rows[i].needs_default_dependencies && !held.spec.default_dependencies;

        ret_exposure->badness[i] =
            is_exempt ? EXPOSURE_EXEMPT : (uint8_t)rows[i].judge(&held, &rows[i]);
    }
}

/* --- the number --- */

static unsigned divide_up(unsigned dividend, unsigned divisor)
{
    return (dividend + divisor - 1) / divisor;
}

static unsigned weight_of(const struct exposure *exposure)
{
    unsigned weight = 0;

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (exposure->badness[i] != EXPOSURE_EXEMPT)
            weight += rows[i].item.weight;
    return weight;
}

unsigned exposure_level(const struct exposure *exposure)
{
    unsigned bad = 0;

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (exposure->badness[i] != EXPOSURE_EXEMPT)
            bad +=
                divide_up((unsigned)exposure->badness[i] * rows[i].item.weight, rows[i].item.range);
    return divide_up(bad * EXPOSURE_LEVEL_MAX, weight_of(exposure));
}

unsigned exposure_share(const struct exposure *exposure, size_t index)
{
    const struct exposure_item *item = &rows[index].item;
    unsigned badness = exposure->badness[index];

    if (badness == EXPOSURE_EXEMPT)
        return 0;
    return divide_up(divide_up(badness * item->weight * EXPOSURE_LEVEL_MAX, item->range),
                     weight_of(exposure));
}

const char *exposure_word(unsigned level)
{
    static const struct {
        unsigned from;
        const char *word;
    } words[] = {
        { 100, "DANGEROUS" }, { 90, "UNSAFE" }, { 75, "EXPOSED" }, { 50, "MEDIUM" },
        { 10, "OK" },         { 1, "SAFE" },    { 0, "PERFECT" },
    };
    size_t i = 0;

    while (level < words[i].from)
        i++;
    return words[i].word;
}

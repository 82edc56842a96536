#ifndef REEVE_UNIT_UNIT_SPEC_H
#define REEVE_UNIT_UNIT_SPEC_H

/*
 * A unit as its files describe it, once all drop-ins, specifiers and defaults have been applied.
 * Constant after loading: what changes while the pod runs lives in struct unit (machine.h).
 *
 * Names are systemd's directive names in lower case with underscores; meanings and defaults are
 * those of systemd.unit(5), systemd.service(5), systemd.kill(5) and systemd.exec(5) of systemd 257
 * unless a comment says otherwise. Times are microseconds, with the unit in the name. All pointers
 * belong to the arena of the unit set.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>
#include <sys/types.h>

enum { UNIT_NAME_MAX = 255 }; /* systemd.unit(5): 256 with the final NUL */

/* Position in the unit set; -1 when there is none. */
typedef int32_t unit_id;
enum { UNIT_NONE = -1 };

enum unit_kind { UNIT_SERVICE, UNIT_TARGET, UNIT_PATH, UNIT_KIND_COUNT };

enum service_type {
    TYPE_SIMPLE,
    TYPE_EXEC,
    TYPE_FORKING,
    TYPE_ONESHOT,
    TYPE_NOTIFY,
    TYPE_NOTIFY_RELOAD,
    TYPE_IDLE,
};

enum restart_policy {
    RESTART_NO,
    RESTART_ON_SUCCESS,
    RESTART_ON_FAILURE,
    RESTART_ON_ABNORMAL,
    RESTART_ON_WATCHDOG,
    RESTART_ON_ABORT,
    RESTART_ALWAYS,
};

/* RestartMode=: "debug" is "normal" here. */
enum restart_mode { RESTART_MODE_NORMAL, RESTART_MODE_DIRECT };

/* TimeoutStartFailureMode=, TimeoutStopFailureMode=. */
enum timeout_mode { TIMEOUT_TERMINATE, TIMEOUT_ABORT, TIMEOUT_KILL };

enum exit_type { EXIT_TYPE_MAIN, EXIT_TYPE_CGROUP };

enum oom_policy { OOM_CONTINUE, OOM_STOP, OOM_KILL };

/* FileDescriptorStorePreserve=, RuntimeDirectoryPreserve=: until the unit is stopped for good; also
 * then; not even over a restart. */
enum preserve { PRESERVE_RESTART, PRESERVE_YES, PRESERVE_NO };

enum kill_mode { KILL_CONTROL_GROUP, KILL_MIXED, KILL_PROCESS, KILL_NONE };

enum notify_access { NOTIFY_NONE, NOTIFY_MAIN, NOTIFY_EXEC, NOTIFY_ALL };

/* FailureAction= and its like. What would switch a machine off or start it anew ends the pod. */
enum emergency_action {
    EMERGENCY_NONE,
    EMERGENCY_EXIT,
    EMERGENCY_EXIT_FORCE,
    EMERGENCY_POWEROFF,
    EMERGENCY_POWEROFF_FORCE,
    EMERGENCY_POWEROFF_IMMEDIATE,
    EMERGENCY_REBOOT,
    EMERGENCY_REBOOT_FORCE,
    EMERGENCY_REBOOT_IMMEDIATE,
    EMERGENCY_HALT,
    EMERGENCY_HALT_FORCE,
    EMERGENCY_HALT_IMMEDIATE,
};

enum protect_system {
    PROTECT_SYSTEM_NO,
    PROTECT_SYSTEM_YES,
    PROTECT_SYSTEM_FULL,
    PROTECT_SYSTEM_STRICT
};

enum protect_home {
    PROTECT_HOME_NO,
    PROTECT_HOME_YES,
    PROTECT_HOME_READ_ONLY,
    PROTECT_HOME_TMPFS,
};

enum private_users {
    PRIVATE_USERS_NO,
    PRIVATE_USERS_SELF, /* "yes" */
    PRIVATE_USERS_IDENTITY,
};
enum private_tmp { PRIVATE_TMP_NO, PRIVATE_TMP_YES, PRIVATE_TMP_DISCONNECTED };

enum protect_proc {
    PROTECT_PROC_DEFAULT,
    PROTECT_PROC_NOACCESS,
    PROTECT_PROC_INVISIBLE,
    PROTECT_PROC_PTRACEABLE,
};

enum proc_subset { PROC_SUBSET_ALL, PROC_SUBSET_PID };

/* [X-Reeve] SandboxPolicy=: what to do with a sandbox directive that this place cannot enforce. */
enum sandbox_policy { SANDBOX_STRICT, SANDBOX_DEGRADE };

/* [X-Reeve] HealthImpact=: what an unhealthy unit makes of the pod. */
enum health_impact { HEALTH_CRITICAL, HEALTH_DEGRADE, HEALTH_NONE };

/* [X-Reeve] HealthOnFailure=: what becomes of a unit that its probes find unhealthy. */
enum health_action {
    HEALTH_ACTION_NONE,
    HEALTH_ACTION_RESTART, /* whatever Restart= says */
    HEALTH_ACTION_STOP,    /* for good */
    HEALTH_ACTION_KILL,    /* at once by FinalKillSignal=; then Restart= decides */
    HEALTH_ACTION_EXIT,    /* the pod ends */
};

/* A list of strings, NULL-terminated; NULL itself is the empty list. */
typedef char *const *string_list;

/* Where a setting was written, so that later stages can name it: path is borrowed from the arena.
 */
struct spec_place {
    const char *path;
    unsigned line, column;
};

enum exec_flag {
    EXEC_IGNORE_FAILURE = 1 << 0, /* "-": a failure counts as success */
    EXEC_ARGV0 = 1 << 1,          /* "@": the second word is argv[0] */
    EXEC_NO_EXPANSION = 1 << 2,   /* ":": no $VAR expansion */
    EXEC_PRIVILEGED = 1 << 3,     /* "+": without User=, sandbox and capability settings */
    EXEC_SETUID = 1 << 4,         /* "!": without User= */
};

/* One command line of ExecStart= and friends. argv[] is after quoting and specifiers, before $VAR.
 */
struct exec_command {
    const char *path; /* absolute, or a bare name that is looked up when the unit is started */
    string_list argv;
    unsigned flags; /* enum exec_flag */
    struct spec_place place;
    const struct exec_command *next;
};

/* One Environment= assignment or EnvironmentFile= name, in the order of the file. */
struct environment_file {
    const char *path;
    bool is_optional; /* "-" prefix */
    const struct environment_file *next;
};

/* A set of exit codes and signals: SuccessExitStatus=, RestartPreventExitStatus=, … */
struct exit_status_set {
    uint64_t codes[4];   /* bit per exit code 0-255 */
    uint64_t signals[2]; /* bit per signal 0-127 */
};

enum { LIMIT_COUNT = 16 }; /* RLIM_NLIMITS */

struct resource_limit {
    bool is_set;
    uint64_t soft, hard; /* UINT64_MAX: infinity */
};

/* Of systemd.resource-control(5), held by a cgroup. */
enum resource {
    RESOURCE_MEMORY_MIN,
    RESOURCE_MEMORY_LOW,
    RESOURCE_MEMORY_HIGH,
    RESOURCE_MEMORY_MAX,
    RESOURCE_MEMORY_SWAP_MAX,
    RESOURCE_TASKS_MAX,
    RESOURCE_CPU_QUOTA,  /* microseconds for each second */
    RESOURCE_CPU_WEIGHT, /* 0: idle */
    RESOURCE_MEMORY_ZSWAP_MAX,
    RESOURCE_ALLOWED_CPUS,
    RESOURCE_ALLOWED_NODES,
    RESOURCE_IO_WEIGHT,
    RESOURCE_IO_DEVICE_WEIGHT,
    RESOURCE_IO_READ_BANDWIDTH,
    RESOURCE_IO_WRITE_BANDWIDTH,
    RESOURCE_IO_READ_IOPS,
    RESOURCE_IO_WRITE_IOPS,
    RESOURCE_COUNT
};

/* Of a resource that each device has for itself. */
struct resource_device {
    struct resource_device *next;
    const char *path; /* of the device, or of a file that is stored on it */
    uint64_t number;  /* a weight, bytes or operations for each second; UINT64_MAX: infinity */
};

struct resource_value {
    uint64_t number;                 /* bytes or tasks; UINT64_MAX: infinity */
    const char *list;                /* "0-3,5": of processors or nodes */
    struct resource_device *devices; /* in the order of the file */
    bool is_set;
    bool is_share; /* of all there is, in hundredths of a percent */
    struct spec_place place;
};

enum directory_kind {
    DIRECTORY_RUNTIME,
    DIRECTORY_STATE,
    DIRECTORY_CACHE,
    DIRECTORY_LOGS,
    DIRECTORY_CONFIGURATION,
    DIRECTORY_KIND_COUNT,
};

/* StateDirectory= and the like: names relative to the root of their kind. */
struct exec_directories {
    string_list names;
    mode_t mode; /* 0755 unless said otherwise */
};

/* SocketBindAllow= / SocketBindDeny=, one item (systemd.resource-control(5)). */
struct socket_bind {
    bool any_protocol, tcp, udp;
    bool any_port;
    uint16_t port, port_last; /* inclusive */
    struct spec_place place;
    const struct socket_bind *next;
};

/* One item of BindPaths=, BindReadOnlyPaths= or TemporaryFileSystem=. */
struct mount_item {
    const char *path;           /* where it is seen: absolute */
    const char *source;         /* of a bind: absolute; NULL: a tmpfs of its own */
    const char *options;        /* of a tmpfs, as in fstab(5); NULL: none */
    bool is_optional;           /* "-": the source may be missing */
    bool is_read_only, is_flat; /* BindReadOnlyPaths=; "norbind" */
    struct spec_place place;
    const struct mount_item *next;
};

enum credential_kind {
    CREDENTIAL_LOAD,   /* LoadCredential= */
    CREDENTIAL_IMPORT, /* ImportCredential= */
    CREDENTIAL_SET,    /* SetCredential= */
    CREDENTIAL_KIND_COUNT,
};

/* One line of LoadCredential=, ImportCredential= or SetCredential= (systemd.exec(5), CREDENTIALS).
 */
struct credential {
    const char *name;   /* of the file; of an import: a name, or the beginning of one and a "*" */
    const char *source; /* an absolute path, or a name in the stores; of an import: what the name,
                           or its beginning, becomes, or ""; of SetCredential=: the secret itself */
    size_t length;      /* of that */
    struct spec_place place;
    const struct credential *next;
};

/* CLONE_NEW… of the kernel, for RestrictNamespaces=. */
enum namespace_flag {
    NAMESPACE_TIME = 0x00000080,
    NAMESPACE_MNT = 0x00020000,
    NAMESPACE_CGROUP = 0x02000000,
    NAMESPACE_UTS = 0x04000000,
    NAMESPACE_IPC = 0x08000000,
    NAMESPACE_USER = 0x10000000,
    NAMESPACE_PID = 0x20000000,
    NAMESPACE_NET = 0x40000000,
    NAMESPACE_ALL = 0x7e020080,
};

/* "mnt", as RestrictNamespaces= has it; NULL when it is not one of them. */
const char *namespace_name(uint32_t flag);

struct restrict_namespaces {
    bool is_set;
    uint32_t refused; /* enum namespace_flag, or-ed */
};

/* "AF_INET"; NULL when RestrictAddressFamilies= has no word for it. */
const char *address_family_name(unsigned family);

/* RestrictAddressFamilies=. Allowed are those of the list, or all but those. */
struct address_families {
    bool has_words, is_allow_list; /* neither: all are allowed */
    uint64_t bits;                 /* bit per AF_… */
};

/* Of SystemCallArchitectures=, which also allows ARCHITECTURE_NATIVE always. */
enum call_architecture {
    ARCHITECTURE_NATIVE,
    ARCHITECTURE_X86,
    ARCHITECTURE_X86_64,
    ARCHITECTURE_X32,
    ARCHITECTURE_ARM,
    ARCHITECTURE_ARM64,
    ARCHITECTURE_LOONGARCH64,
    ARCHITECTURE_MIPS,
    ARCHITECTURE_MIPS64,
    ARCHITECTURE_MIPS64_N32,
    ARCHITECTURE_MIPS_LE,
    ARCHITECTURE_MIPS64_LE,
    ARCHITECTURE_MIPS64_LE_N32,
    ARCHITECTURE_PARISC,
    ARCHITECTURE_PARISC64,
    ARCHITECTURE_PPC,
    ARCHITECTURE_PPC64,
    ARCHITECTURE_PPC64_LE,
    ARCHITECTURE_RISCV64,
    ARCHITECTURE_S390,
    ARCHITECTURE_S390X,
};

struct call_list; /* call_table.h */
struct log_spec;

/* A directive that the unit asks for and that reeve does not hold anywhere, with
 * SandboxPolicy=degrade. Constants but for `next`. */
struct unheld_directive {
    const char *name, *reason;
    const struct unheld_directive *next;
};

enum { CPUS_MAX = 1024 };
/* As the kernel counts them: ioprio_set(2). */
enum io_class { IO_CLASS_NONE, IO_CLASS_REALTIME, IO_CLASS_BEST_EFFORT, IO_CLASS_IDLE };

struct exec_scheduling {
    uint64_t cpus[CPUS_MAX / 64]; /* CPUAffinity= */
    uint64_t timer_slack_ns;      /* TimerSlackNSec= */
    uint32_t personality;         /* Personality=, PER_… of sys/personality.h */
    bool has_cpus, has_io, has_policy, has_timer_slack, has_personality;
    bool resets_on_fork;           /* CPUSchedulingResetOnFork= */
    uint8_t io_class, io_priority; /* IOSchedulingClass=, IOSchedulingPriority= */
    uint8_t policy, priority;      /* CPUSchedulingPolicy=, SCHED_…; CPUSchedulingPriority= */
};

enum keyring_mode { KEYRING_INHERIT, KEYRING_PRIVATE, KEYRING_SHARED };

struct exec_spec {
    const char *working_directory; /* NULL: "/" */
    struct spec_place working_directory_place;
    bool working_directory_optional;
    bool working_directory_is_home; /* "~": of the unit's own user, if it has one */
    const char *user, *group;       /* User=, Group=: a name or a number; NULL: those of reeve */
    struct spec_place user_place, group_place;
    bool dynamic_user;       /* DynamicUser=: `user` and `group` are names, chosen if need be */
    uint32_t dynamic_number; /* of the user, unless /etc/passwd has one of its name */
    struct spec_place dynamic_user_place;
    string_list supplementary_groups;
    struct spec_place supplementary_groups_place;
    mode_t umask;
    bool no_new_privileges;  /* reeve always sets it; "no" is refused */
    string_list environment; /* "NAME=value" in file order, later ones win */
    const struct environment_file *environment_files; /* read at each start */
    string_list pass_environment, unset_environment;
    struct resource_limit *limits;    /* LIMIT_COUNT of them, by RLIMIT_…; NULL: none is set */
    struct resource_value *resources; /* RESOURCE_COUNT of them; NULL: none is set */
    struct exec_directories directories[DIRECTORY_KIND_COUNT];
    enum preserve runtime_directory_preserve;                    /* no */
    const struct credential *credentials[CREDENTIAL_KIND_COUNT]; /* each in the order of the file */
    enum protect_system protect_system;
    struct spec_place protect_system_place;
    string_list read_write_paths, read_only_paths, inaccessible_paths; /* may carry a leading "-" */
    string_list exec_paths, no_exec_paths;                             /* likewise */
    const struct mount_item *bind_paths; /* also the read-only ones, in the order of the file */
    const struct mount_item *temporary_file_systems;
    enum protect_home protect_home;
    enum private_tmp private_tmp;
    enum private_users private_users;
    enum protect_proc protect_proc;
    enum proc_subset proc_subset;
    bool private_network, private_ipc, private_pids;
    const char *root_directory; /* NULL: that of reeve */
    struct spec_place root_directory_place;
    bool mount_api_vfs; /* yes; in a root_directory */
    enum keyring_mode keyring_mode;
    bool private_devices, private_mounts, protect_kernel_tunables, protect_control_groups;
    bool has_capability_bounding_set;
    uint64_t capability_bounding_set; /* bit per capability that may be kept */
    uint64_t ambient_capabilities;
    struct spec_place ambient_capabilities_place;
    unsigned secure_bits; /* SECBIT_… of linux/securebits.h */
    struct spec_place secure_bits_place;
    const struct call_list *system_call_filter, *system_call_log; /* NULL: none */
    int system_call_error_number;                                 /* 0: kill the process */
    uint32_t system_call_architectures; /* bit per enum call_architecture; 0: any */
    struct address_families restrict_address_families;
    struct restrict_namespaces restrict_namespaces;
    bool lock_personality, restrict_realtime, restrict_suid_sgid, memory_deny_write_execute;
    bool protect_clock, protect_hostname, protect_kernel_logs, protect_kernel_modules;
    const struct socket_bind *socket_bind_allow, *socket_bind_deny;
    bool has_nice;
    int nice;
    bool has_oom_score_adjust;
    int oom_score_adjust;
    struct exec_scheduling *scheduling;    /* NULL: as reeve itself */
    const struct unheld_directive *unheld; /* in the order of the file */
    struct log_spec *log; /* log_spec.h; NULL: nothing is said of input, output and lines */
};

struct kill_spec {
    enum kill_mode mode;
    int signal;          /* SIGTERM */
    int restart_signal;  /* RestartKillSignal=; 0: as signal */
    int final_signal;    /* SIGKILL */
    int watchdog_signal; /* SIGABRT */
    bool send_sighup, send_sigkill;
};

struct service_spec {
    enum service_type type;
    const struct exec_command *exec_condition, *exec_start_pre, *exec_start, *exec_start_post;
    const struct exec_command *exec_reload, *exec_stop, *exec_stop_post;
    bool remain_after_exit;
    const char *pid_file; /* absolute; NULL: none */
    bool guess_main_pid;  /* yes */
    enum exit_type exit_type;
    enum oom_policy oom_policy; /* stop */
    enum restart_mode restart_mode;
    enum restart_policy restart;
    uint64_t restart_us;           /* RestartSec=, 100 ms */
    unsigned restart_steps;        /* 0: no growth */
    uint64_t restart_max_delay_us; /* USEC_INFINITY: no growth */
    uint64_t timeout_start_us, timeout_stop_us;
    uint64_t timeout_abort_us; /* as timeout_stop_us unless set */
    enum timeout_mode timeout_start_mode, timeout_stop_mode;
    uint64_t runtime_max_us;          /* USEC_INFINITY: no limit */
    uint64_t runtime_random_extra_us; /* 0 */
    uint64_t watchdog_us;             /* 0 or USEC_INFINITY: none */
    int reload_signal;                /* SIGHUP; for Type=notify-reload */
    unsigned fd_store_max;            /* 0: no file descriptor store */
    enum preserve fd_store_preserve;
    /* NULL: the empty set. */
    struct exit_status_set *success_exit_status, *restart_prevent_exit_status,
        *restart_force_exit_status;
    enum notify_access notify_access;
};

/* One HealthCmd=. */
struct health_probe {
    const char *command;
    struct spec_place place;
    struct health_probe *next;
};

/* A unit is as healthy as the worst of its probes. */
enum { HEALTH_PROBES_MAX = 16 };

/* [X-Reeve] Health…: keys and meanings as in podman-systemd.unit(5); what is for each probe is the
 * same for all of a unit. */
struct health_spec {
    struct health_probe *probes; /* in order; NULL: none */
    uint64_t interval_us;        /* 10 s */
    uint64_t timeout_us;         /* 5 s */
    uint64_t start_period_us;    /* 0: failures count at once */
    uint64_t start_interval_us;  /* probe interval until the first success; 250 ms */
    unsigned retries;            /* 3 */
    unsigned successes;          /* HealthSuccessThreshold=: in a row, to become healthy; 1 */
    bool gate;                   /* HealthGate=: started only when a probe has succeeded */
    enum health_impact impact;
    enum health_action on_failure;
};

/* Dependencies by name; unit_set_resolve() turns them into edges of the graph. */
enum dependency {
    DEPENDENCY_REQUIRES,
    DEPENDENCY_REQUISITE,
    DEPENDENCY_WANTS,
    DEPENDENCY_BINDS_TO,
    DEPENDENCY_PART_OF,
    DEPENDENCY_UPHOLDS,
    DEPENDENCY_CONFLICTS,
    DEPENDENCY_BEFORE,
    DEPENDENCY_AFTER,
    DEPENDENCY_ON_FAILURE,
    DEPENDENCY_ON_SUCCESS,
    DEPENDENCY_PROPAGATES_STOP_TO,
    DEPENDENCY_STOP_PROPAGATED_FROM,
    DEPENDENCY_PROPAGATES_RELOAD_TO,
    DEPENDENCY_RELOAD_PROPAGATED_FROM,
    DEPENDENCY_COUNT,
};

struct dependency_name {
    const char *name;
    struct spec_place place;
    const struct dependency_name *next;
};

enum path_kind {
    PATH_EXISTS,
    PATH_EXISTS_GLOB,
    PATH_CHANGED,
    PATH_MODIFIED,
    PATH_DIRECTORY_NOT_EMPTY,
    PATH_KIND_COUNT
};

/* "PathExists", say. */
const char *path_kind_name(enum path_kind kind);

/* One of PathExists= and its like, or DirectoryNotEmpty=. */
struct path_item {
    enum path_kind kind;
    const char *path; /* absolute, without ".."; for PATH_EXISTS_GLOB a pattern */
    const struct path_item *next;
};

enum { PATH_ITEMS_MAX = 256 }; /* of one unit: each is watched by PID 1 */

/* systemd.path(5). */
struct path_spec {
    const struct path_item *items; /* the last one of the file first */
    unsigned count;
    const char *unit; /* Unit=; the service of the same name when it says nothing */
    struct spec_place unit_place;
    bool make_directory;
    mode_t directory_mode;              /* 0755 */
    uint64_t trigger_limit_interval_us; /* 2 s */
    unsigned trigger_limit_burst;       /* 200; 0: no limit */
};

/*
 * One Condition…= or Assert…= line (systemd.unit(5), CONDITIONS AND ASSERTS). `check` is the
 * directive's name without its first word ("PathExists"); who asks the system for it is
 * supervisor/init/condition.c.
 */
struct condition {
    const char *check, *parameter;
    bool is_assert;
    bool is_trigger; /* "|": one of those that have it suffices */
    bool is_negated; /* "!" */
    struct spec_place place;
    const struct condition *next;
};

struct unit_spec {
    const char *name; /* "redis.service" */
    enum unit_kind kind;
    string_list aliases;       /* its other names */
    const char *fragment_path; /* NULL for a unit that reeve itself brings (its helpers) */
    string_list drop_in_paths; /* in the order in which they were read */
    uint64_t digest;           /* of all the text that it was loaded from; for reload */
    bool is_internal; /* a helper of reeve: started first, stopped last, not part of the pod */
    const char *description; /* never NULL; the name when the file gives none */
    string_list documentation;
    const struct dependency_name *dependencies[DEPENDENCY_COUNT];
    const struct condition *conditions; /* in the order of the file */
    bool default_dependencies;
    bool stop_when_unneeded, refuse_manual_start, refuse_manual_stop;
    uint64_t job_timeout_us, job_running_timeout_us; /* USEC_INFINITY: none */
    enum emergency_action job_timeout_action;
    uint64_t start_limit_interval_us; /* 10 s */
    unsigned start_limit_burst;       /* 5; 0: no limit */
    enum emergency_action failure_action, success_action, start_limit_action;
    int failure_action_exit_status, success_action_exit_status; /* -1: from the service itself */
    struct service_spec service;
    struct exec_spec exec;
    struct kill_spec kill;
    struct health_spec health;
    struct path_spec *path; /* of a path unit; NULL for all others */
    enum sandbox_policy sandbox_policy;
};

/* systemd's defaults; everything else is zero. */
void unit_spec_init(struct unit_spec *spec, const char *name, enum unit_kind kind);

#endif

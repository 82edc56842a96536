#include "supervisor/unit/directives.h"

#include "supervisor/unit/log_spec.h"
#include "supervisor/unit/suggest.h"

#include <string.h>
#include <sys/resource.h>

static const char host_action[] = "a container has no machine to start anew; 'exit' ends the pod";

static const struct choice actions[] = {
    { "none", EMERGENCY_NONE, NULL, NULL },
    { "exit", EMERGENCY_EXIT, NULL, NULL },
    { "exit-force", EMERGENCY_EXIT_FORCE, NULL, NULL },
    { "reboot", EMERGENCY_REBOOT, NULL, NULL },
    { "reboot-force", EMERGENCY_REBOOT_FORCE, NULL, NULL },
    { "reboot-immediate", EMERGENCY_REBOOT_IMMEDIATE, NULL, NULL },
    { "poweroff", EMERGENCY_POWEROFF, NULL, NULL },
    { "poweroff-force", EMERGENCY_POWEROFF_FORCE, NULL, NULL },
    { "poweroff-immediate", EMERGENCY_POWEROFF_IMMEDIATE, NULL, NULL },
    { "soft-reboot", 0, host_action, NULL },
    { "soft-reboot-force", 0, host_action, NULL },
    { "kexec", 0, host_action, NULL },
    { "kexec-force", 0, host_action, NULL },
    { "halt", EMERGENCY_HALT, NULL, NULL },
    { "halt-force", EMERGENCY_HALT_FORCE, NULL, NULL },
    { "halt-immediate", EMERGENCY_HALT_IMMEDIATE, NULL, NULL },
    { NULL, 0, NULL, NULL },
};

static const struct choice types[] = {
    { "simple", TYPE_SIMPLE, NULL, NULL },
    { "exec", TYPE_EXEC, NULL, NULL },
    { "forking", TYPE_FORKING, NULL, NULL },
    { "oneshot", TYPE_ONESHOT, NULL, NULL },
    { "notify", TYPE_NOTIFY, NULL, NULL },
    { "notify-reload", TYPE_NOTIFY_RELOAD, NULL, NULL },
    { "idle", TYPE_IDLE, NULL, NULL },
    { "dbus", 0, "there is no bus in the pod; use Type=notify", NULL },
    { NULL, 0, NULL, NULL },
};

static const struct choice exit_types[] = {
    { "main", EXIT_TYPE_MAIN, NULL, NULL },
    { "cgroup", EXIT_TYPE_CGROUP, NULL, NULL },
    { NULL, 0, NULL, NULL },
};

static const struct choice oom_policies[] = {
    { "continue", OOM_CONTINUE, NULL, NULL },
    { "stop", OOM_STOP, NULL, NULL },
    { "kill", OOM_KILL, NULL, NULL },
    { NULL, 0, NULL, NULL },
};

static const struct choice timeout_modes[] = {
    { "terminate", TIMEOUT_TERMINATE, NULL, NULL },
    { "abort", TIMEOUT_ABORT, NULL, NULL },
    { "kill", TIMEOUT_KILL, NULL, NULL },
    { NULL, 0, NULL, NULL },
};

/* Or a boolean. */
static const struct choice preserve_modes[] = {
    { "restart", PRESERVE_RESTART, NULL, NULL },
    { NULL, 0, NULL, NULL },
};

static const struct choice restart_modes[] = {
    { "normal", RESTART_MODE_NORMAL, NULL, NULL },
    { "direct", RESTART_MODE_DIRECT, NULL, NULL },
    { "debug", RESTART_MODE_NORMAL, NULL,
      "is taken as normal: there is no DEBUG_INVOCATION= here" },
    { NULL, 0, NULL, NULL },
};

static const struct choice restarts[] = {
    { "no", RESTART_NO, NULL, NULL },
    { "on-success", RESTART_ON_SUCCESS, NULL, NULL },
    { "on-failure", RESTART_ON_FAILURE, NULL, NULL },
    { "on-abnormal", RESTART_ON_ABNORMAL, NULL, NULL },
    { "on-watchdog", RESTART_ON_WATCHDOG, NULL, NULL },
    { "on-abort", RESTART_ON_ABORT, NULL, NULL },
    { "always", RESTART_ALWAYS, NULL, NULL },
    { NULL, 0, NULL, NULL },
};

static const struct choice kill_modes[] = {
    { "control-group", KILL_CONTROL_GROUP, NULL, NULL },
    { "mixed", KILL_MIXED, NULL, NULL },
    { "process", KILL_PROCESS, NULL, NULL },
    { "none", KILL_NONE, NULL, "leaves processes running that nobody looks after" },
    { NULL, 0, NULL, NULL },
};

static const struct choice notify_accesses[] = {
    { "none", NOTIFY_NONE, NULL, NULL },
    { "main", NOTIFY_MAIN, NULL, NULL },
    { "exec", NOTIFY_EXEC, NULL, NULL },
    { "all", NOTIFY_ALL, NULL, NULL },
    { NULL, 0, NULL, NULL },
};

static const struct choice protect_systems[] = {
    { "full", PROTECT_SYSTEM_FULL, NULL, NULL },
    { "strict", PROTECT_SYSTEM_STRICT, NULL, NULL },
    { NULL, 0, NULL, NULL },
};

/* Beside a boolean: directive_switch(). */
static const struct choice protect_homes[] = {
    { "read-only", PROTECT_HOME_READ_ONLY, NULL, NULL },
    { "tmpfs", PROTECT_HOME_TMPFS, NULL, NULL },
    { NULL, 0, NULL, NULL },
};

static const struct choice keyring_modes[] = {
    { "inherit", KEYRING_INHERIT, NULL, NULL },
    { "private", KEYRING_PRIVATE, NULL, NULL },
    { "shared", KEYRING_SHARED, NULL, NULL },
    { NULL, 0, NULL, NULL },
};

static const struct choice private_users[] = {
    { "self", PRIVATE_USERS_SELF, NULL, NULL },
    { "identity", PRIVATE_USERS_IDENTITY, NULL, NULL },
    { NULL, 0, NULL, NULL },
};

static const struct choice private_tmps[] = {
    { "disconnected", PRIVATE_TMP_DISCONNECTED, NULL, NULL },
    { NULL, 0, NULL, NULL },
};

static const struct choice protect_procs[] = {
    { "default", PROTECT_PROC_DEFAULT, NULL, NULL },
    { "noaccess", PROTECT_PROC_NOACCESS, NULL, NULL },
    { "invisible", PROTECT_PROC_INVISIBLE, NULL, NULL },
    { "ptraceable", PROTECT_PROC_PTRACEABLE, NULL, NULL },
    { NULL, 0, NULL, NULL },
};

static const struct choice proc_subsets[] = {
    { "all", PROC_SUBSET_ALL, NULL, NULL },
    { "pid", PROC_SUBSET_PID, NULL, NULL },
    { NULL, 0, NULL, NULL },
};

static const struct choice sandbox_policies[] = {
    { "strict", SANDBOX_STRICT, NULL, NULL },
    { "degrade", SANDBOX_DEGRADE, NULL, NULL },
    { NULL, 0, NULL, NULL },
};

static const struct choice health_impacts[] = {
    { "critical", HEALTH_CRITICAL, NULL, NULL },
    { "degrade", HEALTH_DEGRADE, NULL, NULL },
    { "none", HEALTH_NONE, NULL, NULL },
    { NULL, 0, NULL, NULL },
};

static const struct choice health_actions[] = {
    { "none", HEALTH_ACTION_NONE, NULL, NULL }, { "restart", HEALTH_ACTION_RESTART, NULL, NULL },
    { "stop", HEALTH_ACTION_STOP, NULL, NULL }, { "kill", HEALTH_ACTION_KILL, NULL, NULL },
    { "exit", HEALTH_ACTION_EXIT, NULL, NULL }, { NULL, 0, NULL, NULL },
};

static const char no_terminal[] = "services have no terminal";
static const char no_sockets[] = "reeve has no socket units";
static const char as_journal[] = "is taken as journal: reeve-log writes to the container's console";

static const struct choice inputs[] = {
    { "null", INPUT_NULL, NULL, NULL },
    { "data", INPUT_DATA, NULL, NULL },
    { "tty", 0, no_terminal, NULL },
    { "tty-force", 0, no_terminal, NULL },
    { "tty-fail", 0, no_terminal, NULL },
    { "socket", 0, no_sockets, NULL },
    { NULL, 0, NULL, NULL },
};

static const struct choice outputs[] = {
    { "inherit", OUTPUT_INHERIT, NULL, NULL },
    { "null", OUTPUT_NULL, NULL, NULL },
    { "journal", OUTPUT_JOURNAL, NULL, NULL },
    { "journal+console", OUTPUT_JOURNAL, NULL, as_journal },
    { "kmsg", OUTPUT_JOURNAL, NULL, "is taken as journal: there is no kernel log to write to" },
    { "kmsg+console", OUTPUT_JOURNAL, NULL, as_journal },
    { "syslog", OUTPUT_JOURNAL, NULL, "is taken as journal, as systemd does" },
    { "syslog+console", OUTPUT_JOURNAL, NULL, as_journal },
    { "tty", 0, no_terminal, NULL },
    { "socket", 0, no_sockets, NULL },
    { NULL, 0, NULL, NULL },
};

static const struct choice overflows[] = {
    { "block", OVERFLOW_BLOCK, NULL, NULL },
    { "drop-oldest", OVERFLOW_DROP_OLDEST, NULL, NULL },
    { "drop-newest", OVERFLOW_DROP_NEWEST, NULL, NULL },
    { NULL, 0, NULL, NULL },
};

static const struct choice file_formats[] = {
    { "short-iso", LOG_FILE_SHORT_ISO, NULL, NULL },
    { "json", LOG_FILE_JSON, NULL, NULL },
    { "cat", LOG_FILE_CAT, NULL, NULL },
    { NULL, 0, NULL, NULL },
};

static const struct choice compressions[] = {
    { "no", 0, NULL, NULL },
    { "zstd", 1, NULL, NULL },
    { "yes", 1, NULL, NULL },
    { NULL, 0, NULL, NULL },
};

/* One directive, one line. */
/* clang-format off */
#define UNIT(key, parser, member, ...) \
    { .section = "Unit", .name = key, .parse = parser, .offset = offsetof(struct unit_spec, member), __VA_ARGS__ }
#define SERVICE(key, parser, member, ...) \
    { .section = "Service", .name = key, .parse = parser, .offset = offsetof(struct unit_spec, member), __VA_ARGS__ }
#define REEVE(key, parser, member, ...) \
    { .section = "X-Reeve", .name = key, .parse = parser, .offset = offsetof(struct unit_spec, member), __VA_ARGS__ }
#define LOG_OF(in, key, parser, member, ...) \
    { .section = in, .name = key, .parse = parser, .is_log = true, .offset = offsetof(struct log_spec, member), __VA_ARGS__ }
#define LOG(key, parser, member, ...) LOG_OF("Service", key, parser, member, __VA_ARGS__)
#define DEPENDENCY(key, kind, ...) \
    UNIT(key, directive_dependencies, dependencies, .argument = DEPENDENCY_##kind, __VA_ARGS__)
#define CONDITION(check, form) \
    UNIT("Condition" check, directive_condition, conditions, .argument = form), \
    UNIT("Assert" check, directive_condition, conditions, .argument = form)
#define PATH(key, parser, member, ...) \
    { .section = "Path", .name = key, .parse = parser, .is_path = true, .offset = offsetof(struct path_spec, member), __VA_ARGS__ }
#define RESOURCE(key, which) SERVICE(key, directive_resource, exec.resources, .argument = which)
#define DEVICES(key, which) SERVICE(key, directive_resource_device, exec.resources, .argument = which)
#define LIMIT(key, which) SERVICE("Limit" key, directive_limit, exec.limits, .argument = which)
#define DIRECTORY(key, kind) \
    SERVICE(key, directive_list, exec.directories[kind].names, .argument = LIST_DIRECTORIES), \
    SERVICE(key "Mode", directive_directory_mode, exec.directories[kind].mode, .argument = kind)

static const struct directive directives[] = {
    UNIT("Description", directive_description, description),
    UNIT("Documentation", directive_list, documentation, .argument = LIST_DOCUMENTATION),
    DEPENDENCY("Requires", REQUIRES),
    DEPENDENCY("Requisite", REQUISITE),
    DEPENDENCY("Wants", WANTS),
    DEPENDENCY("BindsTo", BINDS_TO),
    DEPENDENCY("PartOf", PART_OF),
    DEPENDENCY("Upholds", UPHOLDS),
    DEPENDENCY("Conflicts", CONFLICTS),
    DEPENDENCY("Before", BEFORE),
    DEPENDENCY("After", AFTER),
    DEPENDENCY("OnFailure", ON_FAILURE),
    DEPENDENCY("OnSuccess", ON_SUCCESS),
    DEPENDENCY("PropagatesStopTo", PROPAGATES_STOP_TO),
    DEPENDENCY("StopPropagatedFrom", STOP_PROPAGATED_FROM),
    DEPENDENCY("PropagatesReloadTo", PROPAGATES_RELOAD_TO),
    DEPENDENCY("ReloadPropagatedFrom", RELOAD_PROPAGATED_FROM),
    DEPENDENCY("BindTo", BINDS_TO, .modern = "BindsTo="),
    DEPENDENCY("RequiresOverridable", REQUIRES, .modern = "Requires="),
    DEPENDENCY("RequisiteOverridable", REQUISITE, .modern = "Requisite="),
    DEPENDENCY("PropagateReloadTo", PROPAGATES_RELOAD_TO, .modern = "PropagatesReloadTo="),
    DEPENDENCY("PropagateReloadFrom", RELOAD_PROPAGATED_FROM, .modern = "ReloadPropagatedFrom="),
    UNIT("StopWhenUnneeded", directive_boolean, stop_when_unneeded),
    UNIT("RefuseManualStart", directive_boolean, refuse_manual_start),
    UNIT("RefuseManualStop", directive_boolean, refuse_manual_stop),
    UNIT("JobTimeoutSec", directive_time, job_timeout_us, .argument = TIME_JOB | TIME_ZERO_IS_NEVER),
    UNIT("JobRunningTimeoutSec", directive_time, job_running_timeout_us,
         .argument = TIME_JOB_RUNNING | TIME_ZERO_IS_NEVER),
    UNIT("JobTimeoutAction", directive_choice, job_timeout_action, .choices = actions),
    CONDITION("ACPower", CONDITION_TEXT),
    CONDITION("Architecture", CONDITION_TEXT),
    CONDITION("CPUFeature", CONDITION_TEXT),
    CONDITION("CPUPressure", CONDITION_TEXT),
    CONDITION("CPUs", CONDITION_TEXT),
    CONDITION("Capability", CONDITION_TEXT),
    CONDITION("ControlGroupController", CONDITION_TEXT),
    CONDITION("Credential", CONDITION_TEXT),
    CONDITION("DirectoryNotEmpty", CONDITION_PATH),
    CONDITION("Environment", CONDITION_TEXT),
    CONDITION("FileIsExecutable", CONDITION_PATH),
    CONDITION("FileNotEmpty", CONDITION_PATH),
    CONDITION("Firmware", CONDITION_TEXT),
    CONDITION("FirstBoot", CONDITION_TEXT),
    CONDITION("Group", CONDITION_TEXT),
    CONDITION("Host", CONDITION_TEXT),
    CONDITION("IOPressure", CONDITION_TEXT),
    CONDITION("KernelCommandLine", CONDITION_TEXT),
    CONDITION("KernelVersion", CONDITION_TEXT),
    CONDITION("Memory", CONDITION_TEXT),
    CONDITION("MemoryPressure", CONDITION_TEXT),
    CONDITION("NeedsUpdate", CONDITION_PATH),
    CONDITION("OSRelease", CONDITION_TEXT),
    CONDITION("PathExists", CONDITION_PATH),
    CONDITION("PathExistsGlob", CONDITION_PATH),
    CONDITION("PathIsDirectory", CONDITION_PATH),
    CONDITION("PathIsEncrypted", CONDITION_PATH),
    CONDITION("PathIsMountPoint", CONDITION_PATH),
    CONDITION("PathIsReadWrite", CONDITION_PATH),
    CONDITION("PathIsSymbolicLink", CONDITION_PATH),
    CONDITION("Security", CONDITION_TEXT),
    CONDITION("User", CONDITION_TEXT),
    CONDITION("Version", CONDITION_TEXT),
    CONDITION("Virtualization", CONDITION_TEXT),
    UNIT("DefaultDependencies", directive_boolean, default_dependencies),
    UNIT("StartLimitIntervalSec", directive_time, start_limit_interval_us),
    UNIT("StartLimitInterval", directive_time, start_limit_interval_us, .modern = "StartLimitIntervalSec="),
    UNIT("StartLimitBurst", directive_unsigned, start_limit_burst),
    UNIT("StartLimitAction", directive_choice, start_limit_action, .choices = actions),
    UNIT("FailureAction", directive_choice, failure_action, .choices = actions),
    UNIT("SuccessAction", directive_choice, success_action, .choices = actions),
    UNIT("FailureActionExitStatus", directive_exit_code, failure_action_exit_status),
    UNIT("SuccessActionExitStatus", directive_exit_code, success_action_exit_status),

    SERVICE("Type", directive_type, service.type, .choices = types),
    SERVICE("ExecStartPre", directive_exec, service.exec_start_pre),
    SERVICE("ExecStart", directive_exec, service.exec_start),
    SERVICE("ExecStartPost", directive_exec, service.exec_start_post),
    SERVICE("ExecStop", directive_exec, service.exec_stop),
    SERVICE("ExecStopPost", directive_exec, service.exec_stop_post),
    SERVICE("RemainAfterExit", directive_boolean, service.remain_after_exit),
    SERVICE("Restart", directive_restart, service.restart, .choices = restarts),
    SERVICE("RestartSec", directive_time, service.restart_us),
    SERVICE("RestartSteps", directive_unsigned, service.restart_steps),
    SERVICE("RestartMaxDelaySec", directive_time, service.restart_max_delay_us),
    SERVICE("TimeoutStartSec", directive_time, service.timeout_start_us, .argument = TIME_START | TIME_ZERO_IS_NEVER),
    SERVICE("TimeoutStopSec", directive_time, service.timeout_stop_us, .argument = TIME_ZERO_IS_NEVER),
    SERVICE("TimeoutSec", directive_time, service.timeout_start_us,
            .argument = TIME_BOTH | TIME_START | TIME_ZERO_IS_NEVER),
    SERVICE("ExecCondition", directive_exec, service.exec_condition),
    SERVICE("ExecReload", directive_exec, service.exec_reload),
    SERVICE("PIDFile", directive_pid_file, service.pid_file),
    SERVICE("GuessMainPID", directive_boolean, service.guess_main_pid),
    SERVICE("ExitType", directive_choice, service.exit_type, .choices = exit_types),
    SERVICE("OOMPolicy", directive_choice, service.oom_policy, .choices = oom_policies),
    SERVICE("RestartMode", directive_choice, service.restart_mode, .choices = restart_modes),
    SERVICE("TimeoutAbortSec", directive_time, service.timeout_abort_us, .argument = TIME_ABORT),
    SERVICE("TimeoutStartFailureMode", directive_choice, service.timeout_start_mode, .choices = timeout_modes),
    SERVICE("TimeoutStopFailureMode", directive_choice, service.timeout_stop_mode, .choices = timeout_modes),
    SERVICE("RuntimeMaxSec", directive_time, service.runtime_max_us),
    SERVICE("RuntimeRandomizedExtraSec", directive_time, service.runtime_random_extra_us),
    SERVICE("WatchdogSec", directive_time, service.watchdog_us),
    SERVICE("ReloadSignal", directive_signal, service.reload_signal),
    SERVICE("FileDescriptorStoreMax", directive_unsigned, service.fd_store_max),
    SERVICE("FileDescriptorStorePreserve", directive_preserve, service.fd_store_preserve, .choices = preserve_modes),
    SERVICE("SuccessExitStatus", directive_status_set, service.success_exit_status),
    SERVICE("RestartPreventExitStatus", directive_status_set, service.restart_prevent_exit_status),
    SERVICE("RestartForceExitStatus", directive_status_set, service.restart_force_exit_status),
    SERVICE("NotifyAccess", directive_notify_access, service.notify_access, .choices = notify_accesses),
    SERVICE("StartLimitInterval", directive_time, start_limit_interval_us,
            .modern = "StartLimitIntervalSec= in [Unit]"),
    SERVICE("StartLimitBurst", directive_unsigned, start_limit_burst, .modern = "StartLimitBurst= in [Unit]"),
    SERVICE("StartLimitAction", directive_choice, start_limit_action, .choices = actions,
            .modern = "StartLimitAction= in [Unit]"),
    SERVICE("FailureAction", directive_choice, failure_action, .choices = actions,
            .modern = "FailureAction= in [Unit]"),

    SERVICE("KillMode", directive_kill_mode, kill.mode, .choices = kill_modes),
    SERVICE("KillSignal", directive_signal, kill.signal),
    SERVICE("RestartKillSignal", directive_signal, kill.restart_signal),
    SERVICE("WatchdogSignal", directive_signal, kill.watchdog_signal),
    SERVICE("FinalKillSignal", directive_signal, kill.final_signal),
    SERVICE("SendSIGHUP", directive_boolean, kill.send_sighup),
    SERVICE("SendSIGKILL", directive_boolean, kill.send_sigkill),

    SERVICE("User", directive_user, exec.user),
    SERVICE("Group", directive_group, exec.group),
    SERVICE("SupplementaryGroups", directive_groups, exec.supplementary_groups, .argument = LIST_GROUPS),
    SERVICE("DynamicUser", directive_dynamic_user, exec.dynamic_user),
    SERVICE("WorkingDirectory", directive_working_directory, exec.working_directory),
    SERVICE("RootDirectory", directive_root_directory, exec.root_directory),
    SERVICE("MountAPIVFS", directive_boolean, exec.mount_api_vfs),
    SERVICE("UMask", directive_mode, exec.umask),
    SERVICE("NoNewPrivileges", directive_always_on, exec.no_new_privileges),
    SERVICE("Environment", directive_list, exec.environment, .argument = LIST_ENVIRONMENT),
    SERVICE("EnvironmentFile", directive_environment_file, exec.environment_files),
    SERVICE("PassEnvironment", directive_list, exec.pass_environment, .argument = LIST_PASS_ENVIRONMENT),
    SERVICE("UnsetEnvironment", directive_list, exec.unset_environment, .argument = LIST_UNSET_ENVIRONMENT),
    SERVICE("Nice", directive_nice, exec.nice),
    SERVICE("OOMScoreAdjust", directive_oom_score, exec.oom_score_adjust),
    SERVICE("CPUAffinity", directive_cpu_affinity, exec.scheduling),
    SERVICE("CPUSchedulingPolicy", directive_cpu_policy, exec.scheduling),
    SERVICE("CPUSchedulingPriority", directive_cpu_priority, exec.scheduling),
    SERVICE("CPUSchedulingResetOnFork", directive_reset_on_fork, exec.scheduling),
    SERVICE("TimerSlackNSec", directive_timer_slack, exec.scheduling),
    SERVICE("Personality", directive_personality, exec.scheduling),
    SERVICE("IOSchedulingClass", directive_io_class, exec.scheduling),
    SERVICE("IOSchedulingPriority", directive_io_priority, exec.scheduling),
    LIMIT("CPU", RLIMIT_CPU),
    LIMIT("FSIZE", RLIMIT_FSIZE),
    LIMIT("DATA", RLIMIT_DATA),
    LIMIT("STACK", RLIMIT_STACK),
    LIMIT("CORE", RLIMIT_CORE),
    LIMIT("RSS", RLIMIT_RSS),
    LIMIT("NOFILE", RLIMIT_NOFILE),
    LIMIT("AS", RLIMIT_AS),
    LIMIT("NPROC", RLIMIT_NPROC),
    LIMIT("MEMLOCK", RLIMIT_MEMLOCK),
    LIMIT("LOCKS", RLIMIT_LOCKS),
    LIMIT("SIGPENDING", RLIMIT_SIGPENDING),
    LIMIT("MSGQUEUE", RLIMIT_MSGQUEUE),
    LIMIT("NICE", RLIMIT_NICE),
    LIMIT("RTPRIO", RLIMIT_RTPRIO),
    LIMIT("RTTIME", RLIMIT_RTTIME),
    RESOURCE("MemoryMin", RESOURCE_MEMORY_MIN),
    RESOURCE("MemoryLow", RESOURCE_MEMORY_LOW),
    RESOURCE("MemoryHigh", RESOURCE_MEMORY_HIGH),
    RESOURCE("MemoryMax", RESOURCE_MEMORY_MAX),
    SERVICE("MemoryLimit", directive_resource, exec.resources, .argument = RESOURCE_MEMORY_MAX,
            .modern = "MemoryMax="),
    RESOURCE("MemorySwapMax", RESOURCE_MEMORY_SWAP_MAX),
    RESOURCE("TasksMax", RESOURCE_TASKS_MAX),
    RESOURCE("CPUQuota", RESOURCE_CPU_QUOTA),
    RESOURCE("CPUWeight", RESOURCE_CPU_WEIGHT),
    RESOURCE("MemoryZSwapMax", RESOURCE_MEMORY_ZSWAP_MAX),
    RESOURCE("IOWeight", RESOURCE_IO_WEIGHT),
    SERVICE("AllowedCPUs", directive_resource_list, exec.resources, .argument = RESOURCE_ALLOWED_CPUS),
    SERVICE("AllowedMemoryNodes", directive_resource_list, exec.resources, .argument = RESOURCE_ALLOWED_NODES),
    DEVICES("IODeviceWeight", RESOURCE_IO_DEVICE_WEIGHT),
    DEVICES("IOReadBandwidthMax", RESOURCE_IO_READ_BANDWIDTH),
    DEVICES("IOWriteBandwidthMax", RESOURCE_IO_WRITE_BANDWIDTH),
    DEVICES("IOReadIOPSMax", RESOURCE_IO_READ_IOPS),
    DEVICES("IOWriteIOPSMax", RESOURCE_IO_WRITE_IOPS),
    DIRECTORY("RuntimeDirectory", DIRECTORY_RUNTIME),
    SERVICE("RuntimeDirectoryPreserve", directive_preserve, exec.runtime_directory_preserve,
            .choices = preserve_modes),
    DIRECTORY("StateDirectory", DIRECTORY_STATE),
    DIRECTORY("CacheDirectory", DIRECTORY_CACHE),
    DIRECTORY("LogsDirectory", DIRECTORY_LOGS),
    DIRECTORY("ConfigurationDirectory", DIRECTORY_CONFIGURATION),

    SERVICE("LoadCredential", directive_credential, exec.credentials[CREDENTIAL_LOAD], .argument = CREDENTIAL_LOAD),
    SERVICE("ImportCredential", directive_credential, exec.credentials[CREDENTIAL_IMPORT],
            .argument = CREDENTIAL_IMPORT),
    SERVICE("SetCredential", directive_credential, exec.credentials[CREDENTIAL_SET], .argument = CREDENTIAL_SET),

    SERVICE("ProtectSystem", directive_protect_system, exec.protect_system, .choices = protect_systems),
    SERVICE("ReadWritePaths", directive_list, exec.read_write_paths, .argument = LIST_PATHS),
    SERVICE("ReadOnlyPaths", directive_list, exec.read_only_paths, .argument = LIST_PATHS),
    SERVICE("InaccessiblePaths", directive_list, exec.inaccessible_paths, .argument = LIST_PATHS),
    SERVICE("ReadWriteDirectories", directive_list, exec.read_write_paths, .argument = LIST_PATHS,
            .modern = "ReadWritePaths="),
    SERVICE("ReadOnlyDirectories", directive_list, exec.read_only_paths, .argument = LIST_PATHS,
            .modern = "ReadOnlyPaths="),
    SERVICE("InaccessibleDirectories", directive_list, exec.inaccessible_paths, .argument = LIST_PATHS,
            .modern = "InaccessiblePaths="),
    SERVICE("ExecPaths", directive_list, exec.exec_paths, .argument = LIST_PATHS),
    SERVICE("NoExecPaths", directive_list, exec.no_exec_paths, .argument = LIST_PATHS),
    SERVICE("BindPaths", directive_bind_paths, exec.bind_paths),
    SERVICE("BindReadOnlyPaths", directive_bind_paths, exec.bind_paths, .argument = 1),
    SERVICE("TemporaryFileSystem", directive_temporary_file_system, exec.temporary_file_systems),
    SERVICE("ProtectHome", directive_switch, exec.protect_home, .choices = protect_homes),
    SERVICE("PrivateTmp", directive_switch, exec.private_tmp, .choices = private_tmps),
    SERVICE("PrivateNetwork", directive_boolean, exec.private_network),
    SERVICE("PrivateIPC", directive_boolean, exec.private_ipc),
    SERVICE("PrivatePIDs", directive_boolean, exec.private_pids),
    SERVICE("KeyringMode", directive_choice, exec.keyring_mode, .choices = keyring_modes),
    SERVICE("PrivateUsers", directive_switch, exec.private_users, .choices = private_users),
    SERVICE("PrivateDevices", directive_boolean, exec.private_devices),
    SERVICE("PrivateMounts", directive_boolean, exec.private_mounts),
    SERVICE("ProtectKernelTunables", directive_boolean, exec.protect_kernel_tunables),
    SERVICE("ProtectControlGroups", directive_boolean, exec.protect_control_groups),
    SERVICE("ProtectProc", directive_choice, exec.protect_proc, .choices = protect_procs),
    SERVICE("ProcSubset", directive_choice, exec.proc_subset, .choices = proc_subsets),
    SERVICE("CapabilityBoundingSet", directive_capabilities, exec.capability_bounding_set),
    SERVICE("AmbientCapabilities", directive_ambient_capabilities, exec.ambient_capabilities),
    SERVICE("SecureBits", directive_secure_bits, exec.secure_bits),
    SERVICE("RestrictNamespaces", directive_namespaces, exec.restrict_namespaces),
    SERVICE("LockPersonality", directive_boolean, exec.lock_personality),
    SERVICE("SystemCallFilter", directive_call_filter, exec.system_call_filter),
    SERVICE("SystemCallErrorNumber", directive_call_error, exec.system_call_error_number),
    SERVICE("SystemCallLog", directive_call_log, exec.system_call_log),
    SERVICE("SystemCallArchitectures", directive_architectures, exec.system_call_architectures),
    SERVICE("RestrictAddressFamilies", directive_address_families, exec.restrict_address_families),
    SERVICE("RestrictRealtime", directive_boolean, exec.restrict_realtime),
    SERVICE("RestrictSUIDSGID", directive_boolean, exec.restrict_suid_sgid),
    SERVICE("MemoryDenyWriteExecute", directive_boolean, exec.memory_deny_write_execute),
    SERVICE("ProtectClock", directive_boolean, exec.protect_clock),
    SERVICE("ProtectHostname", directive_boolean, exec.protect_hostname),
    SERVICE("ProtectKernelLogs", directive_boolean, exec.protect_kernel_logs),
    SERVICE("ProtectKernelModules", directive_boolean, exec.protect_kernel_modules),
    SERVICE("SocketBindAllow", directive_socket_bind, exec.socket_bind_allow),
    SERVICE("SocketBindDeny", directive_socket_bind, exec.socket_bind_deny),

    LOG("StandardInput", directive_input, input, .choices = inputs),
    LOG("StandardInputText", directive_input_text, input_data),
    LOG("StandardInputData", directive_input_data, input_data),
    LOG("StandardOutput", directive_output, out, .choices = outputs),
    LOG("StandardError", directive_output, error, .choices = outputs),
    LOG("SyslogIdentifier", directive_identifier, identifier),
    LOG("SyslogFacility", directive_facility, facility),
    LOG("SyslogLevel", directive_level, level),
    LOG("SyslogLevelPrefix", directive_boolean, has_level_prefix),
    LOG("LogLevelMax", directive_level, level_max),
    LOG("LogRateLimitIntervalSec", directive_time, rate_interval_us),
    LOG("LogRateLimitBurst", directive_unsigned, rate_burst),
    LOG("LogExtraFields", directive_log_fields, extra_fields),
    LOG("LogFilterPatterns", directive_log_pattern, patterns),
    LOG_OF("X-Reeve", "LogOverflow", directive_choice, overflow, .choices = overflows),
    LOG_OF("X-Reeve", "LogMultiline", directive_boolean, joins_lines),
    LOG_OF("X-Reeve", "LogFile", directive_log_file, file.name),
    LOG_OF("X-Reeve", "LogFileFormat", directive_choice, file.format, .choices = file_formats),
    LOG_OF("X-Reeve", "LogFileMaxSize", directive_log_file_size, file.size_max),
    LOG_OF("X-Reeve", "LogFileMaxFiles", directive_unsigned, file.count_max),
    LOG_OF("X-Reeve", "LogFileMaxAge", directive_time, file.age_us, .argument = TIME_ZERO_IS_NEVER),
    LOG_OF("X-Reeve", "LogFileCompress", directive_choice, file.compression, .choices = compressions),

    PATH("PathExists", directive_path, items, .argument = PATH_EXISTS),
    PATH("PathExistsGlob", directive_path, items, .argument = PATH_EXISTS_GLOB),
    PATH("PathChanged", directive_path, items, .argument = PATH_CHANGED),
    PATH("PathModified", directive_path, items, .argument = PATH_MODIFIED),
    PATH("DirectoryNotEmpty", directive_path, items, .argument = PATH_DIRECTORY_NOT_EMPTY),
    PATH("Unit", directive_path_unit, unit),
    PATH("MakeDirectory", directive_boolean, make_directory),
    PATH("DirectoryMode", directive_mode, directory_mode),
    PATH("TriggerLimitIntervalSec", directive_time, trigger_limit_interval_us),
    PATH("TriggerLimitBurst", directive_unsigned, trigger_limit_burst),

    REEVE("HealthCmd", directive_health_command, health.probes),
    REEVE("HealthInterval", directive_time, health.interval_us, .argument = TIME_POSITIVE),
    REEVE("HealthTimeout", directive_time, health.timeout_us, .argument = TIME_POSITIVE),
    REEVE("HealthRetries", directive_unsigned, health.retries, .argument = 1),
    REEVE("HealthSuccessThreshold", directive_unsigned, health.successes, .argument = 1),
    REEVE("HealthStartPeriod", directive_time, health.start_period_us),
    REEVE("HealthStartInterval", directive_time, health.start_interval_us, .argument = TIME_POSITIVE),
    REEVE("HealthGate", directive_gate, health.gate),
    REEVE("HealthImpact", directive_choice, health.impact, .choices = health_impacts),
    REEVE("HealthOnFailure", directive_choice, health.on_failure, .choices = health_actions),
    REEVE("SandboxPolicy", directive_choice, sandbox_policy, .choices = sandbox_policies),
};
/* clang-format on */

const struct directive *directive_find(const char *section, const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(directives); i++)
        if (strcmp(directives[i].name, name) == 0 && strcmp(directives[i].section, section) == 0)
            return &directives[i];
    return NULL;
}

const char *directive_section_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(directives); i++)
        if (strcmp(directives[i].name, name) == 0)
            return directives[i].section;
    return known_section_of(name);
}

void directive_suggest(const char *section, struct suggestion *suggestion)
{
    for (size_t i = 0; i < ARRAY_SIZE(directives); i++)
        if (strcmp(directives[i].section, section) == 0)
            suggestion_offer(suggestion, directives[i].name);
    known_suggest(section, suggestion);
}

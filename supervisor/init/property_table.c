#include "supervisor/init/property_table.h"

#include "supervisor/files/unit_files.h"
#include "supervisor/init/notify.h"
#include "supervisor/init/options.h"
#include "supervisor/init/property_cgroup.h"
#include "supervisor/init/property_log.h"
#include "supervisor/init/property_path.h"
#include "supervisor/init/property_sandbox.h"

#include <stddef.h>
#include <stdio.h>

/* --- words of enums, as systemd writes them --- */

static const char *const type_words[] = {
    [TYPE_SIMPLE] = "simple",   [TYPE_EXEC] = "exec",     [TYPE_FORKING] = "forking",
    [TYPE_ONESHOT] = "oneshot", [TYPE_NOTIFY] = "notify", [TYPE_NOTIFY_RELOAD] = "notify-reload",
    [TYPE_IDLE] = "idle",
};
static const char *const exit_type_words[] = {
    [EXIT_TYPE_MAIN] = "main", [EXIT_TYPE_CGROUP] = "cgroup"
};
static const char *const restart_words[] = {
    [RESTART_NO] = "no",
    [RESTART_ON_SUCCESS] = "on-success",
    [RESTART_ON_FAILURE] = "on-failure",
    [RESTART_ON_ABNORMAL] = "on-abnormal",
    [RESTART_ON_WATCHDOG] = "on-watchdog",
    [RESTART_ON_ABORT] = "on-abort",
    [RESTART_ALWAYS] = "always",
};
static const char *const restart_mode_words[] = {
    [RESTART_MODE_NORMAL] = "normal", [RESTART_MODE_DIRECT] = "direct"
};
static const char *const notify_words[] = {
    [NOTIFY_NONE] = "none", [NOTIFY_MAIN] = "main", [NOTIFY_EXEC] = "exec", [NOTIFY_ALL] = "all"
};
static const char *const preserve_words[] = {
    [PRESERVE_RESTART] = "restart", [PRESERVE_YES] = "yes", [PRESERVE_NO] = "no"
};
static const char *const timeout_mode_words[] = {
    [TIMEOUT_TERMINATE] = "terminate", [TIMEOUT_ABORT] = "abort", [TIMEOUT_KILL] = "kill"
};
static const char *const oom_words[] = {
    [OOM_CONTINUE] = "continue", [OOM_STOP] = "stop", [OOM_KILL] = "kill"
};
static const char *const kill_words[] = { [KILL_CONTROL_GROUP] = "control-group",
                                          [KILL_MIXED] = "mixed",
                                          [KILL_PROCESS] = "process",
                                          [KILL_NONE] = "none" };
static const char *const emergency_words[] = {
    [EMERGENCY_NONE] = "none",
    [EMERGENCY_EXIT] = "exit",
    [EMERGENCY_EXIT_FORCE] = "exit-force",
    [EMERGENCY_POWEROFF] = "poweroff",
    [EMERGENCY_POWEROFF_FORCE] = "poweroff-force",
    [EMERGENCY_POWEROFF_IMMEDIATE] = "poweroff-immediate",
    [EMERGENCY_REBOOT] = "reboot",
    [EMERGENCY_REBOOT_FORCE] = "reboot-force",
    [EMERGENCY_REBOOT_IMMEDIATE] = "reboot-immediate",
    [EMERGENCY_HALT] = "halt",
    [EMERGENCY_HALT_FORCE] = "halt-force",
    [EMERGENCY_HALT_IMMEDIATE] = "halt-immediate",
};
static const char *const job_words[] = {
    [JOB_NONE] = "",           [JOB_START] = "start",   [JOB_STOP] = "stop",
    [JOB_RESTART] = "restart", [JOB_RELOAD] = "reload", [JOB_VERIFY_ACTIVE] = "verify-active",
};

/* --- values that are no field --- */

static uint64_t main_pid(const struct subject *subject)
{
    return (uint64_t)subject->unit->main_pid;
}

static uint64_t control_pid(const struct subject *subject)
{
    return (uint64_t)subject->unit->control_pid;
}

static uint64_t last_main_pid(const struct subject *subject)
{
    pid_t now = subject->unit->main_pid;

    return (uint64_t)(now > 0 ? now : subject->member->main_ended_pid);
}

static uint64_t restarts(const struct subject *subject)
{
    return subject->unit->restarts;
}

static uint64_t next_restart_us(const struct subject *subject)
{
    return restart_delay_us(&subject->spec->service, subject->unit->restarts + 1);
}

/* WATCHDOG_USEC= may have changed it. */
static uint64_t watchdog_us(const struct subject *subject)
{
    return subject->unit->watchdog_us;
}

/* When the main process was started. The engine knows monotonic time only. */
static uint64_t main_started(const struct subject *subject)
{
    uint64_t now_us = clock_monotonic_us();

    return subject->unit->spawned_us == 0
               ? 0
               : clock_realtime_us() - (now_us - subject->unit->spawned_us);
}

static uint64_t main_started_monotonic(const struct subject *subject)
{
    return subject->unit->spawned_us;
}

static bool has_main_ended(const struct subject *subject)
{
    return subject->unit->main_pid <= 0;
}

static uint64_t main_ended(const struct subject *subject)
{
    return has_main_ended(subject) ? subject->member->main_ended.realtime_us : 0;
}

static uint64_t main_ended_monotonic(const struct subject *subject)
{
    return has_main_ended(subject) ? subject->member->main_ended.monotonic_us : 0;
}

static uint64_t main_code(const struct subject *subject)
{
    return (uint64_t)subject->unit->main_exit.code;
}

static uint64_t main_status(const struct subject *subject)
{
    return (uint64_t)subject->unit->main_exit.status;
}

static uint64_t restart_kill_signal(const struct subject *subject)
{
    const struct kill_spec *kill = &subject->spec->kill;

    return (uint64_t)(kill->restart_signal ? kill->restart_signal : kill->signal);
}

static uint64_t can_start(const struct subject *subject)
{
    return !subject->spec->refuse_manual_start;
}

static uint64_t can_stop(const struct subject *subject)
{
    return !subject->spec->refuse_manual_stop && !subject->spec->is_internal;
}

static uint64_t can_reload(const struct subject *subject)
{
    return subject->spec->service.exec_reload || subject->spec->service.type == TYPE_NOTIFY_RELOAD;
}

static uint64_t job_number(const struct subject *subject)
{
    return subject->unit->job == JOB_NONE ? 0 : subject->unit->job_id;
}

/* As long as nobody has looked, systemd calls that no. */
static uint64_t condition_result(const struct subject *subject)
{
    return subject->unit->is_condition_met;
}

static uint64_t assert_result(const struct subject *subject)
{
    return subject->unit->is_assert_met;
}

static uint64_t digest(const struct subject *subject)
{
    return subject->spec->digest;
}

static uint64_t start_latency(const struct subject *subject)
{
    return subject->unit->ready_latency_us;
}

static void put_result(const struct subject *subject, struct property_text *text)
{
    property_put(text, unit_result_name((enum unit_result)subject->unit->result));
}

static void put_status_text(const struct subject *subject, struct property_text *text)
{
    property_put(text, member_status(subject->member));
}

static void put_notify_access(const struct subject *subject, struct property_text *text)
{
    property_put(text, notify_words[notify_access_of(subject->pod, subject->id)]);
}

static uint64_t stored_descriptors(const struct subject *subject)
{
    return subject->member->fd_store.count;
}

static uint64_t status_errno(const struct subject *subject)
{
    return (uint64_t)subject->member->status_errno;
}

static void put_bus_error(const struct subject *subject, struct property_text *text)
{
    const struct member_texts *texts = subject->member->texts;

    property_put(text, texts ? texts->bus_error : "");
}

static void put_invocation(const struct subject *subject, struct property_text *text)
{
    property_put(text, subject->member->invocation_id);
}

static void put_reload_result(const struct subject *subject, struct property_text *text)
{
    property_put(text, unit_result_name((enum unit_result)subject->unit->reload_result));
}

static void put_names(const struct subject *subject, struct property_text *text)
{
    property_put_word(text, subject->spec->name);
    for (string_list alias = subject->spec->aliases; alias && *alias; alias++)
        property_put_word(text, *alias);
}

/* Who triggered this unit by OnFailure= or OnSuccess=. */
static void put_trigger(const struct subject *subject, struct property_text *text)
{
    if (subject->unit->monitor != UNIT_NONE)
        property_put(text, pod_unit_name(subject->pod, subject->unit->monitor));
}

static void put_loaded(const struct subject *subject, struct property_text *text)
{
    property_put(text, unit_set_is_gone(&subject->pod->set, subject->id) ? "not-found" : "loaded");
}

static void put_fragment(const struct subject *subject, struct property_text *text)
{
    const char *path = subject->spec->fragment_path;

    if (path && !unit_set_is_gone(&subject->pod->set, subject->id))
        property_put(text, path);
}

static void put_active_state(const struct subject *subject, struct property_text *text)
{
    property_put(text, wire_active_string(unit_active_state(subject->unit)));
}

static void put_sub_state(const struct subject *subject, struct property_text *text)
{
    property_put(text, pod_sub_state(subject->pod, subject->id));
}

/* No verb of ours enables anything, which is what systemctl calls static. */
static void put_unit_file_state(const struct subject *subject, struct property_text *text)
{
    property_put(text, subject->spec->fragment_path ? "static" : "generated");
}

static void put_job(const struct subject *subject, struct property_text *text)
{
    unsigned job = subject->unit->job;

    property_put(text, job < ARRAY_SIZE(job_words) ? job_words[job] : "?");
}

static void put_health(const struct subject *subject, struct property_text *text)
{
    property_put(text, wire_health_string(subject->member->health));
}

static void put_health_commands(const struct subject *subject, struct property_text *text)
{
    for (const struct health_probe *probe = subject->spec->health.probes; probe;
         probe = probe->next) {
        property_put(text, probe->command);
        if (probe->next)
            property_put(text, "\n");
    }
}

static void put_unit_path(const struct subject *subject, struct property_text *text)
{
    const struct options *options = subject->pod->options;
    const char *buffer[UNIT_FILE_DEFAULTS + 1];
    const char *const *directories =
        options->units[0] ? options->units : unit_files_directories(buffer);

    for (size_t i = 0; directories[i]; i++)
        property_put_word(text, directories[i]);
}

/* --- the table, in systemctl's order --- */

#define SPEC(field)   .at = offsetof(struct unit_spec, field)
#define MEMBER(field) .at = offsetof(struct member, field)
#define WORDS(field, list)                                                                         \
    .origin = FROM_WORD, SPEC(field), .words = (list), .word_count = ARRAY_SIZE(list)
#define COMMANDS(property, field)                                                                  \
    {                                                                                              \
        .name = (property), .scope = OF_SERVICE, .origin = FROM_COMMANDS, SPEC(service.field)      \
    }
#define STATUSES(property, field)                                                                  \
    {                                                                                              \
        .name = (property), .scope = OF_SERVICE, .origin = FROM_STATUSES, SPEC(service.field)      \
    }
#define SPAN(property, whose, field)                                                               \
    {                                                                                              \
        .name = (property), .scope = (whose), .kind = WIRE_IS_SPAN, .origin = FROM_U64,            \
        SPEC(field)                                                                                \
    }
#define BOOLEAN(property, whose, field)                                                            \
    {                                                                                              \
        .name = (property), .scope = (whose), .kind = WIRE_IS_BOOLEAN, .origin = FROM_BOOL,        \
        SPEC(field)                                                                                \
    }
#define NUMBER(property, whose, function)                                                          \
    {                                                                                              \
        .name = (property), .scope = (whose), .kind = WIRE_IS_NUMBER, .origin = FROM_NUMBER,       \
        .number = (function)                                                                       \
    }
#define CHOICE(property, function)                                                                 \
    {                                                                                              \
        .name = (property), .kind = WIRE_IS_BOOLEAN, .origin = FROM_NUMBER, .number = (function)   \
    }
#define TEXT(property, whose, function)                                                            \
    {                                                                                              \
        .name = (property), .scope = (whose), .origin = FROM_TEXT, .text = (function)              \
    }
#define EDGE(property, edge)                                                                       \
    {                                                                                              \
        .name = (property), .origin = FROM_EDGE, .at = (edge)                                      \
    }
#define INTEGER(property, whose, field)                                                            \
    {                                                                                              \
        .name = (property), .scope = (whose), .kind = WIRE_IS_NUMBER, .origin = FROM_INT,          \
        SPEC(field)                                                                                \
    }
#define UNSIGNED(property, whose, field)                                                           \
    {                                                                                              \
        .name = (property), .scope = (whose), .kind = WIRE_IS_NUMBER, .origin = FROM_UNSIGNED,     \
        SPEC(field)                                                                                \
    }
#define MOMENT(property, field)                                                                    \
    { .name = (property), .kind = WIRE_IS_TIME, .origin = FROM_TIME, MEMBER(field) },              \
    {                                                                                              \
        .name = property "Monotonic", .kind = WIRE_IS_NUMBER, .origin = FROM_MONOTONIC,            \
        MEMBER(field)                                                                              \
    }

const struct property property_table[] = {
    { .name = "Type", .scope = OF_SERVICE, WORDS(service.type, type_words) },
    { .name = "ExitType", .scope = OF_SERVICE, WORDS(service.exit_type, exit_type_words) },
    { .name = "Restart", .scope = OF_SERVICE, WORDS(service.restart, restart_words) },
    { .name = "RestartMode", .scope = OF_SERVICE, WORDS(service.restart_mode, restart_mode_words) },
    { .name = "PIDFile", .scope = OF_SERVICE, .origin = FROM_STRING, SPEC(service.pid_file) },
    TEXT("NotifyAccess", OF_SERVICE, put_notify_access),
    SPAN("RestartUSec", OF_SERVICE, service.restart_us),
    UNSIGNED("RestartSteps", OF_SERVICE, service.restart_steps),
    SPAN("RestartMaxDelayUSec", OF_SERVICE, service.restart_max_delay_us),
    { .name = "RestartUSecNext",
      .scope = OF_SERVICE,
      .kind = WIRE_IS_SPAN,
      .origin = FROM_NUMBER,
      .number = next_restart_us },
    SPAN("TimeoutStartUSec", OF_SERVICE, service.timeout_start_us),
    SPAN("TimeoutStopUSec", OF_SERVICE, service.timeout_stop_us),
    SPAN("TimeoutAbortUSec", OF_SERVICE, service.timeout_abort_us),
    { .name = "TimeoutStartFailureMode",
      .scope = OF_SERVICE,
      WORDS(service.timeout_start_mode, timeout_mode_words) },
    { .name = "TimeoutStopFailureMode",
      .scope = OF_SERVICE,
      WORDS(service.timeout_stop_mode, timeout_mode_words) },
    SPAN("RuntimeMaxUSec", OF_SERVICE, service.runtime_max_us),
    SPAN("RuntimeRandomizedExtraUSec", OF_SERVICE, service.runtime_random_extra_us),
    { .name = "WatchdogUSec",
      .scope = OF_SERVICE,
      .kind = WIRE_IS_SPAN,
      .origin = FROM_NUMBER,
      .number = watchdog_us },
    BOOLEAN("RemainAfterExit", OF_SERVICE, service.remain_after_exit),
    BOOLEAN("GuessMainPID", OF_SERVICE, service.guess_main_pid),
    STATUSES("SuccessExitStatus", success_exit_status),
    STATUSES("RestartPreventExitStatus", restart_prevent_exit_status),
    STATUSES("RestartForceExitStatus", restart_force_exit_status),
    NUMBER("MainPID", OF_SERVICE, main_pid),
    NUMBER("ControlPID", OF_SERVICE, control_pid),
    UNSIGNED("FileDescriptorStoreMax", OF_SERVICE, service.fd_store_max),
    NUMBER("NFileDescriptorStore", OF_SERVICE, stored_descriptors),
    { .name = "FileDescriptorStorePreserve",
      .scope = OF_SERVICE,
      WORDS(service.fd_store_preserve, preserve_words) },
    { .name = "RuntimeDirectoryPreserve",
      .scope = OF_SERVICE,
      WORDS(exec.runtime_directory_preserve, preserve_words) },
    TEXT("StatusText", OF_SERVICE, put_status_text),
    NUMBER("StatusErrno", OF_SERVICE, status_errno),
    TEXT("StatusBusError", OF_SERVICE, put_bus_error),
    TEXT("Result", OF_SERVICE, put_result),
    TEXT("ReloadResult", OF_SERVICE, put_reload_result),
    NUMBER("NRestarts", OF_SERVICE, restarts),
    TEXT("ControlGroup", OF_SERVICE, property_put_control_group),
    TEXT("MemoryCurrent", OF_SERVICE, property_put_memory_current),
    TEXT("MemoryPeak", OF_SERVICE, property_put_memory_peak),
    TEXT("TasksCurrent", OF_SERVICE, property_put_tasks_current),
    TEXT("CPUUsageNSec", OF_SERVICE, property_put_cpu_usage),
    TEXT("MemoryHigh", OF_SERVICE, property_put_memory_high),
    TEXT("MemoryMax", OF_SERVICE, property_put_memory_max),
    TEXT("TasksMax", OF_SERVICE, property_put_tasks_max),
    { .name = "OOMPolicy", .scope = OF_SERVICE, WORDS(service.oom_policy, oom_words) },
    INTEGER("ReloadSignal", OF_SERVICE, service.reload_signal),
    { .name = "ExecMainStartTimestamp",
      .scope = OF_SERVICE,
      .kind = WIRE_IS_TIME,
      .origin = FROM_NUMBER,
      .number = main_started },
    NUMBER("ExecMainStartTimestampMonotonic", OF_SERVICE, main_started_monotonic),
    { .name = "ExecMainExitTimestamp",
      .scope = OF_SERVICE,
      .kind = WIRE_IS_TIME,
      .origin = FROM_NUMBER,
      .number = main_ended },
    NUMBER("ExecMainExitTimestampMonotonic", OF_SERVICE, main_ended_monotonic),
    NUMBER("ExecMainPID", OF_SERVICE, last_main_pid),
    NUMBER("ExecMainCode", OF_SERVICE, main_code),
    NUMBER("ExecMainStatus", OF_SERVICE, main_status),
    COMMANDS("ExecCondition", exec_condition),
    COMMANDS("ExecStartPre", exec_start_pre),
    TEXT("StandardInput", OF_SERVICE, put_standard_input),
    TEXT("StandardOutput", OF_SERVICE, put_standard_output),
    TEXT("StandardError", OF_SERVICE, put_standard_error),
    TEXT("SyslogIdentifier", OF_SERVICE, put_syslog_identifier),
    NUMBER("SyslogPriority", OF_SERVICE, syslog_priority),
    NUMBER("SyslogFacility", OF_SERVICE, syslog_facility),
    NUMBER("SyslogLevel", OF_SERVICE, syslog_level),
    { .name = "SyslogLevelPrefix",
      .scope = OF_SERVICE,
      .kind = WIRE_IS_BOOLEAN,
      .origin = FROM_NUMBER,
      .number = syslog_level_prefix },
    NUMBER("LogLevelMax", OF_SERVICE, log_level_max),
    { .name = "LogRateLimitIntervalUSec",
      .scope = OF_SERVICE,
      .kind = WIRE_IS_SPAN,
      .origin = FROM_NUMBER,
      .number = log_rate_interval_us },
    NUMBER("LogRateLimitBurst", OF_SERVICE, log_rate_burst),
    TEXT("LogExtraFields", OF_SERVICE, put_log_fields),
    TEXT("LogFilterPatterns", OF_SERVICE, put_log_patterns),
    TEXT("ReeveLogOverflow", OF_SERVICE, put_log_overflow),
    TEXT("ReeveLogFile", OF_SERVICE, put_log_file),
    COMMANDS("ExecStart", exec_start),
    COMMANDS("ExecStartPost", exec_start_post),
    COMMANDS("ExecReload", exec_reload),
    COMMANDS("ExecStop", exec_stop),
    COMMANDS("ExecStopPost", exec_stop_post),
    TEXT("SystemCallFilter", OF_SERVICE, property_put_calls),
    NUMBER("SystemCallErrorNumber", OF_SERVICE, property_call_error),
    { .name = "KillMode", .scope = OF_SERVICE, WORDS(kill.mode, kill_words) },
    INTEGER("KillSignal", OF_SERVICE, kill.signal),
    NUMBER("RestartKillSignal", OF_SERVICE, restart_kill_signal),
    INTEGER("FinalKillSignal", OF_SERVICE, kill.final_signal),
    BOOLEAN("SendSIGKILL", OF_SERVICE, kill.send_sigkill),
    BOOLEAN("SendSIGHUP", OF_SERVICE, kill.send_sighup),
    INTEGER("WatchdogSignal", OF_SERVICE, kill.watchdog_signal),
    TEXT("Unit", OF_PATH, put_path_unit),
    TEXT("Paths", OF_PATH, put_paths),
    { .name = "MakeDirectory",
      .scope = OF_PATH,
      .kind = WIRE_IS_BOOLEAN,
      .origin = FROM_NUMBER,
      .number = path_makes_directory },
    TEXT("DirectoryMode", OF_PATH, put_path_mode),
    TEXT("Result", OF_PATH, put_result),
    { .name = "TriggerLimitIntervalUSec",
      .scope = OF_PATH,
      .kind = WIRE_IS_SPAN,
      .origin = FROM_NUMBER,
      .number = path_limit_interval_us },
    NUMBER("TriggerLimitBurst", OF_PATH, path_limit_burst),
    { .name = "Id", .origin = FROM_STRING, SPEC(name) },
    TEXT("Names", OF_UNIT, put_names),
    EDGE("Requires", EDGE_REQUIRES),
    EDGE("Requisite", EDGE_REQUISITE),
    EDGE("Wants", EDGE_WANTS),
    EDGE("BindsTo", EDGE_BINDS_TO),
    EDGE("PartOf", EDGE_PART_OF),
    EDGE("Upholds", EDGE_UPHOLDS),
    EDGE("RequiredBy", EDGE_REQUIRED_BY),
    EDGE("RequisiteOf", EDGE_REQUISITE_OF),
    EDGE("WantedBy", EDGE_WANTED_BY),
    EDGE("BoundBy", EDGE_BOUND_BY),
    EDGE("UpheldBy", EDGE_UPHELD_BY),
    EDGE("ConsistsOf", EDGE_CONSISTS_OF),
    EDGE("Conflicts", EDGE_CONFLICTS),
    EDGE("ConflictedBy", EDGE_CONFLICTED_BY),
    EDGE("Before", EDGE_BEFORE),
    EDGE("After", EDGE_AFTER),
    EDGE("OnFailure", EDGE_ON_FAILURE),
    EDGE("OnFailureOf", EDGE_ON_FAILURE_OF),
    EDGE("OnSuccess", EDGE_ON_SUCCESS),
    EDGE("OnSuccessOf", EDGE_ON_SUCCESS_OF),
    EDGE("PropagatesReloadTo", EDGE_PROPAGATES_RELOAD_TO),
    EDGE("ReloadPropagatedFrom", EDGE_RELOAD_PROPAGATED_FROM),
    EDGE("PropagatesStopTo", EDGE_PROPAGATES_STOP_TO),
    EDGE("StopPropagatedFrom", EDGE_STOP_PROPAGATED_FROM),
    EDGE("Triggers", EDGE_TRIGGERS),
    EDGE("TriggeredBy", EDGE_TRIGGERED_BY),
    { .name = "Documentation", .origin = FROM_STRINGS, SPEC(documentation) },
    { .name = "Description", .origin = FROM_STRING, SPEC(description) },
    TEXT("LoadState", OF_UNIT, put_loaded),
    TEXT("ActiveState", OF_UNIT, put_active_state),
    TEXT("SubState", OF_UNIT, put_sub_state),
    TEXT("FragmentPath", OF_UNIT, put_fragment),
    { .name = "DropInPaths", .origin = FROM_STRINGS, SPEC(drop_in_paths) },
    TEXT("UnitFileState", OF_UNIT, put_unit_file_state),
    MOMENT("StateChangeTimestamp", changed),
    MOMENT("InactiveExitTimestamp", inactive_exit),
    MOMENT("ActiveEnterTimestamp", active_enter),
    MOMENT("ActiveExitTimestamp", active_exit),
    MOMENT("InactiveEnterTimestamp", inactive_enter),
    CHOICE("CanStart", can_start),
    CHOICE("CanStop", can_stop),
    CHOICE("CanReload", can_reload),
    NUMBER("Job", OF_UNIT, job_number),
    BOOLEAN("StopWhenUnneeded", OF_UNIT, stop_when_unneeded),
    BOOLEAN("RefuseManualStart", OF_UNIT, refuse_manual_start),
    BOOLEAN("RefuseManualStop", OF_UNIT, refuse_manual_stop),
    BOOLEAN("DefaultDependencies", OF_UNIT, default_dependencies),
    SPAN("JobTimeoutUSec", OF_UNIT, job_timeout_us),
    SPAN("JobRunningTimeoutUSec", OF_UNIT, job_running_timeout_us),
    { .name = "JobTimeoutAction", WORDS(job_timeout_action, emergency_words) },
    CHOICE("ConditionResult", condition_result),
    CHOICE("AssertResult", assert_result),
    SPAN("StartLimitIntervalUSec", OF_UNIT, start_limit_interval_us),
    UNSIGNED("StartLimitBurst", OF_UNIT, start_limit_burst),
    { .name = "StartLimitAction", WORDS(start_limit_action, emergency_words) },
    { .name = "FailureAction", WORDS(failure_action, emergency_words) },
    INTEGER("FailureActionExitStatus", OF_UNIT, failure_action_exit_status),
    { .name = "SuccessAction", WORDS(success_action, emergency_words) },
    INTEGER("SuccessActionExitStatus", OF_UNIT, success_action_exit_status),
    TEXT("InvocationID", OF_UNIT, put_invocation),
    /* What systemd does not know. */
    TEXT("ReeveTriggeredBy", OF_UNIT, put_trigger),
    TEXT("ReeveJob", OF_UNIT, put_job),
    TEXT("ReeveHealth", OF_SERVICE, put_health),
    TEXT("ReeveHealthCmd", OF_SERVICE, put_health_commands),
    NUMBER("ReeveStartUSec", OF_SERVICE, start_latency),
    BOOLEAN("ReeveInternal", OF_UNIT, is_internal),
    NUMBER("ReeveDigest", OF_UNIT, digest),
    TEXT("ReeveSandbox", OF_SERVICE, property_put_sandbox),
    NUMBER("ReeveExposure", OF_SERVICE, property_exposure),
    TEXT("ReeveExposed", OF_SERVICE, property_put_exposed),
    TEXT("UnitPath", OF_POD, put_unit_path),
};

const size_t property_count = ARRAY_SIZE(property_table);

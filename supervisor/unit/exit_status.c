#include "supervisor/unit/exit_status.h"

#include "supervisor/unit/macro.h"

#include <string.h>

static const struct {
    int status;
    const char *name;
} names[] = {
    { 0, "SUCCESS" },
    { 1, "FAILURE" },
    { EXIT_STATUS_INVALIDARGUMENT, "INVALIDARGUMENT" },
    { 3, "NOTIMPLEMENTED" },
    { 4, "NOPERMISSION" },
    { 5, "NOTINSTALLED" },
    { EXIT_STATUS_NOTCONFIGURED, "NOTCONFIGURED" },
    { 7, "NOTRUNNING" },
    { 64, "USAGE" },
    { 65, "DATAERR" },
    { 66, "NOINPUT" },
    { 67, "NOUSER" },
    { 68, "NOHOST" },
    { 69, "UNAVAILABLE" },
    { EXIT_STATUS_CRASH, "SOFTWARE" },
    { 71, "OSERR" },
    { 72, "OSFILE" },
    { 73, "CANTCREAT" },
    { 74, "IOERR" },
    { 75, "TEMPFAIL" },
    { 76, "PROTOCOL" },
    { 77, "NOPERM" },
    { EXIT_STATUS_CONFIG, "CONFIG" },
    { EXIT_STATUS_CHDIR, "CHDIR" },
    { EXIT_STATUS_NICE, "NICE" },
    { EXIT_STATUS_FDS, "FDS" },
    { EXIT_STATUS_EXEC, "EXEC" },
    { EXIT_STATUS_MEMORY, "MEMORY" },
    { EXIT_STATUS_LIMITS, "LIMITS" },
    { EXIT_STATUS_OOM_ADJUST, "OOM_ADJUST" },
    { EXIT_STATUS_SIGNAL_MASK, "SIGNAL_MASK" },
    { EXIT_STATUS_STDIN, "STDIN" },
    { EXIT_STATUS_STDOUT, "STDOUT" },
    { EXIT_STATUS_CHROOT, "CHROOT" },
    { EXIT_STATUS_IOPRIO, "IOPRIO" },
    { EXIT_STATUS_TIMERSLACK, "TIMERSLACK" },
    { EXIT_STATUS_SECUREBITS, "SECUREBITS" },
    { EXIT_STATUS_SETSCHEDULER, "SETSCHEDULER" },
    { EXIT_STATUS_CPUAFFINITY, "CPUAFFINITY" },
    { EXIT_STATUS_GROUP, "GROUP" },
    { EXIT_STATUS_USER, "USER" },
    { EXIT_STATUS_CAPABILITIES, "CAPABILITIES" },
    { EXIT_STATUS_CGROUP, "CGROUP" },
    { EXIT_STATUS_SETSID, "SETSID" },
    { 221, "CONFIRM" },
    { EXIT_STATUS_STDERR, "STDERR" },
    { 224, "PAM" },
    { EXIT_STATUS_NETWORK, "NETWORK" },
    { EXIT_STATUS_NAMESPACE, "NAMESPACE" },
    { EXIT_STATUS_NO_NEW_PRIVILEGES, "NO_NEW_PRIVILEGES" },
    { EXIT_STATUS_SECCOMP, "SECCOMP" },
    { 229, "SELINUX_CONTEXT" },
    { EXIT_STATUS_PERSONALITY, "PERSONALITY" },
    { 231, "APPARMOR" },
    { EXIT_STATUS_ADDRESS_FAMILIES, "ADDRESS_FAMILIES" },
    { EXIT_STATUS_RUNTIME_DIRECTORY, "RUNTIME_DIRECTORY" },
    { EXIT_STATUS_CHOWN, "CHOWN" },
    { 236, "SMACK_PROCESS_LABEL" },
    { EXIT_STATUS_KEYRING, "KEYRING" },
    { EXIT_STATUS_STATE_DIRECTORY, "STATE_DIRECTORY" },
    { EXIT_STATUS_CACHE_DIRECTORY, "CACHE_DIRECTORY" },
    { EXIT_STATUS_LOGS_DIRECTORY, "LOGS_DIRECTORY" },
    { EXIT_STATUS_CONFIGURATION_DIRECTORY, "CONFIGURATION_DIRECTORY" },
    { EXIT_STATUS_NUMA_POLICY, "NUMA_POLICY" },
    { EXIT_STATUS_CREDENTIALS, "CREDENTIALS" },
    { 245, "BPF" },
    { 255, "EXCEPTION" },
};

const char *exit_status_name(int status)
{
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (names[i].status == status)
            return names[i].name;
    return NULL;
}

int exit_status_from_name(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strcmp(names[i].name, name) == 0)
            return names[i].status;
    return -1;
}

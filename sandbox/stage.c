#include "sandbox/stage.h"

#include "supervisor/unit/exit_status.h"
#include "supervisor/unit/macro.h"

#include <errno.h>

static const struct {
    int exit_status;
    const char *subject;
} stages[STAGE_COUNT] = {
    [STAGE_SESSION] = { EXIT_STATUS_SETSID, "a session of its own" },
    [STAGE_CGROUP] = { EXIT_STATUS_CGROUP, "a cgroup of its own" },
    [STAGE_DESCRIPTORS] = { EXIT_STATUS_FDS, "descriptors of its own" },
    [STAGE_STDIN] = { EXIT_STATUS_STDIN, "standard input" },
    [STAGE_STDOUT] = { EXIT_STATUS_STDOUT, "standard output" },
    [STAGE_STDERR] = { EXIT_STATUS_STDERR, "standard error" },
    [STAGE_CLOSE] = { EXIT_STATUS_FDS, "leaving descriptors behind" },
    [STAGE_STORED] = { EXIT_STATUS_FDS, "FileDescriptorStoreMax=" },
    [STAGE_CHANNEL] = { EXIT_STATUS_FDS, "the connection to PID 1" },
    [STAGE_SEAL] = { EXIT_STATUS_LIMITS, "the seal (RLIMIT_RTTIME)" },
    [STAGE_OOM_SCORE] = { EXIT_STATUS_OOM_ADJUST, "OOMScoreAdjust=" },
    [STAGE_NICE] = { EXIT_STATUS_NICE, "Nice=" },
    [STAGE_SCHEDULER] = { EXIT_STATUS_SETSCHEDULER, "CPUSchedulingPolicy=" },
    [STAGE_AFFINITY] = { EXIT_STATUS_CPUAFFINITY, "CPUAffinity=" },
    [STAGE_IO_PRIORITY] = { EXIT_STATUS_IOPRIO, "IOSchedulingClass=" },
    [STAGE_TIMER_SLACK] = { EXIT_STATUS_TIMERSLACK, "TimerSlackNSec=" },
    [STAGE_PERSONALITY] = { EXIT_STATUS_PERSONALITY, "Personality=" },
    [STAGE_CREDENTIALS] = { EXIT_STATUS_CREDENTIALS, "credentials" },
    [STAGE_NAMESPACE] = { EXIT_STATUS_NAMESPACE, "a mount namespace" },
    [STAGE_MOUNT] = { EXIT_STATUS_NAMESPACE, "a mount" },
    [STAGE_GROUPS] = { EXIT_STATUS_GROUP, "the groups of the user" },
    [STAGE_BOUNDING] = { EXIT_STATUS_CAPABILITIES, "CapabilityBoundingSet=" },
    [STAGE_MEMORY] = { EXIT_STATUS_SECCOMP, "MemoryDenyWriteExecute=" },
    [STAGE_NO_NEW_PRIVILEGES] = { EXIT_STATUS_NO_NEW_PRIVILEGES, "NoNewPrivileges=" },
    [STAGE_LANDLOCK] = { EXIT_STATUS_NAMESPACE, "a Landlock domain" },
    [STAGE_LIMIT] = { EXIT_STATUS_LIMITS, "a limit" },
    [STAGE_SECURE_BITS] = { EXIT_STATUS_SECUREBITS, "SecureBits=" },
    [STAGE_USER] = { EXIT_STATUS_USER, "the user" },
    [STAGE_CAPABILITIES] = { EXIT_STATUS_CAPABILITIES, "the capabilities" },
    [STAGE_KEYRING] = { EXIT_STATUS_KEYRING, "KeyringMode=" },
    [STAGE_DIRECTORY] = { EXIT_STATUS_CHDIR, "WorkingDirectory=" },
    [STAGE_SIGNAL_MASK] = { EXIT_STATUS_SIGNAL_MASK, "the signal mask" },
    [STAGE_FILTER] = { EXIT_STATUS_SECCOMP, "the system call filter" },
    [STAGE_EXEC] = { EXIT_STATUS_EXEC, "the program" },
};

/* The first line that fits is said. */
static const struct {
    enum stage stage; /* STAGE_COUNT: any */
    int error;
    const char *hint;
} hints[] = {
    { STAGE_CGROUP, EAGAIN, "the limit of tasks of the whole pod is reached" },
    { STAGE_DIRECTORY, ENOENT, "with '-' before the directory it may be missing" },
    { STAGE_DIRECTORY, EACCES, "the user of the service may not enter it" },
    { STAGE_EXEC, ENOENT,
      "neither it nor the interpreter that its first line names may be missing" },
    { STAGE_EXEC, EACCES, "the user of the service must be allowed to execute it" },
    { STAGE_EXEC, ENOEXEC, "it is made for another machine, or lacks '#!' in its first line" },
    { STAGE_EXEC, EAGAIN, "the user has as many processes as RLIMIT_NPROC allows" },
    { STAGE_EXEC, ENOMEM, "LimitAS= or LimitDATA= may be too low for it" },
    { STAGE_LIMIT, EPERM,
      "the hard limit here is lower: the container must be given a higher one" },
    { STAGE_NICE, EACCES, "the container must be given CAP_SYS_NICE or a higher RLIMIT_NICE" },
    { STAGE_SCHEDULER, EPERM, "fifo and rr take CAP_SYS_NICE or the container's --ulimit rtprio=" },
    { STAGE_SCHEDULER, EINVAL,
      "fifo and rr have priorities from 1 to 99, all others 0; or the kernel lacks the policy" },
    { STAGE_AFFINITY, EINVAL, "the container has none of these processors" },
    { STAGE_IO_PRIORITY, EPERM, "realtime takes CAP_SYS_ADMIN or CAP_SYS_NICE" },
    { STAGE_PERSONALITY, EPERM, "the filter of the container forbids it" },
    { STAGE_CREDENTIALS, ENOENT, "SetCredential= of the same name says what it is then" },
    { STAGE_CREDENTIALS, EACCES, "it is read as the user that reeve runs as" },
    { STAGE_CREDENTIALS, ENXIO, "a socket: systemd would connect to it, reeve only reads files" },
    { STAGE_CREDENTIALS, E2BIG, "all of a unit together may have 1 MiB" },
    { STAGE_CREDENTIALS, EINVAL,
      "neither a plain file, nor a directory of files with names that do" },
    { STAGE_KEYRING, EDQUOT, "/proc/sys/kernel/keys/maxkeys is reached" },
    { STAGE_NAMESPACE, ENOSPC, "/proc/sys/user/max_*_namespaces are all in use" },
    { STAGE_NAMESPACE, EUSERS, "namespaces are nested too deep" },
    { STAGE_NAMESPACE, EPERM, "what was allowed when reeve started is forbidden now" },
    { STAGE_MOUNT, ENOENT, "with '-' before the path it may be missing" },
    { STAGE_MOUNT, ENOSPC, "/proc/sys/fs/mount-max is reached" },
    { STAGE_MOUNT, ELOOP, "a symbolic link has taken its place since the unit was loaded" },
    { STAGE_MOUNT, EBADMSG, "the kernel took the mount and did not make it so" },
    { STAGE_LANDLOCK, ENOENT, "with '-' before the path it may be missing" },
    { STAGE_LANDLOCK, E2BIG, "Landlock domains are nested too deep" },
    { STAGE_FILTER, ENOMEM, "filters of outside and of the unit together are too long" },
    { STAGE_COUNT, EMFILE, "LimitNOFILE= of the container is too low" },
    { STAGE_COUNT, ENFILE, "the machine has no descriptor left: /proc/sys/fs/file-max" },
    { STAGE_COUNT, ENOSYS, "the kernel, or the filter of the container, has no such call" },
};

int stage_exit_status(enum stage stage)
{
    return stages[stage].exit_status;
}

const char *stage_subject(enum stage stage)
{
    return stages[stage].subject;
}

const char *stage_hint(enum stage stage, int error)
{
    for (size_t i = 0; i < ARRAY_SIZE(hints); i++) {
        if ((hints[i].stage == stage || hints[i].stage == STAGE_COUNT) && hints[i].error == error)
            return hints[i].hint;
    }
    return NULL;
}

#include "sandbox/limits.h"

#include "sandbox/capabilities.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    IO_CLASS_SHIFT = 13, /* linux/ioprio.h */
    IO_WHO_PROCESS = 1,
    NICE_LOWEST = -20,
    RLIMIT_NICE_BASE = 20, /* RLIMIT_NICE n allows down to 20 - n: getrlimit(2) */
    OOM_SCORE_SIZE = 16,
    PROC_FILE_SIZE = 48,
};

static const char oom_file[] = "/proc/self/oom_score_adj";

static const char *const directives[LIMIT_COUNT] = {
    [RLIMIT_CPU] = "LimitCPU",           [RLIMIT_FSIZE] = "LimitFSIZE",
    [RLIMIT_DATA] = "LimitDATA",         [RLIMIT_STACK] = "LimitSTACK",
    [RLIMIT_CORE] = "LimitCORE",         [RLIMIT_RSS] = "LimitRSS",
    [RLIMIT_NPROC] = "LimitNPROC",       [RLIMIT_NOFILE] = "LimitNOFILE",
    [RLIMIT_MEMLOCK] = "LimitMEMLOCK",   [RLIMIT_AS] = "LimitAS",
    [RLIMIT_LOCKS] = "LimitLOCKS",       [RLIMIT_SIGPENDING] = "LimitSIGPENDING",
    [RLIMIT_MSGQUEUE] = "LimitMSGQUEUE", [RLIMIT_NICE] = "LimitNICE",
    [RLIMIT_RTPRIO] = "LimitRTPRIO",     [RLIMIT_RTTIME] = "LimitRTTIME",
};

const char *limit_directive(int resource)
{
    return resource >= 0 && resource < LIMIT_COUNT ? directives[resource] : NULL;
}

static const struct {
    const char *directive;
    unsigned ability;
} resources[RESOURCE_COUNT] = {
    [RESOURCE_MEMORY_MIN] = { "MemoryMin", CGROUP_MEMORY },
    [RESOURCE_MEMORY_LOW] = { "MemoryLow", CGROUP_MEMORY },
    [RESOURCE_MEMORY_HIGH] = { "MemoryHigh", CGROUP_MEMORY },
    [RESOURCE_MEMORY_MAX] = { "MemoryMax", CGROUP_MEMORY },
    [RESOURCE_MEMORY_SWAP_MAX] = { "MemorySwapMax", CGROUP_SWAP },
    [RESOURCE_TASKS_MAX] = { "TasksMax", CGROUP_TASKS },
    [RESOURCE_CPU_QUOTA] = { "CPUQuota", CGROUP_CPU },
    [RESOURCE_CPU_WEIGHT] = { "CPUWeight", CGROUP_CPU },
    [RESOURCE_MEMORY_ZSWAP_MAX] = { "MemoryZSwapMax", CGROUP_ZSWAP },
    [RESOURCE_ALLOWED_CPUS] = { "AllowedCPUs", CGROUP_CPUSET },
    [RESOURCE_ALLOWED_NODES] = { "AllowedMemoryNodes", CGROUP_CPUSET },
    [RESOURCE_IO_WEIGHT] = { "IOWeight", CGROUP_IO_WEIGHT },
    [RESOURCE_IO_DEVICE_WEIGHT] = { "IODeviceWeight", CGROUP_IO_WEIGHT },
    [RESOURCE_IO_READ_BANDWIDTH] = { "IOReadBandwidthMax", CGROUP_IO },
    [RESOURCE_IO_WRITE_BANDWIDTH] = { "IOWriteBandwidthMax", CGROUP_IO },
    [RESOURCE_IO_READ_IOPS] = { "IOReadIOPSMax", CGROUP_IO },
    [RESOURCE_IO_WRITE_IOPS] = { "IOWriteIOPSMax", CGROUP_IO },
};

const char *resource_directive(enum resource resource)
{
    return resources[resource].directive;
}

unsigned resource_ability(enum resource resource)
{
    return resources[resource].ability;
}

uint64_t limit_ceiling(int resource)
{
    struct rlimit limit;

    if (capabilities_may_raise_limits())
        return RLIM_INFINITY;
    return getrlimit((__rlimit_resource_t)resource, &limit) < 0 ? RLIM_INFINITY : limit.rlim_max;
}

int nice_floor(void)
{
    struct rlimit limit;
    int own = getpriority(PRIO_PROCESS, 0);

    if (capabilities_may_raise_nice())
        return NICE_LOWEST;
    if (getrlimit(RLIMIT_NICE, &limit) == 0 && limit.rlim_cur > 0) {
        int floor = limit.rlim_cur > RLIMIT_NICE_BASE - NICE_LOWEST
                        ? NICE_LOWEST
                        : RLIMIT_NICE_BASE - (int)limit.rlim_cur;

        return floor < own ? floor : own;
    }
    return own;
}

int realtime_priority_ceiling(void)
{
    struct rlimit limit;
    int highest = sched_get_priority_max(SCHED_FIFO);

    if (capabilities_may_raise_nice())
        return highest;
    if (getrlimit(RLIMIT_RTPRIO, &limit) < 0)
        return 0;
    return limit.rlim_cur < (rlim_t)highest ? (int)limit.rlim_cur : highest;
}

int oom_score_own(void)
{
    char text[OOM_SCORE_SIZE];
    cleanup_fd int fd = open(oom_file, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

    if (length <= 0)
        return 0;
    text[length] = '\0';
    return (int)strtol(text, NULL, 10);
}

int limit_apply(const struct limit_plan *limit)
{
    struct rlimit value = { .rlim_cur = limit->soft, .rlim_max = limit->hard };

    return setrlimit((__rlimit_resource_t)limit->resource, &value) < 0 ? -errno : 0;
}

int policy_apply(const struct exec_scheduling *scheduling)
{
    struct sched_param parameters = { .sched_priority = scheduling->priority };
    int policy = scheduling->policy | (scheduling->resets_on_fork ? SCHED_RESET_ON_FORK : 0);

    return sched_setscheduler(0, policy, &parameters) < 0 ? -errno : 0;
}

int timer_slack_apply(const struct exec_scheduling *scheduling)
{
    return prctl(PR_SET_TIMERSLACK, scheduling->timer_slack_ns, 0, 0, 0) < 0 ? -errno : 0;
}

int personality_apply(const struct exec_scheduling *scheduling)
{
    return personality(scheduling->personality) < 0 ? -errno : 0;
}

int cpus_apply(const struct exec_scheduling *scheduling)
{
    return syscall(SYS_sched_setaffinity, 0, sizeof(scheduling->cpus), scheduling->cpus) < 0
               ? -errno
               : 0;
}

int io_apply(const struct exec_scheduling *scheduling)
{
    int value = scheduling->io_class << IO_CLASS_SHIFT | scheduling->io_priority;

    return syscall(SYS_ioprio_set, IO_WHO_PROCESS, 0, value) < 0 ? -errno : 0;
}

int nice_apply(int nice)
{
    return setpriority(PRIO_PROCESS, 0, nice) < 0 ? -errno : 0;
}

static int write_oom_score(const char *text)
{
    cleanup_fd int fd = open(oom_file, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        return -errno;
    return 0;
}

int oom_score_apply(const char *text)
{
    int r = write_oom_score(text);

    return r == -EPERM || r == -EACCES ? 0 : r;
}

bool oom_score_is_ours(void)
{
    return access(oom_file, W_OK) == 0;
}

int oom_score_give(pid_t pid, const char *text)
{
    char file[PROC_FILE_SIZE];
    cleanup_fd int fd = -1;

    snprintf(file, sizeof(file), "/proc/%d/oom_score_adj", (int)pid);
    fd = open(file, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    (void)!write(fd, text, strlen(text));
    return 0;
}

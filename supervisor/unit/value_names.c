#include "supervisor/unit/value.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

/* signal(7), as systemd spells them; without "SIG". */
static const struct {
    const char *name;
    int signal;
} signals[] = {
    { "HUP", SIGHUP },     { "INT", SIGINT },   { "QUIT", SIGQUIT }, { "ILL", SIGILL },
    { "TRAP", SIGTRAP },   { "ABRT", SIGABRT }, { "BUS", SIGBUS },   { "FPE", SIGFPE },
    { "KILL", SIGKILL },   { "USR1", SIGUSR1 }, { "SEGV", SIGSEGV }, { "USR2", SIGUSR2 },
    { "PIPE", SIGPIPE },   { "ALRM", SIGALRM }, { "TERM", SIGTERM }, { "STKFLT", SIGSTKFLT },
    { "CHLD", SIGCHLD },   { "CONT", SIGCONT }, { "STOP", SIGSTOP }, { "TSTP", SIGTSTP },
    { "TTIN", SIGTTIN },   { "TTOU", SIGTTOU }, { "URG", SIGURG },   { "XCPU", SIGXCPU },
    { "XFSZ", SIGXFSZ },   { "PROF", SIGPROF }, { "IO", SIGIO },     { "VTALRM", SIGVTALRM },
    { "WINCH", SIGWINCH }, { "PWR", SIGPWR },   { "SYS", SIGSYS },
};

/* Those of the C library: the two below SIGRTMIN are its own. */
enum { REAL_TIME_FIRST = 34, REAL_TIME_LAST = 64 };

/* "RTMIN", "RTMIN+3", "RTMAX-1": the sign is part of the number, of which there is one. */
static int real_time_signal(const char *text, int *ret_signal)
{
    enum { OFFSET_MAX = REAL_TIME_LAST - REAL_TIME_FIRST };
    bool from_last = strncmp(text, "RTMAX", 5) == 0;
    int offset = 0, error = 0;

    if (!from_last && strncmp(text, "RTMIN", 5) != 0)
        return -EINVAL;
    if (text[5] != '\0') {
        if (text[5] != (from_last ? '-' : '+'))
            return -EINVAL;
        error = value_integer(text + 5, -OFFSET_MAX, OFFSET_MAX, &offset);
    }
    if (error < 0)
        return error;
    *ret_signal = offset + (from_last ? REAL_TIME_LAST : REAL_TIME_FIRST);
    return 0;
}

int value_signal(const char *text, int *ret_signal)
{
    int number;

    /* Whatever is a number, as "+34" is. */
    if (value_integer(text, INT_MIN, INT_MAX, &number) == 0) {
        if (number < 1 || number > REAL_TIME_LAST)
            return -ERANGE;
        *ret_signal = number;
        return 0;
    }
    if (strncmp(text, "SIG", 3) == 0)
        text += 3;
    for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
        if (strcmp(text, signals[i].name) == 0) {
            *ret_signal = signals[i].signal;
            return 0;
        }
    return real_time_signal(text, ret_signal);
}

/* linux/capability.h; libcap is not for the pure core. */
static const char *const capabilities[CAPABILITY_COUNT] = {
    [0] = "chown",
    [1] = "dac_override",
    [2] = "dac_read_search",
    [3] = "fowner",
    [4] = "fsetid",
    [5] = "kill",
    [6] = "setgid",
    [7] = "setuid",
    [8] = "setpcap",
    [9] = "linux_immutable",
    [10] = "net_bind_service",
    [11] = "net_broadcast",
    [12] = "net_admin",
    [13] = "net_raw",
    [14] = "ipc_lock",
    [15] = "ipc_owner",
    [16] = "sys_module",
    [17] = "sys_rawio",
    [18] = "sys_chroot",
    [19] = "sys_ptrace",
    [20] = "sys_pacct",
    [21] = "sys_admin",
    [22] = "sys_boot",
    [23] = "sys_nice",
    [24] = "sys_resource",
    [25] = "sys_time",
    [26] = "sys_tty_config",
    [27] = "mknod",
    [28] = "lease",
    [29] = "audit_write",
    [30] = "audit_control",
    [31] = "setfcap",
    [32] = "mac_override",
    [33] = "mac_admin",
    [34] = "syslog",
    [35] = "wake_alarm",
    [36] = "block_suspend",
    [37] = "audit_read",
    [38] = "perfmon",
    [39] = "bpf",
    [40] = "checkpoint_restore",
};

int value_capability(const char *text, unsigned *ret_capability)
{
    uint64_t number;
    int error = value_unsigned(text, CAPABILITY_COUNT - 1, &number);

    if (error == 0)
        *ret_capability = (unsigned)number;
    if (error != -EINVAL)
        return error;
    if (strncasecmp(text, "cap_", 4) != 0)
        return -EINVAL;
    for (unsigned i = 0; i < CAPABILITY_COUNT; i++)
        if (strcasecmp(text + 4, capabilities[i]) == 0) {
            *ret_capability = i;
            return 0;
        }
    return -EINVAL;
}

/* --- resource limits --- */

/* "-5" and "+5" are nice levels, a plain number is the limit as the kernel counts it: 20 - nice. */
static int limit_nice(const char *text, uint64_t *ret_value)
{
    bool is_negative = *text == '-';
    uint64_t nice;
    int error;

    if (*text != '+' && *text != '-')
        return value_unsigned(text, 40, ret_value);
    error = value_unsigned(text + 1, is_negative ? 20 : 19, &nice);
    if (error == 0)
        *ret_value = is_negative ? 20 + nice : 20 - nice;
    return error;
}

static int limit_time(const char *text, uint64_t unit_us, uint64_t *ret_value)
{
    uint64_t us;
    int error = value_time(text, unit_us, &us);

    if (error == 0)
        *ret_value = us == USEC_INFINITY ? UINT64_MAX : us / unit_us + (us % unit_us != 0);
    return error;
}

static int limit_value(const char *text, int limit, uint64_t *ret_value)
{
    uint64_t bytes;
    int error;

    if (strcmp(text, "infinity") == 0) {
        *ret_value = UINT64_MAX;
        return 0;
    }
    switch (limit) {
    case RLIMIT_CPU:
        return limit_time(text, USEC_PER_SEC, ret_value);
    case RLIMIT_RTTIME:
        return limit_time(text, 1, ret_value);
    case RLIMIT_NICE:
        return limit_nice(text, ret_value);
    case RLIMIT_NOFILE:
    case RLIMIT_NPROC:
    case RLIMIT_LOCKS:
    case RLIMIT_SIGPENDING:
    case RLIMIT_RTPRIO:
        return value_unsigned(text, UINT64_MAX - 1, ret_value);
    default:
        break;
    }
    error = value_size(text, &bytes);
    if (error == 0 && bytes == UINT64_MAX)
        error = -ERANGE; /* that is infinity */
    if (error == 0)
        *ret_value = bytes;
    return error;
}

/* A backslash stands for the character behind it. */
static void copy_unescaped(char *to, const char *from, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        i += from[i] == '\\' && i + 1 < length;
        *to++ = from[i];
    }
    *to = '\0';
}

int value_limit(const char *text, int limit, struct resource_limit *ret_limit)
{
    struct resource_limit value = { .is_set = true };
    const char *colon = strchr(text, ':');
    char soft[128];
    int error;

    if (!colon)
        colon = text + strlen(text);
    if ((size_t)(colon - text) >= sizeof(soft))
        return -EINVAL;
    copy_unescaped(soft, text, (size_t)(colon - text));
    error = limit_value(soft, limit, &value.soft);
    value.hard = value.soft;
    if (error == 0 && *colon == ':' && strlen(colon) < sizeof(soft)) {
        copy_unescaped(soft, colon + 1, strlen(colon + 1));
        error = limit_value(soft, limit, &value.hard);
    }
    if (error < 0)
        return error;
    if (value.soft > value.hard)
        return -EILSEQ;
    *ret_limit = value;
    return 0;
}

enum {
    ERRNO_MAX = 4095,      /* what the kernel can return */
    ERRNO_NAMED_MAX = 200, /* Linux names those up to 133 */
};

int value_errno(const char *text, int *ret_errno)
{
    int error = value_integer(text, 0, ERRNO_MAX, ret_errno);

    if (error != -EINVAL)
        return error;
    for (int i = 1; i <= ERRNO_NAMED_MAX; i++) {
        const char *name = strerrorname_np(i);

        if (name && strcasecmp(name, text) == 0) {
            *ret_errno = i;
            return 0;
        }
    }
    return -EINVAL;
}

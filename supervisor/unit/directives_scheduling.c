#include "supervisor/unit/directives.h"

#include "supervisor/unit/value.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/personality.h>

/*
 * systemd.exec(5): on which processors a service runs and when it is its turn there, when it is its
 * turn to read and write, and what it is told of the machine.
 */

enum {
    IO_PRIORITY_DEFAULT = 4,
    IO_PRIORITY_MAX = 7,
    PRIORITY_MAX = 99, /* of SCHED_FIFO and SCHED_RR, which begin at 1; others have 0 */
    POLICY_MAX = 7,    /* SCHED_EXT; a number that the kernel does not know fails at the start */
    BITS = 64,
    NUMBER_SIZE = 16,
};

/* Few units have any; NULL: there is no memory. */
static struct exec_scheduling *scheduling_of(struct reading *reading)
{
    struct exec_scheduling **field = reading_field(reading);

    if (!*field)
        *field = arena_get(reading->arena, sizeof(**field));
    return *field;
}

/* Whether the value could be read; told when not. `what`: what it should be. */
static bool is_good(struct reading *reading, int error, const char *what)
{
    if (error < 0)
        reading_bad_value(reading, error, what);
    return error == 0;
}

/* "3", "0-3", up to the end. */
static int add_cpus(char *text, uint64_t cpus[CPUS_MAX / BITS])
{
    char *dash = strchr(text, '-');
    uint64_t first, last;
    int error;

    if (dash)
        *dash = '\0';
    error = value_unsigned(text, CPUS_MAX - 1, &first);
    last = first;
    if (error == 0 && dash)
        error = value_unsigned(dash + 1, CPUS_MAX - 1, &last);
    for (uint64_t cpu = first; error == 0 && cpu <= last; cpu++)
        cpus[cpu / BITS] |= UINT64_C(1) << cpu % BITS;
    return error;
}

static int read_cpus(const char *text, uint64_t cpus[CPUS_MAX / BITS])
{
    static const char between[] = ", \t";
    int error = 0;

    for (text += strspn(text, between); error == 0 && *text; text += strspn(text, between)) {
        size_t length = strcspn(text, between);
        char item[NUMBER_SIZE];

        if (length >= sizeof(item))
            return -EINVAL;
        memcpy(item, text, length);
        item[length] = '\0';
        error = add_cpus(item, cpus);
        text += length;
    }
    return error;
}

/* Several lines add up; a line with a mistake says nothing. */
int directive_cpu_affinity(struct reading *reading)
{
    struct exec_scheduling *scheduling = scheduling_of(reading);
    uint64_t cpus[CPUS_MAX / BITS] = { 0 };

    if (!scheduling)
        return -ENOMEM;
    if (reading->value[0] == '\0') {
        scheduling->has_cpus = false;
        memset(scheduling->cpus, 0, sizeof(scheduling->cpus));
        return 0;
    }
    if (!is_good(reading, read_cpus(reading->value, cpus), "numbers of processors like 0-3 5"))
        return 0;
    for (size_t i = 0; i < ARRAY_SIZE(cpus); i++) {
        scheduling->cpus[i] |= cpus[i];
        scheduling->has_cpus |= cpus[i] != 0;
    }
    return 0;
}

static void set_io(struct exec_scheduling *scheduling, bool is_class, uint64_t number)
{
    if (!scheduling->has_io) {
        scheduling->io_class = IO_CLASS_BEST_EFFORT;
        scheduling->io_priority = IO_PRIORITY_DEFAULT;
    }
    scheduling->has_io = true;
    if (is_class)
        scheduling->io_class = (uint8_t)number;
    else
        scheduling->io_priority = (uint8_t)number;
}

/* The empty value takes both back, as in systemd. */
static int read_io(struct reading *reading, bool is_class)
{
    static const char *const names[] = { "none", "realtime", "best-effort", "idle" };
    struct exec_scheduling *scheduling = scheduling_of(reading);
    uint64_t number = 0;
    int error;

    if (!scheduling)
        return -ENOMEM;
    if (reading->value[0] == '\0') {
        scheduling->has_io = false;
        return 0;
    }
    error = value_unsigned(reading->value, is_class ? IO_CLASS_IDLE : IO_PRIORITY_MAX, &number);
    for (size_t i = 0; is_class && i < ARRAY_SIZE(names); i++)
        if (strcmp(names[i], reading->value) == 0) {
            number = i;
            error = 0;
        }
    if (is_good(reading, error,
                is_class ? "none, realtime, best-effort or idle" : "a number from 0 to 7"))
        set_io(scheduling, is_class, number);
    return 0;
}

int directive_io_class(struct reading *reading)
{
    return read_io(reading, true);
}

int directive_io_priority(struct reading *reading)
{
    return read_io(reading, false);
}

/* --- CPUSchedulingPolicy=, CPUSchedulingPriority=, CPUSchedulingResetOnFork= --- */

static const char *const policies[] = {
    [SCHED_OTHER] = "other", [SCHED_FIFO] = "fifo", [SCHED_RR] = "rr",
    [SCHED_BATCH] = "batch", [SCHED_IDLE] = "idle",
};

static int read_policy(const char *text, uint64_t *ret_policy)
{
    for (size_t i = 0; i < ARRAY_SIZE(policies); i++)
        if (policies[i] && strcmp(policies[i], text) == 0) {
            *ret_policy = i;
            return 0;
        }
    return value_unsigned(text, POLICY_MAX, ret_policy);
}

static bool is_realtime(uint64_t policy)
{
    return policy == SCHED_FIFO || policy == SCHED_RR;
}

/* As systemd: the empty value takes all back, and a policy brings the priority into its bounds. */
int directive_cpu_policy(struct reading *reading)
{
    struct exec_scheduling *scheduling = scheduling_of(reading);
    uint64_t policy;

    if (!scheduling)
        return -ENOMEM;
    if (reading->value[0] == '\0') {
        scheduling->has_policy = false;
        scheduling->policy = SCHED_OTHER;
        scheduling->priority = 0;
        return 0;
    }
    if (!is_good(reading, read_policy(reading->value, &policy), "other, batch, idle, fifo or rr"))
        return 0;
    scheduling->has_policy = true;
    scheduling->policy = (uint8_t)policy;
    if (!is_realtime(policy))
        scheduling->priority = 0;
    else if (scheduling->priority == 0)
        scheduling->priority = 1;
    return 0;
}

/* The policy may come later: whether it has such a priority is seen at the start. */
int directive_cpu_priority(struct reading *reading)
{
    struct exec_scheduling *scheduling = scheduling_of(reading);
    uint64_t priority;

    if (!scheduling)
        return -ENOMEM;
    if (!is_good(reading, value_unsigned(reading->value, PRIORITY_MAX, &priority),
                 "a number from 0 to 99"))
        return 0;
    scheduling->has_policy = true;
    scheduling->priority = (uint8_t)priority;
    return 0;
}

int directive_reset_on_fork(struct reading *reading)
{
    struct exec_scheduling *scheduling = scheduling_of(reading);

    if (!scheduling)
        return -ENOMEM;
    (void)is_good(reading, value_boolean(reading->value, &scheduling->resets_on_fork),
                  "a boolean (yes or no)");
    return 0;
}

/* --- TimerSlackNSec=, Personality= --- */

int directive_timer_slack(struct reading *reading)
{
    struct exec_scheduling *scheduling = scheduling_of(reading);
    uint64_t slack_ns;

    if (!scheduling)
        return -ENOMEM;
    if (!is_good(reading, value_time_ns(reading->value, &slack_ns),
                 "a time span like '50us' or a number of nanoseconds"))
        return 0;
    scheduling->has_timer_slack = slack_ns != USEC_INFINITY;
    scheduling->timer_slack_ns = slack_ns;
    return 0;
}

/* This machine's own, and what it may be taken for by programs of 32 bits. */
#if defined(__x86_64__)
#define PERSONALITIES "x86-64 or x86"
#elif defined(__aarch64__)
#define PERSONALITIES "arm64 or arm"
#endif
static const struct {
    const char *name;
    uint32_t personality;
} personalities[] = {
#if defined(__x86_64__)
    { "x86-64", PER_LINUX },
    { "x86", PER_LINUX32 },
#elif defined(__aarch64__)
    { "arm64", PER_LINUX },
    { "arm", PER_LINUX32 },
#endif
};

int directive_personality(struct reading *reading)
{
    struct exec_scheduling *scheduling = scheduling_of(reading);

    if (!scheduling)
        return -ENOMEM;
    scheduling->has_personality = false;
    for (size_t i = 0; i < ARRAY_SIZE(personalities); i++)
        if (strcmp(reading->value, personalities[i].name) == 0) {
            scheduling->has_personality = true;
            scheduling->personality = personalities[i].personality;
        }
    if (!scheduling->has_personality && reading->value[0] != '\0')
        reading_bad_value(reading, -EINVAL,
                          "an architecture that this machine can pass for: " PERSONALITIES);
    return 0;
}

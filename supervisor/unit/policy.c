#include "supervisor/unit/policy.h"

#include <signal.h>

enum {
    EXIT_TIMEOUT = 124,    /* as timeout(1) */
    EXIT_PROTOCOL = 76,    /* EX_PROTOCOL */
    EXIT_UNAVAILABLE = 69, /* EX_UNAVAILABLE */
    EXIT_OSERR = 71,       /* EX_OSERR */
    EXIT_SIGNAL_BASE = 128,
};

const char *unit_result_name(enum unit_result result)
{
    static const char *const names[RESULT_COUNT] = {
        [RESULT_SUCCESS] = "success",
        [RESULT_RESOURCES] = "resources",
        [RESULT_PROTOCOL] = "protocol",
        [RESULT_TIMEOUT] = "timeout",
        [RESULT_EXIT_CODE] = "exit-code",
        [RESULT_SIGNAL] = "signal",
        [RESULT_CORE_DUMP] = "core-dump",
        [RESULT_WATCHDOG] = "watchdog",
        [RESULT_START_LIMIT_HIT] = "start-limit-hit",
        [RESULT_OOM_KILL] = "oom-kill",
        [RESULT_UNHEALTHY] = "unhealthy",
        [RESULT_EXEC_CONDITION] = "exec-condition",
        [RESULT_TRIGGER_LIMIT_HIT] = "trigger-limit-hit",
        [RESULT_UNIT_START_LIMIT_HIT] = "unit-start-limit-hit",
    };

    return names[result];
}

bool unit_result_is_failure(enum unit_result result)
{
    return result != RESULT_SUCCESS && result != RESULT_EXEC_CONDITION;
}

bool exit_status_set_has(const struct exit_status_set *set, struct process_exit exit)
{
    unsigned bit = (unsigned)exit.status;

    if (!set)
        return false;
    if (exit.code == CLD_EXITED)
        return bit < 256 && (set->codes[bit / 64] >> (bit % 64) & 1);
    if (exit.code == CLD_KILLED || exit.code == CLD_DUMPED)
        return bit < 128 && (set->signals[bit / 64] >> (bit % 64) & 1);
    return false;
}

enum unit_result process_exit_result(struct process_exit exit,
                                     const struct exit_status_set *success, bool is_daemon)
{
    if (exit.code == 0 || exit_status_set_has(success, exit))
        return RESULT_SUCCESS;
    if (exit.code == CLD_EXITED)
        return exit.status == 0 ? RESULT_SUCCESS : RESULT_EXIT_CODE;
    if (exit.code == CLD_DUMPED)
        return RESULT_CORE_DUMP;
    if (is_daemon && (exit.status == SIGHUP || exit.status == SIGINT || exit.status == SIGTERM ||
                      exit.status == SIGPIPE))
        return RESULT_SUCCESS;
    return RESULT_SIGNAL;
}

/* One row per result, one column per Restart= word: the table as the man page prints it. */
static const bool restart_table[RESULT_COUNT][RESTART_ALWAYS + 1] = {
    [RESULT_SUCCESS] = { [RESTART_ALWAYS] = true, [RESTART_ON_SUCCESS] = true },
    [RESULT_EXIT_CODE] = { [RESTART_ALWAYS] = true, [RESTART_ON_FAILURE] = true },
    [RESULT_SIGNAL] = { [RESTART_ALWAYS] = true,
                        [RESTART_ON_FAILURE] = true,
                        [RESTART_ON_ABNORMAL] = true,
                        [RESTART_ON_ABORT] = true },
    [RESULT_CORE_DUMP] = { [RESTART_ALWAYS] = true,
                           [RESTART_ON_FAILURE] = true,
                           [RESTART_ON_ABNORMAL] = true,
                           [RESTART_ON_ABORT] = true },
    [RESULT_TIMEOUT] = { [RESTART_ALWAYS] = true,
                         [RESTART_ON_FAILURE] = true,
                         [RESTART_ON_ABNORMAL] = true },
    [RESULT_WATCHDOG] = { [RESTART_ALWAYS] = true,
                          [RESTART_ON_FAILURE] = true,
                          [RESTART_ON_ABNORMAL] = true,
                          [RESTART_ON_WATCHDOG] = true },
    [RESULT_OOM_KILL] = { [RESTART_ALWAYS] = true,
                          [RESTART_ON_FAILURE] = true,
                          [RESTART_ON_ABNORMAL] = true },
    /* systemd has no such thing; a service that does not answer is what its watchdog is for. */
    [RESULT_UNHEALTHY] = { [RESTART_ALWAYS] = true,
                           [RESTART_ON_FAILURE] = true,
                           [RESTART_ON_ABNORMAL] = true,
                           [RESTART_ON_WATCHDOG] = true },
    /* Not in the man page's table; systemd 257 calls abnormal what is neither success nor an exit
       code. */
    [RESULT_PROTOCOL] = { [RESTART_ALWAYS] = true,
                          [RESTART_ON_FAILURE] = true,
                          [RESTART_ON_ABNORMAL] = true },
    [RESULT_RESOURCES] = { [RESTART_ALWAYS] = true,
                           [RESTART_ON_FAILURE] = true,
                           [RESTART_ON_ABNORMAL] = true },
};

bool restart_wanted(const struct service_spec *service, enum unit_result result,
                    struct process_exit main_exit)
{
    if (exit_status_set_has(service->restart_prevent_exit_status, main_exit))
        return false;
    return restart_table[result][service->restart] ||
           exit_status_set_has(service->restart_force_exit_status, main_exit);
}

/* The n-th root of a value of at least 1, by bisection: no libm in PID 1 for one line. */
static long double root(long double value, unsigned n)
{
    long double low = 1, high = value;

    for (int i = 0; i < 96; i++) {
        long double middle = (low + high) / 2, power = 1;

        for (unsigned k = 0; k < n && power <= value; k++)
            power *= middle;
        if (power <= value)
            low = middle;
        else
            high = middle;
    }
    return low;
}

uint64_t restart_delay_us(const struct service_spec *service, unsigned count)
{
    uint64_t first = service->restart_us, last = service->restart_max_delay_us;
    long double factor, delay;

    if (count <= 1 || service->restart_steps == 0 || first == 0 || last == USEC_INFINITY ||
        first >= last)
        return first;
    if (count > service->restart_steps)
        return last;
    factor = root((long double)last / (long double)first, service->restart_steps);
    delay = (long double)first;
    for (unsigned i = 1; i < count; i++)
        delay *= factor;
    return (uint64_t)(delay + 0.5L);
}

bool emergency_has_status(enum emergency_action action)
{
    return action == EMERGENCY_EXIT || action == EMERGENCY_EXIT_FORCE;
}

bool emergency_is_forced(enum emergency_action action)
{
    switch (action) {
    case EMERGENCY_NONE:
    case EMERGENCY_EXIT:
    case EMERGENCY_POWEROFF:
    case EMERGENCY_REBOOT:
    case EMERGENCY_HALT:
        return false;
    case EMERGENCY_EXIT_FORCE:
    case EMERGENCY_POWEROFF_FORCE:
    case EMERGENCY_POWEROFF_IMMEDIATE:
    case EMERGENCY_REBOOT_FORCE:
    case EMERGENCY_REBOOT_IMMEDIATE:
    case EMERGENCY_HALT_FORCE:
    case EMERGENCY_HALT_IMMEDIATE:
        break;
    }
    return true;
}

int pod_exit_status(enum unit_result result, struct process_exit main_exit)
{
    switch (result) {
    case RESULT_SUCCESS:
        return main_exit.code == CLD_EXITED ? main_exit.status : 0;
    case RESULT_TIMEOUT:
        return EXIT_TIMEOUT;
    case RESULT_PROTOCOL:
        return EXIT_PROTOCOL;
    case RESULT_RESOURCES:
        return EXIT_OSERR;
    case RESULT_UNHEALTHY: /* how it ended then was our doing */
        return EXIT_UNAVAILABLE;
    case RESULT_EXEC_CONDITION:
        return 0;
    case RESULT_EXIT_CODE:
    case RESULT_SIGNAL:
    case RESULT_CORE_DUMP:
    case RESULT_WATCHDOG:
    case RESULT_OOM_KILL:
    case RESULT_START_LIMIT_HIT:
    case RESULT_TRIGGER_LIMIT_HIT:
    case RESULT_UNIT_START_LIMIT_HIT:
    case RESULT_COUNT:
        break;
    }
    if (main_exit.code == CLD_EXITED && main_exit.status != 0)
        return main_exit.status;
    if (main_exit.code == CLD_KILLED || main_exit.code == CLD_DUMPED)
        return EXIT_SIGNAL_BASE + main_exit.status;
    return 1;
}

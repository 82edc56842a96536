#include "supervisor/unit/directives.h"

#include "supervisor/unit/value.h"

#include <errno.h>
#include <string.h>

/* systemd.exec(5): on which processors a service runs, and when it is its turn to read and write.
 */

enum {
    IO_PRIORITY_DEFAULT = 4,
    IO_PRIORITY_MAX = 7,
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
    int error;

    if (!scheduling)
        return -ENOMEM;
    if (reading->value[0] == '\0') {
        scheduling->has_cpus = false;
        memset(scheduling->cpus, 0, sizeof(scheduling->cpus));
        return 0;
    }
    error = read_cpus(reading->value, cpus);
    if (error < 0) {
        reading_bad_value(reading, error, "numbers of processors like 0-3 5");
        return 0;
    }
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
    if (error == 0)
        set_io(scheduling, is_class, number);
    else
        reading_bad_value(reading, error,
                          is_class ? "none, realtime, best-effort or idle"
                                   : "a number from 0 to 7");
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

#include "supervisor/unit/directives.h"

#include "supervisor/unit/value.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* systemd.resource-control(5), as far as it is about memory, tasks and processor time. */

enum {
    PERMYRIAD_US = 100, /* of a second: what a hundredth of a percent of CPUQuota= is */
    WEIGHT_MAX = 10000,
    PERCENT_MAX = 1000000, /* of CPUQuota=: ten thousand processors */
};

static bool is_percentage(const char *text)
{
    size_t length = strlen(text);

    return length > 0 && text[length - 1] == '%';
}

static int read_share(const char *text, struct resource_value *value)
{
    unsigned permyriad;
    int error = value_percentage(text, &permyriad);

    if (error < 0)
        return error;
    value->is_share = true;
    value->number = permyriad;
    return 0;
}

static int read_memory(const char *text, enum resource resource, struct resource_value *value)
{
    bool may_be_none = resource == RESOURCE_MEMORY_MIN || resource == RESOURCE_MEMORY_LOW ||
                       resource == RESOURCE_MEMORY_SWAP_MAX;
    int error = is_percentage(text) ? read_share(text, value) : value_size(text, &value->number);

    if (error == 0 && (value->number == UINT64_MAX || (value->number == 0 && !may_be_none)))
        return -ERANGE;
    return error;
}

static int read_tasks(const char *text, struct resource_value *value)
{
    int error = is_percentage(text) ? read_share(text, value)
                                    : value_unsigned(text, UINT64_MAX - 1, &value->number);

    return error == 0 && value->number == 0 ? -ERANGE : error;
}

/* Of one processor, so more than 100 % may be asked for: "12%", "12.5%", "250%". */
static int read_quota(const char *text, struct resource_value *value)
{
    char number[32];
    const char *dot = strchr(text, '.');
    size_t length = strlen(text), whole = dot ? (size_t)(dot - text) : length - 1;
    uint64_t percent, fraction = 0;
    int error;

    if (!is_percentage(text) || whole >= sizeof(number))
        return -EINVAL;
    memcpy(number, text, whole);
    number[whole] = '\0';
    error = value_unsigned(number, PERCENT_MAX, &percent);
    if (error < 0)
        return error;
    if (dot) {
        size_t digits = length - whole - 2;

        if (digits < 1 || digits > 2 || !isdigit((unsigned char)dot[1]) ||
            (digits == 2 && !isdigit((unsigned char)dot[2])))
            return -EINVAL;
        fraction = (uint64_t)(dot[1] - '0') * 10;
        fraction += digits == 2 ? (uint64_t)(dot[2] - '0') : 0;
    }
    value->number = (percent * 100 + fraction) * PERMYRIAD_US;
    return value->number == 0 ? -ERANGE : 0;
}

/* 0 stands for "idle". */
static int read_weight(const char *text, struct resource_value *value)
{
    int error;

    if (strcmp(text, "idle") == 0)
        return 0;
    error = value_unsigned(text, WEIGHT_MAX, &value->number);
    return error == 0 && value->number == 0 ? -ERANGE : error;
}

static int read_resource(const char *text, enum resource resource, struct resource_value *value)
{
    switch (resource) {
    case RESOURCE_MEMORY_MIN:
    case RESOURCE_MEMORY_LOW:
    case RESOURCE_MEMORY_HIGH:
    case RESOURCE_MEMORY_MAX:
    case RESOURCE_MEMORY_SWAP_MAX:
        return read_memory(text, resource, value);
    case RESOURCE_TASKS_MAX:
        return read_tasks(text, value);
    case RESOURCE_CPU_QUOTA:
        return read_quota(text, value);
    case RESOURCE_CPU_WEIGHT:
        return read_weight(text, value);
    case RESOURCE_COUNT:
        break;
    }
    return -EINVAL;
}

static const char *what_it_is(enum resource resource)
{
    switch (resource) {
    case RESOURCE_TASKS_MAX:
        return "a number of tasks like 100, a percentage or infinity";
    case RESOURCE_CPU_QUOTA:
        return "a percentage of one processor like 20% or 150%";
    case RESOURCE_CPU_WEIGHT:
        return "a weight from 1 to 10000 or idle";
    case RESOURCE_MEMORY_MIN:
    case RESOURCE_MEMORY_LOW:
    case RESOURCE_MEMORY_HIGH:
    case RESOURCE_MEMORY_MAX:
    case RESOURCE_MEMORY_SWAP_MAX:
    case RESOURCE_COUNT:
        break;
    }
    return "a size like 512M, a percentage or infinity";
}

/* No limit; for what is protected from others, infinity is the most. */
static bool is_unlimited(const struct reading *reading, enum resource resource)
{
    if (reading->value[0] == '\0')
        return true;
    return strcmp(reading->value, "infinity") == 0 && resource != RESOURCE_CPU_QUOTA &&
           resource != RESOURCE_CPU_WEIGHT;
}

int directive_resource(struct reading *reading)
{
    struct resource_value **values = reading_field(reading), value = { .is_set = true };
    enum resource resource = (enum resource)reading->directive->argument;
    int error = 0;

    /* Few units have any. */
    if (!*values)
        *values = arena_get(reading->arena, RESOURCE_COUNT * sizeof(**values));
    if (!*values)
        return -ENOMEM;
    if (!is_unlimited(reading, resource)) {
        error = read_resource(reading->value, resource, &value);
    } else if (reading->value[0] != '\0' &&
               (resource == RESOURCE_MEMORY_MIN || resource == RESOURCE_MEMORY_LOW)) {
        value.number = UINT64_MAX;
    } else {
        value.is_set = false;
    }
    if (error < 0) {
        reading_bad_value(reading, error, what_it_is(resource));
        return 0;
    }
    value.place = reading_place(reading, reading->key_offset);
    (*values)[resource] = value;
    return 0;
}

#include "supervisor/unit/directives.h"

#include "supervisor/unit/value.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* systemd.resource-control(5), as far as it is about memory, tasks and processor time. */

enum {
    PERMYRIAD_US = 100, /* of a second: what a hundredth of a percent of CPUQuota= is */
    WEIGHT_MAX = 10000,
    RATE_BASE = 1000,
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
                       resource == RESOURCE_MEMORY_SWAP_MAX ||
                       resource == RESOURCE_MEMORY_ZSWAP_MAX;
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

static int read_number(const char *text, uint64_t max, uint64_t *ret_number)
{
    int error = value_unsigned(text, max, ret_number);

    return error == 0 && *ret_number == 0 ? -ERANGE : error;
}

/* 0 stands for "idle". */
static int read_weight(const char *text, struct resource_value *value)
{
    return strcmp(text, "idle") == 0 ? 0 : read_number(text, WEIGHT_MAX, &value->number);
}

static int read_resource(const char *text, enum resource resource, struct resource_value *value)
{
    switch (resource) {
    case RESOURCE_MEMORY_MIN:
    case RESOURCE_MEMORY_LOW:
    case RESOURCE_MEMORY_HIGH:
    case RESOURCE_MEMORY_MAX:
    case RESOURCE_MEMORY_SWAP_MAX:
    case RESOURCE_MEMORY_ZSWAP_MAX:
        return read_memory(text, resource, value);
    case RESOURCE_TASKS_MAX:
        return read_tasks(text, value);
    case RESOURCE_CPU_QUOTA:
        return read_quota(text, value);
    case RESOURCE_CPU_WEIGHT:
        return read_weight(text, value);
    case RESOURCE_IO_WEIGHT:
        return read_number(text, WEIGHT_MAX, &value->number);
    case RESOURCE_ALLOWED_CPUS:
    case RESOURCE_ALLOWED_NODES:
    case RESOURCE_IO_DEVICE_WEIGHT:
    case RESOURCE_IO_READ_BANDWIDTH:
    case RESOURCE_IO_WRITE_BANDWIDTH:
    case RESOURCE_IO_READ_IOPS:
    case RESOURCE_IO_WRITE_IOPS:
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
    case RESOURCE_IO_WEIGHT:
        return "a weight from 1 to 10000";
    case RESOURCE_IO_DEVICE_WEIGHT:
        return "a device and a weight from 1 to 10000";
    case RESOURCE_IO_READ_BANDWIDTH:
    case RESOURCE_IO_WRITE_BANDWIDTH:
        return "a device and bytes for each second, like '/dev/sda 5M', or infinity";
    case RESOURCE_IO_READ_IOPS:
    case RESOURCE_IO_WRITE_IOPS:
        return "a device and operations for each second, like '/dev/sda 1K', or infinity";
    case RESOURCE_ALLOWED_CPUS:
    case RESOURCE_ALLOWED_NODES:
        return "numbers like 0-3 5";
    case RESOURCE_MEMORY_MIN:
    case RESOURCE_MEMORY_LOW:
    case RESOURCE_MEMORY_HIGH:
    case RESOURCE_MEMORY_MAX:
    case RESOURCE_MEMORY_SWAP_MAX:
    case RESOURCE_MEMORY_ZSWAP_MAX:
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
           resource != RESOURCE_CPU_WEIGHT && resource != RESOURCE_IO_WEIGHT;
}

/* Few units have any; NULL: there is no memory. */
static struct resource_value *value_of(struct reading *reading)
{
    struct resource_value **values = reading_field(reading);

    if (!*values)
        *values = arena_get(reading->arena, RESOURCE_COUNT * sizeof(**values));
    return *values ? &(*values)[reading->directive->argument] : NULL;
}

int directive_resource(struct reading *reading)
{
    struct resource_value *field = value_of(reading), value = { .is_set = true };
    enum resource resource = (enum resource)reading->directive->argument;
    int error = 0;

    if (!field)
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
    *field = value;
    return 0;
}

/* --- processors and nodes of memory --- */

/* One item, "3" or "0-3". */
static bool is_range(const char *text, size_t length)
{
    static const char numerals[] = "0123456789";
    size_t first = strspn(text, numerals), last;

    if (first == length)
        return first > 0;
    last = text[first] == '-' ? strspn(text + first + 1, numerals) : 0;
    return first > 0 && last > 0 && first + 1 + last == length;
}

/* As the kernel wants it; several lines are one list. */
static int append_items(struct reading *reading, struct resource_value *value)
{
    static const char between[] = ", \t";
    size_t used = value->list ? strlen(value->list) : 0;
    char *list = arena_get(reading->arena, used + strlen(reading->value) + 2);

    if (!list)
        return -ENOMEM;
    if (used > 0)
        memcpy(list, value->list, used);
    for (const char *text = reading->value + strspn(reading->value, between); *text;
         text += strspn(text, between)) {
        size_t length = strcspn(text, between);

        if (!is_range(text, length))
            return -EINVAL;
        if (used > 0)
            list[used++] = ',';
        memcpy(list + used, text, length);
        used += length;
        text += length;
    }
    value->list = list;
    value->is_set = used > 0;
    return 0;
}

int directive_resource_list(struct reading *reading)
{
    struct resource_value *field = value_of(reading), value;
    int error = 0;

    if (!field)
        return -ENOMEM;
    value = reading->value[0] ? *field : (struct resource_value){ 0 };
    if (reading->value[0])
        error = append_items(reading, &value);
    if (error == -EINVAL)
        reading_bad_value(reading, error, what_it_is((enum resource)reading->directive->argument));
    if (error < 0)
        return error == -EINVAL ? 0 : error;
    value.place = reading_place(reading, reading->key_offset);
    *field = value;
    return 0;
}

/* --- devices --- */

/* Base 1000, as systemd.resource-control(5) has it here. */
static int read_rate(char *text, uint64_t *ret_rate)
{
    static const char suffixes[] = "KMGT";
    size_t length = strlen(text);
    const char *suffix = length > 1 ? strchr(suffixes, text[length - 1]) : NULL;
    uint64_t factor = 1;
    int error;

    if (strcmp(text, "infinity") == 0) {
        *ret_rate = UINT64_MAX;
        return 0;
    }
    if (suffix && *suffix)
        text[length - 1] = '\0';
    for (const char *at = suffixes; suffix && *suffix && at <= suffix; at++)
        factor *= RATE_BASE;
    error = read_number(text, UINT64_MAX / factor - 1, ret_rate);
    if (error == 0)
        *ret_rate *= factor;
    return error;
}

/* "PATH NUMBER" */
static int read_device(char *text, enum resource resource, struct resource_device *device)
{
    size_t length = strcspn(text, " \t");
    char *number = text + length + strspn(text + length, " \t");

    if (text[0] != '/' || text[length] == '\0' || *number == '\0')
        return -EINVAL;
    text[length] = '\0';
    device->path = text;
    return resource == RESOURCE_IO_DEVICE_WEIGHT ? read_number(number, WEIGHT_MAX, &device->number)
                                                 : read_rate(number, &device->number);
}

int directive_resource_device(struct reading *reading)
{
    struct resource_value *field = value_of(reading);
    enum resource resource = (enum resource)reading->directive->argument;
    struct resource_device *device = arena_get(reading->arena, sizeof(*device));
    struct resource_device **end;
    char *text;
    int error = reading_expand_value(reading, &text);

    if (!field || !device)
        return -ENOMEM;
    if (error < 0 || !text)
        return error;
    if (text[0] == '\0') {
        *field = (struct resource_value){ 0 };
        return 0;
    }
    error = read_device(text, resource, device);
    if (error < 0) {
        reading_bad_value(reading, error, what_it_is(resource));
        return 0;
    }
    for (end = &field->devices; *end; end = &(*end)->next)
        ;
    *end = device;
    field->is_set = true;
    field->place = reading_place(reading, reading->key_offset);
    return 0;
}

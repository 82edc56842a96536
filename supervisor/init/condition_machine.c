#include "supervisor/init/comparison.h"
#include "supervisor/init/condition_private.h"

#include "supervisor/unit/value.h"
#include "supervisor/wire/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

enum { FILE_SIZE = 4096, PERCENT_HUNDREDTHS = 100 };

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* --- memory and processors --- */

/* As much as a cgroup lets us have, if that is less: version 2, then version 1. */
static uint64_t memory_size(void)
{
    static const char *const limits[] = { "/sys/fs/cgroup/memory.max",
                                          "/sys/fs/cgroup/memory/memory.limit_in_bytes" };
    uint64_t size = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE), limit;
    char text[64];

    for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
        if (condition_read(limits[i], text, sizeof(text)) <= 0)
            continue;
        text[strcspn(text, "\n")] = '\0';
        if (value_unsigned(text, UINT64_MAX, &limit) == 0 && limit < size)
            size = limit;
    }
    return size;
}

static enum comparison take_comparison(const char **at)
{
    enum comparison comparison = comparison_take(at, false);

    *at += strspn(*at, " \t");
    return comparison == COMPARE_NONE ? COMPARE_GREATER_OR_EQUAL : comparison;
}

static int order_of(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

int check_memory(const struct condition_context *context, const char *wanted)
{
    enum comparison comparison = take_comparison(&wanted);
    uint64_t size;
    int error = value_size(wanted, &size);

    (void)context;
    return error < 0 ? error : comparison_holds(comparison, order_of(memory_size(), size));
}

int check_cpus(const struct condition_context *context, const char *wanted)
{
    enum comparison comparison = take_comparison(&wanted);
    uint64_t count;
    cpu_set_t set;
    int error = value_unsigned(wanted, UINT32_MAX, &count);

    (void)context;
    if (error < 0)
        return error;
    if (sched_getaffinity(0, sizeof(set), &set) < 0)
        return -errno;
    return comparison_holds(comparison, order_of((uint64_t)CPU_COUNT(&set), count));
}

/* --- power --- */

struct power {
    bool has_online, has_offline, is_discharging;
};

static bool supply_reads(const char *name, const char *file, const char *start)
{
    char path[PATH_MAX], text[64];

    snprintf(path, sizeof(path), "/sys/class/power_supply/%s/%s", name, file);
    return condition_read(path, text, sizeof(text)) > 0 && starts_with(text, start);
}

static void look_at_supply(const char *name, struct power *power)
{
    if (supply_reads(name, "type", "Mains") || supply_reads(name, "type", "USB")) {
        power->has_online |= supply_reads(name, "online", "1");
        power->has_offline |= supply_reads(name, "online", "0");
    } else if (supply_reads(name, "type", "Battery") && !supply_reads(name, "scope", "Device")) {
        power->is_discharging |= supply_reads(name, "status", "Discharging");
    }
}

int check_ac_power(const struct condition_context *context, const char *wanted)
{
    cleanup_fd int fd = open("/sys/class/power_supply", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct power power = { .has_online = false };
    char entries[2048];
    bool is_wanted;
    long length = 0;
    int error = value_boolean(wanted, &is_wanted);

    (void)context;
    if (error < 0)
        return error;
    while (fd >= 0 && (length = syscall(SYS_getdents64, fd, entries, sizeof(entries))) > 0)
        for (long at = 0; at < length;) {
            const struct dirent64 *entry = (const struct dirent64 *)(entries + at);

            if (entry->d_name[0] != '.')
                look_at_supply(entry->d_name, &power);
            at += entry->d_reclen;
        }
    return (power.has_online || (!power.has_offline && !power.is_discharging)) == is_wanted;
}

/* --- firmware --- */

/* A file of strings that each end in NUL. */
static int is_compatible(const char *name, size_t length)
{
    char text[FILE_SIZE];
    long size = condition_read("/proc/device-tree/compatible", text, sizeof(text));

    for (const char *at = text; size > 0 && at < text + size; at += strlen(at) + 1)
        if (strlen(at) == length && strncmp(at, name, length) == 0)
            return 1;
    return 0;
}

/* "field $= value" */
static int check_smbios(const char *expression, size_t length)
{
    char text[FILE_SIZE], path[FILE_SIZE + 32], value[FILE_SIZE], wanted[FILE_SIZE];
    const char *at = text;
    enum comparison comparison;
    size_t field;
    long size;

    if (length >= sizeof(text))
        return -EINVAL;
    memcpy(text, expression, length);
    text[length] = '\0';
    at += strcspn(at, "$=!<>");
    field = (size_t)(at - text);
    while (field > 0 && strchr(" \t", text[field - 1]))
        field--;
    comparison = comparison_take(&at, true);
    if (field == 0 || memchr(text, '/', field) || comparison == COMPARE_NONE ||
        !comparison_word(&at, wanted, sizeof(wanted)))
        return -EINVAL;
    snprintf(path, sizeof(path), "/sys/class/dmi/id/%.*s", (int)field, text);
    size = condition_read(path, value, sizeof(value));
    if (size < 0)
        return size == -ENOENT ? 0 : (int)size;
    while (size > 0 && strchr(" \t\r\n", value[size - 1]))
        value[--size] = '\0';
    return version_matches(comparison, value, wanted);
}

int check_firmware(const struct condition_context *context, const char *wanted)
{
    static const char tree[] = "device-tree-compatible(", smbios[] = "smbios-field(";
    size_t length = strlen(wanted);
    bool is_call = length > 0 && wanted[length - 1] == ')';

    (void)context;
    if (strcmp(wanted, "uefi") == 0)
        return access("/sys/firmware/efi/", F_OK) == 0;
    if (strcmp(wanted, "device-tree") == 0)
        return access("/sys/firmware/devicetree/", F_OK) == 0;
    if (is_call && starts_with(wanted, tree))
        return is_compatible(wanted + strlen(tree), length - strlen(tree) - 1);
    if (starts_with(wanted, smbios))
        return is_call ? check_smbios(wanted + strlen(smbios), length - strlen(smbios) - 1)
                       : -EINVAL;
    return 0;
}

/* --- cgroups and pressure --- */

static bool is_unified(void)
{
    return access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0;
}

static bool has_controller(const char *name)
{
    char text[FILE_SIZE], path[128], word[64];
    const char *at = text;

    if (!is_unified()) {
        snprintf(path, sizeof(path), "/sys/fs/cgroup/%s", name);
        return access(path, F_OK) == 0;
    }
    if (condition_read("/sys/fs/cgroup/cgroup.controllers", text, sizeof(text)) <= 0)
        return false;
    while (comparison_word(&at, word, sizeof(word)))
        if (strcmp(word, name) == 0)
            return true;
    return false;
}

/* Names that systemd does not know are passed over. */
int check_control_group_controller(const struct condition_context *context, const char *wanted)
{
    static const char *const known[] = { "cpu",   "cpuacct", "cpuset",  "io",
                                         "blkio", "memory",  "devices", "pids" };
    char word[64];

    (void)context;
    if (strcmp(wanted, "v2") == 0)
        return is_unified();
    if (strcmp(wanted, "v1") == 0)
        return !is_unified();
    while (comparison_word(&wanted, word, sizeof(word)))
        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
            if (strcmp(word, known[i]) == 0 && !has_controller(word))
                return 0;
    return 1;
}

/* "some avg10=0.12 avg60=0.05 avg300=0.00 total=…", in hundredths of a percent. */
static int read_pressure(const char *path, const char *line, const char *average,
                         unsigned *ret_permyriad)
{
    char text[512], *at;
    unsigned whole, hundredths;
    long length = condition_read(path, text, sizeof(text));

    if (length < 0)
        return (int)length;
    at = strstr(text, line);
    at = at ? strstr(at, average) : NULL;
    if (!at || sscanf(at + strlen(average), "%u.%2u", &whole, &hundredths) != 2)
        return -ENODATA;
    *ret_permyriad = whole * PERCENT_HUNDREDTHS + hundredths;
    return 0;
}

/* Behind the "/": over which time; five minutes if nothing is said. */
static const char *average_of(const char *span)
{
    if (!span)
        return "avg300=";
    span += strspn(span, " \t");
    return starts_with(span, "10sec")  ? "avg10="
           : starts_with(span, "1min") ? "avg60="
           : starts_with(span, "5min") ? "avg300="
                                       : NULL;
}

/*
 * A slice is none of ours: there is no cgroup of that name, and systemd passes over a check of one
 * that does not exist.
 */
static int check_pressure(const char *resource, const char *line, const char *wanted)
{
    char path[64], value[64];
    size_t length = strcspn(wanted, "/ \t");
    const char *slash = strchr(wanted, '/');
    const char *average = average_of(slash ? slash + 1 : NULL);
    unsigned limit, pressure = 0;
    int error;

    if (access("/proc/pressure", F_OK) < 0 || strchr(wanted, ':'))
        return 1;
    if (!average || length >= sizeof(value))
        return -EINVAL;
    memcpy(value, wanted, length);
    value[length] = '\0';
    error = value_percentage(value, &limit);
    if (error < 0)
        return error;
    snprintf(path, sizeof(path), "/proc/pressure/%s", resource);
    error = read_pressure(path, line, average, &pressure);
    return error < 0 ? error : pressure <= limit;
}

int check_cpu_pressure(const struct condition_context *context, const char *wanted)
{
    (void)context;
    return check_pressure("cpu", "some ", wanted);
}

int check_memory_pressure(const struct condition_context *context, const char *wanted)
{
    (void)context;
    return check_pressure("memory", "full ", wanted);
}

int check_io_pressure(const struct condition_context *context, const char *wanted)
{
    (void)context;
    return check_pressure("io", "full ", wanted);
}

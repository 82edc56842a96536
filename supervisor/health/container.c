#include "supervisor/health/container.h"

#include "supervisor/wire/fd.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define CGROUP_ROOT "/sys/fs/cgroup/"
enum { TEXT_SIZE = 2048 };

/* False: it is not there, or empty. */
static bool read_file(const char *name, char ret_text[TEXT_SIZE])
{
    char path[128];
    cleanup_fd int fd = -1;
    ssize_t length;

    snprintf(path, sizeof(path), CGROUP_ROOT "%s", name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    length = fd < 0 ? -1 : read(fd, ret_text, TEXT_SIZE - 1);
    if (length <= 0)
        return false;
    ret_text[length] = '\0';
    return true;
}

/* Of a file of lines "name number". */
static bool find_number(const char *text, const char *name, uint64_t *ret_number)
{
    size_t length = strlen(name);

    for (const char *line = text; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, length) == 0 && line[length] == ' ') {
            *ret_number = strtoull(line + length, NULL, 10);
            return true;
        }
    }
    return false;
}

static bool read_number(const char *name, uint64_t *ret_number)
{
    char text[TEXT_SIZE];

    if (!read_file(name, text))
        return false;
    *ret_number = strncmp(text, "max", 3) == 0 ? UINT64_MAX : strtoull(text, NULL, 10);
    return true;
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=1234\nfull …" */
static void read_pressure(const char *name, struct container_pressure *pressure)
{
    char text[TEXT_SIZE], *full, *total;

    if (!read_file(name, text) || !(total = strstr(text, "total=")))
        return;
    pressure->some_us = strtoull(total + strlen("total="), NULL, 10);
    full = strstr(text, "\nfull ");
    total = full ? strstr(full, "total=") : NULL;
    pressure->full_us = total ? strtoull(total + strlen("total="), NULL, 10) : 0;
    pressure->is_known = true;
}

static void read_version_2(struct container *container)
{
    char text[TEXT_SIZE];

    container->has_memory = read_number("memory.current", &container->memory_bytes) &&
                            read_number("memory.max", &container->memory_limit_bytes);
    if (read_file("memory.events", text)) {
        container->has_oom = find_number(text, "oom_kill", &container->oom_kills);
        container->has_oom_events = find_number(text, "oom", &container->oom_events);
    }
    if (read_file("cpu.stat", text))
        container->has_throttling =
            find_number(text, "nr_periods", &container->periods) &&
            find_number(text, "nr_throttled", &container->throttled_periods) &&
            find_number(text, "throttled_usec", &container->throttled_us);
    read_pressure("cpu.pressure", &container->pressure[CONTAINER_CPU]);
    read_pressure("memory.pressure", &container->pressure[CONTAINER_MEMORY]);
    read_pressure("io.pressure", &container->pressure[CONTAINER_IO]);
}

static void read_version_1(struct container *container)
{
    /* What version 1 says instead of "no limit". */
    static const uint64_t no_limit = UINT64_C(1) << 62;
    char text[TEXT_SIZE];

    container->has_memory =
        read_number("memory/memory.usage_in_bytes", &container->memory_bytes) &&
        read_number("memory/memory.limit_in_bytes", &container->memory_limit_bytes);
    if (container->memory_limit_bytes >= no_limit)
        container->memory_limit_bytes = UINT64_MAX;
    if (read_file("memory/memory.oom_control", text))
        container->has_oom = find_number(text, "oom_kill", &container->oom_kills);
    if (read_file("cpu/cpu.stat", text)) {
        container->has_throttling =
            find_number(text, "nr_periods", &container->periods) &&
            find_number(text, "nr_throttled", &container->throttled_periods) &&
            find_number(text, "throttled_time", &container->throttled_us);
        container->throttled_us /= 1000; /* was in nanoseconds */
    }
}

void container_measure(struct container *ret_container)
{
    *ret_container = (struct container){ 0 };
    if (access(CGROUP_ROOT "cgroup.controllers", F_OK) == 0)
        read_version_2(ret_container);
    else
        read_version_1(ret_container);
}

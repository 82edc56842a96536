#include "supervisor/health/usage.h"

#include "sandbox/seal.h"
#include "supervisor/wire/fd.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { FILE_TEXT_SIZE = 1024, CGROUP_PATH_SIZE = 1024 };

/* A unit that is looked for. */
struct sealed {
    uint64_t seal; /* 0: none */
    uint64_t shared_bytes;
};

/* --- files of the kernel --- */

/* False: there is no such file, or it is too long to be one of those that we read. */
static bool read_file(const char *path, char ret_text[FILE_TEXT_SIZE])
{
    cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, ret_text, FILE_TEXT_SIZE - 1);

    if (length <= 0)
        return false;
    ret_text[length] = '\0';
    return true;
}

static bool read_number(const char *folder, const char *name, uint64_t *ret_number)
{
    char path[CGROUP_PATH_SIZE + 64], text[FILE_TEXT_SIZE];

    snprintf(path, sizeof(path), "/sys/fs/cgroup%s/%s", folder, name);
    if (!read_file(path, text))
        return false;
    *ret_number = strtoull(text, NULL, 10);
    return true;
}

/* --- a unit with a cgroup of its own --- */

/* Of cgroup version 2, as this process sees it; false: there is none, or out of our sight. */
static bool cgroup_of(pid_t pid, char ret_path[CGROUP_PATH_SIZE])
{
    char file[64], text[FILE_TEXT_SIZE], *line;

    snprintf(file, sizeof(file), "/proc/%d/cgroup", (int)pid);
    if (!read_file(file, text))
        return false;
    line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
    if (!line)
        return false;
    line = strstr(line, "::") + 2;
    line[strcspn(line, "\n")] = '\0';
    if (strncmp(line, "/..", 3) == 0 || strcmp(line, "/") == 0)
        return false;
    snprintf(ret_path, CGROUP_PATH_SIZE, "%s", line);
    return true;
}

static bool read_cgroup(pid_t main_pid, const char *own, struct usage *ret_usage)
{
    char folder[CGROUP_PATH_SIZE], path[CGROUP_PATH_SIZE + 64], text[FILE_TEXT_SIZE];
    struct usage usage = { .is_known = true };
    uint64_t tasks = 0;
    const char *time;

    /* One that it shares with us is not its own. */
    if (!cgroup_of(main_pid, folder) || strcmp(folder, own) == 0)
        return false;
    snprintf(path, sizeof(path), "/sys/fs/cgroup%s/cpu.stat", folder);
    if (!read_number(folder, "memory.current", &usage.memory_bytes) ||
        !read_number(folder, "pids.current", &tasks) || !read_file(path, text))
        return false;
    time = strstr(text, "usage_usec ");
    usage.cpu_us = time ? strtoull(time + strlen("usage_usec "), NULL, 10) : 0;
    usage.processes = (uint32_t)tasks;
    *ret_usage = usage;
    return true;
}

/* --- a unit by its seal --- */

/* proc_pid_stat(5): utime, stime, and those of the children that it has waited for. */
static uint64_t cpu_of(pid_t pid)
{
    enum { AFTER_NAME = 3, UTIME = 14, TIMES = 4 };
    char path[64], text[FILE_TEXT_SIZE], *at;
    long ticks = sysconf(_SC_CLK_TCK);
    uint64_t sum = 0;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    if (!read_file(path, text) || ticks <= 0)
        return 0;
    at = strrchr(text, ')'); /* the name before it may contain anything */
    for (int field = AFTER_NAME; at && field <= UTIME; field++)
        at = strchr(at + 1, ' ');
    for (int i = 0; at && i < TIMES; i++)
        sum += strtoull(at, &at, 10);
    return sum * (USEC_PER_SEC / (uint64_t)ticks);
}

static void add_process(pid_t pid, struct sealed *sealed, struct usage *usage)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), resident, shared;
    char path[64], text[FILE_TEXT_SIZE], *at;

    snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
    if (!read_file(path, text))
        return; /* it is gone */
    (void)strtoull(text, &at, 10);
    resident = strtoull(at, &at, 10) * page;
    shared = strtoull(at, NULL, 10) * page;
    usage->memory_bytes += resident > shared ? resident - shared : 0;
    if (shared > sealed->shared_bytes) {
        usage->memory_bytes += shared - sealed->shared_bytes;
        sealed->shared_bytes = shared;
    }
    usage->cpu_us += cpu_of(pid);
    usage->processes++;
    usage->is_known = true;
}

/* One look for all units. */
static void add_processes(struct usages *usages, struct sealed *sealed)
{
    seals_look(&usages->seals, usages->at_us);
    for (size_t at = 0; at < usages->seals.count; at++) {
        const struct sealed_process *process = &usages->seals.processes[at];

        for (size_t i = 0; process->seal != 0 && i < usages->count; i++)
            if (sealed[i].seal == process->seal) {
                add_process(process->pid, &sealed[i], &usages->units[i]);
                break;
            }
    }
}

/* --- all units --- */

static void look(struct usages *usages, const struct snapshot *snapshot, struct sealed *sealed)
{
    char own[CGROUP_PATH_SIZE] = "";
    bool has_sealed = false;

    (void)cgroup_of(getpid(), own);
    for (size_t i = 0; i < usages->count; i++) {
        pid_t main_pid = snapshot->rows[i].state.main_pid;

        if (main_pid <= 0 || read_cgroup(main_pid, own, &usages->units[i]))
            continue;
        if (seal_read(main_pid, &sealed[i].seal) < 0)
            sealed[i].seal = 0;
        has_sealed |= sealed[i].seal != 0;
    }
    if (has_sealed)
        add_processes(usages, sealed);
}

void usages_refresh(struct usages *usages, const struct table *table, uint64_t now_us)
{
    struct sealed *sealed;

    if (usages->units && usages->snapshot == table->snapshots &&
        now_us < usages->at_us + USAGE_AGE_US)
        return;
    free(usages->units);
    usages->count = 0;
    usages->units = calloc(table->present.count + 1, sizeof(*usages->units));
    sealed = calloc(table->present.count + 1, sizeof(*sealed));
    if (usages->units && sealed) {
        usages->count = table->present.count;
        usages->at_us = now_us;
        usages->snapshot = table->snapshots;
        look(usages, &table->present, sealed);
    }
    free(sealed);
}

void usages_release(struct usages *usages)
{
    free(usages->units);
    seals_release(&usages->seals);
    *usages = (struct usages){ 0 };
}

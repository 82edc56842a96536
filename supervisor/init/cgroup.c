#include "supervisor/init/cgroup.h"

#include "sandbox/limits.h"
#include "supervisor/init/block_device.h"
#include "supervisor/wire/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum {
    NAME_SIZE = UNIT_NAME_MAX + 2,
    FILE_SIZE = NAME_SIZE + 32,
    TEXT_SIZE = 4096,
    DEPTH_MAX = 4,           /* of cgroups that a service may have made in its own */
    END_WAIT_MS = 1000,      /* for who has been killed at the very end */
    SHARE_WHOLE = 10000,     /* of a resource_value that is a share */
    PERIOD_US = 100000,      /* of CPUQuota=, as systemd's */
    QUOTA_MIN_US = 1000,     /* the kernel takes no less … */
    PERIOD_MAX_US = 1000000, /* … so a small quota has a long period */
};

/* As systemd escapes what the kernel could take for one of its own files. */
static void name_of(const struct pod *pod, unit_id id, char name[NAME_SIZE])
{
    static const char *const files[] = { "_",    "cgroup.", "memory.", "pids.",
                                         "cpu.", "io.",     "cpuset." };
    const char *unit = pod_unit_name(pod, id);
    bool is_like_file = false;

    for (size_t i = 0; i < ARRAY_SIZE(files); i++)
        is_like_file |= strncmp(unit, files[i], strlen(files[i])) == 0;
    snprintf(name, NAME_SIZE, "%s%s", is_like_file ? "_" : "", unit);
}

static void file_of(const struct pod *pod, unit_id id, const char *file, char path[FILE_SIZE])
{
    char name[NAME_SIZE];

    name_of(pod, id, name);
    snprintf(path, FILE_SIZE, "%s/%s", name, file);
}

static int write_file(const struct pod *pod, unit_id id, const char *file, const char *text)
{
    char path[FILE_SIZE];

    file_of(pod, id, file, path);
    return cgroup_write(pod->cgroups.root_fd, path, text);
}

static void read_file(const struct pod *pod, unit_id id, const char *file, char text[TEXT_SIZE])
{
    char path[FILE_SIZE];

    text[0] = '\0';
    file_of(pod, id, file, path);
    if (pod->members[id].has_cgroup)
        cgroup_read(pod->cgroups.root_fd, path, text, TEXT_SIZE);
}

/* The value of the line "KEY VALUE". */
static bool find_key(const char *text, const char *key, uint64_t *ret_number)
{
    size_t length = strlen(key);

    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, length) == 0 && line[length] == ' ') {
            *ret_number = strtoull(line + length, NULL, 10);
            return true;
        }
        if (*line == '\0')
            break;
    }
    return false;
}

/* --- limits --- */

uint64_t cgroup_amount(const struct pod *pod, enum resource resource,
                       const struct resource_value *value)
{
    uint64_t total =
        resource == RESOURCE_TASKS_MAX ? pod->cgroups.tasks_total : pod->cgroups.memory_total;

    if (!value->is_share)
        return value->number;
    if (total == 0 || total == UINT64_MAX)
        return UINT64_MAX;
    return total / SHARE_WHOLE * value->number + total % SHARE_WHOLE * value->number / SHARE_WHOLE;
}

static void format_quota(uint64_t us_per_second, char *text, size_t size)
{
    uint64_t period_us = PERIOD_US, quota_us = us_per_second * PERIOD_US / USEC_PER_SEC;

    if (quota_us < QUOTA_MIN_US) {
        period_us = PERIOD_MAX_US;
        quota_us = us_per_second < QUOTA_MIN_US ? QUOTA_MIN_US : us_per_second;
    }
    snprintf(text, size, "%" PRIu64 " %" PRIu64, quota_us, period_us);
}

/* "MAJOR:MINOR KEY=VALUE" for each device, which is looked for at each start. */
static int write_devices(const struct pod *pod, unit_id id, enum resource resource,
                         const char *file)
{
    static const char *const keys[RESOURCE_COUNT] = {
        [RESOURCE_IO_DEVICE_WEIGHT] = "",        [RESOURCE_IO_READ_BANDWIDTH] = "rbps=",
        [RESOURCE_IO_WRITE_BANDWIDTH] = "wbps=", [RESOURCE_IO_READ_IOPS] = "riops=",
        [RESOURCE_IO_WRITE_IOPS] = "wiops=",
    };
    const struct resource_device *at = pod->set.specs[id]->exec.resources[resource].devices;
    char text[64];
    int error = 0;

    for (; at && error == 0; at = at->next) {
        dev_t device;

        error = block_device_of(at->path, &device);
        if (error < 0)
            break;
        if (at->number == UINT64_MAX)
            snprintf(text, sizeof(text), "%u:%u %smax", major(device), minor(device),
                     keys[resource]);
        else
            snprintf(text, sizeof(text), "%u:%u %s%" PRIu64, major(device), minor(device),
                     keys[resource], at->number);
        error = write_file(pod, id, file, text);
    }
    return error;
}

static int write_limit(const struct pod *pod, unit_id id, enum resource resource,
                       const char **ret_file)
{
    static const char *const files[RESOURCE_COUNT] = {
        [RESOURCE_MEMORY_MIN] = "memory.min",
        [RESOURCE_MEMORY_LOW] = "memory.low",
        [RESOURCE_MEMORY_HIGH] = "memory.high",
        [RESOURCE_MEMORY_MAX] = "memory.max",
        [RESOURCE_MEMORY_SWAP_MAX] = "memory.swap.max",
        [RESOURCE_TASKS_MAX] = "pids.max",
        [RESOURCE_CPU_QUOTA] = "cpu.max",
        [RESOURCE_CPU_WEIGHT] = "cpu.weight",
        [RESOURCE_MEMORY_ZSWAP_MAX] = "memory.zswap.max",
        [RESOURCE_ALLOWED_CPUS] = "cpuset.cpus",
        [RESOURCE_ALLOWED_NODES] = "cpuset.mems",
        [RESOURCE_IO_WEIGHT] = "io.weight",
        [RESOURCE_IO_DEVICE_WEIGHT] = "io.weight",
        [RESOURCE_IO_READ_BANDWIDTH] = "io.max",
        [RESOURCE_IO_WRITE_BANDWIDTH] = "io.max",
        [RESOURCE_IO_READ_IOPS] = "io.max",
        [RESOURCE_IO_WRITE_IOPS] = "io.max",
    };
    const struct resource_value *value = &pod->set.specs[id]->exec.resources[resource];
    uint64_t amount = cgroup_amount(pod, resource, value);
    char text[64];

    if (!value->is_set || !(pod->cgroups.controllers & resource_ability(resource)))
        return 0;
    *ret_file = files[resource];
    if (value->devices)
        return write_devices(pod, id, resource, *ret_file);
    if (value->list)
        return write_file(pod, id, *ret_file, value->list);
    if (resource == RESOURCE_CPU_WEIGHT && amount == 0) {
        *ret_file = "cpu.idle";
        snprintf(text, sizeof(text), "1");
    } else if (resource == RESOURCE_CPU_QUOTA) {
        format_quota(amount, text, sizeof(text));
    } else if (amount == UINT64_MAX) {
        snprintf(text, sizeof(text), "max");
    } else {
        snprintf(text, sizeof(text), "%" PRIu64, amount);
    }
    return write_file(pod, id, *ret_file, text);
}

static int write_limits(const struct pod *pod, unit_id id, const char **ret_file)
{
    int error = 0;

    for (int i = 0; pod->set.specs[id]->exec.resources && i < RESOURCE_COUNT && error == 0; i++)
        error = write_limit(pod, id, (enum resource)i, ret_file);
    if (error < 0 || !(pod->cgroups.controllers & CGROUP_MEMORY) ||
        pod->set.specs[id]->service.oom_policy != OOM_KILL)
        return error;
    *ret_file = "memory.oom.group";
    return write_file(pod, id, *ret_file, "1");
}

/* --- made and removed --- */

/* inotify's number of the watch, or -1. */
static int watch_file(const struct pod *pod, unit_id id, const char *file)
{
    char path[PATH_MAX + FILE_SIZE], below[FILE_SIZE];

    file_of(pod, id, file, below);
    snprintf(path, sizeof(path), "%s/%s", pod->cgroups.directory, below);
    return inotify_add_watch(pod->cgroup_inotify_fd, path, IN_MODIFY);
}

static uint64_t read_kills(const struct pod *pod, unit_id id)
{
    char text[TEXT_SIZE];
    uint64_t kills = 0;

    read_file(pod, id, "memory.events", text);
    (void)find_key(text, "oom_kill", &kills);
    return kills;
}

int cgroup_make(struct pod *pod, unit_id id, int *ret_fd, const char **ret_file)
{
    struct member *member = &pod->members[id];
    char path[FILE_SIZE];
    int error;

    *ret_fd = -1;
    if (pod->cgroups.root_fd < 0)
        return 0;
    *ret_file = "";
    if (!member->has_cgroup) {
        name_of(pod, id, path);
        if (mkdirat(pod->cgroups.root_fd, path, 0755) < 0 && errno != EEXIST)
            return -errno;
        member->has_cgroup = true;
        member->oom_kills = read_kills(pod, id);
        if (pod->cgroups.controllers & CGROUP_MEMORY)
            member->oom_watch = watch_file(pod, id, "memory.events");
    }
    error = write_limits(pod, id, ret_file);
    if (error < 0)
        return error;
    *ret_file = "cgroup.procs";
    file_of(pod, id, *ret_file, path);
    *ret_fd = openat(pod->cgroups.root_fd, path, O_WRONLY | O_CLOEXEC);
    return *ret_fd < 0 ? -errno : 0;
}

/* Services may have made some in theirs. */
static void remove_tree(int parent, const char *name, int depth)
{
    cleanup_fd int directory = -1;
    char entries[4096];
    long length;

    if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno != EBUSY || depth == 0)
        return;
    directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    while (directory >= 0 &&
           (length = syscall(SYS_getdents64, directory, entries, sizeof(entries))) > 0)
        for (long at = 0; at < length;) {
            const struct dirent64 *entry = (const struct dirent64 *)(entries + at);

            if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
                remove_tree(directory, entry->d_name, depth - 1);
            at += entry->d_reclen;
        }
    (void)unlinkat(parent, name, AT_REMOVEDIR);
}

void cgroup_remove(struct pod *pod, unit_id id)
{
    struct member *member = &pod->members[id];
    char name[NAME_SIZE];

    if (!member->has_cgroup || cgroup_is_populated(pod, id))
        return;
    name_of(pod, id, name);
    remove_tree(pod->cgroups.root_fd, name, DEPTH_MAX);
    member->has_cgroup = false;
    member->oom_watch = -1; /* the kernel has taken it back with the file */
}

static void await_empty(const struct pod *pod, unit_id id)
{
    char path[FILE_SIZE], text[TEXT_SIZE];
    struct pollfd events = { .events = POLLPRI };
    cleanup_fd int fd = -1;

    file_of(pod, id, "cgroup.events", path);
    fd = openat(pod->cgroups.root_fd, path, O_RDONLY | O_CLOEXEC);
    events.fd = fd;
    /* A change is one since the last reading. */
    for (int i = 0; i < END_WAIT_MS && fd >= 0; i++) {
        ssize_t length = pread(fd, text, sizeof(text) - 1, 0);

        text[length < 0 ? 0 : length] = '\0';
        if (!strstr(text, "populated 1") || poll(&events, 1, END_WAIT_MS) <= 0)
            return;
    }
}

void cgroup_finish(struct pod *pod)
{
    for (size_t i = 0; i < pod->set.count; i++) {
        if (!pod->members[i].has_cgroup)
            continue;
        if (cgroup_kill(pod, (unit_id)i))
            await_empty(pod, (unit_id)i);
        cgroup_remove(pod, (unit_id)i);
    }
    cgroup_place_leave(&pod->cgroups);
}

/* --- who is in it --- */

bool cgroup_kill(struct pod *pod, unit_id id)
{
    return pod->members[id].has_cgroup && write_file(pod, id, "cgroup.kill", "1") == 0;
}

bool cgroup_is_populated(const struct pod *pod, unit_id id)
{
    char text[TEXT_SIZE];
    uint64_t populated = 0;

    if (!pod->members[id].has_cgroup)
        return false;
    read_file(pod, id, "cgroup.events", text);
    return find_key(text, "populated", &populated) && populated > 0;
}

bool cgroup_await_empty(struct pod *pod, unit_id id)
{
    if (!cgroup_is_populated(pod, id))
        return false;
    (void)watch_file(pod, id, "cgroup.events");
    return cgroup_is_populated(pod, id); /* what changed before is not told */
}

bool cgroup_each(const struct pod *pod, unit_id id, process_callback *call, void *context)
{
    cleanup_fd int fd = -1;
    char path[FILE_SIZE], text[TEXT_SIZE];
    ssize_t length;
    pid_t pid = 0; /* a number may be in two parts */

    if (!pod->members[id].has_cgroup)
        return false;
    file_of(pod, id, "cgroup.procs", path);
    fd = openat(pod->cgroups.root_fd, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    while ((length = read(fd, text, sizeof(text))) > 0)
        for (ssize_t i = 0; i < length; i++) {
            if (text[i] != '\n') {
                pid = pid * 10 + (text[i] - '0');
                continue;
            }
            /* 0 is somebody outside of our PID namespace. */
            if (pid > 1 && !call(context, pid))
                return false;
            pid = 0;
        }
    return length == 0;
}

/* --- out of memory --- */

bool cgroup_tells_oom(const struct pod *pod, unit_id id)
{
    return pod->members[id].has_cgroup && (pod->cgroups.controllers & CGROUP_MEMORY);
}

void cgroup_look_for_oom(struct pod *pod, unit_id id)
{
    struct member *member = &pod->members[id];
    uint64_t kills = read_kills(pod, id), before = member->oom_kills;

    if (!cgroup_tells_oom(pod, id) || kills <= before)
        return;
    member->oom_kills = kills;
    pod_log(pod, 4,
            "%s: the kernel was out of memory and killed %" PRIu64 " process%s of this unit",
            pod_unit_name(pod, id), kills - before, kills - before == 1 ? "" : "es");
    recorder_add(pod, (struct history_entry){ .unit = id, .kind = HISTORY_OOM });
    engine_oom_killed(&pod->engine, id, clock_monotonic_us());
}

/* Also of a memory.events that counts something else: MemoryHigh= throttles. */
static bool is_of_memory(struct pod *pod, int watch)
{
    for (size_t i = 0; i < pod->set.count; i++)
        if (pod->members[i].has_cgroup && pod->members[i].oom_watch == watch) {
            cgroup_look_for_oom(pod, (unit_id)i);
            return true;
        }
    return false;
}

static void events_changed(void *context, uint32_t events)
{
    struct pod *pod = context;
    char buffer[TEXT_SIZE] __attribute__((aligned(__alignof__(struct inotify_event))));
    ssize_t length = read(pod->cgroup_inotify_fd, buffer, sizeof(buffer));
    bool may_be_last = false;

    (void)events;
    for (ssize_t at = 0; at < length;) {
        const struct inotify_event *event = (const struct inotify_event *)(buffer + at);

        if ((event->mask & IN_MODIFY) && !is_of_memory(pod, event->wd))
            may_be_last = true;
        at += (ssize_t)(sizeof(*event) + event->len);
    }
    if (may_be_last)
        (void)kill(getpid(), SIGCHLD); /* reap.c looks */
}

int cgroup_watch(struct pod *pod)
{
    struct loop_source *source; /* lives as long as the loop */

    pod->cgroup_inotify_fd = -1;
    if (pod->cgroups.root_fd < 0)
        return 0;
    pod->cgroup_inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (pod->cgroup_inotify_fd < 0)
        return -errno;
    return loop_add_fd(pod->loop, pod->cgroup_inotify_fd, events_changed, pod, &source);
}

/* --- what is shown --- */

bool cgroup_gauge(const struct pod *pod, unit_id id, enum cgroup_gauge gauge, uint64_t *ret_number)
{
    static const char *const files[] = {
        [CGROUP_MEMORY_CURRENT] = "memory.current",
        [CGROUP_MEMORY_PEAK] = "memory.peak",
        [CGROUP_TASKS_CURRENT] = "pids.current",
        [CGROUP_CPU_NS] = "cpu.stat",
    };
    char text[TEXT_SIZE], *end;

    read_file(pod, id, files[gauge], text);
    if (gauge == CGROUP_CPU_NS) {
        if (!find_key(text, "usage_usec", ret_number))
            return false;
        *ret_number *= 1000;
        return true;
    }
    *ret_number = strtoull(text, &end, 10);
    return end != text;
}

void cgroup_path(const struct pod *pod, unit_id id, char *ret_path)
{
    char name[NAME_SIZE];

    ret_path[0] = '\0';
    if (!pod->members[id].has_cgroup)
        return;
    name_of(pod, id, name);
    snprintf(ret_path, PATH_MAX, "%.*s/%s", PATH_MAX - NAME_SIZE - 2,
             pod->cgroups.directory + pod->cgroups.mount_length, name);
}

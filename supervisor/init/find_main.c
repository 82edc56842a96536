#include "supervisor/init/find_main.h"

#include "supervisor/init/main_process.h"
#include "supervisor/init/track.h"
#include "supervisor/unit/value.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

enum { PID_FILE_SIZE = 64 };

/* A number on the first line; 0 when there is no such file, or not yet. */
static pid_t read_pid_file(const char *path)
{
    /* O_NONBLOCK: a fifo must not hold up PID 1. */
    cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    char text[PID_FILE_SIZE], *line = text;
    struct stat status;
    ssize_t length;
    int pid;

    if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
        return 0;
    length = read(fd, text, sizeof(text) - 1);
    if (length <= 0)
        return 0;
    text[length] = '\0';
    line += strspn(line, " \t");
    line[strcspn(line, " \t\r\n")] = '\0';
    return value_integer(line, 1, INT_MAX, &pid) < 0 ? 0 : pid;
}

static bool is_sought(const struct pod *pod, unit_id id)
{
    return pod->engine.units[id].is_seeking_main && pod->set.specs[id]->service.pid_file;
}

/* Nobody else waits for the same directory any more: it need not be watched. */
static void unwatch(struct pod *pod, unit_id id)
{
    int watch = pod->members[id].pid_file_watch;

    pod->members[id].pid_file_watch = -1;
    if (watch < 0)
        return;
    for (size_t i = 0; i < pod->set.count; i++)
        if (pod->members[i].pid_file_watch == watch)
            return;
    (void)inotify_rm_watch(pod->inotify_fd, watch);
}

/* The directory of the file, or the nearest one above it that is there. */
static int watch_directory(struct pod *pod, const char *path)
{
    char directory[PATH_MAX];
    int watch = -1;

    snprintf(directory, sizeof(directory), "%s", path);
    while (watch < 0) {
        char *slash = strrchr(directory, '/');

        if (!slash)
            return -1;
        slash[slash == directory] = '\0';
        watch = inotify_add_watch(pod->inotify_fd, directory,
                                  IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB |
                                      IN_ONLYDIR);
        if (slash == directory)
            break;
    }
    return watch;
}

static void found(struct pod *pod, unit_id id, pid_t pid)
{
    pid_t before = pod->engine.units[id].main_pid;

    unwatch(pod, id);
    engine_main_found(&pod->engine, id, pid, clock_monotonic_us());
    main_process_changed(pod, id, before);
}

static bool try_pid_file(struct pod *pod, unit_id id)
{
    pid_t pid = read_pid_file(pod->set.specs[id]->service.pid_file);

    if (pid == 0 || main_process_objection(pod, id, pid))
        return false;
    found(pod, id, pid);
    return true;
}

bool find_main_successor(struct pod *pod, unit_id id)
{
    const char *path = pod->set.specs[id]->service.pid_file;
    pid_t before = pod->engine.units[id].main_pid, pid = path ? read_pid_file(path) : 0;

    if (pid == 0 || pid == before || main_process_objection(pod, id, pid))
        return false;
    engine_main_replaced(&pod->engine, id, pid, clock_monotonic_us());
    main_process_changed(pod, id, before);
    return true;
}

static void wait_for_pid_file(struct pod *pod, unit_id id)
{
    const char *path = pod->set.specs[id]->service.pid_file;
    int watch = watch_directory(pod, path);

    if (watch != pod->members[id].pid_file_watch)
        unwatch(pod, id);
    pod->members[id].pid_file_watch = watch;
    /* It may have come while we were looking for a place to watch. */
    if (try_pid_file(pod, id))
        return;
    if (watch < 0) {
        pod_log(pod, 4, "%s: cannot watch for its pid file '%s': %s", pod_unit_name(pod, id), path,
                strerror(errno));
        found(pod, id, 0);
    }
}

void find_main(struct pod *pod, unit_id id, bool may_wait)
{
    pid_t pid;

    if (!pod->set.specs[id]->service.pid_file) {
        pid = track_only_child(pod, id);
        if (pid == 0)
            pod_log(pod, 6, "%s: its main process cannot be guessed", pod_unit_name(pod, id));
        found(pod, id, pid);
    } else if (!try_pid_file(pod, id)) {
        if (may_wait)
            wait_for_pid_file(pod, id);
        else
            found(pod, id, 0);
    }
}

void find_main_cleanup(const struct pod *pod, unit_id id)
{
    const char *path = pod->set.specs[id]->service.pid_file;

    if (path)
        (void)unlink(path);
}

int find_main_open(struct pod *pod)
{
    pod->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    return pod->inotify_fd < 0 ? -errno : 0;
}

void find_main_look(void *context, uint32_t events)
{
    struct pod *pod = context;
    char buffer[4096];

    (void)events;
    /* What exactly happened does not matter: whoever waits looks again. One read, so that a busy
     * directory cannot keep us here. */
    (void)!read(pod->inotify_fd, buffer, sizeof(buffer));
    for (size_t i = 0; i < pod->set.count; i++) {
        if (is_sought(pod, (unit_id)i)) {
            if (!try_pid_file(pod, (unit_id)i))
                wait_for_pid_file(pod, (unit_id)i);
        } else {
            unwatch(pod, (unit_id)i);
        }
    }
}

#include "supervisor/init/children.h"

#include "supervisor/init/limits.h"
#include "supervisor/wire/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int children_open(int *ret_fd)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)syscall(SYS_gettid));
    *ret_fd = open(path, O_RDONLY | O_CLOEXEC);
    return *ret_fd >= 0 || access("/proc/self/stat", R_OK) == 0 ? 0 : -errno;
}

/* --- directories of /proc --- */

/* Calls for each entry that is a number. getdents64 and not readdir(): no allocation in PID 1. */
static bool each_number(int directory, process_callback *call, void *context)
{
    char entries[4096];
    long length;

    while ((length = syscall(SYS_getdents64, directory, entries, sizeof(entries))) > 0)
        for (long at = 0; at < length;) {
            const struct dirent64 *entry = (const struct dirent64 *)(entries + at);

            if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
                !call(context, (pid_t)strtol(entry->d_name, NULL, 10)))
                return false;
            at += entry->d_reclen;
        }
    return length == 0;
}

bool children_everybody(process_callback *call, void *context)
{
    cleanup_fd int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return proc >= 0 && each_number(proc, call, context);
}

/* --- the kernel's lists --- */

/* Numbers with blanks between; the last one of a text that did not fit is cut off. */
static void each_of_list(int fd, process_callback *call, void *context)
{
    static char text[CHILDREN_BUFFER]; /* PID 1 has one thread, and no look is within another */
    size_t room = sizeof(text) - 1, length = 0;
    const char *at = text;
    char *end;
    ssize_t got;

    while (length < room && (got = pread(fd, text + length, room - length, (off_t)length)) > 0)
        length += (size_t)got;
    if (length == room)
        while (length > 0 && text[length - 1] != ' ')
            length--;
    text[length] = '\0';
    for (long pid; (pid = strtol(at, &end, 10)) > 0; at = end)
        if (!call(context, (pid_t)pid))
            return;
}

void children_of_us(int own_fd, process_callback *call, void *context)
{
    if (own_fd >= 0)
        each_of_list(own_fd, call, context);
    else
        (void)children_everybody(call, context);
}

struct threads {
    process_callback *call;
    void *context;
    int tasks; /* /proc/PID/task */
};

static bool each_of_thread(void *context, pid_t thread)
{
    const struct threads *threads = context;
    char path[32];
    cleanup_fd int fd = -1;

    snprintf(path, sizeof(path), "%d/children", (int)thread);
    fd = openat(threads->tasks, path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        each_of_list(fd, threads->call, threads->context);
    return true;
}

/* A child belongs to the thread that forked it, so each thread's list must be read. */
void children_of(pid_t parent, process_callback *call, void *context)
{
    struct threads threads = { .call = call, .context = context };
    char path[32];
    cleanup_fd int tasks = -1;

    snprintf(path, sizeof(path), "/proc/%d/task", (int)parent);
    tasks = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (tasks < 0)
        return;
    threads.tasks = tasks;
    (void)each_number(tasks, each_of_thread, &threads);
}

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

/* What /proc showed at the beginning of a walk; only the single thread of PID 1 uses it. */
static struct {
    struct {
        pid_t pid, parent;
    } list[PROCESSES_MAX];
    size_t count;
} seen;

/* A text that is being written. */
struct text {
    char *bytes;
    size_t size, length;
};

pid_t children_next(const char **at)
{
    char *end;
    long pid = strtol(*at, &end, 10);

    if (end == *at)
        return 0;
    *at = end;
    return (pid_t)pid;
}

int children_open(int *ret_fd)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)syscall(SYS_gettid));
    *ret_fd = open(path, O_RDONLY | O_CLOEXEC);
    return *ret_fd >= 0 || access("/proc/self/stat", R_OK) == 0 ? 0 : -errno;
}

/* --- the kernel's lists --- */

static void read_list(int fd, struct text *text)
{
    size_t room = text->size - text->length - 1, length = 0;
    char *start = text->bytes + text->length;
    ssize_t got;

    while (length < room && (got = pread(fd, start + length, room - length, (off_t)length)) > 0)
        length += (size_t)got;
    if (length == room)
        while (length > 0 && start[length - 1] != ' ')
            length--;
    start[length] = '\0';
    text->length += length;
}

static void read_list_of_thread(int tasks, const char *thread, struct text *text)
{
    char path[NAME_MAX + sizeof("/children")];
    cleanup_fd int fd = -1;

    snprintf(path, sizeof(path), "%s/children", thread);
    fd = openat(tasks, path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        read_list(fd, text);
}

/* A child belongs to the thread that forked it, so each thread's list must be read. */
static void read_lists(pid_t parent, struct text *text)
{
    char path[64], entries[2048];
    cleanup_fd int tasks = -1;
    long length;

    snprintf(path, sizeof(path), "/proc/%d/task", (int)parent);
    tasks = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (tasks < 0)
        return;
    /* getdents64 and not readdir(): no allocation in PID 1. */
    while ((length = syscall(SYS_getdents64, tasks, entries, sizeof(entries))) > 0)
        for (long at = 0; at < length;) {
            const struct dirent64 *entry = (const struct dirent64 *)(entries + at);

            if (entry->d_name[0] != '.')
                read_list_of_thread(tasks, entry->d_name, text);
            at += entry->d_reclen;
        }
}

/* --- all of /proc --- */

/*
 * The fourth field of stat, behind the name of the program, which may contain anything. 0 for one
 * that has ended: as a child it counts no more, and in a storm there are thousands of them.
 */
static pid_t parent_of(pid_t pid)
{
    char path[32], text[512];
    cleanup_fd int fd = -1;
    const char *at;
    ssize_t length;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (length <= 0)
        return 0;
    text[length] = '\0';
    at = strrchr(text, ')');
    if (!at || strlen(at) <= strlen(") S ") || at[strlen(") ")] == 'Z')
        return 0;
    return (pid_t)strtol(at + strlen(") S "), NULL, 10);
}

bool children_everybody(process_callback *call, void *context)
{
    char entries[4096];
    cleanup_fd int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    long length = -1;

    while (proc >= 0 && (length = syscall(SYS_getdents64, proc, entries, sizeof(entries))) > 0)
        for (long at = 0; at < length;) {
            const struct dirent64 *entry = (const struct dirent64 *)(entries + at);

            if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
                !call(context, (pid_t)strtol(entry->d_name, NULL, 10)))
                return false;
            at += entry->d_reclen;
        }
    return length == 0;
}

static bool add_seen(void *context, pid_t pid)
{
    pid_t parent = parent_of(pid);

    (void)context;
    if (parent > 0 && seen.count < ARRAY_SIZE(seen.list)) {
        seen.list[seen.count].pid = pid;
        seen.list[seen.count++].parent = parent;
    }
    return true;
}

void children_look(int own_fd)
{
    seen.count = 0;
    if (own_fd < 0)
        (void)children_everybody(add_seen, NULL);
}

static void write_seen(pid_t parent, struct text *text)
{
    for (size_t i = 0; i < seen.count; i++) {
        int length;

        if (seen.list[i].parent != parent)
            continue;
        length = snprintf(text->bytes + text->length, text->size - text->length, "%d ",
                          (int)seen.list[i].pid);
        if (length < 0 || (size_t)length >= text->size - text->length)
            break;
        text->length += (size_t)length;
    }
    text->bytes[text->length] = '\0';
}

/* --- both --- */

void children_of_us(int own_fd, char *bytes, size_t size)
{
    struct text text = { .bytes = bytes, .size = size };

    if (own_fd >= 0)
        read_list(own_fd, &text);
    else
        write_seen(getpid(), &text);
}

void children_of(int own_fd, pid_t parent, char *bytes, size_t size)
{
    struct text text = { .bytes = bytes, .size = size };

    bytes[0] = '\0';
    if (own_fd >= 0)
        read_lists(parent, &text);
    else
        write_seen(parent, &text);
}

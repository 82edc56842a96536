#include "supervisor/files/search.h"

#include "supervisor/wire/fd.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int report(struct problem_sink *sink, const char *path, int error, const char *text)
{
    struct problem_place place = { .path = path };

    problem_report(sink, PROBLEM_ERROR, &place, NULL, "%s", text);
    return error;
}

int search_open(struct search *search, const char *const *paths, struct problem_sink *sink)
{
    *search = (struct search){ .paths = paths };
    for (; paths[search->count]; search->count++) {
        const char *path = paths[search->count];
        int fd;

        if (search->count == UNIT_FILE_DIRECTORIES_MAX)
            return report(sink, path, -E2BIG,
                          "More than 64 unit directories (UNIT_FILE_DIRECTORIES_MAX)");
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0)
            return report(sink, path, -errno,
                          errno == ENOENT ? "There is no such directory of units"
                                          : strerror(errno));
        search->fds[search->count] = fd;
    }
    return 0;
}

void search_close(struct search *search)
{
    for (size_t i = 0; i < search->count; i++)
        fd_close(search->fds[i]);
    search->count = 0;
    entries_release(&search->folders);
}

bool search_has(const struct search *search, size_t index, const char *directory)
{
    struct stat wanted, status;

    if (fstatat(search->fds[index], directory, &wanted, 0) < 0)
        return false;
    for (size_t i = 0; i < search->count; i++)
        if (fstat(search->fds[i], &status) == 0 && status.st_dev == wanted.st_dev &&
            status.st_ino == wanted.st_ino)
            return true;
    return false;
}

const char *search_path(const struct search *search, const struct entry *entry, struct arena *arena)
{
    const char *directory = search->paths[entry->rank % UNIT_FILE_DIRECTORIES_MAX];
    size_t length = strlen(directory), size = length + strlen(entry->relative) + 2;
    char *path = arena_get(arena, size);

    if (path)
        snprintf(path, size, "%s%s%s", directory,
                 length > 0 && directory[length - 1] == '/' ? "" : "/", entry->relative);
    return path;
}

int search_each(int fd, int (*call)(void *context, const char *name), void *context)
{
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;
    int error = 0;

    if (!stream) {
        error = -errno;
        fd_close(fd);
        return error;
    }
    for (errno = 0; error == 0 && (entry = readdir(stream)); errno = 0)
        error = call(context, entry->d_name);
    if (error == 0)
        error = -errno;
    closedir(stream);
    return error;
}

/* --- lists of names --- */

int entries_add(struct entries *entries, struct entry entry)
{
    if (entries->count == entries->capacity) {
        size_t capacity = entries->capacity ? entries->capacity * 2 : 16;
        struct entry *items = realloc(entries->items, capacity * sizeof(*items));

        if (!items)
            return -ENOMEM;
        entries->items = items;
        entries->capacity = capacity;
    }
    entries->items[entries->count++] = entry;
    return 0;
}

static int entry_compare(const void *a, const void *b)
{
    const struct entry *left = a, *right = b;
    int order = strcmp(left->name, right->name);

    return order ? order : (left->rank > right->rank) - (left->rank < right->rank);
}

void entries_settle(struct entries *entries)
{
    size_t kept = 0;

    if (entries->count > 0)
        qsort(entries->items, entries->count, sizeof(*entries->items), entry_compare);
    for (size_t i = 0; i < entries->count; i++)
        if (kept == 0 || strcmp(entries->items[kept - 1].name, entries->items[i].name) != 0)
            entries->items[kept++] = entries->items[i];
    entries->count = kept;
}

static int name_compare(const void *name, const void *entry)
{
    return strcmp(name, ((const struct entry *)entry)->name);
}

const struct entry *entries_find(const struct entries *entries, const char *name)
{
    if (entries->count == 0)
        return NULL;
    return bsearch(name, entries->items, entries->count, sizeof(*entries->items), name_compare);
}

void entries_release(struct entries *entries)
{
    free(entries->items);
    *entries = (struct entries){ 0 };
}

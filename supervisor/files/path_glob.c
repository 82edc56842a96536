#include "supervisor/files/path_glob.h"

#include "supervisor/wire/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* So that nobody can keep us busy. */
enum {
    BRACES_MAX = 64,          /* alternatives that are tried */
    ENTRIES_MAX = 100 * 1000, /* of directories, for one pattern */
};

/* The path so far, and the directories that are open on the way: its depth is the pattern's. */
struct search {
    char path[PATH_MAX];
    size_t length;
    const char *after; /* only what comes behind this one counts, … */
    char *best;        /* … and the first of those is wanted; NULL: anything will do */
    char *found;       /* that goes here; NULL: nowhere */
    unsigned *entries; /* that have been looked at; NULL: nobody counts */
};

static bool find(struct search *search, const char *pattern);

static bool is_plain(const char *component, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (strchr("*?[\\", component[i]))
            return false;
    return true;
}

/* One more component; false when it does not fit. */
static bool push(struct search *search, const char *name, size_t length)
{
    if (search->length + length + 2 > sizeof(search->path))
        return false;
    memcpy(search->path + search->length, name, length);
    search->length += length;
    search->path[search->length] = '\0';
    return true;
}

static bool try_entry(struct search *search, const char *name, const char *rest)
{
    size_t length = search->length;
    bool is_found = push(search, name, strlen(name)) && find(search, rest);

    search->length = length;
    search->path[length] = '\0';
    return is_found;
}

static bool find_in_directory(struct search *search, const char *component, const char *rest)
{
    char entries[2048];
    cleanup_fd int fd =
        open(search->length ? search->path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    long length;

    if (fd < 0)
        return false;
    while ((length = syscall(SYS_getdents64, fd, entries, sizeof(entries))) > 0)
        for (long at = 0; at < length;) {
            const struct dirent64 *entry = (const struct dirent64 *)(entries + at);

            if (search->entries && ++*search->entries > ENTRIES_MAX)
                return false;
            if (fnmatch(component, entry->d_name, FNM_PERIOD) == 0 &&
                try_entry(search, entry->d_name, rest))
                return true;
            at += entry->d_reclen;
        }
    return false;
}

/* A path that matches: true when that is enough. */
static bool take(struct search *search)
{
    if (search->found)
        memcpy(search->found, search->path, search->length + 1);
    if (!search->best)
        return true;
    if (strcmp(search->path, search->after) > 0 &&
        (search->best[0] == '\0' || strcmp(search->path, search->best) < 0))
        memcpy(search->best, search->path, search->length + 1);
    return false;
}

/* Whether something matches `pattern` below the path so far. */
static bool find(struct search *search, const char *pattern)
{
    size_t slashes = strspn(pattern, "/"), length = strcspn(pattern + slashes, "/");
    char component[NAME_MAX + 1];
    size_t before = search->length;
    struct stat status;
    bool is_found;

    if (pattern[0] == '\0')
        return lstat(search->path, &status) == 0 && take(search);
    if (slashes > 0 && !push(search, "/", 1))
        return false;
    pattern += slashes;
    if (length == 0) {
        is_found = stat(search->path, &status) == 0 && S_ISDIR(status.st_mode) && take(search);
    } else if (is_plain(pattern, length)) {
        is_found = push(search, pattern, length) && find(search, pattern + length);
    } else {
        if (length >= sizeof(component))
            return false;
        memcpy(component, pattern, length);
        component[length] = '\0';
        is_found = find_in_directory(search, component, pattern + length);
    }
    search->length = before;
    search->path[before] = '\0';
    return is_found;
}

/* Where the bracket that opens at `open` closes; NULL: nowhere. */
static const char *closing(const char *open)
{
    int depth = 0;

    for (const char *at = open; *at; at++) {
        depth += *at == '{';
        depth -= *at == '}';
        if (depth == 0)
            return at;
    }
    return NULL;
}

/* The end of an alternative that begins at `at`: its comma or the last bracket. */
static const char *alternative_end(const char *at, const char *close)
{
    int depth = 0;

    for (; at < close; at++) {
        if (*at == ',' && depth == 0)
            return at;
        depth += *at == '{';
        depth -= *at == '}';
    }
    return close;
}

/* How far an attempt has got. */
struct attempt {
    unsigned tries, entries;
    char *found;
};

static bool exists(const char *pattern, struct attempt *attempt)
{
    const char *open = strchr(pattern, '{'), *close = open ? closing(open) : NULL;
    struct search search = { .found = attempt->found, .entries = &attempt->entries };
    char expanded[PATH_MAX];

    if (++attempt->tries > BRACES_MAX)
        return false;
    if (!close || strncmp(open, "{}", 2) == 0)
        return find(&search, pattern);
    for (const char *at = open + 1; at <= close;) {
        const char *end = alternative_end(at, close);
        int length = snprintf(expanded, sizeof(expanded), "%.*s%.*s%s", (int)(open - pattern),
                              pattern, (int)(end - at), at, close + 1);

        if (length > 0 && (size_t)length < sizeof(expanded) && exists(expanded, attempt))
            return true;
        at = end + 1;
    }
    return false;
}

int path_glob_find(const char *pattern, char *ret_path)
{
    struct attempt attempt = { .found = ret_path };

    if (exists(pattern, &attempt))
        return 1;
    return attempt.entries > ENTRIES_MAX ? -E2BIG : 0;
}

bool path_glob_next(const char *pattern, char *path)
{
    char best[PATH_MAX] = "";
    struct search search = { .length = 0, .after = path, .best = best };

    (void)find(&search, pattern);
    if (best[0] != '\0')
        memcpy(path, best, sizeof(best));
    return best[0] != '\0';
}

#ifndef REEVE_FILES_SEARCH_H
#define REEVE_FILES_SEARCH_H

/* The directories of units, opened, and lists of the names that were found in them. Internal to
 * unit_files.c and its folders. */

#include "supervisor/files/unit_files.h"

/* A file that was found, in the order of importance. */
struct entry {
    const char *name;     /* without directories: what is sorted and compared */
    const char *relative; /* below the directory */
    size_t rank; /* the smaller is the more important; % UNIT_FILE_DIRECTORIES_MAX: the directory */
    const char *alias_of; /* the name that a symlink leads to; NULL for a file of its own */
};

struct entries {
    struct entry *items; /* malloc'ed; the strings are in an arena */
    size_t count, capacity;
};

struct search {
    const char *const *paths; /* NULL-terminated, the most important first */
    int fds[UNIT_FILE_DIRECTORIES_MAX];
    size_t count;
    struct entries
        folders; /* NAME.d, NAME.wants and the like, by name, of any of the directories */
};

int entries_add(struct entries *entries, struct entry entry) MUST_CHECK;
/* Sorts by name and keeps the most important of each. */
void entries_settle(struct entries *entries);
/* In settled entries; NULL when there is none. */
const struct entry *entries_find(const struct entries *entries, const char *name);
void entries_release(struct entries *entries);

/* 0, or as unit_files_load() (reported). search_close() is due in any case. */
int search_open(struct search *search, const char *const *paths,
                struct problem_sink *sink) MUST_CHECK;
void search_close(struct search *search);

/* Whether the directory, seen from the open one at `index`, is itself one of those. */
bool search_has(const struct search *search, size_t index, const char *directory);

/* "DIRECTORY/RELATIVE" of an entry, for people; NULL without memory. */
const char *search_path(const struct search *search, const struct entry *entry,
                        struct arena *arena);

/* Calls for each name in the open directory; takes the descriptor. The first error ends it. */
int search_each(int fd, int (*call)(void *context, const char *name), void *context) MUST_CHECK;

#endif

#ifndef REEVE_FILES_FOLDERS_H
#define REEVE_FILES_FOLDERS_H

/* The folders that go with a unit: NAME.d/ with its drop-ins, NAME.wants/ and the like with their
 * links. Internal to unit_files.c. */

#include "supervisor/files/search.h"

/*
 * What the folders of that suffix (".d", ".wants" …) hold, for a unit of these names (its own, then
 * its aliases; NULL-terminated), settled: of each file name the most important. Only "*.conf" when
 * the suffix is ".d". 0 or -ENOMEM.
 */
int folders_read(const struct search *search, const char *const *names, const char *suffix,
                 struct arena *arena, struct entries *ret_entries) MUST_CHECK;

/* Whether a name found in a directory of units is that of such a folder, of whatever unit. */
bool folder_is_one(const char *name);

enum { UNIT_LINKS_MAX = 1024 }; /* entries of one unit's .wants, .requires and .upholds */

struct links {
    struct unit_link items[UNIT_LINKS_MAX];
    size_t count;
};

/* What .wants/, .requires/ and .upholds/ of a unit ask for; odd entries are reported and passed
 * over. 0 or -ENOMEM. */
int links_read(const struct search *search, const char *const *names, struct arena *arena,
               struct problem_sink *sink, struct links *ret_links) MUST_CHECK;

#endif

#ifndef REEVE_FILES_ALIASES_H
#define REEVE_FILES_ALIASES_H

/*
 * Second names of units: systemd.unit(5). A symlink to a unit of another name in one of the unit
 * directories is an alias; a symlink that leads out of them is a unit whose file lies elsewhere.
 * Alias= in [Install] only says what `systemctl enable` would link. Internal to unit_files.c.
 */

#include "supervisor/files/search.h"

/* Sets entry->alias_of. 0 or -ENOMEM. */
int alias_find(const struct search *search, struct entry *entry, struct arena *arena) MUST_CHECK;

/* Whether systemd would take it: one that it would not leads nowhere. */
bool alias_is_good(const struct entry *entry);

/* The name of the unit itself, which may be an instance without a file, in a buffer of
 * UNIT_NAME_MAX + 1; false when the aliases go round in a circle. */
bool alias_resolve(const struct entries *units, const char *name, char *buffer);

/* Behind names[0], a unit's own, the others that lead to it, `room` of them at most, and a NULL. Of
 * a template, each other name stands for one of the instance, too. 0 or -ENOMEM. */
int aliases_of(const struct entries *units, struct arena *arena, const char **names,
               size_t room) MUST_CHECK;

#endif

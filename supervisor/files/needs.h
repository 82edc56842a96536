#ifndef REEVE_FILES_NEEDS_H
#define REEVE_FILES_NEEDS_H

/* What a unit needs around it: judged alike by PID 1 before it starts anything and by `reevectl
 * verify`. */

#include "supervisor/unit/unit_set.h"

/* StateDirectory= and its kin, but the configuration, as absolute paths in the arena of the set;
 * for the sandbox plan. NULL on lack of memory. */
string_list needs_directories(struct unit_set *set, size_t id) MUST_CHECK;

/* Whether the unit is to get any; and where those of all units are seen, in the arena of the set:
 * NULL when no unit of it gets any. 0 or -ENOMEM. */
bool needs_credentials(const struct unit_spec *spec);
int needs_credentials_directory(struct unit_set *set, const char **ret) MUST_CHECK;

/* Whether both run as the same user; `is_free`: each as the one that it names. */
bool needs_same_user(const struct unit_spec *one, const struct unit_spec *other, bool is_free);
/* Whether another service of the set, helpers of reeve aside, runs as the same user. */
bool needs_shared_user(const struct unit_set *set, size_t id, bool is_free);

/*
 * Whether the programs of its Exec…= and its working directory are there; what is not is reported.
 * An error is what would fail for sure; a missing program of ExecCondition= or ExecReload= is a
 * warning, since the unit may do without. `own_directory` is that of programs_find(). Returns the
 * exit status that the first error would have, or 0.
 */
int needs_check(const struct unit_spec *spec, const char *own_directory,
                struct problem_sink *sink) MUST_CHECK;

#endif

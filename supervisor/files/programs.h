#ifndef REEVE_FILES_PROGRAMS_H
#define REEVE_FILES_PROGRAMS_H

/* Where a program is that a unit names without its path. */

#include "supervisor/unit/unit_spec.h"

/* Of the running program: what lies beside it is found first. `buffer` holds PATH_MAX. */
const char *programs_own_directory(char *buffer);

/*
 * Looks beside reeve itself (`own_directory`), then along systemd's fixed search path; a path is
 * taken as it is. 0 and *ret_path (PATH_MAX), or -ENOENT, -EACCES and the like.
 */
int programs_find(const char *own_directory, const char *name, char *ret_path) MUST_CHECK;
/* The same for a command of a unit, which may be meant in its RootDirectory=: then *ret_path is a
 * path in there, and what links of there lead to is not looked at. */
int programs_find_command(const struct exec_spec *exec, const struct exec_command *command,
                          const char *own_directory, char *ret_path) MUST_CHECK;

#endif

#ifndef REEVE_FILES_PROGRAMS_H
#define REEVE_FILES_PROGRAMS_H

/* Where a program is that a unit names without its path. */

#include "supervisor/unit/macro.h"

/* Of the running program: what lies beside it is found first. `buffer` holds PATH_MAX. */
const char *programs_own_directory(char *buffer);

/*
 * Looks beside reeve itself (`own_directory`), then along systemd's fixed search path; a path is
 * taken as it is. 0 and *ret_path (PATH_MAX), or -ENOENT, -EACCES and the like.
 */
int programs_find(const char *own_directory, const char *name, char *ret_path) MUST_CHECK;

#endif

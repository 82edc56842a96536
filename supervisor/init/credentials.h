#ifndef REEVE_INIT_CREDENTIALS_H
#define REEVE_INIT_CREDENTIALS_H

/*
 * Credentials of units (systemd.exec(5), CREDENTIALS), as far as PID 1 has to do with them: where
 * they are seen, and taking away those that lie in a directory. They are read and written by the
 * children themselves (sandbox/credentials.h).
 */

#include "supervisor/init/pod.h"

/* Whether the command gets those of its unit. As in systemd, those that start it do; but for "+",
 * which has no sandbox to have them in. */
bool credentials_are_for(const struct unit_spec *spec, const struct exec_command *command);

/* The directory for all units. 0 or a negative errno. */
int credentials_make_place(const struct pod *pod) MUST_CHECK;

/* Those of the unit that lie in it, if any do. */
void credentials_remove(struct pod *pod, unit_id id);

#endif

#ifndef REEVE_FILES_IDENTITY_H
#define REEVE_FILES_IDENTITY_H

/*
 * User=, Group= and SupplementaryGroups= of a unit, looked up when it is loaded. /etc/passwd and
 * /etc/group are read as files: no name service, which could block or lie, is asked.
 */

#include "sandbox/identity.h"
#include "supervisor/unit/arena.h"
#include "supervisor/unit/problem.h"
#include "supervisor/unit/unit_spec.h"

struct identity {
    struct sandbox_identity ids;
    /* For the environment; NULL: nothing to say (systemd.exec(5), SetLoginEnvironment=). */
    const char *user, *home, *shell;
};

/*
 * In the arena; *ret is NULL when the unit says nothing about it. As in systemd, a user brings its
 * group and those that list it in /etc/group. A number needs no entry; then it is the group's, too.
 *
 * -ESRCH: a user that is nobody, -ENXIO: a group that is none, reported; with `sink` NULL it stands
 * for (uid_t)-1 instead, which is nobody's. -ENOMEM.
 */
int identity_find(const struct unit_spec *spec, struct arena *arena, struct problem_sink *sink,
                  struct identity **ret) MUST_CHECK;

#endif

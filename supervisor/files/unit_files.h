#ifndef REEVE_FILES_UNIT_FILES_H
#define REEVE_FILES_UNIT_FILES_H

/*
 * Unit files from directories into a unit set: which files make up a unit is decided here, what
 * they say in supervisor/unit. Rules of systemd.unit(5):
 *
 * - NAME.service and NAME.target; the first directory that has the name wins.
 * - Drop-ins: *.conf of NAME.d/, of the template's ("a@b.service": "a@.service.d/"), of the ".d" of
 *   each shorter prefix ("a-b.service" also reads "a-.service.d/"), of those with the instance and
 *   of the kind's ("service.d/"), in all directories; sorted by file name; of equal names the first
 *   in the order just given wins, the directory before the kind of name; but those of a kind come
 *   last.
 * - An empty fragment, or a symlink to /dev/null, masks the unit; likewise a drop-in of that name.
 * - A symlink from one unit directory to a unit of another name in one of them is an alias of it;
 * one that leads elsewhere is a unit whose file lies there. Alias= in [Install] has no effect here.
 * - "a@.service" is a template. An instance is loaded when it has a file of its own, when any unit
 *   names it in a dependency, or when `wanted` does.
 * - NAME.wants/, NAME.requires/ and NAME.upholds/, found as drop-ins are, hold symlinks whose names
 *   are dependencies; an empty entry, or one to /dev/null, masks that of a less important
 * directory.
 *
 * A file that is no regular file (a fifo, a socket, a device) is reported and never waited for.
 */

#include "supervisor/unit/unit_set.h"

enum {
    UNIT_FILE_SIZE_MAX = 1024 * 1024, /* bytes of one fragment or drop-in */
    UNIT_FILES_MAX = 4096,            /* units of a pod */
    UNIT_DROP_INS_MAX = 256,          /* drop-ins of one unit */
    UNIT_FILE_DIRECTORIES_MAX = 64,   /* directories to read */
};

/*
 * `directories` is NULL-terminated, the most important first; so is `wanted`, of names that may be
 * instances, or NULL. Adds all units in the order of their names, then the instances that somebody
 * names; what is wrong with a unit goes to the sink, and the others are still read. 0, -ENOENT when
 * a directory is missing (reported), -E2BIG past a limit (reported), -ENOMEM, or another negative
 * errno of a directory that cannot be read (reported).
 */
int unit_files_load(const char *const *directories, const char *const *wanted, struct unit_set *set,
                    struct problem_sink *sink) MUST_CHECK;

enum { UNIT_FILE_DEFAULTS = 3 };

/* Where units are without --units: the standard places, as far as they exist; the last one when
 * none does, to be named. `buffer` holds UNIT_FILE_DEFAULTS + 1. */
const char *const *unit_files_directories(const char **buffer);

#endif

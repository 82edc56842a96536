#ifndef REEVE_INIT_PATH_WATCH_H
#define REEVE_INIT_PATH_WATCH_H

/*
 * What path units wait for (systemd.path(5)): it is looked for, and watched by inotify(7), as the
 * engine asks by ACTION_WATCH. One inotify descriptor for each path unit that waits, and none for
 * one that does not; a pod without path units has nothing of this (adr/0028).
 *
 * A path is watched with all directories on the way to it, so that one that is not there yet is
 * seen when it comes, and one that is replaced is found again. inotify(7) tells of what this
 * kernel does to a file; changes on another machine of a network file system it does not see.
 */

#include "supervisor/unit/engine.h"

struct path_watch;
struct pod;

/* One for each path unit of the set, NULL-terminated; NULL when there is none. 0 or -ENOMEM. */
int path_watches_new(struct pod *pod, const struct unit_set *set,
                     struct path_watch ***ret_watches) MUST_CHECK;
void path_watches_free(struct path_watch **watches);
/* For a reload: keeps what path_watch_found() says. */
void path_watches_adopt(struct path_watch **watches, const struct unit_set *set,
                        struct path_watch *const *old, const struct unit_set *old_set);

void path_watch_perform(struct pod *pod, unit_id id, enum path_watch_task task);

/* $TRIGGER_PATH: what it found last; "" before that. */
const char *path_watch_found(const struct pod *pod, unit_id id);

#endif

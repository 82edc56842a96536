#ifndef REEVE_INIT_RUBBISH_H
#define REEVE_INIT_RUBBISH_H

/*
 * Trees that are to go. PID 1 only renames: what was at `path` is gone from there at once, so that
 * the next start of a unit cannot meet it, and a child that nobody waits for takes it apart.
 */

#include "supervisor/init/pod.h"

/* Into a directory of ours on the same file system. 0, -ENOENT, or another negative errno: then it
 * has stayed where it was. */
int rubbish_take(struct pod *pod, const char *path, const char *directory) MUST_CHECK;

/* Takes apart what is at `path` itself: for the end, when nobody waits for PID 1 any more. */
void rubbish_clear(const char *path);

#endif

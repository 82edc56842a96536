#ifndef REEVE_FILES_PATH_GLOB_H
#define REEVE_FILES_PATH_GLOB_H

/* glob(3) without its memory: components with "*?[" are looked up, directory by directory. */

#include <stdbool.h>

/*
 * Any path that matches the pattern, in which "{a,b}" stands for either: 1, 0 when there is none,
 * or -E2BIG when the directories have so many entries that the rest was not looked at. `ret_path`
 * has PATH_MAX bytes; NULL: it does not matter which.
 */
int path_glob_find(const char *pattern, char *ret_path);

/*
 * The paths that match, in the order of strcmp(3): `path` (PATH_MAX bytes) is the one before, ""
 * at first, and becomes the next one; false at the end. Without "{a,b}".
 */
bool path_glob_next(const char *pattern, char *path);

#endif

#ifndef REEVE_FILES_PATH_GLOB_H
#define REEVE_FILES_PATH_GLOB_H

/* glob(3) without its memory: components with "*?[" are looked up, directory by directory. */

#include <stdbool.h>

/* Whether a path matches the pattern, in which "{a,b}" stands for either. */
bool path_glob_exists(const char *pattern);

/*
 * The paths that match, in the order of strcmp(3): `path` (PATH_MAX bytes) is the one before, ""
 * at first, and becomes the next one; false at the end. Without "{a,b}".
 */
bool path_glob_next(const char *pattern, char *path);

#endif

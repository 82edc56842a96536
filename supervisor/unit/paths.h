#ifndef REEVE_UNIT_PATHS_H
#define REEVE_UNIT_PATHS_H

/* Paths as text; nothing is looked up. */

#include <stdbool.h>

/* Takes out "//", "/./" and a "/" at the end, in place. False when there is a "..", which stays. */
bool path_simplify(char *path);

#endif

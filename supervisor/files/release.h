#ifndef REEVE_FILES_RELEASE_H
#define REEVE_FILES_RELEASE_H

/* Files of KEY=value lines in the way of a shell: os-release(5), machine-info(5). */

/* malloc'ed: the last value of the key; "" without one, or without such a file; NULL without
 * memory. */
char *release_value(const char *path, const char *key);

#endif

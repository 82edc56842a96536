#ifndef REEVE_INIT_CHILDREN_H
#define REEVE_INIT_CHILDREN_H

/*
 * Who is whose child. A kernel with CONFIG_PROC_CHILDREN lists them; below others all of /proc is
 * looked at, once per walk, which costs more and tells the same.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>
#include <sys/types.h>

/* Opens the list of our own children. Sets *ret_fd to -1 where the kernel has none; then a negative
 * errno means that /proc cannot be read either. */
int children_open(int *ret_fd) MUST_CHECK;

/* Begins a walk: without the kernel's lists (own_fd -1), /proc is read now. */
void children_look(int own_fd);

/*
 * Writes the children of a process as numbers with blanks between, and a NUL behind. What does not
 * fit is left out, but not half a number: the next look, when some of them have gone, shows the
 * rest.
 */
void children_of_us(int own_fd, char *text, size_t size);
void children_of(int own_fd, pid_t parent, char *text, size_t size);

/* Calls for each process that /proc shows, also for ourselves, as long as the call returns true;
 * whether all have been seen. */
typedef bool process_callback(void *context, pid_t pid);
bool children_everybody(process_callback *call, void *context);

/* The next number of such a text; 0 at its end. */
pid_t children_next(const char **at);

#endif

#ifndef REEVE_INIT_CHILDREN_H
#define REEVE_INIT_CHILDREN_H

/*
 * Who is there. A kernel with CONFIG_PROC_CHILDREN lists the children of each process; below others
 * only all of /proc can be looked at. The calls come in the order of the list, zombies included;
 * a call that returns false ends the look.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>
#include <sys/types.h>

typedef bool process_callback(void *context, pid_t pid);

/* Opens the list of our own children. Sets *ret_fd to -1 where the kernel has none; then a negative
 * errno means that /proc cannot be read either. */
int children_open(int *ret_fd) MUST_CHECK;

/*
 * Our own children; without the kernel's lists (own_fd -1), everybody in /proc. Of a list of more
 * than CHILDREN_BUFFER bytes the end is left out: the next look, when some have gone, shows it.
 */
void children_of_us(int own_fd, process_callback *call, void *context);

/* The children of another process. Only where there are the kernel's lists. */
void children_of(pid_t parent, process_callback *call, void *context);

/* Everybody in /proc, ourselves included; whether all have been seen. */
bool children_everybody(process_callback *call, void *context);

#endif

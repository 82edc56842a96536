#ifndef REEVE_UNIT_SPECIAL_H
#define REEVE_UNIT_SPECIAL_H

/*
 * Units that stand for what a container has when it starts: its file systems, its network, names
 * and time (systemd.special(7)). Unit files of a distribution are ordered after them or require
 * them, and systemd, who brings them, is not there. Without a file of that name in the unit
 * directories they are there from the beginning and for as long as the pod.
 */

#include <stdbool.h>

bool special_is_there(const char *name);

#endif

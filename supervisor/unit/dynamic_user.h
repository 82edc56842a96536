#ifndef REEVE_UNIT_DYNAMIC_USER_H
#define REEVE_UNIT_DYNAMIC_USER_H

/*
 * DynamicUser=: names and numbers of users that nobody has made (adr/0019). Both follow from the
 * unit's name, and are those that systemd chooses first (src/core/unit.c and dynamic-user.c of
 * release 257), so that a state directory belongs to the same user everywhere and at every start.
 */

#include "supervisor/unit/unit_set.h"

enum {
    DYNAMIC_UID_MIN = 61184, /* 0xef00; systemd.exec(5) */
    DYNAMIC_UID_MAX = 65519, /* 0xffef */
    DYNAMIC_NAME_SIZE = 32,
};

/* What is before "@" or the suffix, or "_du" and a hash of it where that cannot name a user. */
void dynamic_user_name(const char *unit_name, char ret_name[DYNAMIC_NAME_SIZE]);

/* The number of a user of that name, and of a group. */
uint32_t dynamic_user_number(const char *name);

/* Whoever has DynamicUser= gets a number; of two names with the same one, the later gets the next
 * that is free. */
void dynamic_users_settle(struct unit_set *set);

#endif

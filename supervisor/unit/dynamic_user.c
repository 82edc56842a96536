#include "supervisor/unit/dynamic_user.h"

#include "supervisor/unit/siphash.h"

#include <stdio.h>
#include <string.h>

/* --- names and numbers --- */

/* What every program takes for the name of a user: valid_user_group_name() of systemd. */
static bool is_strict_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    size_t length = strlen(name);

    return length > 0 && length < DYNAMIC_NAME_SIZE && strchr(letters, name[0]) &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789-") ==
               length;
}

void dynamic_user_name(const char *unit_name, char ret_name[DYNAMIC_NAME_SIZE])
{
    static const struct siphash_key key = { 0x964e5828e6af1a58, 0xec07928c3bf54eb4 };
    char prefix[UNIT_NAME_MAX + 1];
    const char *at = strchr(unit_name, '@'), *end = at ? at : strrchr(unit_name, '.');

    snprintf(prefix, sizeof(prefix), "%.*s", (int)(end - unit_name), unit_name);
    if (is_strict_name(prefix))
        snprintf(ret_name, DYNAMIC_NAME_SIZE, "%.31s", prefix);
    else
        snprintf(ret_name, DYNAMIC_NAME_SIZE, "_du%016llx",
                 (unsigned long long)siphash(prefix, strlen(prefix), key));
}

uint32_t dynamic_user_number(const char *name)
{
    static const struct siphash_key key = { 0xf548cecf317e5337, 0x59ecd98d5739bb8a };

    return (uint32_t)siphash(name, strlen(name), key) % (DYNAMIC_UID_MAX - DYNAMIC_UID_MIN + 1) +
           DYNAMIC_UID_MIN;
}

/* --- all of a pod --- */

/* A unit before this one that has the number under another name. */
static bool is_taken(const struct unit_set *set, size_t index, uint32_t number)
{
    for (size_t i = 0; i < index; i++) {
        const struct exec_spec *other = &set->specs[i]->exec;

        if (other->dynamic_user && other->dynamic_number == number &&
            strcmp(other->user, set->specs[index]->exec.user) != 0)
            return true;
    }
    return false;
}

void dynamic_users_settle(struct unit_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        struct exec_spec *exec = &set->specs[i]->exec;
        uint32_t number;

        if (!exec->dynamic_user)
            continue;
        number = dynamic_user_number(exec->user);
        while (is_taken(set, i, number))
            number = number == DYNAMIC_UID_MAX ? DYNAMIC_UID_MIN : number + 1;
        exec->dynamic_number = number;
    }
}

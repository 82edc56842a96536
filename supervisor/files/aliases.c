#include "supervisor/files/aliases.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ALIAS_DEPTH_MAX = 8 }; /* of aliases of aliases */

/* "@x.service" of "foo@x.service"; "@.service" of a template, "" of a plain name. */
static const char *tail(const char *name)
{
    const char *at = strchr(name, '@');

    return at ? at : "";
}

/*
 * Plain names are aliases of plain names and instances; an instance is one of the same instance or
 * of a template, from which it then is made; a template is one of a template.
 */
static bool fits(const char *alias, const char *target)
{
    if (strcmp(strrchr(alias, '.'), strrchr(target, '.')) != 0)
        return false;
    if (unit_name_is_template(alias))
        return unit_name_is_template(target);
    if (!strchr(alias, '@'))
        return !unit_name_is_template(target);
    return unit_name_is_template(target) || strcmp(tail(alias), tail(target)) == 0;
}

/* The directory of a symlink's target, which is spoilt; "." for a plain name. */
static const char *directory_of(char *target, const char *base)
{
    if (base == target)
        return ".";
    target[base - target - (base - target > 1)] = '\0';
    return target[0] ? target : "/";
}

int alias_find(const struct search *search, struct entry *entry, struct arena *arena)
{
    char target[PATH_MAX], template[UNIT_NAME_MAX + 1];
    ssize_t length =
        readlinkat(search->fds[entry->rank], entry->relative, target, sizeof(target) - 1);
    const char *base, *name;

    if (length < 0)
        return 0;
    target[length] = '\0';
    base = strrchr(target, '/') ? strrchr(target, '/') + 1 : target;
    if (!unit_name_is_valid(base) || strcmp(base, entry->name) == 0 ||
        (unit_name_to_template(entry->name, template) && strcmp(base, template) == 0))
        return 0;
    name = arena_string(arena, base);
    if (!name)
        return -ENOMEM;
    if (!search_has(search, entry->rank, directory_of(target, base)))
        return 0;
    entry->alias_of = name;
    return 0;
}

/* One step; false when the name is nobody's alias. */
static bool follow(const struct entries *units, const char *name, char *buffer)
{
    char template[UNIT_NAME_MAX + 1];
    const struct entry *entry = entries_find(units, name);
    bool is_own = entry != NULL;

    if (!entry && unit_name_to_template(name, template))
        entry = entries_find(units, template);
    if (!entry || !entry->alias_of || !fits(entry->name, entry->alias_of))
        return false;
    if (unit_name_is_template(entry->alias_of) && (strchr(name, '@') || !is_own))
        return unit_name_instantiate(entry->alias_of, name, buffer);
    snprintf(buffer, UNIT_NAME_MAX + 1, "%s", entry->alias_of);
    return true;
}

bool alias_resolve(const struct entries *units, const char *name, char *buffer)
{
    char next[UNIT_NAME_MAX + 1];

    snprintf(buffer, UNIT_NAME_MAX + 1, "%s", name);
    for (int depth = 0; depth < ALIAS_DEPTH_MAX; depth++) {
        if (!follow(units, buffer, next))
            return true;
        memcpy(buffer, next, sizeof(next));
    }
    return false;
}

/* What the alias is called when it leads to that unit; false when it does not. */
static bool name_for(const struct entries *units, const struct entry *entry, const char *unit,
                     char *buffer)
{
    char resolved[UNIT_NAME_MAX + 1];

    if (!entry->alias_of)
        return false;
    snprintf(buffer, UNIT_NAME_MAX + 1, "%s", entry->name);
    /* An instance with a file of its own is somebody else's. */
    if (unit_name_is_template(entry->name) &&
        (!strchr(unit, '@') || !unit_name_instantiate(entry->name, unit, buffer) ||
         entries_find(units, buffer)))
        return false;
    return alias_resolve(units, buffer, resolved) && strcmp(resolved, unit) == 0;
}

int aliases_of(const struct entries *units, struct arena *arena, const char **names, size_t room)
{
    char name[UNIT_NAME_MAX + 1];
    size_t count = 1;

    for (size_t i = 0; i < units->count && count <= room; i++)
        if (name_for(units, &units->items[i], names[0], name)) {
            names[count] = arena_string(arena, name);
            if (!names[count++])
                return -ENOMEM;
        }
    names[count] = NULL;
    return 0;
}

bool alias_is_good(const struct entry *entry)
{
    return fits(entry->name, entry->alias_of);
}

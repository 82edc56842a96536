#include "supervisor/unit/unit_name.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Letters, digits and ":-_.\" around at most one "@", and a suffix. */
static bool is_spelt_well(const char *name)
{
    const char *dot = strrchr(name, '.'), *at = strchr(name, '@');

    if (!dot || dot == name || at == name || strlen(name) > UNIT_NAME_MAX)
        return false;
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr(":-_.\\@", *c))
            return false;
    return !at || at < dot;
}

bool unit_name_parse(const char *name, enum unit_kind *ret_kind)
{
    static const struct {
        const char *suffix;
        enum unit_kind kind;
    } kinds[] = { { ".service", UNIT_SERVICE },
                  { ".target", UNIT_TARGET },
                  { ".path", UNIT_PATH } };

    if (!is_spelt_well(name) || unit_name_is_template(name))
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (strcmp(strrchr(name, '.'), kinds[i].suffix) == 0) {
            *ret_kind = kinds[i].kind;
            return true;
        }
    return false;
}

bool unit_name_is_valid(const char *name)
{
    static const char *const suffixes[] = { ".service", ".target", ".socket", ".timer",
                                            ".path",    ".mount",  ".slice",  ".automount",
                                            ".swap",    ".scope",  ".device" };

    for (size_t i = 0; is_spelt_well(name) && i < ARRAY_SIZE(suffixes); i++)
        if (strcmp(strrchr(name, '.'), suffixes[i]) == 0)
            return true;
    return false;
}

bool unit_name_is_template(const char *name)
{
    const char *at = strchr(name, '@');

    return at && at + 1 == strrchr(name, '.');
}

bool unit_name_to_template(const char *name, char *buffer)
{
    const char *at = strchr(name, '@'), *dot = strrchr(name, '.');

    if (!at || !dot || dot <= at + 1 || strlen(name) > UNIT_NAME_MAX)
        return false;
    snprintf(buffer, UNIT_NAME_MAX + 1, "%.*s%s", (int)(at - name) + 1, name, dot);
    return true;
}

bool unit_name_instantiate(const char *template, const char *user, char *buffer)
{
    const char *user_at = strchr(user, '@'), *user_dot = strrchr(user, '.');
    const char *instance = user_at ? user_at + 1 : user, *dot = strrchr(template, '.');
    int length;

    if (!user_dot || !unit_name_is_template(template))
        return false;
    length = snprintf(buffer, UNIT_NAME_MAX + 1, "%.*s%.*s%s", (int)(dot - template), template,
                      (int)(user_dot - instance), instance, dot);
    return length <= UNIT_NAME_MAX;
}

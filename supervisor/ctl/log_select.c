#include "supervisor/ctl/log_select.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

static int read_priority(const char *text, size_t length, uint8_t *ret_priority)
{
    static const char *const names[][2] = {
        { "emerg", "panic" },  { "alert", "" },  { "crit", "" }, { "err", "error" },
        { "warning", "warn" }, { "notice", "" }, { "info", "" }, { "debug", "" },
    };

    if (length == 1 && text[0] >= '0' && text[0] <= '7') {
        *ret_priority = (uint8_t)(text[0] - '0');
        return 0;
    }
    for (size_t i = 0; length > 0 && i < ARRAY_SIZE(names); i++)
        for (size_t k = 0; k < 2; k++)
            if (strlen(names[i][k]) == length && strncmp(text, names[i][k], length) == 0) {
                *ret_priority = (uint8_t)i;
                return 0;
            }
    return -EINVAL;
}

int log_select_priority(struct log_select *select, const char *text)
{
    const char *dots = strstr(text, "..");
    uint8_t from = 0, to;

    if (!dots) {
        if (read_priority(text, strlen(text), &to) < 0)
            return -EINVAL;
    } else if (read_priority(text, (size_t)(dots - text), &from) < 0 ||
               read_priority(dots + 2, strlen(dots + 2), &to) < 0) {
        return -EINVAL;
    }
    select->highest_priority = from < to ? from : to;
    select->lowest_priority = from < to ? to : from;
    return 0;
}

bool log_select_is_simple(const struct log_select *select)
{
    return select->unit_count <= 1 && select->identifier_count == 0 &&
           select->highest_priority == 0 && !select->grep &&
           (select->unit_count == 0 || !strpbrk(select->units[0], "*?["));
}

static bool is_one_of(const char *const *patterns, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (fnmatch(patterns[i], name, 0) == 0)
            return true;
    return count == 0;
}

static bool is_identified(const struct log_select *select, const char *identifier)
{
    for (size_t i = 0; i < select->identifier_count; i++)
        if (strcmp(select->identifiers[i], identifier) == 0)
            return true;
    return select->identifier_count == 0;
}

bool log_select_has(const struct log_select *select, const struct log_packet *packet)
{
    regmatch_t match = { .rm_so = 0, .rm_eo = (regoff_t)packet->length };

    if (!is_one_of(select->units, select->unit_count, packet->unit))
        return false;
    if (packet->kind == LOG_GAP)
        return true;
    if (!is_identified(select, packet->identifier) || packet->priority < select->highest_priority ||
        packet->priority > select->lowest_priority)
        return false;
    /* The text has no NUL behind it: glibc's REG_STARTEND says how long it is. */
    return !select->grep || regexec(select->grep, packet->text, 1, &match, REG_STARTEND) == 0;
}

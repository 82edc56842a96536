#include "supervisor/log/pattern.h"

#include <errno.h>
#include <regex.h>

struct pattern {
    struct pattern *next;
    bool takes_away;
    regex_t compiled;
};

int pattern_add(struct pattern **list, const char *text)
{
    struct pattern *pattern = calloc(1, sizeof(*pattern));

    if (!pattern)
        return -ENOMEM;
    pattern->takes_away = text[0] == '~';
    if (regcomp(&pattern->compiled, text + pattern->takes_away, REG_EXTENDED | REG_NOSUB) != 0) {
        free(pattern);
        return 0;
    }
    pattern->next = *list;
    *list = pattern;
    return 0;
}

void pattern_free(struct pattern **list)
{
    while (*list) {
        struct pattern *pattern = *list;

        *list = pattern->next;
        regfree(&pattern->compiled);
        free(pattern);
    }
}

static bool matches(const struct pattern *pattern, const char *text, size_t length)
{
    regmatch_t range = { .rm_so = 0, .rm_eo = (regoff_t)length };

    return regexec(&pattern->compiled, text, 1, &range, REG_STARTEND) == 0;
}

bool pattern_admits(const struct pattern *list, const char *text, size_t length)
{
    bool has_wanted = false, is_wanted = false;

    for (; list; list = list->next) {
        if (list->takes_away && matches(list, text, length))
            return false;
        if (list->takes_away)
            continue;
        has_wanted = true;
        is_wanted = is_wanted || matches(list, text, length);
    }
    return is_wanted || !has_wanted;
}

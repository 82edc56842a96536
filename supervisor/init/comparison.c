#include "supervisor/init/comparison.h"

#include "supervisor/unit/macro.h"

#include <ctype.h>
#include <fnmatch.h>
#include <string.h>

static const char white_space[] = " \t\n\r";

enum comparison comparison_take(const char **at, bool is_version)
{
    /* Longer ones first. */
    static const struct {
        const char *text;
        enum comparison number, version;
    } operators[] = {
        { "!$=", COMPARE_NONE, COMPARE_NOT_GLOB },
        { "$=", COMPARE_NONE, COMPARE_GLOB },
        { "<>", COMPARE_NOT_EQUAL, COMPARE_NOT_EQUAL },
        { "<=", COMPARE_LOWER_OR_EQUAL, COMPARE_LOWER_OR_EQUAL },
        { ">=", COMPARE_GREATER_OR_EQUAL, COMPARE_GREATER_OR_EQUAL },
        { "==", COMPARE_EQUAL, COMPARE_EQUAL },
        { "!=", COMPARE_NOT_EQUAL, COMPARE_NOT_STRING },
        { "<", COMPARE_LOWER, COMPARE_LOWER },
        { ">", COMPARE_GREATER, COMPARE_GREATER },
        { "=", COMPARE_EQUAL, COMPARE_STRING },
    };

    for (size_t i = 0; i < ARRAY_SIZE(operators); i++) {
        enum comparison found = is_version ? operators[i].version : operators[i].number;
        size_t length = strlen(operators[i].text);

        if (found == COMPARE_NONE || strncmp(*at, operators[i].text, length) != 0)
            continue;
        *at += length;
        return found;
    }
    return COMPARE_NONE;
}

bool comparison_holds(enum comparison comparison, int order)
{
    switch (comparison) {
    case COMPARE_LOWER:
        return order < 0;
    case COMPARE_LOWER_OR_EQUAL:
        return order <= 0;
    case COMPARE_EQUAL:
    case COMPARE_STRING:
        return order == 0;
    case COMPARE_NOT_EQUAL:
    case COMPARE_NOT_STRING:
        return order != 0;
    case COMPARE_GREATER_OR_EQUAL:
        return order >= 0;
    case COMPARE_GREATER:
        return order > 0;
    case COMPARE_NONE:
    case COMPARE_GLOB:
    case COMPARE_NOT_GLOB:
        break;
    }
    return false;
}

/* --- versions --- */

static bool is_version_character(char c)
{
    return isalnum((unsigned char)c) || c == '~' || c == '-' || c == '^' || c == '.';
}

static int order_of(long a, long b)
{
    return (a > b) - (a < b);
}

/*
 * "~", "-", "^" and "." in this order of weight: what has one where the other has none is older for
 * the first two, and newer for the last two.
 */
static int separator_order(const char **a, const char **b, bool *ret_is_decided)
{
    static const struct {
        char separator;
        int order_of_having;
    } rules[] = { { '~', -1 }, { '-', -1 }, { '^', -1 }, { '.', -1 } };

    *ret_is_decided = true;
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
        bool first = **a == rules[i].separator, second = **b == rules[i].separator;

        /* An end comes before everything but "~". */
        if (i == 1 && (!**a || !**b))
            return order_of(**a != '\0', **b != '\0');
        if (first != second)
            return first ? rules[i].order_of_having : -rules[i].order_of_having;
        if (first) {
            (*a)++;
            (*b)++;
        }
    }
    *ret_is_decided = false;
    return 0;
}

static int digits_order(const char **a, const char **b)
{

    bool is_first = isdigit((unsigned char)**a), is_second = isdigit((unsigned char)**b);
    size_t first, second;
    int order;

    if (is_first != is_second)
        return is_first ? 1 : -1;
    *a += strspn(*a, "0");
    *b += strspn(*b, "0");
    first = strspn(*a, "0123456789");
    second = strspn(*b, "0123456789");
    if (first != second)
        return order_of((long)first, (long)second);
    order = memcmp(*a, *b, first);
    *a += first;
    *b += second;
    return order;
}

static size_t letters(const char *text)
{
    size_t count = 0;

    while (isalpha((unsigned char)text[count]))
        count++;
    return count;
}

static int letters_order(const char **a, const char **b)
{
    size_t first = letters(*a), second = letters(*b), common = first < second ? first : second;
    int order = memcmp(*a, *b, common);

    *a += first;
    *b += second;
    return order != 0 ? order : order_of((long)first, (long)second);
}

int version_order(const char *a, const char *b)
{
    for (;;) {
        bool is_decided;
        int order;

        while (*a && !is_version_character(*a))
            a++;
        while (*b && !is_version_character(*b))
            b++;
        order = separator_order(&a, &b, &is_decided);
        if (is_decided)
            return order;
        order = isdigit((unsigned char)*a) || isdigit((unsigned char)*b) ? digits_order(&a, &b)
                                                                         : letters_order(&a, &b);
        if (order != 0)
            return order;
    }
}

bool version_matches(enum comparison comparison, const char *version, const char *wanted)
{
    switch (comparison) {
    case COMPARE_NONE:
    case COMPARE_GLOB:
        return fnmatch(wanted, version, 0) == 0;
    case COMPARE_NOT_GLOB:
        return fnmatch(wanted, version, 0) != 0;
    case COMPARE_STRING:
        return strcmp(version, wanted) == 0;
    case COMPARE_NOT_STRING:
        return strcmp(version, wanted) != 0;
    case COMPARE_LOWER:
    case COMPARE_LOWER_OR_EQUAL:
    case COMPARE_EQUAL:
    case COMPARE_NOT_EQUAL:
    case COMPARE_GREATER_OR_EQUAL:
    case COMPARE_GREATER:
        break;
    }
    return comparison_holds(comparison, version_order(version, wanted));
}

/* --- words --- */

bool comparison_word(const char **at, char *word, size_t size)
{
    const char *from = *at + strspn(*at, white_space);
    size_t length = 0;
    char quote = '\0';

    if (*from == '\0')
        return false;
    for (; *from && (quote || !strchr(white_space, *from)); from++) {
        if (quote ? *from == quote : *from == '"' || *from == '\'') {
            quote = quote ? '\0' : *from;
            continue;
        }
        if (*from == '\\' && from[1])
            from++;
        if (length + 1 >= size)
            return false;
        word[length++] = *from;
    }
    word[length] = '\0';
    *at = from;
    return quote == '\0';
}

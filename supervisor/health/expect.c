#include "supervisor/health/expect.h"

#include "supervisor/unit/words.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { STATUS_FIRST = 100, STATUS_LAST = 599 };

static const struct {
    const char *text;
    enum expect_operator operator;
} operators[] = {
    /* Longer ones before those that they begin with. */
    { "<=", EXPECT_AT_MOST }, { ">=", EXPECT_AT_LEAST }, { "!=", EXPECT_UNEQUAL },
    { "<", EXPECT_LESS },     { ">", EXPECT_MORE },      { "=", EXPECT_EQUAL },
};

const char *expect_operator_string(enum expect_operator operator)
{
    for (size_t i = 0; i < ARRAY_SIZE(operators); i++)
        if (operators[i].operator== operator)
            return operators[i].text;
    return "?";
}

/* "500", "1.5", "500M"; NAN: no number. */
static double read_number(const char *text)
{
    static const char suffixes[] = "KMG";
    const char *suffix;
    char *end;
    double number;

    if (!((*text >= '0' && *text <= '9') || *text == '-' || *text == '.'))
        return (double)NAN;
    number = strtod(text, &end);
    suffix = *end ? strchr(suffixes, *end) : NULL;
    if (suffix)
        number *= (double)(UINT64_C(1) << (10 * (suffix - suffixes + 1)));
    return end == text || end[suffix != NULL] != '\0' ? (double)NAN : number;
}

static bool read_status(const char *text, struct expectation *expectation)
{
    size_t length = strlen(text);
    bool is_range = length == 7 && text[3] == '-';

    if ((length != 3 && !is_range) || strspn(text, "0123456789") != 3 ||
        (is_range && strspn(text + 4, "0123456789") != 3))
        return false;
    expectation->low = (unsigned)strtoul(text, NULL, 10);
    expectation->high = is_range ? (unsigned)strtoul(text + 4, NULL, 10) : expectation->low;
    return expectation->low >= STATUS_FIRST && expectation->low <= expectation->high &&
           expectation->high <= STATUS_LAST;
}

/* Splits at `at`, which has so many bytes; false when memory is exhausted. */
static bool set_parts(struct expectation *expectation, const char *text, const char *at,
                      size_t length)
{
    expectation->name = strndup(text, (size_t)(at - text));
    expectation->value = strdup(at + length);
    return expectation->name && expectation->value;
}

static int read_header(const char *text, struct expectation *expectation)
{
    const char *colon = strchr(text, ':');

    if (!colon || colon == text)
        return -EINVAL;
    return set_parts(expectation, text, colon, 1 + strspn(colon + 1, " ")) ? 0 : -ENOMEM;
}

static int read_comparison(const char *text, struct expectation *expectation)
{
    const char *at = strpbrk(text, "<>=!");

    for (size_t i = 0; at && at > text && i < ARRAY_SIZE(operators); i++) {
        size_t length = strlen(operators[i].text);

        if (strncmp(at, operators[i].text, length) != 0)
            continue;
        expectation->operator= operators[i].operator;
        if (!set_parts(expectation, text, at, length))
            return -ENOMEM;
        expectation->number = read_number(expectation->value);
        /* Texts are equal or not, but in no order. */
        return isnan(expectation->number) &&
                       expectation->operator!= EXPECT_EQUAL && expectation->operator!=
                       EXPECT_UNEQUAL
                   ? -EINVAL
                   : 0;
    }
    return -EINVAL;
}

static int read_role(const char *text, struct expectation *expectation)
{
    bool is_replica = strcmp(text, "slave") == 0 || strcmp(text, "replica") == 0;

    if (!is_replica && strcmp(text, "master") != 0)
        return -EINVAL;
    expectation->operator= EXPECT_EQUAL;
    expectation->number = (double)NAN;
    expectation->name = strdup("role");
    expectation->value = strdup(is_replica ? "slave" : "master");
    return expectation->name && expectation->value ? 0 : -ENOMEM;
}

static int read_http(const char *word, struct expectation *expectation)
{
    if (strncmp(word, "status=", 7) == 0) {
        expectation->what = EXPECT_STATUS;
        return read_status(word + 7, expectation) ? 0 : -EINVAL;
    }
    if (strncmp(word, "header=", 7) == 0) {
        expectation->what = EXPECT_HEADER;
        return read_header(word + 7, expectation);
    }
    if (strncmp(word, "body=", 5) != 0 || word[5] == '\0')
        return -EINVAL;
    expectation->what = EXPECT_BODY;
    expectation->value = strdup(word + 5);
    return expectation->value ? 0 : -ENOMEM;
}

static int read_redis(const char *word, struct expectation *expectation)
{
    expectation->what = EXPECT_INFO;
    if (strncmp(word, "role=", 5) == 0)
        return read_role(word + 5, expectation);
    if (strncmp(word, "info=", 5) == 0)
        return read_comparison(word + 5, expectation);
    return -EINVAL;
}

static int add(struct expectation **list, const char *word, bool is_http,
               const struct expect_error *error)
{
    struct expectation *expectation = calloc(1, sizeof(*expectation));
    int result = -ENOMEM;

    if (expectation)
        result = is_http ? read_http(word, expectation) : read_redis(word, expectation);
    if (result == 0) {
        while (*list)
            list = &(*list)->next;
        *list = expectation;
        return 0;
    }
    expectations_free(expectation);
    if (result == -ENOMEM)
        snprintf(error->text, error->size, "out of memory");
    else
        snprintf(error->text, error->size, "'%.100s' behind the address is not one of %s", word,
                 is_http ? "status=NUMBER[-NUMBER], header=NAME:TEXT, body=TEXT"
                         : "role=master|slave, info=FIELD<VALUE (also <= = != >= >)");
    return result;
}

int expectations_parse(struct expectation **list, const char *text, bool is_http,
                       const struct expect_error *error)
{
    struct words words;
    int result;

    words_init(&words, text, 0, WORDS_QUOTES | WORDS_C_ESCAPES);
    while ((result = words_next(&words)) > 0) {
        result = add(list, words.word, is_http, error);
        if (result < 0)
            break;
    }
    if (result < 0 && words.complaint)
        snprintf(error->text, error->size, "%s behind the address", words.complaint);
    words_release(&words);
    return result;
}

void expectations_free(struct expectation *list)
{
    while (list) {
        struct expectation *next = list->next;

        free(list->name);
        free(list->value);
        free(list);
        list = next;
    }
}

bool expectations_have(const struct expectation *list, enum expect_what what)
{
    while (list && list->what != what)
        list = list->next;
    return list != NULL;
}

bool expectation_holds(const struct expectation *expectation, const char *value)
{
    double number = read_number(value), wanted = expectation->number;
    bool are_numbers = !isnan(number) && !isnan(wanted);

    switch (expectation->operator) {
    case EXPECT_LESS:
        return number < wanted;
    case EXPECT_AT_MOST:
        return number <= wanted;
    case EXPECT_EQUAL:
        return are_numbers ? number == wanted : strcmp(value, expectation->value) == 0;
    case EXPECT_UNEQUAL:
        return are_numbers ? number != wanted : strcmp(value, expectation->value) != 0;
    case EXPECT_AT_LEAST:
        return number >= wanted;
    case EXPECT_MORE:
        return number > wanted;
    }
    return false;
}

#include "supervisor/unit/value.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

static const char white_space[] = " \t\n\r";

int value_boolean(const char *text, bool *ret_is_true)
{
    static const struct {
        const char *yes, *no;
    } words[] = {
        { "1", "0" },        { "yes", "no" }, { "y", "n" },
        { "true", "false" }, { "t", "f" },    { "on", "off" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        bool is_true = strcasecmp(text, words[i].yes) == 0;

        if (is_true || strcasecmp(text, words[i].no) == 0) {
            *ret_is_true = is_true;
            return 0;
        }
    }
    return -EINVAL;
}

/* --- whole numbers --- */

static unsigned digit_value(char c)
{
    if (isdigit((unsigned char)c))
        return (unsigned)(c - '0');
    if (isxdigit((unsigned char)c))
        return (unsigned)(tolower((unsigned char)c) - 'a') + 10;
    return 16;
}

/* Digits to the first character that is none. -EINVAL when there is not one digit. */
static int take_digits(const char **at, unsigned base, uint64_t *ret_number)
{
    const char *digit = *at;
    uint64_t number = 0;

    for (; digit_value(*digit) < base; digit++)
        if (__builtin_mul_overflow(number, base, &number) ||
            __builtin_add_overflow(number, digit_value(*digit), &number))
            return -ERANGE;
    if (digit == *at)
        return -EINVAL;
    *at = digit;
    *ret_number = number;
    return 0;
}

/* A leading 0 alone also says octal, as in C. */
static unsigned take_base(const char **at)
{
    static const struct {
        char letter;
        unsigned base;
    } prefixes[] = { { 'x', 16 }, { 'o', 8 }, { 'b', 2 } };

    if ((*at)[0] != '0')
        return 10;
    for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
        if (tolower((unsigned char)(*at)[1]) == prefixes[i].letter) {
            *at += 2;
            if (prefixes[i].base != 16)
                *at += strspn(*at, white_space); /* strtoul() sees "0b 1" as " 1", but not "0x 1" */
            return prefixes[i].base;
        }
    return 8;
}

int value_unsigned(const char *text, uint64_t max, uint64_t *ret_number)
{
    const char *at = text + strspn(text, white_space);
    uint64_t number;
    unsigned base;
    int error;

    if (*at == '-')
        return -ERANGE;
    if (*at == '+')
        at++;
    base = take_base(&at);
    error = take_digits(&at, base, &number);
    if (error < 0)
        return error;
    if (*at != '\0')
        return -EINVAL;
    if (number > max)
        return -ERANGE;
    *ret_number = number;
    return 0;
}

int value_integer(const char *text, int min, int max, int *ret_number)
{
    bool is_negative = *text == '-';
    uint64_t magnitude;
    int64_t number;
    int error;

    if (is_negative && !isdigit((unsigned char)text[1]))
        return -EINVAL;
    error = value_unsigned(text + is_negative, INT32_MAX, &magnitude);
    if (error < 0)
        return error;
    number = is_negative ? -(int64_t)magnitude : (int64_t)magnitude;
    if (number < min || number > max)
        return -ERANGE;
    *ret_number = (int)number;
    return 0;
}

int value_mode(const char *text, mode_t *ret_mode)
{
    const char *at = text;
    uint64_t mode;
    int error = take_digits(&at, 8, &mode);

    if (error < 0)
        return error;
    if (*at != '\0')
        return -EINVAL;
    if (mode > 07777)
        return -ERANGE;
    *ret_mode = (mode_t)mode;
    return 0;
}

int value_percentage(const char *text, unsigned *ret_permyriad)
{
    const char *at = text;
    uint64_t whole, permyriad;
    int error = take_digits(&at, 10, &whole);

    if (error < 0)
        return error;
    if (whole > 100)
        return -ERANGE;
    permyriad = whole * 100;
    if (*at == '.') {
        if (!isdigit((unsigned char)at[1]))
            return -EINVAL;
        permyriad += digit_value(at[1]) * 10;
        at += 2;
        if (isdigit((unsigned char)*at))
            permyriad += digit_value(*at++);
    }
    if (strcmp(at, "%") != 0)
        return -EINVAL;
    if (permyriad > 10000)
        return -ERANGE;
    *ret_permyriad = (unsigned)permyriad;
    return 0;
}

/* --- sizes --- */

/* The fraction of a unit: ".5" of 1024 is 512. What is less than a byte is dropped. */
static uint64_t fraction_of(const char *digits, const char *end, uint64_t unit)
{
    long double place = (long double)unit, sum = 0;

    for (; digits < end; digits++) {
        place /= 10;
        sum += place * digit_value(*digits);
    }
    return (uint64_t)sum;
}

/* One "1.5G"; *level is the unit of the term before, since units must come in falling order. */
static int take_size_term(const char **text, size_t *level, uint64_t *ret_bytes)
{
    static const char units[] = "EPTGMKB";
    const char *at = *text + strspn(*text, white_space), *fraction, *fraction_end, *letter;
    uint64_t number, unit, bytes;
    size_t index;
    int error;

    if (*at == '-')
        return -ERANGE;
    if (*at == '+')
        at++;
    error = take_digits(&at, 10, &number);
    if (error < 0)
        return error;
    fraction = *at == '.' ? at + 1 : at;
    fraction_end = *at == '.' ? fraction + strspn(fraction, "0123456789") : at;
    at = fraction_end + strspn(fraction_end, white_space);
    letter = *at ? strchr(units, *at) : NULL;
    index = letter ? (size_t)(letter - units) : sizeof(units) - 1;
    if (index < *level)
        return -EINVAL;
    unit = letter && *letter != 'B' ? UINT64_C(1) << 10 * (6 - index) : 1;
    if (__builtin_mul_overflow(number, unit, &bytes) ||
        __builtin_add_overflow(bytes, fraction_of(fraction, fraction_end, unit), &bytes))
        return -ERANGE;
    *text = at + (letter != NULL);
    *level = index + 1;
    *ret_bytes = bytes;
    return 0;
}

int value_size(const char *text, uint64_t *ret_bytes)
{
    uint64_t sum = 0, bytes;
    size_t level = 0;

    do {
        int error = take_size_term(&text, &level, &bytes);

        if (error < 0)
            return error;
        if (__builtin_add_overflow(sum, bytes, &sum))
            return -ERANGE;
    } while (*text);
    *ret_bytes = sum;
    return 0;
}

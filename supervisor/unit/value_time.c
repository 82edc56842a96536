#include "supervisor/unit/value.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define MINUTE (60 * USEC_PER_SEC)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define WEEK   (7 * DAY)
#define MONTH  (UINT64_C(2629800) * USEC_PER_SEC)
#define YEAR   (UINT64_C(31557600) * USEC_PER_SEC)

static const char white_space[] = " \t\n\r";

/* A word may begin with a shorter one: the longer stands first. */
static const struct time_unit {
    const char *name;
    uint64_t us;
} units[] = {
    { "seconds", USEC_PER_SEC },
    { "second", USEC_PER_SEC },
    { "sec", USEC_PER_SEC },
    { "s", USEC_PER_SEC },
    { "minutes", MINUTE },
    { "minute", MINUTE },
    { "min", MINUTE },
    { "months", MONTH },
    { "month", MONTH },
    { "M", MONTH },
    { "msec", USEC_PER_MSEC },
    { "ms", USEC_PER_MSEC },
    { "m", MINUTE },
    { "hours", HOUR },
    { "hour", HOUR },
    { "hr", HOUR },
    { "h", HOUR },
    { "days", DAY },
    { "day", DAY },
    { "d", DAY },
    { "weeks", WEEK },
    { "week", WEEK },
    { "w", WEEK },
    { "years", YEAR },
    { "year", YEAR },
    { "y", YEAR },
    { "usec", 1 },
    { "us", 1 },
    { "\xce\xbcs", 1 }, /* U+03BC, the Greek letter */
    { "\xc2\xb5s", 1 }, /* U+00B5, the micro sign */
};

/* The unit that the text begins with, or NULL. */
static const struct time_unit *find_unit(const char *text)
{
    for (size_t i = 0; i < ARRAY_SIZE(units); i++)
        if (strncmp(text, units[i].name, strlen(units[i].name)) == 0)
            return &units[i];
    return NULL;
}

static int add(uint64_t *sum, uint64_t number, uint64_t unit)
{
    uint64_t product;

    /* USEC_INFINITY itself is not a number that adds up. */
    if (__builtin_mul_overflow(number, unit, &product) || product >= USEC_INFINITY - *sum)
        return -ERANGE;
    *sum += product;
    return 0;
}

/* Signed 64 bits is what systemd reads. */
static int take_number(const char **text, uint64_t *ret_number)
{
    int64_t number = 0;

    for (; isdigit((unsigned char)**text); (*text)++)
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, **text - '0', &number))
            return -ERANGE;
    *ret_number = (uint64_t)number;
    return 0;
}

/* One "1.5h" of a span; *text moves behind it. */
static int take_term(const char **text, uint64_t default_unit_us, uint64_t *sum_us)
{
    const char *at = *text, *fraction = NULL, *digits;
    const struct time_unit *unit;
    uint64_t number, unit_us;
    int error;

    if (*at == '-')
        return -ERANGE;
    if (*at == '+' && isdigit((unsigned char)at[1]))
        at++;
    digits = at;
    error = take_number(&at, &number);
    if (error < 0)
        return error;
    if (*at == '.') {
        fraction = ++at;
        at += strspn(at, "0123456789");
    }
    if (at == digits || at == fraction)
        return -EINVAL;
    unit = find_unit(at + strspn(at, white_space));
    unit_us = unit ? unit->us : default_unit_us;
    /* "1.2.3" and "5x" are mistakes; "1 2" is a sum. */
    if (!unit && *at && !strchr(white_space, *at))
        return -EINVAL;
    if (unit)
        at += strspn(at, white_space) + strlen(unit->name);
    /* The bound is systemd's: the last second before infinity does not count as a number. */
    error = number >= USEC_INFINITY / unit_us ? -ERANGE : add(sum_us, number, unit_us);
    for (; error == 0 && fraction && isdigit((unsigned char)*fraction); fraction++) {
        unit_us /= 10;
        error = add(sum_us, (uint64_t)(*fraction - '0'), unit_us);
    }
    *text = at;
    return error;
}

int value_time(const char *text, uint64_t default_unit_us, uint64_t *ret_us)
{
    static const char infinity[] = "infinity";
    uint64_t sum_us = 0;

    text += strspn(text, white_space);
    if (strncmp(text, infinity, strlen(infinity)) == 0) {
        text += strlen(infinity);
        if (text[strspn(text, white_space)])
            return -EINVAL;
        *ret_us = USEC_INFINITY;
        return 0;
    }
    do {
        int error = take_term(&text, default_unit_us, &sum_us);

        if (error < 0)
            return error;
        text += strspn(text, white_space);
    } while (*text);
    *ret_us = sum_us;
    return 0;
}

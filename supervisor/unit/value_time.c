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

/* Of a span in nanoseconds alone. */
static const char *const fine_units[] = { "nsec", "ns" };

/* How a span is counted. */
struct scale {
    uint64_t per_us;       /* 1, or 1000 */
    uint64_t default_unit; /* what a number without a unit counts */
};

/* The unit that the text begins with: how long its name is, and how much it stands for; 0: none. */
static size_t find_unit(const char *text, const struct scale *scale, uint64_t *ret_amount)
{
    for (size_t i = 0; scale->per_us > 1 && i < ARRAY_SIZE(fine_units); i++)
        if (strncmp(text, fine_units[i], strlen(fine_units[i])) == 0) {
            *ret_amount = 1;
            return strlen(fine_units[i]);
        }
    for (size_t i = 0; i < ARRAY_SIZE(units); i++)
        if (strncmp(text, units[i].name, strlen(units[i].name)) == 0) {
            *ret_amount = units[i].us * scale->per_us;
            return strlen(units[i].name);
        }
    return 0;
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
static int take_term(const char **text, const struct scale *scale, uint64_t *sum)
{
    const char *at = *text, *fraction = NULL, *digits;
    uint64_t number, unit = scale->default_unit;
    size_t length;
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
    length = find_unit(at + strspn(at, white_space), scale, &unit);
    /* "1.2.3" and "5x" are mistakes; "1 2" is a sum. */
    if (length == 0 && *at && !strchr(white_space, *at))
        return -EINVAL;
    if (length > 0)
        at += strspn(at, white_space) + length;
    /* The bound is systemd's: the last second before infinity does not count as a number. */
    error = number >= USEC_INFINITY / unit ? -ERANGE : add(sum, number, unit);
    for (; error == 0 && fraction && isdigit((unsigned char)*fraction); fraction++) {
        unit /= 10;
        error = add(sum, (uint64_t)(*fraction - '0'), unit);
    }
    *text = at;
    return error;
}

static int take_span(const char *text, const struct scale *scale, uint64_t *ret_span)
{
    static const char infinity[] = "infinity";
    uint64_t sum = 0;

    text += strspn(text, white_space);
    if (strncmp(text, infinity, strlen(infinity)) == 0) {
        text += strlen(infinity);
        if (text[strspn(text, white_space)])
            return -EINVAL;
        *ret_span = USEC_INFINITY;
        return 0;
    }
    do {
        int error = take_term(&text, scale, &sum);

        if (error < 0)
            return error;
        text += strspn(text, white_space);
    } while (*text);
    *ret_span = sum;
    return 0;
}

int value_time(const char *text, uint64_t default_unit_us, uint64_t *ret_us)
{
    return take_span(text, &(struct scale){ .per_us = 1, .default_unit = default_unit_us }, ret_us);
}

int value_time_ns(const char *text, uint64_t *ret_ns)
{
    return take_span(text, &(struct scale){ .per_us = 1000, .default_unit = 1 }, ret_ns);
}

#include "services/datahub/candle.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_FIRST 256
#define PRICE_TEXT_MAX 24
#define DIGITS_MAX     15 /* keeps a price far from overflow */

int candle_list_add(struct candle_list *list, struct candle candle)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? CAPACITY_FIRST : list->capacity * 2;
        struct candle *items = reallocarray(list->items, capacity, sizeof(*items));

        if (items == NULL)
            return -ENOMEM;
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = candle;
    return 0;
}

void candle_list_release(struct candle_list *list)
{
    free(list->items);
    *list = (struct candle_list){ 0 };
}

int64_t candle_floor(int64_t time_s, int64_t length_s)
{
    int64_t rest = time_s % length_s;

    return time_s - rest - (rest < 0 ? length_s : 0);
}

void candle_merge(struct candle *candle, const struct candle *later)
{
    if (later->high > candle->high)
        candle->high = later->high;
    if (later->low < candle->low)
        candle->low = later->low;
    candle->close = later->close;
    candle->volume += later->volume;
}

void candle_list_aggregate(struct candle_list *list, int64_t length_s)
{
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++) {
        struct candle candle = list->items[i];

        candle.time_s = candle_floor(candle.time_s, length_s);
        if (count > 0 && list->items[count - 1].time_s == candle.time_s)
            candle_merge(&list->items[count - 1], &candle);
        else
            list->items[count++] = candle;
    }
    list->count = count;
}

static int64_t power_of_ten(int exponent)
{
    int64_t power = 1;

    while (exponent-- > 0)
        power *= 10;
    return power;
}

/* Points are never negative: the walk's lowest price is one point. */
static void format_price(int64_t points, int digits, char ret_text[PRICE_TEXT_MAX])
{
    char text[PRICE_TEXT_MAX];
    char *cursor = text + sizeof(text) - 1;

    *cursor = '\0';
    for (int i = 0; i <= digits || points > 0; i++, points /= 10) {
        if (i == digits)
            *--cursor = '.';
        *--cursor = (char)('0' + points % 10);
    }
    memcpy(ret_text, cursor, (size_t)(text + sizeof(text) - cursor));
}

void candle_format(const struct candle *candle, int price_digits, char ret_text[CANDLE_TEXT_MAX])
{
    char open[PRICE_TEXT_MAX], high[PRICE_TEXT_MAX];
    char low[PRICE_TEXT_MAX], close[PRICE_TEXT_MAX];

    format_price(candle->open, price_digits, open);
    format_price(candle->high, price_digits, high);
    format_price(candle->low, price_digits, low);
    format_price(candle->close, price_digits, close);
    (void)snprintf(ret_text, CANDLE_TEXT_MAX, "%s,%s,%s,%s,%" PRId64, open, high, low, close,
                   candle->volume);
}

/* Reads digits into *value and returns how many there were, -1 when there are too many. */
static int read_digits(const char **text, int64_t *value)
{
    int count = 0;

    for (; isdigit((unsigned char)**text); (*text)++, count++) {
        if (count == DIGITS_MAX)
            return -1;
        *value = *value * 10 + (**text - '0');
    }
    return count;
}

/* "64012.50" with exactly the digits that were asked for; our own hand wrote it. */
static bool read_price(const char **text, int digits, int64_t *ret_points)
{
    int64_t whole = 0, part = 0;

    if (read_digits(text, &whole) < 1 || **text != '.')
        return false;
    (*text)++;
    if (read_digits(text, &part) != digits)
        return false;
    if (**text != ',')
        return false;
    (*text)++;
    return !__builtin_mul_overflow(whole, power_of_ten(digits), &whole) &&
           !__builtin_add_overflow(whole, part, ret_points);
}

int candle_parse(const char *text, int price_digits, struct candle *ret_candle)
{
    struct candle candle = { .time_s = ret_candle->time_s };

    if (!read_price(&text, price_digits, &candle.open) ||
        !read_price(&text, price_digits, &candle.high) ||
        !read_price(&text, price_digits, &candle.low) ||
        !read_price(&text, price_digits, &candle.close))
        return -EINVAL;
    if (read_digits(&text, &candle.volume) < 1 || *text != '\0')
        return -EINVAL;
    *ret_candle = candle;
    return 0;
}

double candle_price(int64_t points, int64_t price_scale)
{
    return (double)points / (double)price_scale;
}

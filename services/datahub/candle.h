/*
 * Candles: what a price did in one stretch of time. Pure.
 *
 * Times are seconds since the epoch in UTC and the first second of the candle. Prices are points
 * (symbol.h). Everything bigger than a minute is put together from candles of a minute.
 */
#ifndef SERVICES_DATAHUB_CANDLE_H
#define SERVICES_DATAHUB_CANDLE_H

#include <stddef.h>
#include <stdint.h>

#define MINUTE_S        INT64_C(60)
#define DAY_S           INT64_C(86400)
#define CANDLE_TEXT_MAX 128

struct candle {
    int64_t time_s;
    int64_t open, high, low, close;
    int64_t volume;
};

/* Grows; starts as { 0 }; the items are from malloc. */
struct candle_list {
    struct candle *items;
    size_t count, capacity;
};

/* -ENOMEM. */
int candle_list_add(struct candle_list *list, struct candle candle)
    __attribute__((warn_unused_result));
void candle_list_release(struct candle_list *list);

/* The first second of the stretch of length_s that holds time_s; also right before 1970. */
int64_t candle_floor(int64_t time_s, int64_t length_s);

/* Adds a later stretch to an earlier one. */
void candle_merge(struct candle *candle, const struct candle *later);

/*
 * Puts ascending candles together, in place, to candles of length_s that are aligned to the epoch
 * (so a day is a day in UTC). A stretch without any candle gives none.
 */
void candle_list_aggregate(struct candle_list *list, int64_t length_s);

/* "open,high,low,close,volume" with price_digits digits, as it is kept in Redis. */
void candle_format(const struct candle *candle, int price_digits, char ret_text[CANDLE_TEXT_MAX]);

/* The reverse; time_s is not in the text and is left alone. -EINVAL when the text is not one. */
int candle_parse(const char *text, int price_digits, struct candle *ret_candle)
    __attribute__((warn_unused_result));

/* The price as people write it. */
double candle_price(int64_t points, int64_t price_scale);

#endif

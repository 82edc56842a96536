/*
 * A UDF history request: which candles of a minute it needs and which bars it gets. Pure.
 *
 * The rules are those of TradingView's UDF and of PeriodParams in its datafeed API: `to` is not
 * inclusive, `from` is, and `countback`, the number of bars that end at `to`, wins over `from`.
 * A bar belongs to a range by its first second; a bar in the range is always given whole.
 */
#ifndef SERVICES_DATAHUB_HISTORY_H
#define SERVICES_DATAHUB_HISTORY_H

#include <stdint.h>

#include "services/datahub/candle.h"

#define HISTORY_DAYS     INT64_C(30)                       /* what is kept in Redis at least */
#define HISTORY_MINUTES  (HISTORY_DAYS * DAY_S / MINUTE_S) /* per symbol */
#define HISTORY_KEPT     (HISTORY_MINUTES + 2 * DAY_S / MINUTE_S) /* trimmed to about this many */
#define HISTORY_KEPT_MAX (HISTORY_KEPT + DAY_S / MINUTE_S)        /* and never more than this */

/* The resolutions there are, in UDF's words, NULL at the end. */
extern const char *const history_resolutions[];

/* As they stand in the query; NULL when they do not. */
struct history_query {
    const char *resolution, *from, *to, *countback;
};

struct history_request {
    int64_t length_s;     /* of a bar */
    int64_t from_s, to_s; /* from_s is not used when countback is not 0 */
    int64_t countback;    /* 0: none */
};

/* Candles of a minute with from_s <= time_s < to_s, of them the newest `count`. */
struct candle_range {
    int64_t from_s, to_s;
    int64_t count;
};

/*
 * Without `to`, everything up to now_s counts. Returns 0 or -EINVAL, then with a static sentence in
 * ret_problem.
 */
int history_parse(const struct history_query *query, int64_t now_s,
                  struct history_request *ret_request, const char **ret_problem)
    __attribute__((warn_unused_result));

struct candle_range history_range(const struct history_request *request);

/* From the candles of history_range() to bars, in place. */
void history_slice(const struct history_request *request, struct candle_list *list);

#endif

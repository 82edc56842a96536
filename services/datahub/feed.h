/*
 * The simulated market: one geometric random walk per symbol, one step per second, around the
 * clock. Pure: no clock, no I/O.
 *
 * The step of a second depends only on the symbol, that second and the price before it. So a gap
 * (nobody was running) is filled with just the prices that would have been there, and the same
 * second played again gives the same price.
 */
#ifndef SERVICES_DATAHUB_FEED_H
#define SERVICES_DATAHUB_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "services/datahub/candle.h"
#include "services/datahub/symbol.h"

/* Where a symbol's walk is. This is all that has to be kept to go on later. */
struct feed_state {
    int64_t time_s;         /* the last second that was played */
    double price;           /* unrounded, in points */
    struct candle minute;   /* the one that is being drawn; its time_s is its minute */
    struct candle day;      /* today so far, in UTC */
    int64_t previous_close; /* yesterday's last price, points */
};

/* The walk's beginning: nothing was traded before start_s, which is the beginning of a minute. */
void feed_state_begin(const struct symbol *symbol, int64_t start_s, struct feed_state *ret_state);

/*
 * Goes on after the last candle that is known, when the state is not. The day's figures start at
 * its close: the caller knows the day better.
 */
void feed_state_resume(const struct candle *last, struct feed_state *ret_state);

/*
 * Plays all seconds up to and with now_s. Each minute that is over is added to the list. Time that
 * goes backwards plays nothing. -ENOMEM: the state is where the list is.
 */
int feed_advance(const struct symbol *symbol, struct feed_state *state, int64_t now_s,
                 struct candle_list *closed) __attribute__((warn_unused_result));

#endif

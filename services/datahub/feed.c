#include "services/datahub/feed.h"

#include <string.h>

#define SEED           UINT64_C(0x7265657665)
#define SECONDS_A_YEAR 31557600.0
#define SQRT_3         1.7320508075688772
#define HOUR_S         3600
#define PART_BITS      16
#define PART_MASK      UINT64_C(0xffff)
#define PART_RANGE     65536.0

/* The finaliser of splitmix64 (Steele, Lea, Flood 2014): neighbouring inputs, unrelated outputs. */
static uint64_t scramble(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static uint64_t stream_of(const struct symbol *symbol)
{
    uint64_t hash = SEED;

    for (const char *c = symbol->name; *c != '\0'; c++)
        hash = scramble(hash ^ (unsigned char)*c);
    return hash;
}

/*
 * Mean 0, deviation 1: the sum of four uniform numbers, near enough to a normal one for a price of
 * nothing. It needs no libm, whose last bits differ between versions.
 */
static double normal_from(uint64_t bits)
{
    double sum = 0;

    for (int part = 0; part < 4; part++, bits >>= PART_BITS)
        sum += ((double)(bits & PART_MASK) + 0.5) / PART_RANGE;
    return (sum - 2.0) * SQRT_3;
}

/* Newton's way, for the same reason; x is about 1e7. */
static double square_root(double x)
{
    double root = x;

    for (int i = 0; i < 64; i++)
        root = (root + x / root) / 2.0;
    return root;
}

struct step {
    int64_t price, volume;
};

static double uniform_from(uint64_t bits)
{
    return (double)(bits >> 40) / (double)(UINT64_C(1) << 24);
}

/* Between 0.2 and 2.6, mostly little, at times much; its mean is 1. */
static double liveliness(uint64_t bits)
{
    double uniform = uniform_from(bits);

    return 0.2 + 2.4 * uniform * uniform;
}

/* Trade comes in bursts: seconds differ, and so do minutes and hours. */
static int64_t volume_at(uint64_t stream, int64_t time_s, int64_t mean)
{
    double second = liveliness(scramble(stream + (uint64_t)time_s));
    double minute = liveliness(scramble(~stream + (uint64_t)(time_s / MINUTE_S)));
    double hour = liveliness(scramble(~stream - (uint64_t)(time_s / HOUR_S)));

    return (int64_t)((double)mean * second * minute * hour + 0.5);
}

static struct candle candle_at(int64_t time_s, struct step step)
{
    return (struct candle){ .time_s = time_s,
                            .open = step.price,
                            .high = step.price,
                            .low = step.price,
                            .close = step.price,
                            .volume = step.volume };
}

void feed_state_begin(const struct symbol *symbol, int64_t start_s, struct feed_state *ret_state)
{
    struct step nothing = { .price = symbol->start_price };

    *ret_state = (struct feed_state){
        .time_s = start_s - 1,
        .price = (double)symbol->start_price,
        .minute = candle_at(start_s, nothing),
        .day = candle_at(candle_floor(start_s, DAY_S), nothing),
        .previous_close = symbol->start_price,
    };
}

/* A minute opens at the price at which the one before closed, so that there are no false gaps. */
static struct candle next_candle(const struct candle *previous, int64_t time_s)
{
    return candle_at(time_s, (struct step){ .price = previous->close });
}

void feed_state_resume(const struct candle *last, struct feed_state *ret_state)
{
    *ret_state = (struct feed_state){
        .time_s = last->time_s + MINUTE_S - 1,
        .price = (double)last->close,
        .minute = next_candle(last, last->time_s + MINUTE_S),
        .day = next_candle(last, candle_floor(last->time_s, DAY_S)),
        .previous_close = last->close,
    };
}

static int play(struct feed_state *state, struct step step, struct candle_list *closed)
{
    struct candle now = candle_at(state->time_s + 1, step);

    if (candle_floor(now.time_s, MINUTE_S) != state->minute.time_s) {
        int error = candle_list_add(closed, state->minute);

        if (error < 0)
            return error;
        state->minute = next_candle(&state->minute, candle_floor(now.time_s, MINUTE_S));
    }
    if (candle_floor(now.time_s, DAY_S) != state->day.time_s) {
        state->previous_close = state->day.close;
        state->day = next_candle(&state->day, candle_floor(now.time_s, DAY_S));
    }
    candle_merge(&state->minute, &now);
    candle_merge(&state->day, &now);
    state->time_s++;
    return 0;
}

int feed_advance(const struct symbol *symbol, struct feed_state *state, int64_t now_s,
                 struct candle_list *closed)
{
    uint64_t stream = stream_of(symbol);
    double deviation = symbol->yearly_volatility / square_root(SECONDS_A_YEAR);

    while (state->time_s < now_s) {
        uint64_t bits = scramble(stream ^ (uint64_t)(state->time_s + 1));
        double price = state->price * (1.0 + deviation * normal_from(bits));

        if (price < 1.0)
            price = 1.0;
        struct step step = { .price = (int64_t)(price + 0.5),
                             .volume = volume_at(stream, state->time_s + 1, symbol->volume_per_s) };
        int error = play(state, step, closed);

        if (error < 0)
            return error;
        state->price = price;
    }
    return 0;
}

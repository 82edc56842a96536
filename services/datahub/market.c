#include "services/datahub/market.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "services/common/service.h"

#define END_OF_TIME_S (INT64_C(1) << 40)
#define CATCH_UP_S    (INT64_C(10) * DAY_S) /* played in one call, so that calls stay short */
#define FEW_CANDLES   2                     /* no more than a tick can have written itself */

/* The walk begins at midnight, so that the first day is a whole one. */
static int64_t begin_of_history(int64_t now_s)
{
    return candle_floor(now_s - (int64_t)HISTORY_DAYS * DAY_S, DAY_S);
}

static int read_range(struct market *market, const struct symbol *symbol,
                      const struct candle_range *range, struct candle_list *list)
{
    return store_candles(market->store, symbol, range, list);
}

/* Only the candles are left, not the state: what was going on when the last of them was over? */
static int resume_from_candles(struct market *market, const struct symbol *symbol,
                               const struct candle *last, struct feed_state *state)
{
    int64_t day_s = candle_floor(last->time_s, DAY_S);
    struct candle_range today = { .from_s = day_s, .to_s = END_OF_TIME_S, .count = DAY_S };
    struct candle_range before = { .to_s = day_s, .count = 1 };
    struct candle_list list = { 0 }, yesterday = { 0 };
    int error = read_range(market, symbol, &today, &list);

    if (error == 0)
        error = read_range(market, symbol, &before, &yesterday);
    if (error == 0) {
        candle_list_aggregate(&list, DAY_S);
        feed_state_resume(last, state);
        state->day = list.items[0];
        state->previous_close = yesterday.count > 0 ? yesterday.items[0].close : list.items[0].open;
    }
    candle_list_release(&list);
    candle_list_release(&yesterday);
    return error;
}

static int resume(struct market *market, size_t i, int64_t now_s)
{
    const struct symbol *symbol = market->symbols->items[i];
    struct candle_range newest = { .to_s = END_OF_TIME_S, .count = 1 };
    struct candle_list list = { 0 };
    struct feed_state *state = &market->states[i];
    int error = read_range(market, symbol, &newest, &list);

    if (error == 0 && list.count == 0) {
        feed_state_begin(symbol, begin_of_history(now_s), state);
    } else if (error == 0) {
        error = store_load(market->store, symbol, state);
        if (error == -ENOENT || error == -EPROTO)
            error = resume_from_candles(market, symbol, &list.items[0], state);
    }
    candle_list_release(&list);
    return error;
}

static int play(struct market *market, size_t i, int64_t until_s, struct store_update *ret_update)
{
    *ret_update =
        (struct store_update){ .symbol = market->symbols->items[i], .state = &market->states[i] };
    return feed_advance(ret_update->symbol, &market->states[i], until_s, &ret_update->closed);
}

/* One stretch of one symbol. */
static int catch_up(struct market *market, struct market_time now)
{
    size_t i = market->synced;
    struct store_update update = { 0 };
    int error = resume(market, i, now.wall_s);

    if (error < 0)
        return error;
    int64_t until_s = market->states[i].time_s + CATCH_UP_S;

    error = play(market, i, until_s < now.wall_s ? until_s : now.wall_s, &update);
    if (error == 0)
        error = store_save(market->store, &update, 1);
    candle_list_release(&update.closed);
    if (error < 0)
        return error;
    if (market->states[i].time_s >= now.wall_s)
        market->synced++;
    return 0;
}

/* Somebody emptied Redis under us, or it threw the key out: then the symbol's history begins anew.
 */
static int forget_lost(struct market *market, const struct store_update *updates)
{
    int error = 0;

    for (size_t i = 0; error == 0 && i < market->symbols->count; i++)
        if (updates[i].kept <= FEW_CANDLES) {
            service_log(SERVICE_WARNING, "Redis has lost the history of %s; simulating it again",
                        updates[i].symbol->ticker);
            error = store_forget(market->store, updates[i].symbol);
            market->synced = 0;
        }
    return error;
}

static int tick(struct market *market, struct market_time now)
{
    struct store_update updates[SYMBOLS_MAX] = { 0 };
    size_t count = market->symbols->count;
    int error = 0;

    for (size_t i = 0; error == 0 && i < count; i++)
        error = play(market, i, now.wall_s, &updates[i]);
    if (error == 0)
        error = store_save(market->store, updates, count);
    if (error == 0)
        error = forget_lost(market, updates);
    for (size_t i = 0; i < count; i++)
        candle_list_release(&updates[i].closed);
    return error;
}

static void tell(struct market *market, struct market_time now, int error)
{
    struct status_view view = status_read(market->status);
    bool was_connected = view.is_connected;

    view.is_connected = error == 0;
    view.has_history = market->synced == market->symbols->count;
    if (error == 0) {
        view.pong_ms = now.monotonic_ms;
        view.problem[0] = '\0';
    } else {
        const char *problem = store_problem(market->store);

        (void)snprintf(view.problem, sizeof(view.problem), "%s",
                       problem[0] != '\0' ? problem : strerror(-error));
    }
    if (error == 0 && view.has_history) {
        view.tick_ms = now.monotonic_ms;
        view.tick_s = now.wall_s;
    }
    status_write(market->status, &view);
    if (was_connected && error < 0)
        service_log(SERVICE_ERROR, "lost Redis: %s; trying again every second", view.problem);
}

enum market_outcome market_advance(struct market *market, struct market_time now)
{
    int error = store_ping(market->store);

    if (error == 0)
        error = market->synced < market->symbols->count ? catch_up(market, now) : tick(market, now);
    if (error < 0)
        market->synced = 0;
    tell(market, now, error);
    if (error < 0)
        return MARKET_WAITING;
    return market->synced < market->symbols->count ? MARKET_CATCHING_UP : MARKET_TICKING;
}

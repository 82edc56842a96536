#include "services/datahub/udf.h"

#include <stdbool.h>
#include <string.h>

#include "services/datahub/history.h"

#define SOURCE  "simulated"
#define PERCENT 100.0
#define PRICE_PRECISION                                                                            \
    12 /* digits; an exact price of ours has fewer, its binary form has more                       \
        */
#define CHANGE_PRECISION 10000.0

static json_t *resolutions(bool only_intraday)
{
    json_t *array = json_array();

    for (size_t i = 0; history_resolutions[i] != NULL; i++)
        if (!only_intraday || strchr(history_resolutions[i], 'D') == NULL)
            (void)json_array_append_new(array, json_string(history_resolutions[i]));
    return array;
}

static json_t *named(const char *value, const char *name, const char *description)
{
    return json_pack("{s:s, s:s, s:s*}", "value", value, "name", name, "desc", description);
}

static bool has_type(const json_t *types, const char *type)
{
    size_t i;
    json_t *known;

    json_array_foreach(types, i,
                       known) if (strcmp(json_string_value(json_object_get(known, "value")),
                                         type) == 0) return true;
    return false;
}

static json_t *symbol_types(const struct symbol_list *symbols)
{
    json_t *types = json_pack("[o]", named("", "All types", NULL));

    for (size_t i = 0; i < symbols->count; i++)
        if (!has_type(types, symbols->items[i]->type))
            (void)json_array_append_new(
                types, named(symbols->items[i]->type, symbols->items[i]->type, NULL));
    return types;
}

json_t *udf_config(const struct symbol_list *symbols)
{
    return json_pack("{s:o, s:b, s:b, s:b, s:b, s:b, s:[o,o], s:o, s:b, s:s}",
                     "supported_resolutions", resolutions(false), "supports_search", 1,
                     "supports_group_request", 0, "supports_marks", 0, "supports_timescale_marks",
                     0, "supports_time", 1, "exchanges", named("", "All exchanges", ""),
                     named(SYMBOL_EXCHANGE, SYMBOL_EXCHANGE, "Simulated data"), "symbols_types",
                     symbol_types(symbols), "simulated", 1, "notice", UDF_NOTICE);
}

json_t *udf_symbol(const struct symbol *symbol)
{
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "name", symbol->name, "ticker",
                  symbol->ticker, "full_name", symbol->ticker, "description", symbol->description,
                  "type", symbol->type, "exchange", SYMBOL_EXCHANGE, "listed_exchange",
                  SYMBOL_EXCHANGE, "timezone", "Etc/UTC", "session", "24x7");
    json_t *more = json_pack("{s:i, s:I, s:s, s:s, s:b, s:b, s:b, s:o, s:o, s:i, s:s, s:b}",
                             "minmov", 1, "pricescale", (json_int_t)symbol->price_scale, "format",
                             "price", "currency_code", symbol->currency, "has_intraday", 1,
                             "has_daily", 1, "has_weekly_and_monthly", 0, "intraday_multipliers",
                             resolutions(true), "supported_resolutions", resolutions(false),
                             "volume_precision", 0, "data_status", "streaming", "simulated", 1);

    if (object == NULL || json_object_update(object, more) < 0) {
        json_decref(object);
        object = NULL;
    }
    json_decref(more);
    return object;
}

json_t *udf_search(const struct symbol_list *found)
{
    json_t *array = json_array();

    for (size_t i = 0; i < found->count; i++) {
        const struct symbol *symbol = found->items[i];

        (void)json_array_append_new(
            array, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "symbol", symbol->name, "full_name",
                             symbol->ticker, "description", symbol->description, "exchange",
                             SYMBOL_EXCHANGE, "ticker", symbol->ticker, "type", symbol->type));
    }
    return array;
}

json_t *udf_error(const char *text)
{
    return json_pack("{s:s, s:s}", "s", "error", "errmsg", text);
}

struct columns {
    json_t *time, *open, *high, *low, *close, *volume;
};

static void append_bar(struct columns *columns, const struct candle *bar, int64_t scale)
{
    (void)json_array_append_new(columns->time, json_integer(bar->time_s));
    (void)json_array_append_new(columns->open, json_real(candle_price(bar->open, scale)));
    (void)json_array_append_new(columns->high, json_real(candle_price(bar->high, scale)));
    (void)json_array_append_new(columns->low, json_real(candle_price(bar->low, scale)));
    (void)json_array_append_new(columns->close, json_real(candle_price(bar->close, scale)));
    (void)json_array_append_new(columns->volume, json_integer(bar->volume));
}

json_t *udf_history(const struct symbol *symbol, const struct candle_list *bars)
{
    struct columns columns = { json_array(), json_array(), json_array(),
                               json_array(), json_array(), json_array() };

    for (size_t i = 0; i < bars->count; i++)
        append_bar(&columns, &bars->items[i], symbol->price_scale);
    /* A row that found no memory would shift a column against the others. */
    json_t *answer = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "s", "ok", "t", columns.time,
                               "o", columns.open, "h", columns.high, "l", columns.low, "c",
                               columns.close, "v", columns.volume);
    size_t i = 0;
    const char *key;
    json_t *column;

    json_object_foreach(answer, key, column) i += json_array_size(column);
    if (answer != NULL && i == bars->count * 6)
        return answer;
    json_decref(answer);
    return NULL;
}

json_t *udf_no_data(int64_t next_time_s)
{
    if (next_time_s < 0)
        return json_pack("{s:s}", "s", "no_data");
    return json_pack("{s:s, s:I}", "s", "no_data", "nextTime", (json_int_t)next_time_s);
}

static json_t *price_of(const struct symbol *symbol, int64_t points)
{
    return json_real(candle_price(points, symbol->price_scale));
}

static double percent(int64_t change, int64_t of)
{
    double exact = of != 0 ? PERCENT * (double)change / (double)of : 0.0;
    double half = exact < 0 ? -0.5 : 0.5;

    return (double)(int64_t)(exact * CHANGE_PRECISION + half) / CHANGE_PRECISION;
}

json_t *udf_quote(const char *name, const struct symbol *symbol, const struct feed_state *state)
{
    int64_t last = state->minute.close;
    int64_t change = last - state->previous_close;
    int64_t bid = last - symbol->spread / 2;
    json_t *prices = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "lp", price_of(symbol, last), "ch",
        price_of(symbol, change), "bid", price_of(symbol, bid), "ask",
        price_of(symbol, bid + symbol->spread), "spread", price_of(symbol, symbol->spread),
        "open_price", price_of(symbol, state->day.open), "high_price",
        price_of(symbol, state->day.high), "low_price", price_of(symbol, state->day.low),
        "prev_close_price", price_of(symbol, state->previous_close));
    json_t *value = json_pack(
        "{s:s, s:s, s:s, s:s, s:f, s:I, s:I, s:s}", "short_name", symbol->name, "original_name",
        symbol->ticker, "exchange", SYMBOL_EXCHANGE, "description", symbol->description, "chp",
        percent(change, state->previous_close), "volume", (json_int_t)state->day.volume, "lp_time",
        (json_int_t)state->time_s, "source", SOURCE);

    if (prices == NULL || json_object_update(value, prices) < 0) {
        json_decref(value);
        value = NULL;
    }
    json_decref(prices);
    return json_pack("{s:s, s:s, s:o}", "s", "ok", "n", name, "v", value);
}

json_t *udf_quote_error(const char *name, const char *text)
{
    return json_pack("{s:s, s:s, s:s, s:{}}", "s", "error", "n", name, "errmsg", text, "v");
}

json_t *udf_quotes(json_t *elements)
{
    return json_pack("{s:s, s:o, s:b, s:s}", "s", "ok", "d", elements, "simulated", 1, "notice",
                     UDF_NOTICE);
}

char *udf_dump(json_t *value)
{
    char *text = value != NULL
                     ? json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(PRICE_PRECISION))
                     : NULL;

    json_decref(value);
    return text;
}

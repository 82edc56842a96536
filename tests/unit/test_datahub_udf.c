/* DataHub's JSON: UDF answers and /health, byte for byte where clients read it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/datahub/status.h"
#include "services/datahub/udf.h"

static const struct symbol *symbol_named(const char *name)
{
    static struct symbol_list all;

    symbol_list_all(&all);
    return symbol_find(&all, name);
}

static void assert_json(json_t *value, const char *wanted)
{
    char *text = udf_dump(value);

    assert_non_null(text);
    assert_string_equal(text, wanted);
    free(text);
}

static void test_history(void **state)
{
    struct candle bars[] = {
        { 60, 108432, 108440, 108400, 108410, 7 },
        { 120, 108410, 108411, 108409, 108410, 0 },
    };
    struct candle_list list = { .items = bars, .count = 2 };

    (void)state;
    assert_json(udf_history(symbol_named("EURUSD"), &list),
                "{\"s\":\"ok\",\"t\":[60,120],\"o\":[1.08432,1.0841],\"h\":[1.0844,1.08411],"
                "\"l\":[1.084,1.08409],\"c\":[1.0841,1.0841],\"v\":[7,0]}");
}

static void test_no_data(void **state)
{
    (void)state;
    assert_json(udf_no_data(-1), "{\"s\":\"no_data\"}");
    assert_json(udf_no_data(86400), "{\"s\":\"no_data\",\"nextTime\":86400}");
    assert_json(udf_error("why"), "{\"s\":\"error\",\"errmsg\":\"why\"}");
}

static void test_quote(void **state)
{
    const struct symbol *symbol = symbol_named("ACME");
    struct feed_state market = { .time_s = 1000,
                                 .minute = { 960, 18000, 18100, 17900, 18037, 5 },
                                 .day = { 0, 18200, 18300, 17800, 18037, 4321 },
                                 .previous_close = 18200 };
    json_t *quote = udf_quote("sim:acme", symbol, &market);
    json_t *value = json_object_get(quote, "v");
    static const struct {
        const char *key;
        double value;
    } prices[] = {
        { "lp", 180.37 },         { "ch", -1.63 },         { "chp", -0.8956 },
        { "bid", 180.36 },        { "ask", 180.38 },       { "open_price", 182.00 },
        { "high_price", 183.00 }, { "low_price", 178.00 }, { "prev_close_price", 182.00 },
    };

    (void)state;
    assert_string_equal(json_string_value(json_object_get(quote, "s")), "ok");
    assert_string_equal(json_string_value(json_object_get(quote, "n")), "sim:acme");
    for (size_t i = 0; i < sizeof(prices) / sizeof(prices[0]); i++)
        assert_true(json_real_value(json_object_get(value, prices[i].key)) == prices[i].value);
    assert_int_equal(json_integer_value(json_object_get(value, "volume")), 4321);
    assert_string_equal(json_string_value(json_object_get(value, "source")), "simulated");
    json_decref(quote);
    assert_json(udf_quote_error("X", "unknown_symbol"),
                "{\"s\":\"error\",\"n\":\"X\",\"errmsg\":\"unknown_symbol\",\"v\":{}}");
}

static bool is_said_in(json_t *value, const char *text)
{
    char *dump = udf_dump(value);
    bool is_said = dump != NULL && strstr(dump, text) != NULL;

    free(dump);
    return is_said;
}

static void test_simulated_is_said(void **state)
{
    struct symbol_list all;
    struct status_view view = { 0 };

    (void)state;
    symbol_list_all(&all);
    assert_true(is_said_in(udf_config(&all), "\"simulated\":true"));
    assert_true(is_said_in(udf_config(&all), "Simulated data"));
    assert_true(is_said_in(udf_quotes(json_array()), "\"simulated\":true"));
    assert_true(is_said_in(status_json(&view, 1, "x:1"), "\"state\":\"simulated\""));
    for (size_t i = 0; i < all.count; i++) {
        assert_true(is_said_in(udf_symbol(all.items[i]), "(simulated)"));
        assert_true(is_said_in(udf_symbol(all.items[i]), "\"exchange\":\"SIM\""));
    }
    assert_true(is_said_in(udf_search(&all), "(simulated)"));
}

static void test_config_and_symbol(void **state)
{
    struct symbol_list all;
    json_t *symbol = udf_symbol(symbol_named("EURUSD"));

    (void)state;
    symbol_list_all(&all);
    assert_true(is_said_in(udf_config(&all),
                           "\"supported_resolutions\":[\"1\",\"5\",\"15\",\"60\",\"1D\"]"));
    assert_int_equal(json_integer_value(json_object_get(symbol, "pricescale")), 100000);
    assert_string_equal(json_string_value(json_object_get(symbol, "session")), "24x7");
    assert_string_equal(json_string_value(json_object_get(symbol, "timezone")), "Etc/UTC");
    json_decref(symbol);
    assert_true(is_said_in(udf_symbol(symbol_named("ACME")),
                           "\"intraday_multipliers\":[\"1\",\"5\",\"15\",\"60\"]"));
}

/* Healthy only while everything is fresh: each part alone makes it unhealthy. */
static void test_health(void **state)
{
    struct status_view well = { .is_connected = true,
                                .has_history = true,
                                .pong_ms = 10000,
                                .tick_ms = 10000,
                                .tick_s = 1795470454 };
    struct status_view view = well;

    (void)state;
    assert_true(status_is_healthy(&well, 10000 + STATUS_FRESH_MS));
    assert_false(status_is_healthy(&well, 10001 + STATUS_FRESH_MS));
    view.is_connected = false;
    assert_false(status_is_healthy(&view, 10000));
    view = well;
    view.has_history = false;
    assert_false(status_is_healthy(&view, 10000));
    view = well;
    view.tick_ms = 1;
    assert_false(status_is_healthy(&view, 10000));
    view = (struct status_view){ 0 };
    assert_false(status_is_healthy(&view, 1));
    assert_true(is_said_in(status_json(&view, 1, "x:1"), "\"status\":\"starting\""));
    assert_true(is_said_in(status_json(&well, 10000, "x:1"), "\"status\":\"healthy\""));
    assert_true(is_said_in(status_json(&well, 99999, "x:1"), "\"status\":\"unhealthy\""));
    assert_true(is_said_in(status_json(&well, 10000, "x:1"), "2026-11-23T21:47:34Z"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_history),
        cmocka_unit_test(test_no_data),
        cmocka_unit_test(test_quote),
        cmocka_unit_test(test_simulated_is_said),
        cmocka_unit_test(test_config_and_symbol),
        cmocka_unit_test(test_health),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

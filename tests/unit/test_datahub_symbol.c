/* The table of symbols: finding, choosing, searching. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "services/datahub/symbol.h"

static struct symbol_list all(void)
{
    struct symbol_list list;

    symbol_list_all(&list);
    return list;
}

static void test_table(void **state)
{
    struct symbol_list list = all();

    (void)state;
    assert_true(list.count >= 3);
    for (size_t i = 0; i < list.count; i++) {
        const struct symbol *symbol = list.items[i];
        int64_t scale = 1;

        for (int digit = 0; digit < symbol->price_digits; digit++)
            scale *= 10;
        assert_int_equal(symbol->price_scale, scale);
        assert_true(symbol->price_digits > 0);
        assert_true(symbol->start_price > symbol->spread);
        assert_non_null(strstr(symbol->description, "simulated"));
        assert_memory_equal(symbol->ticker, "SIM:", 4);
        assert_string_equal(symbol->ticker + 4, symbol->name);
        assert_ptr_equal(symbol_find(&list, symbol->name), symbol);
        assert_ptr_equal(symbol_find(&list, symbol->ticker), symbol);
    }
}

static void test_find(void **state)
{
    struct symbol_list list = all();

    (void)state;
    assert_string_equal(symbol_find(&list, "sim:eurusd")->name, "EURUSD");
    assert_null(symbol_find(&list, "EUR"));
    assert_null(symbol_find(&list, ""));
    assert_null(symbol_find(&list, "NYSE:ACME"));
}

static void test_parse(void **state)
{
    struct symbol_list list;
    char wrong[16];

    (void)state;
    assert_int_equal(symbol_list_parse("ACME,btcusd", &list, sizeof(wrong), wrong), 0);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[0]->name, "ACME");
    assert_string_equal(list.items[1]->name, "BTCUSD");
}

static void test_parse_refuses(void **state)
{
    static const struct {
        const char *text, *wrong;
    } cases[] = {
        { "", "" },
        { "ACME,", "" },
        { ",ACME", "" },
        { "ACME,NOPE", "NOPE" },
        { "ACME,SIM:ACME", "SIM:ACME" },
        { "ACME, BTCUSD", " BTCUSD" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct symbol_list list = { .count = 77 };
        char wrong[16];

        assert_int_equal(symbol_list_parse(cases[i].text, &list, sizeof(wrong), wrong), -EINVAL);
        assert_string_equal(wrong, cases[i].wrong);
        assert_int_equal(list.count, 77);
    }
}

static struct symbol_list search(struct symbol_query query)
{
    struct symbol_list list = all(), found;

    symbol_search(&list, &query, &found);
    return found;
}

static void test_search(void **state)
{
    struct symbol_list found = search((struct symbol_query){ "usd", "", "", 30 });

    (void)state;
    assert_int_equal(found.count, 4);
    found = search((struct symbol_query){ "e", "", "", 30 });
    /* Those that begin with it come first. */
    assert_string_equal(found.items[0]->name, "ETHUSD");
    assert_string_equal(found.items[1]->name, "EURUSD");
    assert_int_equal(search((struct symbol_query){ "", "", "", 30 }).count, all().count);
    assert_int_equal(search((struct symbol_query){ "", "", "", 2 }).count, 2);
    assert_int_equal(search((struct symbol_query){ "", "forex", "", 30 }).count, 1);
    assert_int_equal(search((struct symbol_query){ "", "bond", "", 30 }).count, 0);
    assert_int_equal(search((struct symbol_query){ "", "", "SIM", 30 }).count, all().count);
    assert_int_equal(search((struct symbol_query){ "", "", "NYSE", 30 }).count, 0);
    assert_int_equal(search((struct symbol_query){ "gold", "", "", 30 }).count, 1);
    assert_int_equal(search((struct symbol_query){ "no such thing", "", "", 30 }).count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),  cmocka_unit_test(test_find),
        cmocka_unit_test(test_parse),  cmocka_unit_test(test_parse_refuses),
        cmocka_unit_test(test_search),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

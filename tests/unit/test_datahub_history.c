/* UDF history requests: what is asked for, what is read, what is given. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "services/datahub/history.h"

#define NOW 1000000

static struct history_request parsed(struct history_query query)
{
    struct history_request request;
    const char *problem = "";

    if (history_parse(&query, NOW, &request, &problem) < 0)
        fail_msg("%s", problem);
    return request;
}

static void test_parse(void **state)
{
    struct history_request request = parsed((struct history_query){ "5", "600", "1200", NULL });

    (void)state;
    assert_int_equal(request.length_s, 300);
    assert_int_equal(request.from_s, 600);
    assert_int_equal(request.to_s, 1200);
    assert_int_equal(request.countback, 0);
    assert_int_equal(parsed((struct history_query){ "1D", "0", "1", NULL }).length_s, 86400);
    assert_int_equal(parsed((struct history_query){ "D", "0", "1", NULL }).length_s, 86400);
    assert_int_equal(parsed((struct history_query){ "1", "0", NULL, NULL }).to_s, NOW + 1);
}

/* The number of bars wins, even over a `from` that makes no sense. */
static void test_countback_wins(void **state)
{
    struct history_request request = parsed((struct history_query){ "1", "99999", "1200", "3" });

    (void)state;
    assert_int_equal(request.countback, 3);
    assert_int_equal(parsed((struct history_query){ "1", "x", "1200", "3" }).countback, 3);
    assert_int_equal(parsed((struct history_query){ "1", NULL, "1200", "3" }).countback, 3);
    assert_int_equal(history_range(&request).from_s, 0);
}

static void test_parse_refuses(void **state)
{
    static const struct history_query queries[] = {
        { NULL, "0", "60", NULL },
        { "2", "0", "60", NULL },
        { "", "0", "60", NULL },
        { "1", NULL, "60", NULL },
        { "1", "x", "60", NULL },
        { "1", "", "60", NULL },
        { "1", " 1", "60", NULL },
        { "1", "60", "60", NULL },
        { "1", "61", "60", NULL },
        { "1", "0", "99999999999999", NULL },
        { "1", "0", "60.5", NULL },
        { "1", NULL, "60", "0" },
        { "1", NULL, "60", "-1" },
        { "1", NULL, "60", "50001" },
        { "1", NULL, "60", "9223372036854775808" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        struct history_request request;
        const char *problem = NULL;

        if (history_parse(&queries[i], NOW, &request, &problem) != -EINVAL || problem == NULL)
            fail_msg("query %zu was not refused", i);
    }
}

/* Bars belong to a range by their first second, and come whole; `to` is not inclusive. */
static void test_range(void **state)
{
    struct history_request request = parsed((struct history_query){ "5", "301", "901", NULL });
    struct candle_range range = history_range(&request);

    (void)state;
    assert_int_equal(range.from_s, 600);
    assert_int_equal(range.to_s, 1200);
    request = parsed((struct history_query){ "5", "300", "900", NULL });
    range = history_range(&request);
    assert_int_equal(range.from_s, 300);
    assert_int_equal(range.to_s, 900);
    request = parsed((struct history_query){ "60", NULL, "7200", "4" });
    range = history_range(&request);
    assert_int_equal(range.to_s, 7200);
    assert_int_equal(range.count, 240);
    request = parsed((struct history_query){ "1D", NULL, "7200", "50000" });
    assert_int_equal(history_range(&request).count, HISTORY_KEPT_MAX);
}

/* What Redis would give for a range, out of an endless history without holes. */
static void fill(struct candle_list *list, struct candle_range range, int64_t until_s)
{
    int64_t to_s = range.to_s < until_s ? range.to_s : until_s;
    int64_t from_s = to_s - range.count * 60;

    if (from_s < range.from_s)
        from_s = range.from_s;
    for (int64_t t = from_s; t < to_s; t += 60)
        assert_int_equal(candle_list_add(list, (struct candle){ t, 5, 9, 1, 7, 1 }), 0);
}

/* Wherever in a bar now is: exactly the bars that were asked for, the old ones whole. */
static void test_countback_slices(void **state)
{
    (void)state;
    for (int64_t now_s = 86400; now_s < 86400 + 1200; now_s += 60)
        for (int64_t count = 1; count < 5; count++) {
            struct history_request request = { .length_s = 300, .to_s = now_s, .countback = count };
            struct candle_list list = { 0 };

            fill(&list, history_range(&request), now_s);
            history_slice(&request, &list);
            assert_int_equal(list.count, count);
            assert_int_equal(list.items[count - 1].time_s, (now_s - 1) / 300 * 300);
            for (int64_t i = 0; i < count - 1; i++)
                assert_int_equal(list.items[i].volume, 5);
            candle_list_release(&list);
        }
}

/* The oldest candles are trimmed away in the middle of a day: that day is not shown. */
static void test_partial_bar_is_dropped(void **state)
{
    struct history_request request = { .length_s = 300, .from_s = 0, .to_s = 1200 };
    struct candle_list list = { 0 };

    (void)state;
    fill(&list, (struct candle_range){ .from_s = 420, .to_s = 1200, .count = 100 }, 1200);
    history_slice(&request, &list);
    assert_int_equal(list.count, 2);
    assert_int_equal(list.items[0].time_s, 600);
    assert_int_equal(list.items[0].volume, 5);
    candle_list_release(&list);
    history_slice(&request, &list);
    assert_int_equal(list.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_countback_wins),
        cmocka_unit_test(test_parse_refuses),
        cmocka_unit_test(test_range),
        cmocka_unit_test(test_countback_slices),
        cmocka_unit_test(test_partial_bar_is_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

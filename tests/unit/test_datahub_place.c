/* Where Redis is, as users write it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "services/datahub/place.h"

static void test_address(void **state)
{
    struct redis_place place;

    (void)state;
    assert_int_equal(place_parse("redis.example:6379", &place), 0);
    assert_string_equal(place.primary, "");
    assert_int_equal(place.count, 1);
    assert_string_equal(place.hosts[0].name, "redis.example");
    assert_int_equal(place.hosts[0].port, 6379);
    assert_int_equal(place_parse("[::1]:1", &place), 0);
    assert_string_equal(place.hosts[0].name, "::1");
}

static void test_sentinels(void **state)
{
    struct redis_place place;

    (void)state;
    assert_int_equal(place_parse("redis-sentinel://a:26379,[fe80::1]:2,c:65535#market", &place), 0);
    assert_string_equal(place.primary, "market");
    assert_int_equal(place.count, 3);
    assert_string_equal(place.hosts[0].name, "a");
    assert_string_equal(place.hosts[1].name, "fe80::1");
    assert_int_equal(place.hosts[1].port, 2);
    assert_string_equal(place.hosts[2].name, "c");
    assert_int_equal(place.hosts[2].port, 65535);
}

/* What is refused leaves what was there. */
static void test_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "redis",
        ":6379",
        "redis:",
        "redis:0",
        "redis:65536",
        "redis:+1",
        "redis:6379x",
        "a:1,b:2",
        "redis-sentinel://",
        "a:1#market",
        "redis-sentinel://a:1",
        "redis://a:1/0",
        "redis-sentinel://a:1#",
        "redis-sentinel://#market",
        "redis-sentinel://a#market",
        "redis-sentinel://a:1,#market",
        "redis-sentinel://,a:1#market",
        "redis-sentinel://a:1,b#market",
        "redis-sentinel://a:1,a:2,a:3,a:4,a:5,a:6,a:7,a:8,a:9#market",
    };
    struct redis_place place = { .count = 7 };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (place_parse(wrong[i], &place) != -EINVAL || place.count != 7)
            fail_msg("'%s' is not refused", wrong[i]);
}

static void test_longest(void **state)
{
    char host[PLACE_HOST_MAX + 8], name[PLACE_NAME_MAX + 64];
    struct redis_place place;

    (void)state;
    (void)snprintf(host, sizeof(host), "%0*d:1", PLACE_HOST_MAX - 1, 0);
    assert_int_equal(place_parse(host, &place), 0);
    assert_int_equal(strlen(place.hosts[0].name), PLACE_HOST_MAX - 1);
    (void)snprintf(host, sizeof(host), "%0*d:1", PLACE_HOST_MAX, 0);
    assert_int_equal(place_parse(host, &place), -EINVAL);
    (void)snprintf(name, sizeof(name), "redis-sentinel://a:1#%0*d", PLACE_NAME_MAX - 1, 0);
    assert_int_equal(place_parse(name, &place), 0);
    (void)snprintf(name, sizeof(name), "redis-sentinel://a:1#%0*d", PLACE_NAME_MAX, 0);
    assert_int_equal(place_parse(name, &place), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_address),
        cmocka_unit_test(test_sentinels),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_longest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

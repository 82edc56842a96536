/* Single values: systemd.time(7), systemd.exec(5). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "supervisor/unit/suggest.h"
#include "supervisor/unit/value.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#define UNTOUCHED UINT64_C(0xdeadbeef)

static void test_boolean(void **state)
{
    static const char *const yes[] = { "1", "yes", "Y", "TRUE", "t", "on" };
    static const char *const no[] = { "0", "no", "N", "false", "F", "Off" };
    static const char *const bad[] = { "", "2", "ye", "yes ", "enabled", "00" };
    bool is_true;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
        is_true = false;
        assert_int_equal(value_boolean(yes[i], &is_true), 0);
        assert_true(is_true);
        assert_int_equal(value_boolean(no[i], &is_true), 0);
        assert_false(is_true);
        assert_int_equal(value_boolean(bad[i], &is_true), -EINVAL);
    }
}

#define S USEC_PER_SEC

static void test_time(void **state)
{
    static const struct {
        const char *text;
        int result;
        uint64_t us;
    } cases[] = {
        { "0", 0, 0 },
        { "5", 0, 5 * S },
        { " 5 ", 0, 5 * S },
        { "+3", 0, 3 * S },
        { ".5", 0, S / 2 },
        { "1.", -EINVAL, 0 },
        { "1.5h", 0, 5400 * S },
        { "1.0000005s", 0, S },
        { "5 6", 0, 11 * S },
        { "5min 20s", 0, 320 * S },
        { "5min20s", 0, 320 * S },
        { "2 hours 3 minutes 4 seconds", 0, 7384 * S },
        { "1d 2w 3M 4y", 0, (15 * 86400 + 3 * UINT64_C(2629800) + 4 * UINT64_C(31557600)) * S },
        { "1day 1week 1month 1year", 0, (8 * 86400 + UINT64_C(2629800) + UINT64_C(31557600)) * S },
        { "2days 2weeks 2months 2years 2hr 1min", 0,
          (16 * 86400 + 2 * UINT64_C(2629800) + 2 * UINT64_C(31557600) + 7260) * S },
        { "1msec 2ms 3usec 4us", 0, 3007 },
        { "5\xce\xbcs 6\xc2\xb5s", 0, 11 },
        { "1m", 0, 60 * S },
        { "1 sec 1second", 0, 2 * S },
        { "infinity", 0, USEC_INFINITY },
        { " infinity ", 0, USEC_INFINITY },
        { "infinity 1s", -EINVAL, 0 },
        { "", -EINVAL, 0 },
        { " ", -EINVAL, 0 },
        { "s", -EINVAL, 0 },
        { "5 parsecs", -EINVAL, 0 },
        { "5x", -EINVAL, 0 },
        { "0x3", -EINVAL, 0 },
        { "1.2.3", -EINVAL, 0 },
        { "1.s", -EINVAL, 0 },
        { "1.-5", -EINVAL, 0 },
        { "++1", -EINVAL, 0 },
        { "+.5", -EINVAL, 0 },
        { "-1", -ERANGE, 0 },
        { "1s -1s", -ERANGE, 0 },
        { "18446744073708", 0, UINT64_C(18446744073708000000) },
        { "18446744073709", -ERANGE, 0 },
        { "18446744073710", -ERANGE, 0 },
        { "18446744073709551614us", -ERANGE, 0 },
        { "9223372036854775807us 9223372036854775807us", 0, UINT64_C(18446744073709551614) },
        { "9223372036854775807us 9223372036854775807us 1us", -ERANGE, 0 },
        { "9223372036854775808us", -ERANGE, 0 },
        { "99999999999999999999999", -ERANGE, 0 },
        { "9223372036854775807us 9223372036854775807us .000001", -ERANGE, 0 },
    };
    uint64_t us;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        us = UNTOUCHED;
        print_message("%s\n", cases[i].text);
        assert_int_equal(value_time(cases[i].text, USEC_PER_SEC, &us), cases[i].result);
        assert_int_equal(us, cases[i].result == 0 ? cases[i].us : UNTOUCHED);
    }
    assert_int_equal(value_time("7 1s", 1, &us), 0);
    assert_int_equal(us, S + 7);
}

static void test_size(void **state)
{
    static const struct {
        const char *text;
        int result;
        uint64_t bytes;
    } cases[] = {
        { "0", 0, 0 },
        { "100", 0, 100 },
        { "100B", 0, 100 },
        { "1K", 0, 1024 },
        { "+1K", 0, 1024 },
        { "512M", 0, 512 << 20 },
        { "1.5G", 0, UINT64_C(3) << 29 },
        { "1 G 300M 5", 0, (UINT64_C(1) << 30) + (300 << 20) + 5 },
        { "10.M", 0, 10 << 20 },
        { "1T", 0, UINT64_C(1) << 40 },
        { "2P", 0, UINT64_C(1) << 51 },
        { "1E", 0, UINT64_C(1) << 60 },
        { "7E", 0, UINT64_C(7) << 60 },
        { "8E", 0, UINT64_C(1) << 63 },
        { "15E", 0, UINT64_C(15) << 60 },
        { "16E", -ERANGE, 0 },
        { "17E", -ERANGE, 0 },
        { "99999999999999999999", -ERANGE, 0 },
        { "7E 1023P 1023T 1023G 1023M 1023K 1023", 0, INT64_MAX },
        { "-1", -ERANGE, 0 },
        { "1M 1G", -EINVAL, 0 },
        { "1M 1M", -EINVAL, 0 },
        { "5 6", -EINVAL, 0 },
        { "", -EINVAL, 0 },
        { "K", -EINVAL, 0 },
        { "1k", -EINVAL, 0 },
        { "1Kx", -EINVAL, 0 },
        { "infinity", -EINVAL, 0 },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint64_t bytes = UNTOUCHED;

        print_message("%s\n", cases[i].text);
        assert_int_equal(value_size(cases[i].text, &bytes), cases[i].result);
        assert_int_equal(bytes, cases[i].result == 0 ? cases[i].bytes : UNTOUCHED);
    }
}

static void test_percentage(void **state)
{
    static const struct {
        const char *text;
        int result;
        unsigned permyriad;
    } cases[] = {
        { "0%", 0, 0 },           { "12%", 0, 1200 },
        { "12.3%", 0, 1230 },     { "12.34%", 0, 1234 },
        { "100%", 0, 10000 },     { "100.01%", -ERANGE, 0 },
        { "101%", -ERANGE, 0 },   { "99999999999999999999%", -ERANGE, 0 },
        { "12", -EINVAL, 0 },     { "%", -EINVAL, 0 },
        { "-1%", -EINVAL, 0 },    { "1.%", -EINVAL, 0 },
        { "1.234%", -EINVAL, 0 }, { "1%%", -EINVAL, 0 },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        unsigned permyriad = 77777;

        assert_int_equal(value_percentage(cases[i].text, &permyriad), cases[i].result);
        assert_int_equal(permyriad, cases[i].result == 0 ? cases[i].permyriad : 77777);
    }
}

static void test_numbers(void **state)
{
    uint64_t number = UNTOUCHED;
    int integer = 77;
    mode_t mode = 077;

    (void)state;
    assert_int_equal(value_unsigned("0", 9, &number), 0);
    assert_int_equal(number, 0);
    assert_int_equal(value_unsigned("+0x1F", 99, &number), 0);
    assert_int_equal(number, 31);
    assert_int_equal(value_unsigned("0b101", 99, &number), 0);
    assert_int_equal(number, 5);
    assert_int_equal(value_unsigned("0o17", 99, &number), 0);
    assert_int_equal(number, 15);
    assert_int_equal(value_unsigned("017", 99, &number), 0);
    assert_int_equal(number, 15);
    assert_int_equal(value_unsigned(" 18446744073709551615", UINT64_MAX, &number), 0);
    assert_int_equal(number, UINT64_MAX);
    assert_int_equal(value_unsigned("18446744073709551616", UINT64_MAX, &number), -ERANGE);
    assert_int_equal(value_unsigned("10", 9, &number), -ERANGE);
    assert_int_equal(value_unsigned("-1", 9, &number), -ERANGE);
    assert_int_equal(value_unsigned("1 ", 9, &number), -EINVAL);
    assert_int_equal(value_unsigned("08", 9, &number), -EINVAL);
    assert_int_equal(value_unsigned("0x", 9, &number), -EINVAL);
    assert_int_equal(value_unsigned("", 9, &number), -EINVAL);
    assert_int_equal(number, UINT64_MAX);

    assert_int_equal(value_integer("-20", -20, 19, &integer), 0);
    assert_int_equal(integer, -20);
    assert_int_equal(value_integer("-21", -20, 19, &integer), -ERANGE);
    assert_int_equal(value_integer("20", -20, 19, &integer), -ERANGE);
    assert_int_equal(value_integer("99999999999", -20, 19, &integer), -ERANGE);
    assert_int_equal(value_integer("--1", -20, 19, &integer), -EINVAL);
    assert_int_equal(value_integer("-", -20, 19, &integer), -EINVAL);
    assert_int_equal(integer, -20);

    assert_int_equal(value_mode("0022", &mode), 0);
    assert_int_equal(mode, 022);
    assert_int_equal(value_mode("7777", &mode), 0);
    assert_int_equal(value_mode("10000", &mode), -ERANGE);
    assert_int_equal(value_mode("888", &mode), -EINVAL);
    assert_int_equal(value_mode("7x", &mode), -EINVAL);
    assert_int_equal(value_mode("", &mode), -EINVAL);
    assert_int_equal(mode, 07777);
}

static void test_signal(void **state)
{
    static const struct {
        const char *text;
        int result, signal;
    } cases[] = {
        { "SIGTERM", 0, SIGTERM },  { "TERM", 0, SIGTERM },     { "15", 0, 15 },
        { "+34", 0, 34 },           { "SIGRTMIN+3", 0, 37 },    { "RTMIN", 0, 34 },
        { "RTMAX-1", 0, 63 },       { "RTMAX", 0, 64 },         { "64", 0, 64 },
        { "SIGSYS", 0, SIGSYS },    { "0", -ERANGE, 0 },        { "65", -ERANGE, 0 },
        { "RTMIN++1", -EINVAL, 0 }, { "RTMAX-+1", -EINVAL, 0 }, { "RTMIN+31", -ERANGE, 0 },
        { "RTMIN-1", -EINVAL, 0 },  { "RTMAX+1", -EINVAL, 0 },  { "SIGFOO", -EINVAL, 0 },
        { "", -EINVAL, 0 },         { "sigterm", -EINVAL, 0 },  { "15x", -EINVAL, 0 },
        { "RTMIN+", -EINVAL, 0 },   { "RTMINX", -EINVAL, 0 },   { "-1", -ERANGE, 0 },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int number = -7;

        print_message("%s\n", cases[i].text);
        assert_int_equal(value_signal(cases[i].text, &number), cases[i].result);
        assert_int_equal(number, cases[i].result == 0 ? cases[i].signal : -7);
    }
}

static void test_capability(void **state)
{
    unsigned capability = 99;

    (void)state;
    assert_int_equal(value_capability("CAP_CHOWN", &capability), 0);
    assert_int_equal(capability, 0);
    assert_int_equal(value_capability("cap_checkpoint_restore", &capability), 0);
    assert_int_equal(capability, 40);
    assert_int_equal(value_capability("21", &capability), 0);
    assert_int_equal(capability, 21);
    assert_int_equal(value_capability("41", &capability), -ERANGE);
    assert_int_equal(value_capability("CAP_", &capability), -EINVAL);
    assert_int_equal(value_capability("KILL", &capability), -EINVAL);
    assert_int_equal(value_capability("CAP_KILLS", &capability), -EINVAL);
    assert_int_equal(capability, 21);
}

static void test_limit(void **state)
{
    static const struct {
        const char *text;
        int limit, result;
        uint64_t soft, hard;
    } cases[] = {
        { "1024", RLIMIT_NOFILE, 0, 1024, 1024 },
        { "1024:4096", RLIMIT_NOFILE, 0, 1024, 4096 },
        { "1:infinity", RLIMIT_NPROC, 0, 1, UINT64_MAX },
        { "infinity", RLIMIT_CORE, 0, UINT64_MAX, UINT64_MAX },
        { "1.5G 3M:2G", RLIMIT_AS, 0, (UINT64_C(3) << 29) + (3 << 20), UINT64_C(2) << 30 },
        { "5min", RLIMIT_CPU, 0, 300, 300 },
        { "1500ms", RLIMIT_CPU, 0, 2, 2 },
        { "7", RLIMIT_RTTIME, 0, 7, 7 },
        { "1ms", RLIMIT_RTTIME, 0, 1000, 1000 },
        { " infinity ", RLIMIT_CPU, 0, UINT64_MAX, UINT64_MAX },
        { "-5", RLIMIT_NICE, 0, 25, 25 },
        { "+5", RLIMIT_NICE, 0, 15, 15 },
        { "40", RLIMIT_NICE, 0, 40, 40 },
        { "41", RLIMIT_NICE, -ERANGE, 0, 0 },
        { "-21", RLIMIT_NICE, -ERANGE, 0, 0 },
        { "- 5", RLIMIT_NICE, 0, 25, 25 },
        { "\\5:1\\0", RLIMIT_NOFILE, 0, 5, 10 },
        { "15E", RLIMIT_AS, 0, UINT64_C(15) << 60, UINT64_C(15) << 60 },
        { "18446744073709551615", RLIMIT_AS, -ERANGE, 0, 0 },
        { "2:1", RLIMIT_NOFILE, -EILSEQ, 0, 0 },
        { "infinity:1", RLIMIT_NOFILE, -EILSEQ, 0, 0 },
        { "", RLIMIT_NOFILE, -EINVAL, 0, 0 },
        { "1:", RLIMIT_NOFILE, -EINVAL, 0, 0 },
        { ":1", RLIMIT_NOFILE, -EINVAL, 0, 0 },
        { "1:2:3", RLIMIT_NOFILE, -EINVAL, 0, 0 },
        { "x", RLIMIT_CPU, -EINVAL, 0, 0 },
        { "1K", RLIMIT_NOFILE, -EINVAL, 0, 0 },
    };
    struct resource_limit limit;
    char text[300];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        limit = (struct resource_limit){ 0 };
        print_message("%s\n", cases[i].text);
        assert_int_equal(value_limit(cases[i].text, cases[i].limit, &limit), cases[i].result);
        assert_int_equal(limit.is_set, cases[i].result == 0);
        assert_int_equal(limit.soft, cases[i].soft);
        assert_int_equal(limit.hard, cases[i].hard);
    }
    memset(text, '0', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(value_limit(text, RLIMIT_NOFILE, &limit), -EINVAL);
}

static void test_suggestion(void **state)
{
    struct suggestion suggestion = { .word = "Restrat" };
    struct suggestion empty = { .word = "" }, far = { .word = "Foo" };

    (void)state;
    suggestion_offer(&suggestion, "RestartSec");
    assert_null(suggestion.nearest);
    suggestion_offer(&suggestion, "Restart");
    suggestion_offer(&suggestion, "Restrain");
    assert_string_equal(suggestion.nearest, "Restart");
    suggestion_offer(&empty, "a");
    assert_null(empty.nearest);
    suggestion_offer(&far, "Nice");
    suggestion_offer(&far,
                     "a name that is longer than any that would be compared with a word here");
    assert_null(far.nearest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_boolean),    cmocka_unit_test(test_time),
        cmocka_unit_test(test_size),       cmocka_unit_test(test_percentage),
        cmocka_unit_test(test_numbers),    cmocka_unit_test(test_signal),
        cmocka_unit_test(test_capability), cmocka_unit_test(test_limit),
        cmocka_unit_test(test_suggestion),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

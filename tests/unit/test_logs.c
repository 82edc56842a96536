/* reevectl logs: moments in time, which lines are chosen, and how they look. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "supervisor/ctl/log_print.h"
#include "supervisor/ctl/log_select.h"
#include "supervisor/ctl/log_time.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Thu 2026-11-26 00:54:37 UTC; what the texts mean was recorded from `systemd-analyze timestamp`.
 */
static const uint64_t now_us = UINT64_C(1795654477) * USEC_PER_SEC;

static void test_moments(void **state)
{
    static const struct {
        const char *text;
        uint64_t seconds;
    } moments[] = {
        { "now", 1795654477 },
        { "10 min ago", 1795653877 },
        { "-1h", 1795650877 },
        { "+1h", 1795658077 },
        { "1h left", 1795658077 },
        { "1d 2h ago", 1795560877 },
        { "today", 1795651200 },
        { "yesterday", 1795564800 },
        { "yesterday UTC", 1795564800 },
        { "tomorrow", 1795737600 },
        { "2026-11-25", 1795564800 },
        { "26-11-25", 1795564800 },
        { "18:17", 1795717020 },
        { "12:00 UTC", 1795694400 },
        { "2026-11-26 1:2", 1795654920 },
        { "2026-11-26 00:00:60", 1795651260 },
        { "Thu 2026-11-26 00:00:01 UTC", 1795651201 },
        { " Thursday 2026-11-26 00:00:01 ", 1795651201 },
        { "2026-11-26T00:00:01Z", 1795651201 }, /* systemd 257 */
        { "@1700000000", 1700000000 },
    };
    static const char *const wrong[] = { "",
                                         "soon",
                                         "yesterday 12:00",
                                         "5 min",
                                         "Mon",
                                         "Mon 2026-11-26",
                                         "2026-13-01",
                                         "2026-11-26 12",
                                         "today 11:00",
                                         "ago",
                                         "@",
                                         "2026-11-26 12:00 Europe/Berlin" };
    uint64_t result_us = 0;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(moments); i++) {
        assert_int_equal(log_time_parse(moments[i].text, now_us, &result_us), 0);
        assert_int_equal(result_us, moments[i].seconds * USEC_PER_SEC);
    }
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
        assert_true(log_time_parse(wrong[i], now_us, &result_us) < 0);
    assert_int_equal(log_time_parse("2026-11-26 00:00:01.25", now_us, &result_us), 0);
    assert_int_equal(result_us, UINT64_C(1795651201250000));
    assert_int_equal(log_time_parse("@1700000000.5", now_us, &result_us), 0);
    assert_int_equal(result_us, UINT64_C(1700000000500000));
}

static struct log_packet line(const char *text, size_t length)
{
    return (struct log_packet){ .kind = LOG_LINE,
                                .sequence = 0x1f,
                                .number = 2,
                                .realtime_us = now_us + 123456,
                                .monotonic_us = 12345678,
                                .pid = 12,
                                .priority = 6,
                                .stream = LOG_STREAM_OUT,
                                .unit = "redis.service",
                                .identifier = "redis",
                                .text = text,
                                .length = length };
}

static void assert_printed(const struct log_packet *packet, const struct log_style *style,
                           const char *expected)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    log_print(packet, style, out);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

static void test_chosen_fields(void **state)
{
    static const struct {
        const char *name, *fields, *expected;
    } shapes[] = {
        { "json-pretty", "MESSAGE,NONE",
          "{\n\t\"__CURSOR\" : \"s=1f\",\n\t\"__REALTIME_TIMESTAMP\" : \"1795654477123456\",\n"
          "\t\"__MONOTONIC_TIMESTAMP\" : \"12345678\",\n\t\"_BOOT_ID\" : \"b00f\",\n"
          "\t\"MESSAGE\" : \"a\\u000ab\"\n}\n" },
        { "json-sse", "PRIORITY",
          "data: {\"__CURSOR\":\"s=1f\",\"__REALTIME_TIMESTAMP\":\"1795654477123456\","
          "\"__MONOTONIC_TIMESTAMP\":\"12345678\",\"_BOOT_ID\":\"b00f\",\"PRIORITY\":\"6\"}\n\n" },
        { "cat", "NONE,_SYSTEMD_UNIT,MESSAGE", "redis.service\na\nb\n" },
        { "cat", "MESS", "" },
    };
    struct log_packet packet = line("a\nb", 3);

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
        struct log_style style = { .host = "host", .boot_id = "b00f", .fields = shapes[i].fields };

        assert_true(log_output_from_name(shapes[i].name, &style.output));
        assert_printed(&packet, &style, shapes[i].expected);
    }
}

/* What is not plain text has its length before it. */
static void test_export_of_bytes(void **state)
{
    static const char wanted[] = "MESSAGE\n\3\0\0\0\0\0\0\0a\nb\n\n";
    struct log_style style = { .output = LOG_OUTPUT_EXPORT, .fields = "MESSAGE", .boot_id = "" };
    struct log_packet packet = line("a\nb", 3);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    assert_non_null(out);
    log_print(&packet, &style, out);
    fclose(out);
    assert_true(size > sizeof(wanted));
    assert_memory_equal(text + size - (sizeof(wanted) - 1), wanted, sizeof(wanted) - 1);
    free(text);
}

static void test_shapes(void **state)
{
    static const struct {
        const char *name, *expected;
    } shapes[] = {
        { "short", "Nov 26 00:54:37 host redis[12]: text\n" },
        { "short-precise", "Nov 26 00:54:37.123456 host redis[12]: text\n" },
        { "short-iso", "2026-11-26T00:54:37+0000 host redis[12]: text\n" },
        { "short-iso-precise", "2026-11-26T00:54:37.123456+0000 host redis[12]: text\n" },
        { "short-full", "Thu 2026-11-26 00:54:37 UTC host redis[12]: text\n" },
        { "short-monotonic", "[   12.345678] host redis[12]: text\n" },
        { "short-unix", "1795654477.123456 host redis[12]: text\n" },
        { "with-unit", "Thu 2026-11-26 00:54:37 UTC host redis.service[12]: text\n" },
        { "cat", "text\n" },
        { "verbose",
          "Thu 2026-11-26 00:54:37.123456 UTC [s=1f;n=2]\n    _BOOT_ID=b00f\n    _HOSTNAME=host\n"
          "    _TRANSPORT=stdout\n    PRIORITY=6\n    SYSLOG_IDENTIFIER=redis\n"
          "    _SYSTEMD_UNIT=redis.service\n    _PID=12\n    MESSAGE=text\n" },
        { "json", "{\"__CURSOR\":\"s=1f\",\"__REALTIME_TIMESTAMP\":\"1795654477123456\","
                  "\"__MONOTONIC_TIMESTAMP\":\"12345678\",\"_BOOT_ID\":\"b00f\","
                  "\"_HOSTNAME\":\"host\",\"_TRANSPORT\":\"stdout\",\"PRIORITY\":\"6\","
                  "\"SYSLOG_IDENTIFIER\":\"redis\",\"_SYSTEMD_UNIT\":\"redis.service\","
                  "\"_PID\":\"12\",\"MESSAGE\":\"text\"}\n" },
        { "export", "__CURSOR=s=1f\n__REALTIME_TIMESTAMP=1795654477123456\n"
                    "__MONOTONIC_TIMESTAMP=12345678\n_BOOT_ID=b00f\n_HOSTNAME=host\n"
                    "_TRANSPORT=stdout\nPRIORITY=6\nSYSLOG_IDENTIFIER=redis\n"
                    "_SYSTEMD_UNIT=redis.service\n_PID=12\nMESSAGE=text\n\n" },
    };
    struct log_packet packet = line("text", 4);

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
        struct log_style style = { .host = "host", .boot_id = "b00f" };

        assert_true(log_output_from_name(shapes[i].name, &style.output));
        assert_printed(&packet, &style, shapes[i].expected);
        style.is_utc = true;
        assert_printed(&packet, &style, shapes[i].expected);
    }
}

/* What a service says cannot drive the terminal, whatever bytes it uses, and wherever it ends. */
static void test_texts(void **state)
{
    static const char wild[] = "a\tb\033[31mred\033[0m\033]0;title\007\xff\xc3";
    struct log_style style = { .output = LOG_OUTPUT_SHORT_UNIX, .boot_id = "" };
    struct log_packet packet = line(wild, sizeof(wild) - 1);
    char *last = malloc(3); /* the sanitizer sees who reads behind it */

    (void)state;
    assert_printed(&packet, &style, "1795654477.123456 redis[12]: a        bred?]0;title???\n");
    packet.text = "first\nsecond";
    packet.length = 12;
    assert_printed(&packet, &style,
                   "1795654477.123456 redis[12]: first\n                             second\n");
    style.has_colour = true;
    packet.priority = 3;
    packet.length = 5;
    assert_printed(&packet, &style, "1795654477.123456 redis[12]: \033[1;31mfirst\033[0m\n");
    style.has_colour = false;
    assert_non_null(last);
    memcpy(last, "x\xe2\x82", 3);
    packet.text = last;
    packet.length = 3;
    assert_printed(&packet, &style, "1795654477.123456 redis[12]: x??\n");
    style.output = LOG_OUTPUT_JSON;
    packet.text = "\xff\n";
    packet.length = 2;
    packet.pid = 0;
    assert_printed(&packet, &style,
                   "{\"__CURSOR\":\"s=1f\",\"__REALTIME_TIMESTAMP\":\"1795654477123456\","
                   "\"__MONOTONIC_TIMESTAMP\":\"12345678\",\"_TRANSPORT\":\"stdout\","
                   "\"PRIORITY\":\"3\",\"SYSLOG_IDENTIFIER\":\"redis\","
                   "\"_SYSTEMD_UNIT\":\"redis.service\",\"MESSAGE\":[255,10]}\n");
    style.output = LOG_OUTPUT_SHORT;
    packet = (struct log_packet){ .kind = LOG_GAP, .unit = "redis.service", .dropped = 7 };
    assert_printed(&packet, &style, "-- 7 lines of redis.service are gone --\n");
    free(last);
}

static void test_choice(void **state)
{
    struct log_packet packet = line("Plain words and more", 11); /* the rest is not of the line */
    struct log_select select = { .lowest_priority = 7 };
    regex_t pattern;

    (void)state;
    assert_true(log_select_is_simple(&select));
    assert_true(log_select_has(&select, &packet));
    select.units[select.unit_count++] = "red*";
    assert_false(log_select_is_simple(&select));
    assert_true(log_select_has(&select, &packet));
    select.units[0] = "datahub.service";
    assert_true(log_select_is_simple(&select));
    assert_false(log_select_has(&select, &packet));
    select.units[select.unit_count++] = "redis.service";
    assert_true(log_select_has(&select, &packet));
    select.identifiers[select.identifier_count++] = "other";
    assert_false(log_select_has(&select, &packet));
    select.identifiers[0] = "redis";
    assert_true(log_select_has(&select, &packet));
    assert_int_equal(log_select_priority(&select, "err"), 0);
    assert_false(log_select_has(&select, &packet));
    assert_int_equal(log_select_priority(&select, "debug..notice"), 0);
    assert_int_equal(select.highest_priority, 5);
    assert_true(log_select_has(&select, &packet));
    assert_int_equal(log_select_priority(&select, "9"), -EINVAL);
    assert_int_equal(log_select_priority(&select, "err.."), -EINVAL);
    assert_int_equal(log_select_priority(&select, ""), -EINVAL);
    assert_int_equal(regcomp(&pattern, "words$", REG_EXTENDED), 0);
    select.grep = &pattern;
    assert_true(log_select_has(&select, &packet));
    packet.length = 10;
    assert_false(log_select_has(&select, &packet));
    regfree(&pattern);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moments),         cmocka_unit_test(test_chosen_fields),
        cmocka_unit_test(test_export_of_bytes), cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_texts),           cmocka_unit_test(test_choice),
    };

    setenv("TZ", "UTC", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

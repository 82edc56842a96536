/* reeve-log: lines out of chunks, and records as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "supervisor/log/format.h"
#include "supervisor/log/line.h"

/* All lines that were handed out, as "priority|length|text\n". */
struct collected {
    char text[512 * 1024];
    size_t used;
    unsigned count;
};

static void collect(void *context, const struct line *line)
{
    struct collected *all = context;

    all->used += (size_t)sprintf(all->text + all->used, "%d|%zu|", line->priority, line->length);
    memcpy(all->text + all->used, line->text, line->length);
    all->used += line->length;
    all->text[all->used++] = '\n';
    all->text[all->used] = '\0';
    all->count++;
}

static void feed_in_chunks(const char *input, size_t length, size_t chunk, struct collected *all)
{
    struct line_taker taker = { .take = collect, .context = all };
    struct line_splitter splitter = { 0 };

    all->used = all->count = 0;
    for (size_t i = 0; i < length; i += chunk)
        line_feed(&splitter, input + i, length - i < chunk ? length - i : chunk, &taker);
    line_flush(&splitter, &taker);
    line_release(&splitter);
}

static void expect_lines(const char *input, size_t length, const char *expected)
{
    static struct collected all;

    for (size_t chunk = 1; chunk <= length; chunk++) {
        feed_in_chunks(input, length, chunk, &all);
        assert_string_equal(all.text, expected);
    }
}

#define EXPECT_LINES(input, expected) expect_lines(input, sizeof(input) - 1, expected)

static void lines_are_the_same_in_every_chunking(void **state)
{
    (void)state;
    EXPECT_LINES("one\ntwo\n\nfour", "6|3|one\n6|3|two\n6|0|\n6|4|four\n");
    EXPECT_LINES("\n", "6|0|\n");
    EXPECT_LINES("<3>bad\n<4>odd\n<7>\nplain\n", "3|3|bad\n4|3|odd\n7|0|\n6|5|plain\n");
    EXPECT_LINES("<8>no\n<3 >no\n<>\n<", "6|5|<8>no\n6|6|<3 >no\n6|2|<>\n6|1|<\n");
}

static void a_nul_ends_a_line_but_makes_no_empty_one(void **state)
{
    (void)state;
    EXPECT_LINES("a\0\0\0b\nc\0\n", "6|1|a\n6|1|b\n6|1|c\n6|0|\n");
}

/* Every cut of a stream of hostile bytes into two gives the same records. */
static void hostile_bytes_survive_every_cut(void **state)
{
    static struct collected whole, parts;
    char input[1024];
    unsigned seed = 12345;

    (void)state;
    for (size_t i = 0; i < sizeof(input); i++) {
        seed = seed * 1103515245 + 12345;
        input[i] = (char)((seed >> 16) % 23 == 0 ? '\n' : seed >> 17);
    }
    feed_in_chunks(input, sizeof(input), sizeof(input), &whole);
    assert_true(whole.count > 20);
    for (size_t chunk = 1; chunk < sizeof(input); chunk++) {
        feed_in_chunks(input, sizeof(input), chunk, &parts);
        assert_int_equal(parts.used, whole.used);
        assert_memory_equal(parts.text, whole.text, whole.used);
    }
}

static char *long_line(const char *prefix, const char *unit, size_t length)
{
    char *text = malloc(length + 1);
    size_t used = strlen(prefix);

    memcpy(text, prefix, used);
    while (used < length) {
        size_t piece = strlen(unit) < length - used ? strlen(unit) : length - used;

        memcpy(text + used, unit, piece);
        used += piece;
    }
    text[length] = '\0';
    return text;
}

static void check_split(size_t length, unsigned lines, size_t first)
{
    static struct collected all;
    static const size_t chunks[] = {
        1, 7, 4096, 16384, LINE_MAX_BYTES, LINE_MAX_BYTES + 1, 1 << 20
    };
    char *text = long_line("", "x", length);

    text[length - 1] = '\n';
    for (size_t i = 0; i < ARRAY_SIZE(chunks); i++) {
        char head[32];

        feed_in_chunks(text, length, chunks[i], &all);
        assert_int_equal(all.count, lines);
        snprintf(head, sizeof(head), "6|%zu|x", first);
        assert_memory_equal(all.text, head, strlen(head));
    }
    free(text);
}

static void a_long_line_is_split_at_the_limit(void **state)
{
    (void)state;
    check_split(LINE_MAX_BYTES, 1, LINE_MAX_BYTES - 1);
    check_split(LINE_MAX_BYTES + 1, 1, LINE_MAX_BYTES);
    check_split(LINE_MAX_BYTES + 2, 2, LINE_MAX_BYTES);
    check_split(2 * LINE_MAX_BYTES + 1, 2, LINE_MAX_BYTES);
    check_split(3 * LINE_MAX_BYTES, 3, LINE_MAX_BYTES);
}

static void pieces_keep_the_priority_and_whole_characters(void **state)
{
    static struct collected all;
    size_t length = LINE_MAX_BYTES + 3000;
    char *text = long_line("<3>", "\xe2\x82\xac", length);
    char *second;

    (void)state;
    feed_in_chunks(text, length, 16384, &all);
    assert_int_equal(all.count, 2);
    assert_memory_equal(all.text, "3|49149|\xe2", 9); /* 49152 - 3 is a multiple of three */
    second = memchr(all.text, '\n', all.used);
    assert_non_null(second);
    assert_memory_equal(second + 1, "3|3000|\xe2\x82\xac", 10);
    free(text);

    /* Out of step by one byte: the cut moves back to the character's start. */
    text = long_line("ab", "\xe2\x82\xac", length);
    feed_in_chunks(text, length, 1000, &all);
    assert_memory_equal(all.text, "6|49151|ab\xe2", 11);
    free(text);
}

struct text_sink {
    struct sink sink;
    char text[8192];
    size_t used;
};

static void sink_put(struct sink *sink, const char *bytes, size_t length)
{
    struct text_sink *target = (struct text_sink *)sink;

    memcpy(target->text + target->used, bytes, length);
    target->used += length;
    target->text[target->used] = '\0';
}

static const char *format_as(enum log_format format, bool has_colour, const char *message,
                             size_t length)
{
    static struct text_sink target;
    struct formatter formatter = { .format = format, .has_colour = has_colour };
    struct log_packet line = {
        .identifier = "redis",
        .unit = "redis.service",
        .text = message,
        .length = length,
        .priority = has_colour ? 3 : 6,
        .realtime_us = 1795468027000456,
        .monotonic_us = 77,
        .stream = LOG_STREAM_OUT,
    };

    target = (struct text_sink){ .sink.put = sink_put };
    format_record(&formatter, &line, &target.sink);
    return target.text;
}

#define SHORT                "2026-11-23T21:07:07.000456+00:00 redis: "
#define FORMAT(format, text) format_as(format, false, text, sizeof(text) - 1)

static void short_iso_lets_nothing_drive_the_terminal(void **state)
{
    (void)state;
    assert_string_equal(FORMAT(FORMAT_SHORT_ISO, "hello\tworld"), SHORT "hello\tworld\n");
    assert_string_equal(FORMAT(FORMAT_SHORT_ISO, "windows\r"), SHORT "windows\n");
    assert_string_equal(FORMAT(FORMAT_SHORT_ISO, "a\rb\033[2Jc\177"),
                        SHORT "a\\x0db\\x1b[2Jc\\x7f\n");
    assert_string_equal(FORMAT(FORMAT_SHORT_ISO, "\033[1;31mred"), SHORT "\033[1;31mred\033[0m\n");
    assert_string_equal(FORMAT(FORMAT_SHORT_ISO, "gr\xc3\xbc\xc3\x9f \xff \xc2\x9b \xed\xa0\x80"),
                        SHORT "gr\xc3\xbc\xc3\x9f \\xff \\xc2\\x9b \\xed\\xa0\\x80\n");
    assert_string_equal(format_as(FORMAT_SHORT_ISO, true, "bad", 3), SHORT "\033[31mbad\033[0m\n");
}

#define JSON                                                                                       \
    "{\"__REALTIME_TIMESTAMP\":\"1795468027000456\",\"__MONOTONIC_TIMESTAMP\":\"77\","             \
    "\"PRIORITY\":\"6\",\"SYSLOG_IDENTIFIER\":\"redis\",\"_SYSTEMD_UNIT\":\"redis.service\","      \
    "\"_TRANSPORT\":\"stdout\",\"MESSAGE\":"

static void json_is_an_object_for_any_bytes(void **state)
{
    (void)state;
    assert_string_equal(FORMAT(FORMAT_JSON, "hello"), JSON "\"hello\"}\n");
    assert_string_equal(FORMAT(FORMAT_JSON, ""), JSON "\"\"}\n");
    assert_string_equal(FORMAT(FORMAT_JSON, "a\"b\\c\td\033e\177"),
                        JSON "\"a\\\"b\\\\c\\u0009d\\u001be\\u007f\"}\n");
    assert_string_equal(FORMAT(FORMAT_JSON, "\xe2\x82\xac"), JSON "\"\xe2\x82\xac\"}\n");
    assert_string_equal(FORMAT(FORMAT_JSON, "A\xff"), JSON "[65,255]}\n");
    assert_string_equal(FORMAT(FORMAT_CAT, "A\xff\033"), "A\xff\033\n");
}

static void formats_have_names(void **state)
{
    enum log_format format;

    (void)state;
    assert_true(format_from_name("json", &format) && format == FORMAT_JSON);
    assert_true(format_from_name("short-iso", &format) && format == FORMAT_SHORT_ISO);
    assert_false(format_from_name("xml", &format));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_the_same_in_every_chunking),
        cmocka_unit_test(a_nul_ends_a_line_but_makes_no_empty_one),
        cmocka_unit_test(hostile_bytes_survive_every_cut),
        cmocka_unit_test(a_long_line_is_split_at_the_limit),
        cmocka_unit_test(pieces_keep_the_priority_and_whole_characters),
        cmocka_unit_test(short_iso_lets_nothing_drive_the_terminal),
        cmocka_unit_test(json_is_an_object_for_any_bytes),
        cmocka_unit_test(formats_have_names),
    };

    setenv("TZ", "UTC", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The protocol between reeve-log and those who read its lines: round trips, and what must not pass.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "supervisor/wire/log_wire.h"

static char fields[LOG_FIELDS_MAX];

static size_t add(size_t used, const char *name, const char *value, size_t length)
{
    return log_wire_add_field(fields, sizeof(fields), used,
                              &(struct log_field){ name, strlen(name), value, length });
}

static struct log_packet sample(void)
{
    return (struct log_packet){
        .kind = LOG_LINE,
        .tag = 7,
        .sequence = 1000,
        .number = 12,
        .realtime_us = 1700000000000000,
        .monotonic_us = 123456,
        .pid = 42,
        .priority = 3,
        .stream = LOG_STREAM_JOURNAL,
        .flags = LOG_IS_CONTINUATION,
        .unit = "redis.service",
        .identifier = "redis",
        .text = "a line\0with a NUL",
        .length = 17,
    };
}

static void a_line_comes_back_as_it_was(void **state)
{
    static char buffer[LOG_PACKET_MAX];
    struct log_packet line = sample(), back;
    struct log_field field;
    size_t at = 0, length;

    (void)state;
    line.fields = fields;
    line.fields_length = add(0, "CODE_FILE", "main.c", 6);
    line.fields_length = add(line.fields_length, "BLOB", "a=\n\0b", 5);
    length = log_wire_encode(&line, buffer);
    assert_true(log_wire_decode(buffer, length, &back));
    assert_int_equal(back.kind, LOG_LINE);
    assert_int_equal(back.sequence, 1000);
    assert_int_equal(back.number, 12);
    assert_int_equal(back.pid, 42);
    assert_int_equal(back.priority, 3);
    assert_int_equal(back.stream, LOG_STREAM_JOURNAL);
    assert_int_equal(back.flags, LOG_IS_CONTINUATION);
    assert_string_equal(back.unit, "redis.service");
    assert_string_equal(back.identifier, "redis");
    assert_int_equal(back.length, 17);
    assert_memory_equal(back.text, line.text, 17);
    assert_true(log_wire_field(&back, &at, &field));
    assert_int_equal(field.name_length, 9);
    assert_memory_equal(field.value, "main.c", 6);
    assert_true(log_wire_field(&back, &at, &field));
    assert_int_equal(field.length, 5);
    assert_memory_equal(field.value, "a=\n\0b", 5);
    assert_false(log_wire_field(&back, &at, &field));
    log_wire_set_tag(buffer, 99);
    assert_true(log_wire_decode(buffer, length, &back));
    assert_int_equal(back.tag, 99);
}

static void what_is_too_long_is_cut(void **state)
{
    static char buffer[LOG_PACKET_MAX], text[LOG_TEXT_MAX + 100], name[LOG_NAME_SIZE + 10];
    struct log_packet line = sample(), back;

    (void)state;
    memset(text, 'x', sizeof(text));
    memset(name, 'n', sizeof(name) - 1);
    line.text = text;
    line.length = sizeof(text);
    line.unit = line.identifier = name;
    assert_true(log_wire_decode(buffer, log_wire_encode(&line, buffer), &back));
    assert_int_equal(back.length, LOG_TEXT_MAX);
    assert_int_equal(strlen(back.unit), LOG_NAME_SIZE - 1);
    memset(fields, 'f', sizeof(fields));
    assert_int_equal(add(0, "A", fields, sizeof(fields)), 0);
}

static void a_cut_or_changed_packet_never_reads_outside(void **state)
{
    char buffer[LOG_PACKET_MAX];
    struct log_packet line = sample(), back;
    size_t length = log_wire_encode(&line, buffer);

    (void)state;
    for (size_t cut = 0; cut < length; cut++) {
        char *exact = malloc(cut + 1); /* valgrind and ASan see a byte too many */

        assert_non_null(exact);
        memcpy(exact, buffer, cut);
        assert_false(log_wire_decode(exact, cut, &back));
        free(exact);
    }
    for (size_t at = 0; at < length; at++)
        for (unsigned value = 0; value < 256; value += 51) {
            char *exact = malloc(length);
            struct log_field field;
            size_t next = 0;

            assert_non_null(exact);
            memcpy(exact, buffer, length);
            exact[at] = (char)value;
            if (log_wire_decode(exact, length, &back)) {
                assert_true(back.text + back.length == exact + length);
                assert_true(strlen(back.unit) < LOG_NAME_SIZE);
                while (log_wire_field(&back, &next, &field))
                    assert_true(field.value + field.length <= back.text);
            }
            free(exact);
        }
}

static void a_request_is_taken_whole_or_not(void **state)
{
    struct log_request request = log_wire_request("redis.service");

    (void)state;
    assert_true(request.lines == LOG_ALL_LINES);
    assert_int_equal(request.lowest_priority, 7);
    memset(request.unit, 'x', sizeof(request.unit));
    assert_true(log_wire_check_request(&request, sizeof(request)));
    assert_int_equal(strlen(request.unit), sizeof(request.unit) - 1);
    assert_false(log_wire_check_request(&request, sizeof(request) - 1));
    request.version++;
    assert_false(log_wire_check_request(&request, sizeof(request)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_comes_back_as_it_was),
        cmocka_unit_test(what_is_too_long_is_cut),
        cmocka_unit_test(a_cut_or_changed_packet_never_reads_outside),
        cmocka_unit_test(a_request_is_taken_whole_or_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

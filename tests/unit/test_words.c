/* Quoting and escapes: systemd.syntax(7), QUOTING. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "supervisor/unit/words.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { ALL = WORDS_QUOTES | WORDS_C_ESCAPES };

static const struct {
    const char *text;
    unsigned flags;
    const char
        *wanted; /* words as "start<word>", then "!at complaint", "?at" for an unknown escape */
} cases[] = {
    { "", ALL, "" },
    { "  a  b ", ALL, "2<a>5<b>" },
    { "a\tb", ALL, "0<a>2<b>" },
    { "\"a b\" 'c d'", ALL, "0<a b>6<c d>" },
    { "\"\" ''", ALL, "0<>3<>" },
    { "a\"b c\"d", ALL, "0<ab cd>" },
    { "\"a'b\" 'c\"d'", ALL, "0<a'b>6<c\"d>" },
    { "\\a\\b\\f\\n\\r\\t\\v\\\\\\\"\\'\\s", ALL, "0<\a\b\f\n\r\t\v\\\"' >" },
    { "\\x41\\x7A\\x7a \\101", ALL, "0<Azz>13<A>" },
    { "\\u00e9\\u20AC\\U0001f600\\u0041", ALL,
      "0<\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"
      "A>" },
    { "\\xff\\377", ALL, "0<\xff\xff>" },
    { "'\\x41' \"\\x41\"", ALL, "0<A>7<A>" },
    { "a\\sb", ALL, "0<a b>" },
    /* unknown escapes stay */
    { "a\\qb", ALL, "0<a\\qb>?1" },
    { "\\x00", ALL, "0<\\x00>?0" },
    { "\\xg1 \\400 \\u12 \\ud800 \\U00110000 \\08", ALL,
      "0<\\xg1>?05<\\400>?510<\\u12>?1015<\\ud800>?1522<\\U00110000>?2233<\\08>?33" },
    { "\\u0000", ALL, "0<\\u0000>?0" },
    /* mistakes */
    { "a \"b", ALL, "0<a>!2 Unbalanced quoting" },
    { "'", ALL, "!0 Unbalanced quoting" },
    { "a\\", ALL, "!1 Backslash at the end of the line" },
    { "\"a\\", ALL, "!2 Backslash at the end of the line" },
    /* fewer rules */
    { "\"a b\"", 0, "0<\"a>3<b\">" },
    { "a\\ b\\x", 0, "0<a bx>" },
    { "\"a\\x20b\"", WORDS_QUOTES | WORDS_RAW, "0<a\\x20b>" },
    { "a\\", WORDS_RAW, "0<a\\>" },
    { "\\\"a", WORDS_QUOTES, "0<\"a>" },
};

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char out[512] = "";
        struct words words;
        size_t length = 0;
        int result;

        words_init(&words, cases[i].text, 0, cases[i].flags);
        while ((result = words_next(&words)) > 0) {
            length += (size_t)snprintf(out + length, sizeof(out) - length, "%zu<%s>", words.start,
                                       words.word);
            if (words.has_bad_escape)
                length +=
                    (size_t)snprintf(out + length, sizeof(out) - length, "?%zu", words.bad_escape);
        }
        if (result == -EINVAL)
            snprintf(out + length, sizeof(out) - length, "!%zu %s", words.complaint_at,
                     words.complaint);
        else
            assert_int_equal(result, 0);
        words_release(&words);
        words_release(&words);
        assert_string_equal(out, cases[i].wanted);
    }
}

/* Each byte knows where it came from. */
static void test_origin(void **state)
{
    static const char text[] = "key= \"a\\x41\"b\\u20ac%";
    static const size_t wanted[] = { 6, 7, 12, 13, 13, 13, 19, 20 };
    struct words words;

    (void)state;
    words_init(&words, text, 4, ALL);
    assert_int_equal(words_next(&words), 1);
    assert_string_equal(words.word, "aAb\xe2\x82\xac%");
    for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
        assert_int_equal(words.origin[i], wanted[i]);
    assert_int_equal(words_next(&words), 0);
    words_release(&words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_origin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

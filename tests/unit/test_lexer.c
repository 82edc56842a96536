/* Sections, keys, values, and where they stand: systemd.syntax(7). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "supervisor/unit/lexer.h"
#include "tests/unit/loader.h"

#include <errno.h>

/* Every item as "line:column [name]" or "line:column key=value@line:column", then the problems. */
static int dump(const char *text, size_t size, char *out, size_t room)
{
    static struct loader_problems problems;
    struct unit_text part = { .path = "f", .text = text, .size = size };
    struct lexer lexer;
    struct lexer_item item;
    size_t length = 0;
    int result;

    loader_problems_init(&problems);
    out[0] = '\0';
    lexer_init(&lexer, &part, &problems.sink);
    while ((result = lexer_next(&lexer, &item)) > 0) {
        struct problem_place name = lexer_place(&lexer, item.name_offset);
        struct problem_place value = lexer_place(&lexer, item.value_offset);

        if (item.kind == LEXER_SECTION)
            length += (size_t)snprintf(out + length, room - length, "%u:%u [%s]\n", name.line,
                                       name.column, item.name);
        else
            length +=
                (size_t)snprintf(out + length, room - length, "%u:%u %s=%.40s@%u:%u\n", name.line,
                                 name.column, item.name, item.value, value.line, value.column);
    }
    lexer_release(&lexer);
    lexer_release(&lexer);
    snprintf(out + length, room - length, "%s", problems.text);
    return result;
}

static const struct {
    const char *text;
    size_t size; /* 0: to the NUL */
    const char *wanted;
    int result;
} cases[] = {
    { "", 0, "", 0 },
    { "[A]\na=b\n", 0, "1:2 [A]\n2:1 a=b@2:3\n", 0 },
    { " [A] \n\t a = b c \t\n", 0, "1:3 [A]\n2:3 a=b c@2:7\n", 0 },
    { "a=\n", 0, "1:1 a=@1:3\n", 0 },
    { "a=b=c", 0, "1:1 a=b=c@1:3\n", 0 },
    { "# a=b\n  ; c=d\n\n \t\na=#b\n", 0, "5:1 a=#b@5:3\n", 0 },
    /* ends of lines */
    { "a=1\r\nb=2\rc=3\n\rd=4", 0, "1:1 a=1@1:3\n2:1 b=2@2:3\n3:1 c=3@3:3\n4:1 d=4@4:3\n", 0 },
    { "a=1\n\n\r\nb=2", 0, "1:1 a=1@1:3\n4:1 b=2@4:3\n", 0 },
    { "a=1\0b=2\0\0c=3", 13, "1:1 a=1@1:3\n2:1 b=2@2:3\n4:1 c=3@4:3\n", 0 },
    /* continuations */
    { "a=b\\\nc", 0, "1:1 a=b c@1:3\n", 0 },
    { "a=b \\\n  c\\\n d\ne=f", 0, "1:1 a=b    c  d@1:3\n4:1 e=f@4:3\n", 0 },
    { "a=b\\\n# x\n ; y\\\nc\n", 0, "1:1 a=b c@1:3\n", 0 },
    { "a=b\\\n\nc=d\n", 0, "1:1 a=b@1:3\n3:1 c=d@3:3\n", 0 },
    { "a=b\\\\\nc=d", 0, "1:1 a=b\\\\@1:3\n2:1 c=d@2:3\n", 0 },
    { "a=b\\ \nc=d", 0, "1:1 a=b\\@1:3\n2:1 c=d@2:3\n", 0 },
    { "a=b\\", 0, "1:1 a=b@1:3\n", 0 },
    { "a\\\n=b", 0, "1:1 a=b@2:2\n", 0 },
    { "a=\\\n  b", 0, "1:1 a=b@2:3\n", 0 },
    { "#\\\na=b", 0, "2:1 a=b@2:3\n", 0 },
    { "\\\n\\\n", 0, "", 0 },
    /* the byte order mark, UTF-8 */
    { "\xef\xbb\xbf[A]\n\xc3\xa4=\xf0\x9f\x98\x80", 0,
      "1:2 [A]\n2:1 \xc3\xa4=\xf0\x9f\x98\x80@2:4\n", 0 },
    { "a=1\nb=\xff\nc=2", 0, "1:1 a=1@1:3\nf:2:1: error: Text is not valid UTF-8\n", -EBADMSG },
    { "# \xff\na=1", 0, "2:1 a=1@2:3\n", 0 },
    /* mistakes */
    { "a\n=b\nc=d", 0,
      "3:1 c=d@3:3\nf:1:1: warning: Missing '=', ignoring line\n"
      "f:2:1: warning: Missing key name before '=', ignoring line\n",
      0 },
    { "[A\na=b", 0, "f:1:1: error: Invalid section header '[A'\n", -EBADMSG },
    { "[A\"]\n", 0, "f:1:1: error: Bad characters in section header '[A\"]'\n", -EBADMSG },
    { "[A\x01]\n", 0, "f:1:1: error: Bad characters in section header '[A?]'\n", -EBADMSG },
    { "[]\n[", 0, "1:2 []\nf:2:1: error: Invalid section header '['\n", -EBADMSG },
};

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t size = cases[i].size ? cases[i].size : strlen(cases[i].text);
        char *text = malloc(size + 1), out[4096];
        int result;

        /* In memory of its own size, so that a sanitizer sees a byte too far. */
        assert_non_null(text);
        text = realloc(text, size ? size : 1);
        memcpy(text, cases[i].text, size);
        result = dump(text, size, out, sizeof(out));
        free(text);
        print_message("case %zu\n", i);
        assert_string_equal(out, cases[i].wanted);
        assert_int_equal(result, cases[i].result);
    }
}

static void test_length(void **state)
{
    enum { LONG = LEXER_LINE_MAX + 10 };
    char *text = malloc(LONG), out[512];

    (void)state;
    assert_non_null(text);
    memset(text, 'x', LONG);
    assert_int_equal(dump(text, LONG, out, sizeof(out)), -EBADMSG);
    assert_string_equal(out, "f:1: error: Line is longer than 1048576 bytes\n");
    text[1] = '=';
    text[LEXER_LINE_MAX - 1] = '\n';
    memcpy(text + LEXER_LINE_MAX, "\ny=z\n#zzzzzz", 10);
    assert_int_equal(dump(text, LEXER_LINE_MAX - 1, out, sizeof(out)), 0);
    /* … also when it is made of short pieces. */
    for (size_t i = 0; i + 1 < LONG; i += 2)
        memcpy(text + i, "\\\n", 2);
    assert_int_equal(dump(text, LONG, out, sizeof(out)), 0);
    free(text);
}

static void test_place_of_words(void **state)
{
    static const char text[] = "Key=one \\\n# no\n   two\\\nthree";
    static struct loader_problems problems;
    struct unit_text part = { .path = "f", .text = text, .size = sizeof(text) - 1 };
    struct lexer lexer;
    struct lexer_item item;
    struct problem_place place;

    (void)state;
    loader_problems_init(&problems);
    lexer_init(&lexer, &part, &problems.sink);
    place = lexer_place(&lexer, 5);
    assert_int_equal(place.line, 0);
    assert_int_equal(lexer_next(&lexer, &item), 1);
    place = lexer_place(&lexer, (size_t)(strstr(item.value, "two") - lexer.text));
    assert_int_equal(place.line, 3);
    assert_int_equal(place.column, 4);
    place = lexer_place(&lexer, (size_t)(strstr(item.value, "three") - lexer.text));
    assert_int_equal(place.line, 4);
    assert_int_equal(place.column, 1);
    lexer_release(&lexer);
}

static void test_utf8(void **state)
{
    static const char *const good[] = {
        "", "a", "\xc2\x80", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"
    };
    static const char *const bad[] = { "\x80",
                                       "\xc0\x80",
                                       "\xc2",
                                       "\xc2"
                                       "a",
                                       "\xe0\x9f\xbf",
                                       "\xed\xa0\x80",
                                       "\xe1\x80",
                                       "\xe1\x80"
                                       "a",
                                       "\xf0\x8f\xbf\xbf",
                                       "\xf4\x90\x80\x80",
                                       "\xf5\x80\x80\x80",
                                       "\xff" };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++)
        assert_true(utf8_is_valid(good[i]));
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_false(utf8_is_valid(bad[i]));
}

static void test_problem(void **state)
{
    static struct loader_problems problems;
    struct problem_place whole = { .path = "f" }, line = { .path = "f", .line = 3 };
    struct problem_sink silent = { 0 };
    char text[400];

    (void)state;
    loader_problems_init(&problems);
    problem_report(&problems.sink, PROBLEM_NOTE, &whole, NULL, "a%s", "\x1b[31m");
    problem_report(&problems.sink, PROBLEM_WARNING, &line, "do\tthis", "b");
    assert_string_equal(problems.text, "f: note: a?[31m\nf:3: warning: b\n    hint: do?this\n");
    /* What does not fit is cut between two characters. */
    problems.length = 0;
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    memcpy(text + 253, "\xe2\x82\xac", 3);
    problem_report(&problems.sink, PROBLEM_ERROR, &whole, NULL, "%s", text);
    assert_int_equal(strlen(problems.text), strlen("f: error: \n") + 253);
    problem_report(&silent, PROBLEM_ERROR, &whole, NULL, "nobody hears it");
    assert_int_equal(silent.errors, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),          cmocka_unit_test(test_length),
        cmocka_unit_test(test_place_of_words), cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_problem),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

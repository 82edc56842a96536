#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "supervisor/files/environment_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What a file gives is compared with systemd in tests/shell/environment.sh: here are its edges. */

struct result {
    char text[256]; /* each assignment in "<>" */
    int fails;      /* what the next call returns */
};

static int append(void *context, char *assignment)
{
    struct result *result = context;
    size_t used = strlen(result->text);

    snprintf(result->text + used, sizeof(result->text) - used, "<%s>", assignment);
    return result->fails;
}

static int parse(const char *text, size_t size, struct result *result)
{
    char buffer[256];

    assert_true(size < sizeof(buffer));
    memset(buffer, '!', sizeof(buffer)); /* nothing may depend on what is behind the text */
    memcpy(buffer, text, size);
    return environment_file_parse(buffer, size, append, result);
}

static void takes_every_file(void **state)
{
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        { "", "" },
        { "\n\n \t\r\n", "" },
        { "A=1", "<A=1>" },
        { "A=1\n", "<A=1>" },
        { "A=1\rB=2", "<A=1><B=2>" },
        { "A=", "<A=>" },
        { "A", "" },
        { "A\nB=2", "<B=2>" },
        { "=", "" },
        { "=A=1", "" },
        { " A =  1  \nB=\t2\t", "<A=1><B=2>" },
        { "A=1 \\", "<A=1 >" },
        { "A=\\", "<A=>" },
        { "A=1\\\n2", "<A=12>" },
        { "A=1\\ ", "<A=1 >" },
        { "A=\"", "<A=>" },
        { "A=\"\\", "<A=>" },
        { "A='x\\", "<A=x\\>" },
        { "A=\"\\x\\\"\\\n\"", "<A=\\x\">" },
        { "A=\"a\" \"b\"c", "<A=abc>" },
        { "#", "" },
        { "#A=1\\\nB=2", "<B=2>" },
        { "#A=1\\x\\", "" },
        { "A-B=1\nA B=2\n1A=3\n_=4", "<_=4>" },
        { "A=a#b ;c", "<A=a#b ;c>" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct result result = { .fails = 0 };

        assert_int_equal(parse(cases[i].text, strlen(cases[i].text), &result), 0);
        assert_string_equal(result.text, cases[i].wanted);
    }
}

static void refuses_what_is_no_text(void **state)
{
    struct result result = { .fails = 0 };

    (void)state;
    assert_int_equal(parse("A=1\0B=2", 7, &result), -EBADMSG);
    assert_string_equal(result.text, "");
    assert_int_equal(parse("A=1\nB=\377", 7, &result), -EILSEQ);
    assert_string_equal(result.text, "<A=1>");
}

static void ends_with_the_first_error(void **state)
{
    struct result result = { .fails = -E2BIG };

    (void)state;
    assert_int_equal(parse("A=1\nB=2", 7, &result), -E2BIG);
    assert_string_equal(result.text, "<A=1>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_every_file),
        cmocka_unit_test(refuses_what_is_no_text),
        cmocka_unit_test(ends_with_the_first_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* systemd.unit(5), SPECIFIERS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "supervisor/unit/paths.h"
#include "supervisor/unit/specifier.h"
#include "tests/unit/loader.h"

#include <errno.h>

#define NOT_ESCAPED(letter)                                                                        \
    "Specifier '%" letter "': the name of the unit is not escaped that way (systemd-escape(1))"
#define BAD(letter) "!0 " NOT_ESCAPED(letter)

static const struct {
    const char *name, *text, *wanted; /* "!offset text" for a mistake */
} cases[] = {
    { "a.service", "", "" },
    { "a.service", "plain", "plain" },
    { "a.service", "100%", "100%" },
    { "a.service", "% d", "% d" },
    { "a.service", "%-", "%-" },
    { "a.service", "%%n", "%n" },
    { "a-b@c-d.service", "%n %N", "a-b@c-d.service a-b@c-d" },
    { "a-b@c-d.service", "%p %P %i %I", "a-b a/b c-d c/d" },
    { "a-b@c-d.service", "%j %J", "b b" },
    { "a-b\\x2dc.service", "%p %P %j %J", "a-b\\x2dc a/b-c b\\x2dc b-c" },
    { "ab.service", "<%i%I> %p %j", "<> ab ab" },
    { "a-b@c-d.service", "%f", "/c/d" },
    { "a-b.service", "%f", "/a/b" },
    { "a@-.service", "%f", "/" },
    { "a@b\\x2fc.service", "%f", "/b/c" },
    { "-a.service", "%f", BAD("f") },
    { "a-.service", "%f", BAD("f") },
    { "a@b--c.service", "%f", BAD("f") },
    { "a@b-.-c.service", "%f", BAD("f") },
    { "a@..-c.service", "%f", BAD("f") },
    { "a@..c-.service", "%p %i %f", "!6 " NOT_ESCAPED("f") },
    { "a@..c.service", "%f", "/..c" },
    { "a\\x2.b.service", "%P", BAD("P") },
    { "a@\\xg0.service", "%p %I", "!3 " NOT_ESCAPED("I") },
    { "a-\\y00.service", "%J", BAD("J") },
    { "a\\x00b.service", "%P", "a" },
    { "a.b.service", "%N %p", "a.b a.b" },
    { "a.service", "%t %S %C %L %E", "/run /var/lib /var/cache /var/log /etc" },
    { "a.service", "%T %V %D", "/tmp /var/tmp /usr/share" },
    { "a.service", "%u %U %g %G %h %s", "pod 1001 pods 1002 /home/pod /bin/sh" },
    { "a.service", "%H %l %a %v", "box.example box x86-64 6.1.0" },
    { "a.service", "%m", "0123456789abcdef0123456789abcdef" },
    { "a.service", "%y %Y", "/units/a.service /units" },
    { "a.service", "ab %b", "!3 Specifier '%b' is not known in this place" },
    { "a.service", "%o %w <%W%B%M%A> %q", "debian 13 <> Box" },
    { "a@x.service", "%d/x", "/run/credentials/a@x.service/x" },
    { "a.service", "%r", "!0 Specifier '%r' is not supported by reeve" },
    { "a.service", "x%Q", "!1 Unknown specifier '%Q'" },
    { "a.service", "%5", "!0 Unknown specifier '%5'" },
};

static void test_cases(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct specifier_context context = { .roots = &loader_roots,
                                             .unit_name = cases[i].name,
                                             .fragment_path = "/units/a.service" };
        struct specifier_problem problem;
        char *expanded = NULL, complaint[128];
        int error = specifier_expand(&context, cases[i].text, &arena, &problem, &expanded);

        if (error < 0) {
            assert_int_equal(error, -EINVAL);
            assert_null(expanded);
            snprintf(complaint, sizeof(complaint), "!%zu %s", problem.offset, problem.text);
            expanded = complaint;
        }
        assert_string_equal(expanded, cases[i].wanted);
    }
    arena_release(&arena);
}

static void test_relative_fragment(void **state)
{
    struct specifier_context context = { .roots = &loader_roots,
                                         .unit_name = "a.service",
                                         .fragment_path = "a.service" };
    struct specifier_problem problem;
    struct arena arena;
    char *expanded;

    (void)state;
    arena_init(&arena);
    assert_int_equal(specifier_expand(&context, "%Y", &arena, &problem, &expanded), 0);
    assert_string_equal(expanded, ".");
    arena_release(&arena);
}

/* Short text must not become gigabytes. */
static void test_bomb(void **state)
{
    enum { COUNT = 200 * 1024 };
    struct specifier_context context = { .roots = &loader_roots,
                                         .unit_name = "a-long-name.service",
                                         .fragment_path = "f" };
    struct specifier_problem problem;
    struct arena arena;
    char *text = calloc(COUNT + 1, 2), *expanded;

    (void)state;
    assert_non_null(text);
    arena_init(&arena);
    for (size_t i = 0; i < COUNT; i++)
        memcpy(text + 2 * i, "%n", 2);
    assert_int_equal(specifier_expand(&context, text, &arena, &problem, &expanded), -EINVAL);
    assert_string_equal(problem.text, "Specifiers make the text longer than 1 MiB");
    arena_release(&arena);
    free(text);
}

static void test_paths(void **state)
{
    static const struct {
        const char *path, *wanted; /* NULL: refused */
    } paths[] = {
        { "", "" },         { "/", "/" },
        { "//", "/" },      { "/a//b/", "/a/b" },
        { "/./a/.", "/a" }, { "a/./b", "a/b" },
        { "./a", "a" },     { ".", "." },
        { "./.", "." },     { "/.", "/" },
        { "/..", NULL },    { "a/../b", NULL },
        { "..", NULL },     { "..a/b..", "..a/b.." },
        { "/...", "/..." },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        char path[32];

        snprintf(path, sizeof(path), "%s", paths[i].path);
        assert_int_equal(path_simplify(path), paths[i].wanted != NULL);
        if (paths[i].wanted)
            assert_string_equal(path, paths[i].wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_relative_fragment),
        cmocka_unit_test(test_bomb),
        cmocka_unit_test(test_paths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

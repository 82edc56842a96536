#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "supervisor/files/setting_place.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void assert_place(const char *text, const char *key, const char *item, unsigned line,
                         unsigned column)
{
    struct unit_text part = { .path = "/p", .text = text, .size = strlen(text) };
    struct spec_place place = { 0 };

    assert_int_equal(setting_place_in(&part, key, item, &place), line > 0);
    assert_int_equal(place.line, line);
    assert_int_equal(place.column, column);
    if (line > 0)
        assert_string_equal(place.path, "/p");
}

static void the_last_assignment_counts(void **state)
{
    (void)state;
    assert_place("[Service]\nNice=1\n Nice=2\nNiceness=3\n", "Nice", NULL, 3, 2);
    assert_place("[Service]\nExecStart=a \\\nNice=1\n", "Nice", NULL, 0, 0);
    assert_place("[Unit]\nNice=1\n[Service]\n[X-Reeve]\nNice=1\n", "Nice", NULL, 0, 0);
    assert_place("Nice=1\n", "Nice", NULL, 0, 0);
    assert_place("", "Nice", NULL, 0, 0);
    assert_place("[Service]\nNice=1\n[Service\nNice=2\n", "Nice", NULL, 2, 1);
}

static void of_a_list_the_one_with_the_item(void **state)
{
    static const char text[] = "[Service]\nInaccessiblePaths=/a \\\n  -/b\n"
                               "InaccessiblePaths=/c\n";

    (void)state;
    assert_place(text, "InaccessiblePaths", "/a", 2, 19);
    assert_place(text, "InaccessiblePaths", "/b", 3, 4);
    assert_place(text, "InaccessiblePaths", "/c", 4, 19);
    /* From a specifier, say. */
    assert_place(text, "InaccessiblePaths", "/d", 4, 1);
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void drop_ins_come_after_the_unit(void **state)
{
    char directory[] = "/tmp/reeve-place.XXXXXX", paths[3][64];
    char *drop_ins[] = { paths[1], paths[2], NULL };
    struct unit_spec spec = { .fragment_path = paths[0], .drop_in_paths = drop_ins };
    struct spec_place place;

    (void)state;
    assert_non_null(mkdtemp(directory));
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
        snprintf(paths[i], sizeof(paths[i]), "%s/%zu", directory, i);
    write_text(paths[0], "[Service]\nNice=1\nUMask=0\nNoExecPaths=/a\n");
    write_text(paths[1], "[Service]\n\nNice=2\nNoExecPaths=/b\n");
    assert_true(setting_place_find(&spec, "Nice", NULL, &place));
    assert_string_equal(place.path, paths[1]);
    assert_int_equal(place.line, 3);
    assert_true(setting_place_find(&spec, "UMask", NULL, &place));
    assert_string_equal(place.path, paths[0]);
    assert_true(setting_place_find(&spec, "NoExecPaths", "/a", &place));
    assert_string_equal(place.path, paths[0]);
    assert_false(setting_place_find(&spec, "LimitCORE", NULL, &place));
    unlink(paths[0]);
    unlink(paths[1]);
    rmdir(directory);
    assert_false(setting_place_find(&spec, "Nice", NULL, &place));
    spec = (struct unit_spec){ .name = "internal" };
    assert_false(setting_place_find(&spec, "Nice", NULL, &place));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_assignment_counts),
        cmocka_unit_test(of_a_list_the_one_with_the_item),
        cmocka_unit_test(drop_ins_come_after_the_unit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

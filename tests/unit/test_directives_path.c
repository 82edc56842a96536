/* What the directives of [Path] do to a spec, and which mistakes they know (systemd.path(5)). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/directive_fixture.h"

#include <errno.h>

static int try_path(struct fixture *fixture, const char *text)
{
    unit_set_release(&fixture->set);
    assert_int_equal(unit_set_init(&fixture->set, &loader_roots), 0);
    loader_problems_init(&fixture->problems);
    return loader_add(&fixture->set, "a@b.path", text, &fixture->problems);
}

static const struct path_spec *load_path(struct fixture *fixture, const char *text,
                                         const char *problems)
{
    int error = try_path(fixture, text);

    assert_string_equal(fixture->problems.text, problems);
    assert_int_equal(error, 0);
    assert_int_equal(fixture->set.specs[0]->kind, UNIT_PATH);
    return fixture->set.specs[0]->path;
}

static void assert_refused(struct fixture *fixture, const char *text, const char *problems)
{
    assert_int_equal(try_path(fixture, text), -EBADMSG);
    assert_string_equal(fixture->problems.text, problems);
}

static void assert_items(const struct path_spec *spec, const char *wanted)
{
    char text[512] = "";
    size_t length = 0;
    unsigned count = 0;

    for (const struct path_item *at = spec->items; at; at = at->next, count++)
        length += (size_t)snprintf(text + length, sizeof(text) - length, "<%s:%s>",
                                   path_kind_name(at->kind), at->path);
    assert_string_equal(text, wanted);
    assert_int_equal(spec->count, count);
}

static void test_paths(void **state)
{
    const struct path_spec *spec =
        load_path(*state,
                  "[Path]\nPathExists=/a//b/./c/\nPathExistsGlob=/a/*.%i\nPathChanged=/c\n"
                  "PathModified=/with blank\nDirectoryNotEmpty=/d\n",
                  "");

    /* systemd looks at the last one first: conformance path/two-at-once, path/properties. */
    assert_items(spec, "<DirectoryNotEmpty:/d><PathModified:/with blank><PathChanged:/c>"
                       "<PathExistsGlob:/a/*.b><PathExists:/a/b/c>");
}

static void test_defaults(void **state)
{
    const struct path_spec *spec = load_path(*state, "[Path]\nPathExists=/a\n", "");

    assert_string_equal(spec->unit, "a@b.service");
    assert_false(spec->make_directory);
    assert_int_equal(spec->directory_mode, 0755);
    assert_int_equal(spec->trigger_limit_interval_us, 2 * USEC_PER_SEC);
    assert_int_equal(spec->trigger_limit_burst, 200);
}

static void test_all_else(void **state)
{
    const struct path_spec *spec = load_path(
        *state,
        "[Path]\nPathExists=/a\nUnit=%p-x.target\nMakeDirectory=yes\nDirectoryMode=0700\n"
        "TriggerLimitIntervalSec=1min\nTriggerLimitBurst=0\n[Install]\nWantedBy=paths.target\n",
        "");

    assert_string_equal(spec->unit, "a-x.target");
    assert_true(spec->make_directory);
    assert_int_equal(spec->directory_mode, 0700);
    assert_int_equal(spec->trigger_limit_interval_us, 60 * USEC_PER_SEC);
    assert_int_equal(spec->trigger_limit_burst, 0);
}

/* Of each kind: conformance path/unset. */
static void an_empty_path_drops_all(void **state)
{
    assert_items(load_path(*state,
                           "[Path]\nPathExists=/a\nPathChanged=/b\nPathModified=\nPathExists=/c\n",
                           ""),
                 "<PathExists:/c>");
}

static void what_is_refused(void **state)
{
    assert_refused(*state, "[Path]\nMakeDirectory=yes\n",
                   "a@b.path: error: Path unit lacks path setting. Refusing\n"
                   "    hint: PathExists=, PathChanged= or another of systemd.path(5)\n");
    assert_refused(*state, "[Path]\nPathExists=a\nPathExists=/b\n",
                   "a@b.path:2:12: error: PathExists=a is not an absolute path\n");
    assert_refused(*state, "[Path]\nPathChanged=/a/../c\nPathExists=/b\n",
                   "a@b.path:2:13: error: PathChanged=/a/../c is not an absolute path without "
                   "'..'\n");
    assert_refused(*state, "[Path]\nPathExists=/b\nUnit=a@b.path\n",
                   "a@b.path:3:6: error: a unit cannot trigger itself\n");
    assert_refused(*state, "[Path]\nPathExists=/b\nUnit=x@.service\n",
                   "a@b.path:3:6: error: Unit=x@.service is not the name of a unit\n"
                   "    hint: like 'NAME.service'\n");
}

/* conformance path/unit-twice */
static void the_first_unit_counts(void **state)
{
    const struct path_spec *spec =
        load_path(*state, "[Path]\nPathExists=/b\nUnit=c.service\nUnit=d.service\n",
                  "a@b.path:4:6: warning: Unit=d.service is ignored: 'c.service' is what the unit "
                  "triggers\n");

    assert_string_equal(spec->unit, "c.service");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_paths, setup, teardown),
        cmocka_unit_test_setup_teardown(test_defaults, setup, teardown),
        cmocka_unit_test_setup_teardown(test_all_else, setup, teardown),
        cmocka_unit_test_setup_teardown(an_empty_path_drops_all, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(the_first_unit_counts, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

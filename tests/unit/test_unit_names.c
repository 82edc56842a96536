/* Aliases, templates and their instances, .wants/ and the like: systemd.unit(5), DESCRIPTION. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/unit_files_fixture.h"

#define SERVICE "[Service]\nExecStart=/bin/true\n"

static const struct unit_spec *spec_of(const struct fixture *fixture, const char *name)
{
    unit_id id = unit_set_find(&fixture->set, name);

    assert_int_not_equal(id, UNIT_NONE);
    return fixture->set.specs[id];
}

static void assert_names(const struct unit_spec *spec, enum dependency kind, const char *wanted)
{
    char text[512] = "";
    size_t length = 0;

    for (const struct dependency_name *at = spec->dependencies[kind]; at; at = at->next)
        length += (size_t)snprintf(text + length, sizeof(text) - length, "<%s>", at->name);
    assert_string_equal(text, wanted);
}

static void assert_list(string_list list, const char *wanted)
{
    char text[512] = "";
    size_t length = 0;

    for (; list && *list; list++)
        length += (size_t)snprintf(text + length, sizeof(text) - length, "<%s>", *list);
    assert_string_equal(text, wanted);
}

static void test_aliases(void **state)
{
    struct fixture *fixture = *state;

    put_file(fixture, "low/a.service",
             "[Unit]\nDescription=a\n[Install]\nAlias=never.service\n" SERVICE);
    put_link(fixture, "low/b.service", "a.service");
    put_link(fixture, "high/c.service", "../low/b.service");
    put_unit(fixture, "high/d.service", "d");
    put_link(fixture, "low/d.service", "a.service"); /* the other directory has a unit */
    put_file(fixture, "low/c.service.d/x.conf", "[Service]\nNice=3\n");
    put_file(fixture, "low/default.target", "[Unit]\nDescription=t\nWants=b.service\n");
    assert_loaded(fixture, "a.service: a\nd.service: d\ndefault.target: t\n", "");
    assert_ptr_equal(spec_of(fixture, "a.service"), spec_of(fixture, "c.service"));
    assert_list(spec_of(fixture, "b.service")->aliases, "<b.service><c.service>");
    assert_int_equal(spec_of(fixture, "a.service")->exec.nice, 3);
    assert_int_equal(unit_set_find(&fixture->set, "never.service"), UNIT_NONE);
    assert_int_equal(unit_set_resolve(&fixture->set, &fixture->problems.sink), 0);
    assert_int_equal(fixture->set.edges[2][EDGE_WANTS].count, 1);
    assert_int_equal(fixture->set.edges[2][EDGE_WANTS].to[0], 0);
}

static void test_bad_aliases(void **state)
{
    struct fixture *fixture = *state;

    put_link(fixture, "low/a.target", "a.service");
    put_link(fixture, "low/b.service", "c.service");
    put_link(fixture, "low/c.service", "b.service");
    put_link(fixture, "low/d.service", "nowhere.service");
    put_link(fixture, "low/e@x.service", "e@y.service");
    put_link(fixture, "low/f@x.service", "e@y.service"); /* hides no instance of a template */
    put_unit(fixture, "low/f@.service", "f %i");
    put_file(fixture, "low/a.service", "[Unit]\nDescription=a\nWants=f@x.service\n" SERVICE);
    put_link(fixture, "low/m.service", "n.service");
    put_link(fixture, "low/n.service", "/dev/null");
    assert_loaded(
        fixture, "a.service: a\nf@x.service: f x\n",
        "/low/n.service: note: The unit 'n.service' is masked\n"
        "/low/a.target: warning: 'a.target' is ignored as an alias of 'a.service': systemd.unit(5) "
        "does "
        "not allow that\n"
        "/low/b.service: warning: 'b.service' is ignored as an alias of 'c.service': it is one of "
        "an "
        "alias without end\n"
        "/low/c.service: warning: 'c.service' is ignored as an alias of 'b.service': it is one of "
        "an "
        "alias without end\n"
        "/low/d.service: warning: 'd.service' is ignored as an alias of 'nowhere.service': there "
        "is no "
        "such unit\n"
        "/low/e@x.service: warning: 'e@x.service' is ignored as an alias of 'e@y.service': "
        "systemd.unit(5) does not allow that\n"
        "/low/f@x.service: warning: 'f@x.service' is ignored as an alias of 'e@y.service': "
        "systemd.unit(5) does not allow that\n");
}

/* Whoever names an instance brings it, also an instance. */
static void test_named_instances(void **state)
{
    struct fixture *fixture = *state;
    const char *wanted[] = { "w@1.service", "no@1.service", "a.service", NULL };

    put_file(fixture, "low/a.service",
             "[Unit]\nWants=w@a\\x2db.service w@.service\nAfter=gone@x.service\n" SERVICE);
    put_file(fixture, "low/w@.service",
             "[Unit]\nDescription=%n %p %i %I %j %J %N %f %y\nRequires=v@%i.service\n"
             "[Service]\nExecStart=/bin/echo %i\nStateDirectory=%p/%i\n");
    put_file(fixture, "high/v@.service", "[Unit]\nDescription=v of %i\n" SERVICE);
    put_file(fixture, "high/w@1.service.d/x.conf", "[Unit]\nDescription=first\n");
    put_unit(fixture, "low/unused@.service", "unused");
    assert_int_equal(
        unit_files_load(fixture->directories, wanted, &fixture->set, &fixture->problems.sink), 0);
    assert_string_equal(fixture->problems.text, "");
    assert_int_equal(fixture->set.count, 7);
    assert_string_equal(spec_of(fixture, "w@1.service")->description, "first");
    assert_string_equal(spec_of(fixture, "v@a\\x2db.service")->description, "v of a\\x2db");
    assert_names(spec_of(fixture, "a.service"), DEPENDENCY_WANTS,
                 "<w@a\\x2db.service><w@a.service>");
    assert_list(spec_of(fixture, "w@a.service")->exec.directories[DIRECTORY_STATE].names, "<w/a>");
    assert_non_null(strstr(spec_of(fixture, "w@a\\x2db.service")->description,
                           "w@a\\x2db.service w a\\x2db a-b w w w@a\\x2db /a-b /"));
    assert_non_null(strstr(spec_of(fixture, "w@a.service")->fragment_path, "/low/w@.service"));
}

static void test_template_aliases(void **state)
{
    struct fixture *fixture = *state;

    put_file(fixture, "low/real@.service", "[Unit]\nDescription=real %i\n" SERVICE);
    put_link(fixture, "low/other@.service", "real@.service");
    put_link(fixture, "low/plain.service", "real@p.service");
    put_link(fixture, "low/odd@q.service", "real@.service");
    put_file(fixture, "low/other@.service.d/x.conf", "[Service]\nNice=3\n");
    put_file(fixture, "low/user.service",
             "[Unit]\nDescription=u\nRequires=other@x.service plain.service odd@q.service\n"
             "Wants=real@x.service\n" SERVICE);
    assert_loaded(fixture,
                  "user.service: u\nreal@q.service: real q\nreal@p.service: real p\n"
                  "real@x.service: real x\n",
                  "");
    assert_list(spec_of(fixture, "real@p.service")->aliases, "<other@p.service><plain.service>");
    assert_int_equal(spec_of(fixture, "other@p.service")->exec.nice, 3);
    assert_ptr_equal(spec_of(fixture, "other@x.service"), spec_of(fixture, "real@x.service"));
    assert_ptr_equal(spec_of(fixture, "plain.service"), spec_of(fixture, "real@p.service"));
    assert_ptr_equal(spec_of(fixture, "odd@q.service"), spec_of(fixture, "real@q.service"));
    assert_int_equal(unit_set_resolve(&fixture->set, &fixture->problems.sink), 0);
    assert_int_equal(fixture->set.edges[0][EDGE_REQUIRES].count, 3);
}

/* What is wrong with an instance is said once; a masked one is not made from its template. */
static void test_bad_instances(void **state)
{
    struct fixture *fixture = *state;

    put_file(fixture, "low/a.service",
             "[Unit]\nDescription=a\nAfter=b@1.service m@1.service\n" SERVICE);
    put_file(fixture, "low/c.service", "[Unit]\nDescription=c\nAfter=b@1.service\n" SERVICE);
    put_file(fixture, "low/b@.service", "[Service]\nExecStart=/bin/true\nNice=%i0000\n");
    put_unit(fixture, "low/m@.service", "m");
    put_link(fixture, "high/m@1.service", "/dev/null");
    assert_loaded(fixture, "a.service: a\nc.service: c\n",
                  "/high/m@1.service: note: The unit 'm@1.service' is masked\n"
                  "/low/b@.service:3:6: error: Nice=%i0000 is not a number from -20 to 19\n");
}

/* A template that names itself anew is stopped by the bound on names or on units. */
static void test_endless_instances(void **state)
{
    struct fixture *fixture = *state;

    put_file(fixture, "low/a@.service", "[Unit]\nWants=a@x%i.service\n" SERVICE);
    put_file(fixture, "low/a.service", "[Unit]\nWants=a@y.service\n" SERVICE);
    assert_int_equal(
        unit_files_load(fixture->directories, NULL, &fixture->set, &fixture->problems.sink), 0);
    assert_non_null(strstr(fixture->problems.text, "error: 'a@xxxxxxxx"));
    assert_true(fixture->set.count > 200 && fixture->set.count < 255);
}

static void test_links(void **state)
{
    struct fixture *fixture = *state;

    put_file(fixture, "low/a-b.target", "[Unit]\nDescription=t\nWants=first.service\n");
    put_unit(fixture, "low/x.service", "x");
    put_unit(fixture, "low/y@.service", "y");
    put_link(fixture, "low/a-b.target.wants/x.service", "../x.service");
    put_link(fixture, "low/a-b.target.wants/y@1.service", "../y@.service");
    put_link(fixture, "high/a-b.target.requires/y@2.service", "/nowhere/y@.service");
    put_link(fixture, "high/a-b.target.upholds/z.service", "z.service");
    put_link(fixture, "low/a-.target.wants/p.service", "p.service");
    put_link(fixture, "high/target.wants/k.service", "k.service");
    put_link(fixture, "low/a-b.target.wants/masked.service", "x");
    put_file(fixture, "high/a-b.target.wants/masked.service", "");
    put_file(fixture, "low/a-b.target.wants/plain.service", "not a symlink");
    put_link(fixture, "low/a-b.target.wants/README", "README");
    put_link(fixture, "low/a-b.target.wants/renamed.service", "../x.service");
    assert_loaded(
        fixture, "a-b.target: t\nx.service: x\ny@2.service: y\ny@1.service: y\n",
        "/low/a-b.target.wants/README: warning: 'README' is not the name of a unit, ignoring\n"
        "/low/a-b.target.wants/plain.service: warning: 'plain.service' is not a symlink, ignoring\n"
        "/low/a-b.target.wants/renamed.service: warning: 'renamed.service' leads to another name; "
        "it "
        "is the link's that counts\n");
    assert_names(spec_of(fixture, "a-b.target"), DEPENDENCY_WANTS,
                 "<first.service><k.service><p.service><renamed.service><x.service><y@1.service>");
    assert_names(spec_of(fixture, "a-b.target"), DEPENDENCY_REQUIRES, "<y@2.service>");
    assert_names(spec_of(fixture, "a-b.target"), DEPENDENCY_UPHOLDS, "<z.service>");
}

/* Links of templates and aliases count, too; a template in them gets the instance. */
static void test_links_of_instances(void **state)
{
    struct fixture *fixture = *state;

    put_unit(fixture, "low/t@.service", "t %i");
    put_unit(fixture, "low/w@.service", "w %i");
    put_link(fixture, "low/t@1.service", "t@.service");
    put_link(fixture, "low/alias.service", "t@1.service");
    put_link(fixture, "low/t@.service.wants/w@.service", "../w@.service");
    put_link(fixture, "low/alias.service.requires/w@z.service", "../w@.service");
    assert_loaded(fixture, "t@1.service: t 1\nw@z.service: w z\nw@1.service: w 1\n", "");
    assert_names(spec_of(fixture, "t@1.service"), DEPENDENCY_WANTS, "<w@1.service>");
    assert_names(spec_of(fixture, "t@1.service"), DEPENDENCY_REQUIRES, "<w@z.service>");
}

/* A link more or less is a change of the unit. */
static void test_links_in_digest(void **state)
{
    struct fixture *fixture = *state;
    uint64_t before;

    put_unit(fixture, "low/a.service", "a");
    assert_loaded(fixture, "a.service: a\n", "");
    before = spec_of(fixture, "a.service")->digest;
    unit_set_release(&fixture->set);
    assert_int_equal(unit_set_init(&fixture->set, &loader_roots), 0);
    put_link(fixture, "low/a.service.wants/b.service", "b.service");
    assert_loaded(fixture, "a.service: a\n", "");
    assert_true(spec_of(fixture, "a.service")->digest != before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_aliases),         TEST(test_bad_aliases),        TEST(test_named_instances),
        TEST(test_links),           TEST(test_template_aliases),   TEST(test_bad_instances),
        TEST(test_links_in_digest), TEST(test_links_of_instances), TEST(test_endless_instances),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

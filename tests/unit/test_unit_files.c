/* Which files make up which unit: systemd.unit(5), UNIT FILE LOAD PATH. In a directory of its own
 * in /tmp. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/unit_files_fixture.h"

static void test_first_wins(void **state)
{
    struct fixture *fixture = *state;

    put_unit(fixture, "low/b.service", "low b");
    put_unit(fixture, "low/a.service", "low a");
    put_unit(fixture, "high/b.service", "high b");
    put_file(fixture, "high/t.target", "[Unit]\nDescription=target\n");
    put_file(fixture, "high/.hidden.service", "nonsense");
    put_file(fixture, "high/README", "nonsense");
    put_file(fixture, "high/t@.service", "nonsense");
    put_unit(fixture, "low/t@x.service", "instance %i");
    assert_loaded(fixture,
                  "a.service: low a\nb.service: high b\nt.target: target\n"
                  "t@x.service: instance x\n",
                  "");
    assert_non_null(strstr(fixture->set.specs[1]->fragment_path, "/high/b.service"));
}

static void test_drop_ins(void **state)
{
    struct fixture *fixture = *state;

    put_unit(fixture, "low/a-b.service", "0");
    put_file(fixture, "low/a-b.service.d/20.conf", "[Service]\nEnvironment=X=20low\n");
    put_file(fixture, "high/a-b.service.d/10.conf", "[Service]\nEnvironment=X=10high\n");
    put_file(fixture, "low/a-b.service.d/10.conf", "[Service]\nEnvironment=X=10low\n");
    put_file(fixture, "low/a-.service.d/15.conf", "[Service]\nEnvironment=X=15prefix\n");
    put_file(fixture, "low/a-.service.d/20.conf", "[Service]\nEnvironment=X=20prefix\n");
    put_file(fixture, "high/service.d/05.conf", "[Service]\nEnvironment=X=05kind\n");
    put_file(fixture, "high/service.d/20.conf", "[Service]\nEnvironment=X=20kind\n");
    put_file(fixture, "high/target.d/20.conf", "[Service]\nEnvironment=X=target\n");
    put_file(fixture, "low/a-b.service.d/30.txt", "nonsense");
    put_file(fixture, "low/a-b.service.d/.40.conf", "nonsense");
    put_file(fixture, "low/a-b.service.d/50.conf", "[Service]\nEnvironment=X=masked\n");
    put_link(fixture, "high/a-b.service.d/50.conf", "/dev/null");
    put_file(fixture, "low/a-b.service.d/60.conf", "");
    put_file(fixture, "low/a-b.service.d/70.conf", "[Unit]\nDescription=last\n");
    assert_loaded(fixture, "a-b.service: last\n", "");
    string_list list = fixture->set.specs[0]->exec.environment;
    assert_string_equal(list[0], "X=05kind");
    assert_string_equal(list[1], "X=10high");
    assert_string_equal(list[2], "X=15prefix");
    assert_string_equal(list[3], "X=20low");
    assert_null(list[4]);
}

static void test_instances(void **state)
{
    struct fixture *fixture = *state;

    put_unit(fixture, "low/a-b@.service", "instance %i");
    put_link(fixture, "high/a-b@x.service", "../low/a-b@.service");
    put_file(fixture, "low/a-b@.service.d/1.conf", "[Service]\nEnvironment=X=template\n");
    put_file(fixture, "low/a-b@x.service.d/2.conf", "[Service]\nEnvironment=X=%I\n");
    put_file(fixture, "low/a-@.service.d/3.conf", "[Service]\nEnvironment=X=prefix\n");
    put_file(fixture, "low/a-@x.service.d/3.conf", "[Service]\nEnvironment=X=prefix-%i\n");
    put_file(fixture, "low/a-@x.service.d/4.conf", "[Service]\nEnvironment=X=never\n");
    put_file(fixture, "low/a-.service.d/4.conf", "[Service]\nEnvironment=X=plain\n");
    put_file(fixture, "low/a-b.service.d/5.conf", "[Service]\nEnvironment=X=never\n");
    assert_loaded(fixture, "a-b@x.service: instance x\n", "");
    string_list list = fixture->set.specs[0]->exec.environment;
    assert_string_equal(list[0], "X=template");
    assert_string_equal(list[1], "X=x");
    assert_string_equal(list[2], "X=prefix-x");
    assert_string_equal(list[3], "X=plain");
    assert_null(list[4]);
}

/* The prefix ends in a dash, which is not the first character. */
static void test_prefixes(void **state)
{
    struct fixture *fixture = *state;

    put_unit(fixture, "low/-a--b.service", "dashes");
    put_file(fixture, "low/-.service.d/1.conf", "[Service]\nEnvironment=X=never\n");
    put_file(fixture, "low/-a-.service.d/2.conf", "[Service]\nEnvironment=X=one\n");
    put_file(fixture, "low/-a--.service.d/3.conf", "[Service]\nEnvironment=X=two\n");
    put_file(fixture, "low/-a.service.d/4.conf", "[Service]\nEnvironment=X=never\n");
    assert_loaded(fixture, "-a--b.service: dashes\n", "");
    string_list list = fixture->set.specs[0]->exec.environment;
    assert_string_equal(list[0], "X=one");
    assert_string_equal(list[1], "X=two");
    assert_null(list[2]);
}

static void test_masks(void **state)
{
    struct fixture *fixture = *state;

    put_unit(fixture, "low/a.service", "masked by an empty file");
    put_file(fixture, "high/a.service", "");
    put_unit(fixture, "low/b.service", "masked by a symlink");
    put_link(fixture, "high/b.service", "/dev/null");
    put_unit(fixture, "data/e.service", "as Kubernetes mounts it");
    put_link(fixture, "low/e.service", "../data/e.service");
    put_unit(fixture, "data/f.service", "linked as %n");
    put_link(fixture, "low/g.service", "../data/f.service");
    put_file(fixture, "low/g.service.d/x.conf", "[Service]\nEnvironment=X=%y Y=%Y\n");
    assert_loaded(fixture, "e.service: as Kubernetes mounts it\ng.service: linked as g.service\n",
                  "/high/a.service: note: The unit 'a.service' is masked\n"
                  "/high/b.service: note: The unit 'b.service' is masked\n");
    string_list list = fixture->set.specs[1]->exec.environment;
    assert_non_null(strstr(list[0], "/data/f.service"));
    assert_non_null(strstr(list[1], "/data"));
    assert_non_null(strstr(fixture->set.specs[1]->fragment_path, "/low/g.service"));
}

/* None of these may hang or hide the good one. */
static void test_odd_files(void **state)
{
    struct fixture *fixture = *state;
    char *large = calloc(1, UNIT_FILE_SIZE_MAX + 2);

    assert_non_null(large);
    memset(large, '#', UNIT_FILE_SIZE_MAX + 1);
    assert_int_equal(mkfifo(path_of(fixture, "low/a.service"), 0644), 0);
    assert_int_equal(mkdir(path_of(fixture, "low/b.service"), 0755), 0);
    put_link(fixture, "low/c.service", "nowhere/c.service");
    put_link(fixture, "low/d.service", "d.service");
    put_file(fixture, "low/e.service", large);
    put_file(fixture, "low/f.service", "[Service]\nNice=x\n");
    put_file(fixture, "low/g.timer", "[Timer]\n");
    put_link(fixture, "low/h.service", "/dev/zero");
    put_unit(fixture, "low/z.service", "good");
    assert_int_equal(mkfifo(path_of(fixture, "low/z.service.d/a.conf"), 0644), 0);
    assert_loaded(fixture, "z.service: good\n",
                  "/low: warning: 'g.timer' is of a kind that reeve does not run yet, ignoring\n"
                  "/low/a.service: error: Not a regular file\n"
                  "/low/b.service: error: Not a regular file\n"
                  "/low/c.service: error: No such file or directory\n"
                  "/low/d.service: error: Too many levels of symbolic links\n"
                  "/low/e.service: error: Larger than 1 MiB (UNIT_FILE_SIZE_MAX)\n"
                  "/low/f.service:2:6: error: Nice=x is not a number from -20 to 19\n"
                  "/low/f.service: error: Service has no ExecStart=, ExecStop=, or SuccessAction=. "
                  "Refusing\n"
                  "/low/h.service: error: Not a regular file\n"
                  "/low/z.service.d/a.conf: error: Not a regular file\n");
    free(large);
}

static void test_directories(void **state)
{
    struct fixture *fixture = *state;
    const char *missing[] = { fixture->paths[0], "/nonexistent/units", NULL };
    const char *file[] = { "/etc/passwd", NULL };
    const char *many[UNIT_FILE_DIRECTORIES_MAX + 2] = { NULL };

    put_unit(fixture, "high/a.service", "a");
    assert_int_equal(unit_files_load(missing, NULL, &fixture->set, &fixture->problems.sink),
                     -ENOENT);
    assert_string_equal(fixture->problems.text,
                        "/nonexistent/units: error: There is no such directory of units\n");
    assert_int_equal(fixture->set.count, 0);
    assert_int_equal(unit_files_load(file, NULL, &fixture->set, &fixture->problems.sink), -ENOTDIR);
    for (size_t i = 0; i <= UNIT_FILE_DIRECTORIES_MAX; i++)
        many[i] = fixture->paths[0];
    assert_int_equal(unit_files_load(many, NULL, &fixture->set, &fixture->problems.sink), -E2BIG);
    many[UNIT_FILE_DIRECTORIES_MAX] = NULL;
    assert_int_equal(unit_files_load(many, NULL, &fixture->set, &fixture->problems.sink), 0);
    assert_int_equal(fixture->set.count, 1);
    /* Again: the names are taken. */
    loader_problems_init(&fixture->problems);
    assert_int_equal(unit_files_load(many, NULL, &fixture->set, &fixture->problems.sink), 0);
    assert_int_equal(fixture->set.count, 1);
    assert_non_null(strstr(fixture->problems.text, "There already is a unit of this name"));
}

static void test_limits(void **state)
{
    struct fixture *fixture = *state;
    char name[64], first[256];

    put_unit(fixture, "low/a.service", "a");
    for (int i = 0; i <= UNIT_DROP_INS_MAX; i++) {
        snprintf(name, sizeof(name), "low/a.service.d/%d.conf", i);
        put_file(fixture, name, "# nothing");
    }
    assert_loaded(fixture, "",
                  "/low/a.service: error: More than 256 drop-ins (UNIT_DROP_INS_MAX)\n");
    put_file(fixture, "high/first.service", "");
    snprintf(first, sizeof(first), "%s", path_of(fixture, "high/first.service"));
    /* Hard links, since thousands of new files take seconds on some file systems. */
    for (int i = 0; i < UNIT_FILES_MAX; i++) {
        snprintf(name, sizeof(name), "high/%d.service", i);
        assert_int_equal(link(first, path_of(fixture, name)), 0);
    }
    assert_int_equal(
        unit_files_load(fixture->directories, NULL, &fixture->set, &fixture->problems.sink),
        -E2BIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_first_wins), TEST(test_drop_ins),    TEST(test_instances), TEST(test_masks),
        TEST(test_odd_files),  TEST(test_directories), TEST(test_limits),    TEST(test_prefixes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What is refused, what is bounded, and (tests/golden/units) what is said about mistakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "supervisor/unit/directives.h"
#include "supervisor/unit/suggest.h"
#include "tests/unit/directive_fixture.h"

#include <errno.h>
#include <glob.h>

/* Something that reeve cannot do, and "off" after all. */
static void test_taken_back(void **state)
{
    (void)load(*state,
               START "PrivateBPF=yes\nPrivateBPF=yes\nPrivateBPF=no\nPrivateBPF=\nUser=x\nUser=\n"
                     "IgnoreSIGPIPE=yes\nMountFlags=private\nTasksMax=infinity\n",
               "");
}

static void append_lines(char *text, const char *line, size_t count)
{
    text += strlen(text);
    for (size_t i = 0; i < count; i++)
        text = stpcpy(text, line);
}

/* Lists are bounded, and say so. */
static void test_limits(void **state)
{
    static const char *const lines[] = {
        "Environment=A=1\n",     "EnvironmentFile=/a\n", "ExecStartPre=/a\n",
        "SocketBindAllow=any\n", "ImportCredential=a\n",
    };
    struct fixture *fixture = *state;
    char *text = malloc(LIST_MAX * 32 + 100);

    assert_non_null(text);
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        strcpy(text, START);
        append_lines(text, lines[i], LIST_MAX - 1);
        (void)load(fixture, text, "");
        append_lines(text, lines[i], 2);
        unit_set_release(&fixture->set);
        assert_int_equal(unit_set_init(&fixture->set, &loader_roots), 0);
        assert_int_equal(loader_add(&fixture->set, "a.service", text, &fixture->problems),
                         -EBADMSG);
        assert_non_null(strstr(fixture->problems.text, "has more than 4096"));
    }
    free(text);
}

/* All names are found in one place only, and every parser has what it needs. */
static void test_tables(void **state)
{
    struct suggestion suggestion = { .word = "ConditionPathExist" };

    (void)state;
    assert_non_null(directive_find("Service", "ExecStart"));
    assert_null(directive_find("Unit", "ExecStart"));
    assert_null(directive_find("Service", "execstart"));
    assert_string_equal(directive_section_of("Restart"), "Service");
    assert_string_equal(directive_section_of("BindsTo"), "Unit");
    assert_null(directive_section_of("Nonsense"));
    assert_string_equal(directive_section_of("ConditionHost"), "Unit");
    assert_int_equal(known_find("Unit", "JoinsNamespaceOf")->class, KNOWN_REFUSED);
    assert_null(directive_find("Unit", "Condition"));
    assert_null(directive_find("Service", "ConditionHost"));
    assert_int_equal(known_find("Service", "PrivateBPF")->class, KNOWN_SANDBOX);
    directive_suggest("Unit", &suggestion);
    assert_string_equal(suggestion.nearest, "ConditionPathExists");
}

/* systemd.exec(5): a profile with a dash before it may be missing. */
static void test_labels_that_may_be_missing(void **state)
{
    (void)state;
    assert_int_equal(try_load(*state, START "AppArmorProfile=-none\nSELinuxContext=-\n"), 0);
    assert_int_equal(try_load(*state, START "AppArmorProfile=\n"), 0);
    assert_int_equal(try_load(*state, START "AppArmorProfile=own\nAppArmorProfile=-own\n"), 0);
    assert_int_equal(try_load(*state, START "AppArmorProfile=own\n"), -EBADMSG);
    assert_int_equal(try_load(*state, START "RemoveIPC=no\n"), 0);
    assert_int_equal(try_load(*state, START "RemoveIPC=yes\n"), -EBADMSG);
}

/* --- golden files --- */

static char *read_whole(const char *path, size_t *ret_size)
{
    FILE *stream = fopen(path, "r");
    char *text = calloc(1, 65536);

    assert_non_null(text);
    *ret_size = stream ? fread(text, 1, 65535, stream) : 0;
    if (stream)
        fclose(stream);
    return text;
}

/* UPDATE_GOLDEN=1 writes what is said now; look at the difference before it is committed. */
static void compare_golden(struct fixture *fixture, const char *path)
{
    const char *name = strrchr(path, '/') + 1;
    char golden[256], *wanted, *text;
    size_t size;
    struct unit_text part = { .path = name };
    struct unit_source source = { .name = name, .parts = &part, .part_count = 1 };

    snprintf(golden, sizeof(golden), "%s.txt", path);
    text = read_whole(path, &part.size);
    part.text = text;
    loader_problems_init(&fixture->problems);
    (void)!unit_set_add(&fixture->set, &source, &fixture->problems.sink);
    free(text);
    if (getenv("UPDATE_GOLDEN")) {
        FILE *stream = fopen(golden, "w");

        assert_non_null(stream);
        fputs(fixture->problems.text, stream);
        fclose(stream);
    }
    wanted = read_whole(golden, &size);
    print_message("%s\n", name);
    assert_true(size > 0);
    assert_string_equal(fixture->problems.text, wanted);
    free(wanted);
}

static void test_golden(void **state)
{
    glob_t found = { 0 };

    assert_int_equal(glob("tests/golden/units/*.service", 0, NULL, &found), 0);
    assert_int_equal(glob("tests/golden/units/*.target", GLOB_APPEND, NULL, &found), 0);
    assert_true(found.gl_pathc >= 10);
    for (size_t i = 0; i < found.gl_pathc; i++)
        compare_golden(*state, found.gl_pathv[i]);
    globfree(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_taken_back), TEST(test_limits),
        TEST(test_tables),     TEST(test_labels_that_may_be_missing),
        TEST(test_golden),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

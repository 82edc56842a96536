#ifndef REEVE_TESTS_UNIT_FILES_FIXTURE_H
#define REEVE_TESTS_UNIT_FILES_FIXTURE_H

/* Two directories of units of their own in /tmp, and what the loader of files makes of them. Header
 * only; cmocka.h and what it needs come first. */

#include "supervisor/files/unit_files.h"
#include "tests/unit/loader.h"

#include <errno.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
    char root[64];
    char paths[2][96];
    const char *directories[3]; /* root/high, root/low */
    struct unit_set set;
    struct loader_problems problems;
};

static inline int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    (void)status;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    *state = fixture;
    if (!fixture)
        return -1;
    strcpy(fixture->root, "/tmp/reeve-unit-files-XXXXXX");
    if (!mkdtemp(fixture->root) || unit_set_init(&fixture->set, &loader_roots) < 0)
        return -1;
    for (int i = 0; i < 2; i++) {
        stpcpy(stpcpy(fixture->paths[i], fixture->root), i == 0 ? "/high" : "/low");
        fixture->directories[i] = fixture->paths[i];
        if (mkdir(fixture->paths[i], 0755) < 0)
            return -1;
    }
    loader_problems_init(&fixture->problems);
    return 0;
}

static inline int teardown(void **state)
{
    struct fixture *fixture = *state;

    unit_set_release(&fixture->set);
    nftw(fixture->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(fixture);
    return 0;
}

static inline const char *path_of(const struct fixture *fixture, const char *name)
{
    static char path[256];
    char *slash;

    snprintf(path, sizeof(path), "%s/%s", fixture->root, name);
    slash = strrchr(path, '/');
    *slash = '\0';
    (void)mkdir(path, 0755);
    *slash = '/';
    return path;
}

static inline void put_file(const struct fixture *fixture, const char *name, const char *text)
{
    FILE *stream = fopen(path_of(fixture, name), "w");

    assert_non_null(stream);
    fputs(text, stream);
    assert_int_equal(fclose(stream), 0);
}

static inline void put_link(const struct fixture *fixture, const char *name, const char *target)
{
    assert_int_equal(symlink(target, path_of(fixture, name)), 0);
}

static inline void put_unit(const struct fixture *fixture, const char *name,
                            const char *description)
{
    char text[256];

    snprintf(text, sizeof(text), "[Unit]\nDescription=%s\n[Service]\nExecStart=/bin/true\n",
             description);
    put_file(fixture, name, text);
}

/* The sorted units with their descriptions, and the problems without the directory of the test. */
static inline void assert_loaded(struct fixture *fixture, const char *wanted, const char *problems)
{
    char text[1024] = "";
    size_t length = 0;

    assert_int_equal(
        unit_files_load(fixture->directories, NULL, &fixture->set, &fixture->problems.sink), 0);
    for (size_t i = 0; i < fixture->set.count; i++)
        length += (size_t)snprintf(text + length, sizeof(text) - length, "%s: %s\n",
                                   fixture->set.specs[i]->name, fixture->set.specs[i]->description);
    assert_string_equal(text, wanted);
    for (char *at; (at = strstr(fixture->problems.text, fixture->root));)
        memmove(at, at + strlen(fixture->root), strlen(at + strlen(fixture->root)) + 1);
    assert_string_equal(fixture->problems.text, problems);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif

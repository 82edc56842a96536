/* The way to a directory of StateDirectory= and the like: a link of somebody else's leads nowhere.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "supervisor/files/directory.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SOMEBODY = 1500 };

static char base[] = "/var/tmp/reeve-directory.XXXXXX";

/* In one of some static buffers. */
static const char *in_base(const char *name)
{
    static char paths[4][PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof(paths[0]), "%s/%s", base, name);
    return path;
}

static int set_up(void **state)
{
    (void)state;
    strcpy(base + sizeof(base) - 7, "XXXXXX");
    return mkdtemp(base) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    (void)status;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    return nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static mode_t mode_of(const char *path)
{
    struct stat status;

    return lstat(path, &status) < 0 ? 0 : status.st_mode & 07777;
}

static void parents_are_made_as_well(void **state)
{
    (void)state;
    umask(0);
    assert_int_equal(directory_make(in_base("a//b/c"), 0700), 0);
    assert_int_equal(directory_make(in_base("a/b/c"), 0700), 0);
    assert_int_equal(mode_of(in_base("a/b")), 0755);
    assert_int_equal(mode_of(in_base("a/b/c")), 0700);
    assert_int_equal(directory_hand_over(in_base("a/b/c"), 0711, NULL), 0);
    assert_int_equal(mode_of(in_base("a/b/c")), 0711);
}

static void a_file_on_the_way_is_no_directory(void **state)
{
    (void)state;
    assert_int_equal(close(open(in_base("file"), O_CREAT | O_WRONLY, 0600)), 0);
    assert_int_equal(directory_make(in_base("file/c"), 0700), -ENOTDIR);
}

static void a_link_of_ours_is_followed(void **state)
{
    const char *name;
    int parent;

    (void)state;
    assert_int_equal(mkdir(in_base("elsewhere"), 0755), 0);
    assert_int_equal(symlink("elsewhere", in_base("link")), 0);
    assert_int_equal(directory_make(in_base("link/c"), 0700), 0);
    assert_int_equal(mode_of(in_base("elsewhere/c")), 0700);
    parent = directory_open_parent(in_base("link/c"), &name);
    assert_true(parent >= 0);
    assert_string_equal(name, "c");
    fd_close(parent);
}

static void what_a_last_link_leads_to_stays_as_it_is(void **state)
{
    (void)state;
    assert_int_equal(mkdir(in_base("elsewhere"), 0700), 0);
    assert_int_equal(symlink("elsewhere", in_base("link")), 0);
    assert_int_equal(directory_hand_over(in_base("link"), 0777, NULL), 0);
    assert_int_equal(mode_of(in_base("elsewhere")), 0700);
}

/* What a service made of a directory between two of its own, for the next start by root. */
static void a_link_of_a_service_is_a_trap(void **state)
{
    const struct sandbox_identity owner = { .has_uid = true, .uid = SOMEBODY };
    const char *name;

    (void)state;
    if (geteuid() != 0) {
        print_message("skipped: only root can be trapped\n");
        skip();
    }
    assert_int_equal(directory_make(in_base("a/b/c"), 0755), 0);
    assert_int_equal(directory_make(in_base("victim/c"), 0700), 0);
    assert_int_equal(directory_hand_over(in_base("a"), 0755, &owner), 0);
    assert_int_equal(rename(in_base("a/b"), in_base("a/was")), 0);
    assert_int_equal(symlink("../victim", in_base("a/b")), 0);
    assert_int_equal(lchown(in_base("a/b"), SOMEBODY, SOMEBODY), 0);
    assert_int_equal(directory_make(in_base("a/b/c"), 0755), -ELOOP);
    assert_int_equal(directory_make(in_base("a/b/new"), 0755), -ELOOP);
    assert_int_equal(directory_hand_over(in_base("a/b/c"), 0777, &owner), -ELOOP);
    assert_int_equal(directory_open_parent(in_base("a/b/c"), &name), -ELOOP);
    assert_int_equal(mode_of(in_base("victim/c")), 0700);
    assert_int_equal(mode_of(in_base("victim/new")), 0);
    /* Nor is one of root's that the service can put somewhere else. */
    assert_int_equal(lchown(in_base("a/b"), 0, 0), 0);
    assert_int_equal(directory_make(in_base("a/b/new"), 0755), -ELOOP);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(parents_are_made_as_well),      TEST(a_file_on_the_way_is_no_directory),
        TEST(a_link_of_ours_is_followed),    TEST(what_a_last_link_leads_to_stays_as_it_is),
        TEST(a_link_of_a_service_is_a_trap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* From wishes to the shortest list of mounts. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sandbox/mount_list.h"
#include "sandbox/mount_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_SIZE = 4096 };

static struct mount_list list; /* fresh for each test */

static int set_up(void **state)
{
    (void)state;
    list = (struct mount_list){ 0 };
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    mount_list_release(&list);
    return 0;
}

static void wish(const char *path, struct mount_wish more)
{
    more.path = strdup(path);
    more.directive = "Test";
    assert_int_equal(mount_list_add(&list, more), 0);
}

static void read_only(const char *path)
{
    wish(path, (struct mount_wish){ .write = WISH_READ_ONLY });
}

static void writable(const char *path)
{
    wish(path, (struct mount_wish){ .write = WISH_WRITABLE });
}

static void own(const char *path)
{
    wish(path, (struct mount_wish){ .write = WISH_OWN, .is_kept = true });
}

static void cover(const char *path, enum mount_kind kind)
{
    wish(path, (struct mount_wish){ .kind = kind, .write = WISH_WRITABLE });
}

/* "PATH kind flag flag\n" for each that is left. */
static void assert_left(const char *wanted)
{
    static const char *const kinds[] = { "self", "bind", "tmpfs", "hidden", "devices", "proc" };
    static const char *const flags[] = { "optional", "ro",   "noexec",  "rw",  "exec",
                                         "late",     "make", "covered", "flat" };
    char text[TEXT_SIZE] = "";
    struct mount_plan *plan = NULL;
    size_t length = 0;

    assert_int_equal(mount_list_settle(&list), 0);
    assert_int_equal(mount_list_plan(&list, &plan), 0);
    for (size_t i = 0; i < plan->count; i++) {
        const struct mount_entry *entry = &plan->entries[i];

        length += (size_t)snprintf(text + length, sizeof(text) - length, "%s %s", entry->path,
                                   kinds[entry->kind]);
        for (size_t bit = 0; bit < ARRAY_SIZE(flags); bit++)
            if (entry->flags >> bit & 1)
                length += (size_t)snprintf(text + length, sizeof(text) - length, " %s", flags[bit]);
        length += (size_t)snprintf(text + length, sizeof(text) - length, "\n");
    }
    free(plan);
    assert_string_equal(text, wanted);
}

static void nothing_is_made_of_nothing(void **state)
{
    (void)state;
    assert_left("");
}

static void strict_is_sorted_and_has_no_more_than_it_needs(void **state)
{
    (void)state;
    writable("/proc");
    own("/var/lib/a");
    read_only("/");
    read_only("/usr"); /* says what "/" says */
    writable("/var/lib/a/b");
    read_only("/proc/sys");
    assert_left("/ self ro\n"
                "/proc self\n"
                "/proc/sys self ro\n"
                "/var/lib/a self\n");
}

static void what_is_writable_below_what_is_writable_is_not_said(void **state)
{
    (void)state;
    writable("/a");
    own("/b");
    assert_left("");
}

static void names_that_only_begin_alike_are_not_below(void **state)
{
    (void)state;
    read_only("/a");
    writable("/a-b");
    writable("/a.c/d");
    writable("/a/b");
    assert_left("/a self ro\n"
                "/a/b self\n");
}

static void of_one_path_the_strictest_counts(void **state)
{
    (void)state;
    writable("/a");
    read_only("/a");
    read_only("/b");
    wish("/b", (struct mount_wish){ .kind = MOUNT_HIDDEN });
    assert_left("/a self ro\n"
                "/b hidden\n");
}

static void own_directories_stay_writable(void **state)
{
    (void)state;
    read_only("/");
    own("/a");
    read_only("/a");
    assert_left("/ self ro\n"
                "/a self\n");
}

static void missing_is_pardoned_only_if_all_say_so(void **state)
{
    (void)state;
    wish("/a", (struct mount_wish){ .write = WISH_READ_ONLY, .is_optional = true });
    wish("/a", (struct mount_wish){ .write = WISH_READ_ONLY, .is_optional = true });
    wish("/b", (struct mount_wish){ .write = WISH_READ_ONLY, .is_optional = true });
    read_only("/b");
    assert_left("/a self optional ro\n"
                "/b self ro\n");
}

static void writing_and_executing_are_apart(void **state)
{
    (void)state;
    wish("/", (struct mount_wish){ .exec = WISH_NO_EXEC });
    wish("/usr", (struct mount_wish){ .exec = WISH_EXEC });
    read_only("/usr/lib");
    read_only("/var");
    assert_left("/ self noexec\n"
                "/usr self\n"
                "/usr/lib self ro\n"
                "/var self ro noexec\n");
}

static void below_something_hidden_is_nothing(void **state)
{
    (void)state;
    wish("/a", (struct mount_wish){ .kind = MOUNT_HIDDEN });
    writable("/a/b");
    cover("/a/c", MOUNT_TMPFS);
    assert_left("/a hidden\n");
}

static void what_is_needed_stays_in_sight(void **state)
{
    (void)state;
    wish("/a", (struct mount_wish){ .kind = MOUNT_HIDDEN });
    own("/a/b/c");
    writable("/a/d");
    wish("/a/sockets", (struct mount_wish){ .is_kept = true });
    assert_left("/a tmpfs ro\n"
                "/a/b/c self make covered\n"
                "/a/sockets self ro make covered\n");
}

static void what_is_needed_and_not_covered_is_not_said(void **state)
{
    (void)state;
    read_only("/");
    wish("/run/sockets", (struct mount_wish){ .is_kept = true });
    assert_left("/ self ro\n");
}

static void parts_of_a_bind_are_taken_when_it_is_there(void **state)
{
    (void)state;
    wish("/data", (struct mount_wish){ .kind = MOUNT_BIND, .write = WISH_READ_ONLY });
    writable("/data/w");
    read_only("/data/w/fixed");
    assert_left("/data bind ro make\n"
                "/data/w self rw late\n"
                "/data/w/fixed self ro late\n");
}

static void a_bind_into_a_tmpfs_is_made_there(void **state)
{
    (void)state;
    cover("/var", MOUNT_TMPFS);
    cover("/var/lib/x", MOUNT_BIND);
    assert_left("/var tmpfs make\n"
                "/var/lib/x bind make covered\n");
}

/* /dev is read-only, and what lies in it is of other file systems: as in systemd 257. */
static void what_devices_leave_is_as_it_was_unless_it_is_named(void **state)
{
    (void)state;
    wish("/dev", (struct mount_wish){ .kind = MOUNT_DEVICES, .write = WISH_READ_ONLY });
    read_only("/");
    read_only("/dev/shm");
    writable("/dev/shm/w");
    writable("/dev/mqueue");
    wish("/dev/mqueue", (struct mount_wish){ .write = WISH_READ_ONLY_UNLESS });
    wish("/dev/pts", (struct mount_wish){ .write = WISH_READ_ONLY_UNLESS });
    wish("/dev/hugepages", (struct mount_wish){ .exec = WISH_NO_EXEC });
    assert_left("/ self ro\n"
                "/dev devices ro make\n"
                "/dev/hugepages self noexec late\n"
                "/dev/pts self ro late\n"
                "/dev/shm self ro late\n"
                "/dev/shm/w self rw late\n");
}

static void too_many_are_refused(void **state)
{
    (void)state;
    for (int i = 0; i <= MOUNTS_MAX; i++) {
        char path[32];

        snprintf(path, sizeof(path), "/%d", i);
        read_only(path);
    }
    assert_int_equal(mount_list_settle(&list), -E2BIG);
}

static void options_become_pairs(void **state)
{
    static const char wanted[] = "mode\0"
                                 "0755\0"
                                 "size\0"
                                 "10%\0"
                                 "huge\0"
                                 "\0"
                                 "mode\0"
                                 "0700\0";
    struct mount_options options = { 0 };

    (void)state;
    assert_int_equal(mount_options_parse("ro,nosuid,huge,,noexec,mode=0700", &options), 0);
    assert_true(options.is_read_only);
    assert_true(options.is_no_exec);
    assert_int_equal(options.size, sizeof(wanted));
    assert_memory_equal(options.pairs, wanted, sizeof(wanted));
    free(options.pairs);
    assert_int_equal(mount_options_parse(NULL, &options), 0);
    assert_int_equal(options.size, sizeof("mode\0"
                                          "0755\0"
                                          "size\0"
                                          "10%\0"));
    assert_false(options.is_read_only);
    free(options.pairs);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_made_of_nothing),
        TEST(strict_is_sorted_and_has_no_more_than_it_needs),
        TEST(what_is_writable_below_what_is_writable_is_not_said),
        TEST(names_that_only_begin_alike_are_not_below),
        TEST(of_one_path_the_strictest_counts),
        TEST(own_directories_stay_writable),
        TEST(missing_is_pardoned_only_if_all_say_so),
        TEST(writing_and_executing_are_apart),
        TEST(below_something_hidden_is_nothing),
        TEST(what_is_needed_stays_in_sight),
        TEST(what_is_needed_and_not_covered_is_not_said),
        TEST(parts_of_a_bind_are_taken_when_it_is_there),
        TEST(a_bind_into_a_tmpfs_is_made_there),
        TEST(what_devices_leave_is_as_it_was_unless_it_is_named),
        TEST(too_many_are_refused),
        TEST(options_become_pairs),
    };

    return cmocka_run_group_tests_name("mount_list", tests, NULL, NULL);
}

/* reeve-health: the newest picture of a directory whose owner is not to be trusted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisor/health/picture.h"
#include "supervisor/wire/fd.h"

#define PNG "\x89PNG\r\n\x1a\n"

struct place {
    char path[64];
    int directory;
    struct picture picture;
};

static int set_up(void **state)
{
    static struct place place;

    place = (struct place){ .path = "/tmp/reeve-picture-XXXXXX" };
    assert_non_null(mkdtemp(place.path));
    place.directory = open(place.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(place.directory >= 0);
    *state = &place;
    return 0;
}

static const char *const names[] = { "a.png", "b.png", "c.png", ".d.png", "e.txt", "link.png" };

static int tear_down(void **state)
{
    struct place *place = *state;

    picture_release(&place->picture);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        (void)unlinkat(place->directory, names[i], 0);
    fd_close(place->directory);
    return rmdir(place->path);
}

/* A file whose time is `seconds`. */
static void put(const struct place *place, const char *name, const char *text, time_t seconds)
{
    const struct timespec times[2] = { { .tv_sec = seconds }, { .tv_sec = seconds } };
    cleanup_fd int fd =
        openat(place->directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(futimens(fd, times), 0);
}

static void the_newest_is_read(void **state)
{
    struct place *place = *state;
    struct picture *picture = &place->picture;
    uint64_t tag;

    assert_int_equal(picture_refresh(picture, place->path), -ENOENT);
    put(place, "b.png", PNG "older", 1000);
    put(place, "a.png", PNG "newer", 2000);
    put(place, ".d.png", PNG "being written", 3000);
    put(place, "e.txt", PNG "something else", 4000);
    assert_int_equal(picture_refresh(picture, place->path), 0);
    assert_string_equal(picture->bytes.bytes, PNG "newer");
    assert_int_equal(picture->realtime_us, 2000 * USEC_PER_SEC);
    tag = picture->tag;
    assert_int_equal(picture_refresh(picture, place->path), 0);
    assert_int_equal(picture->tag, tag);
    put(place, "c.png", PNG "newest", 5000);
    assert_int_equal(picture_refresh(picture, place->path), 0);
    assert_string_equal(picture->bytes.bytes, PNG "newest");
    assert_int_not_equal(picture->tag, tag);
    assert_int_equal(picture_refresh(picture, "/nonexistent"), -ENOENT);
    assert_int_equal(picture->bytes.length, 0);
}

static void what_is_no_picture_is_not(void **state)
{
    struct place *place = *state;

    put(place, "a.png", "root:x:0:0::/root:/bin/sh", 1000);
    assert_int_equal(picture_refresh(&place->picture, place->path), -EBADMSG);
    assert_int_equal(place->picture.bytes.length, 0);
    put(place, "a.png", "", 1000);
    assert_int_equal(picture_refresh(&place->picture, place->path), -EBADMSG);
}

static void links_pipes_and_what_is_too_long_are_not_seen(void **state)
{
    struct place *place = *state;
    cleanup_fd int fd = -1;

    put(place, "e.txt", PNG "elsewhere", 1000);
    assert_int_equal(symlinkat("e.txt", place->directory, "link.png"), 0);
    assert_int_equal(mkfifoat(place->directory, "a.png", 0600), 0);
    put(place, "b.png", PNG, 1000);
    fd = openat(place->directory, "b.png", O_WRONLY | O_CLOEXEC);
    assert_int_equal(ftruncate(fd, PICTURE_MAX + 1), 0);
    assert_int_equal(picture_refresh(&place->picture, place->path), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_newest_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_picture_is_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(links_pipes_and_what_is_too_long_are_not_seen, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

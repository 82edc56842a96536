#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sandbox/plain_path.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A path that was resolved is opened as it is, also where openat2(2) is refused as below systemd.
 */

static char top[PATH_MAX];

static int opened(const char *below, int flags)
{
    char path[2 * PATH_MAX];
    int fd;

    snprintf(path, sizeof(path), "%s%s", top, below);
    fd = plain_path_open(path, flags);
    if (fd < 0)
        return fd;
    close(fd);
    return 0;
}

static void try_all(void)
{
    char name[NAME_MAX + 3];

    assert_int_equal(opened("", O_PATH), 0);
    assert_int_equal(opened("/directory/", O_RDONLY | O_DIRECTORY), 0);
    assert_int_equal(opened("/directory//file", O_PATH), 0);
    assert_int_equal(opened("/directory/file", O_RDONLY | O_DIRECTORY), -ENOTDIR);
    assert_int_equal(opened("/directory/file/no", O_PATH), -ENOTDIR);
    assert_int_equal(opened("/directory/none", O_PATH), -ENOENT);
    assert_int_equal(opened("/link", O_PATH), -ELOOP);
    assert_int_equal(opened("/link", O_RDONLY), -ELOOP);
    assert_int_equal(opened("/link/file", O_PATH), -ELOOP);
    name[0] = '/';
    memset(name + 1, 'x', NAME_MAX + 1);
    name[NAME_MAX + 2] = '\0';
    assert_int_equal(opened(name, O_PATH), -ENAMETOOLONG);
    cleanup_fd int root = plain_path_open("/", O_PATH);
    assert_true(root >= 0);
}

static int make(void **state)
{
    char path[PATH_MAX + 32], *real;

    (void)state;
    snprintf(path, sizeof(path), "%s", "/tmp/reeve-plain-XXXXXX");
    if (!mkdtemp(path) || !(real = realpath(path, NULL)))
        return -1;
    snprintf(top, sizeof(top), "%s", real);
    free(real);
    snprintf(path, sizeof(path), "%s/directory", top);
    if (mkdir(path, 0700) < 0)
        return -1;
    snprintf(path, sizeof(path), "%s/directory/file", top);
    close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    snprintf(path, sizeof(path), "%s/link", top);
    return symlink("directory", path);
}

static int clear(void **state)
{
    static const char *const names[] = { "/directory/file", "/directory", "/link", "" };
    char path[PATH_MAX + 32];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        snprintf(path, sizeof(path), "%s%s", top, names[i]);
        (void)remove(path);
    }
    return 0;
}

static void no_link_is_followed(void **state)
{
    (void)state;
    try_all();
}

static void nor_without_openat2(void **state)
{
    pid_t child = fork();
    int status;

    (void)state;
    assert_true(child >= 0);
    if (child == 0) {
        scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

        if (!filter || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
            seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(openat2), 0) < 0 ||
            seccomp_load(filter) < 0)
            _exit(2);
        seccomp_release(filter);
        try_all();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_link_is_followed),
        cmocka_unit_test(nor_without_openat2),
    };

    return cmocka_run_group_tests(tests, make, clear);
}

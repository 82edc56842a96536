/* Mounts of a service's own, in the child that they were made for: what it is left with, and what
 * is said when it fails. With ordinary programs, and all directives: tests/shell/mounts.sh. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "supervisor/unit/exit_status.h"
#include "supervisor/wire/fd.h"
#include "tests/unit/sandbox_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

enum { FEW_FILES = 6 };

static struct sandbox_abilities abilities; /* of this place, probed once */
static struct fixture fixture;
static char base[FIXTURE_PATH_SIZE], open_directory[FIXTURE_PATH_SIZE],
    other_directory[FIXTURE_PATH_SIZE];
static char *writable[] = { open_directory, NULL };

static int set_up(void **state)
{
    (void)state;
    strcpy(base, "/tmp/reeve-mounts-XXXXXX");
    if (!mkdtemp(base))
        return -1;
    snprintf(open_directory, sizeof(open_directory), "%.200s/open", base);
    snprintf(other_directory, sizeof(other_directory), "%.200s/other", base);
    if (mkdir(open_directory, 0755) < 0 || mkdir(other_directory, 0755) < 0)
        return -1;
    fixture_init(&fixture);
    fixture.abilities = abilities;
    fixture.context.gid = getgid();
    fixture.spec.exec.protect_system = PROTECT_SYSTEM_STRICT;
    fixture.spec.exec.read_write_paths = writable;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_release(&fixture);
    if (unlink(open_directory) < 0) /* a link in its place */
        (void)rmdir(open_directory);
    (void)rmdir(other_directory);
    return rmdir(base);
}

static void need_mounts(void)
{
    if (abilities.mount_namespace || (abilities.user_namespace && getuid() != 0))
        return;
    print_message("skipped: no mount namespace can be had here (errno %d, %d)\n",
                  abilities.mount_errno, abilities.user_errno);
    skip();
}

static void plan(void)
{
    need_mounts();
    assert_int_equal(fixture_plan(&fixture), 0);
}

static int try_create(const void *directory)
{
    int at = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = at < 0 ? -1 : openat(at, "new", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    int error = fd < 0 ? errno : 0;

    if (fd >= 0)
        (void)unlinkat(at, "new", 0);
    return error;
}

static void only_what_is_asked_for_is_writable(void **state)
{
    (void)state;
    plan();
    assert_int_equal(fixture_try(&fixture, try_create, open_directory), 0);
    assert_int_equal(fixture_try(&fixture, try_create, other_directory), EROFS);
    assert_int_equal(try_create(other_directory), 0); /* for the others nothing has changed */
}

static int try_read(const void *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char byte;
    int error = fd < 0 ? errno : read(fd, &byte, 1) == 1 ? 0 : EIO;

    if (fd >= 0)
        fd_close(fd);
    return error;
}

static void assert_hidden(const char *path)
{
    int error = fixture_try(&fixture, try_read, path);

    assert_true(error == EACCES || error == EIO); /* root reads the file without rights: nothing */
}

/* Nothing but files, and none of them may lie below what hides them until it is taken away. */
static void files_alone_are_hidden_wherever_they_are(void **state)
{
    static char in_proc[] = "/proc/version", in_sys[] = "-/sys/kernel/notes";
    static char *paths[] = { in_proc, in_sys, NULL };

    (void)state;
    if (try_read(in_proc) != 0 || try_read(in_sys + 1) != 0) {
        print_message("skipped: %s cannot be read here anyway\n", in_sys + 1);
        skip();
    }
    fixture.spec.exec.protect_system = PROTECT_SYSTEM_NO;
    fixture.spec.exec.read_write_paths = NULL;
    fixture.spec.exec.inaccessible_paths = paths;
    plan();
    assert_hidden(in_proc);
    assert_hidden(in_sys + 1);
}

/* 0: not executable. */
static int try_flags(const void *path)
{
    struct statvfs status;

    if (statvfs(path, &status) < 0)
        return errno;
    return status.f_flag & ST_NOEXEC ? 0 : EPERM;
}

static void what_devices_leave_is_no_more_executable_than_all(void **state)
{
    static char root[] = "/";
    static char *no_exec[] = { root, NULL };

    (void)state;
    if (try_flags("/dev/shm") != EPERM) {
        print_message("skipped: nothing in /dev/shm is executable here anyway\n");
        skip();
    }
    fixture.spec.exec.private_devices = true;
    plan();
    assert_int_equal(fixture_try(&fixture, try_flags, "/dev/shm"), EPERM);
    fixture_release(&fixture);
    fixture.spec.exec.no_exec_paths = no_exec;
    plan();
    assert_int_equal(fixture_try(&fixture, try_flags, "/dev/shm"), 0);
}

/* --- what the process is left with --- */

static int count_files(void)
{
    DIR *directory = opendir("/proc/self/fd");
    int count = 0;

    while (directory && readdir(directory))
        count++;
    if (directory)
        closedir(directory);
    return count;
}

static int try_files(const void *wanted)
{
    return count_files() - *(const int *)wanted;
}

static void no_descriptor_is_left_open(void **state)
{
    int count = count_files();

    (void)state;
    fixture.spec.exec.private_devices = true;
    fixture.spec.exec.private_tmp = PRIVATE_TMP_YES;
    plan();
    assert_int_equal(fixture_try(&fixture, try_files, &count), 0);
}

static int try_state(const void *wanted_umask)
{
    mode_t mask = umask(0);

    if (mask != *(const mode_t *)wanted_umask)
        return 1;
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        return 2;
    return 0;
}

static void umask_and_no_new_privileges_are_as_planned(void **state)
{
    mode_t mask = 0077;

    (void)state;
    fixture.spec.exec.umask = mask;
    plan();
    assert_int_equal(fixture_try(&fixture, try_state, &mask), 0);
}

/* Takes no descriptor. */
static int try_rename(const void *directory)
{
    return rename(directory, base) < 0 ? errno : 0;
}

/* Some twenty descriptors are open for a moment. */
static void a_low_limit_of_files_does_not_hinder_it(void **state)
{
    (void)state;
    fixture_limit(&fixture, RLIMIT_NOFILE, FEW_FILES);
    fixture.spec.exec.private_devices = true;
    plan();
    assert_int_equal(fixture_try(&fixture, try_rename, other_directory), EROFS);
}

#ifdef SYS_iopl
/* To ask for what one has already takes no right. */
static int try_hardware(const void *nothing)
{
    (void)nothing;
    return syscall(SYS_iopl, 0) < 0 ? errno : 0;
}

static void without_devices_nobody_talks_to_the_hardware(void **state)
{
    (void)state;
    if (try_hardware(NULL) != 0) {
        print_message("skipped: iopl() is not to be had here\n");
        skip();
    }
    plan();
    assert_int_equal(fixture_try(&fixture, try_hardware, NULL), 0);
    fixture_release(&fixture);
    fixture.spec.exec.private_devices = true;
    plan();
    assert_int_equal(fixture_try(&fixture, try_hardware, NULL), EPERM);
}
#endif

/* --- failures --- */

/* In a child: the directive at whose mount it fails, by the first letters of its name, or 0. */
static void assert_fails_at(const char *wanted_directive, const char *wanted_path, int wanted_error)
{
    struct stage_failure told = { 0 };
    char wanted[256], text[512];
    int ends[2], status;
    pid_t pid;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid = fork();
    if (pid == 0) {
        if (sandbox_apply_command(fixture.plan, SANDBOX_ALL, &told) == 0)
            _exit(1);
        _exit(write(ends[1], &told, sizeof(told)) != (ssize_t)sizeof(told));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(read(ends[0], &told, sizeof(told)), sizeof(told));
    fd_close(ends[0]);
    fd_close(ends[1]);
    assert_int_equal(told.error, wanted_error);
    assert_int_equal(stage_exit_status(told.stage), EXIT_STATUS_NAMESPACE);
    snprintf(wanted, sizeof(wanted), "%s=, '%s': %s", wanted_directive, wanted_path,
             strerror(wanted_error));
    sandbox_plan_tell(fixture.plan, &told, text, sizeof(text));
    assert_ptr_equal(strstr(text, wanted), text);
}

static void what_went_missing_is_named(void **state)
{
    (void)state;
    plan();
    assert_int_equal(rmdir(open_directory), 0);
    assert_fails_at("ReadWritePaths", open_directory, ENOENT);
}

/* Between the plan and the start somebody leads the writable path elsewhere. */
static void a_link_that_came_later_is_not_followed(void **state)
{
    (void)state;
    plan();
    assert_int_equal(rmdir(open_directory), 0);
    assert_int_equal(symlink(other_directory, open_directory), 0);
    assert_fails_at("ReadWritePaths", open_directory, ELOOP);
}

static void a_file_system_that_cannot_be_had_is_named(void **state)
{
    struct mount_item item = { .path = other_directory, .options = "size=nonsense" };

    (void)state;
    fixture.spec.exec.temporary_file_systems = &item;
    plan();
    assert_fails_at("TemporaryFileSystem", other_directory, EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_what_is_asked_for_is_writable),
        TEST(files_alone_are_hidden_wherever_they_are),
        TEST(what_devices_leave_is_no_more_executable_than_all),
        TEST(no_descriptor_is_left_open),
        TEST(umask_and_no_new_privileges_are_as_planned),
        TEST(a_low_limit_of_files_does_not_hinder_it),
#ifdef SYS_iopl
        TEST(without_devices_nobody_talks_to_the_hardware),
#endif
        TEST(what_went_missing_is_named),
        TEST(a_link_that_came_later_is_not_followed),
        TEST(a_file_system_that_cannot_be_had_is_named),
    };

    if (sandbox_abilities_probe(&abilities) < 0)
        return 1;
    return cmocka_run_group_tests_name("sandbox_mounts", tests, NULL, NULL);
}

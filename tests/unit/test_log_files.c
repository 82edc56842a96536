/*
 * LogFile=: reeve-log as a process that writes a unit's lines to files, rotates and compresses
 * them, with a stand-in for PID 1 that keeps its memory and kills it at one system call after the
 * other.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <zstd.h>

#include "supervisor/log/file.h"
#include "supervisor/log/rotated.h"
#include "supervisor/wire/channel.h"
#include "supervisor/wire/fd.h"

#include "tests/unit/log_fixture.h"

enum { NUMBER_SIZE = 64 };

/* What PID 1 has of the unit and of reeve-log. */
static struct {
    char path[64];
    int directory;
    struct pipe_ends unit, out; /* `out` -1: what it writes is of no interest */
    int notify;                 /* hears of the memory to be kept */
    char notify_name[1 + 64];   /* "@", and the path */
    int ring;                   /* -1: none yet */
    struct wire_rules rules;
    bool is_traced;
} world;

static int set_up(void **state)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    (void)state;
    strcpy(world.path, "/tmp/reeve-files-XXXXXX");
    assert_non_null(mkdtemp(world.path));
    world.directory = open(world.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    world.unit = pipe_open();
    world.ring = -1;
    world.out = (struct pipe_ends){ -1, -1 };
    world.is_traced = false;
    world.notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    snprintf(world.notify_name, sizeof(world.notify_name), "@%s", world.path);
    strcpy(address.sun_path + 1, world.path);
    assert_int_equal(
        bind(world.notify, (struct sockaddr *)&address,
             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(world.path))),
        0);
    world.rules = (struct wire_rules){ .level = 6,
                                       .level_max = 7,
                                       .has_level_prefix = 1,
                                       .rule_count = 1,
                                       .file_format = FORMAT_CAT,
                                       .file_age_us = USEC_INFINITY };
    return 0;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    pipe_close(&world.unit);
    pipe_close(&world.out);
    fd_close(world.directory);
    fd_close(world.notify);
    fd_close(world.ring);
    snprintf(command, sizeof(command), "rm -rf %s", world.path);
    assert_int_equal(system(command), 0);
    return 0;
}

/* --- reeve-log --- */

static void become_reeve_log(int wire)
{
    char pid[16];

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    snprintf(pid, sizeof(pid), "%d", (int)getpid());
    setenv("LOGS_DIRECTORY", world.path, 1);
    setenv("NOTIFY_SOCKET", world.notify_name, 1);
    setenv("LISTEN_PID", pid, 1);
    setenv("LISTEN_FDNAMES", "ring", 1);
    setenv("LISTEN_FDS", world.ring >= 0 ? "1" : "0", 1);
    dup2(world.out.write >= 0 ? world.out.write : open("/dev/null", O_WRONLY), STDOUT_FILENO);
    wire = fcntl(wire, F_DUPFD, 10);
    if (world.ring >= 0)
        dup2(fcntl(world.ring, F_DUPFD, 10), WIRE_FD + 1);
    dup2(wire, WIRE_FD);
    if (world.is_traced)
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    execl(program, "reeve-log", "--output", "cat", "--keep", "256K", (char *)NULL);
    _exit(127);
}

static void tell_of_unit(const struct helper *helper)
{
    union wire_message message;

    wire_begin(&message, WIRE_HELLO);
    assert_int_equal(channel_send(helper->wire, &message, -1), 0);
    wire_begin(&message, WIRE_SOURCE);
    message.source.stream = 1;
    message.source.has_rules = 1;
    strcpy(message.source.name, "unit0.service");
    assert_int_equal(channel_send(helper->wire, &message, world.unit.read), 0);
    wire_begin(&message, WIRE_RULES);
    world.rules.header = message.header;
    message.rules = world.rules;
    assert_int_equal(channel_send(helper->wire, &message, -1), 0);
    wire_begin(&message, WIRE_RULE);
    message.rule.kind = WIRE_RULE_FILE;
    strcpy(message.rule.text, "unit0.log");
    assert_int_equal(channel_send(helper->wire, &message, -1), 0);
}

static struct helper start(void)
{
    struct helper helper;
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    helper.wire = ends[0];
    helper.pid = fork();
    assert_true(helper.pid >= 0);
    if (helper.pid == 0)
        become_reeve_log(ends[1]);
    close(ends[1]);
    tell_of_unit(&helper);
    return helper;
}

/* What it wants to be kept, as PID 1's store does. */
static void take_ring(void)
{
    char text[256], control[CMSG_SPACE(sizeof(int))];
    struct iovec part = { text, sizeof(text) };

    for (;;) {
        struct msghdr message = { .msg_iov = &part,
                                  .msg_iovlen = 1,
                                  .msg_control = control,
                                  .msg_controllen = sizeof(control) };
        struct cmsghdr *head;

        if (recvmsg(world.notify, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
            return;
        head = CMSG_FIRSTHDR(&message);
        if (head) {
            fd_close(world.ring);
            memcpy(&world.ring, CMSG_DATA(head), sizeof(int));
        }
    }
}

static void say_numbers(unsigned from, unsigned count)
{
    for (unsigned i = from; i < from + count; i++) {
        char line[NUMBER_SIZE + 4]; /* the compiler counts ten digits */

        snprintf(line, sizeof(line), "%08u %*s\n", i, NUMBER_SIZE - 10, "x");
        write_all(world.unit.write, line, NUMBER_SIZE);
    }
}

/* --- the files --- */

static char *read_file(const char *name, size_t *ret_length)
{
    cleanup_fd int fd = openat(world.directory, name, O_RDONLY);
    struct stat status;
    char *text;

    if (fd < 0)
        return NULL;
    assert_int_equal(fstat(fd, &status), 0);
    text = malloc((size_t)status.st_size + 1);
    assert_non_null(text);
    assert_int_equal(read(fd, text, (size_t)status.st_size), status.st_size);
    text[status.st_size] = '\0';
    *ret_length = (size_t)status.st_size;
    return text;
}

static char *read_compressed(const char *name, size_t *ret_length)
{
    size_t length, size = 1 << 20;
    cleanup_free char *bytes = read_file(name, &length);
    char *text = malloc(size);

    assert_non_null(bytes);
    assert_non_null(text);
    size = ZSTD_decompress(text, size, bytes, length);
    assert_false(ZSTD_isError(size));
    *ret_length = size;
    return text;
}

/* All that there is, the oldest first; for free(3). */
static char *read_all(void)
{
    cleanup_free struct rotated *list = NULL;
    size_t count = 0, length = 0;
    char *all = calloc(1, 1), name[300];

    assert_int_equal(rotated_list(world.directory, "unit0.log", &list, &count), 0);
    for (size_t i = 0; i <= count; i++) {
        size_t more = 0;
        char *text;

        snprintf(name, sizeof(name), "unit0.log%s%s%s", i < count ? "." : "",
                 i < count ? list[i].stamp : "",
                 i < count && list[i].is_compressed ? ROTATED_COMPRESSED : "");
        if (i < count) {
            assert_false(list[i].is_unfinished);
            assert_true(list[i].is_plain != list[i].is_compressed);
        }
        text = i < count && list[i].is_compressed ? read_compressed(name, &more)
                                                  : read_file(name, &more);
        all = realloc(all, length + more + 1);
        assert_non_null(all);
        if (more > 0)
            memcpy(all + length, text, more);
        length += more;
        all[length] = '\0';
        free(text);
    }
    return all;
}

static void expect_numbers(unsigned count)
{
    cleanup_free char *all = read_all();
    char *rest = all, *line;
    unsigned next = 0;

    while ((line = strsep(&rest, "\n")) && *line) {
        if (strtoul(line, NULL, 10) != next || strlen(line) != NUMBER_SIZE - 1)
            fail_msg("instead of %u: '%s'", next, line);
        next++;
    }
    assert_int_equal(next, count);
}

static size_t count_files(bool compressed)
{
    cleanup_free struct rotated *list = NULL;
    size_t count = 0, found = 0;

    assert_int_equal(rotated_list(world.directory, "unit0.log", &list, &count), 0);
    for (size_t i = 0; i < count; i++)
        found += list[i].is_compressed == compressed;
    return found;
}

/* Until `done` is true; the other process is given the CPU. */
static void wait_until(bool (*done)(void))
{
    for (int i = 0; i < DEADLINE_S * 1000; i++) {
        if (done())
            return;
        (void)poll(NULL, 0, 1);
    }
    fail_msg("nothing happens");
}

static unsigned wanted; /* of the next two */

static bool pipe_is_empty(void)
{
    struct pollfd unread = { .fd = world.unit.read, .events = POLLIN };

    return poll(&unread, 1, 0) == 0;
}

static bool are_compressed(void)
{
    return count_files(true) >= wanted && count_files(false) == 0;
}

static void files_are_rotated_and_compressed(void **state)
{
    struct helper helper;

    (void)state;
    world.rules.file_size_max = 10000;
    world.rules.file_is_compressed = 1;
    helper = start();
    for (unsigned i = 0; i < 20; i++) {
        say_numbers(i * 200, 200);
        wait_until(pipe_is_empty);
    }
    wanted = 5;
    wait_until(are_compressed);
    helper_end(&helper);
    expect_numbers(4000);
}

static bool are_few(void)
{
    return count_files(false) == 3;
}

static void only_so_many_older_files_are_kept(void **state)
{
    struct helper helper;
    cleanup_free char *all = NULL;

    (void)state;
    assert_int_equal(close(openat(world.directory, "unit0.log.old", O_CREAT | O_WRONLY, 0600)), 0);
    world.rules.file_size_max = 1000;
    world.rules.file_count_max = 3;
    helper = start();
    for (unsigned i = 0; i < 10; i++) {
        say_numbers(i * 100, 100);
        wait_until(pipe_is_empty);
    }
    wait_until(are_few);
    helper_end(&helper);
    all = read_all();
    assert_non_null(strstr(all, "00000999 "));
    assert_null(strstr(all, "00000000 "));
    assert_int_equal(faccessat(world.directory, "unit0.log.old", F_OK, 0), 0);
}

/* One that an administrator has moved is not written to any more. */
static bool is_there_anew(void)
{
    say_numbers(1, 1);
    return faccessat(world.directory, "unit0.log", F_OK, 0) == 0;
}

static void a_file_that_was_moved_begins_anew(void **state)
{
    struct helper helper = start();

    (void)state;
    say_numbers(0, 1);
    wait_until(pipe_is_empty);
    assert_int_equal(renameat(world.directory, "unit0.log", world.directory, "moved"), 0);
    wait_until(is_there_anew);
    helper_end(&helper);
}

static bool has_announced(void)
{
    size_t length = 0;
    cleanup_free char *text = NULL;

    say_numbers(7, 1);
    wait_until(pipe_is_empty);
    text = read_file("unit0.log", &length);
    return text && strstr(text, "Dropped ");
}

/* No line is cut, and the gap is told when there is room again. */
static void a_full_disk_is_told(void **state)
{
    struct rlimit limit = { 4 * NUMBER_SIZE + 10, RLIM_INFINITY },
                  none = { RLIM_INFINITY, RLIM_INFINITY };
    struct helper helper = start();
    cleanup_free char *text = NULL;
    size_t length = 0;

    (void)state;
    say_numbers(0, 1);
    wait_until(pipe_is_empty);
    assert_int_equal(prlimit(helper.pid, RLIMIT_FSIZE, &limit, NULL), 0);
    say_numbers(1, 3);
    wait_until(pipe_is_empty);
    say_numbers(4, 100);
    wait_until(pipe_is_empty);
    assert_int_equal(prlimit(helper.pid, RLIMIT_FSIZE, &none, NULL), 0);
    wait_until(has_announced);
    helper_end(&helper);
    text = read_file("unit0.log", &length);
    assert_non_null(strstr(text, "Dropped 100 lines that could not be written.\n"));
    assert_int_equal(strstr(text, "Dropped") - text, 4 * NUMBER_SIZE);
}

/* --- kills --- */

/* Interrupts a wait. */
static void hear_nothing(int number)
{
    (void)number;
}

/* False: it waits in a system call, since it has nothing to do any more. */
static bool stops_again(pid_t pid)
{
    int status;

    for (unsigned i = 0; waitpid(pid, &status, 0) != pid; i++) {
        assert_int_equal(errno, EINTR); /* the timer */
        assert_true(i < DEADLINE_S * 50);
        if (i >= 2 && pipe_is_empty())
            return false;
    }
    assert_true(WIFSTOPPED(status));
    return true;
}

/* At that stop of a system call, of which each has two. */
static void kill_at(pid_t pid, unsigned stops)
{
    assert_true(stops_again(pid)); /* its exec */
    for (unsigned i = 0; i < stops; i++) {
        assert_int_equal(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
        if (!stops_again(pid))
            break;
    }
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0)
        assert_int_equal(errno, EINTR);
}

/*
 * Each time a stop later than the time before: so there is no system call, in the beginning, in a
 * rotation or in a compression, that it is not killed before and after.
 */
static void each_line_is_there_once_wherever_it_is_killed(void **state)
{
    const char *every = getenv("KILL_EVERY");
    unsigned step = every ? (unsigned)strtoul(every, NULL, 10) : 53, said = 0, last = 1100;
    struct itimerval beat = { { 0, 20000 }, { 0, 20000 } }, none = { 0 };
    struct sigaction interrupt = { .sa_handler = hear_nothing };
    struct helper helper;

    (void)state;
    assert_int_equal(sigaction(SIGALRM, &interrupt, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &beat, NULL), 0);
    world.is_traced = true;
    world.rules.file_size_max = 2000;
    world.rules.file_is_compressed = 1;
    for (unsigned stops = 100; stops < last; stops += step) {
        helper = start();
        say_numbers(said, 20);
        said += 20;
        kill_at(helper.pid, stops);
        fd_close(helper.wire);
        take_ring();
        if (!pipe_is_empty() && said % 500 == 0) { /* what the early kills have left */
            world.is_traced = false;
            assert_int_equal(setitimer(ITIMER_REAL, &none, NULL), 0);
            helper = start();
            wait_until(pipe_is_empty);
            helper_end(&helper);
            assert_int_equal(setitimer(ITIMER_REAL, &beat, NULL), 0);
            world.is_traced = true;
        }
    }
    assert_int_equal(setitimer(ITIMER_REAL, &none, NULL), 0);
    world.is_traced = false;
    helper = start();
    wait_until(pipe_is_empty);
    wanted = 1;
    wait_until(are_compressed);
    helper_end(&helper);
    expect_numbers(said);
}

/* It waits for room in the pipe, and has told its memory what it has done. */
static bool is_stuck(pid_t pid)
{
    struct pollfd room = { .fd = world.out.write, .events = POLLOUT };
    char path[64], text[512] = "";
    cleanup_fd int fd = -1;
    const char *behind;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0 || poll(&room, 1, 0) > 0)
        return false;
    behind = strrchr(text, ')');
    return behind && behind[2] == 'S';
}

/* Killed while its reader is slow: no line comes twice, is cut, or is missing. */
static void a_slow_reader_gets_each_line_once(void **state)
{
    enum { LINES = 40000, KILLS = 20 };
    struct seen seen = { 0 };
    struct helper helper;
    char *rest, *line;
    unsigned next = 0;
    pid_t writer;

    (void)state;
    world.out = pipe_open();
    helper = start();
    writer = writer_start(world.unit.write, LINES);
    for (size_t kills = 0; kills < KILLS; kills++) {
        for (size_t more = 0; more < 40000 + 777 * kills;)
            more += seen_read(&seen, world.out.read, 8192);
        for (int i = 0; !is_stuck(helper.pid); i++) {
            assert_true(i < DEADLINE_S * 1000);
            (void)poll(NULL, 0, 1);
        }
        kill(helper.pid, SIGKILL);
        wait_for(helper.pid);
        fd_close(helper.wire);
        take_ring();
        helper = start();
    }
    world.out.write = fd_close(world.out.write);
    seen_until(&seen, world.out.read, 0, "\n00039999 ");
    assert_int_equal(wait_for(writer), 0);
    helper.wire = fd_close(helper.wire);
    while (seen_read(&seen, world.out.read, 65536) > 0)
        ;
    wait_for(helper.pid);
    for (rest = seen.text; (line = strsep(&rest, "\n")) && *line; next++)
        if (strtoul(line, NULL, 10) != next || strlen(line) != NUMBER_SIZE - 1)
            fail_msg("instead of %u: '%s'", next, line);
    assert_int_equal(next, LINES);
    free(seen.text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(files_are_rotated_and_compressed),
        TEST(only_so_many_older_files_are_kept),
        TEST(a_file_that_was_moved_begins_anew),
        TEST(a_full_disk_is_told),
        TEST(each_line_is_there_once_wherever_it_is_killed),
        TEST(a_slow_reader_gets_each_line_once),
    };

    if (!find_program())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}

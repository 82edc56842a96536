/*
 * What reeve-log makes of a reload while its standard output takes nothing: units that wait for it
 * no longer do, or the other way round. It runs as a process, with a stand-in for PID 1; a reader
 * of its ring tells what has been taken out of the pipes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/un.h>

#include <cmocka.h>

#include "tests/unit/log_fixture.h"

/* reeve-log behind a full pipe, and who follows its ring. */
struct scene {
    struct pipe_ends out;
    size_t filled; /* bytes that stand in `out` before any of ours */
    struct helper helper;
    int reader;
    int pids; /* memory in which this process is the main process of unit 0 */
    int listener;
    struct sockaddr_un address;
};

/* With a description of its own, so that ours stays one that waits. */
static size_t fill(int fd)
{
    char path[64], dots[4096];
    size_t filled = 0, size = sizeof(dots);
    int own;

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    own = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(own >= 0);
    memset(dots, '.', sizeof(dots));
    while (size > 0) {
        ssize_t written = write(own, dots, size);

        filled += written > 0 ? (size_t)written : 0;
        size = written > 0 ? size : size / 2;
    }
    close(own);
    return filled;
}

/* As PID 1 when it begins and at each reload. */
static void say_hello(const struct scene *scene)
{
    union wire_message message;

    wire_begin(&message, WIRE_HELLO);
    assert_int_equal(channel_send(scene->helper.wire, &message, scene->pids), 0);
}

static void open_journal(struct scene *scene)
{
    socklen_t size = sizeof(scene->address);
    union wire_message message;

    scene->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    scene->address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    assert_int_equal(bind(scene->listener, (struct sockaddr *)&scene->address, sizeof(sa_family_t)),
                     0);
    assert_int_equal(getsockname(scene->listener, (struct sockaddr *)&scene->address, &size), 0);
    assert_int_equal(listen(scene->listener, 8), 0);
    wire_begin(&message, WIRE_JOURNAL);
    message.journal.socket = WIRE_JOURNAL_STDOUT;
    assert_int_equal(channel_send(scene->helper.wire, &message, scene->listener), 0);
}

/* All that PID 1 has said before has been heard then. */
static int follow(const struct scene *scene)
{
    struct log_request request = log_wire_request(NULL);
    int reader;

    request.is_following = 1;
    request.lines = 0;
    reader = reader_open(&scene->helper, &request);
    assert_int_equal(reader_next(reader).kind, LOG_END);
    return reader;
}

static struct scene scene_open(void)
{
    struct scene scene = { .out = pipe_open(), .pids = memfd_create("pids", MFD_CLOEXEC) };
    pid_t mine = getpid();

    assert_int_equal(write(scene.pids, &mine, sizeof(mine)), sizeof(mine));
    scene.filled = fill(scene.out.write);
    scene.helper = helper_start(scene.out.write, "cat");
    scene.out.write = fd_close(scene.out.write);
    say_hello(&scene);
    open_journal(&scene);
    scene.reader = follow(&scene);
    return scene;
}

/* What has come out at the end. */
static void scene_close(struct scene *scene, struct seen *seen, const char *wanted)
{
    helper_end(&scene->helper);
    while (seen_read(seen, scene->out.read, 65536) > 0)
        ;
    assert_string_equal(seen->text + scene->filled, wanted);
    free(seen->text);
    close(scene->reader);
    close(scene->pids);
    close(scene->listener);
    pipe_close(&scene->out);
}

static void expect_line(int reader, const char *text)
{
    struct log_packet packet = reader_next(reader);
    char got[256];

    assert_int_equal(packet.kind, LOG_LINE);
    snprintf(got, sizeof(got), "%.*s", (int)packet.length, packet.text);
    assert_string_equal(got, text);
}

static void say(int fd, const char *line)
{
    write_all(fd, line, strlen(line));
}

/* As systemd-cat(1): of unit 0, since it is this process that connects. */
static int cat_open(const struct scene *scene)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(connect(fd, (const struct sockaddr *)&scene->address, sizeof(sa_family_t) + 6),
                     0);
    say(fd, "cat\n\n6\n0\n0\n0\n0\n");
    return fd;
}

/* What stood in the buffer when the unit ceased to wait is written once, and its pipe is emptied of
 * just that. */
static void who_ceases_to_wait_repeats_and_loses_nothing(void **state)
{
    struct scene scene = scene_open();
    struct pipe_ends log = pipe_open();
    struct wire_rules rules = usual_rules(0);
    struct seen seen = { 0 };

    (void)state;
    lend(&scene.helper, 0, log.read);
    say(log.write, "one\n");
    expect_line(scene.reader, "one");
    say(log.write, "two\n"); /* stays in the pipe, as the first does */
    rules.overflow = OVERFLOW_DROP_OLDEST;
    lend_with_rules(&scene.helper, &log, rules, NULL);
    expect_line(scene.reader, "two");
    seen_until(&seen, scene.out.read, 0, "two\n");
    say(log.write, "three\n");
    expect_line(scene.reader, "three");
    scene_close(&scene, &seen, "one\ntwo\nthree\n");
    pipe_close(&log);
}

/* Its unit had no need to wait before the reload; by new rules, or by none, it has. */
static void a_stream_waits_when_its_unit_does(void **state)
{
    static const char *const patterns[] = { "~secret", NULL };
    struct scene scene = scene_open();
    struct pipe_ends logs[] = { pipe_open(), pipe_open() };
    struct wire_rules rules = usual_rules(0), other = usual_rules(1);
    struct seen seen = { 0 };
    int cat;

    rules.overflow = other.overflow = OVERFLOW_DROP_NEWEST;
    lend_with_rules(&scene.helper, &logs[0], rules, NULL);
    lend_with_rules(&scene.helper, &logs[1], other, NULL);
    close(follow(&scene));
    cat = cat_open(&scene);
    say(cat, "one\n");
    expect_line(scene.reader, "one");
    say_hello(&scene);
    rules.overflow = OVERFLOW_BLOCK;
    if (*(bool *)*state)
        lend_with_rules(&scene.helper, &logs[0], rules, patterns);
    else
        lend(&scene.helper, 0, logs[0].read);
    close(follow(&scene));
    say(cat, "two\n");
    say(logs[1].write, "other\n"); /* would be seen behind it */
    expect_line(scene.reader, "other");
    seen_until(&seen, scene.out.read, 0, "two\n");
    expect_line(scene.reader, "two");
    say(cat, "three\n");
    expect_line(scene.reader, "three");
    close(cat);
    scene_close(&scene, &seen,
                "one\n1 lines of unit1.service were dropped here, since the output was slow.\n"
                "two\nthree\n");
    pipe_close(&logs[0]);
    pipe_close(&logs[1]);
}

int main(void)
{
    static bool with_rules = true, without_rules = false;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_ceases_to_wait_repeats_and_loses_nothing),
        cmocka_unit_test_prestate(a_stream_waits_when_its_unit_does, &without_rules),
        cmocka_unit_test_prestate(a_stream_waits_when_its_unit_does, &with_rules),
    };

    if (!find_program())
        return EXIT_FAILURE;
    alarm(2 * DEADLINE_S);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

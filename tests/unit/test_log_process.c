/*
 * reeve-log as a process, with a stand-in for PID 1: it owns the pipes, lends the read ends, and
 * kills. The services are forked writers. Every wait has a deadline; nothing sleeps.
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
#include <sys/socket.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "supervisor/log/line.h"
#include "supervisor/log/logger.h"
#include "supervisor/wire/channel.h"
#include "supervisor/wire/fd.h"

#include "tests/unit/log_fixture.h"

struct count {
    unsigned next, missing, repeated, broken;
};

/* The last " unit" in a line: behind the stump that a killed logger has left, the next one's line
 * begins. */
static const char *find_record(const char *line)
{
    const char *found = strstr(line, " unit"), *next;

    while (found && (next = strstr(found + 1, " unit")))
        found = next;
    return found;
}

/* Goes through the lines of each unit; counts what is missing, comes again, or is no whole line. */
static void count_lines(char *text, struct count counts[UNITS])
{
    char *line;

    memset(counts, 0, UNITS * sizeof(*counts));
    while ((line = strsep(&text, "\n")) && *line) {
        const char *record = find_record(line);
        unsigned unit, number;

        assert_non_null(record);
        assert_true(sscanf(record, " unit%u: %8u", &unit, &number) == 2 && unit < UNITS);
        counts[unit].broken += record != strstr(line, " unit");
        if (strlen(strchr(record + 1, ' ') + 1) != LINE_BYTES - 1)
            counts[unit].broken++;
        else if (number < counts[unit].next)
            counts[unit].repeated++;
        else {
            counts[unit].missing += number - counts[unit].next;
            counts[unit].next = number + 1;
        }
    }
}

static void all_lines_of_all_units_arrive(void **state)
{
    enum { LINES = 20000 };
    struct pipe_ends logs[UNITS], out = pipe_open();
    struct helper helper = helper_start(out.write, "short-iso");
    struct seen seen = { 0 };
    struct count counts[UNITS];
    pid_t writers[UNITS];

    (void)state;
    out.write = fd_close(out.write);
    for (int i = 0; i < UNITS; i++) {
        logs[i] = pipe_open();
        lend(&helper, i, logs[i].read);
        writers[i] = writer_start(logs[i].write, LINES);
    }
    for (unsigned done = 0; done < (size_t)UNITS * LINES;) {
        size_t got = seen_read(&seen, out.read, 65536);

        assert_true(got > 0);
        for (size_t i = seen.length - got; i < seen.length; i++)
            done += seen.text[i] == '\n';
    }
    for (int i = 0; i < UNITS; i++)
        assert_int_equal(wait_for(writers[i]), 0);
    /* The last line of a unit has no newline and is written at the end all the same. */
    write_all(logs[0].write, "20000 tail", 10);
    helper_end(&helper);
    while (seen_read(&seen, out.read, 65536) > 0)
        ;
    assert_non_null(strstr(seen.text, " unit0: 20000 tail\n"));
    count_lines(seen.text, counts);
    for (int i = 0; i < UNITS; i++) {
        assert_int_equal(counts[i].next, LINES);
        assert_int_equal(counts[i].missing, 0);
        assert_int_equal(counts[i].repeated, 0);
        assert_int_equal(counts[i].broken, i == 0);
        pipe_close(&logs[i]);
    }
    free(seen.text);
    pipe_close(&out);
}

/*
 * Killed in the middle, again and again, while the services write. No line may be lost, and none be
 * cut, since the reader is slow. Each kill may repeat one turn of one unit.
 */
static void a_kill_loses_no_line(void **state)
{
    enum { LINES = 40000, KILLS = 20 };
    struct pipe_ends logs[UNITS], out = pipe_open();
    struct helper helper = helper_start(out.write, "short-iso");
    struct seen seen = { 0 };
    struct count counts[UNITS];
    pid_t writers[UNITS];
    unsigned missing = 0, repeated = 0, broken = 0;
    size_t kill_at = 300000;

    (void)state;
    for (int i = 0; i < UNITS; i++) {
        logs[i] = pipe_open();
        lend(&helper, i, logs[i].read);
        writers[i] = writer_start(logs[i].write, LINES);
    }
    for (int kills = 0; kills < KILLS; kill_at += 300000 + 777 * (size_t)kills) {
        while (seen.length < kill_at)
            assert_true(seen_read(&seen, out.read, 8192) > 0);
        assert_int_equal(kill(helper.pid, SIGKILL), 0);
        assert_true(WIFSIGNALED(wait_for(helper.pid)));
        fd_close(helper.wire);
        kills++;
        helper = helper_start(out.write, "short-iso");
        for (int i = 0; i < UNITS; i++)
            lend(&helper, i, logs[i].read);
    }
    out.write = fd_close(out.write);
    for (int i = 0; i < UNITS; i++) {
        char last[32];

        snprintf(last, sizeof(last), " unit%d: %08d ", i, LINES - 1);
        seen_until(&seen, out.read, 0, last);
        logs[i].write = fd_close(logs[i].write);
    }
    helper.wire = fd_close(helper.wire);
    while (seen_read(&seen, out.read, 65536) > 0)
        ;
    for (int i = 0; i < UNITS; i++)
        assert_int_equal(wait_for(writers[i]), 0);
    assert_int_equal(wait_for(helper.pid), 0);
    count_lines(seen.text, counts);
    for (int i = 0; i < UNITS; i++) {
        assert_int_equal(counts[i].next, LINES);
        missing += counts[i].missing;
        repeated += counts[i].repeated;
        broken += counts[i].broken;
        fd_close(logs[i].read);
    }
    print_message("%d kills: %u of %u lines missing, %u twice, %u cut\n", KILLS, missing,
                  UNITS * LINES, repeated, broken);
    assert_int_equal(missing, 0);
    assert_true(repeated <= KILLS * LOGGER_READ_SIZE / LINE_BYTES);
    assert_int_equal(broken, 0);
    free(seen.text);
    pipe_close(&out);
}

/* One unit floods for ever; the other's lines must come through after a bounded amount of the
 * flood. */
static void a_flood_starves_nobody(void **state)
{
    struct pipe_ends flood = pipe_open(), quiet = pipe_open(), out = pipe_open();
    struct helper helper = helper_start(out.write, "short-iso");
    struct seen seen = { 0 };
    size_t worst = 0;
    pid_t writer;

    (void)state;
    out.write = fd_close(out.write);
    lend(&helper, 0, flood.read);
    lend(&helper, 1, quiet.read);
    writer = writer_start(flood.write, UINT32_MAX);
    while (seen.length < 100000)
        assert_true(seen_read(&seen, out.read, 8192) > 0);
    for (int i = 0; i < 50; i++) {
        char line[32], wanted[48];
        size_t before = seen.length;

        snprintf(line, sizeof(line), "quiet %d.\n", i);
        snprintf(wanted, sizeof(wanted), " unit1: %s", line);
        write_all(quiet.write, line, strlen(line));
        while (!strstr(seen.text, wanted))
            assert_true(seen_read(&seen, out.read, 8192) > 0);
        worst = seen.length - before > worst ? seen.length - before : worst;
        seen.length = 0;
    }
    print_message("a quiet unit's line came after %zu bytes of another's flood at most\n", worst);
    /* A full stdout pipe, one formatted read that is on its way, and one more turn of the flood. */
    assert_true(worst <= 65536 + 2 * 2 * LOGGER_READ_SIZE + 16384);
    kill(writer, SIGKILL);
    wait_for(writer);
    out.read = fd_close(out.read);
    helper_end(&helper);
    pipe_close(&flood);
    pipe_close(&quiet);
    pipe_close(&out);
    free(seen.text);
}

/* The writers must not be blocked by an output that nobody reads any more. */
static void check_gone_stdout(int out)
{
    struct pipe_ends log = pipe_open();
    struct helper helper = helper_start(out, "json");
    pid_t writer;

    lend(&helper, 0, log.read);
    writer = writer_start(log.write, 100000);
    assert_int_equal(wait_for(writer), 0);
    assert_int_equal(kill(helper.pid, 0), 0);
    helper_end(&helper);
    pipe_close(&log);
}

static void without_stdout_it_goes_on(void **state)
{
    struct pipe_ends out = pipe_open();

    (void)state;
    out.read = fd_close(out.read);
    check_gone_stdout(out.write);
    check_gone_stdout(-1);
    pipe_close(&out);
}

/* A reader that takes a few bytes at a time, through a pipe of one page, gets everything. */
static void a_slow_reader_gets_everything(void **state)
{
    enum { LINES = 5000 };
    struct pipe_ends log = pipe_open(), out = pipe_open();
    struct helper helper;
    struct seen seen = { 0 };
    struct count counts[UNITS];
    pid_t writer;
    unsigned done = 0;

    (void)state;
    assert_true(fcntl(out.write, F_SETPIPE_SZ, 4096) >= 4096);
    assert_int_equal(fcntl(out.write, F_SETFL, O_NONBLOCK), 0); /* EAGAIN must be handled, too */
    helper = helper_start(out.write, "short-iso");
    out.write = fd_close(out.write);
    lend(&helper, 0, log.read);
    writer = writer_start(log.write, LINES);
    while (done < LINES) {
        size_t got = seen_read(&seen, out.read, 501);

        assert_true(got > 0);
        for (size_t i = seen.length - got; i < seen.length; i++)
            done += seen.text[i] == '\n';
    }
    assert_int_equal(wait_for(writer), 0);
    count_lines(seen.text, counts);
    assert_int_equal(counts[0].next, LINES);
    assert_int_equal(counts[0].missing, 0);
    assert_int_equal(counts[0].repeated, 0);
    helper_end(&helper);
    pipe_close(&log);
    pipe_close(&out);
    free(seen.text);
}

/* A reload: the same pipe again under a new name, and then a new pipe. Nothing is read twice. */
static void a_pipe_can_be_lent_again(void **state)
{
    struct pipe_ends log = pipe_open(), other = pipe_open(), out = pipe_open();
    struct helper helper = helper_start(out.write, "cat");
    struct seen seen = { 0 };

    (void)state;
    out.write = fd_close(out.write);
    lend(&helper, 0, log.read);
    lend(&helper, 1, log.read);
    lend(&helper, 0, other.read);
    write_all(log.write, "one\ntwo\npart", 12);
    lend(&helper, 1, -1); /* "it has ended": the unfinished line comes out now */
    while (seen.length < 13)
        assert_true(seen_read(&seen, out.read, 100) > 0);
    assert_string_equal(seen.text, "one\ntwo\npart\n");
    assert_int_equal(kill(helper.pid, SIGINT), 0);
    write_all(other.write, "<3>three\n", 9);
    while (seen.length < 19)
        assert_true(seen_read(&seen, out.read, 100) > 0);
    assert_string_equal(seen.text + 13, "three\n");
    write_all(other.write, "last", 4);
    assert_int_equal(kill(helper.pid, SIGTERM), 0); /* empties the pipes and ends */
    assert_int_equal(wait_for(helper.pid), 0);
    while (seen_read(&seen, out.read, 100) > 0)
        ;
    assert_string_equal(seen.text + 19, "last\n");
    fd_close(helper.wire);
    pipe_close(&log);
    pipe_close(&other);
    pipe_close(&out);
    free(seen.text);
}

static void readers_get_what_was_and_what_comes(void **state)
{
    struct pipe_ends log = pipe_open(), out = pipe_open();
    struct helper helper = helper_start(out.write, "cat");
    struct log_request request = log_wire_request("unit0.service");
    struct log_packet packet;
    struct seen seen = { 0 };
    int reader;

    (void)state;
    out.write = fd_close(out.write);
    lend(&helper, 0, log.read);
    write_all(log.write, "<3>one\n", 7);
    while (seen.length < 4)
        assert_true(seen_read(&seen, out.read, 100) > 0);
    request.is_following = 1;
    request.tag = 5;
    reader = reader_open(&helper, &request);
    packet = reader_next(reader);
    assert_int_equal(packet.kind, LOG_LINE);
    assert_int_equal(packet.tag, 5);
    assert_int_equal(packet.priority, 3);
    assert_string_equal(packet.unit, "unit0.service");
    assert_string_equal(packet.identifier, "unit0");
    assert_memory_equal(packet.text, "one", 3);
    assert_int_equal(reader_next(reader).kind, LOG_END);
    write_all(log.write, "two\n", 4);
    packet = reader_next(reader);
    assert_memory_equal(packet.text, "two", 3);
    assert_int_equal(packet.number, 2);
    assert_int_equal(send(reader, "nonsense", 8, 0), 8);
    assert_int_equal(recv(reader, seen.text, 1, 0), 0); /* only its own connection ends */
    close(reader);
    reader = reader_open(&helper, &request);
    assert_int_equal(reader_next(reader).number, 1);
    close(reader);
    helper_end(&helper);
    pipe_close(&log);
    pipe_close(&out);
    free(seen.text);
}

/* A follower that reads nothing holds up neither the log nor the other readers. */
static void a_reader_that_sleeps_stops_nobody(void **state)
{
    enum { LINES = 40000 };
    struct pipe_ends log = pipe_open();
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    struct helper helper = helper_start(null, "cat");
    struct log_request request = log_wire_request(NULL);
    uint64_t lines = 0, dropped = 0, gaps = 0;
    int reader;
    pid_t writer;

    (void)state;
    request.is_following = 1;
    reader = reader_open(&helper, &request);
    assert_int_equal(reader_next(reader).kind, LOG_END);
    lend(&helper, 0, log.read);
    writer = writer_start(log.write, LINES);
    assert_int_equal(wait_for(writer), 0); /* all but a pipe full has been taken */
    while (lines + dropped < LINES) {
        struct log_packet packet = reader_next(reader);

        lines += packet.kind == LOG_LINE;
        gaps += packet.kind == LOG_GAP;
        dropped += packet.dropped;
    }
    assert_int_equal(lines + dropped, LINES);
    assert_true(gaps > 0 && lines > 1000);
    close(reader);
    helper_end(&helper);
    pipe_close(&log);
    close(null);
}

static void nonsense_on_the_wire_ends_it_with_a_failure(void **state)
{
    struct pipe_ends log = pipe_open(), out = pipe_open();
    struct helper helper = helper_start(out.write, "cat");
    struct seen seen = { 0 };

    (void)state;
    out.write = fd_close(out.write);
    lend(&helper, 0, log.read);
    write_all(log.write, "kept\n", 5);
    assert_int_equal(send(helper.wire, "nonsense", 8, MSG_NOSIGNAL), 8);
    assert_int_equal(WEXITSTATUS(wait_for(helper.pid)), EXIT_FAILURE);
    while (seen_read(&seen, out.read, 100) > 0)
        ;
    assert_string_equal(seen.text, "kept\n");
    fd_close(helper.wire);
    pipe_close(&log);
    pipe_close(&out);
    free(seen.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_lines_of_all_units_arrive),
        cmocka_unit_test(a_kill_loses_no_line),
        cmocka_unit_test(a_flood_starves_nobody),
        cmocka_unit_test(without_stdout_it_goes_on),
        cmocka_unit_test(a_slow_reader_gets_everything),
        cmocka_unit_test(a_pipe_can_be_lent_again),
        cmocka_unit_test(an_unfinished_line_outlives_a_kill),
        cmocka_unit_test(an_unfinished_line_blocks_nobody),
        cmocka_unit_test(readers_get_what_was_and_what_comes),
        cmocka_unit_test(a_reader_that_sleeps_stops_nobody),
        cmocka_unit_test(nonsense_on_the_wire_ends_it_with_a_failure),
    };

    if (!find_program())
        return EXIT_FAILURE;
    alarm(2 * DEADLINE_S); /* whatever hangs ends as a failure; the children die with us */
    setenv("TZ", "UTC", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

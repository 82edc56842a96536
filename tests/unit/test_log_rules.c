/*
 * What reeve-log makes of a unit's rules: levels, filters, limits, joined lines, and what happens
 * when its output is slow. It runs as a process, with a stand-in for PID 1.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/log_fixture.h"

/* What comes out of these lines by these rules. */
static void expect(struct wire_rules rules, const char *const *texts, const char *lines,
                   const char *wanted)
{
    struct pipe_ends log = pipe_open(), out = pipe_open();
    struct helper helper = helper_start(out.write, "short-iso");
    struct seen seen = { 0 };
    char got[4096] = "";

    out.write = fd_close(out.write);
    write_all(log.write, lines, strlen(lines)); /* before its rules are there */
    lend_with_rules(&helper, &log, rules, texts);
    helper_end(&helper);
    while (seen_read(&seen, out.read, 4096) > 0)
        ;
    for (char *line = strtok(seen.text, "\n"); line; line = strtok(NULL, "\n"))
        snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s\n", strchr(line, ' ') + 1);
    assert_string_equal(got, wanted);
    free(seen.text);
    pipe_close(&log);
    pipe_close(&out);
}

static void lines_that_matter_too_little_are_dropped(void **state)
{
    struct wire_rules rules = usual_rules(0);

    (void)state;
    rules.level_max = 4;
    rules.level = 5;
    snprintf(rules.identifier, sizeof(rules.identifier), "name");
    expect(rules, NULL, "usual\n<3>bad\n<4>odd\n<6>well\n", "name: bad\nname: odd\n");
    rules.has_level_prefix = 0;
    rules.level = 4;
    expect(rules, NULL, "<7>is text\n", "name: <7>is text\n");
}

static void patterns_take_away_and_let_through(void **state)
{
    static const char *const both[] = { "~secret", "^GET|^PUT", NULL };
    static const char *const away[] = { "~^#", NULL };

    (void)state;
    expect(usual_rules(1), both, "GET /\nPOST /\nGET /secret\nPUT /\n",
           "unit1: GET /\nunit1: PUT /\n");
    expect(usual_rules(1), away, "# no\nyes\n", "unit1: yes\n");
}

static void a_limit_suppresses_and_says_how_many(void **state)
{
    struct wire_rules rules = usual_rules(2);

    (void)state;
    rules.rate_interval_us = 3600 * USEC_PER_SEC;
    rules.rate_burst = 2;
    expect(rules, NULL, "1\n2\n3\n4\n5\n",
           "unit2: 1\nunit2: 2\n"
           "unit2: 3 lines of unit2.service were suppressed by LogRateLimitBurst=.\n");
}

static void lines_that_go_on_are_joined(void **state)
{
    struct wire_rules rules = usual_rules(3);

    (void)state;
    rules.joins_lines = 1;
    expect(rules, NULL, "Traceback\n  one\n\ttwo\nnext\n",
           "unit3: Traceback\\x0a  one\\x0a\ttwo\nunit3: next\n");
}

static void fields_are_part_of_each_line(void **state)
{
    static const char *const fields[] = { "TEAM=trade", NULL };
    struct pipe_ends log = pipe_open(), out = pipe_open();
    struct helper helper = helper_start(out.write, "json");
    struct seen seen = { 0 };
    struct wire_rules rules = usual_rules(0);

    (void)state;
    rules.facility = 16;
    out.write = fd_close(out.write);
    lend_with_rules(&helper, &log, rules, fields);
    write_all(log.write, "a\n", 2);
    helper_end(&helper);
    while (seen_read(&seen, out.read, 4096) > 0)
        ;
    assert_non_null(
        strstr(seen.text, ",\"SYSLOG_FACILITY\":\"16\",\"TEAM\":\"trade\",\"MESSAGE\":\"a\"}"));
    free(seen.text);
    pipe_close(&log);
    pipe_close(&out);
}

/* Of the numbered lines in `text`: how many, and how many are said to be missing. */
static void count(const char *text, unsigned *ret_lines, unsigned long *ret_told)
{
    *ret_lines = 0;
    *ret_told = 0;
    for (const char *at = text; (at = strstr(at, "unit")); at++) {
        unsigned unit;
        unsigned long number;
        char line[256]; /* of its own: sscanf(3) takes the length of all that follows */

        snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
        if (sscanf(line, "unit%u: %lu lines of", &unit, &number) == 2 &&
            strstr(line, "dropped here"))
            *ret_told += strncmp(strchr(line, ':') + 2, "0000", 4) == 0 ? 0 : number;
        *ret_lines += strncmp(at + 5, ": 0", 3) == 0;
    }
}

/* A flood whose lines may be dropped, while nobody reads the output: it is not slowed, and every
 * line has come or is counted. A unit beside it that waits loses none. */
static void flood(enum log_overflow overflow)
{
    enum { LINES = 50000, OTHERS = 100 };
    struct pipe_ends log = pipe_open(), calm = pipe_open(), out = pipe_open();
    struct helper helper = helper_start(out.write, "short-iso");
    struct seen seen = { 0 };
    struct wire_rules rules = usual_rules(0);
    unsigned lines;
    unsigned long told;

    out.write = fd_close(out.write);
    rules.overflow = (uint8_t)overflow;
    lend_with_rules(&helper, &log, rules, NULL);
    lend(&helper, 1, calm.read);
    /* It ends although nothing is read: 3.2 MB go into pipes of 64 kB. */
    assert_int_equal(wait_for(writer_start(log.write, LINES)), 0);
    assert_int_equal(wait_for(writer_start(calm.write, OTHERS)), 0);
    helper.wire = fd_close(helper.wire);
    while (seen_read(&seen, out.read, 65536) > 0)
        ;
    assert_int_equal(wait_for(helper.pid), 0);
    count(seen.text, &lines, &told);
    assert_true(told > 1000);
    assert_int_equal(lines + told, LINES + OTHERS);
    if (overflow == OVERFLOW_DROP_OLDEST)
        assert_non_null(strstr(seen.text, "unit0: 00049999"));
    assert_non_null(strstr(seen.text, "unit1: 00000099"));
    free(seen.text);
    pipe_close(&log);
    pipe_close(&calm);
    pipe_close(&out);
}

static void the_newest_are_dropped_and_counted(void **state)
{
    (void)state;
    flood(OVERFLOW_DROP_NEWEST);
}

static void the_oldest_are_dropped_and_counted(void **state)
{
    (void)state;
    flood(OVERFLOW_DROP_OLDEST);
}

/* Readers of the ring get lines while standard output is stuck. */
static void readers_are_served_meanwhile(void **state)
{
    struct pipe_ends log = pipe_open(), out = pipe_open();
    struct helper helper = helper_start(out.write, "cat");
    struct log_request request = log_wire_request("unit0.service");
    struct seen seen = { 0 };
    pid_t writer;
    int reader;

    (void)state;
    out.write = fd_close(out.write);
    lend(&helper, 0, log.read);
    writer = writer_start(log.write, 10000);
    request.is_following = 1;
    reader = reader_open(&helper, &request);
    while (reader_next(reader).number < 1000)
        ;
    close(reader);
    while (seen.length < 10000 * LINE_BYTES)
        assert_true(seen_read(&seen, out.read, 65536) > 0);
    assert_int_equal(wait_for(writer), 0);
    helper_end(&helper);
    free(seen.text);
    pipe_close(&log);
    pipe_close(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_that_matter_too_little_are_dropped),
        cmocka_unit_test(patterns_take_away_and_let_through),
        cmocka_unit_test(a_limit_suppresses_and_says_how_many),
        cmocka_unit_test(lines_that_go_on_are_joined),
        cmocka_unit_test(fields_are_part_of_each_line),
        cmocka_unit_test(the_newest_are_dropped_and_counted),
        cmocka_unit_test(the_oldest_are_dropped_and_counted),
        cmocka_unit_test(readers_are_served_meanwhile),
    };

    if (!find_program())
        return EXIT_FAILURE;
    alarm(2 * DEADLINE_S);
    setenv("TZ", "UTC", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

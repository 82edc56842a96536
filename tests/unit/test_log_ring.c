/* The ring of reeve-log and the walks of its readers over it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "supervisor/log/clock.h"
#include "supervisor/log/query.h"
#include "supervisor/log/ring_private.h"

static const struct ring_limits small = { .size = 64 * RING_BLOCK_SIZE,
                                          .unit_size = 20 * RING_BLOCK_SIZE,
                                          .age_us = USEC_INFINITY };
static struct ring ring;
static char buffer[LOG_PACKET_MAX];

static int set_up(void **state)
{
    (void)state;
    assert_int_equal(ring_init(&ring, &small, -1), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ring_release(&ring);
    return 0;
}

static void append(const char *unit, int priority, const char *text, size_t length)
{
    struct ring_unit *of = ring_unit_get(&ring, unit);
    struct log_packet line = {
        .kind = LOG_LINE,
        .priority = (uint8_t)priority,
        .realtime_us = 1000 + ring.next_sequence,
        .monotonic_us = clock_monotonic_us(),
        .identifier = "x",
        .text = text,
        .length = length,
    };

    assert_non_null(of);
    ring_append(&ring, of, &line);
}

static void say(const char *unit, const char *text)
{
    append(unit, 6, text, strlen(text));
}

static void say_many(const char *unit, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char text[100];

        snprintf(text, sizeof(text), "%090u", i);
        say(unit, text);
    }
}

/* The next packet of an answer; its texts point into `buffer`. */
static bool next(struct query *query, struct log_packet *ret_packet)
{
    size_t length = 0;
    enum query_step step;

    do
        step = query_next(query, &ring, buffer, &length);
    while (step == QUERY_SKIPPED);
    if (step == QUERY_WAITS)
        return false;
    assert_int_equal(step, QUERY_HAS);
    assert_true(log_wire_decode(buffer, length, ret_packet));
    query_taken(query, &ring);
    return true;
}

static void expect_text(struct query *query, const char *text)
{
    struct log_packet packet;

    assert_true(next(query, &packet));
    assert_int_equal(packet.kind, LOG_LINE);
    assert_int_equal(packet.length, strlen(text));
    assert_memory_equal(packet.text, text, packet.length);
}

static void expect_kind(struct query *query, enum log_kind kind)
{
    struct log_packet packet;

    assert_true(next(query, &packet));
    assert_int_equal(packet.kind, kind);
}

static void lines_of_all_units_come_in_their_order(void **state)
{
    struct log_request request = log_wire_request(NULL);
    struct query query = { 0 };

    (void)state;
    say("a.service", "one");
    say("b.service", "two");
    say("a.service", "three");
    query_open(&query, &ring, &request);
    say("a.service", "too late for the backlog");
    expect_text(&query, "one");
    expect_text(&query, "two");
    expect_text(&query, "three");
    expect_kind(&query, LOG_END);
    assert_false(query.is_open);
}

static void what_is_asked_for_is_what_comes(void **state)
{
    struct log_request request = log_wire_request("a.service");
    struct query query = { 0 };

    (void)state;
    append("a.service", 3, "bad", 3);
    append("a.service", 6, "good", 4);
    append("b.service", 3, "other", 5);
    append("a.service", 2, "worse", 5);
    request.lowest_priority = 3;
    query_open(&query, &ring, &request);
    expect_text(&query, "bad");
    expect_text(&query, "worse");
    expect_kind(&query, LOG_END);
    request.lines = 1;
    query_open(&query, &ring, &request);
    expect_text(&query, "worse");
    expect_kind(&query, LOG_END);
    request = log_wire_request(NULL);
    request.since_realtime_us = 1002;
    request.until_realtime_us = 1003;
    query_open(&query, &ring, &request);
    expect_text(&query, "good");
    expect_text(&query, "other");
    expect_kind(&query, LOG_END);
    request = log_wire_request(NULL);
    request.after_sequence = 3;
    query_open(&query, &ring, &request);
    expect_text(&query, "worse");
    expect_kind(&query, LOG_END);
}

static void a_follower_gets_each_line_and_units_that_come_later(void **state)
{
    struct log_request request = log_wire_request(NULL);
    struct log_packet packet;
    struct query query = { 0 };

    (void)state;
    say("a.service", "old");
    request.lines = 0;
    request.is_following = 1;
    query_open(&query, &ring, &request);
    expect_kind(&query, LOG_END);
    assert_false(next(&query, &packet));
    say("a.service", "new");
    say("later.service", "first");
    expect_text(&query, "new");
    expect_text(&query, "first");
    assert_false(next(&query, &packet));
    query_close(&query);
    request = log_wire_request("last.service");
    request.is_following = 1;
    query_open(&query, &ring, &request);
    expect_kind(&query, LOG_END);
    say("last.service", "hello");
    expect_text(&query, "hello");
    query_close(&query);
}

/* Whether they were known before, and whether all that they say is still kept. */
static void units_that_begin_to_speak_during_the_backlog_are_followed(void **state)
{
    struct log_request request = log_wire_request(NULL);
    struct log_packet packet;
    struct query query = { 0 };
    uint64_t seen = 0, missed = 0;

    (void)state;
    say("a.service", "old");
    assert_non_null(ring_unit_get(&ring, "silent.service"));
    request.is_following = 1;
    query_open(&query, &ring, &request);
    expect_text(&query, "old");
    say("silent.service", "known");
    say("later.service", "unknown");
    expect_kind(&query, LOG_END);
    expect_text(&query, "known");
    expect_text(&query, "unknown");
    assert_false(next(&query, &packet));
    query_open(&query, &ring, &request);
    say_many("flood.service", 3000);
    while (next(&query, &packet)) {
        bool is_flood = packet.kind != LOG_END && strcmp(packet.unit, "flood.service") == 0;

        seen += is_flood && packet.kind == LOG_LINE;
        missed += is_flood ? packet.dropped : 0;
    }
    assert_true(seen > 100 && missed > 100);
    assert_int_equal(seen + missed, 3000);
    query_close(&query);
}

static void a_slow_reader_is_told_how_many_lines_it_missed(void **state)
{
    enum { LINES = 5000 };
    struct log_request request = log_wire_request(NULL);
    struct log_packet packet;
    struct query query = { 0 };
    uint64_t seen = 0, missed = 0, gaps = 0;

    (void)state;
    request.is_following = 1;
    query_open(&query, &ring, &request);
    expect_kind(&query, LOG_END);
    say_many("a.service", LINES);
    while (next(&query, &packet)) {
        seen += packet.kind == LOG_LINE;
        missed += packet.dropped;
        gaps += packet.kind == LOG_GAP;
        assert_string_equal(packet.unit, "a.service");
    }
    assert_true(seen > 100 && missed > 100);
    assert_int_equal(gaps, 1);
    assert_int_equal(seen + missed, LINES);
    query_close(&query);
}

static void a_flood_pushes_out_its_own_lines_only(void **state)
{
    struct log_request request = log_wire_request("calm.service");
    struct query query = { 0 };

    (void)state;
    say("calm.service", "still here");
    for (int i = 0; i < 10; i++) {
        char name[32];

        snprintf(name, sizeof(name), "flood%d.service", i);
        say_many(name, 3000); /* ten of them want three times what there is */
    }
    for (size_t i = 0; i < ring.unit_count; i++)
        assert_true(ring.units[i]->blocks >= 1 && ring.units[i]->blocks <= 20);
    query_open(&query, &ring, &request);
    expect_text(&query, "still here");
    expect_kind(&query, LOG_END);
}

static void the_longest_line_is_kept_whole(void **state)
{
    static char text[LOG_TEXT_MAX];
    struct log_request request = log_wire_request("a.service");
    struct log_packet packet;
    struct query query = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)('a' + i % 26);
    for (int i = 0; i < 5; i++)
        append("a.service", 6, text, sizeof(text));
    request.lines = 1;
    query_open(&query, &ring, &request);
    assert_true(next(&query, &packet));
    assert_int_equal(packet.length, sizeof(text));
    assert_memory_equal(packet.text, text, sizeof(text));
    assert_int_equal(packet.number, 5);
    expect_kind(&query, LOG_END);
}

static void old_lines_are_not_shown(void **state)
{
    struct log_request request = log_wire_request("a.service");
    struct query query = { 0 };

    (void)state;
    say("a.service", "too old");
    ring.age_us = 0;
    while (clock_monotonic_us() == ring.blocks[0].newest_us)
        ;
    query_open(&query, &ring, &request);
    expect_kind(&query, LOG_END);
}

/* As a killed reeve-log leaves it to the next. */
static void restart(void)
{
    int fd = dup(ring.fd);

    ring_release(&ring);
    assert_int_equal(ring_init(&ring, &small, fd), 0);
}

static void the_next_one_takes_it_back(void **state)
{
    struct log_request request = log_wire_request(NULL);
    struct query query = { 0 };
    struct ring_unit *unit;

    (void)state;
    say("a.service", "one");
    say("b.service", "two");
    say_many("flood.service", 3000);
    restart();
    say("a.service", "three");
    unit = ring_unit_find(&ring, "flood.service");
    assert_non_null(unit);
    assert_int_equal(unit->next_number, 3001);
    assert_int_equal(ring.next_sequence, 3004);
    query_open(&query, &ring, &request);
    expect_text(&query, "one");
    expect_text(&query, "two");
    query_close(&query);
    request = log_wire_request("a.service");
    query_open(&query, &ring, &request);
    expect_text(&query, "one");
    expect_text(&query, "three");
    expect_kind(&query, LOG_END);
}

static void a_line_that_was_being_written_is_left_out(void **state)
{
    static char text[3 * RING_BLOCK_SIZE];
    struct log_request request = log_wire_request(NULL);
    struct query query = { 0 };
    struct ring_unit *unit;

    (void)state;
    memset(text, 'x', sizeof(text));
    say("a.service", "one");
    append("a.service", 6, text, sizeof(text));
    unit = ring_unit_find(&ring, "a.service");
    ring.blocks[unit->last].used = 0; /* the rest of it was not written any more */
    restart();
    say("a.service", "two");
    query_open(&query, &ring, &request);
    expect_text(&query, "one");
    expect_text(&query, "two");
    expect_kind(&query, LOG_END);
}

/* Whatever stands in the file, it is read without harm, to its end, and can be written to. */
static void nonsense_is_survived(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 30; seed++) {
        struct log_request request = log_wire_request(NULL);
        struct log_packet packet;
        struct query query = { 0 };
        unsigned steps = 0;

        srandom(seed);
        say_many("a.service", 300);
        say_many("b.service", 300);
        for (int i = 0; i < 200; i++) {
            struct ring_block *block = &ring.blocks[random() % 64];
            size_t at = (size_t)random() % (i % 2 ? 64 : sizeof(*block));

            ((char *)block)[at] = (char)random();
        }
        restart();
        say("a.service", "goes on");
        request.is_following = 1;
        query_open(&query, &ring, &request);
        while (next(&query, &packet))
            assert_true(steps++ < 5000);
        query_close(&query);
        assert_true(ring_unit_find(&ring, "a.service")->blocks <= 64);
    }
}

static struct log_totals totals_told(const char *unit)
{
    struct log_request request = log_wire_request(unit);
    struct log_packet packet;
    struct log_totals totals;
    struct query query = { 0 };

    request.wants_totals = request.is_following = true; /* there is nothing to follow */
    query_open(&query, &ring, &request);
    assert_true(next(&query, &packet));
    assert_string_equal(packet.unit, unit);
    assert_true(log_totals_read(&packet, &totals));
    expect_kind(&query, LOG_END);
    assert_false(query.is_open);
    return totals;
}

/* Also where no line of the unit is kept any more, once it is known again. */
static void what_was_counted_outlives_us(void **state)
{
    struct log_request request = log_wire_request(NULL);
    struct query query = { 0 };
    struct log_packet packet;
    struct log_totals totals;
    unsigned count = 0;

    (void)state;
    say("silent.service", "is not counted here");
    ring_totals(&ring, ring_unit_get(&ring, "a.service"))->lines[3] = 7;
    ring_totals(&ring, ring_unit_get(&ring, "b.service"))->dropped[LOG_DROP_RATE] = 9;
    restart();
    assert_null(ring_unit_find(&ring, "a.service"));
    assert_non_null(ring_unit_get(&ring, "a.service"));
    assert_non_null(ring_unit_get(&ring, "b.service"));
    totals = totals_told("a.service");
    assert_int_equal(totals.lines[3], 7);
    totals = totals_told("b.service");
    assert_int_equal(totals.dropped[LOG_DROP_RATE], 9);
    request.wants_totals = true;
    query_open(&query, &ring, &request);
    while (next(&query, &packet) && packet.kind == LOG_TOTALS)
        count++;
    assert_int_equal(count, 2);
    assert_false(log_totals_read(&packet, &totals)); /* the end */
}

static void more_units_than_can_be_counted(void **state)
{
    (void)state;
    for (uint64_t key = 1; key <= TOTALS_MAX; key++)
        assert_non_null(totals_get(&ring.totals, key));
    assert_null(totals_get(&ring.totals, UINT64_MAX));
    assert_null(ring_totals(&ring, ring_unit_get(&ring, "a.service")));
    restart();
    assert_int_equal(ring.totals.count, TOTALS_MAX);
    say("a.service", "is kept");
}

/* Who has seen lines of a former ring, of which nothing is left, gets those of this one; who has
 * seen the newest of this one gets nothing twice. */
static void a_place_in_a_former_ring_silences_nobody(void **state)
{
    struct log_request request = log_wire_request(NULL);
    struct log_packet packet;
    struct query query = { 0 };

    (void)state;
    request.is_following = 1;
    request.after_sequence = 50000;
    query_open(&query, &ring, &request);
    expect_kind(&query, LOG_END);
    say("a.service", "one");
    expect_text(&query, "one");
    request.after_sequence = ring.next_sequence;
    query_open(&query, &ring, &request);
    expect_text(&query, "one");
    expect_kind(&query, LOG_END);
    request.after_sequence = ring.next_sequence - 1;
    query_open(&query, &ring, &request);
    expect_kind(&query, LOG_END);
    assert_false(next(&query, &packet));
    say("a.service", "two");
    expect_text(&query, "two");
    query_close(&query);
}

static void a_file_that_is_not_ours_is_not_used(void **state)
{
    int fd = memfd_create("other", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    (void)state;
    assert_int_equal(ftruncate(fd, (off_t)small.size + TOTALS_SIZE), 0);
    ring_release(&ring);
    assert_int_equal(ring_init(&ring, &small, fd), 0); /* it could be cut off under us */
    assert_int_equal(ring.next_sequence, 1);
    say("a.service", "works");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(lines_of_all_units_come_in_their_order),
        TEST(what_is_asked_for_is_what_comes),
        TEST(a_follower_gets_each_line_and_units_that_come_later),
        TEST(units_that_begin_to_speak_during_the_backlog_are_followed),
        TEST(a_slow_reader_is_told_how_many_lines_it_missed),
        TEST(a_flood_pushes_out_its_own_lines_only),
        TEST(the_longest_line_is_kept_whole),
        TEST(old_lines_are_not_shown),
        TEST(the_next_one_takes_it_back),
        TEST(a_line_that_was_being_written_is_left_out),
        TEST(nonsense_is_survived),
        TEST(what_was_counted_outlives_us),
        TEST(more_units_than_can_be_counted),
        TEST(a_place_in_a_former_ring_silences_nobody),
        TEST(a_file_that_is_not_ours_is_not_used),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

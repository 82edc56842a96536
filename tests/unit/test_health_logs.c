/* reeve-health: log lines on their way from reeve-log, which is this test, to clients. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "supervisor/health/broadcast.h"
#include "supervisor/health/log_fetch.h"
#include "supervisor/health/log_tail.h"
#include "supervisor/health/render.h"
#include "supervisor/wire/fd.h"

/* --- reeve-log --- */

static struct loop loop;
static struct log_link logs;
static struct patience patience;
static struct log_fetches fetches;
static int reeve_log; /* its end of the connection */
static uint64_t sequence;
static unsigned woken;

static void wake(void *connection)
{
    (void)connection;
    woken++;
}

static int set_up(void **state)
{
    int pair[2];

    (void)state;
    assert_int_equal(loop_init(&loop), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    reeve_log = pair[1];
    log_link_init(&logs, &loop);
    log_link_connect(&logs, pair[0]);
    patience_init(&patience);
    fetches = (struct log_fetches){ .link = &logs, .patience = &patience, .wake = wake };
    sequence = woken = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    log_link_release(&logs);
    reeve_log = fd_close(reeve_log);
    loop_release(&loop);
    return 0;
}

/* The tag of the question that was asked last. */
static uint32_t asked(void)
{
    struct log_request request;

    assert_int_equal(recv(reeve_log, &request, sizeof(request), MSG_DONTWAIT), sizeof(request));
    return request.tag;
}

/* False: reeve-log would have to wait, since nobody reads. */
static bool say(uint32_t tag, enum log_kind kind, size_t length)
{
    static char text[LOG_TEXT_MAX], buffer[LOG_PACKET_MAX];
    struct log_packet packet = { .kind = kind, .tag = tag, .unit = "a.service", .text = text };
    size_t size;

    memset(text, 'x', sizeof(text));
    packet.length = length;
    packet.sequence = packet.number = kind == LOG_LINE ? sequence + 1 : 0;
    size = log_wire_encode(&packet, buffer);
    if (send(reeve_log, buffer, size, MSG_DONTWAIT) != (ssize_t)size)
        return false;
    sequence += kind == LOG_LINE;
    return true;
}

/* What is ready is taken; a new window begins each time, as if time had passed. */
static void turn(void)
{
    assert_int_equal(loop_wait(&loop, 0), 0);
    log_link_tick(&logs, USEC_INFINITY);
}

/* --- /units/NAME/logs --- */

static struct log_fetch *follower(void)
{
    struct log_fetch *fetch;
    struct request request;

    request_init(&request, "GET", "/units/a/logs");
    request_take_query(&request, "follow", NULL);
    assert_int_equal(log_fetch_new(&fetches, &request, "a.service", &fetch), 0);
    return fetch;
}

static void one_that_never_catches_up_has_its_bound(void **state)
{
    enum { LINES = 2000, LENGTH = 1000, BEHIND = 3 };
    struct log_fetch *fetch = follower();
    uint32_t tag = asked();
    struct text got = { 0 };
    size_t most = 0;
    unsigned count = 0;

    (void)state;
    assert_true(say(tag, LOG_END, 0));
    for (int i = 0; i < LINES; i++) {
        char buffer[LENGTH + 500];
        ssize_t length;

        assert_true(say(tag, LOG_LINE, LENGTH));
        turn();
        if (i < BEHIND)
            continue;
        length = log_fetch_read(fetch, buffer, LENGTH + 200);
        assert_true(length > 0);
        text_append(&got, buffer, (size_t)length);
        most = fetch->pending.capacity > most ? fetch->pending.capacity : most;
    }
    /* What was sent, what was not, and the doubling of the memory. */
    assert_true(most <= 4 * LOG_FETCH_PENDING_MAX);
    while (fetch->pending.length > fetch->sent) {
        char buffer[4096];
        ssize_t length = log_fetch_read(fetch, buffer, sizeof(buffer));

        assert_true(length > 0);
        text_append(&got, buffer, (size_t)length);
    }
    for (const char *at = got.bytes; (at = strstr(at, "id: ")); at++) {
        char expected[64];

        (void)snprintf(expected, sizeof(expected), "id: %u\nevent: log\ndata: {", ++count);
        assert_int_equal(strncmp(at, expected, strlen(expected)), 0);
    }
    assert_int_equal(count, LINES);
    text_release(&got);
    log_fetch_free(fetch);
}

/* A follower as web.c has it: excused until there is something to wait for. */
static struct client *let_in(struct log_fetch *fetch, int fd)
{
    fetch->client = patience_add(&patience, fd, clock_monotonic_us());
    assert_non_null(fetch->client);
    patience_excuse(&patience, fetch->client);
    return fetch->client;
}

/* One that trickles through a backlog keeps all others from their lines. */
static void a_backlog_has_its_time(void **state)
{
    enum { LENGTH = 1000 };
    struct log_fetch *slow = follower(), *other;
    uint32_t tag = asked();
    struct client *client = let_in(slow, -1);
    uint64_t begun_us, deadline_us;
    char buffer[100];

    (void)state;
    assert_int_equal(patience_deadline(&patience), USEC_INFINITY);
    begun_us = clock_monotonic_us();
    while (!slow->has_paused) {
        assert_true(say(tag, LOG_LINE, LENGTH));
        turn();
    }
    deadline_us = patience_deadline(&patience);
    assert_in_range(deadline_us, begun_us + PATIENCE_US, clock_monotonic_us() + PATIENCE_US);
    other = follower();
    assert_true(say(asked(), LOG_LINE, LENGTH));
    turn();
    assert_true(other->pending.length == 0);
    /* However often it makes room for another line, it gains no time. */
    for (int i = 0; i < 100; i++) {
        (void)say(tag, LOG_LINE, LENGTH);
        assert_true(log_fetch_read(slow, buffer, sizeof(buffer)) > 0);
        turn();
    }
    assert_int_equal(patience_deadline(&patience), deadline_us);
    patience_tick(&patience, deadline_us);
    assert_true(client->is_dismissed);
    log_fetch_free(slow); /* by the library, which finds the connection shut down */
    patience_remove(&patience, client);
    for (int i = 0; i < 200 && other->pending.length == 0; i++)
        turn();
    assert_true(other->pending.length > 0);
    log_fetch_free(other);
}

static void who_follows_may_stay(void **state)
{
    struct log_fetch *fetch = follower();
    uint32_t tag = asked();
    struct client *client = let_in(fetch, -1);

    (void)state;
    assert_true(say(tag, LOG_LINE, 10));
    assert_true(say(tag, LOG_END, 0));
    turn();
    assert_int_equal(patience_deadline(&patience), USEC_INFINITY);
    /* Also one that takes little; lines go by without it, and others are not held up. */
    for (int i = 0; i < 2 * LOG_FETCH_PENDING_MAX / RENDER_LOG_TEXT_MAX; i++) {
        assert_true(say(tag, LOG_LINE, LOG_TEXT_MAX));
        turn();
    }
    assert_true(fetch->missed > 0);
    assert_int_equal(logs.pause_count, 0);
    assert_int_equal(patience_deadline(&patience), USEC_INFINITY);
    patience_tick(&patience, USEC_INFINITY - 1);
    assert_false(client->is_dismissed);
    log_fetch_free(fetch);
    patience_remove(&patience, client);
}

/* --- /events --- */

static struct table table;
static struct usages usages;
static struct broadcast broadcast;
static struct log_tail tail;
static struct text got;

/* A listener that has been told how all is and sleeps, and the tag of the question for all lines.
 */
static struct stream *begin_to_listen(uint32_t *ret_tag)
{
    struct stream *stream;

    table = (struct table){ .has_present = true };
    usages = (struct usages){ 0 };
    broadcast = (struct broadcast){ .table = &table, .usages = &usages, .wake = wake };
    log_tail_init(&tail, &logs, &table, &broadcast.events);
    log_tail_want(&tail, 0);
    *ret_tag = asked();
    assert_true(say(*ret_tag, LOG_END, 0));
    turn();
    stream = broadcast_add(&broadcast, NULL, NULL);
    assert_non_null(stream);
    broadcast.beat_us = USEC_INFINITY; /* the time here is the test's own */
    return stream;
}

/* All that it can have now. */
static void listen_to(struct stream *stream)
{
    char buffer[2048];
    ssize_t length;

    text_clear(&got);
    while ((length = broadcast_read(stream, buffer, sizeof(buffer))) > 0)
        text_append(&got, buffer, (size_t)length);
    assert_int_equal(length, 0);
}

static void end_listening(struct stream *stream)
{
    broadcast_remove(stream);
    log_tail_release(&tail);
    usages_release(&usages);
    text_release(&got);
}

static void a_line_wakes_who_listens(void **state)
{
    uint32_t tag;
    struct stream *stream = begin_to_listen(&tag);
    const uint64_t now_us = USEC_PER_SEC;

    (void)state;
    listen_to(stream);
    assert_false(broadcast_follow(&broadcast, now_us));
    assert_int_equal(broadcast_deadline(&broadcast), USEC_INFINITY);
    assert_true(say(tag, LOG_LINE, 10));
    turn();
    assert_true(broadcast_deadline(&broadcast) <= now_us);
    assert_true(broadcast_follow(&broadcast, now_us));
    assert_int_equal(woken, 1);
    listen_to(stream);
    assert_non_null(strstr(got.bytes, "event: log\n"));
    assert_false(broadcast_follow(&broadcast, now_us));
    /* The next one at the end of the step, and then there is nothing to wait for. */
    assert_true(say(tag, LOG_LINE, 10));
    turn();
    assert_false(broadcast_follow(&broadcast, now_us + 1));
    assert_int_equal(broadcast_deadline(&broadcast), now_us + BROADCAST_STEP_US);
    assert_true(broadcast_follow(&broadcast, now_us + BROADCAST_STEP_US));
    assert_int_equal(woken, 2);
    assert_int_equal(broadcast_deadline(&broadcast), USEC_INFINITY);
    end_listening(stream);
}

/* Of lines as long as they are shown; who reads what there is, whenever it is woken, is not late.
 */
static void a_flood_comes_in_steps(void **state)
{
    uint32_t tag;
    struct stream *stream = begin_to_listen(&tag);
    uint64_t now_us = USEC_PER_SEC;
    unsigned windows = 0;

    (void)state;
    listen_to(stream);
    while (sequence < 1000) {
        while (sequence < 1000 && say(tag, LOG_LINE, sequence % 2 ? 20 : RENDER_LOG_TEXT_MAX))
            ;
        for (int i = 0; i < 10; i++) {
            assert_int_equal(loop_wait(&loop, 0), 0);
            assert_false(listener_is_late(&stream->listener));
            if (broadcast_follow(&broadcast, now_us))
                listen_to(stream);
        }
        if (log_link_deadline(&logs) != USEC_INFINITY)
            windows++;
        log_link_tick(&logs, USEC_INFINITY);
        assert_int_equal(log_link_deadline(&logs), USEC_INFINITY);
        now_us += LOG_LINK_WINDOW_US;
    }
    assert_true(windows > 10);
    assert_true(woken <= 4 * (windows + 1));
    end_listening(stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_that_never_catches_up_has_its_bound, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_backlog_has_its_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_line_wakes_who_listens, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_flood_comes_in_steps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_follows_may_stay, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

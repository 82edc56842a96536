/* reeve-health: what each protocol asks, and how it judges bytes, in whatever pieces they come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "supervisor/health/dialogue.h"

/* Feeds the answer byte by byte, and the end when asked for; the verdict must not depend on the
 * pieces. */
struct hearing {
    enum answer answer;
    bool may_keep;
    char message[WIRE_TEXT_SIZE];
};

static struct hearing hear(const char *command, const char *bytes, size_t length, bool has_end)
{
    struct probe_address address;
    struct dialogue dialogue = { .address = &address, .is_fresh = true };
    struct hearing hearing = { ANSWER_MORE, false, "" };
    const struct protocol *protocol;
    char error[256];

    assert_int_equal(probe_address_parse(command, &address, error, sizeof(error)), 0);
    protocol = protocol_of(address.kind);
    for (size_t i = 0; i < length && hearing.answer == ANSWER_MORE; i++) {
        text_append(&dialogue.heard, bytes + i, 1);
        hearing.answer = protocol->judge(&dialogue);
    }
    if (hearing.answer == ANSWER_MORE && has_end) {
        dialogue.has_ended = true;
        hearing.answer = protocol->judge(&dialogue);
    }
    hearing.may_keep = dialogue.may_keep;
    strcpy(hearing.message, dialogue.message);
    text_release(&dialogue.heard);
    probe_address_release(&address);
    return hearing;
}

static struct hearing hear_text(const char *command, const char *text, bool has_end)
{
    return hear(command, text, strlen(text), has_end);
}

static const char http[] = "http://127.0.0.1/", redis[] = "redis://127.0.0.1";
static const char cdp[] = "cdp://127.0.0.1", x11[] = "x11::1";

static void http_statuses(void **state)
{
    struct hearing hearing =
        hear_text(http, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", false);

    (void)state;
    assert_int_equal(hearing.answer, ANSWER_GOOD);
    assert_true(hearing.may_keep);
    assert_string_equal(hearing.message, "HTTP 200 OK");
    hearing =
        hear_text(http, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", false);
    assert_int_equal(hearing.answer, ANSWER_BAD);
    assert_string_equal(hearing.message, "HTTP 503 Service Unavailable");
    assert_int_equal(hear_text(http, "HTTP/1.1 302 \r\nLocation: /\r\n\r\n", true).answer,
                     ANSWER_GOOD);
    assert_int_equal(hear_text(http, "HTTP/1.1 400 \r\n\r\n", true).answer, ANSWER_BAD);
    hearing = hear_text(http, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\n\r\n", false);
    assert_int_equal(hearing.answer, ANSWER_GOOD);
    assert_true(hearing.may_keep);
}

static void http_connections_that_cannot_be_kept(void **state)
{
    static const char *const answers[] = {
        "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
        struct hearing hearing = hear_text(http, answers[i], false);

        assert_int_equal(hearing.answer, ANSWER_GOOD);
        assert_false(hearing.may_keep);
    }
}

static void http_nonsense(void **state)
{
    static const char *const answers[] = {
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1 20\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
        assert_string_equal(hear_text(http, answers[i], true).message, "the answer is not HTTP");
    assert_int_equal(hear_text(http, "HTTP/1.1 200 OK\r\nContent", true).answer, ANSWER_BAD);
    assert_int_equal(hear_text(http, "", true).answer, ANSWER_BAD);
    assert_int_equal(hear_text(http, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", true).answer,
                     ANSWER_BAD);
}

static void http_request(void **state)
{
    struct probe_address address;
    struct dialogue dialogue = { .address = &address };
    char error[256];

    (void)state;
    assert_int_equal(probe_address_parse("http://127.0.0.1:81/a?b", &address, error, sizeof(error)),
                     0);
    assert_int_equal(http_ask(&dialogue), 0);
    assert_memory_equal(dialogue.request.bytes, "GET /a?b HTTP/1.1\r\nHost: 127.0.0.1:81\r\n", 39);
    assert_string_equal(dialogue.request.bytes + dialogue.request.length - 4, "\r\n\r\n");
    text_release(&dialogue.request);
    probe_address_release(&address);
}

static void redis_answers(void **state)
{
    struct hearing hearing = hear_text(redis, "+PONG\r\n", false);

    (void)state;
    assert_int_equal(hearing.answer, ANSWER_GOOD);
    assert_true(hearing.may_keep);
    hearing = hear_text(redis, "-LOADING Redis is loading the dataset in memory\r\n", false);
    assert_int_equal(hearing.answer, ANSWER_BAD);
    assert_false(hearing.may_keep);
    assert_string_equal(hearing.message, "LOADING Redis is loading the dataset in memory");
    assert_int_equal(hear_text(redis, "-NOAUTH Authentication required.\r\n", false).answer,
                     ANSWER_BAD);
    assert_int_equal(hear_text(redis, "+OK\r\n", false).answer, ANSWER_BAD);
    assert_int_equal(hear_text(redis, ":1\r\n", false).answer, ANSWER_BAD);
    assert_int_equal(hear_text(redis, "$-1\r\n", false).answer, ANSWER_BAD);
    assert_string_equal(hear_text(redis, "HTTP/1.1 400\r\n", false).message,
                        "this is not a redis server");
    assert_int_equal(hear_text(redis, "+PON", true).answer, ANSWER_BAD);
    assert_int_equal(hear_text(redis, "+PON", false).answer, ANSWER_MORE);
}

static void redis_logs_in_once(void **state)
{
    struct probe_address address;
    struct dialogue dialogue = { .address = &address, .is_fresh = true };
    char error[256];

    (void)state;
    assert_int_equal(
        probe_address_parse("redis://u:p%20w@127.0.0.1", &address, error, sizeof(error)), 0);
    assert_int_equal(redis_ask(&dialogue), 0);
    assert_string_equal(dialogue.request.bytes, "*3\r\n$4\r\nAUTH\r\n$1\r\nu\r\n$3\r\np w\r\n"
                                                "*1\r\n$4\r\nPING\r\n");
    text_clear(&dialogue.request);
    dialogue.is_fresh = false;
    assert_int_equal(redis_ask(&dialogue), 0);
    assert_string_equal(dialogue.request.bytes, "*1\r\n$4\r\nPING\r\n");
    text_release(&dialogue.request);
    probe_address_release(&address);

    assert_int_equal(hear_text("redis://:x@127.0.0.1", "+OK\r\n+PONG\r\n", false).answer,
                     ANSWER_GOOD);
    assert_int_equal(hear_text("redis://:x@127.0.0.1", "+PONG\r\n", false).answer, ANSWER_BAD);
    assert_string_equal(
        hear_text("redis://:x@127.0.0.1", "-WRONGPASS no\r\n-NOAUTH\r\n", false).message,
        "WRONGPASS no");
}

static void devtools(void **state)
{
    struct hearing hearing =
        hear_text(cdp,
                  "HTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\n"
                  "{\"Browser\":\"Chrome/1\",\"webSocketDebuggerUrl\":\"ws://127.0.0.1/x\"}   ",
                  false);

    (void)state;
    assert_int_equal(hearing.answer, ANSWER_GOOD);
    assert_string_equal(hearing.message, "Chrome/1");
    /* No length: the body ends with the connection. */
    assert_int_equal(
        hear_text(cdp, "HTTP/1.1 200 OK\r\n\r\n{\"webSocketDebuggerUrl\":\"ws://x\"}", true).answer,
        ANSWER_GOOD);
    assert_int_equal(hear_text(cdp, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", false).answer,
                     ANSWER_BAD);
    assert_int_equal(
        hear_text(cdp,
                  "HTTP/1.1 200 OK\r\nContent-Length: 31\r\n\r\n{\"webSocketDebuggerUrl\":\"ws\"",
                  true)
            .answer,
        ANSWER_BAD);
    assert_int_equal(hear_text(cdp, "HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n", false).answer,
                     ANSWER_BAD);
    assert_int_equal(hear_text(cdp, "HTTP/1.1 302 x\r\nContent-Length: 0\r\n\r\n", false).answer,
                     ANSWER_BAD);
}

static void x11_set_up(void **state)
{
    /* Success, 11.0, 4 more words of 4 bytes …, a vendor of 4 bytes at 40. */
    char success[48] = { 1, 0, 11, 0, 0, 0, 10, 0 };
    static const char refusal[] = "\0\3\13\0\0\0\1\0No!\0";
    struct hearing hearing;

    (void)state;
    success[24] = 4;
    memcpy(success + 40, "Xorg", 4);
    hearing = hear(x11, success, sizeof(success), false);
    assert_int_equal(hearing.answer, ANSWER_GOOD);
    assert_true(hearing.may_keep);
    assert_string_equal(hearing.message, "X11.0 Xorg");
    assert_int_equal(hear(x11, success, 43, false).answer, ANSWER_MORE);
    assert_int_equal(hear(x11, success, 43, true).answer, ANSWER_BAD);
    hearing = hear(x11, refusal, sizeof(refusal) - 1, false);
    assert_int_equal(hearing.answer, ANSWER_BAD);
    assert_string_equal(hearing.message, "the X server refuses us: No!");
    assert_int_equal(hear_text(x11, "HTTP/1.1 400 Bad", false).answer, ANSWER_BAD);
    assert_int_equal(hear_text(x11, "", true).answer, ANSWER_BAD);
    /* The server resets itself when its last client leaves: we are to stay until the next probe. */
    assert_true(protocol_of(PROBE_X11)->is_held);
}

struct expected {
    const char *command, *answer;
    bool has_end;
    enum answer wanted;
    const char *message;
};

static void assert_expected(const struct expected *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct hearing hearing = hear_text(cases[i].command, cases[i].answer, cases[i].has_end);

        if (hearing.answer != cases[i].wanted || strcmp(hearing.message, cases[i].message) != 0)
            fail_msg("%s: %d '%s'", cases[i].command, hearing.answer, hearing.message);
    }
}

static void http_expectations(void **state)
{
    static const char page[] = "HTTP/1.1 200 OK\r\nX-Mode:  primary, fast \r\n"
                               "Content-Length: 11\r\n\r\nall is well";
    static const char chunked[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                  "6\r\nall is\r\n5;x=y\r\n well\r\n0\r\n\r\n";
    static const char open[] = "HTTP/1.0 404 No\r\n\r\nall is well";
    static const struct expected cases[] = {
        { "http://[::1] status=200 body='is well'", page, false, ANSWER_GOOD, "HTTP 200 OK" },
        { "http://[::1] status=201-299", page, false, ANSWER_BAD, "HTTP 200 OK" },
        { "http://[::1] body=ill", page, false, ANSWER_BAD,
          "HTTP 200 OK, but 'ill' is not in the body" },
        { "http://[::1] header=x-mode:fast", page, false, ANSWER_GOOD, "HTTP 200 OK" },
        { "http://[::1] header=x-mode:slow", page, false, ANSWER_BAD,
          "HTTP 200 OK, but no header 'x-mode: slow'" },
        { "http://[::1] header=Y:z", page, false, ANSWER_BAD, "HTTP 200 OK, but no header 'Y: z'" },
        /* Not across the border of a chunk that is not there yet. */
        { "http://[::1] body='is well'", chunked, false, ANSWER_GOOD, "HTTP 200 OK" },
        { "http://[::1] body='is ill'", chunked, false, ANSWER_BAD,
          "HTTP 200 OK, but 'is ill' is not in the body" },
        { "http://[::1] status=404 body=well", open, false, ANSWER_GOOD, "HTTP 404 No" },
        { "http://[::1] status=404 body=ill", open, false, ANSWER_MORE, "HTTP 404 No" },
        { "http://[::1] status=404 body=ill", open, true, ANSWER_BAD,
          "HTTP 404 No, but 'ill' is not in the body" },
    };

    (void)state;
    assert_expected(cases, ARRAY_SIZE(cases));
}

#define INFO                                                                                       \
    "+PONG\r\n$63\r\n# Memory\r\nused_memory:1048576\r\nused_memory_rss:9\r\nrole:master\r\n\r\n"

static void redis_expectations(void **state)
{
    static const struct expected cases[] = {
        { "redis://[::1] role=master info=used_memory<2M", INFO, false, ANSWER_GOOD, "PONG" },
        { "redis://[::1] role=replica", INFO, false, ANSWER_BAD, "role is master, and not slave" },
        { "redis://[::1] info=used_memory<1M", INFO, false, ANSWER_BAD,
          "used_memory is 1048576, and not <1M" },
        { "redis://[::1] info=used>1", INFO, false, ANSWER_BAD, "INFO has no field 'used'" },
        { "redis://[::1] info=used>1", "+PONG\r\n-NOPERM no\r\n", false, ANSWER_BAD,
          "INFO: NOPERM no" },
        { "redis://[::1] info=used>1", "+PONG\r\n+OK\r\n", false, ANSWER_BAD,
          "INFO: an answer that is no text" },
        { "redis://[::1] info=used>1", "+PONG\r\n", false, ANSWER_MORE, "PONG" },
        /* An array that takes all memory. */
        { "redis://[::1]", "*1000000000\r\n", false, ANSWER_BAD, "this is not a redis server" },
        { "redis://[::1] info=a>1", "+PONG\r\n*1000000000\r\n", false, ANSWER_BAD,
          "this is not a redis server" },
    };

    (void)state;
    assert_expected(cases, ARRAY_SIZE(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(http_statuses),     cmocka_unit_test(http_connections_that_cannot_be_kept),
        cmocka_unit_test(http_nonsense),     cmocka_unit_test(http_request),
        cmocka_unit_test(redis_answers),     cmocka_unit_test(redis_logs_in_once),
        cmocka_unit_test(devtools),          cmocka_unit_test(x11_set_up),
        cmocka_unit_test(http_expectations), cmocka_unit_test(redis_expectations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

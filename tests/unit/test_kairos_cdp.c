/*
 * Kairos: messages of the DevTools protocol, base64 and PNG heads, with what a hostile port could
 * send.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/kairos/base64.h"
#include "services/kairos/cdp_message.h"

static int decode(const char *text, struct cdp_message *message)
{
    return cdp_decode(text, strlen(text), message);
}

static void encode_has_what_the_protocol_names(void **state)
{
    (void)state;
    json_t *params = json_pack("{s:s}", "url", "http://x/\"y\"");
    struct cdp_command command = {
        .id = 7, .session = "S1", .method = "Page.navigate", .params = params
    };
    char *text = cdp_encode(&command);
    json_t *read = json_loads(text, 0, NULL);

    assert_int_equal(json_integer_value(json_object_get(read, "id")), 7);
    assert_string_equal(cdp_string(read, "method"), "Page.navigate");
    assert_string_equal(cdp_string(read, "sessionId"), "S1");
    assert_string_equal(cdp_string(json_object_get(read, "params"), "url"), "http://x/\"y\"");
    json_decref(read);
    json_decref(params);
    free(text);
}

static void encode_leaves_out_what_is_not_given(void **state)
{
    (void)state;
    struct cdp_command command = { .id = 1, .method = "Browser.getVersion" };
    char *text = cdp_encode(&command);

    assert_string_equal(text, "{\"id\":1,\"method\":\"Browser.getVersion\"}");
    free(text);
    command.method = "\xff\xfe"; /* not UTF-8 */
    assert_null(cdp_encode(&command));
}

static void decode_tells_the_three_shapes_apart(void **state)
{
    (void)state;
    struct cdp_message message = { 0 };

    assert_int_equal(
        decode("{\"id\":3,\"result\":{\"product\":\"Chrome/1\"},\"sessionId\":\"S\"}", &message),
        0);
    assert_int_equal(message.kind, CDP_REPLY);
    assert_int_equal(message.id, 3);
    assert_string_equal(message.session, "S");
    assert_string_equal(cdp_string(message.body, "product"), "Chrome/1");
    cdp_message_release(&message);

    assert_int_equal(decode("{\"id\":4,\"error\":{\"code\":-32601,\"message\":\"no\"}}", &message),
                     0);
    assert_int_equal(message.kind, CDP_ERROR);
    assert_int_equal(message.id, 4);
    assert_int_equal(message.error_code, -32601);
    assert_string_equal(message.error_text, "no");
    assert_null(message.body);
    cdp_message_release(&message);

    assert_int_equal(decode("{\"method\":\"Page.loadEventFired\",\"params\":{\"t\":1}}", &message),
                     0);
    assert_int_equal(message.kind, CDP_EVENT);
    assert_string_equal(message.method, "Page.loadEventFired");
    assert_int_equal(cdp_integer(message.body, "t", 0), 1);
    cdp_message_release(&message);

    assert_int_equal(decode("{\"method\":\"Inspector.detached\"}", &message), 0);
    assert_int_equal(json_object_size(message.body), 0);
    cdp_message_release(&message);
}

static void decode_refuses_what_is_none_of_them(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "null",
        "[]",
        "\"text\"",
        "{",
        "{}",
        "{\"id\":0,\"result\":{}}",
        "{\"id\":-1,\"result\":{}}",
        "{\"id\":\"1\",\"result\":{}}",
        "{\"id\":1.5,\"result\":{}}",
        "{\"id\":99999999999999999999,\"result\":{}}",
        "{\"id\":null,\"result\":{}}",
        "{\"id\":1}",
        "{\"id\":1,\"result\":[]}",
        "{\"id\":1,\"result\":{},\"error\":{}}",
        "{\"id\":1,\"error\":\"no\"}",
        "{\"id\":1,\"id\":2,\"result\":{}}",
        "{\"method\":7}",
        "{\"method\":\"\"}",
        "{\"method\":\"a\",\"params\":[]}",
        "{\"method\":\"a\",\"sessionId\":9}",
        "{\"id\":1,\"result\":{}} trailing",
        "{\"id\":1,\"result\":{\"a\":\"\xff\"}}",
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct cdp_message message = { .id = 42 };

        if (decode(wrong[i], &message) != -EBADMSG)
            fail_msg("taken: %s", wrong[i]);
        assert_int_equal(message.id, 42); /* untouched */
        assert_null(message.body);
    }
}

static void decode_refuses_a_name_that_does_not_fit(void **state)
{
    (void)state;
    char text[CDP_NAME_MAX + 64];
    char name[CDP_NAME_MAX + 1];
    struct cdp_message message = { 0 };

    memset(name, 'm', sizeof(name));
    name[CDP_NAME_MAX - 1] = '\0';
    (void)snprintf(text, sizeof(text), "{\"method\":\"%s\"}", name);
    assert_int_equal(decode(text, &message), 0);
    assert_string_equal(message.method, name);
    cdp_message_release(&message);
    name[CDP_NAME_MAX - 1] = 'm';
    name[CDP_NAME_MAX] = '\0';
    (void)snprintf(text, sizeof(text), "{\"method\":\"%s\"}", name);
    assert_int_equal(decode(text, &message), -EBADMSG);
}

static void decode_survives_depth_and_size(void **state)
{
    (void)state;
    size_t length = 4 * 1024 * 1024;
    char *text = malloc(length + 64);
    struct cdp_message message = { 0 };

    assert_non_null(text);
    memset(text, '[', length);
    assert_int_equal(cdp_decode(text, length, &message), -EBADMSG);

    int head = sprintf(text, "{\"id\":1,\"result\":{\"data\":\"");

    memset(text + head, 'A', length);
    strcpy(text + (size_t)head + length, "\"}}");
    assert_int_equal(decode(text, &message), 0);
    assert_int_equal(json_string_length(json_object_get(message.body, "data")), length);
    cdp_message_release(&message);
    free(text);
}

/* Every cut of a good message and every flipped byte: an answer or a refusal, never a crash or a
 * leak. */
static void decode_survives_damage(void **state)
{
    (void)state;
    static const char good[] =
        "{\"id\":12,\"sessionId\":\"S\",\"result\":{\"a\":[1,{\"b\":\"\\u20ac\"}]}}";

    for (size_t cut = 0; cut < sizeof(good) - 1; cut++) {
        struct cdp_message message = { 0 };

        assert_int_equal(cdp_decode(good, cut, &message), -EBADMSG);
        for (int bit = 0; bit < 8; bit++) {
            char copy[sizeof(good)];

            memcpy(copy, good, sizeof(good));
            copy[cut] = (char)(copy[cut] ^ (1 << bit));
            int error = cdp_decode(copy, sizeof(good) - 1, &message);

            assert_true(error == 0 || error == -EBADMSG);
            cdp_message_release(&message);
        }
    }
}

static void members_are_typed(void **state)
{
    (void)state;
    json_t *object = json_pack("{s:s, s:i}", "text", "t", "number", 5);

    assert_null(cdp_string(object, "number"));
    assert_null(cdp_string(object, "absent"));
    assert_null(cdp_string(NULL, "text"));
    assert_int_equal(cdp_integer(object, "text", -9), -9);
    assert_int_equal(cdp_integer(NULL, "number", -9), -9);
    assert_int_equal(cdp_integer(object, "number", -9), 5);
    json_decref(object);
}

static void evaluation_gives_value_or_exception(void **state)
{
    (void)state;
    char problem[64] = "";
    json_t *good = json_loads("{\"result\":{\"type\":\"number\",\"value\":5}}", 0, NULL);
    json_t *none = json_loads("{\"result\":{\"type\":\"undefined\"}}", 0, NULL);
    json_t *thrown =
        json_loads("{\"result\":{\"value\":1},\"exceptionDetails\":{\"text\":\"Uncaught\","
                   "\"exception\":{\"description\":\"TypeError: x\\n  at y\"}}}",
                   0, NULL);
    json_t *odd = json_loads("{\"exceptionDetails\":{\"text\":3}}", 0, NULL);

    assert_int_equal(json_integer_value(cdp_evaluated(good, problem, sizeof(problem))), 5);
    assert_null(cdp_evaluated(none, problem, sizeof(problem)));
    assert_string_equal(problem, "the page answered without a value");
    assert_null(cdp_evaluated(thrown, problem, sizeof(problem)));
    assert_string_equal(problem, "TypeError: x");
    assert_null(cdp_evaluated(odd, problem, sizeof(problem)));
    assert_string_equal(problem, "unknown exception");
    json_decref(good);
    json_decref(none);
    json_decref(thrown);
    json_decref(odd);
}

static void base64_knows_the_rfc_vectors(void **state)
{
    (void)state;
    /* RFC 4648, section 10 */
    static const char *const vectors[][2] = { { "Zg==", "f" },         { "Zm8=", "fo" },
                                              { "Zm9v", "foo" },       { "Zm9vYg==", "foob" },
                                              { "Zm9vYmE=", "fooba" }, { "Zm9vYmFy", "foobar" } };

    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        uint8_t *data = NULL;
        size_t length = 0;

        assert_int_equal(base64_decode(vectors[i][0], strlen(vectors[i][0]), &data, &length), 0);
        assert_int_equal(length, strlen(vectors[i][1]));
        assert_memory_equal(data, vectors[i][1], length);
        free(data);
    }
}

static void base64_is_strict(void **state)
{
    (void)state;
    static const char *const wrong[] = { "",     "Z",    "Zg",     "Zg=",  "Zg===",   "====",
                                         "Z===", "Zg=a", "Zm9v\n", "Zm-v", "Zm9v Zm", "=m9v" };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        uint8_t *data = NULL;
        size_t length = 0;

        if (base64_decode(wrong[i], strlen(wrong[i]), &data, &length) != -EINVAL)
            fail_msg("taken: '%s'", wrong[i]);
    }
}

static void png_head_is_checked(void **state)
{
    (void)state;
    uint8_t head[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13,
                       'I',  'H', 'D', 'R', 0,    0,    5,    0,    0, 0, 3, 32 };
    struct png_size size = { 0 };

    assert_int_equal(png_read_size(head, sizeof(head), &size), 0);
    assert_int_equal(size.width, 1280);
    assert_int_equal(size.height, 800);
    assert_int_equal(png_read_size(head, sizeof(head) - 1, &size), -EINVAL);
    head[18] = 0;
    assert_int_equal(png_read_size(head, sizeof(head), &size), -EINVAL); /* no width */
    head[18] = 5;
    head[1] = 'J';
    assert_int_equal(png_read_size(head, sizeof(head), &size), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encode_has_what_the_protocol_names),
        cmocka_unit_test(encode_leaves_out_what_is_not_given),
        cmocka_unit_test(decode_tells_the_three_shapes_apart),
        cmocka_unit_test(decode_refuses_what_is_none_of_them),
        cmocka_unit_test(decode_refuses_a_name_that_does_not_fit),
        cmocka_unit_test(decode_survives_depth_and_size),
        cmocka_unit_test(decode_survives_damage),
        cmocka_unit_test(members_are_typed),
        cmocka_unit_test(evaluation_gives_value_or_exception),
        cmocka_unit_test(base64_knows_the_rfc_vectors),
        cmocka_unit_test(base64_is_strict),
        cmocka_unit_test(png_head_is_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

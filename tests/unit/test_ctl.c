/* reevectl: the model and what it prints; URLs and answers of the health port. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "supervisor/ctl/health.h"
#include "supervisor/ctl/print.h"
#include "supervisor/ctl/words.h"

static void add(struct model *model, int id, const char *name, struct wire_state state)
{
    union wire_message message;

    wire_begin(&message, WIRE_UNIT);
    message.unit.id = id;
    message.unit.is_internal = strncmp(name, "reeve-", 6) == 0;
    wire_copy(message.unit.name, sizeof(message.unit.name), name);
    wire_copy(message.unit.description, sizeof(message.unit.description), "About\033[2J it");
    wire_copy(message.unit.required, sizeof(message.unit.required), "xvfb.service");
    assert_int_equal(model_message(model, &message), 1);
    wire_begin(&message, WIRE_STATE);
    state.header = message.header;
    state.id = id;
    message.state = state;
    assert_int_equal(model_message(model, &message), 1);
}

static struct model make_model(void)
{
    struct model model = { 0 };

    setenv("TZ", "UTC", 1);
    add(&model, 0, "reeve-log.service", (struct wire_state){ .active = WIRE_ACTIVE });
    add(&model, 1, "redis.service",
        (struct wire_state){
            .active = WIRE_ACTIVE,
            .health = WIRE_HEALTH_HEALTHY,
            .main_pid = 42,
            .restarts = 2,
            .exit_code = CLD_KILLED,
            .exit_status = SIGKILL,
            .since_monotonic_us = 5 * USEC_PER_SEC,
            .since_realtime_us = UINT64_C(1795468027000456),
            .start_latency_us = 1500,
            .sub = "running",
            .result = "success",
            .status = "Ready\nto serve",
        });
    add(&model, 2, "datahub.service",
        (struct wire_state){
            .active = WIRE_FAILED,
            .exit_code = CLD_EXITED,
            .exit_status = 203,
            .since_monotonic_us = 70 * USEC_PER_SEC,
            .since_realtime_us = UINT64_C(1795468027000456),
            .sub = "failed",
            .result = "exit-code",
        });
    model.pod.phase = WIRE_POD_RUNNING;
    return model;
}

/* Runs `print` into a string; the caller frees. */
struct printed {
    char *text;
    size_t length;
    FILE *out;
};

static FILE *print_begin(struct printed *printed)
{
    printed->text = NULL;
    printed->out = open_memstream(&printed->text, &printed->length);
    return printed->out;
}

static void expect(struct printed *printed, const char *text)
{
    fclose(printed->out);
    assert_string_equal(printed->text, text);
    free(printed->text);
}

static const struct print_style style = { .has_legend = true, .now_us = 200 * USEC_PER_SEC };

static void show_uses_the_names_of_systemctl(void **state)
{
    struct model model = make_model();
    struct print_selection all = { 0 };
    struct printed printed;

    (void)state;
    print_properties(model_find(&model, "redis.service"), "redis.service", &all,
                     print_begin(&printed));
    expect(&printed, "Id=redis.service\n"
                     "Description=About?[2J it\n"
                     "LoadState=loaded\n"
                     "ActiveState=active\n"
                     "SubState=running\n"
                     "Result=success\n"
                     "MainPID=42\n"
                     "NRestarts=2\n"
                     "ExecMainCode=2\n"
                     "ExecMainStatus=9\n"
                     "StatusText=Ready?to serve\n"
                     "Requires=xvfb.service\n"
                     "StateChangeTimestamp=Mon 2026-11-23 21:07:07 UTC\n"
                     "StateChangeTimestampMonotonic=5000000\n"
                     "ActiveEnterTimestamp=Mon 2026-11-23 21:07:07 UTC\n"
                     "ReeveJob=\n"
                     "ReeveHealth=healthy\n"
                     "ReeveHealthCmd=\n"
                     "ReeveStartUSec=1500\n"
                     "ReeveInternal=no\n");
    model_release(&model);
}

static void show_selects_and_knows_absent_units(void **state)
{
    struct model model = make_model();
    const char *const names[] = { "SubState,ActiveState", "LoadState" };
    struct print_selection some = { .names = names, .count = 2 };
    struct printed printed;

    (void)state;
    print_properties(NULL, "nobody.service", &some, print_begin(&printed));
    expect(&printed, "LoadState=not-found\nActiveState=inactive\nSubState=dead\n");
    some.only_values = true;
    print_properties(model_find(&model, "datahub.service"), "datahub.service", &some,
                     print_begin(&printed));
    expect(&printed, "loaded\nfailed\nfailed\n");
    model_release(&model);
}

static void the_list_is_aligned_and_safe(void **state)
{
    struct model model = make_model();
    struct print_style narrow = style;
    struct printed printed;

    (void)state;
    print_list(&model, &style, print_begin(&printed));
    expect(&printed, "UNIT            ACTIVE SUB     HEALTH  SINCE    RESTARTS PID DESCRIPTION\n"
                     "redis.service   active running healthy 3min 15s 2        42  About?[2J it\n"
                     "datahub.service failed failed  -       2min 10s 0        -   About?[2J it\n"
                     "\n2 units listed; the pod is degraded.\n");
    narrow.columns = 67;
    narrow.has_legend = false;
    print_list(&model, &narrow, print_begin(&printed));
    expect(&printed, "redis.service   active running healthy 3min 15s 2        42  About\n"
                     "datahub.service failed failed  -       2min 10s 0        -   About\n");
    model_release(&model);
}

static void json_is_that_of_systemctl_and_more(void **state)
{
    struct model model = make_model();
    struct print_style all = { .shows_all = true };
    struct printed printed;

    (void)state;
    model.count = 2;
    print_list_json(&model, &style, print_begin(&printed));
    expect(&printed, "[{\"unit\":\"redis.service\",\"load\":\"loaded\",\"active\":\"active\","
                     "\"sub\":\"running\",\"description\":\"About\\u001b[2J it\",\"health\":"
                     "\"healthy\",\"result\":\"success\",\"since_us\":1795468027000456,"
                     "\"restarts\":2,\"pid\":42}]\n");
    model.count = 1;
    print_list_json(&model, &all, print_begin(&printed));
    fclose(printed.out);
    assert_non_null(strstr(printed.text, "reeve-log.service"));
    free(printed.text);
    model.count = 0;
    print_list_json(&model, &all, print_begin(&printed));
    expect(&printed, "[]\n");
    model_release(&model);
}

static void status_says_why(void **state)
{
    struct model model = make_model();
    struct printed printed;

    (void)state;
    print_status(model_find(&model, "datahub.service"), &style, print_begin(&printed));
    expect(&printed, "x datahub.service - About?[2J it\n"
                     "     Active: failed (failed) (Result: exit-code) since Mon 2026-11-23 "
                     "21:07:07 UTC; 2min 10s ago\n"
                     "   Main PID: (code=exited, status=203/EXEC)\n"
                     "   Requires: xvfb.service\n");
    model_release(&model);
}

static void words_are_those_of_systemd(void **state)
{
    static const struct {
        uint64_t us;
        const char *text;
    } spans[] = {
        { 0, "0ms" },
        { 999999, "999ms" },
        { 5 * USEC_PER_SEC, "5s" },
        { 125 * USEC_PER_SEC, "2min 5s" },
        { 3 * 3600 * USEC_PER_SEC + 240 * USEC_PER_SEC, "3h 4min" },
        { 53 * 3600 * USEC_PER_SEC, "2d 5h" },
    };
    char text[WORDS_SPAN_SIZE], name[WIRE_NAME_SIZE], longest[400];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(spans); i++) {
        words_span(spans[i].us, text);
        assert_string_equal(text, spans[i].text);
    }
    model_unit_name("redis", name);
    assert_string_equal(name, "redis.service");
    model_unit_name("a.b", name);
    assert_string_equal(name, "a.b.service");
    model_unit_name("pod.target", name);
    assert_string_equal(name, "pod.target");
    memset(longest, 'x', sizeof(longest));
    longest[sizeof(longest) - 1] = '\0';
    model_unit_name(longest, name);
    assert_int_equal(strlen(name), WIRE_NAME_SIZE - 1);
}

static void json_strings_hold_any_bytes(void **state)
{
    struct printed printed;

    (void)state;
    words_put_json(print_begin(&printed), "a\"\\\n\xff\xc3\xa4\xe2\x82");
    expect(&printed, "\"a\\\"\\\\\\u000a\\ufffd\xc3\xa4\\ufffd\\ufffd\"");
    words_put_safe(print_begin(&printed), "\xc2\x9b\x1b\xc3\xa4\xed\xa0\x80");
    expect(&printed, "??\xc3\xa4???");
}

static void urls_are_taken_apart(void **state)
{
    static const char *const wrong[] = {
        "",
        "https://x/",
        "http://",
        "http://:80/",
        "http://h:/",
        "http://h:123456789/",
        "http://[::1/",
        "http://[::1]x/",
        "http://h/a b",
        "http://h/\r\nX: y",
        "http://h?x",
    };
    struct health_url url;

    (void)state;
    assert_int_equal(health_parse_url(HEALTH_URL_DEFAULT, &url), 0);
    assert_string_equal(url.host, "127.0.0.1");
    assert_string_equal(url.port, "8090");
    assert_string_equal(url.path, "/health");
    assert_int_equal(health_parse_url("http://[::1]:81", &url), 0);
    assert_string_equal(url.host, "::1");
    assert_string_equal(url.port, "81");
    assert_string_equal(url.path, "/");
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
        assert_int_equal(health_parse_url(wrong[i], &url), -EINVAL);
}

static void answers_are_understood(void **state)
{
    char text[HEALTH_TEXT_SIZE];

    (void)state;
    assert_int_equal(health_parse_answer("HTTP/1.1 200 OK\r\nX: y\r\n\r\n{ \"status\" : "
                                         "\"healthy\", \"units\": []}",
                                         text),
                     200);
    assert_string_equal(text, "healthy");
    assert_int_equal(
        health_parse_answer("HTTP/1.0 503 Service Unavailable\r\n\r\n\"status\":\"\033", text),
        503);
    assert_string_equal(text, "Service Unavailable");
    assert_int_equal(health_parse_answer("HTTP/1.1 404 \033[2Jgone\r\n\r\n", text), 404);
    assert_string_equal(text, "?[2Jgone");
    assert_int_equal(health_parse_answer("", text), -EBADMSG);
    assert_int_equal(health_parse_answer("SSH-2.0-x\r\n", text), -EBADMSG);
    assert_int_equal(health_parse_answer("HTTP/1.1 xyz", text), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(show_uses_the_names_of_systemctl),
        cmocka_unit_test(show_selects_and_knows_absent_units),
        cmocka_unit_test(the_list_is_aligned_and_safe),
        cmocka_unit_test(json_is_that_of_systemctl_and_more),
        cmocka_unit_test(status_says_why),
        cmocka_unit_test(words_are_those_of_systemd),
        cmocka_unit_test(json_strings_hold_any_bytes),
        cmocka_unit_test(urls_are_taken_apart),
        cmocka_unit_test(answers_are_understood),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

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
#include <unistd.h>

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

static void tell(struct details *details, const char *name, enum wire_kind kind, const char *text,
                 uint64_t number)
{
    union wire_message message;

    wire_begin(&message, WIRE_PROPERTY);
    message.property.kind = (uint8_t)kind;
    message.property.number = number;
    wire_copy(message.property.name, sizeof(message.property.name), name);
    wire_copy(message.property.text, sizeof(message.property.text), text);
    assert_int_equal(details_message(details, &message), 1);
}

static struct details make_details(void)
{
    struct details details = { 0 };

    tell(&details, "TimeoutStartUSec", WIRE_IS_SPAN, "", 90 * USEC_PER_SEC);
    tell(&details, "RemainAfterExit", WIRE_IS_BOOLEAN, "", 1);
    tell(&details, "PIDFile", WIRE_IS_TEXT, "", 0);
    tell(&details, "MainPID", WIRE_IS_NUMBER, "", 0);
    tell(&details, "NRestarts", WIRE_IS_NUMBER, "", 2);
    tell(&details, "Result", WIRE_IS_TEXT, "exit-code", 0);
    tell(&details, "ExecMainPID", WIRE_IS_NUMBER, "", 42);
    tell(&details, "ExecMainCode", WIRE_IS_NUMBER, "", CLD_EXITED);
    tell(&details, "ExecMainStatus", WIRE_IS_NUMBER, "", 203);
    tell(&details, "ExecStartPre", WIRE_IS_TEXT, "{ path=/a }\n{ path=/b }", 0);
    tell(&details, "Id", WIRE_IS_TEXT, "datahub.service", 0);
    tell(&details, "Description", WIRE_IS_TEXT, "About\033[2J it", 0);
    tell(&details, "ActiveState", WIRE_IS_TEXT, "failed", 0);
    tell(&details, "SubState", WIRE_IS_TEXT, "failed", 0);
    tell(&details, "FragmentPath", WIRE_IS_TEXT, "/units/datahub.service", 0);
    tell(&details, "UnitFileState", WIRE_IS_TEXT, "static", 0);
    tell(&details, "ActiveExitTimestamp", WIRE_IS_TIME, "", 0);
    tell(&details, "InactiveEnterTimestamp", WIRE_IS_TIME, "", UINT64_C(1795468027000456));
    tell(&details, "InactiveEnterTimestampMonotonic", WIRE_IS_NUMBER, "", 70 * USEC_PER_SEC);
    tell(&details, "Job", WIRE_IS_NUMBER, "", 0);
    tell(&details, "FailureActionExitStatus", WIRE_IS_NUMBER, "", UINT64_MAX);
    tell(&details, "ReeveHealth", WIRE_IS_TEXT, "none", 0);
    tell(&details, "StatusText", WIRE_IS_TEXT, "Ready\tto serve", 0);
    return details;
}

static void show_prints_values_as_systemctl_does(void **state)
{
    struct details details = make_details();
    struct print_selection all = { 0 };
    struct printed printed;

    (void)state;
    setenv("TZ", "UTC", 1);
    print_properties(&details, &all, &style, print_begin(&printed));
    expect(&printed, "TimeoutStartUSec=1min 30s\n"
                     "RemainAfterExit=yes\n"
                     "MainPID=0\n"
                     "NRestarts=2\n"
                     "Result=exit-code\n"
                     "ExecMainPID=42\n"
                     "ExecMainCode=1\n"
                     "ExecMainStatus=203\n"
                     "ExecStartPre={ path=/a }\n"
                     "ExecStartPre={ path=/b }\n"
                     "Id=datahub.service\n"
                     "Description=About?[2J it\n"
                     "ActiveState=failed\n"
                     "SubState=failed\n"
                     "FragmentPath=/units/datahub.service\n"
                     "UnitFileState=static\n"
                     "InactiveEnterTimestamp=Mon 2026-11-23 21:07:07 UTC\n"
                     "InactiveEnterTimestampMonotonic=70000000\n"
                     "ReeveHealth=none\n"
                     "StatusText=Ready?to serve\n");
    details_release(&details);
}

/* What was asked for by name is shown, although it is empty. */
static void show_selects_and_knows_absent_units(void **state)
{
    struct details details = make_details(), absent = { 0 };
    const char *const names[] = { "SubState,ActiveState", "LoadState",
                                  "Job,PIDFile,FailureActionExitStatus,ActiveExitTimestamp" };
    struct print_selection some = { .names = names, .count = 3 };
    struct printed printed;

    (void)state;
    assert_int_equal(details_absent(&absent, "nobody.service"), 0);
    print_properties(&absent, &some, &style, print_begin(&printed));
    expect(&printed, "LoadState=not-found\nActiveState=inactive\nSubState=dead\n");
    print_properties(&details, &some, &style, print_begin(&printed));
    expect(&printed, "PIDFile=\nActiveState=failed\nSubState=failed\nActiveExitTimestamp=\nJob=\n"
                     "FailureActionExitStatus=[not set]\n");
    some.only_values = true;
    some.count = 1;
    print_properties(&details, &some, &style, print_begin(&printed));
    expect(&printed, "failed\nfailed\n");
    details_release(&details);
    details_release(&absent);
}

/* A text that needs several messages is whole again, also when a character was cut in half. */
static void long_texts_come_in_pieces(void **state)
{
    struct details details = { 0 };
    union wire_message message;

    (void)state;
    wire_begin(&message, WIRE_PROPERTY);
    strcpy(message.property.name, "After");
    memset(message.property.text, 'x', WIRE_PROPERTY_SIZE - 2);
    strcat(message.property.text, "\xc3");
    message.property.goes_on = 1;
    assert_int_equal(details_message(&details, &message), 1);
    strcpy(message.property.text, "\xa4 end");
    message.property.goes_on = 0;
    assert_int_equal(details_message(&details, &message), 1);
    assert_int_equal(details.count, 1);
    assert_string_equal(details_text(&details, "After") + WIRE_PROPERTY_SIZE - 2, "\xc3\xa4 end");
    /* The next of the same name is another one. */
    assert_int_equal(details_message(&details, &message), 1);
    assert_int_equal(details.count, 2);
    wire_begin(&message, WIRE_PROCESSES);
    message.processes.count = UINT32_MAX;
    assert_int_equal(details_message(&details, &message), 1);
    assert_int_equal(details.processes.count, WIRE_PROCESSES_MAX);
    details_release(&details);
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
    narrow.state = "activating,failed";
    print_list(&model, &narrow, print_begin(&printed));
    expect(&printed, "UNIT            ACTIVE SUB    HEALTH SINCE    RESTARTS PID DESCRIPTION\n"
                     "datahub.service failed failed -      2min 10s 0        -   About?[2J it\n"
                     "\n1 units listed; the pod is degraded.\n");
    narrow.state = NULL;
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
    struct details details = make_details();
    struct printed printed;

    (void)state;
    setenv("TZ", "UTC", 1);
    print_status(&details, NULL, &style, print_begin(&printed));
    expect(&printed, "x datahub.service - About?[2J it\n"
                     "     Loaded: loaded (/units/datahub.service; static)\n"
                     "     Active: failed (failed) (Result: exit-code) since Mon 2026-11-23 "
                     "21:07:07 UTC; 2min 10s ago\n"
                     "   Main PID: 42 (code=exited, status=203/EXEC)\n"
                     "   Restarts: 2\n"
                     "     Status: \"Ready?to serve\"\n");
    details_release(&details);
}

/* Our own process, named from the real /proc. */
static void status_lists_the_processes(void **state)
{
    struct details details = { 0 };
    struct printed printed;
    char wanted[128];

    (void)state;
    tell(&details, "Id", WIRE_IS_TEXT, "a.service", 0);
    tell(&details, "Description", WIRE_IS_TEXT, "a.service", 0);
    tell(&details, "ActiveState", WIRE_IS_TEXT, "active", 0);
    tell(&details, "MainPID", WIRE_IS_NUMBER, "", (uint64_t)getpid());
    tell(&details, "ReeveHealth", WIRE_IS_TEXT, "none", 0);
    tell(&details, "NeedDaemonReload", WIRE_IS_BOOLEAN, "", 1);
    details.processes.total = 5;
    details.processes.count = 1;
    details.processes.pids[0] = getpid();
    print_status(&details, "/proc", &style, print_begin(&printed));
    fclose(printed.out);
    snprintf(wanted, sizeof(wanted), "  Processes: 5\n             |-%d ", getpid());
    assert_non_null(strstr(printed.text, wanted));
    assert_non_null(strstr(printed.text, "test_ctl"));
    assert_non_null(strstr(printed.text, "`- and 4 more\n"));
    snprintf(wanted, sizeof(wanted), "   Main PID: %d (test_ctl)\n", getpid());
    assert_non_null(strstr(printed.text, wanted));
    assert_non_null(strstr(printed.text, "Warning: The unit file, source configuration file or "
                                         "drop-ins of a.service changed on disk."));
    free(printed.text);
    details_release(&details);
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
    /* As systemctl 257 shows RestartSec=1.5, TimeoutStartSec=90.25, 1500us, 10w, infinity. */
    static const struct {
        uint64_t us;
        const char *text;
    } exact[] = {
        { 0, "0" },
        { 1, "1us" },
        { 1500, "1.500ms" },
        { 100 * USEC_PER_MSEC, "100ms" },
        { 1500 * USEC_PER_MSEC, "1.500000s" },
        { 90250 * USEC_PER_MSEC, "1min 30.250000s" },
        { 70 * 86400 * USEC_PER_SEC, "2month 1w 2d 3h" },
        { USEC_INFINITY, "infinity" },
    };
    char text[WORDS_SPAN_SIZE], name[WIRE_NAME_SIZE], longest[400], whole[WORDS_EXACT_SIZE];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(spans); i++) {
        words_span(spans[i].us, text);
        assert_string_equal(text, spans[i].text);
    }
    for (size_t i = 0; i < ARRAY_SIZE(exact); i++) {
        words_exact_span(exact[i].us, whole);
        assert_string_equal(whole, exact[i].text);
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
    assert_int_equal(health_parse_url("http://" HEALTH_LISTEN_DEFAULT "/health", &url), 0);
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
        cmocka_unit_test(show_prints_values_as_systemctl_does),
        cmocka_unit_test(show_selects_and_knows_absent_units),
        cmocka_unit_test(long_texts_come_in_pieces),
        cmocka_unit_test(the_list_is_aligned_and_safe),
        cmocka_unit_test(json_is_that_of_systemctl_and_more),
        cmocka_unit_test(status_says_why),
        cmocka_unit_test(status_lists_the_processes),
        cmocka_unit_test(words_are_those_of_systemd),
        cmocka_unit_test(json_strings_hold_any_bytes),
        cmocka_unit_test(urls_are_taken_apart),
        cmocka_unit_test(answers_are_understood),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

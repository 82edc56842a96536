/* reeve-health: JSON, metrics and check lists, also of strings that want to break out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "supervisor/health/render.h"

static const char hostile[] = "a\"b\\c\nd\x01\x7f\xff\xc3\xa9\xed\xa0\x80{}";
/* The same as it has to arrive: each byte that is not UTF-8 became U+FFFD. */
static const char survived[] =
    "a\"b\\c\nd\x01\x7f\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd{}";

static struct row_probe slot;
static struct row rows[2];
static struct table table;
static const struct render_moment moment = {
    .realtime_us = UINT64_C(1795469719042000), /* 2026-11-23T21:35:19.042Z */
    .monotonic_us = 5 * USEC_PER_SEC,
    .cpu_us = 1500000,
    .resident_bytes = 4096,
};

static int set_up(void **state)
{
    (void)state;
    memset(rows, 0, sizeof(rows));
    memset(&table, 0, sizeof(table));
    strcpy(rows[0].unit.name, "redis.service");
    rows[0].unit.is_service = true;
    rows[0].state.active = WIRE_ACTIVE;
    rows[0].state.main_pid = 42;
    rows[0].state.restarts = 3;
    rows[0].state.incarnation = 1;
    rows[0].state.since_realtime_us = UINT64_C(1795469719042000);
    strcpy(rows[0].state.sub, "running");
    strcpy(rows[0].state.result, "success");
    memset(&slot, 0, sizeof(slot));
    rows[0].probes = &slot;
    rows[0].probe_count = 1;
    slot.health.word = WIRE_HEALTH_HEALTHY;
    strcpy(slot.record.message, "PONG");
    slot.record.at_realtime_us = UINT64_C(1795469719042000);
    probe_record_add(&slot.record, true, 250);
    probe_record_add(&slot.record, false, 7 * USEC_PER_SEC);
    probe_record_add(&slot.record, true, 1234);
    strcpy(rows[1].unit.name, "reeve-log.service");
    rows[1].unit.is_internal = rows[1].unit.is_service = true;
    rows[1].state.active = WIRE_ACTIVE;
    table.present.rows = rows;
    table.present.count = 2;
    table.has_present = true;
    strcpy(table.present.hello.target, "default.target");
    strcpy(table.present.hello.version, "1.2.3");
    table.present.hello.started_monotonic_us = 2 * USEC_PER_SEC;
    return 0;
}

static const char *string_at(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    assert_non_null(text);
    return text;
}

static json_t *health(void)
{
    struct health_page page = { 0 };
    struct text text = { 0 };
    json_error_t error;
    json_t *document;

    render_health(&page, &table, &moment, &text);
    text_release(&page.text);
    assert_false(text.has_failed);
    document = json_loadb(text.bytes, text.length, JSON_REJECT_DUPLICATES, &error);
    if (!document)
        fail_msg("%s at %d: %s", error.text, error.position, text.bytes);
    text_release(&text);
    return document;
}

static void health_document(void **state)
{
    json_t *document = health();
    const json_t *unit = json_object_get(json_object_get(document, "units"), "redis.service");
    const json_t *probe = json_object_get(unit, "probe");

    (void)state;
    assert_string_equal(string_at(document, "status"), "healthy");
    assert_string_equal(string_at(document, "timestamp"), "2026-11-23T21:35:19.042Z");
    assert_string_equal(string_at(document, "version"), "1.2.3");
    assert_string_equal(string_at(document, "target"), "default.target");
    assert_true(json_real_value(json_object_get(document, "uptime_seconds")) == 3.0);
    assert_string_equal(string_at(unit, "state"), "active");
    assert_string_equal(string_at(unit, "sub"), "running");
    assert_string_equal(string_at(unit, "result"), "success");
    assert_string_equal(string_at(unit, "health"), "healthy");
    assert_string_equal(string_at(unit, "impact"), "critical");
    assert_string_equal(string_at(unit, "since"), "2026-11-23T21:35:19.042Z");
    assert_int_equal(json_integer_value(json_object_get(unit, "restarts")), 3);
    assert_int_equal(json_integer_value(json_object_get(unit, "main_pid")), 42);
    assert_true(json_is_true(json_object_get(probe, "ok")));
    assert_string_equal(string_at(probe, "message"), "PONG");
    assert_true(json_real_value(json_object_get(probe, "latency_ms")) == 1.234);
    assert_null(json_object_get(json_object_get(document, "units"), "reeve-log.service"));
    assert_non_null(json_object_get(json_object_get(document, "helpers"), "reeve-log.service"));
    json_decref(document);
}

static void hostile_strings_stay_strings(void **state)
{
    json_t *document;
    const json_t *unit;

    (void)state;
    strcpy(rows[0].unit.name, hostile);
    strcpy(rows[0].state.status, hostile);
    strcpy(slot.record.message, hostile);
    strcpy(table.present.hello.target, hostile);
    document = health();
    assert_string_equal(string_at(document, "target"), survived);
    unit = json_object_get(json_object_get(document, "units"), survived);
    assert_string_equal(string_at(unit, "status"), survived);
    assert_string_equal(string_at(json_object_get(unit, "probe"), "message"), survived);
    json_decref(document);
}

static void a_unit_that_was_never_probed(void **state)
{
    json_t *document;
    const json_t *unit;

    (void)state;
    rows[0].probe_count = 0;
    rows[0].state.since_realtime_us = 0;
    document = health();
    unit = json_object_get(json_object_get(document, "units"), "redis.service");
    assert_string_equal(string_at(unit, "health"), "none");
    assert_true(json_is_null(json_object_get(unit, "probe")));
    assert_true(json_is_null(json_object_get(unit, "since")));
    json_decref(document);
}

static void assert_line(const struct text *text, const char *line)
{
    char wanted[512];

    snprintf(wanted, sizeof(wanted), "\n%s\n", line);
    if (!strstr(text->bytes, wanted))
        fail_msg("there is no line '%s' in\n%s", line, text->bytes);
}

static void metrics(void **state)
{
    struct text text = { 0 };

    (void)state;
    render_metrics(&table, &moment, &text);
    assert_false(text.has_failed);
    assert_line(&text,
                "systemd_unit_state{name=\"redis.service\",type=\"service\",state=\"active\"} 1");
    assert_line(&text,
                "systemd_unit_state{name=\"redis.service\",type=\"service\",state=\"failed\"} 0");
    assert_line(&text, "systemd_service_restart_total{name=\"redis.service\"} 3");
    assert_line(&text, "reeve_unit_health{name=\"redis.service\",health=\"healthy\"} 1");
    assert_line(&text, "reeve_unit_health{name=\"redis.service\",health=\"unhealthy\"} 0");
    assert_line(&text,
                "reeve_probe_duration_seconds_bucket{name=\"redis.service\",le=\"0.0005\"} 1");
    assert_line(&text,
                "reeve_probe_duration_seconds_bucket{name=\"redis.service\",le=\"0.005\"} 2");
    assert_line(&text, "reeve_probe_duration_seconds_bucket{name=\"redis.service\",le=\"5\"} 2");
    assert_line(&text, "reeve_probe_duration_seconds_bucket{name=\"redis.service\",le=\"+Inf\"} 3");
    assert_line(&text, "reeve_probe_duration_seconds_count{name=\"redis.service\"} 3");
    assert_line(&text, "reeve_probe_duration_seconds_sum{name=\"redis.service\"} 7.001484");
    assert_line(&text, "reeve_probe_failures_total{name=\"redis.service\"} 1");
    assert_line(&text, "reeve_build_info{version=\"1.2.3\"} 1");
    assert_line(&text, "reeve_pod_status{status=\"healthy\"} 1");
    assert_line(&text, "process_cpu_seconds_total 1.500000");
    assert_line(&text, "process_resident_memory_bytes 4096");
    text_release(&text);
}

static void hostile_labels(void **state)
{
    struct text text = { 0 };

    (void)state;
    strcpy(rows[0].unit.name, "a\"b\\c\nd\xff.service");
    render_metrics(&table, &moment, &text);
    assert_line(&text,
                "systemd_service_restart_total{name=\"a\\\"b\\\\c\\nd\xef\xbf\xbd.service\"} 3");
    text_release(&text);
}

static void check_lists(void **state)
{
    struct render_checks view = { .table = &table, .title = "readyz" };
    struct text text = { 0 };

    (void)state;
    assert_true(render_checks(&view, &text));
    assert_string_equal(text.bytes, "ok");
    text_clear(&text);
    view.is_verbose = true;
    assert_true(render_checks(&view, &text));
    assert_string_equal(text.bytes, "[+]wire ok\n[+]redis.service ok\nreadyz check passed\n");
    text_clear(&text);
    slot.health.word = WIRE_HEALTH_UNHEALTHY;
    strcpy(slot.record.message, "two\nlines");
    view.is_verbose = false;
    assert_false(render_checks(&view, &text));
    assert_string_equal(text.bytes, "[+]wire ok\n[-]redis.service failed: active (running), "
                                    "unhealthy: two lines\nreadyz check failed\n");
    text_clear(&text);
    render_livez(true, &text);
    assert_string_equal(text.bytes, "[+]wire ok\nlivez check passed\n");
    text_release(&text);
}

static void cleaned_text(void **state)
{
    char clean[12];

    (void)state;
    text_clean(clean, sizeof(clean), "a\nb\x1b[31m\xff\r\n");
    assert_string_equal(clean, "a b [31m?");
    /* Cut before a sequence that does not fit. */
    text_clean(clean, sizeof(clean), "0123456789\xc3\xa9");
    assert_string_equal(clean, "0123456789");
    /* A sequence that the end of the string cuts. */
    text_clean(clean, sizeof(clean), "x\xe2\x82");
    assert_string_equal(clean, "x??");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(health_document, set_up),
        cmocka_unit_test_setup(hostile_strings_stay_strings, set_up),
        cmocka_unit_test_setup(a_unit_that_was_never_probed, set_up),
        cmocka_unit_test_setup(metrics, set_up),
        cmocka_unit_test_setup(hostile_labels, set_up),
        cmocka_unit_test_setup(check_lists, set_up),
        cmocka_unit_test(cleaned_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

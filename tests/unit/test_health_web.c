/* reeve-health: what a request asks for, which route that is, and what listeners are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "supervisor/health/answer.h"
#include "supervisor/health/events.h"
#include "supervisor/health/kept.h"
#include "supervisor/health/metric.h"

/* --- requests --- */

static void qualities(void **state)
{
    static const struct {
        const char *header, *word;
        unsigned quality;
    } cases[] = {
        { NULL, "gzip", 0 },
        { "", "gzip", 0 },
        { "gzip", "gzip", 1000 },
        { "GZip", "gzip", 1000 },
        { "br, gzip;q=0.5", "gzip", 500 },
        { "gzip ; q=0.25 , br", "gzip", 250 },
        { "gzip;q=0", "gzip", 0 },
        { "gzip;q=0.000", "gzip", 0 },
        { "gzip;q=1.0", "gzip", 1000 },
        { "gzip;q=1.9", "gzip", 1000 },
        { "gzip;q=2", "gzip", 0 },
        { "gzip;q=x", "gzip", 0 },
        { "gzip;q=", "gzip", 0 },
        { "gzipped", "gzip", 0 },
        { "x-gzip", "gzip", 0 },
        { "*", "gzip", 0 },
        { "gzip;q=0, gzip;q=0.7", "gzip", 700 },
        { ",,, ,gzip", "gzip", 1000 },
        { "application/openmetrics-text;version=1.0.0,text/plain;q=0.5",
          "application/openmetrics-text", 1000 },
        { "application/openmetrics-text;version=1.0.0;q=0.75,text/plain", "text/plain", 1000 },
        { "application/openmetrics-text;version=1.0.0;q=0.75,text/plain",
          "application/openmetrics-text", 750 },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        if (accept_quality(cases[i].header, cases[i].word) != cases[i].quality)
            fail_msg("%s in '%s': %u", cases[i].word, cases[i].header,
                     accept_quality(cases[i].header, cases[i].word));
}

static void tags(void **state)
{
    (void)state;
    assert_true(tag_matches("\"a1\"", "a1"));
    assert_true(tag_matches("W/\"a1\"", "a1"));
    assert_true(tag_matches("\"x\", W/\"a1\"", "a1"));
    assert_true(tag_matches("*", "a1"));
    assert_false(tag_matches(NULL, "a1"));
    assert_false(tag_matches("", "a1"));
    assert_false(tag_matches("a1", "a1"));
    assert_false(tag_matches("\"a12\"", "a1"));
    assert_false(tag_matches("\"a", "a1"));
}

static void queries(void **state)
{
    struct request request;

    (void)state;
    request_init(&request, "GET", "/readyz");
    assert_int_equal(request.lines, REQUEST_LINES_DEFAULT);
    request_take_query(&request, "verbose", NULL);
    request_take_query(&request, "follow", "0");
    request_take_query(&request, "exclude", "redis");
    request_take_query(&request, "exclude", "");
    request_take_query(&request, "exclude", NULL);
    request_take_query(&request, "n", "20");
    request_take_query(&request, "unknown", "1");
    assert_true(request.is_verbose);
    assert_false(request.is_follow);
    assert_int_equal(request.exclude_count, 1);
    assert_int_equal(request.lines, 20);
    assert_false(request.has_bad_number);
    request_take_query(&request, "n", "99999999999999999999");
    assert_int_equal(request.lines, REQUEST_LINES_MAX);
    request_take_query(&request, "n", "-1");
    assert_true(request.has_bad_number);
    for (int i = 0; i < 2 * REQUEST_EXCLUDES_MAX; i++)
        request_take_query(&request, "exclude", "x");
    assert_int_equal(request.exclude_count, REQUEST_EXCLUDES_MAX);
}

static void kept_answers(void **state)
{
    size_t count;
    const struct route *table = route_table(&count);
    const struct kept nothing = { 0 };
    const struct kept kept = {
        .response = &count, .route = &table[1], .changes = 7, .made_us = 1000
    };

    (void)state;
    assert_false(kept_holds(&nothing, NULL, 0, 0));
    assert_true(kept_holds(&kept, &table[1], 7, 1000));
    assert_true(kept_holds(&kept, &table[1], 7, 1000 + KEPT_US - 1));
    assert_false(kept_holds(&kept, &table[1], 7, 1000 + KEPT_US));
    assert_false(kept_holds(&kept, &table[1], 8, 1000));
    assert_false(kept_holds(&kept, &table[0], 7, 1000));
    /* What is kept has to follow from the table and the clock alone. */
    for (size_t i = 0; i < count; i++)
        if (table[i].flags & ROUTE_KEPT)
            assert_false(table[i].flags & ~(unsigned)ROUTE_KEPT);
}

/* --- a table of three units --- */

static int32_t required; /* of datahub.service: redis.service */
static struct row_probe slot;
static struct row rows[3];
static struct table table;
static struct usage usage[3];
static struct usages usages = { .units = usage, .count = 3 };
static const struct render_units view = { .table = &table,
                                          .usages = &usages,
                                          .realtime_us = UINT64_C(1795469719042000) };
static struct text text;

static int set_up(void **state)
{
    static char address[] = "redis://127.0.0.1";
    static const char *const names[] = { "redis.service", "datahub.service", "pod.target" };

    (void)state;
    memset(rows, 0, sizeof(rows));
    memset(usage, 0, sizeof(usage));
    for (int i = 0; i < 3; i++) {
        strcpy(rows[i].unit.name, names[i]);
        rows[i].unit.id = i;
        rows[i].state.active = WIRE_ACTIVE;
    }
    slot = (struct row_probe){ .address = address };
    rows[0].probes = &slot;
    rows[0].probe_count = 1;
    rows[1].required = &required;
    rows[1].required_count = 1;
    usage[0] = (struct usage){ true, 2, 4096, 1500 };
    table = (struct table){ .present = { .rows = rows, .count = 3 }, .has_present = true };
    text_clear(&text);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    text_release(&text);
    return 0;
}

static json_t *parse(const char *bytes, size_t length)
{
    json_error_t error;
    json_t *document = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, &error);

    if (!document)
        fail_msg("%s at %d: %.*s", error.text, error.position, (int)length, bytes);
    return document;
}

static const char *string_at(const json_t *object, const char *name)
{
    const char *string = json_string_value(json_object_get(object, name));

    if (!string)
        fail_msg("no string %s", name);
    return string;
}

static void units_document(void **state)
{
    json_t *document;
    const json_t *units, *unit;

    (void)state;
    render_units(&view, &text);
    document = parse(text.bytes, text.length);
    assert_string_equal(string_at(json_object_get(document, "pod"), "verdict"), "healthy");
    units = json_object_get(document, "units");
    assert_int_equal(json_array_size(units), 3);
    unit = json_array_get(units, 0);
    assert_string_equal(string_at(unit, "name"), "redis.service");
    assert_string_equal(string_at(unit, "verdict"), "well");
    assert_int_equal(json_integer_value(json_object_get(unit, "memory_bytes")), 4096);
    assert_int_equal(json_integer_value(json_object_get(unit, "processes")), 2);
    assert_int_equal(json_array_size(json_object_get(unit, "probes")), 1);
    unit = json_array_get(units, 1);
    assert_true(json_is_null(json_object_get(unit, "cpu_us")));
    assert_int_equal(json_array_size(json_object_get(unit, "requires")), 1);
    json_decref(document);
}

/* --- metrics --- */

static void open_metrics(void **state)
{
    static const char plain[] =
        "# HELP a_total Of a_total things\n# TYPE a_total counter\na_total 1\n"
        "# HELP b A total\n# TYPE b gauge\nb{x=\"# TYPE y_total\"} 2\n"
        "# TYPE _total counter\n";
    struct text in = { .bytes = (char *)plain, .length = sizeof(plain) - 1 };

    (void)state;
    metric_open(&in, &text);
    assert_string_equal(text.bytes, "# HELP a Of a_total things\n# TYPE a counter\na_total 1\n"
                                    "# HELP b A total\n# TYPE b gauge\nb{x=\"# TYPE y_total\"} 2\n"
                                    "# TYPE  counter\n# EOF\n");
}

static void container_metrics(void **state)
{
    struct container container = { 0 };

    (void)state;
    render_container(&container, &text);
    assert_int_equal(text.length, 0);
    container = (struct container){
        .has_memory = true,
        .memory_bytes = 5,
        .memory_limit_bytes = UINT64_MAX,
        .has_oom = true,
        .oom_kills = 2,
        .has_throttling = true,
        .periods = 9,
        .throttled_periods = 3,
        .throttled_us = 1500000,
        .pressure[CONTAINER_IO] = { true, 2000001, 7 },
    };
    render_container(&container, &text);
    assert_non_null(strstr(text.bytes, "\nreeve_container_memory_bytes 5\n"));
    assert_null(strstr(text.bytes, "limit_bytes"));
    assert_non_null(strstr(text.bytes, "\nreeve_container_oom_kills_total 2\n"));
    assert_non_null(strstr(text.bytes, "\nreeve_container_cpu_throttled_seconds_total 1.500000\n"));
    assert_non_null(
        strstr(text.bytes,
               "\nreeve_container_pressure_waiting_seconds_total{resource=\"io\"} 2.000001\n"));
    assert_null(strstr(text.bytes, "resource=\"cpu\""));
}

/* --- routes --- */

static unsigned get(const char *path)
{
    struct sources sources = { .table = &table, .usages = &usages };
    struct reply reply = { .body = &text };
    struct request request;
    const struct route *route;

    request_init(&request, "GET", path);
    route = answer_begin(&request, NULL, &reply);
    if (route && route->handler)
        answer_fill(route, &request, &sources, &reply);
    return reply.status;
}

static void routes(void **state)
{
    (void)state;
    assert_int_equal(get("/units"), 200);
    assert_int_equal(get("/units/redis.service"), 200);
    assert_int_equal(get("/units/redis"), 200);
    assert_non_null(strstr(text.bytes, "\"redis.service\""));
    assert_int_equal(get("/units/pod.target"), 200);
    assert_int_equal(get("/units/pod"), 404);
    assert_int_equal(get("/units/"), 404);
    assert_int_equal(get("/units/redis/"), 404);
    assert_int_equal(get("/units/redis/x"), 404);
    assert_int_equal(get("/unit"), 404);
    assert_int_equal(get("//units"), 404);
    assert_int_equal(get(""), 404);
}

static void only_reading(void **state)
{
    static const char *const methods[] = { "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "get", "" };
    struct reply reply = { .body = &text };
    struct request request;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
        request_init(&request, methods[i], "/health");
        assert_null(answer_begin(&request, NULL, &reply));
        assert_int_equal(reply.status, 405);
        assert_string_equal(reply.headers[reply.header_count - 1].name, "Allow");
        assert_string_equal(reply.headers[reply.header_count - 1].value, "GET, HEAD");
    }
}

/* What a client without the token sees. */
static unsigned get_as_stranger(const char *path, const char *authorization)
{
    struct health_page page = { 0 };
    struct sources sources = { .table = &table, .usages = &usages, .health_page = &page };
    struct text spare = { 0 };
    struct reply reply = { .body = &text, .spare = &spare };
    struct request request;
    const struct route *route;

    request_init(&request, "GET", path);
    request.authorization = authorization;
    request.is_verbose = true;
    route = answer_begin(&request, "s3cret", &reply);
    if (route && route->handler)
        answer_fill(route, &request, &sources, &reply);
    text_release(&page.text);
    text_release(&spare);
    return reply.status;
}

static void tokens(void **state)
{
    (void)state;
    assert_true(token_matches("Bearer s3cret", "s3cret"));
    assert_true(token_matches("bearer  s3cret", "s3cret"));
    assert_false(token_matches(NULL, "s3cret"));
    assert_false(token_matches("", "s3cret"));
    assert_false(token_matches("Bearer", "s3cret"));
    assert_false(token_matches("Bearer ", "s3cret"));
    assert_false(token_matches("Bearer s3cre", "s3cret"));
    assert_false(token_matches("Bearer s3cretx", "s3cret"));
    assert_false(token_matches("Bearer s3cres3cret", "s3cret"));
    assert_false(token_matches("Basic s3cret", "s3cret"));
}

static void strangers(void **state)
{
    static const char *const closed[] = { "/health",    "/metrics",          "/units",
                                          "/events",    "/units/redis/logs", "/units/redis",
                                          "/units/none" };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(closed); i++)
        assert_int_equal(get_as_stranger(closed[i], "Bearer wrong"), 401);
    assert_int_equal(get_as_stranger("/health", "Bearer s3cret"), 200);
    rows[0].state.active = WIRE_FAILED;
    assert_int_equal(get_as_stranger("/readyz", NULL), 503);
    assert_string_equal(text.bytes, "failed"); /* and not who, though he asked */
    assert_int_equal(get_as_stranger("/readyz", "Bearer s3cret"), 503);
    assert_non_null(strstr(text.bytes, "redis.service"));
    assert_int_equal(get_as_stranger("/livez", NULL), 200);
    assert_string_equal(text.bytes, "ok");
    assert_int_equal(get_as_stranger("/readyz/redis", NULL), 401);
    assert_int_equal(get_as_stranger("/", NULL), 200);
    assert_null(strstr(text.bytes, "the pod is"));
    assert_int_equal(get_as_stranger("/openapi.json", NULL), 200);
}

/* The description has each path of the table, and no other. */
static void openapi(void **state)
{
    size_t count;
    const struct route *table_of_routes = route_table(&count);
    json_t *document;
    const json_t *paths;

    (void)state;
    assert_int_equal(get("/openapi.json"), 200);
    document = parse(text.bytes, text.length);
    paths = json_object_get(document, "paths");
    assert_int_equal(json_object_size(paths), count);
    for (size_t i = 0; i < count; i++) {
        const json_t *path = json_object_get(paths, table_of_routes[i].path);

        if (!json_object_get(path, "get") || json_object_size(path) != 1)
            fail_msg("%s is not described", table_of_routes[i].path);
    }
    json_decref(document);
}

/* What a unit shows is what its schema says. */
static void units_follow_the_schema(void **state)
{
    struct text unit_text = { 0 };
    json_t *document, *unit, *properties;
    const char *name;
    json_t *value;

    (void)state;
    assert_int_equal(get("/openapi.json"), 200);
    document = parse(text.bytes, text.length);
    properties = json_object_get(
        json_object_get(json_object_get(json_object_get(document, "components"), "schemas"),
                        "Unit"),
        "properties");
    render_unit(&view, &rows[0], &unit_text);
    unit = parse(unit_text.bytes, unit_text.length);
    assert_int_equal(json_object_size(unit), json_object_size(properties));
    json_object_foreach(unit, name, value) if (!json_object_get(properties, name))
        fail_msg("%s is not described", name);
    json_decref(unit);
    json_decref(document);
    text_release(&unit_text);
}

/* --- events --- */

/* All that the listener can have now, into `text`. */
static ssize_t drain(struct listener *listener)
{
    char buffer[100]; /* smaller than any event */
    ssize_t length;

    text_clear(&text);
    while ((length = listener_read(listener, &view, buffer, sizeof(buffer))) > 0)
        text_append(&text, buffer, (size_t)length);
    return length;
}

static unsigned count_of(const char *line)
{
    unsigned count = 0;

    for (const char *at = text.bytes; at && (at = strstr(at, line)); at++)
        count++;
    return count;
}

static void a_stream_begins_with_all(void **state)
{
    struct events events = { 0 };
    struct listener listener;

    (void)state;
    assert_int_equal(events_open(&events, &table), 0);
    listener_begin(&listener, &events, &table);
    assert_int_equal(drain(&listener), 0);
    assert_int_equal(strncmp(text.bytes, "retry: 1000\n\nevent: pod\ndata: {", 31), 0);
    assert_int_equal(count_of("event: pod\n"), 1);
    assert_int_equal(count_of("event: unit\ndata: {"), 3);
    assert_int_equal(strcmp(text.bytes + text.length - 3, "}\n\n"), 0);
    listener_release(&listener);
    events_close(&events);
}

static void changes_are_told_once(void **state)
{
    struct events events = { 0 };
    struct listener listener;

    (void)state;
    assert_int_equal(events_open(&events, &table), 0);
    listener_begin(&listener, &events, &table);
    (void)drain(&listener);
    table_touch(&table, &rows[1]);
    table_probed(&table, &slot);
    events_follow(&events, &view);
    assert_int_equal(drain(&listener), 0);
    assert_int_equal(count_of("event: unit\n"), 1);
    assert_non_null(strstr(text.bytes, "event: unit\ndata: {\"name\":\"datahub.service\""));
    assert_int_equal(count_of("event: probe\n"), 1);
    assert_non_null(strstr(text.bytes, "id: 1\n"));
    events_follow(&events, &view);
    assert_int_equal(drain(&listener), 0);
    assert_int_equal(text.length, 0);
    /* The pod is told of when it is another one. */
    rows[0].state.active = WIRE_FAILED;
    rows[1].state.active = WIRE_ACTIVATING;
    table_touch(&table, &rows[0]);
    events_follow(&events, &view);
    (void)drain(&listener);
    assert_int_equal(count_of("event: pod\ndata: {\"verdict\":\"unhealthy\",\"root\":\"redis"), 1);
    /* Also of a unit that is another one by the fault of the first. */
    assert_int_equal(count_of("event: unit\n"), 2);
    assert_int_equal(count_of("\"blocked_by\":\"redis.service\""), 1);
    listener_release(&listener);
    events_close(&events);
}

static void other_units_end_the_stream(void **state)
{
    struct events events = { 0 };
    struct listener listener;

    (void)state;
    assert_int_equal(events_open(&events, &table), 0);
    listener_begin(&listener, &events, &table);
    assert_int_equal(drain(&listener), 0);
    table.snapshots++;
    table.changes++;
    assert_int_equal(drain(&listener), -ESTALE);
    listener_release(&listener);
    events_close(&events);
}

/* Who reads too little is cut off; who keeps pace gets every byte, also where the ring begins anew.
 */
static void the_slow_are_cut_off(void **state)
{
    struct events events = { 0 };
    struct listener fast, slow;
    char expected[32];

    (void)state;
    assert_int_equal(events_open(&events, &table), 0);
    listener_begin(&fast, &events, &table);
    listener_begin(&slow, &events, &table);
    (void)drain(&slow);
    (void)drain(&fast);
    for (unsigned i = 1; i <= EVENTS_RING_SIZE / 20; i++) {
        struct text data = { .bytes = (char[]){ "{}" }, .length = 2 };

        events_add(&events, "log", &data);
        assert_int_equal(drain(&fast), 0);
        snprintf(expected, sizeof(expected), "id: %u\nevent: log\n", i);
        assert_int_equal(strncmp(text.bytes, expected, strlen(expected)), 0);
        assert_int_equal(strcmp(text.bytes + strlen(expected), "data: {}\n\n"), 0);
    }
    assert_true(listener_is_late(&slow));
    assert_int_equal(drain(&slow), -ESTALE);
    listener_release(&fast);
    listener_release(&slow);
    events_close(&events);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(qualities),
        cmocka_unit_test(tags),
        cmocka_unit_test(queries),
        cmocka_unit_test(kept_answers),
        cmocka_unit_test_setup(units_document, set_up),
        cmocka_unit_test_setup(open_metrics, set_up),
        cmocka_unit_test_setup(container_metrics, set_up),
        cmocka_unit_test_setup(routes, set_up),
        cmocka_unit_test_setup(only_reading, set_up),
        cmocka_unit_test(tokens),
        cmocka_unit_test_setup(strangers, set_up),
        cmocka_unit_test_setup(openapi, set_up),
        cmocka_unit_test_setup(units_follow_the_schema, set_up),
        cmocka_unit_test_setup(a_stream_begins_with_all, set_up),
        cmocka_unit_test_setup(changes_are_told_once, set_up),
        cmocka_unit_test_setup(other_units_end_the_stream, set_up),
        cmocka_unit_test_setup(the_slow_are_cut_off, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, tear_down);
}

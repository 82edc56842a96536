/*
 * Kairos: runs, their names, the store and its retention, the board, what the page gave, the
 * options.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "services/kairos/board.h"
#include "services/kairos/job.h"
#include "services/kairos/options.h"
#include "services/kairos/store.h"
#include "services/kairos/worker.h"

struct place {
    char path[64];
};

static int make_place(void **state)
{
    struct place *place = calloc(1, sizeof(*place));

    if (place == NULL)
        return -1;
    strcpy(place->path, "/tmp/kairos-test-XXXXXX");
    *state = place;
    return mkdtemp(place->path) != NULL ? 0 : -1;
}

static int remove_place(void **state)
{
    struct place *place = *state;
    char command[128];

    (void)snprintf(command, sizeof(command), "rm -rf '%s'", place->path);
    int code = system(command);

    free(place);
    return code;
}

static void put(const struct place *place, const char *name, const char *text)
{
    char path[160];

    (void)snprintf(path, sizeof(path), "%s/runs", place->path);
    (void)mkdir(path, 0700);
    (void)snprintf(path, sizeof(path), "%s/runs/%s", place->path, name);
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static bool is_there(const struct place *place, const char *name)
{
    char path[160];

    (void)snprintf(path, sizeof(path), "%s/runs/%s", place->path, name);
    return access(path, F_OK) == 0;
}

static void ids_are_written_and_read(void **state)
{
    (void)state;
    struct run run = { .job = "chart", .number = 42 };
    char id[RUN_ID_MAX];

    run_id_format(&run, id);
    assert_string_equal(id, "chart-00000042");
    run = (struct run){ 0 };
    assert_int_equal(run_id_parse(id, &run), 0);
    assert_string_equal(run.job, "chart");
    assert_int_equal(run.number, 42);
    run = (struct run){ .job = "sixteenletters16", .number = RUN_NUMBER_MAX };
    run_id_format(&run, id);
    assert_string_equal(id, "sixteenletters16-99999999");
    assert_int_equal(run_id_parse(id, &run), 0);
}

static void ids_are_the_wall_against_traversal(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        ".",
        "..",
        "../../etc/passwd",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e",
        "chart",
        "chart-",
        "chart-1",
        "chart-0000004",
        "chart-000000042",
        "chart-0000004a",
        "chart-+0000042",
        "chart- 0000042",
        "chart--0000042",
        "chart-00000042/",
        "chart-00000042/../x",
        "chart-00000042.png",
        "chart-00000042\n",
        "../chart-00000042",
        "/chart-00000042",
        "./chart-00000042",
        "-00000042",
        "Chart-00000042",
        "ch/rt-00000042",
        "ch.rt-00000042",
        "1hart-00000042",
        "seventeenletters1-00000042",
        "chart-00000042\\..\\",
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct run run = { .number = 7 };

        if (run_id_parse(wrong[i], &run) != -EINVAL)
            fail_msg("taken: '%s'", wrong[i]);
        assert_int_equal(run.number, 7);
    }
}

static void assert_same_run(const struct run *left, const struct run *right)
{
    json_t *a = run_to_json(left), *b = run_to_json(right);

    assert_non_null(a);
    assert_true(json_equal(a, b));
    json_decref(a);
    json_decref(b);
}

static struct run sample(uint32_t number)
{
    struct run run = { .job = "chart",
                       .number = number,
                       .state = RUN_SUCCEEDED,
                       .trigger = RUN_BY_REQUEST,
                       .queued_ms = 1700000000123,
                       .started_ms = 1700000000456,
                       .finished_ms = 1700000002789,
                       .duration_ms = 2333,
                       .result = { .symbol = "SIM:EUR€", .price = "101.250", .candles = 300 },
                       .has_screenshot = true,
                       .width = 1280,
                       .height = 713,
                       .bytes = 4711 };

    return run;
}

static void runs_survive_json(void **state)
{
    (void)state;
    struct run run = sample(9), read;
    json_t *object = run_to_json(&run);

    assert_string_equal(cdp_string(object, "finished"), "2023-11-14T22:13:22.789Z");
    assert_true(json_real_value(json_object_get(json_object_get(object, "result"), "price")) ==
                101.25);
    assert_string_equal(cdp_string(json_object_get(object, "screenshot"), "path"),
                        "/runs/chart-00000009/screenshot.png");
    assert_int_equal(run_from_json(object, &read), 0);
    assert_same_run(&read, &run);
    json_decref(object);
}

static void hostile_stored_runs_are_refused_or_harmless(void **state)
{
    (void)state;
    struct run run = { .number = 7 };
    static const char *const wrong[] = {
        "{}",
        "[]",
        "{\"id\":\"../x\",\"state\":\"failed\",\"trigger\":\"start\"}",
        "{\"id\":\"chart-00000001\",\"state\":\"?\",\"trigger\":\"start\"}",
        "{\"id\":\"chart-00000001\",\"state\":\"failed\",\"trigger\":3}",
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        json_t *object = json_loads(wrong[i], 0, NULL);

        assert_int_equal(run_from_json(object, &run), -EBADMSG);
        assert_int_equal(run.number, 7);
        json_decref(object);
    }
    /* A price that is no number must not make the whole list unreadable. */
    json_t *object =
        json_loads("{\"id\":\"chart-00000001\",\"state\":\"succeeded\",\"trigger\":\"start\","
                   "\"result\":{\"price_text\":\"nan\",\"candles\":\"x\"}}",
                   0, NULL);

    assert_int_equal(run_from_json(object, &run), 0);
    json_decref(object);
    object = run_to_json(&run);
    assert_true(json_is_null(json_object_get(json_object_get(object, "result"), "price")));
    json_decref(object);
}

static void reasons_are_printable(void **state)
{
    (void)state;
    struct run run = { 0 };

    run_fail(&run, "page: %s", "a\nb\x1b[31m\xe2\x82");
    assert_int_equal(run.state, RUN_FAILED);
    assert_string_equal(run.reason, "page: a?b?[31m??");
}

static void retention_counts(void **state)
{
    (void)state;
    assert_int_equal(run_excess(0, 50), 0);
    assert_int_equal(run_excess(50, 50), 0);
    assert_int_equal(run_excess(51, 50), 1);
    assert_int_equal(run_excess(500, 50), 450);
}

static void names_in_the_store_are_told_apart(void **state)
{
    (void)state;
    struct run run;

    assert_int_equal(store_classify("chart-00000001.json", &run), STORE_RESULT);
    assert_int_equal(run.number, 1);
    assert_int_equal(store_classify("chart-00000001.png", &run), STORE_SCREENSHOT);
    assert_int_equal(store_classify(".chart-00000001.json.new", &run), STORE_TEMPORARY);
    assert_int_equal(store_classify(".chart-00000001.png.new", &run), STORE_TEMPORARY);
    assert_int_equal(store_classify(".chart-00000001.json", &run), STORE_OTHER);
    assert_int_equal(store_classify("chart-00000001.json.bak", &run), STORE_OTHER);
    assert_int_equal(store_classify("chart-00000001", &run), STORE_OTHER);
    assert_int_equal(store_classify("notes.txt", &run), STORE_OTHER);
    assert_int_equal(store_classify(".", &run), STORE_OTHER);
    assert_int_equal(store_classify("..", &run), STORE_OTHER);
}

static void store_keeps_the_newest(void **state)
{
    const struct place *place = *state;
    struct run runs[STORE_KEEP];
    struct store store;

    assert_int_equal(store_open(place->path, &store, runs), 0);
    for (uint32_t number = 1; number <= STORE_KEEP + 3; number++) {
        struct run run = sample(number);

        assert_int_equal(store_save(&store, &run), 0);
        assert_int_equal(store_save_screenshot(&store, &run, (const uint8_t *)"png", 3), 0);
    }
    store_release(&store);
    put(place, "notes.txt", "mine");
    put(place, ".chart-00000099.json.new", "{");
    put(place, "chart-00000098.png", "lone");

    assert_int_equal(store_open(place->path, &store, runs), STORE_KEEP);
    assert_int_equal(runs[0].number, 4);
    assert_int_equal(runs[STORE_KEEP - 1].number, STORE_KEEP + 3);
    struct run expected = sample(STORE_KEEP + 3);

    assert_same_run(&runs[STORE_KEEP - 1], &expected);
    assert_false(is_there(place, "chart-00000003.json"));
    assert_false(is_there(place, "chart-00000003.png"));
    assert_true(is_there(place, "chart-00000004.png"));
    assert_true(is_there(place, "notes.txt"));
    assert_false(is_there(place, ".chart-00000099.json.new"));
    assert_false(is_there(place, "chart-00000098.png"));
    store_release(&store);
}

static void store_says_what_a_crash_left(void **state)
{
    const struct place *place = *state;
    struct run runs[STORE_KEEP];
    struct store store;
    struct run run = sample(5);

    put(place, "chart-00000004.json", "{\"id\": \"chart-0000");
    put(place, "chart-00000006.json",
        "{\"id\":\"chart-00000005\",\"state\":\"failed\",\"trigger\":\"start\"}");
    assert_int_equal(store_open(place->path, &store, runs), 2);
    run.state = RUN_RUNNING;
    assert_int_equal(store_save(&store, &run), 0);
    store_release(&store);

    for (int life = 0; life < 2; life++) { /* the second reads what the first wrote down */
        assert_int_equal(store_open(place->path, &store, runs), 3);
        assert_int_equal(runs[0].state, RUN_FAILED);
        assert_string_equal(runs[0].reason, "kairos: the stored result cannot be read");
        assert_int_equal(runs[1].number, 5);
        assert_int_equal(runs[1].state, RUN_FAILED);
        assert_string_equal(runs[1].reason, "kairos: it ended before the run did");
        assert_int_equal(runs[2].state, RUN_FAILED); /* a file that claims to be another */
        store_release(&store);
    }
}

static void store_follows_no_link(void **state)
{
    const struct place *place = *state;
    struct run runs[STORE_KEEP];
    struct store store;
    struct run run = sample(1);
    char link[160];

    assert_int_equal(store_open(place->path, &store, runs), 0);
    (void)snprintf(link, sizeof(link), "%s/runs/chart-00000001.png", place->path);
    assert_int_equal(symlink("/etc/passwd", link), 0);
    assert_int_equal(store_open_screenshot(&store, &run), -ELOOP);
    store_release(&store);
    assert_int_equal(store_open("/nonexistent", &store, runs), -ENOENT);
}

static void board_queues_one_and_runs_one(void **state)
{
    const struct place *place = *state;
    struct board board;
    struct run first, again, taken, second, found;

    assert_int_equal(board_init(&board, place->path), 0);
    assert_false(board_take(&board, &taken));
    assert_int_equal(board_request(&board, "chart", RUN_BY_REQUEST, &first), 0);
    assert_int_equal(first.number, 1);
    assert_int_equal(board_request(&board, "chart", RUN_BY_REQUEST, &again), 0);
    assert_int_equal(again.number, 1);
    assert_true(board_take(&board, &taken));
    assert_int_equal(taken.state, RUN_RUNNING);
    assert_int_equal(board_request(&board, "chart", RUN_BY_INTERVAL, &second), 0);
    assert_int_equal(second.number, 2);
    run_fail(&taken, "page: no");
    assert_int_equal(board_finish(&board, &taken), 0);
    assert_true(board_find(&board, &first, &found));
    assert_int_equal(found.state, RUN_FAILED);
    found = first;
    strcpy(found.job, "other");
    assert_false(board_find(&board, &found, &found));
    board_release(&board);

    /* A number is never given twice. */
    assert_int_equal(board_init(&board, place->path), 0);
    assert_int_equal(board_request(&board, "chart", RUN_AT_START, &first), 0);
    assert_int_equal(first.number, 3);
    board_release(&board);
}

static void board_gives_up_the_oldest(void **state)
{
    const struct place *place = *state;
    struct board board;
    struct run run, runs[STORE_KEEP];

    assert_int_equal(board_init(&board, place->path), 0);
    for (uint32_t number = 1; number <= STORE_KEEP + 5; number++) {
        assert_int_equal(board_request(&board, "chart", RUN_BY_REQUEST, &run), 0);
        assert_true(board_take(&board, &run));
        assert_int_equal(run.number, number);
        run.state = RUN_SUCCEEDED;
        assert_int_equal(board_finish(&board, &run), 0);
    }
    assert_int_equal(board_runs(&board, runs), STORE_KEEP);
    assert_int_equal(runs[0].number, 6);
    assert_false(is_there(place, "chart-00000005.json"));
    assert_true(is_there(place, "chart-00000006.json"));
    board_release(&board);
}

static void health_needs_a_recent_answer(void **state)
{
    (void)state;
    struct board_browser browser = { .reason = "chromium: connection refused" };

    assert_string_equal(board_browser_problem(&browser, 5), "chromium: connection refused");
    browser.is_connected = true;
    browser.heard_us = 1000;
    assert_null(board_browser_problem(&browser, 1000));
    assert_null(board_browser_problem(&browser, 900)); /* heard while we were asking */
    assert_null(board_browser_problem(&browser, 1000 + BOARD_FRESH_US));
    assert_string_equal(board_browser_problem(&browser, 1001 + BOARD_FRESH_US),
                        "chromium: no answer lately");
}

static void pauses_grow_and_end(void **state)
{
    (void)state;
    static const uint64_t expected_ms[] = { 250, 500, 1000, 2000, 4000, 4000 };
    uint64_t pause_us = 0;

    for (size_t i = 0; i < sizeof(expected_ms) / sizeof(expected_ms[0]); i++) {
        pause_us = worker_next_pause_us(pause_us);
        assert_int_equal(pause_us, expected_ms[i] * 1000);
    }
}

static void page_values_are_checked(void **state)
{
    (void)state;
    struct run_result result = { .candles = 7 };
    static const char *const wrong[] = {
        "null",
        "{\"price\":\"\",\"candles\":5,\"symbol\":\"S\"}",
        "{\"price\":\"1e5\",\"candles\":5,\"symbol\":\"S\"}",
        "{\"price\":\"-1\",\"candles\":5,\"symbol\":\"S\"}",
        "{\"price\":\"1.\",\"candles\":5,\"symbol\":\"S\"}",
        "{\"price\":\".5\",\"candles\":5,\"symbol\":\"S\"}",
        "{\"price\":\"1.2.3\",\"candles\":5,\"symbol\":\"S\"}",
        "{\"price\":\"nan\",\"candles\":5,\"symbol\":\"S\"}",
        "{\"price\":101,\"candles\":5,\"symbol\":\"S\"}",
        "{\"price\":\"101\",\"candles\":0,\"symbol\":\"S\"}",
        "{\"price\":\"101\",\"candles\":\"5\",\"symbol\":\"S\"}",
        "{\"price\":\"101\",\"candles\":5}",
        "{\"price\":\"11111111111111111111111111111111111111111\",\"candles\":5,\"symbol\":\"S\"}",
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        json_t *value = json_loads(wrong[i], JSON_DECODE_ANY, NULL);

        if (job_read_result(value, &result) != -EBADMSG)
            fail_msg("taken: %s", wrong[i]);
        json_decref(value);
    }
    assert_int_equal(result.candles, 7);
    json_t *value =
        json_loads("{\"price\":\"101.250\",\"candles\":300,\"symbol\":\"TT:SIM\"}", 0, NULL);

    assert_int_equal(job_read_result(value, &result), 0);
    assert_string_equal(result.price, "101.250");
    assert_string_equal(result.symbol, "TT:SIM");
    assert_int_equal(result.candles, 300);
    json_decref(value);
}

static void net_errors_are_put_in_words(void **state)
{
    (void)state;
    char text[64];

    job_describe_net_error("net::ERR_CONNECTION_REFUSED", text, sizeof(text));
    assert_string_equal(text, "connection refused");
    job_describe_net_error("something else", text, sizeof(text));
    assert_string_equal(text, "something else");
}

static void options_are_read(void **state)
{
    (void)state;
    char host[OPTIONS_HOST_MAX] = "kept";
    int port = 1;
    uint64_t us = 1;
    static const char *const wrong[] = { "",        ":9222",   "host",  "host:",       "host:0",
                                         "h:65536", "h:9222x", "h: 92", "http://h:92", "a@b:92" };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (options_read_endpoint(wrong[i], host, &port) != -EINVAL)
            fail_msg("taken: '%s'", wrong[i]);
    assert_string_equal(host, "kept");
    assert_int_equal(port, 1);
    assert_int_equal(options_read_endpoint("127.0.0.1:9222", host, &port), 0);
    assert_string_equal(host, "127.0.0.1");
    assert_int_equal(port, 9222);
    assert_int_equal(options_read_seconds("60", &us), 0);
    assert_int_equal(us, 60000000);
    assert_int_equal(options_read_seconds("86401", &us), -EINVAL);
    assert_int_equal(options_read_seconds("-1", &us), -EINVAL);
    assert_int_equal(options_read_seconds("1s", &us), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_written_and_read),
        cmocka_unit_test(ids_are_the_wall_against_traversal),
        cmocka_unit_test(runs_survive_json),
        cmocka_unit_test(hostile_stored_runs_are_refused_or_harmless),
        cmocka_unit_test(reasons_are_printable),
        cmocka_unit_test(retention_counts),
        cmocka_unit_test(names_in_the_store_are_told_apart),
        cmocka_unit_test_setup_teardown(store_keeps_the_newest, make_place, remove_place),
        cmocka_unit_test_setup_teardown(store_says_what_a_crash_left, make_place, remove_place),
        cmocka_unit_test_setup_teardown(store_follows_no_link, make_place, remove_place),
        cmocka_unit_test_setup_teardown(board_queues_one_and_runs_one, make_place, remove_place),
        cmocka_unit_test_setup_teardown(board_gives_up_the_oldest, make_place, remove_place),
        cmocka_unit_test(health_needs_a_recent_answer),
        cmocka_unit_test(pauses_grow_and_end),
        cmocka_unit_test(page_values_are_checked),
        cmocka_unit_test(net_errors_are_put_in_words),
        cmocka_unit_test(options_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

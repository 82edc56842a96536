/*
 * The start-up view: messages in, text out, compared with tests/golden/view/. After a wanted
 * change: REEVE_UPDATE_GOLDEN=1 build/tests/test_view, and look at the difference.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "supervisor/init/launcher_log.h"
#include "supervisor/init/screen.h"
#include "supervisor/init/view.h"

#define SECOND USEC_PER_SEC
enum { START = 1000 }; /* seconds of the monotonic clock at which the pod began */

static const struct view_time base = {
    .monotonic_us = (START + 3) * SECOND + 250000,
    .realtime_us = 1795468027 * SECOND, /* 2026-11-23 21:07:07 UTC */
};

struct story {
    struct view view;
    struct view_time now;
};

static void tell(struct story *story, const union wire_message *message)
{
    assert_int_equal(view_message(&story->view, message, &story->now), 0);
}

static void tell_unit(struct story *story, int id, const char *name, const char *required)
{
    union wire_message message;

    wire_begin(&message, WIRE_UNIT);
    message.unit.id = id;
    message.unit.is_service = strstr(name, ".service") != NULL;
    message.unit.is_internal = strncmp(name, "reeve-", 6) == 0;
    wire_copy(message.unit.name, sizeof(message.unit.name), name);
    wire_copy(message.unit.required, sizeof(message.unit.required), required);
    tell(story, &message);
}

/* A state with what most tests do not care about filled in. */
static struct wire_state state_of(int id, enum wire_active active, const char *sub)
{
    union wire_message message;

    wire_begin(&message, WIRE_STATE);
    message.state.id = id;
    message.state.active = (uint8_t)active;
    message.state.incarnation = active == WIRE_INACTIVE ? 0 : 1;
    message.state.is_wanted = 1;
    message.state.job = active == WIRE_INACTIVE || active == WIRE_ACTIVATING ? 1 : 0;
    message.state.since_monotonic_us = (START + 1) * SECOND;
    wire_copy(message.state.sub, sizeof(message.state.sub), sub);
    wire_copy(message.state.result, sizeof(message.state.result), "success");
    return message.state;
}

static void tell_state(struct story *story, struct wire_state state)
{
    union wire_message message;

    memset(&message, 0, sizeof(message));
    message.state = state;
    tell(story, &message);
}

static void tell_pod(struct story *story, enum wire_pod_phase phase)
{
    union wire_message message;

    wire_begin(&message, WIRE_POD);
    message.pod.phase = (uint8_t)phase;
    tell(story, &message);
}

static void tell_hello(struct story *story)
{
    union wire_message message;

    wire_begin(&message, WIRE_HELLO);
    message.hello.started_monotonic_us = START * SECOND;
    wire_copy(message.hello.target, sizeof(message.hello.target), "traderterminal.target");
    tell(story, &message);
}

static void tell_synced(struct story *story)
{
    union wire_message message;

    wire_begin(&message, WIRE_SYNCED);
    tell(story, &message);
}

static void tell_units(struct story *story)
{
    tell_unit(story, 0, "reeve-log.service", "");
    tell_unit(story, 1, "traderterminal.target", "redis.service datahub.service kairos.service");
    tell_unit(story, 2, "redis.service", "");
    tell_unit(story, 3, "datahub.service", "redis.service");
    tell_unit(story, 4, "xvfb.service", "");
    tell_unit(story, 5, "chromium.service", "xvfb.service");
    tell_unit(story, 6, "kairos.service", "chromium.service datahub.service");
}

static void story_begin(struct story *story, struct view_style style)
{
    setenv("TZ", "UTC", 1);
    story->now = base;
    view_init(&story->view, style);
    tell_hello(story);
    tell_units(story);
}

/* In the middle of a start: one is up, one starts, one waits, one has failed and one tries again.
 */
static void story_starting(struct story *story, struct view_style style)
{
    struct wire_state state;

    story_begin(story, style);
    state = state_of(2, WIRE_ACTIVE, "running");
    state.health = WIRE_HEALTH_HEALTHY;
    state.start_latency_us = 412000;
    tell_state(story, state);
    tell_state(story, state_of(3, WIRE_ACTIVATING, "start"));
    state = state_of(4, WIRE_FAILED, "failed");
    state.exit_code = CLD_EXITED;
    state.exit_status = 203;
    strcpy(state.result, "exit-code");
    tell_state(story, state);
    state = state_of(5, WIRE_ACTIVATING, "auto-restart");
    state.exit_code = CLD_DUMPED;
    state.exit_status = SIGSEGV;
    strcpy(state.result, "core-dump");
    tell_state(story, state);
    tell_state(story, state_of(6, WIRE_INACTIVE, "dead"));
    tell_pod(story, WIRE_POD_STARTING);
    tell_synced(story);
}

static void story_up(struct story *story, struct view_style style)
{
    story_begin(story, style);
    for (int id = 0; id <= 6; id++) {
        struct wire_state state = state_of(id, WIRE_ACTIVE, id == 1 ? "active" : "running");

        state.health = id == 4 ? WIRE_HEALTH_NONE : WIRE_HEALTH_HEALTHY;
        state.start_latency_us = (uint64_t)id * 1234567 / 3;
        tell_state(story, state);
    }
    tell_pod(story, WIRE_POD_RUNNING);
    tell_synced(story);
}

static char *render(const struct view *view, unsigned columns)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    unsigned lines = view_render(view, columns, base.monotonic_us, out);

    fclose(out);
    assert_int_equal(screen_rows_of(text, length, columns), lines); /* nothing is too wide */
    return text;
}

static void check_golden(const struct view *view, unsigned columns, const char *name)
{
    char path[128], expected[8192];
    char *text = render(view, columns);
    FILE *file;
    size_t length;

    snprintf(path, sizeof(path), "tests/golden/view/%s-%u.txt", name, columns);
    if (getenv("REEVE_UPDATE_GOLDEN")) {
        file = fopen(path, "w");
        assert_non_null(file);
        fputs(text, file);
        fclose(file);
    }
    file = fopen(path, "r");
    assert_non_null(file);
    length = fread(expected, 1, sizeof(expected) - 1, file);
    expected[length] = '\0';
    fclose(file);
    assert_string_equal(text, expected);
    free(text);
}

static const struct view_style plain, pretty = { .has_utf8 = true, .has_colour = true };

static void a_start_looks_as_agreed(void **state)
{
    struct story story;

    (void)state;
    story_starting(&story, plain);
    check_golden(&story.view, 80, "starting");
    check_golden(&story.view, 120, "starting");
    check_golden(&story.view, 40, "starting");
    assert_false(view_is_up(&story.view));
    assert_string_equal(view_failed(&story.view)->unit.name, "xvfb.service");
    view_release(&story.view);
    story_starting(&story, pretty);
    check_golden(&story.view, 80, "starting-pretty");
    view_release(&story.view);
}

static void a_pod_that_is_up_looks_as_agreed(void **state)
{
    struct story story;

    (void)state;
    story_up(&story, plain);
    assert_true(view_is_up(&story.view));
    check_golden(&story.view, 80, "up");
    tell_pod(&story, WIRE_POD_STOPPING);
    tell_state(&story, state_of(6, WIRE_DEACTIVATING, "stop-sigterm"));
    check_golden(&story.view, 80, "stopping");
    view_release(&story.view);
}

static void no_width_breaks_the_table(void **state)
{
    struct story story;

    (void)state;
    story_starting(&story, pretty);
    for (unsigned columns = 16; columns < 300; columns++)
        free(render(&story.view, columns));
    view_release(&story.view);
}

static void being_up_needs_every_unit(void **state)
{
    struct story story;
    struct wire_state one;

    (void)state;
    story_up(&story, plain);
    assert_int_equal(story.view.up_after_us, 3250000);
    one = state_of(3, WIRE_ACTIVE, "running");
    one.health = WIRE_HEALTH_STARTING;
    tell_state(&story, one);
    assert_false(view_is_up(&story.view));
    /* A oneshot that is through counts; one that was never run does not. */
    one = state_of(3, WIRE_INACTIVE, "dead");
    one.job = 0;
    tell_state(&story, one);
    assert_false(view_is_up(&story.view));
    one.incarnation = 1;
    tell_state(&story, one);
    assert_true(view_is_up(&story.view));
    view_release(&story.view);
}

static void a_kill_and_the_return_are_two_lines(void **state)
{
    struct story story;
    struct wire_state one;

    (void)state;
    story_up(&story, plain);
    one = state_of(2, WIRE_DEACTIVATING, "final-sigterm");
    tell_state(&story, one);
    assert_string_equal(story.view.event, "");
    one = state_of(2, WIRE_ACTIVATING, "auto-restart");
    one.exit_code = CLD_KILLED;
    one.exit_status = SIGKILL;
    strcpy(one.result, "signal");
    one.since_monotonic_us = (START + 60) * SECOND;
    tell_state(&story, one);
    assert_string_equal(story.view.event,
                        "21:07:07 redis.service: failed (signal: KILL), restarting");
    strcpy(one.sub, "auto-restart-queued");
    tell_state(&story, one);
    assert_string_equal(story.view.event, "");
    one = state_of(2, WIRE_ACTIVE, "running");
    one.since_monotonic_us = (START + 60) * SECOND + 412000;
    story.now.realtime_us += SECOND;
    tell_state(&story, one);
    assert_string_equal(story.view.event, "21:07:08 redis.service: active again after 0.4 s");
    tell_state(&story, one);
    assert_string_equal(story.view.event, "");
    view_release(&story.view);
}

static void other_events_have_their_words(void **state)
{
    struct story story;
    struct wire_state one;

    (void)state;
    story_up(&story, plain);
    one = state_of(2, WIRE_ACTIVE, "running");
    one.health = WIRE_HEALTH_UNHEALTHY;
    tell_state(&story, one);
    assert_string_equal(story.view.event, "21:07:07 redis.service: unhealthy");
    one.health = WIRE_HEALTH_HEALTHY;
    tell_state(&story, one);
    assert_string_equal(story.view.event, "21:07:07 redis.service: healthy again");
    one = state_of(2, WIRE_FAILED, "failed");
    strcpy(one.result, "start-limit-hit");
    tell_state(&story, one);
    assert_string_equal(story.view.event, "21:07:07 redis.service: failed (start limit hit)");
    tell_state(&story, state_of(3, WIRE_INACTIVE, "dead"));
    assert_string_equal(story.view.event, "21:07:07 datahub.service: stopped");
    tell_state(&story, state_of(0, WIRE_FAILED, "failed"));
    assert_string_equal(story.view.event, ""); /* ours are not shown */
    view_release(&story.view);
}

/* PID 1 sends a whole snapshot again after a reload, and may number the units anew. */
static void a_new_snapshot_goes_by_names(void **state)
{
    struct story story;
    struct wire_state one;

    (void)state;
    story_up(&story, plain);
    tell_hello(&story);
    tell_unit(&story, 2, "xvfb.service", "");
    tell_unit(&story, 4, "redis.service", "");
    tell_synced(&story);
    assert_int_equal(story.view.count, 2);
    one = state_of(4, WIRE_FAILED, "failed");
    tell_state(&story, one);
    assert_string_equal(story.view.event, "21:07:07 redis.service: failed");
    one.id = 999;
    tell_state(&story, one); /* nobody: ignored */
    assert_string_equal(story.view.event, "");
    view_release(&story.view);
}

static void rows_are_counted_as_a_terminal_does(void **state)
{
    (void)state;
    assert_int_equal(screen_rows_of("", 0, 80), 0);
    assert_int_equal(screen_rows_of("\n", 1, 80), 1);
    assert_int_equal(screen_rows_of("12345\n1\n", 8, 5), 2);
    assert_int_equal(screen_rows_of("123456\n1\n", 9, 5), 3);
    assert_int_equal(screen_rows_of("\033[31m12345\033[0m\n", 15, 5), 1);
    assert_int_equal(screen_rows_of("\xe2\x9c\x93\xe2\x9c\x93\n", 7, 2), 1);
}

static void the_last_words_are_those_of_the_unit(void **state)
{
    char path[] = "/tmp/reeve-test-XXXXXX", *text = NULL;
    int fd = mkstemp(path);
    FILE *log = fdopen(fd, "w"), *out;
    size_t length;

    (void)state;
    fprintf(log, "T redis: before\n");
    fflush(log);
    for (int i = 0; i < 20; i++)
        fprintf(log, "T redis: line %d\nT redis-other: no %d\n", i, i);
    fclose(log);
    out = open_memstream(&text, &length);
    assert_int_equal(launcher_log_tail(path, 16, "redis.service", out), LAUNCHER_LOG_LINES);
    fclose(out);
    assert_null(strstr(text, "no "));
    assert_null(strstr(text, "line 7\n"));
    assert_memory_equal(text, "  T redis: line 8\n", 18);
    assert_non_null(strstr(text, "line 19\n"));
    free(text);
    out = open_memstream(&text, &length);
    assert_int_equal(launcher_log_tail(path, 16, "silent.service", out), LAUNCHER_LOG_LINES);
    assert_int_equal(launcher_log_tail("/nonexistent/log", 0, NULL, out), 0);
    fclose(out);
    free(text);
    remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_start_looks_as_agreed),
        cmocka_unit_test(a_pod_that_is_up_looks_as_agreed),
        cmocka_unit_test(no_width_breaks_the_table),
        cmocka_unit_test(being_up_needs_every_unit),
        cmocka_unit_test(a_kill_and_the_return_are_two_lines),
        cmocka_unit_test(other_events_have_their_words),
        cmocka_unit_test(a_new_snapshot_goes_by_names),
        cmocka_unit_test(rows_are_counted_as_a_terminal_does),
        cmocka_unit_test(the_last_words_are_those_of_the_unit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

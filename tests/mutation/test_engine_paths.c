/*
 * The ways of a service through its states: from each place that a few steps lead to, one more step
 * of every kind, and the states and events that follow from it at once. The whole is compared with
 * engine_paths.txt; after a change that is meant:
 *
 *   build/tests/mutation paths >tests/mutation/engine_paths.txt
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/pod_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMES "TimeoutStartSec=3\nTimeoutStopSec=3\nTimeoutAbortSec=3\n"
#define LISTS                                                                                      \
    "ExecCondition=/bin/x\nExecStartPre=/bin/a\nExecStart=/bin/main\nExecStartPost=/bin/c\n"       \
    "ExecReload=/bin/r\nExecStop=/bin/d\nExecStopPost=/bin/e\n" TIMES
#define MAIN    "ExecStart=/bin/main\n" TIMES
#define SERVICE "[Service]\n"

static const char *const services[][2] = {
    { "notify", SERVICE "Type=notify\n" LISTS },
    { "abort",
      SERVICE "Type=notify\nTimeoutStartFailureMode=abort\nTimeoutStopFailureMode=abort\n" LISTS },
    { "kill",
      SERVICE "Type=notify\nTimeoutStartFailureMode=kill\nTimeoutStopFailureMode=kill\n" LISTS },
    { "remain", SERVICE "Type=notify\nRemainAfterExit=yes\n" LISTS },
    { "restart", SERVICE "Type=notify\nRestart=always\nRestartSec=3\n" LISTS },
    { "direct", SERVICE "Type=notify\nRestart=always\nRestartMode=direct\nRestartSec=3\n" LISTS },
    { "limit", "[Unit]\nStartLimitBurst=1\n" SERVICE "Type=exec\nRestart=always\n" MAIN },
    { "reload", SERVICE "Type=notify-reload\n" MAIN },
    { "reload-remain", SERVICE "Type=notify-reload\nRemainAfterExit=yes\n" MAIN },
    { "forking", SERVICE "Type=forking\nGuessMainPID=no\n" LISTS },
    { "oneshot", SERVICE "Type=oneshot\nRemainAfterExit=yes\n" LISTS },
    { "once", "[Unit]\nStartLimitBurst=1\n" SERVICE "Type=simple\n" MAIN },
    { "target", "[Unit]\nDescription=a\n" },
    { "late", SERVICE "Type=notify\nNotifyAccess=all\nRemainAfterExit=yes\n" MAIN },
    { "pid-file", SERVICE "Type=forking\nPIDFile=/run/x.pid\n" LISTS },
    { "runtime", SERVICE "Type=exec\nRuntimeMaxSec=3\n" MAIN },
};

static const char *const places[] = {
    "",
    "start",
    "start,control-exit 0",
    "start,control-exit 0,control-exit 0",
    "start,control-exit 0,control-exit 0,ready",
    "start,control-exit 0,control-exit 0,control-exit 0",
    "start,control-exit 0,control-exit 0,ready,exit 1",
    "start,control-exit 0,control-exit 0,ready,reloading",
    "start,control-exit 0,control-exit 0,ready,stopping",
    "start,control-exit 0,control-exit 0,ready,control-exit 0",
    "start,control-exit 0,control-exit 0,ready,control-exit 0,exit 0",
    "start,control-exit 0,control-exit 0,ready,control-exit 0,reload",
    "start,control-exit 0,control-exit 0,ready,control-exit 0,reload,stopping",
    "start,control-exit 0,control-exit 0,ready,control-exit 0,reloading",
    "start,control-exit 0,control-exit 0,ready,control-exit 0,reloading,exit 0",
    "start,control-exit 0,control-exit 0,ready,control-exit 0,trigger",
    "start,control-exit 0,control-exit 0,ready,control-exit 0,stop",
    "start,control-exit 0,control-exit 0,ready,control-exit 0,stop,exit 0",
    "start,control-exit 0,control-exit 0,ready,control-exit 0,stop,control-exit 0",
    "start,control-exit 0,control-exit 0,ready,control-exit 0,stop,control-exit 0,after 4",
    "start,control-exit 0,control-exit 0,ready,control-exit 0,stop,control-exit 0,exit 0",
    "start,control-exit 0,control-exit 0,ready,control-exit 0,stop,control-exit 0,exit 0,after 4",
    "start,control-exit 0,control-exit 0,ready,control-exit 0,exit 1",
    "start,control-exit 0,control-exit 0,ready,control-exit 0,exit 1,control-exit 0",
    "start,exit 0",
    "start,control-exit 0,control-exit 0,control-exit 0,control-exit 0",
    "start,control-exit 0,control-exit 0,ready,exit 0",
    "start,control-exit 0,control-exit 0,ready,control-exit 0,reload,exit 0",
    "start,control-exit 0,control-exit 0,ready,control-exit 0,reload,exit 1",
    "start,ready,exit 1",
    "start,ready,exit 1,after 1",
    "start,ready,reload",
    "start,ready,reload,reloading",
    "start,ready,reload,reloading,stopping",
    "start,ready,stopping",
    "start,ready,exit 0",
};

static const char *const steps[] = {
    "start",          "stop",    "restart", "reload", "control-exit 0",
    "control-exit 1", "exit 0",  "exit 1",  "ready",  "reloading",
    "stopping",       "trigger", "after 4", "empty",  "control-exit 255",
};

struct recorder {
    struct pod_builder pod;
    const char *name;
    unit_id id;
    char path[1024];
};

static void note_event(void *context, unit_id id, enum unit_event event)
{
    struct recorder *recorder = context;
    size_t used = strlen(recorder->path);

    if (id == recorder->id)
        snprintf(recorder->path + used, sizeof(recorder->path) - used, " %s (%s)",
                 unit_sub_state(&recorder->pod.engine.units[id]), unit_event_name(event));
}

/* "exit 0" is "exit a.service 0", "after 4" stays. */
static void do_step(struct recorder *recorder, const char *step)
{
    char line[96], verb[24] = "", rest[24] = "";

    (void)sscanf(step, "%23[^ ] %23s", verb, rest);
    if (strcmp(verb, "after") == 0)
        snprintf(line, sizeof(line), "%s", step);
    else
        snprintf(line, sizeof(line), "%s %s %s", verb, recorder->name, rest);
    if (strcmp(verb, "reload") == 0)
        (void)engine_request(&recorder->pod.engine, recorder->id, JOB_RELOAD, true,
                             recorder->pod.now_us);
    else
        pod_builder_step(&recorder->pod, line, NULL);
    pod_builder_run(&recorder->pod);
}

static bool go_to(struct recorder *recorder, const char *place)
{
    char text[256], *at = text, *step;

    snprintf(text, sizeof(text), "%s", place);
    while ((step = strsep(&at, ",")) && *step) {
        recorder->path[0] = '\0';
        do_step(recorder, step);
        if (recorder->path[0] == '\0' && strncmp(step, "exit", 4) != 0 &&
            strcmp(step, "stopping") != 0)
            return false; /* it leads nowhere: another place is the same */
    }
    return true;
}

static void print_path(FILE *file, size_t service, const char *place, const char *step)
{
    const char *name = strcmp(services[service][0], "target") == 0 ? "a.target" : "a.service";
    const char *const units[][2] = { { name, services[service][1] },
                                     { "keep.service", SERVICE "ExecStart=/bin/true\n" },
                                     { NULL, NULL } };
    struct recorder recorder = { .name = name };

    pod_builder_init(&recorder.pod, units);
    recorder.id = pod_builder_id(&recorder.pod, name);
    recorder.pod.obeys = false;
    recorder.pod.engine.raised = note_event;
    recorder.pod.engine.raised_context = &recorder;
    pod_builder_step(&recorder.pod, "start keep.service", NULL);
    if (go_to(&recorder, place)) {
        recorder.path[0] = '\0';
        do_step(&recorder, step);
        if (recorder.path[0])
            fprintf(file, "%s: %s, %s:%s %s\n", services[service][0], place, step, recorder.path,
                    unit_sub_state(&recorder.pod.engine.units[recorder.id]));
    }
    pod_builder_release(&recorder.pod);
}

static void print_paths(FILE *file)
{
    for (size_t i = 0; i < ARRAY_SIZE(services); i++)
        for (size_t k = 0; k < ARRAY_SIZE(places); k++)
            for (size_t n = 0; n < ARRAY_SIZE(steps); n++)
                print_path(file, i, places[k], steps[n]);
}

static void the_ways_of_a_service(void **state)
{
    FILE *expected = fopen("tests/mutation/engine_paths.txt", "re");
    char *text = NULL, line[2048], *at;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);

    (void)state;
    assert_non_null(expected);
    assert_non_null(memory);
    print_paths(memory);
    fclose(memory);
    at = text;
    while (fgets(line, sizeof(line), expected)) {
        size_t length = strcspn(at, "\n") + 1;

        if (strncmp(at, line, length) != 0 || strlen(line) != length)
            fail_msg("expected: %sfound:    %.*s", line, (int)length, at);
        at += length;
    }
    assert_string_equal(at, "");
    fclose(expected);
    free(text);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_ways_of_a_service) };

    if (argc > 1 && strcmp(argv[1], "print") == 0) {
        print_paths(stdout);
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/pod_builder.h"
#include "tests/unit/way.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_SIZE = 1024 };

#define OTHERS "[Unit]\nOnSuccess=good.service\nOnFailure=bad.service\n"
#define SIMPLE "[Service]\nExecStart=/bin/true\n"

static void do_step(struct pod_builder *pod, const char *name, const char *step)
{
    char line[96], verb[32] = "", rest[32] = "";

    (void)sscanf(step, "%31s %31s", verb, rest);
    pod->trace[0] = '\0';
    if (strcmp(verb, "strays") == 0) {
        pod->has_strays = true;
        return;
    }
    if (strcmp(verb, "empty") == 0)
        pod->has_strays = false;
    if (strcmp(verb, "after") == 0)
        snprintf(line, sizeof(line), "%s", step);
    else
        snprintf(line, sizeof(line), "%s %s %s", strcmp(verb, "control") ? verb : "control-exit",
                 name, rest);
    pod_builder_step(pod, line, NULL);
}

/* "spawn a.service /bin/pre" is "pre", "spawn good.service" is "good", "signal a.service term
 * nobody" is "(term)". */
static void shorten(const char *line, char *word, size_t size)
{
    char verb[32] = "", name[64] = "", what[64] = "", nobody[16] = "";
    const char *file;

    (void)sscanf(line, "%31s %63s %63s %15s", verb, name, what, nobody);
    file = strrchr(what, '/');
    if (strcmp(verb, "signal") == 0)
        snprintf(word, size, nobody[0] ? "(%s)" : "%s", what);
    else if (strcmp(verb, "spawn") != 0)
        snprintf(word, size, "%s", strcmp(verb, "reload") ? verb : "hup");
    else if (strncmp(name, "a.", 2) == 0)
        snprintf(word, size, "%s", file ? file + 1 : "main");
    else
        snprintf(word, size, "%.*s", (int)strcspn(name, "."), name);
}

static void describe(struct pod_builder *pod, const struct unit *unit, char *text)
{
    size_t used = (size_t)snprintf(text, TEXT_SIZE, "%s %s", unit_sub_state(unit),
                                   active_state_name(unit_active_state(unit)));
    char *at = pod->trace, *line;

    if (unit->deadline_us != USEC_INFINITY)
        used += (size_t)snprintf(
            text + used, TEXT_SIZE - used, " %llus",
            (unsigned long long)((unit->deadline_us - pod->now_us) / USEC_PER_SEC));
    if (unit->restarts > 0)
        used += (size_t)snprintf(text + used, TEXT_SIZE - used, " restart %u", unit->restarts);
    used += (size_t)snprintf(text + used, TEXT_SIZE - used, ":");
    while ((line = strsep(&at, "\n")) && *line) {
        char word[64];

        shorten(line, word, sizeof(word));
        used += (size_t)snprintf(text + used, TEXT_SIZE - used, " %s", word);
    }
}

/* For tests/conformance/ways.sh, which has them played by systemd. */
static void print_way(const struct way *way)
{
    printf("way\t");
    for (const char *at = way->service ? way->service : "target"; *at; at++)
        putchar(*at == '\n' ? '|' : *at);
    printf("\t%s\t%s\n", way->steps, way->seen);
}

static void play(const struct way *way)
{
    const char *name = way->service ? "a.service" : "a.target";
    char text[TEXT_SIZE], seen[TEXT_SIZE], steps[TEXT_SIZE], *at = steps, *step;
    const char *const units[][2] = { { name, text },
                                     { "good.service", SIMPLE },
                                     { "bad.service", SIMPLE },
                                     { "keep.service", SIMPLE },
                                     { NULL, NULL } };
    struct pod_builder pod;

    snprintf(text, sizeof(text), "%s%s%s", OTHERS, way->service ? "[Service]\n" : "",
             way->service ? way->service : "");
    snprintf(steps, sizeof(steps), "%s", way->steps);
    pod_builder_init(&pod, units);
    pod.obeys = false;
    pod.is_immortal = pod.tells_all = true;
    pod_builder_step(&pod, "start keep.service", NULL);
    while ((step = strsep(&at, ",")))
        do_step(&pod, name, step);
    describe(&pod, pod_builder_unit(&pod, name), seen);
    if (strcmp(seen, way->seen) != 0)
        fail_msg("%s\nafter:    %s\nexpected: %s\nseen:     %s", way->service ? way->service : name,
                 way->steps, way->seen, seen);
    pod_builder_release(&pod);
}

void way_go(const struct way *way)
{
    const char *what = getenv("WAYS");

    if (what && strcmp(what, "print") == 0)
        print_way(way);
    else
        play(way);
}

/*
 * Prints what the loader makes of texts, for tests/shell/unit_verdict.sh, which compares it with
 * systemd:
 *
 *   tool_unit timespan TEXT...     microseconds, or "error"
 *   tool_unit verify FILE...       the problems of each unit by itself; status 1 when there are
 * errors tool_unit known SECTION NAME   status 0 when the loader has heard of the directive
 */
#include "supervisor/unit/directives.h"
#include "supervisor/unit/unit_set.h"
#include "supervisor/unit/value.h"
#include "tests/unit/loader.h"

#include <stdio.h>
#include <string.h>

static void print(void *context, const struct problem *problem)
{
    char line[1024];

    (void)context;
    problem_format(problem, line, sizeof(line));
    puts(line);
}

static int timespan(char **texts)
{
    for (; *texts; texts++) {
        uint64_t us;

        if (value_time(*texts, USEC_PER_SEC, &us) < 0)
            puts("error");
        else
            printf("%llu\n", (unsigned long long)us);
    }
    return 0;
}

static int verify(char **files)
{
    struct problem_sink sink = { .report = print };

    for (; *files; files++) {
        static char text[1024 * 1024];
        FILE *stream = fopen(*files, "r");
        struct unit_text part = { .path = *files, .text = text };
        struct unit_source source = { .name = strrchr(*files, '/') + 1,
                                      .parts = &part,
                                      .part_count = 1 };
        struct unit_set set;

        if (!stream || unit_set_init(&set, &loader_roots) < 0)
            return 2;
        part.size = fread(text, 1, sizeof(text), stream);
        (void)!unit_set_add(&set, &source, &sink);
        unit_set_release(&set);
        fclose(stream);
    }
    return sink.errors > 0;
}

int main(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[1], "timespan") == 0)
        return timespan(argv + 2);
    if (argc > 2 && strcmp(argv[1], "verify") == 0)
        return verify(argv + 2);
    if (argc > 3 && strcmp(argv[1], "known") == 0)
        return !directive_find(argv[2], argv[3]) && !known_find(argv[2], argv[3]);
    fprintf(stderr, "usage: tool_unit timespan|verify|known ...\n");
    return 2;
}

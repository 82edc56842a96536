/*
 * Prints what the loader makes of texts, for tests/shell/unit_verdict.sh, which compares it with
 * systemd:
 *
 *   tool_unit timespan TEXT...     microseconds, or "error"
 *   tool_unit verify FILE...       the problems of each unit by itself; status 1 when there are
 *                                errors
 *   tool_unit faults FILE...       NAME:LINE and a text for what is wrong, as systemd counts lines;
 *                                  with "refused" before the text for what reeve does not support
 *   tool_unit expand TEXT NAME...  the text with its specifiers, in a unit of each name
 *   tool_unit known SECTION NAME   status 0 when the loader has heard of the directive
 */
#include "supervisor/unit/arena.h"
#include "supervisor/unit/directives.h"
#include "supervisor/unit/specifier.h"
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

/* One unit by itself. */
static int load(const char *path, struct problem_sink *sink)
{
    static char text[1024 * 1024];
    FILE *stream = fopen(path, "r");
    struct unit_text part = { .path = path, .text = text };
    struct unit_source source = { .name = strrchr(path, '/') + 1, .parts = &part, .part_count = 1 };
    struct unit_set set;

    if (!stream || unit_set_init(&set, &loader_roots) < 0)
        return -1;
    part.size = fread(text, 1, sizeof(text), stream);
    (void)!unit_set_add(&set, &source, sink);
    unit_set_release(&set);
    fclose(stream);
    return 0;
}

static int verify(char **files)
{
    struct problem_sink sink = { .report = print };

    for (; *files; files++)
        if (load(*files, &sink) < 0)
            return 2;
    return sink.errors > 0;
}

/* --- faults: what is wrong, by the last line of the setting, which is how systemd counts --- */

struct faults {
    const char *path;
    char text[1024 * 1024];
};

/* The last of the lines that a backslash makes one of: comments in between are passed over. */
static unsigned last_line(const struct faults *faults, unsigned line)
{
    const char *at = faults->text;
    bool goes_on = false;
    unsigned number = 1;

    for (; *at; number++) {
        size_t length = strcspn(at, "\n"), end = length - (length > 0 && at[length - 1] == '\r');
        bool is_comment = strchr("#;", at[strspn(at, " \t")]) && at[strspn(at, " \t")];

        if (number >= line && !(goes_on && is_comment))
            goes_on = end > 0 && at[end - 1] == '\\';
        if (number >= line && !goes_on)
            return number;
        at += length + (at[length] == '\n');
    }
    return goes_on ? number : line;
}

static void hear_fault(void *context, const struct problem *problem)
{
    const struct faults *faults = context;
    size_t length = strlen(problem->text), tail = strlen("Refusing");
    bool is_whole = length > tail && strcmp(problem->text + length - tail, "Refusing") == 0;
    bool is_refused = setting_verdict_of(problem->level) == SETTING_REFUSED;

    if (problem->level != PROBLEM_ADVICE && !is_refused &&
        setting_verdict_of(problem->level) != SETTING_WRONG)
        return;
    /* What it refuses as a whole, systemd says of the unit. */
    printf("%s:%u\t%s%s\n", faults->path, is_whole ? 0 : last_line(faults, problem->line),
           is_refused ? "refused\t" : "", problem->text);
}

static int print_faults(char **files)
{
    static struct faults faults;

    for (; *files; files++) {
        struct problem_sink sink = { .report = hear_fault, .context = &faults };
        FILE *stream = fopen(*files, "r");

        if (!stream)
            return 2;
        faults.path = strrchr(*files, '/') + 1;
        faults.text[fread(faults.text, 1, sizeof(faults.text) - 1, stream)] = '\0';
        fclose(stream);
        if (load(*files, &sink) < 0)
            return 2;
    }
    return 0;
}

/* What the text stands for in a unit of each name; "error" where it or the name is none. */
static int expand(const char *text, char **names)
{
    struct arena arena;

    arena_init(&arena);
    for (; *names; names++) {
        const struct specifier_context context = { .roots = &loader_roots,
                                                   .unit_name = *names,
                                                   .fragment_path = *names };
        struct specifier_problem problem;
        enum unit_kind kind;
        char *expanded;

        if (unit_name_parse(*names, &kind) &&
            specifier_expand(&context, text, &arena, &problem, &expanded) == 0)
            printf("%s\n", expanded);
        else
            puts("error");
    }
    arena_release(&arena);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[1], "timespan") == 0)
        return timespan(argv + 2);
    if (argc > 2 && strcmp(argv[1], "verify") == 0)
        return verify(argv + 2);
    if (argc > 2 && strcmp(argv[1], "faults") == 0)
        return print_faults(argv + 2);
    if (argc > 3 && strcmp(argv[1], "expand") == 0)
        return expand(argv[2], argv + 3);
    if (argc > 3 && strcmp(argv[1], "known") == 0)
        return !directive_find(argv[2], argv[3]) && !known_find(argv[2], argv[3]);
    fprintf(stderr, "usage: tool_unit timespan|verify|known ...\n");
    return 2;
}

/*
 * Whether conditions hold here, as PID 1 would find: tool_condition 'ConditionX=…'...
 *
 * Ends with 0 when all hold, 1 when one does not (and names it), 2 when the loader refuses them.
 */
#include "supervisor/files/roots.h"
#include "supervisor/init/condition.h"
#include "supervisor/unit/unit_set.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void print_problem(void *context, const struct problem *problem)
{
    char line[1024];

    (void)context;
    problem_format(problem, line, sizeof(line));
    fprintf(stderr, "%s\n", line);
}

int main(int argc, char **argv)
{
    static char text[65536] = "[Unit]\n";
    struct unit_roots roots = { 0 };
    struct unit_text part = { .path = "arguments", .text = text };
    struct unit_source source = { .name = "x.target", .parts = &part, .part_count = 1 };
    struct problem_sink sink = { .report = print_problem };
    struct condition_context context = { .roots = &roots, .uid = geteuid(), .gid = getegid() };
    const struct condition *culprit = NULL;
    struct unit_set set;

    for (int i = 1; i < argc; i++) {
        strncat(text, argv[i], sizeof(text) - strlen(text) - 2);
        strcat(text, "\n");
    }
    part.size = strlen(text);
    if (roots_find(&roots, geteuid(), getegid()) < 0 || unit_set_init(&set, &roots) < 0 ||
        unit_set_add(&set, &source, &sink) < 0)
        return 2;
    if (conditions_hold(set.specs[0]->conditions, false, &context, &culprit) &&
        conditions_hold(set.specs[0]->conditions, true, &context, &culprit))
        return 0;
    printf("%s=%s does not hold\n", culprit->check, culprit->parameter);
    return 1;
}

#ifndef REEVE_CTL_VERIFY_H
#define REEVE_CTL_VERIFY_H

/*
 * reevectl verify: what becomes of each setting of unit files, without a pod. It listens to the
 * loader (supervisor/unit/setting.h), to the graph, to the planner of the sandbox and to the look
 * at programs and directories, all of which PID 1 decides by; it has no opinion of its own.
 */

#include "supervisor/unit/unit_set.h"

#include <stdio.h>

enum { VERIFY_NONE = -1 };

/* All strings are in the arena. Indices are those of the arrays of struct verify. */
struct verify_problem {
    enum problem_level level;
    const char *path, *text, *hint;
    unsigned line, column;
    int next; /* of the same setting; VERIFY_NONE at the end */
    int unit; /* VERIFY_NONE: of none that is known */
    bool has_setting;
    bool is_hidden; /* of a file that nobody asked for */
};

struct verify_setting {
    const char *section, *key, *value, *path;
    unsigned line, column, last_line;
    enum setting_verdict verdict;
    const char *remark; /* why it is inert though nobody complains; what holds it; NULL for none */
    int first, last;    /* problems */
};

struct verify_unit {
    const char *name, *path;
    size_t first, count; /* settings */
    unsigned totals[SETTING_VERDICT_COUNT];
    bool is_selected;
};

struct verify {
    struct arena arena;
    struct verify_unit *units;
    struct verify_setting *settings;
    struct verify_problem *problems;
    size_t unit_count, setting_count, problem_count;
    int current; /* unit that is being told of */
    int error;   /* -ENOMEM, once */
    bool is_verbose;
};

/* The sinks that fill it in; the context is the struct verify. */
void verify_hear_unit(void *context, const char *name, const char *path);
void verify_hear_setting(void *context, const struct setting *setting);
void verify_hear_problem(void *context, const struct problem *problem);

/* The unit of that name; VERIFY_NONE. */
int verify_find_unit(const struct verify *verify, const char *name);

/* Whether it is about something that was asked for. */
bool verify_is_told(const struct verify *verify, const struct verify_problem *problem);

/* What the sandbox says of a directive of the current unit that it holds. */
void verify_hear_remark(struct verify *verify, const char *key, const char *remark);

/* Once all is told: the verdicts. Whether nothing that is selected is refused or wrong. */
bool verify_judge(struct verify *verify);
void verify_release(struct verify *verify);

void verify_print_text(const struct verify *verify, FILE *out);
void verify_print_json(const struct verify *verify, FILE *out);

/* The whole of `reevectl verify ARGUMENTS...`; argv[0] is "verify". Returns an exit status. */
int verify_main(int argc, char **argv);

#endif

#ifndef REEVE_CTL_SIMULATE_H
#define REEVE_CTL_SIMULATE_H

/* reevectl simulate: the pure simulator of supervisor/unit with a command line, files and pictures.
 */

#include "supervisor/unit/simulate_assert.h"

#include <stdio.h>

enum { SIMULATE_DIRECTORIES_MAX = 16, SIMULATE_ASSERTIONS_MAX = 64 };

struct simulate {
    const char *directories[SIMULATE_DIRECTORIES_MAX + 1]; /* --units; NULL-terminated */
    const char *scenario_path, *svg_path;
    const char *assertion_texts[SIMULATE_ASSERTIONS_MAX];
    size_t assertion_count;
    bool is_json, is_quiet;

    struct unit_set set;
    struct scenario scenario;
    struct simulation_options options;
    struct simulation simulation;
    struct assertion assertions[SIMULATE_ASSERTIONS_MAX];
    struct assertion *looks[SIMULATE_ASSERTIONS_MAX]; /* those with a time, by time */
    unit_id *targets;
    /* Of the trace that is being printed. */
    struct trace last;
    int name_width;
    bool is_line_open, has_lines;
};

/* The whole of `reevectl simulate ARGUMENTS...`; argv[0] is "simulate". Returns an exit status. */
int simulate_main(int argc, char **argv);

/* What ended it, in words. */
const char *simulate_end_text(const struct simulate *simulate);

void simulate_text_trace(struct simulate *simulate, const struct trace *trace);
void simulate_text_summary(struct simulate *simulate);

void simulate_json_trace(struct simulate *simulate, const struct trace *trace);
void simulate_json_summary(struct simulate *simulate);

/* A row per unit, the time from left to right. */
void simulate_svg(const struct simulate *simulate, FILE *file);

/* "ExecStart=/bin/redis-server /etc/redis.conf", for ACTION_SPAWN while its state lasts. */
void simulate_command(const struct simulate *simulate, const struct unit_action *action,
                      char *buffer, size_t size);

#endif

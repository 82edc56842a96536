#ifndef REEVE_CTL_LOGS_H
#define REEVE_CTL_LOGS_H

/* `reevectl logs`: the lines that reeve-log keeps, with the options of journalctl(1). */

#include "supervisor/ctl/log_print.h"
#include "supervisor/ctl/log_reader.h"
#include "supervisor/ctl/log_select.h"

struct logs {
    struct client client;
    struct log_select select;
    struct log_style style;
    uint64_t since_us, until_us, after_sequence;
    uint64_t lines; /* LOG_ALL_LINES: all */
    bool has_lines, is_following, is_reverse, is_quiet, shows_cursor;
    const char *grep;
    int ignores_case; /* -1: when the pattern is all in small letters */
    regex_t pattern;
    char host[256], boot_id[40];
    char names[LOG_NAMES_MAX][LOG_NAME_SIZE]; /* what select.units points to */
};

/* 0: go on; 1: done; -EINVAL: wrong, and told on stderr. */
int logs_read_options(int argc, char **argv, struct logs *logs) MUST_CHECK;

int logs_main(int argc, char **argv);

#endif

#ifndef REEVE_UNIT_SIMULATE_WORDS_H
#define REEVE_UNIT_SIMULATE_WORDS_H

/* The words of one line of a scenario, taken one after the other. What cannot be taken is reported
 * with its column, and the functions return false. Internal to the parser of scenarios. */

#include "supervisor/unit/simulate_scenario.h"

enum { SCENARIO_WORDS_MAX = 16 };

/* The words end in NUL, inside the copy of the text. */
struct scenario_line {
    char *words[SCENARIO_WORDS_MAX + 1];
    unsigned columns[SCENARIO_WORDS_MAX + 1];
    size_t count, at; /* `at`: the word that is looked at */
};

struct scenario_parser {
    struct scenario *scenario;
    const struct unit_set *set;
    struct problem_sink *sink;
    struct problem_place place;
    struct scenario_line line;
    bool is_out_of_memory;
};

/* Reports it at the word that is looked at; always false. */
bool line_wrong(struct scenario_parser *parser, const char *hint, const char *what);
void line_warn(struct scenario_parser *parser, const char *hint, const char *text);
/* "" at the end of the line. */
const char *line_peek(const struct scenario_parser *parser);
/* Takes this word if it is there; silent otherwise. */
bool line_accept(struct scenario_parser *parser, const char *word);
bool line_expect(struct scenario_parser *parser, const char *word, const char *hint);
bool line_at_end(struct scenario_parser *parser);
bool line_time(struct scenario_parser *parser, uint64_t *ret_us);
bool line_duration(struct scenario_parser *parser, struct duration *ret_duration);
bool line_number(struct scenario_parser *parser, unsigned least, unsigned most,
                 unsigned *ret_number);
bool line_unit(struct scenario_parser *parser, unit_id *ret_id);
bool line_service(struct scenario_parser *parser, unit_id *ret_id);
/* "exits N", "dies SIGNAL". */
bool line_exit(struct scenario_parser *parser, struct process_exit *ret_exit);
bool line_is_exit(const struct scenario_parser *parser);

#endif

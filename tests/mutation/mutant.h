#ifndef TESTS_MUTATION_MUTANT_H
#define TESTS_MUTATION_MUTANT_H

/*
 * One change to the state machine's table: a cell leads elsewhere, or a member of a state's row has
 * another value. Compares with the real table, which the linker calls __real_… (see mutation.c).
 */

#include "supervisor/unit/machine.h"

#include <stdbool.h>

enum part { PART_MOVE, PART_NAME, PART_ACTIVE, PART_RUN, PART_KILL, PART_DEADLINE, PART_COUNT };

/* The values of a move are the next states and these two. */
enum { MOVE_STAY = STATE_COUNT, MOVE_UNDECIDED, MOVE_VALUES };

struct mutant {
    enum part part;
    enum unit_state state;
    enum unit_event event; /* PART_MOVE; else EVENT_COUNT */
    int value;
};

/* How many values the part may have: 0 and on. */
int mutant_values(enum part part);
/* What stands in the table in its place. */
int mutant_real_value(const struct mutant *mutant);
/* What the table says instead. */
struct unit_move mutant_move(const struct mutant *mutant);
struct state_info mutant_info(const struct mutant *mutant);
/* Why nothing at all is different; NULL: something is. */
const char *mutant_excuse(const struct mutant *mutant);
/* As a remark of TAP. */
void mutant_print(const char *what, const struct mutant *mutant);

struct unit_move __real_unit_move(enum unit_state state, enum unit_event event);
const struct state_info *__real_unit_state_info(enum unit_state state);

#endif

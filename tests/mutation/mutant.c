#include "tests/mutation/mutant.h"

#include <stdio.h>

enum { ANY_VALUE = -1 };

/*
 * What cannot be found out since nothing is different: each with its reason. Who stands here and is
 * found out all the same is as wrong as one who survives and does not.
 */
static const struct excuse {
    struct mutant mutant;
    const char *reason;
} excuses[] = {
    { { PART_DEADLINE, STATE_DEAD_BEFORE_AUTO_RESTART, EVENT_COUNT, ANY_VALUE },
      "the state is left in the same step, and then has the deadline of the next" },
    { { PART_DEADLINE, STATE_FAILED_BEFORE_AUTO_RESTART, EVENT_COUNT, ANY_VALUE },
      "the state is left in the same step, and then has the deadline of the next" },
    { { PART_DEADLINE, STATE_ACTIVE, EVENT_COUNT, DEADLINE_RUNTIME },
      "only targets are in this state, and they have no RuntimeMaxSec=" },
    { { PART_DEADLINE, STATE_PATH_WAITING, EVENT_COUNT, DEADLINE_RUNTIME },
      "only path units are in this state, and they have no RuntimeMaxSec=" },
    { { PART_DEADLINE, STATE_PATH_RUNNING, EVENT_COUNT, DEADLINE_RUNTIME },
      "only path units are in this state, and they have no RuntimeMaxSec=" },
    { { PART_MOVE, STATE_RELOAD_SIGNAL, EVENT_MAIN_REMAINS, STATE_RELOAD },
      "without ExecReload=, as everybody is here, it leads on by the same event" },
};

int mutant_values(enum part part)
{
    static const int values[PART_COUNT] = {
        [PART_MOVE] = MOVE_VALUES,
        [PART_NAME] = 2, /* the real one is 0 */
        [PART_ACTIVE] = ACTIVE_RELOADING + 1,
        [PART_RUN] = LIST_STOP_POST + 1,
        [PART_KILL] = KILL_STAGE_FINAL + 1,
        [PART_DEADLINE] = DEADLINE_RESTART + 1,
    };

    return values[part];
}

int mutant_real_value(const struct mutant *mutant)
{
    struct unit_move move = __real_unit_move(mutant->state, mutant->event);
    const struct state_info *info = __real_unit_state_info(mutant->state);

    switch (mutant->part) {
    case PART_MOVE:
        return !move.decided ? MOVE_UNDECIDED : move.stay ? MOVE_STAY : (int)move.next;
    case PART_ACTIVE:
        return (int)info->active;
    case PART_RUN:
        return (int)info->run;
    case PART_KILL:
        return (int)info->kill;
    case PART_DEADLINE:
        return (int)info->deadline;
    case PART_NAME:
    case PART_COUNT:
        break;
    }
    return 0;
}

struct unit_move mutant_move(const struct mutant *mutant)
{
    return (struct unit_move){
        .decided = mutant->value != MOVE_UNDECIDED,
        .stay = mutant->value == MOVE_STAY,
        .next = mutant->value < STATE_COUNT ? (enum unit_state)mutant->value : STATE_DEAD,
    };
}

struct state_info mutant_info(const struct mutant *mutant)
{
    struct state_info info = *__real_unit_state_info(mutant->state);

    switch (mutant->part) {
    case PART_NAME:
        info.name = "mutant";
        break;
    case PART_ACTIVE:
        info.active = (enum active_state)mutant->value;
        break;
    case PART_RUN:
        info.run = (enum command_list)mutant->value;
        break;
    case PART_KILL:
        info.kill = (enum kill_stage)mutant->value;
        break;
    case PART_DEADLINE:
        info.deadline = (enum deadline_kind)mutant->value;
        break;
    case PART_MOVE:
    case PART_COUNT:
        break;
    }
    return info;
}

const char *mutant_excuse(const struct mutant *mutant)
{
    for (size_t i = 0; i < ARRAY_SIZE(excuses); i++) {
        const struct mutant *excused = &excuses[i].mutant;

        if (excused->part == mutant->part && excused->state == mutant->state &&
            excused->event == mutant->event &&
            (excused->value == ANY_VALUE || excused->value == mutant->value))
            return excuses[i].reason;
    }
    return NULL;
}

void mutant_print(const char *what, const struct mutant *mutant)
{
    static const char *const parts[PART_COUNT] = {
        [PART_NAME] = "name", [PART_ACTIVE] = "active",     [PART_RUN] = "list",
        [PART_KILL] = "kill", [PART_DEADLINE] = "deadline",
    };
    const char *state = __real_unit_state_info(mutant->state)->name;

    if (mutant->part != PART_MOVE)
        printf("# %s: %s, %s %d instead of %d\n", what, state, parts[mutant->part], mutant->value,
               mutant_real_value(mutant));
    else
        printf("# %s: (%s, %s) -> %s\n", what, state, unit_event_name(mutant->event),
               mutant->value == MOVE_UNDECIDED ? "undecided"
               : mutant->value == MOVE_STAY
                   ? "stay"
                   : __real_unit_state_info((enum unit_state)mutant->value)->name);
}

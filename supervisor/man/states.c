/*
 * Prints reeve-states(7): the table of supervisor/unit/machine.c as mdoc(7). The build runs it, so
 * that the page is what the program does.
 */

#include "supervisor/unit/machine.h"

#include <stdio.h>

static const char *list_text(enum command_list list)
{
    static const char *const texts[] = {
        [LIST_NONE] = "",
        [LIST_CONDITION] = "ExecCondition=",
        [LIST_START_PRE] = "ExecStartPre=",
        [LIST_START] = "ExecStart=",
        [LIST_START_POST] = "ExecStartPost=",
        [LIST_RELOAD] = "ExecReload=",
        [LIST_STOP] = "ExecStop=",
        [LIST_STOP_POST] = "ExecStopPost=",
    };

    return texts[list];
}

static const char *kill_text(enum kill_stage stage)
{
    static const char *const texts[] = {
        [KILL_STAGE_NONE] = "",
        [KILL_STAGE_TERM] = "KillSignal=",
        [KILL_STAGE_ABORT] = "WatchdogSignal=",
        [KILL_STAGE_FINAL] = "FinalKillSignal=",
    };

    return texts[stage];
}

static const char *deadline_text(enum deadline_kind deadline)
{
    static const char *const texts[] = {
        [DEADLINE_NONE] = "",
        [DEADLINE_START] = "TimeoutStartSec=",
        [DEADLINE_RUNTIME] = "RuntimeMaxSec=",
        [DEADLINE_STOP] = "TimeoutStopSec=",
        [DEADLINE_ABORT] = "TimeoutAbortSec=",
        [DEADLINE_RESTART] = "RestartSec=",
    };

    return texts[deadline];
}

static const char *event_text(enum unit_event event)
{
    static const char *const texts[EVENT_COUNT] = {
        [EVENT_START] = "a start job runs",
        [EVENT_REACH] = "a start job of a target runs",
        [EVENT_WATCH] = "a path unit has nothing to do but to wait",
        [EVENT_TRIGGER] = "a path is there or has changed, or what is triggered is up",
        [EVENT_STOP] = "a stop job runs",
        [EVENT_RELOAD] = "a reload job runs",
        [EVENT_READY] = "all that readiness waits for has come",
        [EVENT_SKIP] = "ExecCondition= says no",
        [EVENT_LIST_DONE] = "the commands of the state have succeeded, or there are none",
        [EVENT_LIST_FAILED] = "one of the commands of the state failed",
        [EVENT_UP] = "the unit has come up, or is up again after a reload",
        [EVENT_MAIN_DONE] = "the main process ended well",
        [EVENT_MAIN_REMAINS] = "the main process ended well, and RemainAfterExit=yes",
        [EVENT_MAIN_FAILED] = "the main process ended badly, or too early",
        [EVENT_RELOAD_SIGNAL] = "ReloadSignal= is all that was to be done",
        [EVENT_RELOADING] = "the service says RELOADING=1",
        [EVENT_STOPPING] = "the service says STOPPING=1",
        [EVENT_WATCHDOG] = "no WATCHDOG=1 in time, or WATCHDOG=trigger",
        [EVENT_GONE] = "neither a main nor a control process is left",
        [EVENT_EMPTY] = "no process of the unit is left",
        [EVENT_DEADLINE] = "the deadline has passed",
        [EVENT_DEADLINE_ABORT] = "the same, with Timeout...FailureMode=abort",
        [EVENT_DEADLINE_KILL] = "the same, with Timeout...FailureMode=kill",
        [EVENT_END_DEAD] = "all is over: stopped, or succeeded",
        [EVENT_END_FAILED] = "all is over: failed",
        [EVENT_END_RESTART] = "all is over, and begins again",
        [EVENT_END_DEAD_RESTART] = "the same after a success, which others see",
        [EVENT_END_FAILED_RESTART] = "the same after a failure, which others see",
        [EVENT_REFUSED] =
            "the start limit is hit, a path cannot be watched, or there can be no job",
    };

    return texts[event];
}

static void print_states(void)
{
    puts(".Sh STATES\n"
         "On entering a state, its commands are run, the signal is sent by\n"
         ".Cm KillMode= ,\n"
         "and the deadline is set; what the state does not have is left out.\n"
         ".Bl -tag -width 26n");
    for (int i = 0; i < STATE_COUNT; i++) {
        const struct state_info *info = unit_state_info((enum unit_state)i);

        printf(".It Li %s\n%s", info->name, active_state_name(info->active));
        if (info->run != LIST_NONE)
            printf(", runs %s", list_text(info->run));
        if (info->kill != KILL_STAGE_NONE)
            printf(", sends %s", kill_text(info->kill));
        if (info->deadline != DEADLINE_NONE)
            printf(", for %s at most", deadline_text(info->deadline));
        puts("");
    }
    puts(".El");
}

static void print_moves_of(enum unit_state state)
{
    printf(".Ss From %s\n.Bl -tag -width 26n -compact\n", unit_state_info(state)->name);
    for (int event = 0; event < EVENT_COUNT; event++) {
        struct unit_move move = unit_move(state, (enum unit_event)event);

        if (!move.decided)
            continue;
        printf(".It Li %s\n", unit_event_name((enum unit_event)event));
        if (move.stay)
            puts("nothing happens");
        else
            printf("to\n.Li %s\n", unit_state_info(move.next)->name);
    }
    puts(".El");
}

static void print_events(void)
{
    puts(".Sh EVENTS\n.Bl -tag -width 26n");
    for (int event = 0; event < EVENT_COUNT; event++)
        printf(".It Li %s\n%s\n", unit_event_name((enum unit_event)event),
               event_text((enum unit_event)event));
    puts(".El");
}

int main(void)
{
    puts(".\\\" Written by supervisor/man/states.c from supervisor/unit/machine.c.\n"
         ".Dd November 25, 2026\n"
         ".Dt REEVE-STATES 7\n"
         ".Os\n"
         ".Sh NAME\n"
         ".Nm reeve-states\n"
         ".Nd the states of a unit, and what leads from each to the next\n"
         ".Sh DESCRIPTION\n"
         "The states are the sub-states of\n"
         ".Xr systemd 1 ,\n"
         "as\n"
         ".Ql reevectl status\n"
         "and the property\n"
         ".Cm SubState\n"
         "name them, each with the ActiveState that it counts as.\n"
         "This page is made from the table that\n"
         ".Xr reeve 8\n"
         "runs by.\n"
         "An event that is missing at a state cannot come in it.\n"
         "Others see a unit in the state where it comes to rest: those without commands\n"
         "to run or processes to end are passed at once.");
    print_states();
    print_events();
    puts(".Sh TRANSITIONS");
    for (int state = 0; state < STATE_COUNT; state++)
        print_moves_of((enum unit_state)state);
    puts(".Sh SEE ALSO\n"
         ".Xr reevectl 1 ,\n"
         ".Xr systemd.service 5 ,\n"
         ".Xr reeve 8");
    return 0;
}

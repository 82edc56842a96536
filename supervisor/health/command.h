#ifndef REEVE_HEALTH_COMMAND_H
#define REEVE_HEALTH_COMMAND_H

/*
 * A probe that is a command: exit status 0 within the time-out is good. It runs in a process group
 * of its own, with an environment of PATH, HOME and LANG only, standard input from /dev/null; the
 * last line that it prints is the message. When it has ended or is cancelled its whole group is
 * killed, and what left the group by setsid() is killed as soon as its parent is gone: this process
 * is the subreaper of all that its probes start. Should this process itself be killed, PID 1 ends
 * what it left, as with any unit.
 */

#include "supervisor/health/loop.h"
#include "supervisor/wire/wire.h"

#include <sys/types.h>

typedef void command_done(void *context, bool is_good, const char *message);

struct command {
    struct loop *loop;
    char **words; /* borrowed */
    command_done *done;
    void *context;
    pid_t pid;                 /* 0: none runs */
    struct loop_watch output;  /* its stdout and stderr */
    char line[WIRE_TEXT_SIZE]; /* under construction; cut to fit */
    size_t line_length;
    char last_line[WIRE_TEXT_SIZE];
    struct command *next; /* of the running ones */
};

/* All commands that run; children are reaped here. */
struct commands {
    struct loop *loop;
    struct loop_watch signals; /* SIGCHLD */
    struct command *running;
};

/* Makes this process a subreaper; blocks SIGCHLD. 0 or a negative errno. */
int commands_init(struct commands *commands, struct loop *loop) MUST_CHECK;
/* Kills all that run. */
void commands_release(struct commands *commands);

void command_init(struct command *command, struct loop *loop, char **words);
/* May call done() before it returns: when the program cannot be run. */
void command_start(struct commands *commands, struct command *command);
/* Kills the group, without a call of done(). Accepts one that does not run. */
void command_cancel(struct commands *commands, struct command *command);

#endif

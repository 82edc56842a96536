#ifndef REEVE_INIT_ACT_H
#define REEVE_INIT_ACT_H

/* Performs what the engine asks for; decides nothing. */

#include "supervisor/init/pod.h"

/* For the loop, after each round: performs all actions, tells the peers, sets the timer. */
void act_settle(void *pod);
/* For the loop's timer. */
void act_tick(void *pod);

/* SIGTERM and the like: the ordered stop; a second SIGINT hurries it. `signal`: which; 0: none, it
 * was asked for over the control socket. */
void act_stop(struct pod *pod, int signal);
void act_signal_stop(void *pod, int signal, pid_t sender);
/* SIGHUP. */
void act_signal_reload(void *pod, int signal, pid_t sender);
/* 0, or why the old units stay. */
int act_reload(struct pod *pod);

#endif

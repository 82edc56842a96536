#ifndef REEVE_INIT_FIND_MAIN_H
#define REEVE_INIT_FIND_MAIN_H

/*
 * Type=forking: which process is the main one (systemd.service(5), PIDFile= and GuessMainPID=). A
 * pid file may take its time: it is watched until it names a living process of the unit, or until
 * TimeoutStartSec= is over. Without one, the only child of ours that carries the unit's seal is it.
 */

#include "supervisor/init/pod.h"

/* Performs ACTION_FIND_MAIN; if it may wait, the answer may come later. */
void find_main(struct pod *pod, unit_id id, bool may_wait);

/* The unit's main process has ended: whether PIDFile= names another one by then, which is the main
 * process from now on. */
bool find_main_successor(struct pod *pod, unit_id id);

/* systemd.service(5): a pid file is removed when the service is down. */
void find_main_cleanup(const struct pod *pod, unit_id id);

/* For the loop: the directories of the pid files that are waited for. */
int find_main_open(struct pod *pod) MUST_CHECK;
void find_main_look(void *pod, uint32_t events);

#endif

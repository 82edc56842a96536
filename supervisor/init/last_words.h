#ifndef REEVE_INIT_LAST_WORDS_H
#define REEVE_INIT_LAST_WORDS_H

/*
 * Why a pod ends with a status other than 0, in a few lines from the flight recorder: the last that
 * it writes to its standard output, and what reeve-log writes where Kubernetes looks for it.
 */

#include "supervisor/init/pod.h"

/*
 * At the very beginning, before reeve becomes another user or changes what it sees of the file
 * system: opens /dev/termination-log, or $REEVE_TERMINATION_LOG, when it is there and is a plain
 * file. PID 1 never writes to it, since it may lie on a disk that hangs: reeve-log is given the
 * descriptor. -1: there is none.
 */
int last_words_open(void);

/* A helper is about to be stopped: when it is reeve-log, and the pod ends, it is told. */
void last_words_tell(struct pod *pod, unit_id id);

/* To our standard output, when all else has been written. Does not wait for who does not read. */
void last_words_print(struct pod *pod);

#endif

#ifndef REEVE_INIT_TRACK_H
#define REEVE_INIT_TRACK_H

/*
 * Finding and signalling the processes of a unit, exactly and without privileges: its main and
 * control processes, all their descendants, and strays that were re-parented to us and still carry
 * the unit's seal (sandbox/seal.h).
 */

#include "supervisor/init/pod.h"

int track_init(struct pod *pod) MUST_CHECK;

/* The unit that any process of our namespace belongs to, also a short-lived one; UNIT_NONE. */
unit_id track_owner(struct pod *pod, pid_t pid);

/* Whether it carries a seal of ours, also that of a unit which is no more (reload.h). */
bool track_is_sealed(const struct pod *pod, pid_t pid);

/* A new turn of the loop: what was seen in the last one is forgotten. */
void track_turn_begins(struct pod *pod);

/*
 * Signals the unit for ACTION_SIGNAL: whom and with what follows from `stage`, KillMode= and the
 * rest of systemd.kill(5). Returns whether there is anybody to wait for.
 */
bool track_signal(struct pod *pod, unit_id id, enum kill_stage stage, int signal);

/*
 * When many units stop at once, /proc is not looked at before all have been told: of those beyond
 * TURN_WALKS the process group is, and this tells the others, as far as they are still there. To be
 * called when pod->owed_us has come.
 */
void track_pay(struct pod *pod);

/* The only living child of ours, beside the control process, that belongs to the unit; 0: none, or
 * several. */
pid_t track_only_child(struct pod *pod, unit_id id);

/*
 * Sets `has_strays` of each member: whether a child of ours, that is neither a main nor a control
 * process, carries the unit's seal. The last process of a unit is always a child of ours.
 */
void track_mark_living(struct pod *pod);

/*
 * Lists the processes of the unit, as one look finds them, at most UNIT_PROCESSES_MAX. The list is
 * valid until the next call of this module.
 */
size_t track_list(struct pod *pod, unit_id id, const pid_t **ret_pids);

/* SIGKILL for every process but our own and the helpers; the very last measure before the exit. */
void track_kill_everything(struct pod *pod);

#endif

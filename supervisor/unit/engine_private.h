#ifndef REEVE_UNIT_ENGINE_PRIVATE_H
#define REEVE_UNIT_ENGINE_PRIVATE_H

/* Between engine.c (one unit), news.c (what happened to it) and jobs.c (all of them). */

#include "supervisor/unit/engine.h"

static inline const struct unit_spec *spec_of(const struct engine *engine, unit_id id)
{
    return engine->set->specs[id];
}

/* Asks the shell for the next command of the present state's list. */
void unit_spawn(struct engine *engine, unit_id id, const struct exec_command *command,
                uint64_t now_us);
/* What the end of the main process means for a unit that is up. */
enum unit_event unit_main_event(const struct engine *engine, unit_id id, enum unit_result result);

/* Feeds one event, and what follows from it at once, into a unit's machine. */
void unit_raise(struct engine *engine, unit_id id, enum unit_event event, uint64_t now_us);

void engine_note(struct engine *engine, unit_id id, enum note note, int64_t a, int64_t b);
void engine_exit(struct engine *engine, int status);

/* Called by a unit that entered a new state: completes its job, wakes those that wait. */
void jobs_state_changed(struct engine *engine, unit_id id, uint64_t now_us);
/* The delay of an automatic restart is over: start it, and restart what requires it. */
void jobs_auto_restart(struct engine *engine, unit_id id);
/* Gives every unit a stop job; the first call decides on the exit status. */
void jobs_shutdown(struct engine *engine, int exit_status, uint64_t now_us);
/* Runs what can run until nothing moves; then looks whether the pod is at its end. */
void jobs_settle(struct engine *engine, uint64_t now_us);

#endif

#ifndef TESTS_MODEL_MODEL_PRIVATE_H
#define TESTS_MODEL_MODEL_PRIVATE_H

/* Between model.c (what the engine asks for is done) and happenings.c (what happens by itself). */

#include "tests/model/model.h"

/* A stray takes the place of the main process, which goes on as a stray if it lives. */
pid_t model_promote(struct model *model, unit_id id);
/* The search for the main process is over; false: nobody seeks, or there is nobody to be found. */
bool model_find(struct model *model, unit_id id, bool is_found);
/* What init/ does after each exit, before it performs anything: was that the last one? */
void model_look_for_the_last(struct model *model);
/* Tells the engine; false: it cannot happen now. */
bool model_apply(struct model *model, unit_id id, enum happening happening);

#endif

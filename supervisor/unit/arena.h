#ifndef REEVE_UNIT_ARENA_H
#define REEVE_UNIT_ARENA_H

/*
 * An arena holds everything that one loaded unit set owns: strings, lists, commands. Nothing in it
 * is freed alone; a reload builds a new set in a new arena and releases the old arena whole.
 * All functions return NULL only when memory is exhausted.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>

struct arena_block;

struct arena {
    struct arena_block *newest;
    size_t bytes; /* handed out, for `reevectl` and for tests */
};

void arena_init(struct arena *arena);
/* Accepts an empty arena. */
void arena_release(struct arena *arena);
/* Whether the bytes are a part of it. */
bool arena_owns(const struct arena *arena, const void *bytes);
/* Zeroed memory, aligned for any object. */
void *arena_get(struct arena *arena, size_t size) MUST_CHECK;
char *arena_copy(struct arena *arena, const char *text, size_t length) MUST_CHECK;
char *arena_string(struct arena *arena, const char *text) MUST_CHECK;

#endif

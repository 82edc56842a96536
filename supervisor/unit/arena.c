#include "supervisor/unit/arena.h"

#include <stdalign.h>
#include <string.h>

/* A small first block for who needs little; behind it large ones, whose tails, too short for the
 * next object, are a small part of them. */
enum { FIRST_BLOCK_SIZE = 4096, BLOCK_SIZE = 16384 };

/* Objects from the beginning, texts, which need no alignment, from the end. */
struct arena_block {
    struct arena_block *older;
    size_t used, size; /* `size` ends where the texts begin */
    alignas(max_align_t) unsigned char bytes[];
};

void arena_init(struct arena *arena)
{
    *arena = (struct arena){ 0 };
}

void arena_release(struct arena *arena)
{
    while (arena->newest) {
        struct arena_block *older = arena->newest->older;

        free(arena->newest);
        arena->newest = older;
    }
    arena->bytes = 0;
}

/* The block that has so much room. */
static struct arena_block *block_for(struct arena *arena, size_t size)
{
    struct arena_block *block = arena->newest;
    size_t room = (block ? BLOCK_SIZE : FIRST_BLOCK_SIZE) - sizeof(*block);

    if (block && block->size - block->used >= size)
        return block;
    if (room < size)
        room = size;
    block = calloc(1, sizeof(*block) + room);
    if (!block)
        return NULL;
    block->older = arena->newest;
    block->size = room;
    arena->newest = block;
    return block;
}

bool arena_owns(const struct arena *arena, const void *bytes)
{
    uintptr_t at = (uintptr_t)bytes;

    for (const struct arena_block *block = arena->newest; block; block = block->older)
        if (at >= (uintptr_t)block->bytes && at < (uintptr_t)block->bytes + block->used)
            return true;
    return false;
}

void *arena_get(struct arena *arena, size_t size)
{
    size_t rounded = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    struct arena_block *block = rounded < size ? NULL : block_for(arena, rounded);

    if (!block)
        return NULL;
    block->used += rounded;
    arena->bytes += rounded;
    return block->bytes + block->used - rounded;
}

char *arena_copy(struct arena *arena, const char *text, size_t length)
{
    struct arena_block *block = block_for(arena, length + 1);

    if (!block)
        return NULL;
    block->size -= length + 1;
    arena->bytes += length + 1;
    return memcpy(block->bytes + block->size, text, length);
}

char *arena_string(struct arena *arena, const char *text)
{
    return arena_copy(arena, text, strlen(text));
}

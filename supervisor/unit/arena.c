#include "supervisor/unit/arena.h"

#include <stdalign.h>
#include <string.h>

enum { BLOCK_SIZE = 4096 };

struct arena_block {
    struct arena_block *older;
    size_t used, size;
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

void *arena_get(struct arena *arena, size_t size)
{
    size_t rounded = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    struct arena_block *block = arena->newest;

    if (rounded < size)
        return NULL;
    if (!block || block->size - block->used < rounded) {
        size_t room = BLOCK_SIZE - sizeof(*block);

        if (room < rounded)
            room = rounded;
        block = calloc(1, sizeof(*block) + room);
        if (!block)
            return NULL;
        block->older = arena->newest;
        block->size = room;
        arena->newest = block;
    }
    block->used += rounded;
    arena->bytes += rounded;
    return block->bytes + block->used - rounded;
}

char *arena_copy(struct arena *arena, const char *text, size_t length)
{
    char *copy = arena_get(arena, length + 1);

    if (copy)
        memcpy(copy, text, length);
    return copy;
}

char *arena_string(struct arena *arena, const char *text)
{
    return arena_copy(arena, text, strlen(text));
}

#include "supervisor/log/progress.h"

void progress_begin(struct progress *progress, struct turn *turn, const struct output *out)
{
    progress->turn = turn;
    progress->base = out->written;
    progress->count = progress->written = 0;
}

void progress_update(struct progress *progress, const struct output *out)
{
    uint64_t through = out->written - progress->base;

    if (!progress->turn)
        return;
    while (progress->written < progress->count && progress->ends[progress->written] <= through)
        progress->written++;
    __atomic_store_n(&progress->turn->written, progress->written, __ATOMIC_RELEASE);
}

void progress_line(struct progress *progress, const struct output *out)
{
    if (!progress->turn || progress->count == TURN_BYTES)
        return;
    progress->ends[progress->count++] = (uint32_t)(out->written + out->used - progress->base);
    __atomic_store_n(&progress->turn->kept, progress->count, __ATOMIC_RELEASE);
    progress_update(progress, out);
}

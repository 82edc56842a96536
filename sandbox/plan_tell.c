#include "sandbox/plan_private.h"

#include "sandbox/stage.h"

#include <stdio.h>
#include <string.h>

/* What is said of a child that could not do what its plan says. */

/* ", '/usr'", or both ends of a bind. */
static void tell_mount(const struct mount_entry *entry, char *text, size_t size)
{
    if (entry->kind == MOUNT_BIND && strcmp(entry->source, entry->path) != 0)
        snprintf(text, size, "%s=, '%s' at '%s'", entry->directive, entry->source, entry->path);
    else
        snprintf(text, size, "%s=, '%s'", entry->directive, entry->path);
}

static void tell_subject(const struct sandbox_plan *plan, const struct stage_failure *failure,
                         char *text, size_t size)
{
    size_t item = failure->item < 0 ? SIZE_MAX : (size_t)failure->item;
    const char *path = failure->path;

    if (failure->stage == STAGE_MOUNT && plan->mounts && item < plan->mounts->count) {
        tell_mount(&plan->mounts->entries[item], text, size);
        return;
    }
    if (failure->stage == STAGE_LIMIT && item < plan->limit_count) {
        snprintf(text, size, "%s=", limit_directive(plan->limits[item].resource));
        return;
    }
    if (failure->stage == STAGE_CREDENTIALS && plan->credentials) {
        plan_credential_tell(plan->credentials, item, text, size);
        return;
    }
    if (failure->stage == STAGE_LANDLOCK && item < plan->landlock.mark_count)
        path = plan->landlock.marks[item].path;
    if (path)
        snprintf(text, size, "%s, '%s'", stage_subject(failure->stage), path);
    else
        snprintf(text, size, "%s", stage_subject(failure->stage));
}

void sandbox_plan_tell(const struct sandbox_plan *plan, const struct stage_failure *failure,
                       char *text, size_t size)
{
    const char *hint = stage_hint(failure->stage, failure->error);
    size_t length;

    tell_subject(plan, failure, text, size);
    length = strlen(text);
    snprintf(text + length, size - length, hint ? ": %s (%s)" : ": %s", strerror(failure->error),
             hint);
}

bool sandbox_plan_falls_short(const struct sandbox_plan *plan)
{
    return plan->falls_short;
}

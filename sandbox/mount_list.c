#include "sandbox/mount_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A directory of nothing through which one can go. */
static const char passable_options[] = "mode\0"
                                       "0711\0"
                                       "size\0"
                                       "64k\0";

bool mount_path_is_below(const char *path, const char *ancestor)
{
    size_t length = strlen(ancestor);

    if (length == 1)
        return true; /* the root */
    return strncmp(path, ancestor, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

static void wish_release(struct mount_wish *wish)
{
    free(wish->path);
    free(wish->source);
}

int mount_list_add(struct mount_list *list, struct mount_wish wish)
{
    struct mount_wish *grown =
        wish.path ? reallocarray(list->wishes, list->count + 1, sizeof(*grown)) : NULL;

    if (!grown) {
        wish_release(&wish);
        return -ENOMEM;
    }
    wish.number = list->count;
    list->wishes = grown;
    list->wishes[list->count++] = wish;
    return 0;
}

void mount_list_release(struct mount_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        wish_release(&list->wishes[i]);
    free(list->wishes);
    *list = (struct mount_list){ 0 };
}

/* --- one wish for each path --- */

/* Of several for one path: which of them is there. */
static int rank(const struct mount_wish *wish)
{
    switch (wish->kind) {
    case MOUNT_HIDDEN:
        return 0;
    case MOUNT_BIND:
        return 1;
    case MOUNT_TMPFS:
    case MOUNT_DEVICES:
    case MOUNT_PROC:
    case MOUNT_CREDENTIALS:
        return 2;
    case MOUNT_SELF:
        break;
    }
    return 3;
}

static int compare(const void *one, const void *other)
{
    const struct mount_wish *left = one, *right = other;
    int order = strcmp(left->path, right->path);

    if (order == 0)
        order = rank(left) - rank(right);
    return order != 0 ? order : (left->number > right->number) - (left->number < right->number);
}

/* The first one is the stronger kind. */
static void merge(struct mount_wish *first, struct mount_wish *second)
{
    if (second->write > first->write) {
        first->write = second->write;
        first->directive = second->kind == first->kind ? second->directive : first->directive;
    }
    if (second->exec > first->exec)
        first->exec = second->exec;
    if (first->kind == MOUNT_SELF)
        first->is_optional &= second->is_optional;
    first->is_kept |= second->is_kept;
    second->is_dropped = true;
}

static void merge_equal(struct mount_list *list)
{
    struct mount_wish *first = NULL;

    for (size_t i = 0; i < list->count; i++) {
        struct mount_wish *wish = &list->wishes[i];

        if (first && strcmp(first->path, wish->path) == 0)
            merge(first, wish);
        else
            first = wish;
    }
}

/* --- what each of them adds to what is above --- */

/* The nearest: a longer name comes later. */
static struct mount_wish *above(struct mount_list *list, size_t index)
{
    const char *path = list->wishes[index].path;

    while (index-- > 0) {
        struct mount_wish *wish = &list->wishes[index];

        if (!wish->is_dropped && mount_path_is_below(path, wish->path))
            return wish;
    }
    return NULL;
}

static int make_passable(struct mount_wish *hidden)
{
    char *options = malloc(sizeof(passable_options));

    if (!options)
        return -ENOMEM;
    memcpy(options, passable_options, sizeof(passable_options));
    free(hidden->source);
    hidden->source = options;
    hidden->source_size = sizeof(passable_options);
    hidden->kind = MOUNT_TMPFS;
    hidden->was_hidden = true;
    hidden->flags |= MOUNT_READ_ONLY;
    return 0;
}

/* As above, or as the wish says. What a service cannot do without is for it to use, not to change.
 */
static bool is_read_only(const struct mount_wish *wish, unsigned flags_above)
{
    if (wish->kind == MOUNT_HIDDEN)
        return false; /* it is anyway */
    if (wish->write != WISH_AS_ABOVE)
        return wish->write == WISH_READ_ONLY || wish->write == WISH_READ_ONLY_UNLESS;
    if (wish->kind != MOUNT_SELF)
        return false;
    return flags_above & MOUNT_READ_ONLY || (wish->is_kept && wish->is_covered);
}

static bool is_no_exec(const struct mount_wish *wish, unsigned flags_above)
{
    return wish->exec == WISH_EXEC_AS_ABOVE ? (flags_above & MOUNT_NO_EXEC) != 0
                                            : wish->exec == WISH_NO_EXEC;
}

/* For a part of what is there: does it differ from what is above, and how is that made? */
static void settle_self(struct mount_wish *wish, unsigned flags_above)
{
    const unsigned mask = MOUNT_READ_ONLY | MOUNT_NO_EXEC;
    bool is_early = !wish->is_covered || wish->is_kept;

    if ((wish->flags & mask) == (flags_above & mask) && !(wish->is_covered && wish->is_kept))
        wish->is_dropped = true;
    if (is_early) {
        wish->flags |= wish->is_covered ? MOUNT_MAKE | MOUNT_COVERED : 0;
        return;
    }
    wish->flags |= MOUNT_LATE;
    if (flags_above & MOUNT_READ_ONLY && !(wish->flags & MOUNT_READ_ONLY))
        wish->flags |= MOUNT_WRITABLE;
    if (flags_above & MOUNT_NO_EXEC && !(wish->flags & MOUNT_NO_EXEC))
        wish->flags |= MOUNT_EXEC;
}

static int settle(struct mount_list *list, size_t index)
{
    struct mount_wish *wish = &list->wishes[index], *parent = above(list, index);
    unsigned flags_above = parent ? parent->flags : 0;
    int r = 0;

    if (parent && (parent->kind == MOUNT_HIDDEN || parent->was_hidden) && !wish->is_kept) {
        wish->is_dropped = true;
        return 0;
    }
    if (parent && parent->kind == MOUNT_HIDDEN)
        r = make_passable(parent);
    if (parent && parent->kind == MOUNT_DEVICES)
        flags_above &= ~(unsigned)MOUNT_READ_ONLY; /* what is in there is of other file systems */
    wish->is_covered = parent && (parent->is_covered || parent->kind != MOUNT_SELF);
    wish->flags = (wish->is_optional ? MOUNT_OPTIONAL : 0) | (wish->is_flat ? MOUNT_FLAT : 0) |
                  (is_read_only(wish, flags_above) ? MOUNT_READ_ONLY : 0) |
                  (is_no_exec(wish, flags_above) ? MOUNT_NO_EXEC : 0);
    if (wish->kind == MOUNT_SELF)
        settle_self(wish, flags_above);
    else if (wish->kind != MOUNT_HIDDEN)
        wish->flags |= wish->is_covered ? MOUNT_MAKE | MOUNT_COVERED : MOUNT_MAKE;
    return r;
}

int mount_list_settle(struct mount_list *list)
{
    size_t left = 0;

    if (list->count > 1)
        qsort(list->wishes, list->count, sizeof(*list->wishes), compare);
    merge_equal(list);
    for (size_t i = 0; i < list->count; i++) {
        int r = list->wishes[i].is_dropped ? 0 : settle(list, i);

        if (r < 0)
            return r;
        left += !list->wishes[i].is_dropped;
    }
    return left > MOUNTS_MAX ? -E2BIG : 0;
}

/* --- in one piece --- */

static size_t source_size(const struct mount_wish *wish)
{
    if (!wish->source)
        return 0;
    return wish->source_size ? wish->source_size : strlen(wish->source) + 1;
}

static char *append(char **end, const char *text, size_t size)
{
    char *copy = size ? memcpy(*end, text, size) : NULL;

    *end += size;
    return copy;
}

int mount_list_plan(const struct mount_list *list, struct mount_plan **ret_plan)
{
    size_t count = 0, size = 0;
    struct mount_entry *entries;
    struct mount_plan *plan;
    char *end;

    for (size_t i = 0; i < list->count; i++) {
        const struct mount_wish *wish = &list->wishes[i];

        count += !wish->is_dropped;
        size += wish->is_dropped ? 0 : strlen(wish->path) + 1 + source_size(wish);
    }
    plan = calloc(1, sizeof(*plan) + count * sizeof(*entries) + size);
    if (!plan)
        return -ENOMEM;
    entries = (struct mount_entry *)(plan + 1);
    end = (char *)(entries + count);
    plan->entries = entries;
    for (size_t i = 0; i < list->count; i++) {
        const struct mount_wish *wish = &list->wishes[i];

        if (wish->is_dropped)
            continue;
        entries[plan->count++] = (struct mount_entry){
            .path = append(&end, wish->path, strlen(wish->path) + 1),
            .source = append(&end, wish->source, source_size(wish)),
            .directive = wish->directive,
            .flags = wish->flags,
            .kind = (uint8_t)wish->kind,
        };
    }
    *ret_plan = plan;
    return 0;
}

#include "supervisor/log/masking.h"

#include "supervisor/wire/fd.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

void masking_release(struct masking *masking)
{
    if (masking->table)
        (void)munmap((void *)masking->table, sizeof(*masking->table));
    masking->table = NULL;
}

void masking_take(struct masking *masking, int fd)
{
    cleanup_fd int mine = fd;
    struct stat status;
    void *map;

    masking_release(masking);
    if (mine < 0 || fstat(mine, &status) < 0 || status.st_size < (off_t)sizeof(*masking->table))
        return;
    map = mmap(NULL, sizeof(*masking->table), PROT_READ, MAP_SHARED, mine, 0);
    if (map != MAP_FAILED)
        masking->table = map;
}

void unit_masks_release(struct unit_masks *masks)
{
    free(masks->list);
    *masks = (struct unit_masks){ 0 };
}

static int compare(const void *a, const void *b)
{
    return ((const struct mask *)a)->length - ((const struct mask *)b)->length;
}

static void warn_of_short(struct unit_masks *masks, const char *unit)
{
    if (masks->has_warned || masks->count == 0 || masks->list[0].length > 0)
        return;
    masks->has_warned = true;
    fprintf(stderr,
            "<4>reeve-log: A line of a credential of '%s' is shorter than %d bytes: it is not "
            "masked in the log.\n",
            unit, MASK_LENGTH_MIN);
}

/* The child has left them before its exec, so they are there before the first line is. */
static void refresh(const struct masking *masking, struct unit_masks *masks, const char *unit)
{
    uint32_t count = __atomic_load_n(&masking->table->count, __ATOMIC_ACQUIRE);
    static struct mask found[MASKING_UNIT_MAX];
    size_t found_count = MASKING_UNIT_MAX;
    struct mask *list;
    bool is_whole;

    if (count == masks->seen)
        return;
    is_whole =
        mask_table_find(masking->table, mask_unit(masking->table, unit), found, &found_count);
    if (found_count > 0) {
        list = reallocarray(masks->list, found_count, sizeof(*list));
        if (!list)
            return;
        masks->list = list;
        memcpy(list, found, found_count * sizeof(*list));
        qsort(list, found_count, sizeof(*list), compare);
    }
    masks->count = found_count;
    if (is_whole)
        masks->seen = count;
    warn_of_short(masks, unit);
}

static bool search(struct masking *masking, const struct unit_masks *masks,
                   const struct log_packet *line)
{
    struct mask_text text = { line->text, line->length, masking->covered };
    bool has_found = false;

    memset(masking->covered, 0, line->length);
    for (size_t from = 0, to; from < masks->count; from = to) {
        to = from;
        while (to < masks->count && masks->list[to].length == masks->list[from].length)
            to++;
        has_found |= mask_search(masking->table, masks->list + from, to - from, &text);
    }
    return has_found;
}

/* Each run of what is covered becomes MASKING_SHOWN, which is shorter than any. */
static void rewrite(struct masking *masking, struct log_packet *line)
{
    size_t length = 0;

    for (size_t at = 0; at < line->length; at++) {
        if (!masking->covered[at]) {
            masking->text[length++] = line->text[at];
        } else if (at == 0 || !masking->covered[at - 1]) {
            memcpy(masking->text + length, MASKING_SHOWN, strlen(MASKING_SHOWN));
            length += strlen(MASKING_SHOWN);
        }
    }
    line->text = masking->text;
    line->length = length;
}

void masking_apply(struct masking *masking, struct unit_masks *masks, struct log_packet *line)
{
    if (!masking->table)
        return;
    refresh(masking, masks, line->unit);
    if (masks->count == 0 || line->length > LOG_TEXT_MAX || !search(masking, masks, line))
        return;
    rewrite(masking, line);
}

void masking_apply_fields(struct masking *masking, struct unit_masks *masks,
                          struct log_packet *line, char *buffer)
{
    struct log_packet value = { .unit = line->unit };
    struct log_field field;
    size_t at = 0, used = 0;

    if (!masking->table || line->fields_length == 0)
        return;
    refresh(masking, masks, line->unit);
    if (masks->count == 0)
        return;
    while (log_wire_field(line, &at, &field)) {
        value.text = field.value;
        value.length = field.length;
        masking_apply(masking, masks, &value);
        field.value = value.text;
        field.length = value.length;
        used = log_wire_add_field(buffer, LOG_FIELDS_MAX, used, &field);
    }
    line->fields = buffer;
    line->fields_length = used;
}

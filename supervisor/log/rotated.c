#include "supervisor/log/rotated.h"

#include "supervisor/wire/fd.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

void rotated_stamp(char stamp[STAMP_SIZE], uint64_t realtime_us)
{
    time_t second = (time_t)(realtime_us / USEC_PER_SEC);
    char date[32] = "";
    struct tm parts;

    if (gmtime_r(&second, &parts))
        (void)strftime(date, sizeof(date), "%Y%m%dT%H%M%S", &parts);
    snprintf(stamp, STAMP_SIZE, "%.15s.%06uZ", date, (unsigned)(realtime_us % USEC_PER_SEC));
}

int rotated_after(char stamp[STAMP_SIZE], const char *former)
{
    struct tm parts = { 0 };
    const char *rest = strptime(former, "%Y%m%dT%H%M%S", &parts);
    time_t second = rest ? timegm(&parts) : -1;

    if (second < 0 || *rest != '.')
        return -EINVAL;
    rotated_stamp(stamp, (uint64_t)second * USEC_PER_SEC + strtoull(rest + 1, NULL, 10) + 1);
    return 0;
}

static bool is_stamp(const char *text)
{
    static const char form[] = "00000000T000000.000000Z";

    for (size_t i = 0; form[i]; i++)
        if (form[i] == '0' ? !isdigit((unsigned char)text[i]) : text[i] != form[i])
            return false;
    return true;
}

struct list {
    struct rotated *items;
    size_t count, capacity;
};

/* The item of that stamp, made when there is none; NULL: out of memory. */
static struct rotated *item_of(struct list *list, const char *stamp)
{
    struct rotated *item;

    for (size_t i = 0; i < list->count; i++)
        if (strncmp(list->items[i].stamp, stamp, STAMP_SIZE - 1) == 0)
            return &list->items[i];
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 16;

        item = reallocarray(list->items, capacity, sizeof(*item));
        if (!item)
            return NULL;
        list->items = item;
        list->capacity = capacity;
    }
    item = &list->items[list->count++];
    *item = (struct rotated){ 0 };
    memcpy(item->stamp, stamp, STAMP_SIZE - 1);
    return item;
}

static int take(struct list *list, const char *name, const char *entry)
{
    size_t length = strlen(name);
    const char *stamp = entry + length + 1, *suffix = stamp + STAMP_SIZE - 1;
    bool is_plain, is_compressed, is_unfinished;
    struct rotated *item;

    if (strncmp(entry, name, length) != 0 || entry[length] != '.' || !is_stamp(stamp))
        return 0;
    is_plain = *suffix == '\0';
    is_compressed = strcmp(suffix, ROTATED_COMPRESSED) == 0;
    is_unfinished = strcmp(suffix, ROTATED_UNFINISHED) == 0;
    if (!is_plain && !is_compressed && !is_unfinished)
        return 0;
    item = item_of(list, stamp);
    if (!item)
        return -ENOMEM;
    item->is_plain |= is_plain;
    item->is_compressed |= is_compressed;
    item->is_unfinished |= is_unfinished;
    return 0;
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct rotated *)a)->stamp, ((const struct rotated *)b)->stamp);
}

int rotated_list(int directory, const char *name, struct rotated **ret_list, size_t *ret_count)
{
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), error = 0;
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry;
    struct list list = { 0 };

    if (!entries) {
        error = -errno;
        fd_close(fd);
        return error;
    }
    while (error == 0 && (entry = readdir(entries)))
        error = take(&list, name, entry->d_name);
    (void)closedir(entries);
    if (error < 0) {
        free(list.items);
        return error;
    }
    if (list.count > 0)
        qsort(list.items, list.count, sizeof(*list.items), compare);
    *ret_list = list.items;
    *ret_count = list.count;
    return 0;
}

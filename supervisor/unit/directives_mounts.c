#include "supervisor/unit/directives.h"
#include "supervisor/unit/paths.h"

#include <errno.h>
#include <string.h>

/* BindPaths=, BindReadOnlyPaths= and TemporaryFileSystem=: words that are paths with more behind a
 * colon. */

/* Cuts the text at its first ":" and takes backslashes away, before which a colon does not count.
 * What follows, or NULL. */
static char *cut(char *text)
{
    char *to = text;

    for (char *from = text; *from; from++) {
        if (*from == ':') {
            *to = '\0';
            return from + 1;
        }
        if (*from == '\\' && from[1])
            from++;
        *to++ = *from;
    }
    *to = '\0';
    return NULL;
}

/* NULL, or why not. */
static const char *check_path(char *path)
{
    if (*path != '/')
        return "is not an absolute path";
    return path_simplify(path) ? NULL : "must not contain '..'";
}

static const char *check_target(char *path)
{
    const char *complaint = check_path(path);

    return !complaint && strcmp(path, "/") == 0 ? "cannot be mounted on '/'" : complaint;
}

/* [-]SOURCE[:PATH[:OPTIONS]] */
static const char *parse_bind(char *text, struct mount_item *item)
{
    char *path, *options = NULL;
    const char *complaint;

    item->is_optional = *text == '-';
    text += item->is_optional;
    path = cut(text);
    if (path)
        options = cut(path);
    complaint = check_path(text);
    if (!path || !*path)
        path = text;
    if (!complaint)
        complaint = check_target(path);
    item->source = text;
    item->path = path;
    item->is_flat = options && strcmp(options, "norbind") == 0;
    if (!complaint && options && *options && !item->is_flat && strcmp(options, "rbind") != 0)
        return "has an option that is neither 'rbind' nor 'norbind'";
    return complaint;
}

/* PATH[:OPTIONS] */
static const char *parse_temporary(char *text, struct mount_item *item)
{
    item->options = cut(text);
    item->path = text;
    return check_target(text);
}

typedef const char *parse_item(char *text, struct mount_item *item);

/* Where the next item goes, and what it may be. */
struct mount_list {
    const struct mount_item **end;
    parse_item *parse;
};

static int add_item(struct reading *reading, const struct words *words, void *context)
{
    struct mount_list *list = context;
    struct mount_item *item = arena_get(reading->arena, sizeof(*item));
    const char *complaint;
    char *text = NULL;
    int error = item ? reading_expand_word(reading, words, &text) : -ENOMEM;

    if (error < 0 || !text)
        return error;
    complaint = list->parse(text, item);
    if (complaint) {
        reading_error(reading, words->start, NULL, "'%s' in %s= %s", words->word, reading->key,
                      complaint);
        return 0;
    }
    item->is_read_only = reading->directive->argument != 0;
    item->place = reading_place(reading, words->start);
    *list->end = item;
    list->end = &item->next;
    return 1;
}

/* Lines add up; an empty one takes all back. */
static int read_items(struct reading *reading, parse_item *parse)
{
    struct mount_list list = { .end = reading_field(reading), .parse = parse };
    unsigned count = 0;

    if (reading->value[0] == '\0') {
        *list.end = NULL;
        return 0;
    }
    for (; *list.end; count++)
        list.end = (const struct mount_item **)&(*list.end)->next;
    return reading_items(reading, WORDS_QUOTES | WORDS_RAW, count, add_item, &list);
}

int directive_bind_paths(struct reading *reading)
{
    return read_items(reading, parse_bind);
}

int directive_temporary_file_system(struct reading *reading)
{
    return read_items(reading, parse_temporary);
}

#include "sandbox/mount_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The final NUL is that of the last value. */
static const char defaults[] = "mode\0"
                               "0755\0"
                               "size\0"
                               "10%";

static bool is_word(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && strncmp(text, word, length) == 0;
}

/* What a service cannot have, or has anyway: it gains no rights and opens no devices there. */
static bool is_ignored(const char *text, size_t length)
{
    static const char *const words[] = { "rw",   "suid",    "nosuid",   "dev",        "nodev",
                                         "exec", "noatime", "relatime", "strictatime" };

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (is_word(text, length, words[i]))
            return true;
    }
    return length == 0;
}

static void add_pair(struct mount_options *options, const char *text, size_t length)
{
    char *end = options->pairs + options->size;
    size_t key = strcspn(text, "=,");

    memcpy(end, text, length);
    if (key < length)
        end[key] = '\0';
    /* A key alone has an empty value, for which the memory is zero already. */
    options->size += length + (key < length ? 1 : 2);
}

int mount_options_parse(const char *text, struct mount_options *ret_options)
{
    size_t given = text ? strlen(text) : 0;
    struct mount_options options = { .size = sizeof(defaults) };

    /* Of each word the comma or the end becomes two NULs at most. */
    options.pairs = calloc(1, sizeof(defaults) + 2 * given + 3);
    if (!options.pairs)
        return -ENOMEM;
    memcpy(options.pairs, defaults, sizeof(defaults));
    while (text && *text) {
        size_t length = strcspn(text, ",");

        if (is_word(text, length, "ro"))
            options.is_read_only = true;
        else if (is_word(text, length, "noexec"))
            options.is_no_exec = true;
        else if (!is_ignored(text, length))
            add_pair(&options, text, length);
        text += length + (text[length] == ',');
    }
    options.size++;
    *ret_options = options;
    return 0;
}

#include "supervisor/unit/directives.h"
#include "supervisor/unit/words.h"

#include <errno.h>
#include <string.h>

/*
 * LoadCredential=, ImportCredential= and SetCredential=: a name, and behind a colon where it comes
 * from, how it is renamed, or what it is. What SetCredential= says never gets into a message.
 */

enum { NAME_MAX_LENGTH = 255 }; /* of a file, and of a descriptor of $LISTEN_FDNAMES */

static bool is_name(const char *text)
{
    size_t length = strlen(text);

    if (length == 0 || length > NAME_MAX_LENGTH || strcmp(text, ".") == 0 ||
        strcmp(text, "..") == 0)
        return false;
    for (const char *c = text; *c; c++)
        if (*c < ' ' || *c == 0x7f || *c == ':' || *c == '/')
            return false;
    return true;
}

/* A name, or the beginning of one with a "*" behind it. The text is spoilt only for a moment. */
static bool is_glob(char *text)
{
    char *star = text + strcspn(text, "*?[");
    bool is_valid;

    if (*star == '\0')
        return is_name(text);
    if (star[0] != '*' || star[1] != '\0')
        return false;
    *star = '\0';
    is_valid = star == text || is_name(text);
    *star = '*';
    return is_valid;
}

/* Absolute, and nothing in it that could be written shorter or leads up. */
static bool is_normal_path(const char *text)
{
    for (const char *at = text; *at == '/';) {
        size_t length = strcspn(++at, "/");

        if ((length == 0 && *at == '/') || (length == 1 && at[0] == '.') ||
            (length == 2 && at[0] == '.' && at[1] == '.'))
            return false;
        at += length;
        if (*at == '\0')
            return true;
    }
    return false;
}

/* --- the parts of a line --- */

/* A part of the value, specifiers expanded; NULL after a mistake (reported). */
static int read_part(struct reading *reading, const char *part, size_t length, char **ret_text)
{
    size_t offset = reading->value_offset + (size_t)(part - reading->value);
    char *text = arena_get(reading->arena, length + 1);
    struct specifier_problem problem;
    int error;

    if (!text)
        return -ENOMEM;
    memcpy(text, part, length);
    error = specifier_expand(&reading->specifiers, text, reading->arena, &problem, ret_text);
    if (error != -EINVAL)
        return error;
    reading_bad_specifier(reading, offset + problem.offset, &problem);
    *ret_text = NULL;
    return 0;
}

static void complain(struct reading *reading, const char *part, const char *hint, const char *text)
{
    reading_error(reading, reading->value_offset + (size_t)(part - reading->value), hint,
                  "%s in %s= is not valid", text, reading->key);
}

static const char hint_name[] = "a name of a file: no '/', no ':', at most 255 characters";

static int read_load(struct reading *reading, const char *rest, struct credential *credential)
{
    char *source;
    int error;

    if (!rest || !*rest) {
        credential->source = credential->name; /* from who started reeve, or a store */
        return 0;
    }
    error = read_part(reading, rest, strlen(rest), &source);
    if (error < 0 || !source)
        return error;
    if (*source == '/' ? is_normal_path(source) : is_name(source))
        credential->source = source;
    else
        complain(reading, rest, "an absolute path without '..', or the name of another credential",
                 "The source");
    return 0;
}

static int read_import(struct reading *reading, const char *rest, struct credential *credential)
{
    char *renamed;
    int error;

    credential->source = "";
    if (!rest || !*rest)
        return 0;
    credential->source = NULL;
    error = read_part(reading, rest, strlen(rest), &renamed);
    if (error < 0 || !renamed)
        return error;
    if (is_name(renamed))
        credential->source = renamed;
    else
        complain(reading, rest, hint_name, "The new name");
    return 0;
}

/* One word, whatever white space and quotes are in it; escapes are all that is special. */
static int read_text(struct reading *reading, const char *rest, struct credential *credential)
{
    size_t at = reading->value_offset + (size_t)(rest - reading->value);
    struct words words;
    char *data;
    int result;

    words_init(&words, reading->lexer->text, at, WORDS_C_ESCAPES | WORDS_WHOLE);
    result = words_next(&words);
    if (result == -EINVAL || (result > 0 && words.has_bad_escape)) {
        reading_error(reading, result > 0 ? words.bad_escape : words.complaint_at,
                      "write '\\\\' for a backslash",
                      "Unknown escape sequence in %s=", reading->key);
        result = 0;
    } else if (result > 0) {
        data = arena_get(reading->arena, words.length + 1);
        if (data)
            memcpy(data, words.word, words.length);
        credential->source = data;
        credential->length = words.length;
        result = data ? 0 : -ENOMEM;
    }
    words_release(&words);
    return result;
}

static int read_rest(struct reading *reading, const char *rest, struct credential *credential)
{
    switch ((enum credential_kind)reading->directive->argument) {
    case CREDENTIAL_LOAD:
        return read_load(reading, rest, credential);
    case CREDENTIAL_IMPORT:
        return read_import(reading, rest, credential);
    case CREDENTIAL_SET:
        return read_text(reading, rest, credential);
    case CREDENTIAL_KIND_COUNT:
        break;
    }
    return 0;
}

/* --- the list --- */

/* Of one name the last line counts, but in the place of the first. Imports all count. */
static int add(struct reading *reading, const struct credential *credential)
{
    const struct credential **at = reading_field(reading);
    struct credential *node;
    unsigned count = 0;

    for (; *at; at = (const struct credential **)&(*at)->next, count++)
        if (reading->directive->argument != CREDENTIAL_IMPORT &&
            strcmp((*at)->name, credential->name) == 0)
            break;
    if (count == LIST_MAX) {
        reading_error(reading, reading->value_offset, NULL, "%s= has more than %d items",
                      reading->key, LIST_MAX);
        return 0;
    }
    node = arena_get(reading->arena, sizeof(*node));
    if (!node)
        return -ENOMEM;
    *node = *credential;
    node->next = *at ? (*at)->next : NULL;
    *at = node;
    return 0;
}

int directive_credential(struct reading *reading)
{
    const struct credential **list = reading_field(reading);
    const char *colon = strchr(reading->value, ':'), *rest = colon ? colon + 1 : NULL;
    bool is_import = reading->directive->argument == CREDENTIAL_IMPORT;
    struct credential credential = { .place = reading_place(reading, reading->value_offset) };
    char *name;
    int error;

    if (reading->value[0] == '\0') {
        *list = NULL;
        return 0;
    }
    if (reading->directive->argument == CREDENTIAL_SET && (!rest || !*rest)) {
        reading_error(reading, reading->value_offset, "like 'name:text'", "%s= is not NAME:TEXT",
                      reading->key);
        return 0;
    }
    error = read_part(reading, reading->value,
                      colon ? (size_t)(colon - reading->value) : strlen(reading->value), &name);
    if (error < 0 || !name)
        return error;
    if (!(is_import ? is_glob(name) : is_name(name))) {
        complain(reading, reading->value,
                 is_import ? "a name, or the beginning of one and a '*'" : hint_name, "The name");
        return 0;
    }
    credential.name = name;
    error = read_rest(reading, rest, &credential);
    return error < 0 || !credential.source ? error : add(reading, &credential);
}

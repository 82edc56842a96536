#include "supervisor/unit/reading.h"

#include "supervisor/unit/directives.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = sizeof(((struct problem *)0)->text) };

struct spec_place reading_place(const struct reading *reading, size_t offset)
{
    struct problem_place place = lexer_place(reading->lexer, offset);

    return (struct spec_place){ .path = reading->path, .line = place.line, .column = place.column };
}

static void report(struct reading *reading, enum problem_level level, size_t offset,
                   const char *hint, const char *text)
{
    struct problem_place place = lexer_place(reading->lexer, offset);

    problem_report(reading->sink, level, &place, hint, "%s", text);
}

#define REPORT(level)                                                                              \
    do {                                                                                           \
        char text[TEXT_SIZE];                                                                      \
        va_list arguments;                                                                         \
                                                                                                   \
        va_start(arguments, format);                                                               \
        vsnprintf(text, sizeof(text), format, arguments);                                          \
        va_end(arguments);                                                                         \
        report(reading, level, offset, hint, text);                                                \
    } while (0)

void reading_error(struct reading *reading, size_t offset, const char *hint, const char *format,
                   ...)
{
    REPORT(PROBLEM_ERROR);
}

void reading_warning(struct reading *reading, size_t offset, const char *hint, const char *format,
                     ...)
{
    REPORT(PROBLEM_WARNING);
}

void reading_refused(struct reading *reading, size_t offset, const char *hint, const char *format,
                     ...)
{
    REPORT(PROBLEM_REFUSED);
}

void reading_advice(struct reading *reading, size_t offset, const char *hint, const char *format,
                    ...)
{
    REPORT(PROBLEM_ADVICE);
}

void reading_inert(struct reading *reading, size_t offset, const char *hint, const char *format,
                   ...)
{
    REPORT(PROBLEM_INERT);
}

void reading_note(struct reading *reading, size_t offset, const char *hint, const char *format, ...)
{
    REPORT(PROBLEM_NOTE);
}

void reading_error_at(struct reading *reading, const struct spec_place *place, const char *hint,
                      const char *text)
{
    struct problem_place where = { place->path, place->line, place->column, NULL };

    problem_report(reading->sink, PROBLEM_ERROR, &where, hint, "%s", text);
}

void reading_bad_value(struct reading *reading, int error, const char *what)
{
    if (reading->value[0] == '\0')
        reading_error(reading, reading->value_offset, NULL, "%s= must not be empty: %s is wanted",
                      reading->key, what);
    else if (error == -ERANGE)
        reading_error(reading, reading->value_offset, NULL, "%s=%s is out of range for %s",
                      reading->key, reading->value, what);
    else
        reading_error(reading, reading->value_offset, NULL, "%s=%s is not %s", reading->key,
                      reading->value, what);
}

void *reading_field(const struct reading *reading)
{
    void *base = reading->directive->is_log    ? (void *)reading->spec->exec.log
                 : reading->directive->is_path ? (void *)reading->spec->path
                                               : reading->spec;

    return (char *)base + reading->directive->offset;
}

int reading_word(struct reading *reading, struct words *words)
{
    int result = words_next(words);

    if (result == -EINVAL) {
        reading_error(reading, words->complaint_at, NULL, "%s in %s=", words->complaint,
                      reading->key);
        return 0;
    }
    if (result > 0 && words->has_bad_escape)
        reading_warning(reading, words->bad_escape, "write '\\\\' for a backslash",
                        "Unknown escape sequence in %s=, taking it as it stands", reading->key);
    return result;
}

void reading_bad_specifier(struct reading *reading, size_t offset,
                           const struct specifier_problem *problem)
{
    static const char hint[] = "write '%%' for a percent sign";

    if (problem->is_refused)
        reading_refused(reading, offset, hint, "%s in %s=", problem->text, reading->key);
    else
        reading_error(reading, offset, hint, "%s in %s=", problem->text, reading->key);
}

int reading_items(struct reading *reading, unsigned flags, unsigned count, reading_item *add,
                  void *context)
{
    struct words words;
    int result = 0;

    words_init(&words, reading->lexer->text, reading->value_offset, flags);
    while (count < LIST_MAX && (result = reading_word(reading, &words)) > 0) {
        result = add(reading, &words, context);
        if (result < 0)
            break;
        count += (unsigned)result;
    }
    if (count == LIST_MAX)
        reading_error(reading, reading->value_offset, NULL, "%s= has more than %d items",
                      reading->key, LIST_MAX);
    words_release(&words);
    return result < 0 ? result : 0;
}

int reading_expand_word(struct reading *reading, const struct words *words, char **ret_text)
{
    struct specifier_problem problem;
    int error =
        specifier_expand(&reading->specifiers, words->word, reading->arena, &problem, ret_text);

    if (error != -EINVAL)
        return error;
    reading_bad_specifier(reading, words->origin[problem.offset], &problem);
    *ret_text = NULL;
    return 0;
}

int reading_expand_value(struct reading *reading, char **ret_text)
{
    struct specifier_problem problem;
    int error =
        specifier_expand(&reading->specifiers, reading->value, reading->arena, &problem, ret_text);

    if (error != -EINVAL)
        return error;
    reading_bad_specifier(reading, reading->value_offset + problem.offset, &problem);
    *ret_text = NULL;
    return 0;
}

int reading_append(struct reading *reading, string_list *list, char *item)
{
    size_t count = 0;
    char **items;

    for (string_list at = *list; at && *at; at++)
        count++;
    if (count == LIST_MAX)
        reading_error(reading, reading->value_offset, NULL, "%s= has more than %d items",
                      reading->key, LIST_MAX);
    if (count >= LIST_MAX)
        return 0;
    items = (char **)*list;
    /* The room is the next power of two; it is used up when the items and the NULL fill it. */
    if ((count & (count + 1)) == 0) {
        items = arena_get(reading->arena, 2 * (count + 1) * sizeof(*items));
        if (!items)
            return -ENOMEM;
        if (count > 0)
            memcpy(items, *list, count * sizeof(*items));
        *list = items;
    }
    items[count] = item;
    items[count + 1] = NULL;
    return 0;
}

/* --- what cannot be honoured --- */

static void take_back(struct reading *reading, const char *key)
{
    struct refusal **at = &reading->refusals;

    while (*at)
        if (strcmp((*at)->key, key) == 0)
            *at = (*at)->next;
        else
            at = &(*at)->next;
}

void reading_take_back(struct reading *reading)
{
    take_back(reading, reading->key);
}

int reading_refuse(struct reading *reading, const char *reason, bool is_sandbox)
{
    struct refusal *refusal = arena_get(reading->arena, sizeof(*refusal)), **end;

    if (!refusal)
        return -ENOMEM;
    refusal->key = arena_string(reading->arena, reading->key);
    if (!refusal->key)
        return -ENOMEM;
    refusal->reason = reason;
    refusal->is_sandbox = is_sandbox;
    refusal->place = reading_place(reading, reading->key_offset);
    take_back(reading, reading->key);
    for (end = &reading->refusals; *end;)
        end = &(*end)->next;
    *end = refusal;
    return 0;
}

#include "supervisor/unit/directives.h"
#include "supervisor/unit/paths.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Command lines, and the paths that a command needs. */

static const char white_space[] = " \t\n\r";

/* --- prefixes --- */

enum { RIGHTS_PREFIXES = EXEC_PRIVILEGED | EXEC_SETUID };

/*
 * The flag of a prefix, 0 when the character is none any more: each has its effect once. "!!" only
 * matters where the kernel has no ambient capabilities (before Linux 4.3): here it takes "!" back.
 */
static bool add_prefix(char c, unsigned *flags, bool *has_double)
{
    static const char prefixes[] = "-@:+!";
    static const unsigned meanings[] = { EXEC_IGNORE_FAILURE, EXEC_ARGV0, EXEC_NO_EXPANSION,
                                         EXEC_PRIVILEGED, EXEC_SETUID };
    const char *prefix = c ? strchr(prefixes, c) : NULL;
    unsigned meaning = prefix ? meanings[prefix - prefixes] : 0;

    if (c == '!' && (*flags & EXEC_SETUID)) {
        *flags &= ~(unsigned)EXEC_SETUID;
        *has_double = true;
        return true;
    }
    if (!prefix || (*flags & meaning))
        return false;
    if ((meaning & RIGHTS_PREFIXES) && ((*flags & RIGHTS_PREFIXES) || *has_double))
        return false;
    *flags |= meaning;
    return true;
}

/* Takes the prefixes off the first word; -EINVAL for one that reeve cannot honour (reported). */
static int take_prefixes(struct reading *reading, const struct words *words, unsigned *flags,
                         size_t *ret_skip)
{
    bool has_double = false;
    size_t skip = 0;

    while (add_prefix(words->word[skip], flags, &has_double))
        skip++;
    if (words->word[skip] == '|') {
        reading_refused(reading, words->origin[skip], NULL,
                        "The prefix '|' in %s= is not supported by reeve yet", reading->key);
        return -EINVAL;
    }
    *ret_skip = skip;
    return 0;
}

/* string_is_safe() of systemd. */
static bool is_safe(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || strchr("\"'\\\x7f", *text))
            return false;
    return true;
}

static const char *check_program(char *path)
{
    size_t length = strlen(path);

    if (length == 0)
        return "names no program";
    if (!is_safe(path))
        return "has special characters in the name of the program";
    if (path[length - 1] == '/')
        return "names a directory as the program";
    if (*path == '/') {
        (void)path_simplify(path); /* ".." may lead where it likes */
        return NULL;
    }
    if (strchr(path, '/') || length > 255 || strcmp(path, ".") == 0 || strcmp(path, "..") == 0)
        return "needs an absolute path or a plain name of a program";
    return NULL;
}

/* --- words --- */

/* An unquoted ";" of its own, from where `at` stands. */
static bool at_separator(const struct words *words)
{
    const char *at = words->text + words->at;

    return at[0] == ';' && (at[1] == '\0' || strchr(white_space, at[1]));
}

/* "\;" of its own is a word ";". */
static bool at_escaped_separator(const struct words *words)
{
    const char *at = words->text + words->at;

    return at[0] == '\\' && at[1] == ';' && (at[2] == '\0' || strchr(white_space, at[2]));
}

static void skip(struct words *words, size_t count)
{
    words->at += count;
    words->at += strspn(words->text + words->at, white_space);
}

/* 1 and the word, 0 at the end of this command or after a mistake. */
static int next_argument(struct reading *reading, struct words *words, char **ret_text)
{
    int result;

    if (at_separator(words))
        return 0;
    if (at_escaped_separator(words)) {
        skip(words, 2);
        *ret_text = arena_string(reading->arena, ";");
        return *ret_text ? 1 : -ENOMEM;
    }
    result = reading_word(reading, words);
    if (result <= 0)
        return result;
    result = reading_expand_word(reading, words, ret_text);
    return result < 0 ? result : *ret_text != NULL;
}

/* argv[0] is the program as it was written, which read_program() has put there, unless "@" says
 * that the next word is. */
static int read_arguments(struct reading *reading, struct words *words,
                          struct exec_command *command)
{
    size_t start = words->start;
    char *text = NULL;
    int result = 0;

    while (result >= 0 && (result = next_argument(reading, words, &text)) > 0)
        result = reading_append(reading, &command->argv, text);
    if (result == 0 && !command->argv)
        reading_error(reading, start, NULL, "'@' in %s= needs a name to run the program under",
                      reading->key);
    return result;
}

/* The first word: prefixes and program. -EINVAL after a mistake. */
static int read_program(struct reading *reading, struct words *words, struct exec_command *command)
{
    struct specifier_problem problem;
    const char *complaint;
    size_t prefix;
    char *path, *name;
    int error = take_prefixes(reading, words, &command->flags, &prefix);

    if (error < 0)
        return error;
    command->place = reading_place(reading, words->start);
    error = specifier_expand(&reading->specifiers, words->word + prefix, reading->arena, &problem,
                             &path);
    if (error == -EINVAL)
        reading_bad_specifier(reading, words->origin[prefix + problem.offset], &problem);
    if (error < 0)
        return error;
    /* The path is simplified, the name that the program runs under is not. */
    name = strstr(path, "//") || strstr(path, "/.") ? arena_string(reading->arena, path) : path;
    if (!name)
        return -ENOMEM;
    complaint = check_program(path);
    if (complaint) {
        reading_error(reading, words->origin[prefix], NULL, "%s= %s", reading->key, complaint);
        return -EINVAL;
    }
    command->path = path;
    return command->flags & EXEC_ARGV0 ? 0 : reading_append(reading, &command->argv, name);
}

/* Commands are appended, so that drop-ins add behind the fragment's. */
static int append_command(struct reading *reading, const struct exec_command *command)
{
    const struct exec_command **list = reading_field(reading);
    struct exec_command *node = arena_get(reading->arena, sizeof(*node));
    unsigned count = 0;

    if (!node)
        return -ENOMEM;
    *node = *command;
    for (; *list; list = (const struct exec_command **)&(*list)->next)
        count++;
    if (count < LIST_MAX)
        *list = node;
    else
        reading_error(reading, reading->value_offset, NULL, "%s= has more than %d commands",
                      reading->key, LIST_MAX);
    return 0;
}

static int read_command(struct reading *reading, struct words *words)
{
    struct exec_command command = { 0 };
    int error = read_program(reading, words, &command);

    if (error == 0)
        error = read_arguments(reading, words, &command);
    return error < 0 ? error : append_command(reading, &command);
}

int directive_exec(struct reading *reading)
{
    const struct exec_command **list = reading_field(reading);
    unsigned errors = reading->sink->errors;
    struct words words;
    int result;

    if (reading->value[0] == '\0') {
        *list = NULL;
        return 0;
    }
    words_init(&words, reading->lexer->text, reading->value_offset, WORDS_QUOTES | WORDS_C_ESCAPES);
    do {
        while (at_separator(&words))
            skip(&words, 1);
        result = reading_word(reading, &words);
        if (result > 0)
            result = read_command(reading, &words);
        /* The rest of a line with a mistake would only give complaints that follow from it. */
        if (result < 0 || reading->sink->errors > errors)
            break;
    } while (at_separator(&words));
    reading->has_unread_commands |= reading->sink->errors > errors;
    words_release(&words);
    return result == -ENOMEM ? result : 0;
}

/* --- paths --- */

int directive_working_directory(struct reading *reading)
{
    struct exec_spec *exec = &reading->spec->exec;
    bool is_optional = reading->value[0] == '-';
    char *path;
    int error = reading_expand_value(reading, &path);

    if (error < 0 || !path)
        return error;
    if (is_optional)
        path++;
    exec->working_directory_is_home = strcmp(path, "~") == 0;
    if (exec->working_directory_is_home) {
        path = arena_string(reading->arena, reading->specifiers.roots->home);
        if (!path)
            return -ENOMEM;
    } else if (*path != '\0' && (*path != '/' || !path_simplify(path))) {
        reading_error(reading, reading->value_offset, NULL,
                      "%s=%s is not an absolute path without '..', and not '~'", reading->key,
                      reading->value);
        return 0;
    }
    exec->working_directory = *path ? path : NULL;
    exec->working_directory_place = reading_place(reading, reading->value_offset);
    exec->working_directory_optional = is_optional;
    return 0;
}

int directive_root_directory(struct reading *reading)
{
    struct exec_spec *exec = &reading->spec->exec;
    char *path;
    int error = reading_expand_value(reading, &path);

    if (error < 0 || !path)
        return error;
    if (*path != '\0' && (*path != '/' || !path_simplify(path))) {
        reading_error(reading, reading->value_offset, NULL,
                      "%s=%s is not an absolute path without '..'", reading->key, reading->value);
        return 0;
    }
    exec->root_directory = *path ? path : NULL;
    exec->root_directory_place = reading_place(reading, reading->value_offset);
    return 0;
}

int directive_environment_file(struct reading *reading)
{
    const struct environment_file **list = reading_field(reading);
    struct environment_file *node;
    unsigned count = 0;
    char *path;
    int error;

    if (reading->value[0] == '\0') {
        *list = NULL;
        return 0;
    }
    error = reading_expand_value(reading, &path);
    if (error < 0 || !path)
        return error;
    node = arena_get(reading->arena, sizeof(*node));
    if (!node)
        return -ENOMEM;
    node->is_optional = *path == '-';
    path += node->is_optional;
    node->path = path;
    if (*path != '/' || !path_simplify(path)) {
        reading_error(reading, reading->value_offset, NULL,
                      "%s=%s is not an absolute path without '..'", reading->key, reading->value);
        return 0;
    }
    for (; *list && count < LIST_MAX; count++)
        list = (const struct environment_file **)&(*list)->next;
    if (count == LIST_MAX)
        reading_error(reading, reading->value_offset, NULL, "%s= has more than %d items",
                      reading->key, LIST_MAX);
    else
        *list = node;
    return 0;
}

/* Relative to the run-time directory; /var/run is its old name. */
int directive_pid_file(struct reading *reading)
{
    static const char legacy[] = "/var/run/";
    const char **field = reading_field(reading),
               *root = reading->specifiers.roots->directory[DIRECTORY_RUNTIME];
    char *path, *whole;
    size_t size;
    int error;

    if (reading->value[0] == '\0') {
        *field = NULL;
        return 0;
    }
    error = reading_expand_value(reading, &path);
    if (error < 0 || !path)
        return error;
    size = strlen(root) + strlen(path) + 2;
    whole = arena_get(reading->arena, size);
    if (!whole)
        return -ENOMEM;
    snprintf(whole, size, "%s%s%s", *path == '/' ? "" : root, *path == '/' ? "" : "/", path);
    if (!path_simplify(whole)) {
        reading_error(reading, reading->value_offset, NULL, "%s=%s must not contain '..'",
                      reading->key, reading->value);
        return 0;
    }
    if (strncmp(whole, legacy, strlen(legacy)) == 0) {
        reading_note(reading, reading->value_offset, NULL,
                     "%s= is below the old directory /var/run, taking /run", reading->key);
        memmove(whole, whole + strlen("/var"), strlen(whole + strlen("/var")) + 1);
    }
    *field = whole;
    return 0;
}

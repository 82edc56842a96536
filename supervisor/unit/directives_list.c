#include "supervisor/unit/directives.h"
#include "supervisor/unit/exit_status.h"
#include "supervisor/unit/paths.h"
#include "supervisor/unit/value.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* Directives with any number of words; most of them add up over lines, and an empty value starts
 * anew. */

/* --- what the words of each list must be --- */

/* NULL, or why the word cannot be an item. A check may simplify the word in place. */
typedef const char *word_check(char *word);

static size_t name_length(const char *word)
{
    size_t length = 0;

    if (isdigit((unsigned char)*word))
        return 0;
    while (word[length] == '_' || isalnum((unsigned char)word[length]))
        length++;
    return length;
}

static const char *check_assignment(char *word)
{
    size_t length = name_length(word);

    if (length == 0 || word[length] != '=')
        return "is not NAME=value";
    return utf8_is_valid(word) ? NULL : "is not valid UTF-8";
}

static const char *check_variable(char *word)
{
    size_t length = name_length(word);

    return length == 0 || word[length] != '\0' ? "is not a name of a variable" : NULL;
}

/* UnsetEnvironment= also takes NAME=value, to unset it only with that value. */
static const char *check_variable_or_assignment(char *word)
{
    return strchr(word, '=') ? check_assignment(word) : check_variable(word);
}

static const char *check_documentation(char *word)
{
    static const char *const schemes[] = { "http://", "https://", "file:/", "info:", "man:" };

    for (size_t i = 0; i < ARRAY_SIZE(schemes); i++)
        if (strncmp(word, schemes[i], strlen(schemes[i])) == 0 && word[strlen(schemes[i])])
            return NULL;
    return "is not a URL of http, https, file, info or man";
}

/* "-" lets it be absent, "+" means in RootDirectory=. */
static const char *check_path(char *word)
{
    char *path = word;

    path += *path == '-';
    path += *path == '+';
    if (*path != '/')
        return "is not an absolute path";
    return path_simplify(path) ? NULL : "must not contain '..'";
}

static const char no_symlink[] = "asks for a symlink, which reeve does not support yet";

/* NULL when it is a path below something. */
static const char *check_relative(char *path)
{
    if (*path == '/' || *path == '\0')
        return "must be a relative path";
    if (!path_simplify(path))
        return "must not contain '..'";
    return strcmp(path, ".") == 0 ? "names no directory" : NULL;
}

/* PATH or PATH:SYMLINK; systemd takes several ':' for one, and looks at no third part. */
static const char *check_directory(char *word)
{
    char *path = word + strspn(word, ":"), *symlink = path + strcspn(path, ":");
    const char *complaint;

    if (*word == ':' && *path == '\0')
        return "names no directory";
    if (*symlink != '\0') {
        *symlink++ = '\0';
        symlink += strspn(symlink, ":");
        symlink[strcspn(symlink, ":")] = '\0';
    }
    complaint = check_relative(path);
    if (complaint)
        return complaint;
    if (strcmp(path, "private") == 0 || strncmp(path, "private/", 8) == 0)
        return "must not be 'private', which is systemd's own";
    if (*symlink != '\0') {
        complaint = check_relative(symlink);
        return complaint ? complaint : no_symlink;
    }
    memmove(word, path, strlen(path) + 1);
    return NULL;
}

static const char *check_group(char *word)
{
    return identity_is_valid(word) ? NULL : "is neither a name nor a number of a group";
}

static const struct list_rule {
    word_check *check;
    unsigned flags;
    bool only_warns; /* a bad item is passed over, as by systemd: it is only for people */
} rules[] = {
    [LIST_DOCUMENTATION] = { check_documentation, WORDS_QUOTES | WORDS_RAW, true },
    [LIST_ENVIRONMENT] = { check_assignment, WORDS_QUOTES | WORDS_C_ESCAPES, false },
    [LIST_PASS_ENVIRONMENT] = { check_variable, WORDS_QUOTES, false },
    [LIST_UNSET_ENVIRONMENT] = { check_variable_or_assignment, WORDS_QUOTES | WORDS_C_ESCAPES,
                                 false },
    [LIST_PATHS] = { check_path, WORDS_QUOTES, false },
    [LIST_DIRECTORIES] = { check_directory, WORDS_QUOTES | WORDS_C_ESCAPES, false },
    [LIST_GROUPS] = { check_group, 0, false },
};

static int add_item(struct reading *reading, const struct list_rule *rule,
                    const struct words *words, string_list *list)
{
    const char *complaint;
    char *item;
    int error = reading_expand_word(reading, words, &item);

    if (error < 0 || !item)
        return error;
    complaint = rule->check(item);
    if (!complaint)
        return reading_append(reading, list, item);
    if (complaint == no_symlink)
        reading_refused(reading, words->start, NULL, "'%s' in %s= %s", words->word, reading->key,
                        complaint);
    else if (rule->only_warns)
        reading_warning(reading, words->start, NULL, "'%s' in %s= %s, ignoring", words->word,
                        reading->key, complaint);
    else
        reading_error(reading, words->start, NULL, "'%s' in %s= %s", words->word, reading->key,
                      complaint);
    return 0;
}

int directive_list(struct reading *reading)
{
    const struct list_rule *rule = &rules[reading->directive->argument];
    string_list *list = reading_field(reading);
    struct words words;
    int result;

    if (reading->value[0] == '\0') {
        *list = NULL;
        return 0;
    }
    words_init(&words, reading->lexer->text, reading->value_offset, rule->flags);
    while ((result = reading_word(reading, &words)) > 0) {
        result = add_item(reading, rule, &words, list);
        if (result < 0)
            break;
    }
    words_release(&words);
    return result;
}

/* --- dependencies --- */

/* Appends; a template stands for the instance that this unit makes of it. 0 or -ENOMEM. */
static int append_dependency(struct reading *reading, enum dependency kind,
                             struct dependency_name dependency)
{
    const struct dependency_name ***end = &reading->dependency_ends[kind];
    char instance[UNIT_NAME_MAX + 1];
    struct dependency_name *node;

    if (!*end)
        *end = &reading->spec->dependencies[kind];
    if (unit_name_instantiate(dependency.name, reading->spec->name, instance)) {
        dependency.name = arena_string(reading->arena, instance);
        if (!dependency.name)
            return -ENOMEM;
    }
    node = arena_get(reading->arena, sizeof(*node));
    if (!node)
        return -ENOMEM;
    *node = dependency;
    **end = node;
    *end = &node->next;
    return 0;
}

static int add_dependency(struct reading *reading, const struct words *words, enum dependency kind)
{
    char *name;
    int error = reading_expand_word(reading, words, &name);

    if (error < 0 || !name)
        return error;
    if (unit_name_is_valid(name))
        return append_dependency(
            reading, kind,
            (struct dependency_name){ name, reading_place(reading, words->start), NULL });
    reading_error(reading, words->start,
                  strchr(name, '.') ? NULL : "a unit is named with its kind: 'NAME.service'",
                  "'%s' in %s= is not the name of a unit", name, reading->key);
    return 0;
}

/* These add up only: an empty value takes nothing back (systemd.unit(5)). No quotes: systemd takes
 * them for a part of the name. */
int directive_dependencies(struct reading *reading)
{
    struct words words;
    int result;

    words_init(&words, reading->lexer->text, reading->value_offset, WORDS_RAW);
    while ((result = reading_word(reading, &words)) > 0) {
        result = add_dependency(reading, &words, (enum dependency)reading->directive->argument);
        if (result < 0)
            break;
    }
    words_release(&words);
    return result;
}

int dependency_add_link(struct reading *reading, const struct unit_link *link)
{
    struct dependency_name dependency = {
        .name = arena_string(reading->arena, link->name),
        .place = { .path = arena_string(reading->arena, link->path) },
    };

    if (!dependency.name || !dependency.place.path)
        return -ENOMEM;
    return append_dependency(reading, link->kind, dependency);
}

/* --- exit statuses --- */

/* A number or a name of an exit status, or a signal by name. */
static bool add_status(struct exit_status_set *set, const char *word)
{
    int number = exit_status_from_name(word);

    if (number < 0 && value_integer(word, 0, 255, &number) < 0)
        number = -1;
    if (number >= 0) {
        set->codes[number / 64] |= UINT64_C(1) << number % 64;
        return true;
    }
    if (isdigit((unsigned char)*word) || value_signal(word, &number) < 0)
        return false;
    set->signals[number / 64] |= UINT64_C(1) << number % 64;
    return true;
}

int directive_status_set(struct reading *reading)
{
    struct exit_status_set **set = reading_field(reading);
    struct words words;
    int result;

    if (reading->value[0] == '\0') {
        *set = NULL;
        return 0;
    }
    if (!*set)
        *set = arena_get(reading->arena, sizeof(**set));
    if (!*set)
        return -ENOMEM;
    words_init(&words, reading->lexer->text, reading->value_offset, 0);
    while ((result = reading_word(reading, &words)) > 0)
        if (!add_status(*set, words.word))
            reading_error(reading, words.start,
                          "a number from 0 to 255, a name like 'TEMPFAIL' or "
                          "a signal like 'SIGTERM'",
                          "'%s' in %s= is not an exit status", words.word, reading->key);
    words_release(&words);
    return result;
}

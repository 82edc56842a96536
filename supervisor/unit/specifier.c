#include "supervisor/unit/specifier.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The longest thing that is made here: the path of a directory that is named as the unit. */
enum { PIECE_SIZE = 4096 };

/* A line of 1 MiB may hold half a million "%n". */
enum { EXPANDED_MAX = 1024 * 1024 };

/* --- parts of the unit name --- */

static size_t prefix_length(const char *name)
{
    const char *at = strchr(name, '@');

    return at ? (size_t)(at - name) : (size_t)(strrchr(name, '.') - name);
}

/* "bar" of "foo@bar.service", "" without an instance. */
static const char *instance(const char *name, size_t *ret_length)
{
    const char *at = strchr(name, '@');

    *ret_length = at ? (size_t)(strrchr(name, '.') - at - 1) : 0;
    return at ? at + 1 : "";
}

static void copy(char *piece, const char *text, size_t length)
{
    *(char *)mempcpy(piece, text, length) = '\0';
}

/* "-" is "/", "\x2d" is "-" (systemd-escape(1)). False when a backslash is no such escape. */
static bool unescape(char *piece)
{
    char *to = piece;

    for (const char *from = piece; *from; to++) {
        char digits[3] = "";

        if (*from != '\\') {
            *to = *from == '-' ? '/' : *from;
            from++;
            continue;
        }
        if (from[1] != 'x' || !isxdigit((unsigned char)from[2]) ||
            !isxdigit((unsigned char)from[3]))
            return false;
        memcpy(digits, from + 2, 2);
        *to = (char)strtol(digits, NULL, 16);
        from += 4;
    }
    *to = '\0';
    return true;
}

/* What follows the last "-" of the prefix. */
static void last_component(const char *name, char *piece)
{
    const char *dash;

    copy(piece, name, prefix_length(name));
    dash = strrchr(piece, '-');
    if (dash)
        memmove(piece, dash + 1, strlen(dash + 1) + 1);
}

/* As paths are that systemd-escape(1) takes: nothing that could be written shorter. */
static bool is_normal(const char *path)
{
    for (const char *part = path + 1;; part++) {
        size_t length = strcspn(part, "/");

        if (length == 0 || (length <= 2 && memcmp(part, "..", length) == 0))
            return false;
        part += length;
        if (*part == '\0')
            return true;
    }
}

/* False when the name is that of no path as systemd-escape(1) writes it. */
static bool path_of(const char *name, char *piece)
{
    size_t length;
    const char *text = instance(name, &length);

    if (length == 0) {
        text = name;
        length = prefix_length(name);
    }
    piece[0] = '/';
    copy(piece + 1, text, length);
    if (strcmp(piece + 1, "-") == 0) {
        piece[1] = '\0';
        return true;
    }
    return unescape(piece + 1) && is_normal(piece);
}

/* The letters that concern the name; false for another one, and when the name does not have it. */
static bool expand_name(char letter, const char *name, char *piece)
{
    size_t length;
    const char *text;

    switch (letter) {
    case 'n':
        copy(piece, name, strlen(name));
        return true;
    case 'N':
        copy(piece, name, (size_t)(strrchr(name, '.') - name));
        return true;
    case 'p':
    case 'P':
        copy(piece, name, prefix_length(name));
        break;
    case 'i':
    case 'I':
        text = instance(name, &length);
        copy(piece, text, length);
        break;
    case 'j':
    case 'J':
        last_component(name, piece);
        break;
    case 'f':
        return path_of(name, piece);
    default:
        return false;
    }
    return !isupper((unsigned char)letter) || unescape(piece);
}

/* --- the place --- */

static const char *expand_root(char letter, const struct unit_roots *roots)
{
    const struct {
        char letter;
        const char *text;
    } table[] = {
        { 't', roots->directory[DIRECTORY_RUNTIME] },
        { 'S', roots->directory[DIRECTORY_STATE] },
        { 'C', roots->directory[DIRECTORY_CACHE] },
        { 'L', roots->directory[DIRECTORY_LOGS] },
        { 'E', roots->directory[DIRECTORY_CONFIGURATION] },
        { 'D', "/usr/share" },
        { 'T', roots->tmp },
        { 'V', roots->var_tmp },
        { 'u', roots->user },
        { 'g', roots->group },
        { 'h', roots->home },
        { 's', roots->shell },
        { 'H', roots->hostname },
        { 'a', roots->architecture },
        { 'v', roots->kernel_release },
        { 'm', roots->machine_id },
        { 'b', roots->boot_id },
        { 'q', roots->pretty_hostname },
        { 'o', roots->os[OS_ID] },
        { 'w', roots->os[OS_VERSION_ID] },
        { 'W', roots->os[OS_VARIANT_ID] },
        { 'B', roots->os[OS_BUILD_ID] },
        { 'M', roots->os[OS_IMAGE_ID] },
        { 'A', roots->os[OS_IMAGE_VERSION] },
        { '%', "%" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(table); i++)
        if (table[i].letter == letter)
            return table[i].text;
    return NULL;
}

/* Known to systemd, but of its control groups, and deprecated there. */
static const char not_here[] = "crR";

/*
 * What one letter stands for: a text of its own length, since %l and %Y are the beginning of
 * another; NULL when it stands for nothing. `piece` (PIECE_SIZE) is room for what has to be made.
 */
static const char *expand_letter(const struct specifier_context *context, char letter, char *piece,
                                 size_t *ret_length)
{
    const char *path = context->real_path ? context->real_path : context->fragment_path;
    const char *text = NULL;

    if (expand_name(letter, context->unit_name, piece)) {
        text = piece;
    } else if (letter == 'U' || letter == 'G') {
        snprintf(piece, PIECE_SIZE, "%u",
                 letter == 'U' ? (unsigned)context->roots->uid : (unsigned)context->roots->gid);
        text = piece;
    } else if (letter == 'd') {
        int length = snprintf(piece, PIECE_SIZE, "%s/credentials/%s",
                              context->roots->directory[DIRECTORY_RUNTIME], context->unit_name);

        text = length > 0 && length < PIECE_SIZE ? piece : NULL;
    } else if (letter == 'l') {
        *ret_length = strcspn(context->roots->hostname, ".");
        return context->roots->hostname;
    } else if (letter == 'y') {
        text = path;
    } else if (letter == 'Y') {
        const char *slash = strrchr(path, '/');

        *ret_length = slash ? (size_t)(slash - path) : 1;
        return slash ? path : ".";
    } else {
        text = expand_root(letter, context->roots);
    }
    if (text)
        *ret_length = strlen(text);
    return text;
}

static int fail(struct specifier_problem *problem, size_t offset, char letter)
{
    problem->offset = offset;
    problem->is_refused = strchr(not_here, letter) != NULL;
    if (letter == 'm' || letter == 'b')
        snprintf(problem->text, sizeof(problem->text),
                 "Specifier '%%%c' is not known in this place", letter);
    else
        snprintf(problem->text, sizeof(problem->text),
                 problem->is_refused      ? "Specifier '%%%c' is not supported by reeve"
                 : strchr("PIJf", letter) ? "Specifier '%%%c': the name of the unit is not escaped "
                                            "that way (systemd-escape(1))"
                                          : "Unknown specifier '%%%c'",
                 letter);
    return -EINVAL;
}

/* Writes to `out` unless that is NULL, when the text is only measured. */
static int expand(const struct specifier_context *context, const char *text, char *out,
                  struct specifier_problem *ret_problem, size_t *ret_length)
{
    size_t length = 0;

    for (const char *at = text; *at; at++) {
        char piece[PIECE_SIZE];
        const char *part = at;
        size_t part_length = 1;

        if (*at == '%' && (isalnum((unsigned char)at[1]) || at[1] == '%')) {
            part = expand_letter(context, at[1], piece, &part_length);
            if (!part || (part_length == 0 && strchr("mb", at[1])))
                return fail(ret_problem, (size_t)(at - text), at[1]);
            at++;
        }
        if (out)
            memcpy(out + length, part, part_length);
        length += part_length;
    }
    *ret_length = length;
    return 0;
}

int specifier_expand(const struct specifier_context *context, const char *text, struct arena *arena,
                     struct specifier_problem *ret_problem, char **ret_expanded)
{
    size_t length;
    char *expanded;
    int error;

    if (!strchr(text, '%')) {
        *ret_expanded = arena_string(arena, text);
        return *ret_expanded ? 0 : -ENOMEM;
    }
    error = expand(context, text, NULL, ret_problem, &length);
    if (error < 0)
        return error;
    if (length > EXPANDED_MAX) {
        *ret_problem =
            (struct specifier_problem){ .text = "Specifiers make the text longer than 1 MiB" };
        return -EINVAL;
    }
    expanded = arena_get(arena, length + 1);
    if (!expanded)
        return -ENOMEM;
    error = expand(context, text, expanded, ret_problem, &length);
    *ret_expanded = expanded;
    return error;
}

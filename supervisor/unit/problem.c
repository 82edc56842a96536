#include "supervisor/unit/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*
 * What a user wrote is quoted in the text, and the text goes to a terminal or a log: control
 * characters are made visible, and a character that did not fit whole is cut off.
 */
static void make_printable(char *text, bool is_cut)
{
    size_t length = strlen(text), start = length;

    for (char *at = text; *at; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            *at = '?';
    if (!is_cut)
        return;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start > 0 && (unsigned char)text[start - 1] >= 0xc0)
        text[start - 1] = '\0';
}

void problem_report(struct problem_sink *sink, enum problem_level level,
                    const struct problem_place *place, const char *hint, const char *format, ...)
{
    struct problem problem = {
        .level = level,
        .path = place->path,
        .line = place->line,
        .column = place->column,
        .key = place->key,
    };
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(problem.text, sizeof(problem.text), format, arguments);
    va_end(arguments);
    make_printable(problem.text, length >= (int)sizeof(problem.text));
    length = snprintf(problem.hint, sizeof(problem.hint), "%s", hint ? hint : "");
    make_printable(problem.hint, length >= (int)sizeof(problem.hint));
    switch (level) {
    case PROBLEM_NOTE:
        sink->notes++;
        break;
    case PROBLEM_ADVICE:
    case PROBLEM_INERT:
    case PROBLEM_WARNING:
        sink->warnings++;
        break;
    case PROBLEM_REFUSED:
    case PROBLEM_ERROR:
        sink->errors++;
        break;
    }
    if (sink->report)
        sink->report(sink->context, &problem);
}

int problem_format(const struct problem *problem, char *buffer, size_t size)
{
    static const char *const levels[] = {
        [PROBLEM_NOTE] = "note",       [PROBLEM_ADVICE] = "warning", [PROBLEM_INERT] = "warning",
        [PROBLEM_WARNING] = "warning", [PROBLEM_REFUSED] = "error",  [PROBLEM_ERROR] = "error",
    };
    char where[32] = "";

    if (problem->line > 0 && problem->column > 0)
        snprintf(where, sizeof(where), ":%u:%u", problem->line, problem->column);
    else if (problem->line > 0)
        snprintf(where, sizeof(where), ":%u", problem->line);
    return snprintf(buffer, size, "%s%s: %s: %s%s%s", problem->path, where, levels[problem->level],
                    problem->text, problem->hint[0] ? "\n    hint: " : "", problem->hint);
}

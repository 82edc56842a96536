#include "supervisor/unit/simulate_words.h"

#include "supervisor/unit/suggest.h"
#include "supervisor/unit/value.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { STATUS_MAX = 255 };

static const char forms[] = "t=TIME UNIT exits N | t=TIME stop UNIT | UNIT exits N after TIME | "
                            "UNIT ready after TIME | UNIT stops after TIME | probe UNIT fails N "
                            "times; see reevectl(1)";

bool line_wrong(struct scenario_parser *parser, const char *hint, const char *what)
{
    const struct scenario_line *line = &parser->line;
    const char *word = line->at < line->count ? line->words[line->at] : NULL;

    parser->place.column = line->columns[line->at];
    if (word)
        problem_report(parser->sink, PROBLEM_ERROR, &parser->place, hint, "%s, not '%s'", what,
                       word);
    else
        problem_report(parser->sink, PROBLEM_ERROR, &parser->place, hint, "%s", what);
    return false;
}

void line_warn(struct scenario_parser *parser, const char *hint, const char *text)
{
    parser->place.column = parser->line.columns[0];
    problem_report(parser->sink, PROBLEM_WARNING, &parser->place, hint, "%s", text);
}

/* --- words --- */

const char *line_peek(const struct scenario_parser *parser)
{
    const struct scenario_line *line = &parser->line;

    return line->at < line->count ? line->words[line->at] : "";
}

bool line_accept(struct scenario_parser *parser, const char *word)
{
    if (strcmp(line_peek(parser), word) != 0)
        return false;
    parser->line.at++;
    return true;
}

bool line_expect(struct scenario_parser *parser, const char *word, const char *hint)
{
    char text[64];

    if (line_accept(parser, word))
        return true;
    snprintf(text, sizeof(text), "'%s' is expected here", word);
    return line_wrong(parser, hint, text);
}

bool line_at_end(struct scenario_parser *parser)
{
    return parser->line.at == parser->line.count ||
           line_wrong(parser, NULL, "The end of the line is expected here");
}

bool line_time(struct scenario_parser *parser, uint64_t *ret_us)
{
    if (value_time(line_peek(parser), USEC_PER_SEC, ret_us) < 0 || *ret_us == USEC_INFINITY)
        return line_wrong(parser, "write 800ms, 2s, 1min30s", "A time is expected here");
    parser->line.at++;
    return true;
}

/* "2s" or "2s..5s". */
bool line_duration(struct scenario_parser *parser, struct duration *ret_duration)
{
    char *word = parser->line.words[parser->line.at], *dots = word ? strstr(word, "..") : NULL;
    struct duration duration;
    bool is_good;

    if (!dots) {
        is_good = line_time(parser, &duration.least_us);
        duration.most_us = duration.least_us;
    } else {
        *dots = '\0';
        is_good = value_time(word, USEC_PER_SEC, &duration.least_us) == 0 &&
                  value_time(dots + 2, USEC_PER_SEC, &duration.most_us) == 0 &&
                  duration.least_us <= duration.most_us && duration.most_us != USEC_INFINITY;
        *dots = '.';
        if (!is_good)
            return line_wrong(parser, "write 2s..5s, the shorter time first",
                              "A range of times is expected here");
        parser->line.at++;
    }
    if (is_good)
        *ret_duration = duration;
    return is_good;
}

bool line_number(struct scenario_parser *parser, unsigned least, unsigned most,
                 unsigned *ret_number)
{
    uint64_t number;
    char text[64];

    snprintf(text, sizeof(text), "A number from %u to %u is expected here", least, most);
    if (value_unsigned(line_peek(parser), most, &number) < 0 || number < least)
        return line_wrong(parser, NULL, text);
    *ret_number = (unsigned)number;
    parser->line.at++;
    return true;
}

unit_id scenario_unit(const struct unit_set *set, const char *name, const char **ret_nearest)
{
    struct suggestion suggestion = { .word = name };
    char full[UNIT_NAME_MAX + 16];
    unit_id id = unit_set_find(set, name);

    if (id != UNIT_NONE)
        return id;
    snprintf(full, sizeof(full), "%.*s.service", UNIT_NAME_MAX, name);
    id = unit_set_find(set, full);
    if (strchr(name, '.') == NULL) {
        suggestion.word = full;
        suggestion.fixed = strlen(".service");
    }
    for (size_t i = 0; i < set->count && id == UNIT_NONE; i++)
        suggestion_offer(&suggestion, set->specs[i]->name);
    if (ret_nearest)
        *ret_nearest = suggestion.nearest;
    return id;
}

bool line_unit(struct scenario_parser *parser, unit_id *ret_id)
{
    const char *nearest = NULL;
    char hint[UNIT_NAME_MAX + 32];

    if (parser->line.at == parser->line.count)
        return line_wrong(parser, NULL, "The name of a unit is missing here");
    *ret_id = scenario_unit(parser->set, line_peek(parser), &nearest);
    snprintf(hint, sizeof(hint), "did you mean '%s'?", nearest ? nearest : "");
    if (*ret_id == UNIT_NONE)
        return line_wrong(parser, nearest ? hint : forms, "The name of a unit is expected here");
    parser->line.at++;
    return true;
}

bool line_service(struct scenario_parser *parser, unit_id *ret_id)
{
    size_t at = parser->line.at;

    if (!line_unit(parser, ret_id))
        return false;
    if (parser->set->specs[*ret_id]->kind == UNIT_SERVICE)
        return true;
    parser->line.at = at;
    return line_wrong(parser, "a target has no process: name one of its services",
                      "A service is expected here");
}

/* "exits N" or "dies SIGNAL"; the word itself has been looked at. */
bool line_exit(struct scenario_parser *parser, struct process_exit *ret_exit)
{
    unsigned status;
    int number;

    if (line_accept(parser, "exits")) {
        if (!line_number(parser, 0, STATUS_MAX, &status))
            return false;
        *ret_exit = (struct process_exit){ CLD_EXITED, (int)status };
        return true;
    }
    if (!line_expect(parser, "dies", NULL))
        return false;
    if (value_signal(line_peek(parser), &number) < 0)
        return line_wrong(parser, "write TERM, SIGKILL, 6", "A signal is expected here");
    *ret_exit = (struct process_exit){ CLD_KILLED, number };
    parser->line.at++;
    return true;
}

bool line_is_exit(const struct scenario_parser *parser)
{
    return strcmp(line_peek(parser), "exits") == 0 || strcmp(line_peek(parser), "dies") == 0;
}

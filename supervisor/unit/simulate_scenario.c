#include "supervisor/unit/simulate_scenario.h"

#include "supervisor/unit/suggest.h"
#include "supervisor/unit/value.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { WORDS_MAX = 16, COUNT_MAX = 1000000, STATUS_MAX = 255 };

static const char forms[] = "t=TIME UNIT exits N | t=TIME stop UNIT | UNIT exits N after TIME | "
                            "UNIT ready after TIME | UNIT stops after TIME | probe UNIT fails N "
                            "times; see reevectl(1)";

/* The words of one line; they end in NUL, inside the copy of the text. */
struct line {
    char *words[WORDS_MAX + 1];
    unsigned columns[WORDS_MAX + 1];
    size_t count, at; /* `at`: the word that is looked at */
};

struct parser {
    struct scenario *scenario;
    const struct unit_set *set;
    struct problem_sink *sink;
    struct problem_place place;
    struct line line;
    bool is_out_of_memory;
};

static bool wrong(struct parser *parser, const char *hint, const char *what)
{
    const struct line *line = &parser->line;
    const char *word = line->at < line->count ? line->words[line->at] : NULL;

    parser->place.column = line->columns[line->at];
    if (word)
        problem_report(parser->sink, PROBLEM_ERROR, &parser->place, hint, "%s, not '%s'", what,
                       word);
    else
        problem_report(parser->sink, PROBLEM_ERROR, &parser->place, hint, "%s", what);
    return false;
}

static void warn(struct parser *parser, const char *hint, const char *text)
{
    parser->place.column = parser->line.columns[0];
    problem_report(parser->sink, PROBLEM_WARNING, &parser->place, hint, "%s", text);
}

/* --- words --- */

static const char *peek(const struct parser *parser)
{
    const struct line *line = &parser->line;

    return line->at < line->count ? line->words[line->at] : "";
}

static bool accept(struct parser *parser, const char *word)
{
    if (strcmp(peek(parser), word) != 0)
        return false;
    parser->line.at++;
    return true;
}

static bool expect(struct parser *parser, const char *word, const char *hint)
{
    char text[64];

    if (accept(parser, word))
        return true;
    snprintf(text, sizeof(text), "'%s' is expected here", word);
    return wrong(parser, hint, text);
}

static bool at_end(struct parser *parser)
{
    return parser->line.at == parser->line.count ||
           wrong(parser, NULL, "The end of the line is expected here");
}

static bool take_time(struct parser *parser, uint64_t *ret_us)
{
    if (value_time(peek(parser), USEC_PER_SEC, ret_us) < 0 || *ret_us == USEC_INFINITY)
        return wrong(parser, "write 800ms, 2s, 1min30s", "A time is expected here");
    parser->line.at++;
    return true;
}

/* "2s" or "2s..5s". */
static bool take_duration(struct parser *parser, struct duration *ret_duration)
{
    char *word = parser->line.words[parser->line.at], *dots = word ? strstr(word, "..") : NULL;
    struct duration duration;
    bool is_good;

    if (!dots) {
        is_good = take_time(parser, &duration.least_us);
        duration.most_us = duration.least_us;
    } else {
        *dots = '\0';
        is_good = value_time(word, USEC_PER_SEC, &duration.least_us) == 0 &&
                  value_time(dots + 2, USEC_PER_SEC, &duration.most_us) == 0 &&
                  duration.least_us <= duration.most_us && duration.most_us != USEC_INFINITY;
        *dots = '.';
        if (!is_good)
            return wrong(parser, "write 2s..5s, the shorter time first",
                         "A range of times is expected here");
        parser->line.at++;
    }
    if (is_good)
        *ret_duration = duration;
    return is_good;
}

static bool take_number(struct parser *parser, unsigned least, unsigned most, unsigned *ret_number)
{
    uint64_t number;
    char text[64];

    snprintf(text, sizeof(text), "A number from %u to %u is expected here", least, most);
    if (value_unsigned(peek(parser), most, &number) < 0 || number < least)
        return wrong(parser, NULL, text);
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

static bool take_unit(struct parser *parser, unit_id *ret_id)
{
    const char *nearest = NULL;
    char hint[UNIT_NAME_MAX + 32];

    if (parser->line.at == parser->line.count)
        return wrong(parser, NULL, "The name of a unit is missing here");
    *ret_id = scenario_unit(parser->set, peek(parser), &nearest);
    snprintf(hint, sizeof(hint), "did you mean '%s'?", nearest ? nearest : "");
    if (*ret_id == UNIT_NONE)
        return wrong(parser, nearest ? hint : forms, "The name of a unit is expected here");
    parser->line.at++;
    return true;
}

static bool take_service(struct parser *parser, unit_id *ret_id)
{
    size_t at = parser->line.at;

    if (!take_unit(parser, ret_id))
        return false;
    if (parser->set->specs[*ret_id]->kind == UNIT_SERVICE)
        return true;
    parser->line.at = at;
    return wrong(parser, "a target has no process: name one of its services",
                 "A service is expected here");
}

/* "exits N" or "dies SIGNAL"; the word itself has been looked at. */
static bool take_exit(struct parser *parser, struct process_exit *ret_exit)
{
    unsigned status;
    int number;

    if (accept(parser, "exits")) {
        if (!take_number(parser, 0, STATUS_MAX, &status))
            return false;
        *ret_exit = (struct process_exit){ CLD_EXITED, (int)status };
        return true;
    }
    if (!expect(parser, "dies", NULL))
        return false;
    if (value_signal(peek(parser), &number) < 0)
        return wrong(parser, "write TERM, SIGKILL, 6", "A signal is expected here");
    *ret_exit = (struct process_exit){ CLD_KILLED, number };
    parser->line.at++;
    return true;
}

static bool is_exit(const struct parser *parser)
{
    return strcmp(peek(parser), "exits") == 0 || strcmp(peek(parser), "dies") == 0;
}

/* --- what is kept --- */

static void *grow(struct parser *parser, void *items, size_t count, size_t size)
{
    void *bigger;

    /* A power of two, or nothing yet: it is full. */
    if (count & (count - 1))
        return items;
    bigger = realloc(items, (count ? 2 * count : 1) * size);
    parser->is_out_of_memory |= !bigger;
    return bigger;
}

static bool add_rule(struct parser *parser, struct scenario_rule rule)
{
    struct scenario *scenario = parser->scenario;
    struct scenario_rule *rules =
        grow(parser, scenario->rules, scenario->rule_count, sizeof(*rules));

    if (!rules)
        return false;
    scenario->rules = rules;
    rules[scenario->rule_count++] = rule;
    return true;
}

/* After all that happen earlier or, in lines before this one, at the same time. */
static bool add_event(struct parser *parser, struct scenario_event event)
{
    struct scenario *scenario = parser->scenario;
    struct scenario_event *events =
        grow(parser, scenario->events, scenario->event_count, sizeof(*events));
    size_t at = scenario->event_count;

    if (!events)
        return false;
    scenario->events = events;
    for (; at > 0 && events[at - 1].at_us > event.at_us; at--)
        events[at] = events[at - 1];
    events[at] = event;
    scenario->event_count++;
    return true;
}

/* --- lines with a time --- */

static bool parse_request(struct parser *parser, struct scenario_event *event)
{
    static const struct {
        const char *word;
        enum job_kind job;
    } requests[] = {
        { "start", JOB_START },
        { "stop", JOB_STOP },
        { "restart", JOB_RESTART },
    };

    if (accept(parser, "shutdown")) {
        event->what = HAPPENS_SHUTDOWN;
        return true;
    }
    if (accept(parser, "reset-failed")) {
        event->what = HAPPENS_RESET;
        return take_unit(parser, &event->id);
    }
    for (size_t i = 0; i < ARRAY_SIZE(requests); i++)
        if (accept(parser, requests[i].word)) {
            event->what = HAPPENS_REQUEST;
            event->job = requests[i].job;
            return take_unit(parser, &event->id);
        }
    return false;
}

static bool parse_happening(struct parser *parser, struct scenario_event *event)
{
    static const struct {
        const char *word;
        enum scenario_what what;
    } words[] = {
        { "ready", HAPPENS_READY },
        { "reloading", HAPPENS_RELOADING },
        { "stopping", HAPPENS_STOPPING },
        { "hangs", HAPPENS_HANG },
    };

    if (!take_service(parser, &event->id))
        return false;
    if (is_exit(parser)) {
        event->what = HAPPENS_EXIT;
        return take_exit(parser, &event->exit);
    }
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (accept(parser, words[i].word)) {
            event->what = words[i].what;
            return true;
        }
    return wrong(parser, "exits N, dies SIGNAL, ready, reloading, stopping, hangs",
                 "What the unit does then is expected here");
}

/* The words from `at` on, as they were written, with single spaces. */
static const char *join_words(struct parser *parser, size_t at)
{
    char text[512] = "";
    size_t used = 0;
    const char *copy;

    for (; at < parser->line.count && used < sizeof(text); at++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", used ? " " : "",
                                 parser->line.words[at]);
    copy = arena_string(&parser->scenario->arena, text);
    parser->is_out_of_memory |= !copy;
    return copy;
}

static bool parse_event(struct parser *parser)
{
    struct scenario_event event = { .id = UNIT_NONE };
    unsigned errors = parser->sink->errors;

    parser->line.words[0] += 2; /* "t=" */
    parser->line.columns[0] += 2;
    if (!take_time(parser, &event.at_us))
        return false;
    event.text = join_words(parser, 1);
    if (!parse_request(parser, &event)) {
        if (parser->sink->errors != errors || !parse_happening(parser, &event))
            return false;
    }
    return at_end(parser) && add_event(parser, event);
}

/* --- lines without: how a unit behaves --- */

static enum command_list list_named(const char *word)
{
    static const struct {
        const char *word;
        enum command_list list;
    } lists[] = {
        { "ExecStartPre", LIST_START_PRE },   { "ExecStart", LIST_START },
        { "ExecStartPost", LIST_START_POST }, { "ExecStop", LIST_STOP },
        { "ExecStopPost", LIST_STOP_POST },
    };

    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        if (strcmp(word, lists[i].word) == 0)
            return lists[i].list;
    return LIST_NONE;
}

/* "takes 2s", "exits 1 after 2s", "never ends". */
static bool parse_command(struct parser *parser, struct scenario_rule *rule)
{
    rule->kind = RULE_COMMAND;
    rule->list = list_named(peek(parser));
    parser->line.at++;
    rule->exit = (struct process_exit){ CLD_EXITED, 0 };
    if (accept(parser, "takes"))
        return take_duration(parser, &rule->after);
    if (accept(parser, "never")) {
        rule->exit = (struct process_exit){ 0, 0 };
        return expect(parser, "ends", NULL);
    }
    if (!is_exit(parser))
        return wrong(parser, "takes TIME, exits N, dies SIGNAL, never ends",
                     "What the command does is expected here");
    return take_exit(parser, &rule->exit) &&
           (!accept(parser, "after") || take_duration(parser, &rule->after));
}

/* "stops after 2s", "stops with 3 after 2s", "ignores TERM": what a signal to end does to it. */
static bool parse_stop(struct parser *parser, struct scenario_rule *rule)
{
    unsigned status;

    rule->kind = RULE_STOP;
    if (accept(parser, "ignores")) {
        rule->after = (struct duration){ USEC_INFINITY, USEC_INFINITY };
        return expect(parser, "TERM", NULL);
    }
    parser->line.at++;
    if (accept(parser, "with")) {
        if (!take_number(parser, 0, STATUS_MAX, &status))
            return false;
        rule->exit = (struct process_exit){ CLD_EXITED, (int)status };
        return !accept(parser, "after") || take_duration(parser, &rule->after);
    }
    return expect(parser, "after", "stops after TIME, stops with STATUS") &&
           take_duration(parser, &rule->after);
}

static bool parse_ready(struct parser *parser, struct scenario_rule *rule)
{
    const struct unit_spec *spec = parser->set->specs[rule->id];
    enum service_type type = spec->service.type;

    rule->kind = RULE_READY;
    if (accept(parser, "never")) {
        rule->after = (struct duration){ USEC_INFINITY, USEC_INFINITY };
        if (!expect(parser, "ready", NULL))
            return false;
    } else if (!accept(parser, "ready") || !expect(parser, "after", "ready after TIME") ||
               !take_duration(parser, &rule->after)) {
        return false;
    }
    if (type == TYPE_ONESHOT)
        warn(parser, "a oneshot is done when its command is: write 'ExecStart takes TIME'",
             "This has no effect");
    else if ((type == TYPE_SIMPLE || type == TYPE_IDLE) && !spec->health.gate)
        warn(parser, "Type=simple is ready as soon as it runs; Type=notify says when it is",
             "This has no effect");
    return true;
}

static bool parse_cannot(struct parser *parser, struct scenario_rule *rule)
{
    rule->kind = RULE_CANNOT_RUN;
    parser->line.at++;
    if (accept(parser, "fork"))
        return true;
    rule->exit = (struct process_exit){ CLD_EXITED, 203 };
    return expect(parser, "exec", "cannot fork, cannot exec");
}

static bool parse_behaviour(struct parser *parser, struct scenario_rule *rule)
{
    const char *word = peek(parser);

    if (list_named(word) != LIST_NONE)
        return parse_command(parser, rule);
    if (strcmp(word, "stops") == 0 || strcmp(word, "ignores") == 0)
        return parse_stop(parser, rule);
    if (strcmp(word, "ready") == 0 || strcmp(word, "never") == 0)
        return parse_ready(parser, rule);
    if (strcmp(word, "cannot") == 0)
        return parse_cannot(parser, rule);
    rule->kind = RULE_END;
    if (accept(parser, "runs"))
        return expect(parser, "for", "runs for ever") && expect(parser, "ever", "runs for ever");
    if (!is_exit(parser))
        return wrong(parser,
                     "exits N, dies SIGNAL, runs for ever, ready after TIME, never ready, stops "
                     "after TIME, ignores TERM, cannot exec, ExecStop takes TIME",
                     "What the unit does is expected here");
    return take_exit(parser, &rule->exit) &&
           (!accept(parser, "after") || take_duration(parser, &rule->after));
}

/* "probe UNIT fails 3 times", "condition UNIT fails", "assert UNIT fails". */
static bool parse_check(struct parser *parser, struct scenario_rule *rule)
{
    bool is_probe = accept(parser, "probe");
    size_t at = parser->line.at;

    rule->kind = is_probe ? RULE_PROBE : RULE_CHECK;
    if (!is_probe)
        rule->check = accept(parser, "condition") ? 1 : accept(parser, "assert") ? 2 : 0;
    if (!take_service(parser, &rule->id) || !expect(parser, "fails", NULL))
        return false;
    if (!is_probe)
        return true;
    if (!parser->set->specs[rule->id]->health.gate) {
        parser->line.at = at;
        warn(parser, "only with HealthGate=yes does the start of a unit wait for its probe",
             "This has no effect");
        parser->line.at = at + 2;
    }
    return take_number(parser, 1, COUNT_MAX, &rule->count) && expect(parser, "times", NULL);
}

static bool parse_rule(struct parser *parser)
{
    struct scenario_rule rule = { 0 };
    const char *word = peek(parser);
    bool is_good;

    if (strcmp(word, "probe") == 0 || strcmp(word, "condition") == 0 || strcmp(word, "assert") == 0)
        is_good = parse_check(parser, &rule);
    else
        is_good = take_service(parser, &rule.id) && parse_behaviour(parser, &rule);
    if (is_good && accept(parser, "in"))
        is_good = expect(parser, "run", "in run N") && take_number(parser, 1, COUNT_MAX, &rule.run);
    return is_good && at_end(parser) && add_rule(parser, rule);
}

/* --- lines --- */

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

/* False: there is nothing, or too much, on this line. */
static bool split(struct parser *parser, char *text)
{
    struct line *line = &parser->line;
    char *at = text;

    *line = (struct line){ 0 };
    for (;;) {
        while (is_space(*at))
            *at++ = '\0';
        line->columns[line->count] = (unsigned)(at - text) + 1;
        if (*at == '\0' || *at == '#')
            break;
        if (line->count == WORDS_MAX) {
            line->at = line->count;
            return wrong(parser, NULL, "The line has too many words");
        }
        line->words[line->count++] = at;
        while (*at && !is_space(*at))
            at++;
    }
    return line->count > 0;
}

static void parse_line(struct parser *parser, char *text)
{
    if (!split(parser, text))
        return;
    if (strcmp(parser->line.words[0], "at") == 0 && parser->line.count > 1) {
        wrong(parser, "write t=3s", "A time is written as t=TIME");
        return;
    }
    if (strncmp(parser->line.words[0], "t=", 2) == 0)
        (void)parse_event(parser);
    else
        (void)parse_rule(parser);
}

int scenario_parse(struct scenario *ret_scenario, const struct unit_set *set, const char *path,
                   const char *text, size_t size, struct problem_sink *sink)
{
    struct parser parser = { .scenario = ret_scenario, .set = set, .sink = sink };
    unsigned errors = sink->errors;
    char *line, *next;

    *ret_scenario = (struct scenario){ 0 };
    arena_init(&ret_scenario->arena);
    line = arena_copy(&ret_scenario->arena, text ? text : "", size);
    parser.place.path = path;
    parser.is_out_of_memory = !line;
    for (; line && !parser.is_out_of_memory; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        parser.place.line++;
        parse_line(&parser, line);
    }
    if (parser.is_out_of_memory || sink->errors != errors)
        scenario_release(ret_scenario);
    return parser.is_out_of_memory ? -ENOMEM : sink->errors != errors ? -EBADMSG : 0;
}

void scenario_release(struct scenario *scenario)
{
    free(take_pointer(&scenario->rules));
    free(take_pointer(&scenario->events));
    scenario->rule_count = scenario->event_count = 0;
    arena_release(&scenario->arena);
}

const struct scenario_rule *scenario_rule(const struct scenario *scenario, enum rule_kind kind,
                                          unit_id id, enum command_list list, unsigned run)
{
    const struct scenario_rule *found = NULL;

    for (size_t i = 0; i < scenario->rule_count; i++) {
        const struct scenario_rule *rule = &scenario->rules[i];

        if (rule->kind == kind && rule->id == id && (rule->run == 0 || rule->run == run) &&
            (kind != RULE_COMMAND || rule->list == list) && (!found || rule->run >= found->run))
            found = rule;
    }
    return found;
}

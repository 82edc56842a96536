#include "supervisor/unit/simulate_words.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { COUNT_MAX = 1000000, STATUS_MAX = 255 };

/* --- what is kept --- */

static void *grow(struct scenario_parser *parser, void *items, size_t count, size_t size)
{
    void *bigger;

    /* A power of two, or nothing yet: it is full. */
    if (count & (count - 1))
        return items;
    bigger = realloc(items, (count ? 2 * count : 1) * size);
    parser->is_out_of_memory |= !bigger;
    return bigger;
}

static bool add_rule(struct scenario_parser *parser, struct scenario_rule rule)
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
static bool add_event(struct scenario_parser *parser, struct scenario_event event)
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

static bool parse_request(struct scenario_parser *parser, struct scenario_event *event)
{
    static const struct {
        const char *word;
        enum job_kind job;
    } requests[] = {
        { "start", JOB_START },     { "stop", JOB_STOP },
        { "restart", JOB_RESTART }, { "try-restart", JOB_TRY_RESTART },
        { "reload", JOB_RELOAD },   { "reload-or-start", JOB_RELOAD_OR_START },
    };

    if (line_accept(parser, "shutdown")) {
        event->what = HAPPENS_SHUTDOWN;
        return true;
    }
    if (line_accept(parser, "reset-failed")) {
        event->what = HAPPENS_RESET;
        return line_unit(parser, &event->id);
    }
    for (size_t i = 0; i < ARRAY_SIZE(requests); i++)
        if (line_accept(parser, requests[i].word)) {
            event->what = HAPPENS_REQUEST;
            event->job = requests[i].job;
            return line_unit(parser, &event->id);
        }
    return false;
}

static bool parse_happening(struct scenario_parser *parser, struct scenario_event *event)
{
    static const struct {
        const char *word;
        enum scenario_what what;
    } words[] = {
        { "ready", HAPPENS_READY },         { "reloading", HAPPENS_RELOADING },
        { "stopping", HAPPENS_STOPPING },   { "hangs", HAPPENS_HANG },
        { "unhealthy", HAPPENS_UNHEALTHY },
    };

    if (!line_service(parser, &event->id))
        return false;
    if (line_is_exit(parser)) {
        event->what = HAPPENS_EXIT;
        return line_exit(parser, &event->exit);
    }
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (line_accept(parser, words[i].word)) {
            event->what = words[i].what;
            return true;
        }
    return line_wrong(parser, "exits N, dies SIGNAL, ready, reloading, stopping, hangs, unhealthy",
                      "What the unit does then is expected here");
}

/* The words from `at` on, as they were written, with single spaces. */
static const char *join_words(struct scenario_parser *parser, size_t at)
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

static bool parse_event(struct scenario_parser *parser)
{
    struct scenario_event event = { .id = UNIT_NONE };
    unsigned errors = parser->sink->errors;

    parser->line.words[0] += 2; /* "t=" */
    parser->line.columns[0] += 2;
    if (!line_time(parser, &event.at_us))
        return false;
    event.text = join_words(parser, 1);
    if (!parse_request(parser, &event)) {
        if (parser->sink->errors != errors || !parse_happening(parser, &event))
            return false;
    }
    return line_at_end(parser) && add_event(parser, event);
}

/* --- lines without: how a unit behaves --- */

static enum command_list list_named(const char *word)
{
    static const struct {
        const char *word;
        enum command_list list;
    } lists[] = {
        { "ExecCondition", LIST_CONDITION },  { "ExecReload", LIST_RELOAD },
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
static bool parse_command(struct scenario_parser *parser, struct scenario_rule *rule)
{
    rule->kind = RULE_COMMAND;
    rule->list = list_named(line_peek(parser));
    parser->line.at++;
    rule->exit = (struct process_exit){ CLD_EXITED, 0 };
    if (line_accept(parser, "takes"))
        return line_duration(parser, &rule->after);
    if (line_accept(parser, "never")) {
        rule->exit = (struct process_exit){ 0, 0 };
        return line_expect(parser, "ends", NULL);
    }
    if (!line_is_exit(parser))
        return line_wrong(parser, "takes TIME, exits N, dies SIGNAL, never ends",
                          "What the command does is expected here");
    return line_exit(parser, &rule->exit) &&
           (!line_accept(parser, "after") || line_duration(parser, &rule->after));
}

/* "stops after 2s", "stops with 3 after 2s", "ignores TERM": what a signal to end does to it. */
static bool parse_stop(struct scenario_parser *parser, struct scenario_rule *rule)
{
    unsigned status;

    rule->kind = RULE_STOP;
    if (line_accept(parser, "ignores")) {
        rule->after = (struct duration){ USEC_INFINITY, USEC_INFINITY };
        return line_expect(parser, "TERM", NULL);
    }
    parser->line.at++;
    if (line_accept(parser, "with")) {
        if (!line_number(parser, 0, STATUS_MAX, &status))
            return false;
        rule->exit = (struct process_exit){ CLD_EXITED, (int)status };
        return !line_accept(parser, "after") || line_duration(parser, &rule->after);
    }
    return line_expect(parser, "after", "stops after TIME, stops with STATUS") &&
           line_duration(parser, &rule->after);
}

static bool parse_ready(struct scenario_parser *parser, struct scenario_rule *rule)
{
    const struct unit_spec *spec = parser->set->specs[rule->id];
    enum service_type type = spec->service.type;

    rule->kind = RULE_READY;
    if (line_accept(parser, "never")) {
        rule->after = (struct duration){ USEC_INFINITY, USEC_INFINITY };
        if (!line_expect(parser, "ready", NULL))
            return false;
    } else if (!line_accept(parser, "ready") || !line_expect(parser, "after", "ready after TIME") ||
               !line_duration(parser, &rule->after)) {
        return false;
    }
    if (type == TYPE_ONESHOT)
        line_warn(parser, "a oneshot is done when its command is: write 'ExecStart takes TIME'",
                  "This has no effect");
    else if ((type == TYPE_SIMPLE || type == TYPE_IDLE) && !spec->health.gate)
        line_warn(parser, "Type=simple is ready as soon as it runs; Type=notify says when it is",
                  "This has no effect");
    return true;
}

static bool parse_cannot(struct scenario_parser *parser, struct scenario_rule *rule)
{
    rule->kind = RULE_CANNOT_RUN;
    parser->line.at++;
    if (line_accept(parser, "fork"))
        return true;
    rule->exit = (struct process_exit){ CLD_EXITED, 203 };
    return line_expect(parser, "exec", "cannot fork, cannot exec");
}

static bool parse_behaviour(struct scenario_parser *parser, struct scenario_rule *rule)
{
    const char *word = line_peek(parser);

    if (list_named(word) != LIST_NONE)
        return parse_command(parser, rule);
    if (strcmp(word, "stops") == 0 || strcmp(word, "ignores") == 0)
        return parse_stop(parser, rule);
    if (strcmp(word, "ready") == 0 || strcmp(word, "never") == 0)
        return parse_ready(parser, rule);
    if (strcmp(word, "cannot") == 0)
        return parse_cannot(parser, rule);
    rule->kind = RULE_END;
    if (line_accept(parser, "runs"))
        return line_expect(parser, "for", "runs for ever") &&
               line_expect(parser, "ever", "runs for ever");
    if (!line_is_exit(parser))
        return line_wrong(
            parser,
            "exits N, dies SIGNAL, runs for ever, ready after TIME, never ready, stops "
            "after TIME, ignores TERM, cannot exec, ExecStop takes TIME",
            "What the unit does is expected here");
    return line_exit(parser, &rule->exit) &&
           (!line_accept(parser, "after") || line_duration(parser, &rule->after));
}

/* "probe UNIT fails 3 times", "condition UNIT fails", "assert UNIT fails". */
static bool parse_check(struct scenario_parser *parser, struct scenario_rule *rule)
{
    bool is_probe = line_accept(parser, "probe");
    size_t at = parser->line.at;

    rule->kind = is_probe ? RULE_PROBE : RULE_CHECK;
    if (!is_probe)
        rule->check = line_accept(parser, "condition") ? 1 : line_accept(parser, "assert") ? 2 : 0;
    if (!line_service(parser, &rule->id) || !line_expect(parser, "fails", NULL))
        return false;
    if (!is_probe)
        return true;
    if (!parser->set->specs[rule->id]->health.gate) {
        parser->line.at = at;
        line_warn(parser, "only with HealthGate=yes does the start of a unit wait for its probe",
                  "This has no effect");
        parser->line.at = at + 2;
    }
    return line_number(parser, 1, COUNT_MAX, &rule->count) && line_expect(parser, "times", NULL);
}

static bool parse_rule(struct scenario_parser *parser)
{
    struct scenario_rule rule = { 0 };
    const char *word = line_peek(parser);
    bool is_good;

    if (strcmp(word, "probe") == 0 || strcmp(word, "condition") == 0 || strcmp(word, "assert") == 0)
        is_good = parse_check(parser, &rule);
    else
        is_good = line_service(parser, &rule.id) && parse_behaviour(parser, &rule);
    if (is_good && line_accept(parser, "in"))
        is_good =
            line_expect(parser, "run", "in run N") && line_number(parser, 1, COUNT_MAX, &rule.run);
    return is_good && line_at_end(parser) && add_rule(parser, rule);
}

/* --- lines --- */

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

/* False: there is nothing, or too much, on this line. */
static bool split(struct scenario_parser *parser, char *text)
{
    struct scenario_line *line = &parser->line;
    char *at = text;

    *line = (struct scenario_line){ 0 };
    for (;;) {
        while (is_space(*at))
            *at++ = '\0';
        line->columns[line->count] = (unsigned)(at - text) + 1;
        if (*at == '\0' || *at == '#')
            break;
        if (line->count == SCENARIO_WORDS_MAX) {
            line->at = line->count;
            return line_wrong(parser, NULL, "The line has too many words");
        }
        line->words[line->count++] = at;
        while (*at && !is_space(*at))
            at++;
    }
    return line->count > 0;
}

static void parse_line(struct scenario_parser *parser, char *text)
{
    if (!split(parser, text))
        return;
    if (strcmp(parser->line.words[0], "at") == 0 && parser->line.count > 1) {
        line_wrong(parser, "write t=3s", "A time is written as t=TIME");
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
    struct scenario_parser parser = { .scenario = ret_scenario, .set = set, .sink = sink };
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

#include "supervisor/unit/simulate_assert.h"

#include "supervisor/unit/value.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { WORDS_MAX = 8, WORD_SIZE = UNIT_NAME_MAX + 1, EXIT_SIGNAL_BASE = 128 };

enum measure { MEASURE_NUMBER, MEASURE_TIME, MEASURE_RESULT };

static const struct quantity {
    const char *word;
    enum assertion_about about;
    enum measure measure;
    bool of_pod, of_unit;
} quantities[] = {
    { "restarts", ABOUT_RESTARTS, MEASURE_NUMBER, false, true },
    { "starts", ABOUT_STARTS, MEASURE_NUMBER, false, true },
    { "downtime", ABOUT_DOWNTIME, MEASURE_TIME, false, true },
    { "uptime", ABOUT_UPTIME, MEASURE_TIME, false, true },
    { "ready", ABOUT_READY, MEASURE_TIME, false, true },
    { "exit", ABOUT_EXIT, MEASURE_NUMBER, true, true },
    { "result", ABOUT_RESULT, MEASURE_RESULT, false, true },
    { "end", ABOUT_END, MEASURE_TIME, true, false },
};

static const char *const comparisons[] = {
    [IS_LESS] = "<",       [IS_LESS_OR_EQUAL] = "<=", [IS_EQUAL] = "==",
    [IS_NOT_EQUAL] = "!=", [IS_MORE_OR_EQUAL] = ">=", [IS_MORE] = ">",
};

static const char hint[] =
    "UNIT restarts|starts|exit OP NUMBER, UNIT downtime|uptime|ready OP TIME, UNIT result OP "
    "RESULT, UNIT [not] STATE [at TIME], pod exit OP NUMBER, pod end OP TIME";

struct words {
    char word[WORDS_MAX][WORD_SIZE];
    size_t count, at;
};

/* --- reading --- */

/* Words end at spaces, and where an operator begins or ends. False: too many, or too long. */
static bool split(const char *text, struct words *words)
{
    static const char operators[] = "<>=!";

    words->count = words->at = 0;
    for (;;) {
        size_t length;

        text += strspn(text, " \t");
        if (*text == '\0')
            return true;
        length = strspn(text, operators);
        if (length == 0)
            length = strcspn(text, " \t<>=!");
        if (words->count == WORDS_MAX || length >= WORD_SIZE)
            return false;
        memcpy(words->word[words->count], text, length);
        words->word[words->count++][length] = '\0';
        text += length;
    }
}

static const char *peek(const struct words *words)
{
    return words->at < words->count ? words->word[words->at] : "";
}

static bool accept(struct words *words, const char *word)
{
    if (strcmp(peek(words), word) != 0)
        return false;
    words->at++;
    return true;
}

static const struct quantity *take_quantity(struct words *words, bool is_pod)
{
    for (size_t i = 0; i < ARRAY_SIZE(quantities); i++)
        if ((is_pod ? quantities[i].of_pod : quantities[i].of_unit) &&
            accept(words, quantities[i].word))
            return &quantities[i];
    return NULL;
}

static bool take_value(struct words *words, enum measure measure, uint64_t *ret_value)
{
    const char *word = peek(words);
    bool is_good = false;

    switch (measure) {
    case MEASURE_NUMBER:
        is_good = value_unsigned(word, INT64_MAX, ret_value) == 0;
        break;
    case MEASURE_TIME:
        is_good = value_time(word, USEC_PER_SEC, ret_value) == 0;
        break;
    case MEASURE_RESULT:
        for (int i = 0; i < RESULT_COUNT && !is_good; i++) {
            is_good = strcmp(word, unit_result_name((enum unit_result)i)) == 0;
            if (is_good)
                *ret_value = (uint64_t)i;
        }
        break;
    }
    words->at += is_good;
    return is_good;
}

static bool take_comparison(struct words *words, enum comparison *ret_comparison)
{
    for (size_t i = 0; i < ARRAY_SIZE(comparisons); i++)
        if (accept(words, comparisons[i])) {
            *ret_comparison = (enum comparison)i;
            return true;
        }
    return false;
}

/* A name of a state that there is, from the tables of the machine. */
static const char *find_state(const char *word, bool is_pod)
{
    if (is_pod)
        return strcmp(word, "running") == 0 ? "running"
               : strcmp(word, "ended") == 0 ? "ended"
                                            : NULL;
    for (int i = 0; i < STATE_COUNT; i++) {
        const struct state_info *info = unit_state_info((enum unit_state)i);

        if (strcmp(word, info->name) == 0)
            return info->name;
        if (strcmp(word, active_state_name(info->active)) == 0)
            return active_state_name(info->active);
    }
    return NULL;
}

static bool read_state(struct words *words, struct assertion *assertion)
{
    assertion->about = ABOUT_STATE;
    assertion->is_negated = accept(words, "not");
    assertion->state = find_state(peek(words), assertion->id == UNIT_NONE);
    if (!assertion->state)
        return false;
    words->at++;
    return !accept(words, "at") || (take_value(words, MEASURE_TIME, &assertion->at_us) &&
                                    assertion->at_us != USEC_INFINITY);
}

static bool read_rest(struct words *words, struct assertion *assertion)
{
    const struct quantity *quantity = take_quantity(words, assertion->id == UNIT_NONE);

    if (!quantity)
        return read_state(words, assertion);
    assertion->about = quantity->about;
    return take_comparison(words, &assertion->comparison) &&
           take_value(words, quantity->measure, &assertion->wanted);
}

int assertion_parse(struct assertion *ret_assertion, const struct unit_set *set, const char *text,
                    struct problem_sink *sink)
{
    struct assertion assertion = { .text = text, .id = UNIT_NONE, .at_us = USEC_INFINITY };
    struct problem_place place = { .path = "--assert" };
    struct words words;
    const char *nearest = NULL;
    char advice[UNIT_NAME_MAX + 32];

    if (!split(text, &words)) {
        problem_report(sink, PROBLEM_ERROR, &place, hint, "'%s': There are too many words", text);
        return -EINVAL;
    }
    if (!accept(&words, "pod")) {
        assertion.id = scenario_unit(set, peek(&words), &nearest);
        snprintf(advice, sizeof(advice), "did you mean '%s'?", nearest ? nearest : "");
        if (assertion.id == UNIT_NONE) {
            problem_report(sink, PROBLEM_ERROR, &place, nearest ? advice : hint,
                           "'%s': There is no unit '%s'", text, peek(&words));
            return -EINVAL;
        }
        words.at++;
    }
    if (!read_rest(&words, &assertion) || words.at != words.count) {
        problem_report(sink, PROBLEM_ERROR, &place, hint, "'%s': Cannot be understood from '%s' on",
                       text, words.at < words.count ? peek(&words) : "the end");
        return -EINVAL;
    }
    *ret_assertion = assertion;
    return 0;
}

/* --- words for numbers --- */

void time_format(uint64_t us, char *buffer, size_t size)
{
    uint64_t minutes = us / (60 * USEC_PER_SEC), hours = minutes / 60;
    uint64_t rest_us = us % (60 * USEC_PER_SEC);
    char seconds[32];
    size_t length;

    if (us == USEC_INFINITY) {
        snprintf(buffer, size, "never");
        return;
    }
    if (us < USEC_PER_SEC && us > 0) {
        snprintf(buffer, size, us % USEC_PER_MSEC ? "%.3fms" : "%.0fms",
                 (double)us / USEC_PER_MSEC);
        return;
    }
    snprintf(seconds, sizeof(seconds), "%.6f", (double)rest_us / USEC_PER_SEC);
    for (length = strlen(seconds); seconds[length - 1] == '0'; length--)
        seconds[length - 1] = '\0';
    if (seconds[length - 1] == '.')
        seconds[length - 1] = '\0';
    if (hours > 0)
        snprintf(buffer, size, "%lluh %llumin %ss", (unsigned long long)hours,
                 (unsigned long long)(minutes % 60), seconds);
    else if (minutes > 0)
        snprintf(buffer, size, "%llumin %ss", (unsigned long long)minutes, seconds);
    else
        snprintf(buffer, size, "%ss", seconds);
}

int exit_number(struct process_exit exit)
{
    if (exit.code == 0)
        return -1;
    return exit.code == CLD_EXITED ? exit.status : EXIT_SIGNAL_BASE + exit.status;
}

/* --- judging --- */

static bool compares(uint64_t got, enum comparison comparison, uint64_t wanted)
{
    switch (comparison) {
    case IS_LESS:
        return got < wanted;
    case IS_LESS_OR_EQUAL:
        return got <= wanted;
    case IS_EQUAL:
        return got == wanted;
    case IS_NOT_EQUAL:
        return got != wanted;
    case IS_MORE_OR_EQUAL:
        return got >= wanted;
    case IS_MORE:
        return got > wanted;
    }
    return false;
}

static void judge_number(struct assertion *assertion, uint64_t got)
{
    assertion->holds = compares(got, assertion->comparison, assertion->wanted);
    snprintf(assertion->got, sizeof(assertion->got), "%llu", (unsigned long long)got);
}

static void judge_time(struct assertion *assertion, uint64_t got_us)
{
    assertion->holds = compares(got_us, assertion->comparison, assertion->wanted);
    time_format(got_us, assertion->got, sizeof(assertion->got));
}

/* Without an exit nothing compares, but that it is not this one. */
static void judge_exit(struct assertion *assertion, int got)
{
    if (got >= 0) {
        judge_number(assertion, (uint64_t)got);
        return;
    }
    assertion->holds = assertion->comparison == IS_NOT_EQUAL;
    snprintf(assertion->got, sizeof(assertion->got), "none");
}

static void judge_state(struct assertion *assertion, const struct simulation *simulation)
{
    const struct state_info *info;
    bool has;

    if (assertion->id == UNIT_NONE) {
        bool has_ended = simulation->engine.has_exited;

        has = has_ended == (strcmp(assertion->state, "ended") == 0);
        snprintf(assertion->got, sizeof(assertion->got), "%s", has_ended ? "ended" : "running");
    } else {
        info = unit_state_info((enum unit_state)simulation->units[assertion->id].state);
        has = strcmp(assertion->state, info->name) == 0 ||
              strcmp(assertion->state, active_state_name(info->active)) == 0;
        snprintf(assertion->got, sizeof(assertion->got), "%s (%s)", active_state_name(info->active),
                 info->name);
    }
    assertion->holds = has != assertion->is_negated;
}

static void judge_result(struct assertion *assertion, enum unit_result result)
{
    judge_number(assertion, result);
    snprintf(assertion->got, sizeof(assertion->got), "%s", unit_result_name(result));
}

void assertion_judge(struct assertion *assertion, const struct simulation *simulation)
{
    static const struct simulation_unit nothing;
    const struct simulation_unit *unit =
        assertion->id == UNIT_NONE ? &nothing : &simulation->units[assertion->id];
    bool has_ended = simulation->engine.has_exited;

    switch (assertion->about) {
    case ABOUT_RESTARTS:
        judge_number(assertion, unit->restarts);
        break;
    case ABOUT_STARTS:
        judge_number(assertion, unit->runs);
        break;
    case ABOUT_DOWNTIME:
        judge_time(assertion, unit->down_us);
        break;
    case ABOUT_UPTIME:
        judge_time(assertion, unit->up_us);
        break;
    case ABOUT_READY:
        judge_time(assertion, unit->first_active_us);
        break;
    case ABOUT_EXIT:
        judge_exit(assertion, assertion->id != UNIT_NONE ? exit_number(unit->last_exit)
                              : has_ended                ? simulation->exit_status
                                                         : -1);
        break;
    case ABOUT_RESULT:
        judge_result(assertion, (enum unit_result)unit->result);
        break;
    case ABOUT_END:
        judge_time(assertion, has_ended ? simulation->now_us : USEC_INFINITY);
        break;
    case ABOUT_STATE:
        judge_state(assertion, simulation);
        break;
    }
}

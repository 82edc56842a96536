#include "supervisor/ctl/why.h"

#include "supervisor/ctl/words.h"

#include <string.h>
#include <time.h>

enum { CLOCK_SIZE = 32 };

uint64_t why_realtime(const struct why *why, uint64_t monotonic_us)
{
    uint64_t ago_us = why->monotonic_us > monotonic_us ? why->monotonic_us - monotonic_us : 0;

    return why->realtime_us - ago_us;
}

/* "12:01:03"; with the date when it is not today. */
static void clock_words(const struct why *why, uint64_t realtime_us, char text[CLOCK_SIZE])
{
    time_t moment = (time_t)(realtime_us / USEC_PER_SEC);
    time_t now = (time_t)(why->realtime_us / USEC_PER_SEC);
    struct tm then, today;

    localtime_r(&moment, &then);
    localtime_r(&now, &today);
    strftime(text, CLOCK_SIZE,
             then.tm_yday == today.tm_yday && then.tm_year == today.tm_year ? "%H:%M:%S"
                                                                            : "%Y-%m-%d %H:%M:%S",
             &then);
}

static const char *ordinal_suffix(uint32_t number)
{
    uint32_t last = number % 10, two = number % 100;

    return two >= 11 && two <= 13 ? "th"
           : last == 1            ? "st"
           : last == 2            ? "nd"
           : last == 3            ? "rd"
                                  : "th";
}

/* " (3rd time in 40s)" */
static void restarts_words(const struct cause_link *link, char text[CLOCK_SIZE + 32])
{
    uint64_t at_us = link->what->at_monotonic_us;
    char span[WORDS_SPAN_SIZE];

    text[0] = '\0';
    if (link->restarts < 2)
        return;
    words_span(at_us > link->restarts_us ? at_us - link->restarts_us : 0, span);
    snprintf(text, CLOCK_SIZE + 32, " (%u%s time within %s)", link->restarts,
             ordinal_suffix(link->restarts), span);
}

static void print_link(const struct why *why, const struct cause_link *link, FILE *out)
{
    uint64_t at_us = link->what->at_monotonic_us;
    char clock[CLOCK_SIZE], ago[WORDS_SPAN_SIZE], text[CAUSE_TEXT], restarts[CLOCK_SIZE + 32];

    clock_words(why, why_realtime(why, at_us), clock);
    words_span(why->monotonic_us > at_us ? why->monotonic_us - at_us : 0, ago);
    cause_text(&why->pod, link, text);
    restarts_words(link, restarts);
    fprintf(out, "  %s %10s ago  %s", clock, ago, link->is_likely ? "probably because " : "");
    words_put_safe(out, text);
    fprintf(out, "%s\n", restarts);
}

static const char *mark_of(const struct why *why, const struct model_unit *unit)
{
    return unit->state.active == WIRE_FAILED     ? "x"
           : why_is_amiss(why, unit)             ? "!"
           : unit->state.active == WIRE_INACTIVE ? "o"
                                                 : "*";
}

static void print_head(const struct why *why, const struct model_unit *unit,
                       const struct print_style *style, FILE *out)
{
    const char *colour = !style->has_colour        ? ""
                         : why_is_amiss(why, unit) ? "\033[1;31m"
                                                   : "\033[1m";
    char text[CAUSE_TEXT], since[WORDS_TIME_SIZE], ago[WORDS_SPAN_SIZE];
    uint64_t since_us = unit->state.since_monotonic_us;

    why_state(why, unit, text);
    fprintf(out, "%s %s", mark_of(why, unit), colour);
    words_put_safe(out, text);
    fputs(*colour ? "\033[0m" : "", out);
    words_timestamp(unit->state.since_realtime_us, since);
    if (since[0]) {
        words_span(why->monotonic_us > since_us ? why->monotonic_us - since_us : 0, ago);
        fprintf(out, "\n  since %s; %s ago", since, ago);
    }
    fputc('\n', out);
    if (unit->state.status[0]) {
        fputs("  it says: \"", out);
        words_put_safe(out, unit->state.status);
        fputs("\"\n", out);
    }
}

void why_print(const struct why *why, const struct model_unit *unit,
               const struct print_style *style, FILE *out)
{
    const struct model_unit *root;
    struct cause cause;

    cause_find(&why->pod, unit->unit.id, &cause);
    print_head(why, unit, style, out);
    if (cause.count == 0) {
        fputs("\nNothing is recorded about it: that was too long ago, or never happened.\n", out);
        return;
    }
    fputs("\nWhy, the newest first:\n", out);
    for (size_t i = 0; i < cause.count; i++)
        print_link(why, &cause.links[i], out);
    root = model_find_id(&why->model, cause_root(&cause));
    if (root && root != unit)
        fprintf(out, "\nRoot cause: %s\n", root->unit.name);
}

/* --- the pod --- */

static void print_well(const struct why *why, FILE *out)
{
    size_t active = 0;

    if (why->model.pod.phase == WIRE_POD_STOPPING) {
        fputs("o The pod is stopping.\n", out);
        return;
    }
    for (size_t i = 0; i < why->model.count; i++)
        if (why->model.units[i].state.job == 1) {
            char text[CAUSE_TEXT];

            why_state(why, &why->model.units[i], text);
            fprintf(out, "* The pod is starting: %s.\n", text);
            return;
        }
    for (size_t i = 0; i < why->model.count; i++)
        active += why->model.units[i].state.active == WIRE_ACTIVE &&
                  !why->model.units[i].unit.is_internal;
    fprintf(out, "* The pod is well: %zu units are active, none has failed or is unhealthy.\n",
            active);
}

/* The sentence of /health. */
static void print_verdict(const struct why *why, const struct print_style *style, FILE *out)
{
    static const struct {
        const char *mark, *colour;
    } looks[] = {
        [WIRE_VERDICT_STARTING] = { "*", "\033[1m" },
        [WIRE_VERDICT_HEALTHY] = { "*", "\033[1m" },
        [WIRE_VERDICT_DEGRADED] = { "!", "\033[1;31m" },
        [WIRE_VERDICT_UNHEALTHY] = { "x", "\033[1;31m" },
        [WIRE_VERDICT_STOPPING] = { "o", "\033[1m" },
    };
    unsigned word = why->verdict.word < ARRAY_SIZE(looks) ? why->verdict.word : 0;

    fprintf(out, "%s %sThe pod is %s: ", looks[word].mark,
            style->has_colour ? looks[word].colour : "", wire_verdict_string(word));
    words_put_safe(out, why->verdict.cause);
    fprintf(out, ".%s\n", style->has_colour ? "\033[0m" : "");
}

void why_print_pod(const struct why *why, const struct model_unit *root,
                   const struct print_style *style, FILE *out)
{
    const char *separator = root ? "Others that are not well because of it, or besides: "
                                 : "Not well, but without a say in that: ";

    if (why_has_verdict(why))
        print_verdict(why, style, out);
    else if (why->model.pod.phase != WIRE_POD_STOPPING)
        fputs("reeve-health is silent; by what PID 1 knows itself:\n", out);
    if (root) {
        fputs(why_has_verdict(why) ? "\n" : "", out);
        why_print(why, root, style, out);
    } else if (!why_has_verdict(why)) {
        print_well(why, out);
        return;
    }
    for (size_t i = 0; i < why->model.count; i++)
        if (&why->model.units[i] != root && why_is_amiss(why, &why->model.units[i])) {
            fprintf(out, "%s%s", *separator != ',' ? "\n" : "", separator);
            words_put_safe(out, why->model.units[i].unit.name);
            separator = ", ";
        }
    if (*separator == ',')
        fputc('\n', out);
}

/* --- for machines --- */

static void print_member(FILE *out, const char *name, const char *text)
{
    fprintf(out, "\"%s\":", name);
    words_put_json(out, text);
}

static void print_link_json(const struct why *why, const struct cause_link *link, FILE *out)
{
    char text[CAUSE_TEXT];

    cause_text(&why->pod, link, text);
    fputc('{', out);
    print_member(out, "unit", why->pod.name(why->pod.context, link->what->unit));
    fputc(',', out);
    print_member(out, "kind", cause_word(link));
    fprintf(out, ",\"at_realtime_us\":%llu,\"restarts\":%u,\"likely\":%s,",
            (unsigned long long)why_realtime(why, link->what->at_monotonic_us), link->restarts,
            link->is_likely ? "true" : "false");
    print_member(out, "text", text);
    fputc('}', out);
}

/* What reeve-health says of the pod; null: nothing. */
static void print_verdict_json(const struct why *why, FILE *out)
{
    if (!why_has_verdict(why)) {
        fputs("{\"pod\":null,", out);
        return;
    }
    fputs("{\"pod\":{", out);
    print_member(out, "status", wire_verdict_string(why->verdict.word));
    fputs(",\"root\":", out);
    if (why->verdict.root[0])
        words_put_json(out, why->verdict.root);
    else
        fputs("null", out);
    fputc(',', out);
    print_member(out, "cause", why->verdict.cause);
    fputs("},", out);
}

void why_print_json(const struct why *why, const struct model_unit *unit, FILE *out)
{
    char text[CAUSE_TEXT];
    struct cause cause = { 0 };
    const struct model_unit *root;

    print_verdict_json(why, out);
    if (!unit) {
        fputs("\"unit\":null,\"amiss\":false,\"root\":null,\"chain\":[]", out);
        return;
    }
    cause_find(&why->pod, unit->unit.id, &cause);
    root = model_find_id(&why->model, cause_root(&cause));
    why_state(why, unit, text);
    print_member(out, "unit", unit->unit.name);
    fprintf(out, ",\"amiss\":%s,", why_is_amiss(why, unit) ? "true" : "false");
    print_member(out, "active", wire_active_string(unit->state.active));
    fputc(',', out);
    print_member(out, "sub", unit->state.sub);
    fputc(',', out);
    print_member(out, "result", unit->state.result);
    fputc(',', out);
    print_member(out, "text", text);
    fputs(",\"root\":", out);
    if (root)
        words_put_json(out, root->unit.name);
    else
        fputs("null", out);
    fputs(",\"chain\":[", out);
    for (size_t i = 0; i < cause.count; i++) {
        fputs(i ? "," : "", out);
        print_link_json(why, &cause.links[i], out);
    }
    fputs("]", out);
}

#include "supervisor/ctl/print.h"

#include "supervisor/ctl/words.h"

#include <string.h>

static void print_active(const struct wire_state *state, const struct print_style *style, FILE *out)
{
    char since[WORDS_TIME_SIZE], ago[WORDS_SPAN_SIZE];
    const char *colour = !style->has_colour             ? ""
                         : state->active == WIRE_ACTIVE ? "\033[1;32m"
                         : state->active == WIRE_FAILED ? "\033[1;31m"
                                                        : "";

    fprintf(out, "     Active: %s%s (%s)%s", colour, wire_active_string(state->active), state->sub,
            *colour ? "\033[0m" : "");
    if (state->active != WIRE_ACTIVE && state->result[0] && strcmp(state->result, "success") != 0)
        fprintf(out, " (Result: %s)", state->result);
    words_timestamp(state->since_realtime_us, since);
    if (since[0]) {
        words_span(style->now_us > state->since_monotonic_us
                       ? style->now_us - state->since_monotonic_us
                       : 0,
                   ago);
        fprintf(out, " since %s; %s ago", since, ago);
    }
    fputc('\n', out);
}

static void print_process(const struct wire_state *state, FILE *out)
{
    char status[WORDS_TIME_SIZE];

    if (state->main_pid > 0) {
        fprintf(out, "   Main PID: %d\n", (int)state->main_pid);
    } else if (state->exit_code != 0) {
        words_exit_status(state, status);
        fprintf(out, "   Main PID: (code=%s, status=%s)\n", words_exit_code(state->exit_code),
                status);
    }
    if (state->restarts > 0)
        fprintf(out, "   Restarts: %u\n", state->restarts);
}

static void print_text(const char *label, const char *text, const char *quote, FILE *out)
{
    if (!text[0])
        return;
    fprintf(out, "%11s: %s", label, quote);
    words_put_safe(out, text);
    fprintf(out, "%s\n", quote);
}

void print_status(const struct model_unit *unit, const struct print_style *style, FILE *out)
{
    const struct wire_state *state = &unit->state;

    fprintf(out, "%s %s - ", state->active == WIRE_FAILED ? "x" : "*", unit->unit.name);
    words_put_safe(out, unit->unit.description);
    fputc('\n', out);
    print_active(state, style, out);
    if (state->health != WIRE_HEALTH_NONE)
        print_text("Health", wire_health_string(state->health), "", out);
    print_text("Job", words_job(state->job), "", out);
    print_process(state, out);
    print_text("Status", state->status, "\"", out);
    print_text("Requires", unit->unit.required, "", out);
    print_text("Probe", unit->unit.health_command, "", out);
}

void print_change(const struct model_unit *unit, FILE *out)
{
    const struct wire_state *state = &unit->state;
    char since[WORDS_TIME_SIZE];

    words_timestamp(state->since_realtime_us, since);
    fprintf(out, "%s %s %s (%s)", since[0] ? since : "-", unit->unit.name,
            wire_active_string(state->active), state->sub);
    if (state->health != WIRE_HEALTH_NONE)
        fprintf(out, " %s", wire_health_string(state->health));
    if (state->result[0] && strcmp(state->result, "success") != 0)
        fprintf(out, " result=%s", state->result);
    if (state->main_pid > 0)
        fprintf(out, " pid=%d", (int)state->main_pid);
    fprintf(out, " restarts=%u\n", state->restarts);
}

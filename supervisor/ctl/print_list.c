#include "supervisor/ctl/print.h"

#include "supervisor/ctl/words.h"

#include <string.h>

enum column {
    COLUMN_UNIT,
    COLUMN_ACTIVE,
    COLUMN_SUB,
    COLUMN_HEALTH,
    COLUMN_SINCE,
    COLUMN_RESTARTS,
    COLUMN_PID,
    COLUMN_DESCRIPTION,
    COLUMN_COUNT,
};

static const char *const heads[] = {
    [COLUMN_UNIT] = "UNIT",   [COLUMN_ACTIVE] = "ACTIVE",
    [COLUMN_SUB] = "SUB",     [COLUMN_HEALTH] = "HEALTH",
    [COLUMN_SINCE] = "SINCE", [COLUMN_RESTARTS] = "RESTARTS",
    [COLUMN_PID] = "PID",     [COLUMN_DESCRIPTION] = "DESCRIPTION",
};

enum { CELL_SIZE = WIRE_NAME_SIZE };

static void age(const struct wire_state *state, uint64_t now_us, char text[WORDS_SPAN_SIZE])
{
    if (state->since_monotonic_us == 0 || now_us < state->since_monotonic_us)
        snprintf(text, WORDS_SPAN_SIZE, "-");
    else
        words_span(now_us - state->since_monotonic_us, text);
}

static void fill_cell(const struct model_unit *unit, enum column column, uint64_t now_us,
                      char cell[CELL_SIZE])
{
    const struct wire_state *state = &unit->state;

    switch (column) {
    case COLUMN_UNIT:
        memcpy(cell, unit->unit.name, CELL_SIZE);
        break;
    case COLUMN_ACTIVE:
        snprintf(cell, CELL_SIZE, "%s", wire_active_string(state->active));
        break;
    case COLUMN_SUB:
        snprintf(cell, CELL_SIZE, "%s", state->sub);
        break;
    case COLUMN_HEALTH:
        snprintf(cell, CELL_SIZE, "%s",
                 state->health == WIRE_HEALTH_NONE ? "-" : wire_health_string(state->health));
        break;
    case COLUMN_SINCE:
        age(state, now_us, cell);
        break;
    case COLUMN_RESTARTS:
        snprintf(cell, CELL_SIZE, "%u", state->restarts);
        break;
    case COLUMN_PID:
        snprintf(cell, CELL_SIZE, state->main_pid > 0 ? "%d" : "-", (int)state->main_pid);
        break;
    case COLUMN_DESCRIPTION:
    case COLUMN_COUNT:
        memcpy(cell, unit->unit.description, CELL_SIZE);
        break;
    }
}

static bool is_in_list(const char *list, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = list; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, word, length) == 0 && (at[length] == '\0' || at[length] == ','))
            return true;
    }
    return false;
}

static bool has_state(const struct model_unit *unit, const char *list)
{
    return !list || is_in_list(list, wire_active_string(unit->state.active)) ||
           is_in_list(list, unit->state.sub);
}

static bool is_listed(const struct model_unit *unit, const struct print_style *style)
{
    return (style->shows_all || !unit->unit.is_internal) && has_state(unit, style->state);
}

static void measure(const struct model *model, const struct print_style *style,
                    int widths[COLUMN_COUNT])
{
    char cell[CELL_SIZE];

    for (int column = 0; column < COLUMN_COUNT; column++) {
        widths[column] = (int)strlen(heads[column]);
        for (size_t i = 0; i < model->count; i++) {
            if (!is_listed(&model->units[i], style))
                continue;
            fill_cell(&model->units[i], (enum column)column, style->now_us, cell);
            if ((int)strlen(cell) > widths[column])
                widths[column] = (int)strlen(cell);
        }
    }
}

static const char *colour_of(const struct model_unit *unit, enum column column)
{
    bool is_unhealthy = unit->state.health == WIRE_HEALTH_UNHEALTHY;

    if (column == COLUMN_ACTIVE || column == COLUMN_SUB)
        return unit->state.active == WIRE_FAILED   ? "\033[1;31m"
               : unit->state.active == WIRE_ACTIVE ? "\033[32m"
               : unit->state.active == WIRE_ACTIVATING || unit->state.active == WIRE_DEACTIVATING
                   ? "\033[33m"
                   : "";
    return column == COLUMN_HEALTH && is_unhealthy ? "\033[1;31m" : "";
}

/* The first `room` characters; what a service wrote about itself cannot drive the terminal. */
static void put_description(FILE *out, const char *text, int room)
{
    char cut[CELL_SIZE];

    wire_copy(cut, room < CELL_SIZE ? (size_t)room + 1 : CELL_SIZE, text);
    words_put_safe(out, cut);
}

static void print_row(const struct model_unit *unit, const struct print_style *style,
                      const int widths[COLUMN_COUNT], FILE *out)
{
    char cell[CELL_SIZE];
    int used = 0;

    for (int column = 0; column < COLUMN_DESCRIPTION; column++) {
        const char *colour = style->has_colour ? colour_of(unit, (enum column)column) : "";

        fill_cell(unit, (enum column)column, style->now_us, cell);
        fprintf(out, "%s%-*s%s ", colour, widths[column], cell, *colour ? "\033[0m" : "");
        used += widths[column] + 1;
    }
    put_description(out, unit->unit.description,
                    style->columns == 0              ? CELL_SIZE
                    : (int)style->columns > used + 1 ? (int)style->columns - used - 1
                                                     : 0);
    fputc('\n', out);
}

void print_list(const struct model *model, const struct print_style *style, FILE *out)
{
    int widths[COLUMN_COUNT];
    unsigned shown = 0;

    measure(model, style, widths);
    if (style->has_legend) {
        fputs(style->has_colour ? "\033[4m" : "", out);
        for (int column = 0; column < COLUMN_DESCRIPTION; column++)
            fprintf(out, "%-*s ", widths[column], heads[column]);
        fprintf(out, "%s%s\n", heads[COLUMN_DESCRIPTION], style->has_colour ? "\033[0m" : "");
    }
    for (size_t i = 0; i < model->count; i++)
        if (is_listed(&model->units[i], style)) {
            print_row(&model->units[i], style, widths, out);
            shown++;
        }
    if (style->has_legend)
        fprintf(out, "\n%u units listed; the pod is %s.\n", shown, words_system_state(model));
}

static void print_object(const struct model_unit *unit, FILE *out)
{
    const struct wire_state *state = &unit->state;

    fputs("{\"unit\":", out);
    words_put_json(out, unit->unit.name);
    fprintf(out, ",\"load\":\"%s\",\"active\":\"%s\",\"sub\":",
            unit->unit.is_gone ? "not-found" : "loaded", wire_active_string(state->active));
    words_put_json(out, state->sub);
    fputs(",\"description\":", out);
    words_put_json(out, unit->unit.description);
    fprintf(out, ",\"health\":\"%s\",\"result\":", wire_health_string(state->health));
    words_put_json(out, state->result);
    fprintf(out, ",\"since_us\":%llu,\"restarts\":%u,\"pid\":%d}",
            (unsigned long long)state->since_realtime_us, state->restarts, (int)state->main_pid);
}

void print_list_json(const struct model *model, const struct print_style *style, FILE *out)
{
    const char *joint = "";

    fputc('[', out);
    for (size_t i = 0; i < model->count; i++)
        if (is_listed(&model->units[i], style)) {
            fputs(joint, out);
            print_object(&model->units[i], out);
            joint = ",";
        }
    fputs("]\n", out);
}

#include "supervisor/init/view.h"

#include <string.h>

enum {
    NAME_WIDTH_MAX = 28,
    STATE_WIDTH_MAX = 46,
    HEALTH_WIDTH = 9, /* "unhealthy" */
    TIME_WIDTH = 10,
    DETAILS_WIDTH = 2 + HEALTH_WIDTH + 1 + TIME_WIDTH,
    FIXED_WIDTH = 3 + 2 + DETAILS_WIDTH, /* all but name and state */
    WAITING_SIZE = WIRE_TEXT_SIZE + 32,
};

enum look { LOOK_UP, LOOK_STARTING, LOOK_WAITING, LOOK_TROUBLE, LOOK_FAILED, LOOK_IDLE };

static const struct {
    const char *mark, *ascii, *colour;
} looks[] = {
    [LOOK_UP] = { "\xe2\x9c\x93", "+", "\033[32m" },       /* check mark */
    [LOOK_STARTING] = { "\xe2\x80\xa6", "~", "\033[36m" }, /* ellipsis */
    [LOOK_WAITING] = { "\xc2\xb7", ".", "\033[2m" },       /* middle dot */
    [LOOK_TROUBLE] = { "!", "!", "\033[33m" },
    [LOOK_FAILED] = { "\xe2\x9c\x97", "x", "\033[31m" }, /* ballot x */
    [LOOK_IDLE] = { "-", "-", "\033[2m" },
};

struct layout {
    int name, state;
    bool has_details; /* health and time */
};

/* What one line says, before it is laid out. */
struct row {
    enum look look;
    char state[WAITING_SIZE];
    const char *health;
    char time[VIEW_DURATION_SIZE];
};

/* "waiting for redis.service, xvfb.service": what it requires and what is not there yet. */
static void describe_waiting(const struct view *view, const struct view_unit *unit,
                             char text[WAITING_SIZE])
{
    char names[WIRE_TEXT_SIZE], *rest = names, *name;
    size_t used = (size_t)snprintf(text, WAITING_SIZE, "waiting");
    const char *joint = " for ";

    memcpy(names, unit->unit.required, sizeof(names));
    while ((name = strsep(&rest, " "))) {
        const struct view_unit *other = view_find(view, name);

        if (!other || (other->has_state && other->state.active == WIRE_ACTIVE) ||
            used >= WAITING_SIZE)
            continue;
        used += (size_t)snprintf(text + used, WAITING_SIZE - used, "%s%s", joint, name);
        joint = ", ";
    }
}

static void describe_failure(const struct view_unit *unit, struct row *row)
{
    bool is_restarting = view_is_restarting(&unit->state);
    char reason[VIEW_REASON_SIZE];

    view_reason(&unit->state, reason);
    snprintf(row->state, sizeof(row->state), "failed%s%s%s%s", reason[0] ? " (" : "", reason,
             reason[0] ? ")" : "", is_restarting ? ", restarting" : "");
    row->look = is_restarting ? LOOK_TROUBLE : LOOK_FAILED;
}

static void set(struct row *row, enum look look, const char *state)
{
    row->look = look;
    snprintf(row->state, sizeof(row->state), "%s", state);
}

static void set_time(struct row *row, uint64_t from_us, uint64_t to_us)
{
    if (from_us > 0 && to_us >= from_us)
        view_duration(to_us - from_us, row->time);
}

static void describe_inactive(const struct view *view, const struct view_unit *unit,
                              struct row *row)
{
    if (unit->state.job == 1 && view->pod.phase != WIRE_POD_STOPPING) {
        describe_waiting(view, unit, row->state);
        row->look = LOOK_WAITING;
    } else if (unit->state.incarnation == 0) {
        set(row, LOOK_IDLE, "not started");
    } else {
        set(row, LOOK_IDLE, view->pod.phase == WIRE_POD_STOPPING ? "stopped" : "ended");
    }
}

static void describe_activating(const struct view *view, const struct view_unit *unit,
                                uint64_t now_us, struct row *row)
{
    if (strcmp(unit->state.sub, "auto-restart") == 0) {
        describe_failure(unit, row);
    } else if (view_is_restarting(&unit->state)) {
        describe_waiting(view, unit, row->state);
        row->look = LOOK_WAITING;
    } else {
        set(row, LOOK_STARTING, "starting");
        set_time(row, unit->state.since_monotonic_us, now_us);
    }
}

static void describe_active(const struct view_unit *unit, uint64_t now_us, struct row *row)
{
    bool is_unhealthy = unit->state.health == WIRE_HEALTH_UNHEALTHY;

    set(row,
        is_unhealthy            ? LOOK_TROUBLE
        : view_unit_is_up(unit) ? LOOK_UP
                                : LOOK_STARTING,
        strcmp(unit->state.sub, "exited") == 0 ? "done" : unit->state.sub);
    if (unit->state.start_latency_us > 0 && view_unit_is_up(unit))
        view_duration(unit->state.start_latency_us, row->time);
    else if (!view_unit_is_up(unit))
        set_time(row, unit->state.since_monotonic_us, now_us);
}

static void describe(const struct view *view, const struct view_unit *unit, uint64_t now_us,
                     struct row *row)
{
    *row = (struct row){ .look = LOOK_IDLE, .health = "" };
    if (!unit->has_state)
        return;
    if (unit->state.health != WIRE_HEALTH_NONE && unit->state.active == WIRE_ACTIVE)
        row->health = wire_health_string(unit->state.health);
    switch ((enum wire_active)unit->state.active) {
    case WIRE_INACTIVE:
        describe_inactive(view, unit, row);
        break;
    case WIRE_ACTIVATING:
        describe_activating(view, unit, now_us, row);
        break;
    case WIRE_ACTIVE:
        describe_active(unit, now_us, row);
        break;
    case WIRE_RELOADING:
        set(row, LOOK_UP, "reloading");
        break;
    case WIRE_DEACTIVATING:
        set(row, LOOK_WAITING, "stopping");
        set_time(row, unit->state.since_monotonic_us, now_us);
        break;
    case WIRE_FAILED:
        describe_failure(unit, row);
        break;
    }
}

/* Texts are ASCII here (unit names and our own words), so bytes are columns; anything else becomes
 * "?". */
static void put_cell(FILE *out, const struct view *view, const char *text, int width)
{
    const char *dots = view->style.has_utf8 ? "\xe2\x80\xa6" : "~";
    int length = (int)strlen(text);
    int shown = length <= width ? length : width - 1;

    for (int i = 0; i < shown; i++)
        fputc(text[i] >= ' ' && text[i] < 0x7f ? text[i] : '?', out);
    if (length > width && width > 0)
        fputs(dots, out);
    for (int i = length; i < width; i++)
        fputc(' ', out);
}

static void render_row(const struct view *view, const struct layout *layout, const char *name,
                       const struct row *row, FILE *out)
{
    const char *colour = view->style.has_colour ? looks[row->look].colour : "";
    const char *plain = view->style.has_colour ? "\033[0m" : "";
    bool has_details = layout->has_details && (row->health[0] || row->time[0]);
    int room = layout->has_details && !has_details ? layout->state + DETAILS_WIDTH : layout->state;
    int length = (int)strlen(row->state);

    fprintf(out, " %s%s%s ", colour,
            view->style.has_utf8 ? looks[row->look].mark : looks[row->look].ascii, plain);
    put_cell(out, view, name, layout->name);
    if (layout->state > 0) {
        fputs("  ", out);
        fputs(colour, out);
        put_cell(out, view, row->state, has_details || length > room ? room : length);
        fputs(plain, out);
    }
    if (has_details)
        fprintf(out, "  %-*s %*s", HEALTH_WIDTH, row->health, TIME_WIDTH, row->time);
    fputc('\n', out);
}

static struct layout lay_out(const struct view *view, int columns)
{
    struct layout layout = { .has_details = columns >= 64 };
    int room;

    for (size_t i = 0; i < view->count; i++)
        if (view_is_shown(&view->units[i]) && (int)strlen(view->units[i].unit.name) > layout.name)
            layout.name = (int)strlen(view->units[i].unit.name);
    if (layout.name > NAME_WIDTH_MAX)
        layout.name = NAME_WIDTH_MAX;
    /* One column stays free: some terminals wrap when the last one is written. */
    room = columns - 1 - (layout.has_details ? FIXED_WIDTH : 5);
    if (layout.name > room - 8)
        layout.name = columns - 5 > layout.name ? layout.name : columns > 6 ? columns - 5 : 1;
    layout.state = room - layout.name < 8 ? 0 : room - layout.name;
    if (layout.state > STATE_WIDTH_MAX)
        layout.state = STATE_WIDTH_MAX;
    return layout;
}

static void render_head(const struct view *view, int width, uint64_t now_us, FILE *out)
{
    char pod[WIRE_NAME_SIZE], text[WIRE_NAME_SIZE + 64], duration[VIEW_DURATION_SIZE];
    unsigned up = 0, all = 0;
    char *dot;

    for (size_t i = 0; i < view->count; i++) {
        all += view_is_shown(&view->units[i]);
        up += view_is_shown(&view->units[i]) && view_unit_is_up(&view->units[i]);
    }
    wire_copy(pod, sizeof(pod), view->hello.target[0] ? view->hello.target : "pod");
    dot = strrchr(pod, '.');
    if (dot)
        *dot = '\0';
    view_duration(view->up_after_us > 0 ? view->up_after_us
                                        : now_us - view->hello.started_monotonic_us,
                  duration);
    if (view->pod.phase == WIRE_POD_STOPPING)
        snprintf(text, sizeof(text), "%s: stopping", pod);
    else if (view_is_up(view))
        snprintf(text, sizeof(text), "%s: all is up after %s", pod, duration);
    else
        snprintf(text, sizeof(text), "%s: %u of %u up, %s", pod, up, all, duration);
    fputs(view->style.has_colour ? "\033[1m" : "", out);
    put_cell(out, view, text, (int)strlen(text) < width ? (int)strlen(text) : width);
    fputs(view->style.has_colour ? "\033[0m\n" : "\n", out);
}

unsigned view_render(const struct view *view, unsigned columns, uint64_t now_us, FILE *out)
{
    int width = columns > VIEW_COLUMNS_MAX ? VIEW_COLUMNS_MAX : columns < 16 ? 16 : (int)columns;
    struct layout layout = lay_out(view, width);
    unsigned lines = 1;

    render_head(view, width - 1, now_us, out);
    for (size_t i = 0; i < view->count; i++) {
        struct row row;

        if (!view_is_shown(&view->units[i]))
            continue;
        describe(view, &view->units[i], now_us, &row);
        render_row(view, &layout, view->units[i].unit.name, &row, out);
        lines++;
    }
    return lines;
}

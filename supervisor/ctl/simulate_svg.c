#include "supervisor/ctl/simulate.h"

#include <string.h>

/*
 * The picture: one row per unit, the time from left to right, a colour per kind of state. Colours
 * follow the reader's light or dark scheme. Hovering shows the state and its time. What is narrower
 * than a dot is shown as a dot, the worst of those in it on top.
 */

enum {
    WIDTH = 1100,
    RIGHT = 28,
    TOP = 64,
    ROW = 34,
    BAR = 20,
    BOTTOM = 62,
    LETTER = 7, /* width of one, about */
    NAME_MAX_LETTERS = 32,
    TICKS = 8,
};

static const double dot = 1.6;

/* From the least to the most worth seeing. */
enum look {
    LOOK_DOWN,
    LOOK_UP,
    LOOK_STARTING,
    LOOK_STOPPING,
    LOOK_WAITING,
    LOOK_FAILED,
    LOOK_COUNT
};

static const struct {
    const char *class, *text;
} looks[LOOK_COUNT] = {
    [LOOK_DOWN] = { "down", "inactive" },
    [LOOK_UP] = { "up", "active" },
    [LOOK_STARTING] = { "starting", "starting" },
    [LOOK_STOPPING] = { "stopping", "stopping" },
    [LOOK_WAITING] = { "waiting", "waits for its restart" },
    [LOOK_FAILED] = { "failed", "failed" },
};

static const char style[] =
    "<style>\n"
    "svg{background:#fff;font-family:system-ui,-apple-system,'Segoe "
    "UI',sans-serif;font-size:13px}\n"
    "text{fill:#1f2328}.dim{fill:#59636e}.grid{stroke:#d1d9e0}.rail{fill:#eaeef2}\n"
    ".up{fill:#2da44e}.starting{fill:#54aeff}.stopping{fill:#d4a72c}.waiting{fill:#8250df}\n"
    ".failed{fill:#cf222e}.down{fill:#eaeef2}.mark{stroke:#1f2328;fill:#1f2328}\n"
    "@media(prefers-color-scheme:dark){\n"
    "svg{background:#0d1117}text{fill:#e6edf3}.dim{fill:#9198a1}.grid{stroke:#30363d}\n"
    ".rail,.down{fill:#21262d}.up{fill:#3fb950}.starting{fill:#388bfd}.stopping{fill:#d29922}\n"
    ".waiting{fill:#ab7df8}.failed{fill:#f85149}.mark{stroke:#e6edf3;fill:#e6edf3}}\n"
    "</style>\n";

struct drawing {
    const struct simulate *simulate;
    FILE *file;
    double left; /* where the time begins */
    double per_us;
    uint64_t end_us;
};

static enum look look_of(enum unit_state state)
{
    if (state == STATE_AUTO_RESTART || state == STATE_AUTO_RESTART_QUEUED)
        return LOOK_WAITING;
    switch (unit_state_info(state)->active) {
    case ACTIVE_INACTIVE:
        break;
    case ACTIVE_ACTIVATING:
        return LOOK_STARTING;
    case ACTIVE_ACTIVE:
    case ACTIVE_RELOADING:
        return LOOK_UP;
    case ACTIVE_DEACTIVATING:
        return LOOK_STOPPING;
    case ACTIVE_FAILED:
        return LOOK_FAILED;
    }
    return LOOK_DOWN;
}

static void put_text(FILE *file, const char *text, size_t max)
{
    for (size_t i = 0; text[i]; i++) {
        if (i == max) {
            fputs("…", file);
            return;
        }
        if (text[i] == '<')
            fputs("&lt;", file);
        else if (text[i] == '&')
            fputs("&amp;", file);
        else
            fputc(text[i], file);
    }
}

static double x_of(const struct drawing *drawing, uint64_t at_us)
{
    return drawing->left + (double)at_us * drawing->per_us;
}

/* --- rows --- */

struct span {
    uint64_t from_us, to_us;
    enum unit_state state;
};

static void put_span(const struct drawing *drawing, double y, const struct span *span)
{
    double x = x_of(drawing, span->from_us), width = x_of(drawing, span->to_us) - x;
    char from[32], length[32];

    time_format(span->from_us, from, sizeof(from));
    time_format(span->to_us - span->from_us, length, sizeof(length));
    fprintf(drawing->file,
            "<rect x=\"%.2f\" y=\"%.0f\" width=\"%.2f\" height=\"%d\" class=\"%s\"><title>%s for "
            "%s from %s</title></rect>\n",
            x, y, width < dot ? dot : width, BAR, looks[look_of(span->state)].class,
            unit_state_info(span->state)->name, length, from);
}

/* Wide spans first, so that the dots lie on top; of the dots at one place the worst. */
static void put_spans(const struct drawing *drawing, const struct simulation_unit *unit, double y)
{
    for (int pass = 0; pass < 2; pass++) {
        struct span kept = { .state = STATE_COUNT };

        for (size_t i = 0; i < unit->span_count; i++) {
            struct span span = { unit->spans[i].from_us,
                                 i + 1 < unit->span_count ? unit->spans[i + 1].from_us
                                                          : drawing->end_us,
                                 (enum unit_state)unit->spans[i].state };
            double width = (double)(span.to_us - span.from_us) * drawing->per_us;
            bool is_dot = width < dot;

            if (look_of(span.state) == LOOK_DOWN || is_dot != (pass == 1))
                continue;
            if (!is_dot) {
                put_span(drawing, y, &span);
                continue;
            }
            if (kept.state != STATE_COUNT &&
                (double)(span.from_us - kept.from_us) * drawing->per_us < dot) {
                if (look_of(span.state) > look_of(kept.state))
                    kept.state = span.state;
                continue;
            }
            if (kept.state != STATE_COUNT)
                put_span(drawing, y, &kept);
            kept = span;
        }
        if (kept.state != STATE_COUNT)
            put_span(drawing, y, &kept);
    }
}

static void put_row(const struct drawing *drawing, unit_id id, double y)
{
    const struct simulation_unit *unit = &drawing->simulate->simulation.units[id];

    fprintf(drawing->file, "<text x=\"16\" y=\"%.0f\">", y + BAR - 5);
    put_text(drawing->file, drawing->simulate->set.specs[id]->name, NAME_MAX_LETTERS);
    fprintf(drawing->file,
            "</text>\n<rect x=\"%.2f\" y=\"%.0f\" width=\"%.2f\" height=\"%d\" "
            "class=\"rail\"/>\n",
            drawing->left, y, WIDTH - RIGHT - drawing->left, BAR);
    put_spans(drawing, unit, y);
}

/* Lines of the scenario: a pin above the row of its unit, or across all rows for the pod. */
static void put_marks(const struct drawing *drawing, size_t rows)
{
    const struct scenario *scenario = &drawing->simulate->scenario;

    for (size_t i = 0; i < scenario->event_count; i++) {
        const struct scenario_event *event = &scenario->events[i];
        double x = x_of(drawing, event->at_us);
        double y = event->id == UNIT_NONE ? TOP - 6 : TOP + (double)event->id * ROW - 5;
        double end = event->id == UNIT_NONE ? TOP + (double)rows * ROW : y + 5 + BAR;

        if (event->at_us > drawing->end_us)
            return;
        fprintf(drawing->file,
                "<g class=\"mark\"><title>%.3fs: ", (double)event->at_us / USEC_PER_SEC);
        put_text(drawing->file, event->text, SIZE_MAX);
        fprintf(drawing->file,
                "</title><line x1=\"%.2f\" x2=\"%.2f\" y1=\"%.0f\" y2=\"%.0f\" "
                "stroke-width=\"1\"/><circle cx=\"%.2f\" cy=\"%.0f\" r=\"3\"/></g>\n",
                x, x, y, end, x, y);
    }
}

/* --- around them --- */

/* 1, 2 or 5 times a power of ten seconds, or whole minutes and hours. */
static uint64_t tick_of(uint64_t end_us)
{
    static const uint64_t seconds[] = { 1,   2,   5,    10,   15,   30,    60,    120,
                                        300, 600, 1800, 3600, 7200, 21600, 43200, 86400 };
    uint64_t tick_us = 1;

    for (; tick_us < USEC_PER_SEC; tick_us *= 10)
        for (uint64_t factor = 1; factor <= 5; factor += factor == 2 ? 3 : 1) {
            if (factor == 3 || factor == 4)
                continue;
            if (end_us / (tick_us * factor) <= TICKS)
                return tick_us * factor;
        }
    for (size_t i = 0; i < ARRAY_SIZE(seconds); i++)
        if (end_us / (seconds[i] * USEC_PER_SEC) <= TICKS)
            return seconds[i] * USEC_PER_SEC;
    return end_us / TICKS + 1;
}

static void put_axis(const struct drawing *drawing, double y)
{
    uint64_t tick_us = tick_of(drawing->end_us);

    for (uint64_t at_us = 0; at_us <= drawing->end_us; at_us += tick_us) {
        double x = x_of(drawing, at_us);
        char text[32];

        time_format(at_us, text, sizeof(text));
        fprintf(drawing->file,
                "<line x1=\"%.2f\" x2=\"%.2f\" y1=\"%d\" y2=\"%.0f\" class=\"grid\"/>\n"
                "<text x=\"%.2f\" y=\"%.0f\" text-anchor=\"middle\" class=\"dim\">%s</text>\n",
                x, x, TOP - 6, y, x, y + 16, text);
    }
}

static void put_legend(const struct drawing *drawing, double y)
{
    double x = 16;

    for (int i = LOOK_UP; i < LOOK_COUNT; i++) {
        fprintf(drawing->file,
                "<rect x=\"%.0f\" y=\"%.0f\" width=\"12\" height=\"12\" class=\"%s\"/>"
                "<text x=\"%.0f\" y=\"%.0f\" class=\"dim\">%s</text>\n",
                x, y, looks[i].class, x + 18, y + 11, looks[i].text);
        x += 18 + LETTER * (double)strlen(looks[i].text) + 14;
    }
    fprintf(drawing->file,
            "<g class=\"mark\"><circle cx=\"%.0f\" cy=\"%.0f\" r=\"3\"/></g>"
            "<text x=\"%.0f\" y=\"%.0f\" class=\"dim\">the scenario</text>\n",
            x + 6, y + 6, x + 18, y + 11);
}

static void put_title(const struct drawing *drawing)
{
    const struct simulation *simulation = &drawing->simulate->simulation;
    char end[32];

    time_format(simulation->now_us, end, sizeof(end));
    fprintf(drawing->file, "<text x=\"16\" y=\"30\" font-size=\"16\" font-weight=\"600\">");
    if (simulation->end == SIMULATION_EXITED)
        fprintf(drawing->file, "The pod ends at %s with exit status %d", end,
                simulation->exit_status);
    else
        fprintf(drawing->file, "The pod runs at %s", end);
    fputs("</text>\n", drawing->file);
}

void simulate_svg(const struct simulate *simulate, FILE *file)
{
    struct drawing drawing = { .simulate = simulate, .file = file };
    size_t rows = simulate->set.count, letters = 4;
    double bottom = TOP + (double)rows * ROW;

    for (size_t i = 0; i < rows; i++) {
        size_t length = strlen(simulate->set.specs[i]->name);

        letters = length > letters ? length : letters;
    }
    letters = letters > NAME_MAX_LETTERS + 1 ? NAME_MAX_LETTERS + 1 : letters;
    drawing.left = 32 + LETTER * (double)letters + 8;
    drawing.end_us = simulate->simulation.now_us ? simulate->simulation.now_us : 1;
    /* Something that happened at the very end shall be seen, too. */
    if (simulate->simulation.end == SIMULATION_IDLE ||
        simulate->simulation.end == SIMULATION_EXITED)
        drawing.end_us += drawing.end_us / 20 + 1;
    drawing.per_us = (WIDTH - RIGHT - drawing.left) / (double)drawing.end_us;
    fprintf(file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %.0f\" width=\"%d\" "
            "height=\"%.0f\" role=\"img\">\n%s",
            WIDTH, bottom + BOTTOM, WIDTH, bottom + BOTTOM, style);
    put_title(&drawing);
    put_axis(&drawing, bottom);
    for (size_t i = 0; i < rows; i++)
        put_row(&drawing, (unit_id)i, TOP + (double)i * ROW);
    put_marks(&drawing, rows);
    put_legend(&drawing, bottom + 34);
    fputs("</svg>\n", file);
}

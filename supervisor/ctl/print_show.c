#include "supervisor/ctl/print.h"

#include "supervisor/ctl/words.h"

#include <string.h>

bool print_is_selected(const struct print_selection *selection, const char *name)
{
    size_t length = strlen(name);

    for (size_t i = 0; i < selection->count; i++)
        for (const char *part = selection->names[i]; part; part = strchr(part, ',')) {
            part += *part == ',';
            if (strncmp(part, name, length) == 0 && (part[length] == '\0' || part[length] == ','))
                return true;
        }
    return selection->count == 0;
}

/* Whether there is anything to show; systemctl leaves out an empty text and a time that never was,
 * and a number that counts jobs. */
static bool is_empty(const struct detail *detail)
{
    switch (detail->kind) {
    case WIRE_IS_TEXT:
        return !detail->text || !detail->text[0];
    case WIRE_IS_TIME:
        return detail->number == 0;
    case WIRE_IS_NUMBER:
        return detail->number == UINT64_MAX ||
               (detail->number == 0 && strcmp(detail->name, "Job") == 0);
    case WIRE_IS_BOOLEAN:
    case WIRE_IS_SPAN:
        break;
    }
    return false;
}

static void format_number(const struct detail *detail, char value[WORDS_EXACT_SIZE])
{
    char time[WORDS_TIME_SIZE];

    switch (detail->kind) {
    case WIRE_IS_BOOLEAN:
        snprintf(value, WORDS_EXACT_SIZE, "%s", detail->number ? "yes" : "no");
        break;
    case WIRE_IS_SPAN:
        words_exact_span(detail->number, value);
        break;
    case WIRE_IS_TIME:
        words_timestamp(detail->number, time);
        snprintf(value, WORDS_EXACT_SIZE, "%s", time);
        break;
    case WIRE_IS_NUMBER:
    case WIRE_IS_TEXT:
        if (detail->number == 0 && strcmp(detail->name, "Job") == 0)
            value[0] = '\0';
        else if (detail->number == UINT64_MAX)
            snprintf(value, WORDS_EXACT_SIZE, "[not set]");
        else
            snprintf(value, WORDS_EXACT_SIZE, "%llu", (unsigned long long)detail->number);
        break;
    }
}

/* A text of several lines is several values of the same name. */
static void print_detail(const struct detail *detail, bool only_value, FILE *out)
{
    char number[WORDS_EXACT_SIZE];
    const char *rest = number;

    if (detail->kind == WIRE_IS_TEXT)
        rest = detail->text ? detail->text : "";
    else
        format_number(detail, number);
    for (;;) {
        const char *end = strchrnul(rest, '\n');

        if (!only_value)
            fprintf(out, "%s=", detail->name);
        words_put_safe_length(out, rest, (size_t)(end - rest));
        fputc('\n', out);
        if (!*end)
            return;
        rest = end + 1;
    }
}

void print_properties(const struct details *details, const struct print_selection *selection,
                      const struct print_style *style, FILE *out)
{
    bool shows_empty = style->shows_all || selection->count > 0;

    for (size_t i = 0; i < details->count; i++)
        if (print_is_selected(selection, details->list[i].name) &&
            (shows_empty || !is_empty(&details->list[i])))
            print_detail(&details->list[i], selection->only_values, out);
}

static void print_pair(const struct print_selection *selection, const char *name, const char *value,
                       FILE *out)
{
    if (!print_is_selected(selection, name))
        return;
    if (!selection->only_values)
        fprintf(out, "%s=", name);
    words_put_safe(out, value);
    fputc('\n', out);
}

void print_pod_properties(const struct model *model, const struct print_selection *selection,
                          FILE *out)
{
    char text[WORDS_TIME_SIZE];

    print_pair(selection, "Version", model->hello.version, out);
    print_pair(selection, "SystemState", words_system_state(model), out);
    print_pair(selection, "DefaultTarget", model->hello.target, out);
    snprintf(text, sizeof(text), "%zu", model->count);
    print_pair(selection, "NUnits", text, out);
    words_timestamp(model->hello.started_realtime_us, text);
    print_pair(selection, "UserspaceTimestamp", text, out);
    snprintf(text, sizeof(text), "%d", model->pod.exit_code);
    print_pair(selection, "ReeveExitCode", text, out);
}

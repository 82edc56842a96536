#include "supervisor/ctl/details.h"

#include <errno.h>
#include <string.h>

void details_release(struct details *details)
{
    for (size_t i = 0; i < details->count; i++)
        free(details->list[i].text);
    free(details->list);
    *details = (struct details){ 0 };
}

static int reserve(struct details *details)
{
    size_t capacity = details->capacity ? 2 * details->capacity : 128;
    struct detail *grown;

    if (details->count < details->capacity)
        return 0;
    grown = reallocarray(details->list, capacity, sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    details->list = grown;
    details->capacity = capacity;
    return 0;
}

static int append(struct detail *detail, const char *text)
{
    size_t before = detail->text ? strlen(detail->text) : 0, length = strlen(text);
    char *grown = realloc(detail->text, before + length + 1);

    if (!grown)
        return -ENOMEM;
    memcpy(grown + before, text, length + 1);
    detail->text = grown;
    return 0;
}

int details_add(struct details *details, const char *name, enum wire_kind kind, const char *text,
                uint64_t number)
{
    struct detail *detail;

    if (reserve(details) < 0)
        return -ENOMEM;
    detail = &details->list[details->count];
    *detail = (struct detail){ .kind = kind, .number = number };
    wire_copy(detail->name, sizeof(detail->name), name);
    if (append(detail, text ? text : "") < 0)
        return -ENOMEM;
    details->count++;
    return 0;
}

static int add_property(struct details *details, const struct wire_property *property)
{
    struct detail *last = details->count ? &details->list[details->count - 1] : NULL;
    int error;

    if (last && last->goes_on && strcmp(last->name, property->name) == 0)
        error = append(last, property->text);
    else
        error = details_add(details, property->name, (enum wire_kind)property->kind, property->text,
                            property->number);
    if (error == 0)
        details->list[details->count - 1].goes_on = property->goes_on;
    return error < 0 ? error : 1;
}

int details_message(struct details *details, const union wire_message *message)
{
    if (message->header.type == WIRE_PROPERTY)
        return add_property(details, &message->property);
    if (message->header.type != WIRE_PROCESSES)
        return 0;
    details->processes = message->processes;
    if (details->processes.count > WIRE_PROCESSES_MAX)
        details->processes.count = WIRE_PROCESSES_MAX;
    return 1;
}

const struct detail *details_find(const struct details *details, const char *name)
{
    for (size_t i = 0; i < details->count; i++)
        if (strcmp(details->list[i].name, name) == 0)
            return &details->list[i];
    return NULL;
}

const char *details_text(const struct details *details, const char *name)
{
    const struct detail *detail = details_find(details, name);

    return detail && detail->text ? detail->text : "";
}

uint64_t details_number(const struct details *details, const char *name)
{
    const struct detail *detail = details_find(details, name);

    return detail ? detail->number : 0;
}

int details_absent(struct details *details, const char *name)
{
    static const char *const known[][2] = {
        { "LoadState", "not-found" },
        { "ActiveState", "inactive" },
        { "SubState", "dead" },
        { "Result", "success" },
    };
    static const char *const zero[] = { "MainPID", "ControlPID", "NRestarts", "ExecMainCode",
                                        "ExecMainStatus" };
    int error = details_add(details, "Id", WIRE_IS_TEXT, name, 0);

    if (error == 0)
        error = details_add(details, "Names", WIRE_IS_TEXT, name, 0);
    for (size_t i = 0; error == 0 && i < ARRAY_SIZE(known); i++)
        error = details_add(details, known[i][0], WIRE_IS_TEXT, known[i][1], 0);
    for (size_t i = 0; error == 0 && i < ARRAY_SIZE(zero); i++)
        error = details_add(details, zero[i], WIRE_IS_NUMBER, NULL, 0);
    return error < 0 ? error : details_add(details, "NeedDaemonReload", WIRE_IS_BOOLEAN, NULL, 0);
}

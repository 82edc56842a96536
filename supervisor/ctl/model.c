#include "supervisor/ctl/model.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void model_release(struct model *model)
{
    free(model->units);
    *model = (struct model){ 0 };
}

const struct model_unit *model_find(const struct model *model, const char *name)
{
    for (size_t i = 0; i < model->count; i++)
        if (strcmp(model->units[i].unit.name, name) == 0)
            return &model->units[i];
    return NULL;
}

const struct model_unit *model_find_id(const struct model *model, int32_t id)
{
    for (size_t i = 0; i < model->count; i++)
        if (model->units[i].unit.id == id)
            return &model->units[i];
    return NULL;
}

static int add_unit(struct model *model, const struct wire_unit *message)
{
    struct model_unit *known = (struct model_unit *)model_find_id(model, message->id);

    if (known) {
        known->unit = *message;
        return 1;
    }
    if (model->count == model->capacity) {
        size_t capacity = model->capacity ? 2 * model->capacity : 32;
        struct model_unit *grown = reallocarray(model->units, capacity, sizeof(*grown));

        if (!grown)
            return -ENOMEM;
        model->units = grown;
        model->capacity = capacity;
    }
    model->units[model->count++] = (struct model_unit){ .unit = *message };
    return 1;
}

int model_message(struct model *model, const union wire_message *message)
{
    struct model_unit *unit;

    switch ((enum wire_type)message->header.type) {
    case WIRE_HELLO:
        model->hello = message->hello;
        model->count = 0; /* numbers have a new meaning from here on */
        return 1;
    case WIRE_UNIT:
        return add_unit(model, &message->unit);
    case WIRE_STATE:
        unit = (struct model_unit *)model_find_id(model, message->state.id);
        if (!unit)
            return 0;
        unit->state = message->state;
        return 1;
    case WIRE_POD:
        model->pod = message->pod;
        return 1;
    case WIRE_SYNCED:
    case WIRE_SOURCE:
    case WIRE_HEALTH:
    case WIRE_VERDICT:
    case WIRE_REQUEST:
    case WIRE_REPLY:
    case WIRE_PROPERTY:
    case WIRE_PROCESSES:
    case WIRE_MORE:
    case WIRE_RULES:
    case WIRE_RULE:
    case WIRE_READER:
    case WIRE_HISTORY:
    case WIRE_LAST_WORDS:
    case WIRE_MASKS:
    case WIRE_NAMESPACE:
    case WIRE_WORDS:
    case WIRE_JOURNAL:
        return 0;
    }
    return 0;
}

static int compare_names(const void *left, const void *right)
{
    const struct model_unit *a = left, *b = right;

    return strcmp(a->unit.name, b->unit.name);
}

void model_sort(struct model *model)
{
    if (model->count > 1)
        qsort(model->units, model->count, sizeof(*model->units), compare_names);
}

void model_unit_name(const char *text, char name[WIRE_NAME_SIZE])
{
    static const char *const suffixes[] = { ".service", ".target", ".path", ".timer", ".socket" };
    size_t length = strlen(text);

    for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
        if (length > strlen(suffixes[i]) &&
            strcmp(text + length - strlen(suffixes[i]), suffixes[i]) == 0) {
            wire_copy(name, WIRE_NAME_SIZE, text);
            return;
        }
    snprintf(name, WIRE_NAME_SIZE, "%.*s.service", WIRE_NAME_SIZE - 9, text);
}

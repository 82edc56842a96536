#include "supervisor/init/properties.h"

#include "supervisor/init/property_table.h"
#include "supervisor/init/track.h"

#include <string.h>
#include <unistd.h>

static bool is_told(const struct property *property, const struct subject *subject)
{
    if (subject->id == UNIT_NONE || property->scope == OF_POD)
        return subject->id == UNIT_NONE && property->scope == OF_POD;
    return property->scope == OF_UNIT ||
           subject->spec->kind == (property->scope == OF_PATH ? UNIT_PATH : UNIT_SERVICE);
}

static const void *field(const void *base, size_t at)
{
    return (const char *)base + at;
}

static uint64_t number_of(const struct property *property, const struct subject *subject)
{
    const void *at = field(subject->spec, property->at);
    const struct moment *moment = field(subject->member, property->at);

    switch (property->origin) {
    case FROM_NUMBER:
        return property->number(subject);
    case FROM_BOOL:
        return *(const bool *)at;
    case FROM_INT:
        return (uint64_t)(*(const int *)at);
    case FROM_UNSIGNED:
        return *(const unsigned *)at;
    case FROM_U64:
        return *(const uint64_t *)at;
    case FROM_TIME:
        return moment->realtime_us;
    case FROM_MONOTONIC:
        return moment->monotonic_us;
    case FROM_TEXT:
    case FROM_STRING:
    case FROM_STRINGS:
    case FROM_WORD:
    case FROM_COMMANDS:
    case FROM_STATUSES:
    case FROM_EDGE:
        break;
    }
    return 0;
}

static void put_strings(string_list list, struct property_text *text)
{
    for (; list && *list; list++)
        property_put_word(text, *list);
}

static void put_edges(const struct subject *subject, size_t edge, struct property_text *text)
{
    const struct unit_edges *edges = &subject->pod->set.edges[subject->id][edge];

    for (size_t i = 0; i < edges->count; i++)
        property_put_word(text, pod_unit_name(subject->pod, edges->to[i]));
}

static void put_text(const struct property *property, const struct subject *subject,
                     struct property_text *text)
{
    const void *at = field(subject->spec, property->at);
    const char *string;
    unsigned word;

    switch (property->origin) {
    case FROM_TEXT:
        property->text(subject, text);
        break;
    case FROM_STRING:
        string = *(const char *const *)at;
        property_put(text, string ? string : "");
        break;
    case FROM_STRINGS:
        put_strings(*(const string_list *)at, text);
        break;
    case FROM_WORD:
        word = *(const unsigned *)at;
        property_put(text, word < property->word_count ? property->words[word] : "?");
        break;
    case FROM_COMMANDS:
        property_put_commands(text, *(const struct exec_command *const *)at);
        break;
    case FROM_STATUSES:
        property_put_statuses(text, *(struct exit_status_set *const *)at);
        break;
    case FROM_EDGE:
        put_edges(subject, property->at, text);
        break;
    case FROM_NUMBER:
    case FROM_BOOL:
    case FROM_INT:
    case FROM_UNSIGNED:
    case FROM_U64:
    case FROM_TIME:
    case FROM_MONOTONIC:
        break;
    }
}

static struct subject subject_of(const struct pod *pod, unit_id id)
{
    struct subject subject = { .pod = pod, .id = id };

    if (id != UNIT_NONE) {
        subject.unit = &pod->engine.units[id];
        subject.member = &pod->members[id];
        subject.spec = pod->set.specs[id];
    }
    return subject;
}

bool properties_next(const struct pod *pod, const struct property_cursor *cursor,
                     union wire_message *ret_message)
{
    struct subject subject = subject_of(pod, cursor->id);
    struct wire_property *message = &ret_message->property;
    struct property_text text = { .buffer = message->text,
                                  .size = sizeof(message->text),
                                  .skip = cursor->offset };
    size_t index = cursor->index;

    while (index < property_count && !is_told(&property_table[index], &subject))
        index++;
    if (index == property_count)
        return false;
    wire_begin(ret_message, WIRE_PROPERTY);
    message->kind = (uint8_t)property_table[index].kind;
    message->index = (uint32_t)index;
    wire_copy(message->name, sizeof(message->name), property_table[index].name);
    if (property_table[index].kind == WIRE_IS_TEXT)
        put_text(&property_table[index], &subject, &text);
    else
        message->number = number_of(&property_table[index], &subject);
    message->goes_on = text.total > text.skip + text.size - 1;
    return true;
}

void properties_advance(struct property_cursor *cursor, const struct wire_property *sent)
{
    cursor->index = sent->index + !sent->goes_on;
    cursor->offset = sent->goes_on ? cursor->offset + sizeof(sent->text) - 1 : 0;
}

void properties_processes(struct pod *pod, unit_id id, union wire_message *ret_message)
{
    struct wire_processes *message = &ret_message->processes;
    const pid_t *pids;
    size_t count = track_list(pod, id, &pids);

    wire_begin(ret_message, WIRE_PROCESSES);
    message->init = getpid();
    message->total = (uint32_t)count;
    message->count = count < WIRE_PROCESSES_MAX ? (uint32_t)count : WIRE_PROCESSES_MAX;
    memcpy(message->pids, pids, message->count * sizeof(*pids));
}

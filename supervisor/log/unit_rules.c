#include "supervisor/log/unit_rules.h"

#include "supervisor/log/intake.h"
#include "supervisor/log/source.h"

#include <errno.h>
#include <stdio.h>

/* All sources of the unit are read by its rules from now on. */
static void use_rules(struct logger *logger, struct rules *rules, int32_t id)
{
    struct source *source = source_find_id(logger->sources, id), *next;

    for (; source; source = next) {
        next = source_find_id(source->next, id);
        logger_unplace_source(logger, source);
        source->is_held = false;
        source->rules = rules;
        if (source->kind == SOURCE_PIPE)
            source->splitter.keeps_prefix = rules && !rules->has_level_prefix;
        logger_place_source(logger, source);
    }
}

/* None is read until they are complete. A debt is paid by the rules that it was made by: a unit
 * that no longer waits has none. */
static void hold(struct logger *logger, const struct wire_rules *message)
{
    struct source *source = source_find_id(logger->sources, message->id);

    for (; source; source = source_find_id(source->next, message->id)) {
        logger_unplace_source(logger, source);
        source->is_held = true;
        if (message->overflow != OVERFLOW_BLOCK)
            intake_pay(logger, source);
    }
}

static void use_file(struct logger *logger, struct rules *rules, const struct source *source,
                     const char *name)
{
    rules->file = files_use(&logger->files, rules->unit, name, &rules->file_settings);
    if (rules->file && source->kept)
        rules->file->out.totals = ring_totals(&logger->ring, source->kept);
}

void unit_rules_take(struct logger *logger, const union wire_message *message)
{
    bool is_head = message->header.type == WIRE_RULES;
    int32_t id = is_head ? message->rules.id : message->rule.id;
    const struct source *source = source_find_id(logger->sources, id);
    struct rules *rules = source ? rules_get(&logger->rules, source->unit) : NULL;
    int error = -ENOMEM;

    if (is_head)
        hold(logger, &message->rules);
    if (rules)
        error = is_head ? rules_set(rules, &message->rules) : rules_add(rules, &message->rule);
    if (rules && !is_head && message->rule.kind == WIRE_RULE_FILE)
        use_file(logger, rules, source, message->rule.text);
    if (source && error < 0)
        fprintf(stderr, "reeve-log: No memory for the rules of '%s', going on without.\n",
                source->unit);
    if (!rules || rules->awaited == 0)
        use_rules(logger, rules, id);
}

#include "supervisor/unit/directives.h"
#include "supervisor/unit/paths.h"

#include <errno.h>
#include <string.h>

/* Condition…= and Assert…= (systemd.unit(5), CONDITIONS AND ASSERTS). Both kinds stand in one list,
 * in the order of the file. */

static bool is_assert(const char *key)
{
    return *key == 'A';
}

/* The list without those of one kind. */
static void drop(struct reading *reading, bool asserts)
{
    struct condition **at = (struct condition **)&reading->spec->conditions;

    while (*at)
        if ((*at)->is_assert == asserts) {
            *at = (struct condition *)(*at)->next;
            reading->condition_count--;
        } else {
            at = (struct condition **)&(*at)->next;
        }
    reading->condition_end = (const struct condition **)at;
}

/* "|" and "!", in this order; a blank behind one of them belongs to the parameter. */
static bool take_sign(const char **text, char sign)
{
    bool has_sign = **text == sign;

    *text += has_sign;
    return has_sign;
}

/* 0 and the parameter; 0 and NULL after a mistake (reported), -ENOMEM. */
static int read_parameter(struct reading *reading, const char *text, char **ret_parameter)
{
    size_t skipped = (size_t)(text - reading->value);
    int error;

    /* What is read here is the value less its signs. */
    reading->value += skipped;
    reading->value_offset += skipped;
    error = reading_expand_value(reading, ret_parameter);
    if (error == 0 && *ret_parameter && reading->directive->argument == CONDITION_PATH &&
        (**ret_parameter != '/' || !path_simplify(*ret_parameter))) {
        reading_error(reading, reading->value_offset, NULL, "%s=%s is not an absolute path%s",
                      reading->key, reading->value, **ret_parameter == '/' ? " without '..'" : "");
        *ret_parameter = NULL;
    }
    return error;
}

static int append(struct reading *reading, const struct condition *condition)
{
    struct condition *node;

    if (reading->condition_count == LIST_MAX)
        reading_error(reading, reading->value_offset, NULL, "More than %d conditions and asserts",
                      LIST_MAX);
    if (reading->condition_count++ >= LIST_MAX)
        return 0;
    node = arena_get(reading->arena, sizeof(*node));
    if (!node)
        return -ENOMEM;
    *node = *condition;
    *reading->condition_end = node;
    reading->condition_end = &node->next;
    return 0;
}

int directive_condition(struct reading *reading)
{
    struct condition condition = { .is_assert = is_assert(reading->key) };
    const char *text = reading->value;
    char *parameter;
    int error;

    if (!reading->condition_end)
        reading->condition_end = &reading->spec->conditions;
    if (*text == '\0') {
        drop(reading, condition.is_assert);
        return 0;
    }
    /* The table outlives the unit set, so that its name need not be copied. */
    condition.check =
        reading->directive->name + strlen(condition.is_assert ? "Assert" : "Condition");
    condition.place = reading_place(reading, reading->value_offset);
    condition.is_trigger = take_sign(&text, '|');
    condition.is_negated = take_sign(&text, '!');
    error = read_parameter(reading, text, &parameter);
    if (error < 0 || !parameter)
        return error;
    condition.parameter = parameter;
    return append(reading, &condition);
}

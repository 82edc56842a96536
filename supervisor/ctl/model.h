#ifndef REEVE_CTL_MODEL_H
#define REEVE_CTL_MODEL_H

/* What PID 1 has told: all units with their states. Pure; owns its array. All zero is an empty one.
 */

#include "supervisor/wire/wire.h"

struct model_unit {
    struct wire_unit unit;
    struct wire_state state;
};

struct model {
    struct wire_hello hello;
    struct wire_pod pod;
    struct model_unit *units;
    size_t count, capacity;
};

void model_release(struct model *model);

/* Takes in one message. 1 when it changed something, 0 when not, -ENOMEM. */
int model_message(struct model *model, const union wire_message *message) MUST_CHECK;

const struct model_unit *model_find(const struct model *model, const char *name);
const struct model_unit *model_find_id(const struct model *model, int32_t id);

/* Sorts by name, as systemctl does. */
void model_sort(struct model *model);

/* The unit's full name: ".service" is added when `text` has no known suffix (systemctl(1)). */
void model_unit_name(const char *text, char name[WIRE_NAME_SIZE]);

#endif

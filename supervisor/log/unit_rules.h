#ifndef REEVE_LOG_UNIT_RULES_H
#define REEVE_LOG_UNIT_RULES_H

/* What PID 1 tells of a unit's rules, and the sources that are read by them: none of them is read
 * until all of the rules are there. */

#include "supervisor/log/logger.h"

/* A WIRE_RULES or a WIRE_RULE. */
void unit_rules_take(struct logger *logger, const union wire_message *message);

#endif

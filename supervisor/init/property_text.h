#ifndef REEVE_INIT_PROPERTY_TEXT_H
#define REEVE_INIT_PROPERTY_TEXT_H

/*
 * The text of a property: written as a whole each time, of which one message takes what begins at
 * `skip` and fits. So a text of any length needs no memory but the message.
 */

#include "supervisor/init/pod.h"

struct property_text {
    char *buffer;
    size_t size; /* of the buffer; its last byte is for NUL */
    size_t skip; /* what earlier messages have told */
    size_t total;
};

void property_put(struct property_text *text, const char *word);
/* With a space before it, unless it is the first. */
void property_put_word(struct property_text *text, const char *word);

/* `{ path=/bin/sleep ; argv[]=/bin/sleep 1000 ; ignore_errors=no }`, a line per command. */
void property_put_commands(struct property_text *text, const struct exec_command *list);
/* `1 2 TERM`. */
/* NULL is the empty set. */
void property_put_statuses(struct property_text *text, const struct exit_status_set *set);

#endif

#include "supervisor/init/property_text.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

void property_put(struct property_text *text, const char *word)
{
    size_t length = strlen(word), room = text->size - 1;

    /* Each byte has a place in the whole; those that fall into the window are kept. */
    for (size_t i = 0; i < length; i++) {
        size_t place = text->total + i;

        if (place >= text->skip && place - text->skip < room)
            text->buffer[place - text->skip] = word[i];
    }
    text->total += length;
}

void property_put_word(struct property_text *text, const char *word)
{
    if (text->total > 0)
        property_put(text, " ");
    property_put(text, word);
}

/* A line break would end the command for whoever reads a command per line. */
static void put_argument(struct property_text *text, const char *argument)
{
    for (; *argument; argument++) {
        const char byte[] = { *argument, '\0' };

        property_put(text, *argument == '\n' ? "\\n" : byte);
    }
}

void property_put_commands(struct property_text *text, const struct exec_command *list)
{
    for (const struct exec_command *command = list; command; command = command->next) {
        property_put(text, command == list ? "{ path=" : "\n{ path=");
        put_argument(text, command->path);
        property_put(text, " ; argv[]=");
        for (size_t i = 0; command->argv && command->argv[i]; i++) {
            property_put(text, i > 0 ? " " : "");
            put_argument(text, command->argv[i]);
        }
        property_put(text, command->flags & EXEC_IGNORE_FAILURE ? " ; ignore_errors=yes }"
                                                                : " ; ignore_errors=no }");
    }
}

void property_put_statuses(struct property_text *text, const struct exit_status_set *set)
{
    char word[16];

    for (unsigned code = 0; set && code < 256; code++)
        if (set->codes[code / 64] >> (code % 64) & 1) {
            snprintf(word, sizeof(word), "%u", code);
            property_put_word(text, word);
        }
    for (unsigned signal = 1; set && signal < 128; signal++)
        if (set->signals[signal / 64] >> (signal % 64) & 1) {
            const char *name = sigabbrev_np((int)signal);

            if (name)
                snprintf(word, sizeof(word), "%s", name);
            else
                snprintf(word, sizeof(word), "%u", signal);
            property_put_word(text, word);
        }
}

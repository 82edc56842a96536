#include "supervisor/log/stream.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "stream.SERIAL.SEAL.PRIORITY.PREFIX.identifier", the numbers in hexadecimal: in the last part a
 * byte that cannot stand in a name is '?', and what does not fit is cut. */
static const char head[] = "stream.";

void stream_name(const struct stored_stream *stream, char ret_name[STREAM_NAME_SIZE])
{
    (void)snprintf(ret_name, STREAM_NAME_SIZE, "%s%x.%x.%x.%x.%.48s", head, stream->serial,
                   stream->seal, stream->head.priority, stream->head.has_level_prefix,
                   stream->head.identifier);
    for (char *at = ret_name; *at; at++)
        if (*at <= ' ' || *at >= 127 || *at == ':')
            *at = '?';
}

/* A number that is not greater than `most`, and the point behind it. */
static bool take_number(const char **text, uint32_t most, uint32_t *ret_number)
{
    unsigned long number;
    char *end;

    if (!isxdigit((unsigned char)**text))
        return false;
    number = strtoul(*text, &end, 16);
    if (number > most || *end != '.')
        return false;
    *text = end + 1;
    *ret_number = (uint32_t)number;
    return true;
}

bool stream_name_parse(const char *name, struct stored_stream *ret_stream)
{
    struct stored_stream stream = { .fd = -1 };
    uint32_t priority, prefix;

    if (strncmp(name, head, strlen(head)) != 0)
        return false;
    name += strlen(head);
    if (!take_number(&name, UINT32_MAX, &stream.serial) ||
        !take_number(&name, UINT32_MAX, &stream.seal) || !take_number(&name, 7, &priority) ||
        !take_number(&name, 1, &prefix))
        return false;
    stream.head.priority = (uint8_t)priority;
    stream.head.has_level_prefix = prefix == 1;
    entry_copy_name(stream.head.identifier, name, strlen(name));
    *ret_stream = stream;
    return true;
}

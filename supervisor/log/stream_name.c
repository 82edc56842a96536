#include "supervisor/log/stream.h"

#include <stdio.h>
#include <string.h>

/* "stream.SERIAL.SEAL.PRIORITY.PREFIX.identifier": in the last part a byte that cannot stand in a
 * name is '?', and what does not fit is cut. */
void stream_name(const struct stored_stream *stream, char ret_name[STREAM_NAME_SIZE])
{
    (void)snprintf(ret_name, STREAM_NAME_SIZE, "stream.%x.%x.%u.%u.%.48s", stream->serial,
                   stream->seal, stream->head.priority, stream->head.has_level_prefix,
                   stream->head.identifier);
    for (char *at = ret_name; *at; at++)
        if (*at <= ' ' || *at >= 127 || *at == ':')
            *at = '?';
}

bool stream_name_parse(const char *name, struct stored_stream *ret_stream)
{
    struct stored_stream stream = { .fd = -1 };
    unsigned priority, prefix;
    int end = 0;

    if (sscanf(name, "stream.%8x.%8x.%1u.%1u.%n", &stream.serial, &stream.seal, &priority, &prefix,
               &end) < 4 ||
        end == 0 || priority > 7 || prefix > 1)
        return false;
    stream.head.priority = (uint8_t)priority;
    stream.head.has_level_prefix = prefix == 1;
    entry_copy_name(stream.head.identifier, name + end, strlen(name + end));
    *ret_stream = stream;
    return true;
}

#include "supervisor/unit/directives.h"
#include "supervisor/unit/log_spec.h"
#include "supervisor/unit/reading.h"
#include "supervisor/unit/value.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* LogFile= and its kin in [X-Reeve]. */

enum { NAME_MAX_BYTES = 200 }; /* there is more behind it when it is rotated */

/* "redis.service" has "redis.log". */
static int use_own_name(struct reading *reading)
{
    static const char suffix[] = ".service", log[] = ".log";
    const char *unit = reading->spec->name;
    size_t length = strlen(unit);
    char *name = arena_get(reading->arena, length + sizeof(log));

    if (!name)
        return -ENOMEM;
    if (length > strlen(suffix) && strcmp(unit + length - strlen(suffix), suffix) == 0)
        length -= strlen(suffix);
    memcpy(name, unit, length);
    memcpy(name + length, log, sizeof(log));
    reading->spec->exec.log->file.name = name;
    return 0;
}

int directive_log_file(struct reading *reading)
{
    const char **field = reading_field(reading);
    bool is_wanted;
    char *name;
    int error;

    if (reading->value[0] == '\0' || value_boolean(reading->value, &is_wanted) == 0) {
        *field = NULL;
        return reading->value[0] != '\0' && is_wanted ? use_own_name(reading) : 0;
    }
    error = reading_expand_value(reading, &name);
    if (error < 0 || !name)
        return error;
    if (name[0] != '.' && !strchr(name, '/') && strlen(name) <= NAME_MAX_BYTES)
        *field = name;
    else
        reading_error(reading, reading->value_offset,
                      "it lies in the directory of reeve-log: yes, no, or a name like 'web.log'",
                      "'%s' in %s= is not the name of a file", name, reading->key);
    return 0;
}

int directive_log_file_size(struct reading *reading)
{
    uint64_t *field = reading_field(reading), bytes = UINT64_MAX;
    int error = strcmp(reading->value, "infinity") == 0 ? 0 : value_size(reading->value, &bytes);

    if (error == 0 && bytes < LOG_FILE_SIZE_MIN)
        error = -ERANGE;
    if (error < 0)
        reading_bad_value(reading, error, "a size of at least 4K like '10M', or infinity");
    else
        *field = bytes;
    return 0;
}

#include "supervisor/init/property_path.h"

#include <stdio.h>

void put_path_unit(const struct subject *subject, struct property_text *text)
{
    property_put(text, subject->spec->path->unit);
}

void put_paths(const struct subject *subject, struct property_text *text)
{
    for (const struct path_item *item = subject->spec->path->items; item; item = item->next) {
        property_put(text, item->path);
        property_put(text, " (");
        property_put(text, path_kind_name(item->kind));
        property_put(text, item->next ? ")\n" : ")");
    }
}

void put_path_mode(const struct subject *subject, struct property_text *text)
{
    char mode[16];

    snprintf(mode, sizeof(mode), "%04o", (unsigned)subject->spec->path->directory_mode);
    property_put(text, mode);
}

uint64_t path_makes_directory(const struct subject *subject)
{
    return subject->spec->path->make_directory;
}

uint64_t path_limit_interval_us(const struct subject *subject)
{
    return subject->spec->path->trigger_limit_interval_us;
}

uint64_t path_limit_burst(const struct subject *subject)
{
    return subject->spec->path->trigger_limit_burst;
}

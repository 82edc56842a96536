#include "services/datahub/place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SENTINEL_SCHEME "redis-sentinel://"
#define HOST_TEXT_MAX   (PLACE_HOST_MAX + sizeof("[]:65535"))

int place_parse_port(const char *text, uint16_t *ret_port)
{
    char *end = NULL;

    if (text[0] < '0' || text[0] > '9')
        return -EINVAL;
    unsigned long port = strtoul(text, &end, 10);

    if (*end != '\0' || port == 0 || port > UINT16_MAX)
        return -EINVAL;
    *ret_port = (uint16_t)port;
    return 0;
}

/* The port is after the last colon. */
static int parse_host(const char *text, struct redis_host *ret_host)
{
    const char *colon = strrchr(text, ':');
    size_t length = colon != NULL ? (size_t)(colon - text) : 0;

    if (length == 0 || place_parse_port(colon + 1, &ret_host->port) < 0)
        return -EINVAL;
    if (length > 2 && text[0] == '[' && text[length - 1] == ']') {
        text++;
        length -= 2;
    }
    if (length >= sizeof(ret_host->name) || strcspn(text, "/,#") < length)
        return -EINVAL;
    (void)snprintf(ret_host->name, sizeof(ret_host->name), "%.*s", (int)length, text);
    return 0;
}

static int parse_sentinels(const char *text, struct redis_place *place)
{
    size_t left = strcspn(text, "#");
    const char *name = text[left] == '#' ? text + left + 1 : "";

    if (name[0] == '\0' || strlen(name) >= sizeof(place->primary))
        return -EINVAL;
    (void)snprintf(place->primary, sizeof(place->primary), "%s", name);
    for (;;) {
        char one[HOST_TEXT_MAX];
        size_t length = strcspn(text, ",#");

        if (length >= sizeof(one) || place->count == PLACE_HOSTS_MAX)
            return -EINVAL;
        (void)snprintf(one, sizeof(one), "%.*s", (int)length, text);
        if (parse_host(one, &place->hosts[place->count++]) < 0)
            return -EINVAL;
        if (text[length] == '#')
            return 0;
        text += length + 1;
    }
}

int place_parse(const char *text, struct redis_place *ret_place)
{
    struct redis_place place = { .count = 0 };
    size_t scheme = strlen(SENTINEL_SCHEME);
    int error;

    if (strncmp(text, SENTINEL_SCHEME, scheme) == 0) {
        error = parse_sentinels(text + scheme, &place);
    } else {
        error = parse_host(text, &place.hosts[0]);
        place.count = 1;
    }
    if (error == 0)
        *ret_place = place;
    return error;
}

/* What the command line and the environment say. */
#ifndef SERVICES_DATAHUB_OPTIONS_H
#define SERVICES_DATAHUB_OPTIONS_H

#include <stdint.h>

#include "services/datahub/place.h"
#include "services/datahub/symbol.h"

#define OPTIONS_PASSWORD_MAX 512

struct options {
    const char *address;
    uint16_t port;
    const char *redis; /* as it was given, for people */
    struct redis_place redis_place;
    char password[OPTIONS_PASSWORD_MAX]; /* "": none */
    struct symbol_list symbols;
};

/*
 * Returns 0 to go on, -1 after --help or --version, else the exit code, after a message on stderr.
 */
int options_read(int argc, char **argv, struct options *ret_options);

#endif

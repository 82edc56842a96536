/*
 * Where Redis is: an address, or the Sentinels that know it. Pure.
 *
 *   HOST:PORT
 *   redis-sentinel://HOST:PORT,HOST:PORT...#NAME     NAME is what the Sentinels call the primary
 *
 * An IPv6 address stands in brackets.
 */
#ifndef SERVICES_DATAHUB_PLACE_H
#define SERVICES_DATAHUB_PLACE_H

#include <stddef.h>
#include <stdint.h>

#define PLACE_HOST_MAX  128
#define PLACE_NAME_MAX  64
#define PLACE_HOSTS_MAX 8

struct redis_host {
    char name[PLACE_HOST_MAX];
    uint16_t port;
};

struct redis_place {
    char primary[PLACE_NAME_MAX]; /* "": hosts[0] is Redis; else the hosts are Sentinels */
    struct redis_host hosts[PLACE_HOSTS_MAX];
    size_t count; /* at least one */
};

/* A decimal number from 1 to 65535; -EINVAL for anything else. */
int place_parse_port(const char *text, uint16_t *ret_port) __attribute__((warn_unused_result));

/* -EINVAL when it is of neither form, or has names or a list that are too long. */
int place_parse(const char *text, struct redis_place *ret_place)
    __attribute__((warn_unused_result));

#endif

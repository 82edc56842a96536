/*
 * The command line and environment of kairos.
 */
#ifndef SERVICES_KAIROS_OPTIONS_H
#define SERVICES_KAIROS_OPTIONS_H

#include <stdint.h>

#define OPTIONS_HOST_MAX 256

struct options {
    const char *bind;
    int port;
    char devtools_host[OPTIONS_HOST_MAX];
    int devtools_port;
    char datahub[OPTIONS_HOST_MAX + 16]; /* base URL, no slash at the end */
    const char *state;
    uint64_t interval_us; /* 0: only on demand */
};

/* Returns -1 to go on, or the exit code after printing help, version or what is wrong (2). */
int options_parse(int argc, char **argv, struct options *ret_options);

/* Pure parts. 0 or -EINVAL; outputs untouched then. */
int options_read_endpoint(const char *text, char host[static OPTIONS_HOST_MAX], int *ret_port);
int options_read_seconds(const char *text, uint64_t *ret_us);
int options_read_port(const char *text, int *ret_port);

#endif

#ifndef REEVE_CTL_VERB_OPTIONS_H
#define REEVE_CTL_VERB_OPTIONS_H

/* The command line of a verb that has options of its own, behind it: reevectl VERB [OPTION]…; and
 * how any verb ends. */

#include "supervisor/ctl/client.h"

#include <getopt.h>

/* --socket and --timeout of a verb that asks PID 1: filled into its client. */
enum { VERB_OPTION_SOCKET = 1024, VERB_OPTION_TIMEOUT };

struct verb_options {
    const char *usage;            /* of --help, which is in `options` as 'h' */
    const char *letters;          /* as getopt(3) has them */
    const struct option *options; /* ends with an empty row */
    /* Every other option, its value in `optarg`. 0, or a negative errno: told on stderr. */
    int (*apply)(void *context, int code);
    void *context;
    struct client *client; /* NULL: it has none */
};

/* 0: the arguments begin at `optind`; 1: --help was answered; a negative errno: told on stderr. */
int verb_options_read(int argc, char **argv, const struct verb_options *options) MUST_CHECK;

/* --timeout=: a time span as in unit files, from a millisecond to a day; a bare number is seconds.
 * 0, or -EINVAL: told on stderr. */
int verb_options_timeout(struct client *client, const char *text) MUST_CHECK;

/* What a verb ends with: `status` when all that it has printed is written, or nobody reads on;
 * CTL_FAILURE otherwise: told on stderr. */
int verb_end(int status) MUST_CHECK;

/* "reevectl: …" on stderr; -EINVAL. */
int verb_complain(const char *format, ...) PRINTF_LIKE(1, 2);

#endif

#include "services/kairos/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/kairos/clock.h"

#define USAGE               2
#define INTERVAL_DEFAULT_US (60 * SECOND_US)
#define INTERVAL_MAX_S      86400

static const char help_text[] =
    "usage: kairos [OPTION]...\n"
    "Drives a running Chromium over the DevTools protocol: opens DataHub's chart page, reads the "
    "price,\n"
    "keeps a picture and the result.\n"
    "\n"
    "  --port PORT            HTTP port (default 8081)\n"
    "  --bind ADDRESS         HTTP address (default 127.0.0.1)\n"
    "  --devtools HOST:PORT   Chromium's --remote-debugging-port (default 127.0.0.1:9222)\n"
    "  --datahub URL          DataHub (default http://127.0.0.1:8080)\n"
    "  --state DIR            where runs are kept (default: $STATE_DIRECTORY)\n"
    "  --help, --version\n"
    "\n"
    "Environment: KAIROS_INTERVAL, seconds between two runs of the default job (default 60; 0: "
    "only on\n"
    "demand).\n"
    "Addresses: / /health /jobs /runs /runs/ID /runs/ID/screenshot.png; POST /jobs/NAME/run.\n";

int options_read_port(const char *text, int *ret_port)
{
    char *end = NULL;

    if (text[0] < '0' || text[0] > '9')
        return -EINVAL;
    unsigned long port = strtoul(text, &end, 10);

    if (*end != '\0' || port == 0 || port > 65535)
        return -EINVAL;
    *ret_port = (int)port;
    return 0;
}

int options_read_endpoint(const char *text, char host[static OPTIONS_HOST_MAX], int *ret_port)
{
    const char *colon = strrchr(text, ':');
    size_t length = colon != NULL ? (size_t)(colon - text) : 0;

    if (length == 0 || length >= OPTIONS_HOST_MAX || strcspn(text, "/@ ") != strlen(text) ||
        options_read_port(colon + 1, ret_port) < 0)
        return -EINVAL;
    (void)snprintf(host, OPTIONS_HOST_MAX, "%.*s", (int)length, text);
    return 0;
}

int options_read_seconds(const char *text, uint64_t *ret_us)
{
    char *end = NULL;

    if (text[0] < '0' || text[0] > '9')
        return -EINVAL;
    unsigned long seconds = strtoul(text, &end, 10);

    if (*end != '\0' || seconds > INTERVAL_MAX_S)
        return -EINVAL;
    *ret_us = seconds * SECOND_US;
    return 0;
}

static int wrong(const char *what, const char *text, const char *wanted)
{
    (void)fprintf(stderr, "kairos: %s '%s' is not %s\n", what, text, wanted);
    return USAGE;
}

static int set_datahub(const char *text, struct options *options)
{
    size_t length = strlen(text);

    while (length > 0 && text[length - 1] == '/')
        length--;
    if ((strncmp(text, "http://", 7) != 0 && strncmp(text, "https://", 8) != 0) || length < 9 ||
        length >= sizeof(options->datahub))
        return wrong("--datahub", text, "a URL such as http://127.0.0.1:8080");
    (void)snprintf(options->datahub, sizeof(options->datahub), "%.*s", (int)length, text);
    return -1;
}

enum option_id {
    BIND = 'b',
    PORT = 'p',
    DEVTOOLS = 'd',
    DATAHUB = 'u',
    STATE = 's',
    HELP = 'h',
    VERSION = 'V'
};

/* clang-format off */
static const struct option known[] = {
    { "bind",     required_argument, NULL, BIND },
    { "port",     required_argument, NULL, PORT },
    { "devtools", required_argument, NULL, DEVTOOLS },
    { "datahub",  required_argument, NULL, DATAHUB },
    { "state",    required_argument, NULL, STATE },
    { "help",     no_argument,       NULL, HELP },
    { "version",  no_argument,       NULL, VERSION },
    { 0 },
};
/* clang-format on */

static int apply(int option, struct options *options)
{
    if (option == BIND)
        options->bind = optarg;
    else if (option == STATE)
        options->state = optarg;
    else if (option == PORT && options_read_port(optarg, &options->port) < 0)
        return wrong("--port", optarg, "a port from 1 to 65535");
    else if (option == DEVTOOLS &&
             options_read_endpoint(optarg, options->devtools_host, &options->devtools_port) < 0)
        return wrong("--devtools", optarg, "HOST:PORT");
    else if (option == DATAHUB)
        return set_datahub(optarg, options);
    else if (option == HELP)
        return fputs(help_text, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    else if (option == VERSION)
        return puts("kairos " REEVE_VERSION) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    return option == '?' ? USAGE : -1;
}

/* systemd.exec(5): several state directories are separated by colons; the first is ours. */
static int settle_state(struct options *options)
{
    const char *given = getenv("STATE_DIRECTORY");

    if (options->state == NULL && given != NULL && given[0] != '\0')
        options->state = strndup(given, strcspn(given, ":"));
    if (options->state != NULL)
        return -1;
    (void)fprintf(stderr, "kairos: no place for the runs. Remedy: StateDirectory= in the unit, or "
                          "--state DIR\n");
    return USAGE;
}

int options_parse(int argc, char **argv, struct options *ret_options)
{
    struct options options = { .bind = "127.0.0.1",
                               .port = 8081,
                               .devtools_host = "127.0.0.1",
                               .devtools_port = 9222,
                               .datahub = "http://127.0.0.1:8080",
                               .interval_us = INTERVAL_DEFAULT_US };
    const char *interval = getenv("KAIROS_INTERVAL");
    int option = 0;

    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        int code = apply(option, &options);

        if (code >= 0)
            return code;
    }
    if (optind < argc)
        return wrong("the argument", argv[optind], "known; see --help");
    if (interval != NULL && options_read_seconds(interval, &options.interval_us) < 0)
        return wrong("KAIROS_INTERVAL", interval, "a number of seconds from 0 to 86400");
    int code = settle_state(&options);

    if (code < 0)
        *ret_options = options;
    return code;
}

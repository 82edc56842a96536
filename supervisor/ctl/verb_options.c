#include "supervisor/ctl/verb_options.h"

#include "supervisor/ctl/verbs.h"
#include "supervisor/unit/value.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const uint64_t timeout_max_us = 86400 * USEC_PER_SEC;

int verb_complain(const char *format, ...)
{
    va_list arguments;

    fputs("reevectl: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return -EINVAL;
}

int verb_options_timeout(struct client *client, const char *text)
{
    uint64_t timeout_us;

    if (value_time(text, USEC_PER_SEC, &timeout_us) < 0 || timeout_us < USEC_PER_MSEC ||
        timeout_us > timeout_max_us)
        return verb_complain("--timeout='%s' is not a time from 1ms to 1d.", text);
    client->timeout_ms = (int)(timeout_us / USEC_PER_MSEC);
    return 0;
}

static int apply(const struct verb_options *options, const char *verb, int code)
{
    switch (code) {
    case 'h':
        fputs(options->usage, stdout);
        return 1;
    case '?': /* getopt(3) has told what is wrong */
        fprintf(stderr, "See 'reevectl %s --help'.\n", verb);
        return -EINVAL;
    case VERB_OPTION_SOCKET:
        options->client->path = optarg;
        return 0;
    case VERB_OPTION_TIMEOUT:
        return verb_options_timeout(options->client, optarg);
    default:
        return options->apply(options->context, code);
    }
}

int verb_options_read(int argc, char **argv, const struct verb_options *options)
{
    int code, result = 0;

    while (result == 0 &&
           (code = getopt_long(argc, argv, options->letters, options->options, NULL)) != -1)
        result = apply(options, argv[0], code);
    return result;
}

/* Where SIGPIPE is ignored, that is no error that a verb could tell of. */
static bool is_read_by_nobody(void)
{
    struct pollfd output = { .fd = STDOUT_FILENO, .events = POLLOUT };

    return poll(&output, 1, 0) > 0 && (output.revents & POLLERR);
}

int verb_end(int status)
{
    int error = fflush(stdout) == 0 ? 0 : errno;

    if ((error == 0 && !ferror(stdout)) || error == EPIPE || is_read_by_nobody())
        return status;
    if (error != 0)
        (void)verb_complain("Cannot write: %s", strerror(error));
    else
        (void)verb_complain("Not all could be written."); /* at an earlier flush */
    return CTL_FAILURE;
}

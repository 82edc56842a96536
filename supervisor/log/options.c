#include "supervisor/log/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "Usage: reeve-log [--output=short-iso|json|cat] [--file=PATH] [--keep=SIZE] "
    "[--keep-unit=SIZE]\n"
    "                 [--keep-sec=SECONDS]\n"
    "Writes the lines of all units to standard output, and keeps the newest for those who ask. "
    "Started\n"
    "by reeve, with its end of the wire on file descriptor 3; ends when reeve closes the wire.\n"
    "REEVE_LOG_OUTPUT, REEVE_LOG_KEEP, REEVE_LOG_KEEP_UNIT and REEVE_LOG_KEEP_SEC are the "
    "defaults.\n";

/* A number with K, M or G behind it. */
static bool read_size(const char *text, uint64_t *ret_number)
{
    static const char suffixes[] = "KMG";
    unsigned long long number;
    const char *suffix;
    unsigned shift = 0;
    char *end;

    errno = 0;
    number = strtoull(text, &end, 10);
    suffix = *end ? strchr(suffixes, *end) : NULL;
    if (suffix) {
        shift = 10 * (unsigned)(suffix - suffixes + 1);
        end++;
    }
    if (text[0] < '0' || text[0] > '9' || errno != 0 || *end || number > UINT32_MAX)
        return false;
    *ret_number = (uint64_t)number << shift;
    return true;
}

/* False: `text` is nothing that the setting can have. */
static bool set(struct settings *settings, int letter, const char *text)
{
    uint64_t number = 0;

    switch (letter) {
    case 'o':
        return format_from_name(text, &settings->format);
    case 'f':
        settings->file = text;
        return true;
    case 'k':
    case 'u':
        if (!read_size(text, &number) || number > RING_SIZE_MAX)
            return false;
        *(letter == 'k' ? &settings->ring.size : &settings->ring.unit_size) = (size_t)number;
        return true;
    case 's':
        if (!read_size(text, &number))
            return false;
        settings->ring.age_us = number ? number * USEC_PER_SEC : USEC_INFINITY;
        return true;
    }
    return false;
}

/* A wrong word in the environment must not cost the pod its log. */
static void read_environment(struct settings *settings)
{
    static const struct {
        const char *name;
        int letter;
    } names[] = {
        { "REEVE_LOG_OUTPUT", 'o' },
        { "REEVE_LOG_KEEP", 'k' },
        { "REEVE_LOG_KEEP_UNIT", 'u' },
        { "REEVE_LOG_KEEP_SEC", 's' },
    };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        const char *text = getenv(names[i].name);

        if (text && *text && !set(settings, names[i].letter, text))
            fprintf(stderr, "reeve-log: %s='%s' cannot be used, ignoring it.\n", names[i].name,
                    text);
    }
}

int options_read(int argc, char **argv, struct settings *ret_settings)
{
    static const struct option options[] = {
        { "output", required_argument, NULL, 'o' },   { "file", required_argument, NULL, 'f' },
        { "keep", required_argument, NULL, 'k' },     { "keep-unit", required_argument, NULL, 'u' },
        { "keep-sec", required_argument, NULL, 's' }, { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'V' },        { 0 },
    };
    struct settings settings = {
        .format = FORMAT_SHORT_ISO,
        .ring = { RING_SIZE_DEFAULT, RING_UNIT_SIZE_DEFAULT, USEC_INFINITY },
    };
    int letter;

    read_environment(&settings);
    while ((letter = getopt_long(argc, argv, "o:f:h", options, NULL)) != -1) {
        if (letter == 'h' || letter == 'V') {
            fputs(letter == 'h' ? usage : "reeve-log " REEVE_VERSION "\n", stdout);
            return EXIT_SUCCESS;
        }
        if (letter == '?') {
            fputs(usage, stderr);
            return EXIT_USAGE;
        }
        if (!set(&settings, letter, optarg)) {
            fprintf(stderr, "reeve-log: '%s' cannot be used for this option.\n%s", optarg, usage);
            return EXIT_USAGE;
        }
    }
    *ret_settings = settings;
    return -1;
}

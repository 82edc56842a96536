#include "supervisor/init/options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { DEFAULT_UID = 1001 };

static const char help[] =
    "Usage: reeve [OPTION]... --units DIR...   run the pod that the unit files describe\n"
    "       reeve [OPTION]... -- COMMAND...    run one command, as a small init\n"
    "\n"
    "  --units DIR       read systemd unit files from DIR; may be given more than once,\n"
    "                    the first directory has priority (default: /etc/reeve/units,\n"
    "                    /usr/local/lib/reeve/pod, /usr/lib/reeve/pod: those that exist)\n"
    "  --target UNIT     start this unit and what it needs (default: default.target if there\n"
    "                    is one, else every service)\n"
    "  --user UID[:GID]  run everything as this user (default: 1001 when started as root or\n"
    "                    with --isolate, else who we are); 0: each service as its User= says\n"
    "  --state DIR       where StateDirectory= lives (default: $REEVE_STATE, else /var/lib,\n"
    "                    with --isolate ./var)\n"
    "  --isolate         make own namespaces first: no container engine is needed\n"
    "  --help            show this text\n"
    "  --version         show the version\n"
    "\n"
    "SIGTERM, SIGINT and SIGRTMIN+3 stop everything in order (a second SIGINT hurries),\n"
    "SIGHUP reads the unit files again. See reeve(8), reevectl(1).\n";

static bool parse_id(const char *text, const char **ret_end, unsigned *ret_id)
{
    char *end;
    unsigned long value;

    errno = 0;
    value = strtoul(text, &end, 10);
    if (end == text || errno != 0 || value >= UINT_MAX || *text == '-' || *text == '+')
        return false;
    *ret_end = end;
    *ret_id = (unsigned)value;
    return true;
}

static bool parse_user(const char *text, struct options *options)
{
    const char *end;
    unsigned uid, gid;

    if (!parse_id(text, &end, &uid))
        return false;
    gid = uid;
    if (*end == ':' && !parse_id(end + 1, &end, &gid))
        return false;
    if (*end != '\0')
        return false;
    options->has_user = true;
    options->uid = uid;
    options->gid = gid;
    return true;
}

static bool add_directory(struct options *options, const char *directory)
{
    for (size_t i = 0; i < UNIT_DIRECTORIES_MAX; i++)
        if (!options->units[i]) {
            options->units[i] = directory;
            return true;
        }
    fprintf(stderr, "reeve: more than %d --units directories\n", UNIT_DIRECTORIES_MAX);
    return false;
}

static enum options_result handle(int option, struct options *options)
{
    switch (option) {
    case 'u':
        return add_directory(options, optarg) ? OPTIONS_RUN : OPTIONS_WRONG;
    case 't':
        options->target = optarg;
        return OPTIONS_RUN;
    case 's':
        options->state = optarg;
        return OPTIONS_RUN;
    case 'i':
        options->isolate = true;
        return OPTIONS_RUN;
    case 'U':
        if (parse_user(optarg, options))
            return OPTIONS_RUN;
        fprintf(stderr, "reeve: --user=%s: expected UID or UID:GID, in numbers\n", optarg);
        return OPTIONS_WRONG;
    case 'h':
        fputs(help, stdout);
        return OPTIONS_DONE;
    case 'V':
        puts("reeve " REEVE_VERSION);
        return OPTIONS_DONE;
    default:
        fputs("reeve: try 'reeve --help'\n", stderr);
        return OPTIONS_WRONG;
    }
}

enum options_result options_parse(int argc, char **argv, struct options *ret_options)
{
    static const struct option list[] = {
        { "units", required_argument, NULL, 'u' }, { "target", required_argument, NULL, 't' },
        { "state", required_argument, NULL, 's' }, { "user", required_argument, NULL, 'U' },
        { "isolate", no_argument, NULL, 'i' },     { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'V' },     { NULL, 0, NULL, 0 },
    };
    enum options_result result;
    int option;

    *ret_options = (struct options){ .uid = DEFAULT_UID, .gid = DEFAULT_UID };
    while ((option = getopt_long(argc, argv, "+hV", list, NULL)) != -1) {
        result = handle(option, ret_options);
        if (result != OPTIONS_RUN)
            return result;
    }
    if (optind < argc && strcmp(argv[optind - 1], "--") == 0)
        ret_options->command = argv + optind;
    else if (optind < argc) {
        fprintf(stderr, "reeve: unexpected argument '%s': a command goes after '--'\n",
                argv[optind]);
        return OPTIONS_WRONG;
    }
    if (ret_options->command && (ret_options->isolate || ret_options->units[0] ||
                                 ret_options->target || ret_options->state)) {
        fputs("reeve: with a command after '--' only --user has a meaning\n", stderr);
        return OPTIONS_WRONG;
    }
    return OPTIONS_RUN;
}

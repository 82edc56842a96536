/* The options of `reevectl logs`, which are journalctl's. */

#include "supervisor/ctl/logs.h"

#include "supervisor/ctl/log_time.h"
#include "supervisor/ctl/verb_options.h"
#include "supervisor/unit/value.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { LINES_DEFAULT = 10, LINES_PAGER = 1000 };

static const char usage[] =
    "Usage: reevectl logs [OPTION...] [UNIT...]\n\n"
    "Shows the lines that reeve-log keeps: of all units, of reeve (-u init.scope), or of some.\n\n"
    "  -u --unit=UNIT         of this unit, or of those that match a pattern; may be repeated\n"
    "  -t --identifier=NAME   with this identifier; may be repeated\n"
    "  -p --priority=RANGE    err, 3, or warning..err\n"
    "  -g --grep=PATTERN      whose text matches an extended regular expression; all in small\n"
    "                         letters: in any case\n"
    "     --case-sensitive[=BOOLEAN]\n"
    "  -S --since=TIME  -U --until=TIME\n"
    "                         \"2026-11-26 12:01:03\", \"10 min ago\", -1h, today, @1795654477 …\n"
    "     --after-cursor=CURSOR  --show-cursor\n"
    "  -b --boot[=0]          of this run of the pod; there are no others\n"
    "  -n --lines[=N]         the last N, 10; \"all\"\n"
    "  -r --reverse           the newest first\n"
    "  -f --follow            and what comes; --no-tail: not only from the last ten lines on\n"
    "  -o --output=FORMAT     short short-precise short-iso short-iso-precise short-full\n"
    "                         short-monotonic short-unix with-unit verbose export json\n"
    "                         json-pretty json-sse json-seq cat\n"
    "     --output-fields=LIST  only these, where all fields are shown; with cat: their values\n"
    "  -a --all               control characters as they are\n"
    "     --utc  --no-hostname  -q --quiet\n"
    "  -e --pager-end  --no-pager  -l --full  --no-full: accepted, as there is no pager and\n"
    "                         nothing is cut; -e is -n 1000\n"
    "     --socket=PATH       control socket\n"
    "     --timeout=SECONDS   how long PID 1 may take to answer (5)\n"
    "  -h --help\n";

enum option_code {
    OPTION_CASE = 256,
    OPTION_AFTER_CURSOR,
    OPTION_SHOW_CURSOR,
    OPTION_NO_TAIL,
    OPTION_FIELDS,
    OPTION_UTC,
    OPTION_NO_HOSTNAME,
    OPTION_NOTHING,
    OPTION_SOCKET,
    OPTION_TIMEOUT,
};

static const struct option options[] = {
    { "unit", required_argument, NULL, 'u' },
    { "identifier", required_argument, NULL, 't' },
    { "priority", required_argument, NULL, 'p' },
    { "grep", required_argument, NULL, 'g' },
    { "case-sensitive", optional_argument, NULL, OPTION_CASE },
    { "since", required_argument, NULL, 'S' },
    { "until", required_argument, NULL, 'U' },
    { "after-cursor", required_argument, NULL, OPTION_AFTER_CURSOR },
    { "show-cursor", no_argument, NULL, OPTION_SHOW_CURSOR },
    { "boot", optional_argument, NULL, 'b' },
    { "lines", optional_argument, NULL, 'n' },
    { "reverse", no_argument, NULL, 'r' },
    { "follow", no_argument, NULL, 'f' },
    { "no-tail", no_argument, NULL, OPTION_NO_TAIL },
    { "output", required_argument, NULL, 'o' },
    { "output-fields", required_argument, NULL, OPTION_FIELDS },
    { "all", no_argument, NULL, 'a' },
    { "utc", no_argument, NULL, OPTION_UTC },
    { "no-hostname", no_argument, NULL, OPTION_NO_HOSTNAME },
    { "quiet", no_argument, NULL, 'q' },
    { "pager-end", no_argument, NULL, 'e' },
    { "no-pager", no_argument, NULL, OPTION_NOTHING },
    { "full", no_argument, NULL, 'l' },
    { "no-full", no_argument, NULL, OPTION_NOTHING },
    { "catalog", no_argument, NULL, 'x' },
    { "socket", required_argument, NULL, OPTION_SOCKET },
    { "timeout", required_argument, NULL, OPTION_TIMEOUT },
    { "help", no_argument, NULL, 'h' },
    { 0 },
};

static int wrong(const char *option, const char *value)
{
    fprintf(stderr, "reevectl: %s='%s' cannot be understood.\n", option, value);
    return -EINVAL;
}

static int add_unit(struct logs *logs, const char *text)
{
    static const char scope[] = ".scope";
    size_t length = strlen(text), tail = strlen(scope);
    char *name;

    if (logs->select.unit_count == LOG_NAMES_MAX) {
        fprintf(stderr, "reevectl: More than %d units.\n", LOG_NAMES_MAX);
        return -E2BIG;
    }
    name = logs->names[logs->select.unit_count];
    /* "init.scope" is what reeve itself says; a pattern may match suffixes, too. */
    if ((length > tail && strcmp(text + length - tail, scope) == 0) ||
        (length > 0 && text[length - 1] == '*'))
        wire_copy(name, LOG_NAME_SIZE, text);
    else
        model_unit_name(text, name);
    logs->select.units[logs->select.unit_count++] = name;
    return 0;
}

static int add_identifier(struct logs *logs, const char *text)
{
    if (logs->select.identifier_count == LOG_NAMES_MAX)
        return -E2BIG;
    logs->select.identifiers[logs->select.identifier_count++] = text;
    return 0;
}

static int set_lines(struct logs *logs, const char *text)
{
    uint64_t number = LINES_DEFAULT;

    logs->has_lines = true;
    if (text && strcmp(text, "all") == 0)
        number = LOG_ALL_LINES;
    else if (text && value_unsigned(text, UINT32_MAX, &number) < 0)
        return wrong("--lines", text);
    logs->lines = number;
    return 0;
}

/* "-n 20" and "-b -1": the value of an option that need not have one stands in the next word. */
static const char *next_word(char **argv, bool (*fits)(const char *word))
{
    return !optarg && argv[optind] && fits(argv[optind]) ? argv[optind++] : optarg;
}

static bool is_number_of_lines(const char *word)
{
    return isdigit((unsigned char)word[0]) || strcmp(word, "all") == 0;
}

static bool is_boot(const char *word)
{
    return isdigit((unsigned char)word[word[0] == '-' || word[0] == '+']) != 0;
}

static int set_boot(const struct logs *logs, const char *text)
{
    if (!text || strcmp(text, "0") == 0 || strcmp(text, "-0") == 0 || strcmp(text, "all") == 0 ||
        strcmp(text, logs->boot_id) == 0)
        return 0;
    fprintf(stderr,
            "reevectl: Data from the specified boot (%s) is not available: reeve-log keeps that of "
            "this run of the pod.\n",
            text);
    return -EINVAL;
}

static int set_time(const char *option, const char *text, uint64_t *target_us)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return log_time_parse(text, (uint64_t)now.tv_sec * USEC_PER_SEC + (uint64_t)now.tv_nsec / 1000,
                          target_us) < 0
               ? wrong(option, text)
               : 0;
}

static int set_cursor(struct logs *logs, const char *text)
{
    char *end;

    if (strncmp(text, "s=", 2) != 0)
        return wrong("--after-cursor", text);
    errno = 0;
    logs->after_sequence = strtoull(text + 2, &end, 16);
    return errno != 0 || end == text + 2 || *end ? wrong("--after-cursor", text) : 0;
}

static int set_case(struct logs *logs, const char *text)
{
    bool is_sensitive = true;

    if (text && value_boolean(text, &is_sensitive) < 0)
        return wrong("--case-sensitive", text);
    logs->ignores_case = !is_sensitive;
    return 0;
}

/* Options that say which lines. -ENOENT: it is none of them. */
static int apply_selection(struct logs *logs, int code, char **argv)
{
    switch (code) {
    case 'u':
        return add_unit(logs, optarg);
    case 't':
        return add_identifier(logs, optarg);
    case 'p':
        return log_select_priority(&logs->select, optarg) < 0 ? wrong("--priority", optarg) : 0;
    case 'g':
        logs->grep = optarg;
        return 0;
    case OPTION_CASE:
        return set_case(logs, optarg);
    case 'S':
        return set_time("--since", optarg, &logs->since_us);
    case 'U':
        return set_time("--until", optarg, &logs->until_us);
    case OPTION_AFTER_CURSOR:
        return set_cursor(logs, optarg);
    case 'b':
        return set_boot(logs, next_word(argv, is_boot));
    case 'n':
        return set_lines(logs, next_word(argv, is_number_of_lines));
    case 'e':
        if (!logs->has_lines)
            logs->lines = LINES_PAGER;
        return 0;
    default:
        return -ENOENT;
    }
}

/* Options that say how. */
static int apply_option(struct logs *logs, int code)
{
    switch (code) {
    case 'r':
        logs->is_reverse = true;
        return 0;
    case 'f':
        logs->is_following = true;
        return 0;
    case OPTION_NO_TAIL:
        logs->has_lines = true;
        logs->lines = LOG_ALL_LINES;
        return 0;
    case 'o':
        return log_output_from_name(optarg, &logs->style.output) ? 0 : wrong("--output", optarg);
    case OPTION_FIELDS:
        logs->style.fields = optarg;
        return 0;
    case 'a':
        logs->style.shows_raw = true;
        return 0;
    case OPTION_UTC:
        logs->style.is_utc = true;
        return 0;
    case OPTION_NO_HOSTNAME:
        logs->style.host = NULL;
        return 0;
    case OPTION_SHOW_CURSOR:
        logs->shows_cursor = true;
        return 0;
    case 'q':
        logs->is_quiet = true;
        return 0;
    case 'l':
    case 'x':
    case OPTION_NOTHING:
        return 0;
    case OPTION_SOCKET:
        logs->client.path = optarg;
        return 0;
    case OPTION_TIMEOUT:
        return verb_options_timeout(&logs->client, optarg);
    case 'h':
        fputs(usage, stdout);
        return 1;
    default:
        fputs("See 'reevectl logs --help'.\n", stderr);
        return -EINVAL;
    }
}

static bool is_all_small(const char *pattern)
{
    for (; *pattern; pattern++)
        if (isupper((unsigned char)*pattern))
            return false;
    return true;
}

static int compile_pattern(struct logs *logs)
{
    bool ignores_case = logs->ignores_case < 0 ? is_all_small(logs->grep) : logs->ignores_case != 0;
    int error = regcomp(&logs->pattern, logs->grep, REG_EXTENDED | (ignores_case ? REG_ICASE : 0));
    char text[256];

    if (error == 0) {
        logs->select.grep = &logs->pattern;
        return 0;
    }
    regerror(error, &logs->pattern, text, sizeof(text));
    fprintf(stderr, "reevectl: --grep='%s': %s.\n", logs->grep, text);
    return -EINVAL;
}

int logs_read_options(int argc, char **argv, struct logs *logs)
{
    int code, result = 0;

    while (result == 0 &&
           (code = getopt_long(argc, argv, "u:t:p:g:S:U:b::n::rfo:aqelxh", options, NULL)) != -1) {
        result = apply_selection(logs, code, argv);
        if (result == -ENOENT)
            result = apply_option(logs, code);
    }
    for (; result == 0 && argv[optind]; optind++)
        result = add_unit(logs, argv[optind]);
    if (result == 0 && logs->since_us > 0 && logs->until_us > 0 &&
        logs->since_us > logs->until_us) {
        fputs("reevectl: --since= must be before --until=.\n", stderr);
        result = -EINVAL;
    }
    if (result == 0 && logs->is_reverse && logs->is_following) {
        fputs("reevectl: Please specify either --reverse or --follow, not both.\n", stderr);
        result = -EINVAL;
    }
    if (result == 0 && logs->grep)
        result = compile_pattern(logs);
    if (logs->is_following && !logs->has_lines && logs->since_us == 0 && logs->after_sequence == 0)
        logs->lines = LINES_DEFAULT;
    /* As journalctl: whoever looks for the last that match wants to see those first. */
    if (logs->grep && logs->has_lines && logs->lines != LOG_ALL_LINES && !logs->is_following)
        logs->is_reverse = true;
    return result;
}

#include "supervisor/ctl/security.h"

#include "supervisor/ctl/verb_options.h"
#include "supervisor/ctl/verbs.h"
#include "supervisor/unit/value.h"

#include <errno.h>
#include <string.h>

static const char usage[] =
    "Usage: reevectl security [OPTION]... [UNIT|FILE|DIR]...\n"
    "What each unit asks of its sandbox, what holds it here, and how exposed it leaves the "
    "service:\n"
    "0.0 (perfect) to 10.0 (dangerous), counted as 'systemd-analyze security' counts, but only "
    "what\n"
    "is held counts as set. Without a UNIT, a line for each service.\n"
    "\n"
    "  --threshold=N     exit status 1 when a unit is more exposed than this (0 to 100: 35 is "
    "3.5)\n"
    "  --offline[=BOOL]  ask no running reeve: read unit files, and judge them for this place, "
    "this\n"
    "                    user and these rights\n"
    "  --units=DIR       the same, from DIR; may be given more than once (default: as reeve)\n"
    "  --json            print JSON\n"
    "  --socket=PATH     control socket\n"
    "  --timeout=SECONDS how long PID 1 may take to answer (5)\n"
    "  --no-pager        accepted: there is none\n"
    "  -h --help         this text\n"
    "\n"
    "A FILE or DIR, which is an argument with a '/', is read as with --offline. See reevectl(1).\n";

enum option_code {
    OPTION_THRESHOLD = 256,
    OPTION_OFFLINE,
    OPTION_UNITS,
    OPTION_JSON,
    OPTION_NOTHING,
};

static const struct option options[] = {
    { "threshold", required_argument, NULL, OPTION_THRESHOLD },
    { "offline", optional_argument, NULL, OPTION_OFFLINE },
    { "units", required_argument, NULL, OPTION_UNITS },
    { "json", no_argument, NULL, OPTION_JSON },
    { "socket", required_argument, NULL, VERB_OPTION_SOCKET },
    { "timeout", required_argument, NULL, VERB_OPTION_TIMEOUT },
    { "no-pager", no_argument, NULL, OPTION_NOTHING },
    { "help", no_argument, NULL, 'h' },
    { 0 },
};

struct line {
    struct security security;
    struct client client;
    struct unit_arguments arguments;
    uint64_t threshold;
    bool is_json;
};

struct security_unit *security_add(struct security *security, const char *name)
{
    size_t capacity = security->capacity ? 2 * security->capacity : 64;
    struct security_unit *grown, *unit;

    if (security->count == security->capacity) {
        grown = arena_get(&security->arena, capacity * sizeof(*grown));
        if (!grown)
            return NULL;
        if (security->count > 0)
            memcpy(grown, security->units, security->count * sizeof(*grown));
        security->units = grown;
        security->capacity = capacity;
    }
    unit = &security->units[security->count];
    *unit = (struct security_unit){ .name = arena_string(&security->arena, name) };
    if (!unit->name)
        return NULL;
    security->count++;
    return unit;
}

/* The room is the next power of two. */
struct security_directive *security_add_directive(struct security *security,
                                                  struct security_unit *unit)
{
    struct security_directive *grown;

    if ((unit->count & (unit->count - 1)) == 0) {
        size_t capacity = unit->count ? 2 * unit->count : 1;

        grown = arena_get(&security->arena, capacity * sizeof(*grown));
        if (!grown)
            return NULL;
        if (unit->count > 0)
            memcpy(grown, unit->directives, unit->count * sizeof(*grown));
        unit->directives = grown;
    }
    return &unit->directives[unit->count++];
}

const char *security_cause(const struct security_unit *unit, size_t item)
{
    const struct exposure_item *what = exposure_item(item);
    const char *cause = what->is_known ? "not asked" : "not supported by reeve";

    for (size_t i = 0; i < unit->count; i++) {
        const struct security_directive *directive = &unit->directives[i];

        if (strcmp(directive->directive, what->directive) != 0)
            continue;
        if (strcmp(directive->strength, sandbox_strength_name(SANDBOX_NONE)) == 0)
            return "not held here";
        cause = "left open by the unit";
    }
    return cause;
}

/* --- the command line --- */

static int set_offline(struct line *line, const char *text)
{
    if (!text)
        line->security.is_offline = true;
    else if (value_boolean(text, &line->security.is_offline) < 0)
        return verb_complain("--offline='%s' is neither yes nor no", text);
    return 0;
}

static int apply_option(void *context, int code)
{
    struct line *line = context;

    switch (code) {
    case OPTION_THRESHOLD:
        if (value_unsigned(optarg, EXPOSURE_LEVEL_MAX, &line->threshold) < 0)
            return verb_complain("--threshold='%s' is not a number from 0 to 100", optarg);
        return 0;
    case OPTION_OFFLINE:
        return set_offline(line, optarg);
    case OPTION_UNITS:
        line->security.is_offline = true;
        return unit_arguments_add_directory(&line->arguments, optarg);
    case OPTION_JSON:
        line->is_json = true;
        return 0;
    case OPTION_NOTHING:
        return 0;
    default:
        return -EINVAL;
    }
}

/* --- the story --- */

static int find_out(struct line *line, char *const *words)
{
    int error;

    for (char *const *word = words; *word; word++)
        line->security.is_offline |= strchr(*word, '/') != NULL;
    if (!line->security.is_offline)
        return security_ask(&line->security, &line->client, words);
    error = unit_arguments_read(&line->arguments, words);
    return error < 0 ? error : security_load(&line->security, &line->arguments);
}

static int print(const struct line *line, bool is_detailed)
{
    const struct security *security = &line->security;
    bool is_good = true;

    for (size_t i = 0; i < security->count; i++)
        is_good &= exposure_level(&security->units[i].exposure) <= line->threshold;
    if (line->is_json)
        security_print_json(security, stdout);
    else if (!is_detailed)
        security_print_list(security, stdout);
    else
        for (size_t i = 0; i < security->count; i++) {
            if (i > 0)
                putchar('\n');
            security_print_unit(security, &security->units[i], stdout);
        }
    return verb_end(is_good ? CTL_OK : CTL_FAILURE);
}

int security_main(int argc, char **argv)
{
    static struct line line;
    bool is_detailed;
    int error, status;

    arena_init(&line.security.arena);
    line.arguments.arena = &line.security.arena;
    line.client = (struct client){ .fd = -1, .timeout_ms = CLIENT_TIMEOUT_MS };
    line.threshold = EXPOSURE_LEVEL_MAX;
    error = verb_options_read(argc, argv,
                              &(struct verb_options){ .usage = usage,
                                                      .letters = "h",
                                                      .options = options,
                                                      .apply = apply_option,
                                                      .context = &line,
                                                      .client = &line.client });
    if (error != 0)
        return error > 0 ? CTL_OK : CTL_FAILURE;
    error = find_out(&line, argv + optind);
    if (error == -ENOMEM)
        (void)verb_complain("There is not enough memory.");
    is_detailed = line.security.is_offline ? line.arguments.name_count > 0 : argc > optind;
    /* What was found is told, also when something else was not. */
    status = error == 0 || line.security.count > 0 ? print(&line, is_detailed) : CTL_FAILURE;
    arena_release(&line.security.arena);
    return error < 0 ? CTL_FAILURE : status;
}

/* reevectl why: options, the question to PID 1, and which unit it is about. */

#include "supervisor/ctl/why.h"

#include "supervisor/ctl/verb_options.h"
#include "supervisor/ctl/verbs.h"
#include "supervisor/ctl/words.h"
#include "supervisor/unit/value.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char usage[] =
    "Usage: reevectl why [OPTION...] [UNIT]\n\n"
    "Tells why a unit is as it is: what happened to it, because of what, and so on to the root.\n"
    "Without a unit: why the pod is not well, with the root that /health names. It is told from\n"
    "the flight recorder of PID 1, which keeps the last thousand events.\n\n"
    "  -n --lines=N          so many log lines of each unit (5)\n"
    "     --json             one JSON object\n"
    "     --socket=PATH      control socket\n"
    "     --timeout=SECONDS  how long PID 1 may take to answer (5)\n"
    "  -h --help\n\n"
    "Exit status: 0 it was told, also when all is well; 1 it cannot be told; 4 no such unit.\n";

struct question {
    struct client client;
    const char *unit;
    uint64_t lines;
    bool is_json;
};

enum { LINES_DEFAULT = 5 };

enum option_code { OPTION_JSON = 256 };

static const struct option options[] = {
    { "json", no_argument, NULL, OPTION_JSON },
    { "lines", required_argument, NULL, 'n' },
    { "socket", required_argument, NULL, VERB_OPTION_SOCKET },
    { "timeout", required_argument, NULL, VERB_OPTION_TIMEOUT },
    { "help", no_argument, NULL, 'h' },
    { 0 },
};

static int apply_option(void *context, int code)
{
    struct question *question = context;

    switch (code) {
    case OPTION_JSON:
        question->is_json = true;
        return 0;
    case 'n':
        return value_unsigned(optarg, UINT32_MAX, &question->lines) == 0
                   ? 0
                   : verb_complain("--lines='%s' is not a number.", optarg);
    default:
        return -EINVAL;
    }
}

static int read_options(int argc, char **argv, struct question *question)
{
    int result = verb_options_read(argc, argv,
                                   &(struct verb_options){ .usage = usage,
                                                           .letters = "n:h",
                                                           .options = options,
                                                           .apply = apply_option,
                                                           .context = question,
                                                           .client = &question->client });

    if (result == 0 && argc - optind > 1)
        return verb_complain("'why' takes one unit.");
    question->unit = argv[optind];
    return result;
}

/* --- what cause.h asks of the model --- */

static bool requires(const void *context, unit_id unit, unit_id on)
{
    const struct model_unit *asks = model_find_id(context, unit),
                            *asked = model_find_id(context, on);
    const char *at = asks ? asks->unit.required : "";
    size_t length = asked ? strlen(asked->unit.name) : 0;

    for (; asked && *at; at += strspn(at, " ")) {
        size_t word = strcspn(at, " ");

        if (word == length && memcmp(at, asked->unit.name, length) == 0)
            return true;
        at += word;
    }
    return false;
}

static const char *name_of(const void *context, unit_id unit)
{
    const struct model_unit *found = model_find_id(context, unit);

    return found ? found->unit.name : "a unit that is gone";
}

static uint64_t clock_us(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * USEC_PER_SEC + (uint64_t)now.tv_nsec / 1000;
}

static int fetch(struct question *question, struct why *why)
{
    struct wire_request request = client_request(WIRE_VERB_HISTORY, NULL);
    int error = client_open(&question->client);

    if (error < 0)
        return error;
    error = client_ask(&question->client, &request, why_message, why);
    client_close(&question->client);
    why->monotonic_us = clock_us(CLOCK_MONOTONIC);
    why->realtime_us = clock_us(CLOCK_REALTIME);
    why->pod = (struct cause_pod){
        .history = &why->history,
        .unit_count = why->model.count,
        .requires = requires,
        .name = name_of,
        .context = &why->model,
    };
    return error;
}

/* By its own name or a second one, which the snapshot does not have. */
static const struct model_unit *find_unit(struct question *question, const struct why *why)
{
    char name[WIRE_NAME_SIZE];
    const struct model_unit *found;
    struct details details = { 0 };

    model_unit_name(question->unit, name);
    found = model_find(&why->model, name);
    if (!found && client_open(&question->client) == 0) {
        if (client_show(&question->client, name, &details) == 0)
            found = model_find(&why->model, details_text(&details, "Id"));
        client_close(&question->client);
        details_release(&details);
    }
    if (!found)
        fprintf(stderr, "Unit %s could not be found.\n", name);
    return found;
}

static int answer(struct question *question, const struct why *why)
{
    struct print_style style = { 0 };
    struct cause cause = { 0 };
    const struct model_unit *unit = question->unit ? find_unit(question, why) : why_root(why);

    ctl_set_style(&style);
    if (question->unit && !unit)
        return CTL_NO_SUCH_UNIT;
    if (question->is_json)
        why_print_json(why, unit, stdout);
    else if (question->unit)
        why_print(why, unit, &style, stdout);
    else
        why_print_pod(why, unit, &style, stdout);
    if (unit)
        cause_find(&why->pod, unit->unit.id, &cause);
    why_print_lines(why, &cause,
                    (struct why_lines){ .client = &question->client,
                                        .count = question->lines,
                                        .is_json = question->is_json,
                                        .has_colour = style.has_colour });
    return verb_end(CTL_OK);
}

int why_main(int argc, char **argv)
{
    struct question question = { .client = { .fd = -1, .timeout_ms = CLIENT_TIMEOUT_MS },
                                 .lines = LINES_DEFAULT };
    struct why why = { 0 };
    int result = read_options(argc, argv, &question);

    if (result != 0)
        return result > 0 ? CTL_OK : CTL_FAILURE;
    result = fetch(&question, &why) < 0 ? CTL_FAILURE : answer(&question, &why);
    why_release(&why);
    return result;
}

/* reevectl: what a person asks of a running pod; verbs and exit codes are systemctl's. See
 * reevectl(1). */

#include "supervisor/ctl/explain.h"
#include "supervisor/ctl/learn.h"
#include "supervisor/ctl/logs.h"
#include "supervisor/ctl/security.h"
#include "supervisor/ctl/simulate.h"
#include "supervisor/ctl/verb_options.h"
#include "supervisor/ctl/verbs.h"
#include "supervisor/ctl/verify.h"
#include "supervisor/ctl/why.h"

#include "supervisor/unit/value.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

static int verb_help(struct ctl *ctl);
static int verb_version(struct ctl *ctl);
static int verb_elsewhere(struct ctl *ctl);

static const struct verb {
    const char *name;
    int (*run)(struct ctl *ctl);
    const char *arguments, *help;
} verbs[] = {
    { "list-units", verb_list_units, "", "all units with their states (the default)" },
    { "status", verb_status, "[UNIT...]", "a paragraph on each unit" },
    { "show", verb_show, "[UNIT...]", "properties as Key=Value; without a unit: of the pod" },
    { "cat", verb_cat, "UNIT...", "the files of a unit" },
    { "is-active", verb_is_active, "UNIT...", "exit status 0 when one of them is active" },
    { "is-failed", verb_is_failed, "[UNIT...]", "exit status 0 when one of them has failed" },
    { "start", verb_start, "UNIT...", "start, and wait until ready" },
    { "stop", verb_stop, "UNIT...", "stop, and wait until gone" },
    { "restart", verb_restart, "UNIT...", "stop and start" },
    { "try-restart", verb_try_restart, "UNIT...", "the same, if it is active" },
    { "reload", verb_reload, "UNIT...", "let it read its own configuration again" },
    { "reload-or-restart", verb_reload_or_restart, "UNIT...", "reload if it can, else restart" },
    { "try-reload-or-restart", verb_try_reload_or_restart, "UNIT...", "the same, if active" },
    { "kill", verb_kill, "UNIT...", "send a signal to its processes" },
    { "reset-failed", verb_reset_failed, "[UNIT...]", "forget failures and start limits" },
    { "daemon-reload", verb_daemon_reload, "", "read the unit files again" },
    { "shutdown", verb_shutdown, "", "stop the pod in order" },
    { "watch", verb_watch, "", "follow all changes" },
    { "health", verb_health, "", "ask the health port; exit status 0 when it says 200" },
    { "logs", verb_elsewhere, "[UNIT...]",
      "log lines, with journalctl's options; see logs --help" },
    { "why", verb_elsewhere, "[UNIT]", "why it is as it is, down to the root; see why --help" },
    { "security", verb_elsewhere, "[UNIT...]",
      "what holds its sandbox, how exposed it is; see security --help" },
    { "explain", verb_elsewhere, "UNIT",
      "which directive can have refused something; see explain --help" },
    { "learn", verb_elsewhere, "UNIT", "run it watched, and propose a drop-in; see learn --help" },
    { "simulate", verb_elsewhere, "[UNIT...]",
      "play units on a virtual clock; see simulate --help" },
    { "verify", verb_elsewhere, "[UNIT|FILE|DIR...]",
      "what becomes of each setting; see verify --help" },
    { "help", verb_help, "", "this text" },
    { "version", verb_version, "", "the version" },
};

static int verb_help(struct ctl *ctl)
{
    (void)ctl;
    puts("Usage: reevectl [OPTIONS...] [VERB] [UNIT...]\n\nVerbs:");
    for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
        char left[40];

        snprintf(left, sizeof(left), "%s %s", verbs[i].name, verbs[i].arguments);
        printf("  %-31s%s\n", left, verbs[i].help);
    }
    puts("\nOptions:\n"
         "  -a --all              show reeve's own units, too\n"
         "     --json             list-units as JSON\n"
         "  -p --property=NAME    show only these, comma-separated\n"
         "     --value            show values without names\n"
         "  -P NAME               --value --property=NAME\n"
         "     --state=STATE,...  list-units only in these states; --failed: only failed\n"
         "  -s --signal=SIGNAL    kill: which (SIGTERM)\n"
         "     --kill-whom=WHOM   kill: main, control or all (the default)\n"
         "  -q --quiet            is-active, is-failed: exit status only\n"
         "     --no-block         do not wait for the job\n"
         "     --no-legend        list-units without head and count\n"
         "     --socket=PATH      control socket\n"
         "     --timeout=SECONDS  how long PID 1 may take to answer (5)\n"
         "     --url=URL          health: where to ask (http://127.0.0.1:8090/health)\n"
         "     --no-pager, -l --full: accepted, as there is no pager and nothing is cut in a pipe\n"
         "  -h --help  --version\n\n"
         "A unit name without suffix means NAME.service. See reevectl(1).");
    return CTL_OK;
}

static int verb_version(struct ctl *ctl)
{
    (void)ctl;
    puts("reevectl " REEVE_VERSION);
    return CTL_OK;
}

/* They have options of their own, which main() leaves to them when they are the first word. */
static int verb_elsewhere(struct ctl *ctl)
{
    (void)ctl;
    fputs("reevectl: The options of 'explain', 'learn', 'logs', 'security', 'simulate', 'verify' "
          "and 'why' "
          "come after it: reevectl VERB [OPTION]...\n",
          stderr);
    return CTL_FAILURE;
}

enum option_code {
    OPTION_JSON = 256,
    OPTION_VALUE,
    OPTION_NO_BLOCK,
    OPTION_NO_LEGEND,
    OPTION_SOCKET,
    OPTION_TIMEOUT,
    OPTION_URL,
    OPTION_STATE,
    OPTION_FAILED,
    OPTION_KILL_WHOM,
    OPTION_NOTHING,
    OPTION_VERSION,
};

static const struct option options[] = {
    { "all", no_argument, NULL, 'a' },
    { "json", no_argument, NULL, OPTION_JSON },
    { "property", required_argument, NULL, 'p' },
    { "value", no_argument, NULL, OPTION_VALUE },
    { "quiet", no_argument, NULL, 'q' },
    { "no-block", no_argument, NULL, OPTION_NO_BLOCK },
    { "no-legend", no_argument, NULL, OPTION_NO_LEGEND },
    { "socket", required_argument, NULL, OPTION_SOCKET },
    { "timeout", required_argument, NULL, OPTION_TIMEOUT },
    { "state", required_argument, NULL, OPTION_STATE },
    { "failed", no_argument, NULL, OPTION_FAILED },
    { "signal", required_argument, NULL, 's' },
    { "kill-whom", required_argument, NULL, OPTION_KILL_WHOM },
    { "kill-who", required_argument, NULL, OPTION_KILL_WHOM },
    { "no-pager", no_argument, NULL, OPTION_NOTHING },
    { "full", no_argument, NULL, 'l' },
    { "url", required_argument, NULL, OPTION_URL },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, OPTION_VERSION },
    { 0 },
};

static int select_property(struct ctl *ctl, const char *names)
{
    if (ctl->selection.count == CTL_SELECTIONS_MAX) {
        fprintf(stderr, "reevectl: More than %d times -p.\n", CTL_SELECTIONS_MAX);
        return -E2BIG;
    }
    ctl->selected[ctl->selection.count++] = names;
    return 0;
}

static int set_signal(struct ctl *ctl, const char *text)
{
    if (value_signal(text, &ctl->signal) == 0)
        return 0;
    fprintf(stderr, "Failed to parse signal string \"%s\".\n", text);
    return -EINVAL;
}

static int set_whom(struct ctl *ctl, const char *text)
{
    static const char *const words[] = {
        [WIRE_KILL_ALL] = "all", [WIRE_KILL_MAIN] = "main", [WIRE_KILL_CONTROL] = "control"
    };

    for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
        if (strcmp(text, words[i]) == 0) {
            ctl->whom = (enum wire_whom)i;
            return 0;
        }
    fprintf(stderr, "reevectl: --kill-whom='%s' is none of main, control, all.\n", text);
    return -EINVAL;
}

/* 0: go on; negative: wrong; 'h' or OPTION_VERSION: only that. */
static int apply_option(struct ctl *ctl, int code)
{
    switch (code) {
    case 'a':
        ctl->style.shows_all = true;
        return 0;
    case OPTION_JSON:
        ctl->is_json = true;
        return 0;
    case 'p':
        return select_property(ctl, optarg);
    case OPTION_VALUE:
        ctl->selection.only_values = true;
        return 0;
    case 'q':
        ctl->is_quiet = true;
        return 0;
    case OPTION_NO_BLOCK:
        ctl->no_block = true;
        return 0;
    case OPTION_NO_LEGEND:
        ctl->style.has_legend = false;
        return 0;
    case OPTION_SOCKET:
        ctl->client.path = optarg;
        return 0;
    case OPTION_TIMEOUT:
        return verb_options_timeout(&ctl->client, optarg);
    case 'P':
        ctl->selection.only_values = true;
        return select_property(ctl, optarg);
    case 's':
        return set_signal(ctl, optarg);
    case OPTION_KILL_WHOM:
        return set_whom(ctl, optarg);
    case OPTION_STATE:
        ctl->style.state = optarg;
        return 0;
    case OPTION_FAILED:
        ctl->style.state = "failed";
        return 0;
    case 'l':
    case OPTION_NOTHING:
        return 0;
    case OPTION_URL:
        ctl->url = optarg;
        return 0;
    case 'h':
    case OPTION_VERSION:
        return code;
    default:
        fputs("See 'reevectl help'.\n", stderr);
        return -EINVAL;
    }
}

void ctl_set_style(struct print_style *style)
{
    const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
    struct winsize size = { 0 };
    bool is_terminal = isatty(STDOUT_FILENO);

    if (is_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        style->columns = size.ws_col;
    style->has_colour =
        is_terminal && !(no_colour && *no_colour) && term && strcmp(term, "dumb") != 0;
    style->has_legend = true;
}

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

static int run(struct ctl *ctl, const char *const *arguments)
{
    const struct verb *verb = find_verb(arguments[0] ? arguments[0] : "list-units");
    int result;

    if (!verb) {
        fprintf(stderr, "reevectl: Unknown verb '%s'. See 'reevectl help'.\n", arguments[0]);
        return CTL_FAILURE;
    }
    ctl->units = arguments[0] ? arguments + 1 : arguments;
    if (ctl->units[0] && !strstr(verb->arguments, "UNIT")) {
        fprintf(stderr, "reevectl: '%s' takes no arguments.\n", verb->name);
        return CTL_FAILURE;
    }
    result = verb->run(ctl);
    about_release(&ctl->about);
    return verb_end(result);
}

/* Verbs with options of their own. */
static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} elsewhere[] = {
    { "logs", logs_main },     { "log", logs_main },          { "explain", explain_main },
    { "learn", learn_main },   { "security", security_main }, { "simulate", simulate_main },
    { "verify", verify_main }, { "why", why_main },
};

int main(int argc, char **argv)
{
    static struct ctl ctl;
    int code;

    /* PID 1 does what we ask for: a service of our user without a sandbox could ask through us. */
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(elsewhere); i++)
        if (strcmp(argv[1], elsewhere[i].name) == 0)
            return elsewhere[i].run(argc - 1, argv + 1);
    ctl.client = (struct client){ .fd = -1, .timeout_ms = CLIENT_TIMEOUT_MS };
    ctl.selection.names = ctl.selected;
    ctl.signal = SIGTERM;
    ctl_set_style(&ctl.style);
    while ((code = getopt_long(argc, argv, "ap:P:qs:lh", options, NULL)) != -1) {
        int result = apply_option(&ctl, code);

        if (result < 0)
            return CTL_FAILURE;
        if (result > 0)
            return result == 'h' ? verb_help(&ctl) : verb_version(&ctl);
    }
    return run(&ctl, (const char *const *)argv + optind);
}

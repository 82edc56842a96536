#include "supervisor/ctl/explain.h"

#include "supervisor/ctl/verb_options.h"
#include "supervisor/ctl/verbs.h"
#include "supervisor/ctl/words.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

static const char usage[] =
    "Usage: reevectl explain [OPTION]... UNIT\n"
    "Which directives can have caused what a service died of (SIGSYS), or what its log says "
    "(EPERM,\n"
    "EACCES, EROFS and the like). \"Can\": nobody records which system call was refused.\n"
    "\n"
    "  --log=FILE         lines of reeve-log (podman logs POD, or the file of make run), or of "
    "the\n"
    "                     kernel (dmesg), which names the call that a process was killed for; "
    "'-':\n"
    "                     from standard input; may be given more than once. Without it the last\n"
    "                     200 lines of the unit that reeve-log keeps are looked at, and the "
    "kernel's\n"
    "                     log where it may be read\n"
    "  --socket=PATH      control socket\n"
    "  --timeout=SECONDS  how long PID 1 may take to answer (5)\n"
    "  -h --help          this text\n"
    "\n"
    "The exit status is 0 when something was found that a directive can have caused, 1 when not.\n"
    "See reevectl(1).\n";

enum { LOGS_MAX = 8 };
enum option_code { OPTION_LOG = 256 };

static const struct option options[] = {
    { "log", required_argument, NULL, OPTION_LOG },
    { "socket", required_argument, NULL, VERB_OPTION_SOCKET },
    { "timeout", required_argument, NULL, VERB_OPTION_TIMEOUT },
    { "help", no_argument, NULL, 'h' },
    { 0 },
};

struct line {
    struct client client;
    struct security security;
    struct explain explain;
    struct details details;
    const char *logs[LOGS_MAX];
    size_t log_count;
    bool found_log; /* without being told where */
};

/* --- what is known --- */

static int ask(struct line *line, const char *text)
{
    char name[WIRE_NAME_SIZE];
    int error = client_open(&line->client);

    if (error < 0)
        return error;
    model_unit_name(text, name);
    error = client_show(&line->client, name, &line->details);
    client_close(&line->client);
    if (error == -ENOENT)
        return verb_complain("Unit %s could not be found.", name);
    if (error == 0 && !details_find(&line->details, "ReeveSandbox"))
        return verb_complain("Unit %s is not a service.", name);
    if (error == 0)
        error = security_take(&line->security, &line->details);
    if (error < 0)
        return error;
    line->explain.unit = &line->security.units[0];
    line->explain.filter = details_text(&line->details, "SystemCallFilter");
    line->explain.filter_error = (int)details_number(&line->details, "SystemCallErrorNumber");
    return 0;
}

static int read_log(struct line *line, const char *path, const char *name)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    cleanup_free char *text = NULL;
    size_t size = 0;
    ssize_t length;

    if (!file) {
        fprintf(stderr, "reevectl: Cannot read the log '%s': %s\n", path, strerror(errno));
        return -EIO;
    }
    while ((length = getline(&text, &size, file)) > 0) {
        if (text[length - 1] == '\n')
            text[length - 1] = '\0';
        explain_take_line(&line->explain, name, text);
    }
    if (file != stdin)
        fclose(file);
    return 0;
}

static bool was_killed_by_filter(const struct line *line)
{
    unsigned code = (unsigned)details_number(&line->details, "ExecMainCode");

    return (code == CLD_KILLED || code == CLD_DUMPED) &&
           details_number(&line->details, "ExecMainStatus") == SIGSYS;
}

/* Where it is, when nobody says so. That it cannot be had is no failure. */
static void find_evidence(struct line *line, const char *name)
{
    struct explain_search search = { .client = &line->client };

    if (was_killed_by_filter(line)) {
        search.killed = (pid_t)details_number(&line->details, "ExecMainPID");
        search.killed_us = details_number(&line->details, "ExecMainExitTimestamp");
    }
    line->found_log = explain_find(&line->explain, name, &search);
}

/* As reeve-log writes it: without ".service". */
static int read_logs(struct line *line)
{
    char name[WIRE_NAME_SIZE], *suffix;
    int error = 0;

    wire_copy(name, sizeof(name), line->explain.unit->name);
    suffix = strstr(name, ".service");
    if (suffix)
        *suffix = '\0';
    for (size_t i = 0; i < line->log_count && error == 0; i++)
        error = read_log(line, line->logs[i], name);
    if (line->log_count == 0)
        find_evidence(line, name);
    return error;
}

/* The kernel's line, if there was one, is the better clue. */
static void add_death(struct line *line)
{
    for (size_t i = 0; i < line->explain.clue_count; i++)
        if (line->explain.clues[i].sign == EXPLAIN_SIGSYS)
            return;
    (void)explain_add(&line->explain, EXPLAIN_SIGSYS);
}

/* --- what is said --- */

static void print_end(const struct line *line)
{
    int code = (int)details_number(&line->details, "ExecMainCode");
    char status[WORDS_TIME_SIZE];

    printf("%s: %s", line->explain.unit->name, details_text(&line->details, "ActiveState"));
    if (code != 0) {
        words_exit_status(code, (int)details_number(&line->details, "ExecMainStatus"), status);
        printf("; its last main process: code=%s, status=%s", words_exit_code(code), status);
    }
    putchar('\n');
}

static void print_head(const struct explain_clue *clue)
{
    printf("\n%s", explain_sign_name(clue->sign));
    if (clue->is_foreign)
        fputs(", for a system call of another architecture, as the kernel says of this process",
              stdout);
    else if (clue->call[0])
        printf(clue->is_sure ? ", for %s(), as the kernel says of this process"
                             : ", perhaps of %s()",
               clue->call);
    else if (clue->sign == EXPLAIN_SIGSYS)
        fputs(
            ": a system call was refused by a filter; which one, the kernel's log may tell (--log)",
            stdout);
    if (clue->count > 1)
        printf(", %u lines like", clue->count);
    putchar('\n');
    if (clue->line[0]) {
        fputs("    ", stdout);
        words_put_safe(stdout, clue->line);
        putchar('\n');
    }
}

/* Those that are about the call come first. How many there are. */
static unsigned print_suspects(const struct explain *explain, const struct explain_clue *clue,
                               bool about_call, const char *how)
{
    unsigned count = 0;

    for (size_t i = 0; i < explain->unit->count; i++) {
        const struct security_directive *directive = &explain->unit->directives[i];
        bool names_call;
        const char *why = explain_suspect(explain, clue, directive, &names_call);

        if (!why || names_call != about_call)
            continue;
        printf("  %s %s= (%s): %s\n", how, directive->directive, directive->held_by, why);
        count++;
    }
    return count;
}

static unsigned print_clue(const struct explain *explain, const struct explain_clue *clue)
{
    unsigned count;

    print_head(clue);
    count = print_suspects(explain, clue, true, "can be");
    /* What the kernel has named is that, and nothing else. */
    if (!clue->is_sure || count == 0)
        count += print_suspects(explain, clue, false, count > 0 ? "less likely" : "can be");
    printf("  %s %s\n", count > 0 ? "or" : "no directive of the unit; perhaps",
           explain_other_causes(clue->sign));
    return count;
}

static int explain(struct line *line, const char *name)
{
    unsigned count = 0;
    int error = ask(line, name);

    if (error == 0)
        error = read_logs(line);
    if (error < 0)
        return CTL_FAILURE;
    if (was_killed_by_filter(line))
        add_death(line);
    print_end(line);
    for (size_t i = 0; i < line->explain.clue_count; i++)
        count += print_clue(&line->explain, &line->explain.clues[i]);
    if (line->explain.clue_count == 0)
        printf("Nothing here points at its sandbox%s\n",
               line->log_count > 0 ? "."
               : line->found_log   ? ", nor do its last lines."
                                   : "; reeve-log does not answer, with --log=FILE its lines "
                                     "are looked at.");
    return count > 0 ? CTL_OK : CTL_FAILURE;
}

/* --- the command line --- */

static int apply_option(void *context, int code)
{
    struct line *line = context;

    switch (code) {
    case OPTION_LOG:
        if (line->log_count == LOGS_MAX)
            return verb_complain("There are too many logs: '%s'", optarg);
        line->logs[line->log_count++] = optarg;
        return 0;
    default:
        return -EINVAL;
    }
}

int explain_main(int argc, char **argv)
{
    static struct line line;
    int error, status;

    arena_init(&line.security.arena);
    line.client = (struct client){ .fd = -1, .timeout_ms = CLIENT_TIMEOUT_MS };
    error = verb_options_read(argc, argv,
                              &(struct verb_options){ .usage = usage,
                                                      .letters = "h",
                                                      .options = options,
                                                      .apply = apply_option,
                                                      .context = &line,
                                                      .client = &line.client });
    if (error != 0)
        return error > 0 ? CTL_OK : CTL_FAILURE;
    if (argc != optind + 1) {
        (void)verb_complain("explain wants one unit. See 'reevectl explain --help'.");
        return CTL_FAILURE;
    }
    status = explain(&line, argv[optind]);
    details_release(&line.details);
    arena_release(&line.security.arena);
    return verb_end(status);
}

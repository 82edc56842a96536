/* reeve-sandbox: one command in the sandbox of a unit, without a pod. See reeve-sandbox(1). */

#include "sandbox/apply.h"
#include "supervisor/files/identity.h"
#include "supervisor/files/needs.h"
#include "supervisor/files/roots.h"
#include "supervisor/files/setting_place.h"
#include "supervisor/files/unit_files.h"
#include "supervisor/sandbox/first_process.h"
#include "supervisor/unit/exit_status.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "Usage: reeve-sandbox [OPTION]... [UNIT] -- COMMAND [ARGUMENT]...\n"
    "Runs a command in the sandbox of a unit: the plan is that of reeve, and so is what makes it\n"
    "true. No reeve needs to run.\n"
    "\n"
    "  -p --property=SETTING  a line of [Service] more, like 'ProtectSystem=strict'; may be given\n"
    "                         more than once, and without a UNIT\n"
    "     --units=DIR         read unit files from DIR; may be given more than once (default: as\n"
    "                         reeve)\n"
    "     --dry-run           only say what would hold each directive, and how well\n"
    "  -q --quiet             do not name what is not held\n"
    "  -h --help  --version\n"
    "\n"
    "A UNIT with a '/' is a file. The exit status is that of the command, or 200 to 243 as in\n"
    "systemd.exec(5), with a message, when the sandbox cannot be made. See reeve-sandbox(1).\n";

enum { SETTINGS_SIZE = 65536, PATH_SIZE = 4096, REFUSED_SIZE = 4096 };

static const char unnamed[] = "reeve-sandbox.service"; /* without a UNIT */

enum option_code { OPTION_UNITS = 256, OPTION_DRY_RUN, OPTION_VERSION };

static const struct option options[] = {
    { "property", required_argument, NULL, 'p' },
    { "units", required_argument, NULL, OPTION_UNITS },
    { "dry-run", no_argument, NULL, OPTION_DRY_RUN },
    { "quiet", no_argument, NULL, 'q' },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, OPTION_VERSION },
    { 0 },
};

/* The command line, and what became of it. */
struct job {
    const char *directories[UNIT_FILE_DIRECTORIES_MAX + 1];
    size_t directory_count;
    char settings[SETTINGS_SIZE]; /* a drop-in of what --property= says */
    size_t settings_length;
    char directory[PATH_SIZE]; /* of a UNIT that is a file */
    char name[UNIT_NAME_MAX + 1];
    char **command; /* NULL: only look */
    bool is_quiet;
    struct unit_set set;
    struct unit_spec spec;
    struct sandbox_plan *plan;
    char refused[REFUSED_SIZE]; /* directives, each with a space behind */
    size_t refused_length;
    struct identity *identity;
};

static void print_problem(void *context, const struct problem *problem)
{
    char text[1024];

    (void)context;
    if (problem->level < PROBLEM_WARNING)
        return;
    problem_format(problem, text, sizeof(text));
    fprintf(stderr, "%s\n", text);
}

PRINTF_LIKE(2, 3)
static int complain(int status, const char *format, ...)
{
    va_list arguments;

    fputs("reeve-sandbox: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return status;
}

/* --- the command line --- */

static int add_directory(struct job *job, const char *path)
{
    if (job->directory_count == UNIT_FILE_DIRECTORIES_MAX)
        return complain(EXIT_STATUS_CONFIG, "There are too many directories of units: '%s'", path);
    job->directories[job->directory_count++] = path;
    return 0;
}

/* [X-Reeve] has one setting that is about the sandbox. */
static int add_setting(struct job *job, const char *setting)
{
    bool is_ours = strncmp(setting, "SandboxPolicy=", strlen("SandboxPolicy=")) == 0;
    size_t room = SETTINGS_SIZE - job->settings_length;
    int length = snprintf(job->settings + job->settings_length, room, "[%s]\n%s\n",
                          is_ours ? "X-Reeve" : "Service", setting);

    if (!strchr(setting, '=') || strchr(setting, '\n'))
        return complain(EXIT_STATUS_CONFIG, "'%s' is no setting: NAME=VALUE is wanted", setting);
    if (length < 0 || (size_t)length >= room)
        return complain(EXIT_STATUS_CONFIG, "The settings are too long");
    job->settings_length += (size_t)length;
    return 0;
}

static int set_unit(struct job *job, const char *text)
{
    const char *slash = strrchr(text, '/'), *name = slash ? slash + 1 : text;
    int length =
        snprintf(job->name, sizeof(job->name), "%s%s", name, strchr(name, '.') ? "" : ".service");
    enum unit_kind kind;

    if (length < 0 || (size_t)length >= sizeof(job->name) || !unit_name_parse(job->name, &kind) ||
        kind != UNIT_SERVICE)
        return complain(EXIT_STATUS_CONFIG, "'%s' is not the name of a service", name);
    if (!slash)
        return 0;
    snprintf(job->directory, sizeof(job->directory), "%.*s",
             slash == text ? 1 : (int)(slash - text), text);
    return add_directory(job, job->directory);
}

/* 0: go on; negative: that is all; else an exit status. */
static int apply_option(struct job *job, int code, bool *dry_run)
{
    switch (code) {
    case 'p':
        return add_setting(job, optarg);
    case OPTION_UNITS:
        return add_directory(job, optarg);
    case OPTION_DRY_RUN:
        *dry_run = true;
        return 0;
    case 'q':
        job->is_quiet = true;
        return 0;
    case 'h':
        fputs(usage, stdout);
        return -1;
    case OPTION_VERSION:
        puts("reeve-sandbox " REEVE_VERSION);
        return -1;
    default:
        return complain(EXIT_STATUS_CONFIG, "See 'reeve-sandbox --help'.");
    }
}

/* The same. What follows "--" is the command's. */
static int parse(struct job *job, int argc, char **argv)
{
    const char *buffer[UNIT_FILE_DEFAULTS + 1];
    bool dry_run = false;
    int code, status = 0;

    while (status == 0 && (code = getopt_long(argc, argv, "+p:qh", options, NULL)) != -1)
        status = apply_option(job, code, &dry_run);
    if (status != 0)
        return status;
    if (argv[optind] && strcmp(argv[optind - 1], "--") != 0) {
        status = set_unit(job, argv[optind++]);
        if (status == 0 && argv[optind] && strcmp(argv[optind++], "--") != 0)
            status = complain(EXIT_STATUS_CONFIG, "'--' comes before the command");
    }
    if (status == 0 && !dry_run && !argv[optind])
        status =
            job->name[0]
                ? complain(EXIT_STATUS_CONFIG, "There is no command: it comes after '--', and "
                                               "what is before it is the unit")
                : complain(EXIT_STATUS_CONFIG, "There is no command. See 'reeve-sandbox --help'.");
    if (status == 0 && !job->name[0] && job->settings_length == 0)
        status = complain(EXIT_STATUS_CONFIG, "There is neither a unit nor a property.");
    job->command = dry_run ? NULL : argv + optind;
    if (job->directory_count == 0)
        for (const char *const *at = unit_files_directories(buffer); *at && status == 0; at++)
            status = add_directory(job, *at);
    return status;
}

/* --- the unit --- */

/* A unit of nothing but the settings. */
static int add_unnamed(struct unit_set *set, struct problem_sink *sink)
{
    static const char text[] = "[Service]\nExecStart=/bin/true\n";
    struct unit_text part = { .path = "--property", .text = text, .size = sizeof(text) - 1 };
    struct unit_source source = { .name = unnamed, .parts = &part, .part_count = 1 };

    return unit_set_add(set, &source, sink);
}

static int begin(struct unit_set *set, const struct unit_roots *roots,
                 const struct unit_text *settings)
{
    int error = unit_set_init(set, roots);

    set->is_lenient = true;
    set->last_part = settings->size > 0 ? settings : NULL;
    return error;
}

/* Each of them is read with every unit of the directory, so what is wrong with them is told here,
 * once. */
static int check_settings(const struct unit_roots *roots, const struct unit_text *settings)
{
    struct problem_sink sink = { .report = print_problem };
    struct unit_set set = { 0 };
    int error = begin(&set, roots, settings);

    if (error == 0)
        error = add_unnamed(&set, &sink);
    unit_set_release(&set);
    return error;
}

/* What is wrong with other units is no matter here. */
static int read_unit(struct job *job, const struct unit_roots *roots)
{
    struct unit_text settings = { .path = "--property",
                                  .text = job->settings,
                                  .size = job->settings_length };
    const char *wanted[] = { job->name, NULL };
    struct problem_sink silent = { 0 };
    int error = check_settings(roots, &settings);

    if (error == 0)
        error = begin(&job->set, roots, &settings);
    if (error == 0)
        error = job->name[0] ? unit_files_load(job->directories, wanted, &job->set, &silent)
                             : add_unnamed(&job->set, &silent);
    job->set.last_part = NULL;
    return error;
}

static int complain_of_unit(const struct job *job)
{
    char places[PATH_SIZE] = "";

    for (size_t i = 0, length = 0; i < job->directory_count && length < sizeof(places); i++)
        length += (size_t)snprintf(places + length, sizeof(places) - length, "%s%s",
                                   i > 0 ? ", " : "", job->directories[i]);
    return complain(EXIT_STATUS_CONFIG,
                    "There is no unit '%s' in %s that can be loaded; if it is there, 'reevectl "
                    "verify' says why",
                    job->name, places);
}

static int load(struct job *job)
{
    static struct unit_roots roots;
    unit_id id;
    int error = roots_find(&roots, getuid(), getgid());

    if (error == 0)
        error = read_unit(job, &roots);
    if (error == -ENOMEM)
        return complain(EXIT_STATUS_MEMORY, "There is not enough memory");
    if (error == -EBADMSG)
        return EXIT_STATUS_CONFIG;
    if (!job->name[0])
        snprintf(job->name, sizeof(job->name), "%s", unnamed);
    id = unit_set_find(&job->set, job->name);
    if (id == UNIT_NONE)
        return complain_of_unit(job);
    job->spec = *job->set.specs[id];
    return 0;
}

/* --- the plan --- */

/* Nothing is made: of StateDirectory= and the like what is there may be written. */
static void keep_existing(string_list paths)
{
    char **kept = (char **)paths;

    for (; *paths; paths++)
        if (access(*paths, F_OK) == 0)
            *kept++ = *paths;
    *kept = NULL;
}

/* Of which directives SandboxPolicy=strict complains. */
static void remember_refused(void *context, const struct problem *problem)
{
    struct job *job = context;
    size_t room = sizeof(job->refused) - job->refused_length;
    int length;

    if (problem->level != PROBLEM_REFUSED || !problem->key)
        return;
    length = snprintf(job->refused + job->refused_length, room, "%s ", problem->key);
    if (length > 0 && (size_t)length < room)
        job->refused_length += (size_t)length;
    job->refused[job->refused_length] = '\0';
}

/* What is refused is planned all the same, so that the plan tells of everything; what the unit's
 * own policy makes of that is for judge(). */
static int make_plan(struct job *job, const struct sandbox_context *context)
{
    struct problem_sink sink = { .report = remember_refused, .context = job }, silent = { 0 };
    struct sandbox_context shown = *context;
    int error = sandbox_plan_make(&job->spec, context, &sink, &job->plan);

    if (error == 0 || error == -ENOMEM)
        return error;
    shown.refuses_nothing = true;
    return sandbox_plan_make(&job->spec, &shown, &silent, &job->plan);
}

static int plan(struct job *job)
{
    struct sandbox_abilities abilities;
    struct sandbox_context context = { .abilities = &abilities, .uid = getuid(), .gid = getgid() };
    struct problem_sink sink = { .report = print_problem };
    unit_id id = unit_set_find(&job->set, job->name);
    int error = sandbox_abilities_probe(&abilities);

    abilities.is_cgroup_unknown = false;
    abilities.cgroup_reason = "reeve-sandbox makes no cgroups: reeve does, where it may";
    if (error == 0)
        error = identity_find(&job->spec, &job->set.arena, abilities.identity ? &sink : NULL,
                              &job->identity);
    if (error == -ESRCH || error == -ENXIO)
        return error == -ESRCH ? EXIT_STATUS_USER : EXIT_STATUS_GROUP;
    context.identity = job->identity ? &job->identity->ids : NULL;
    context.own_paths = needs_directories(&job->set, (size_t)id);
    if (error == 0 && !context.own_paths)
        error = -ENOMEM;
    if (error == 0)
        error = needs_credentials_directory(&job->set, &context.credentials_directory);
    context.received_credentials = getenv("CREDENTIALS_DIRECTORY");
    context.shares_user = true; /* who runs it has other processes */
    if (error == 0) {
        keep_existing(context.own_paths);
        error = make_plan(job, &context);
    }
    if (error < 0)
        return complain(EXIT_STATUS_NAMESPACE, "Cannot plan the sandbox: %s", strerror(-error));
    return 0;
}

static void print_verdict(const struct sandbox_verdict *verdict, FILE *out)
{
    fprintf(out, "%s=%s: %s by %s%s%s\n", verdict->directive, verdict->asked,
            sandbox_strength_name(verdict->strength), sandbox_mechanism_name(verdict->mechanism),
            verdict->reason[0] ? ": " : "", verdict->reason);
}

/* The seal is for PID 1, which we are not. */
static bool is_ours(const struct sandbox_verdict *verdict)
{
    return strcmp(verdict->directive, "Seal") != 0;
}

static bool is_refused(const struct job *job, const char *directive)
{
    size_t length = strlen(directive);
    const char *at = job->refused;

    for (; *at; at = strchr(at, ' ') + 1)
        if (strncmp(at, directive, length) == 0 && at[length] == ' ')
            return true;
    return false;
}

/* Reeve's own extra is no wish of the unit. Some must be held in full, or they are worth nothing.
 */
static bool is_missed(const struct job *job, const struct sandbox_verdict *verdict)
{
    if (strcmp(verdict->directive, "SignalScope") == 0 || !is_ours(verdict))
        return false;
    return verdict->strength == SANDBOX_NONE ||
           (verdict->strength == SANDBOX_PARTIAL && is_refused(job, verdict->directive));
}

/* plan_root.c: whatever the policy. */
static bool is_vital(const struct sandbox_verdict *verdict)
{
    return strcmp(verdict->directive, "RootDirectory") == 0;
}

/* A directory of the unit's that stays would be there for whoever comes next. */
static int judge_credentials(const struct job *job)
{
    if (!sandbox_plan_publishes_credentials(job->plan))
        return 0;
    return complain(EXIT_STATUS_CREDENTIALS,
                    "Without mounts, nothing would remove the credentials when the command ends, "
                    "as reeve does when the service has; -p LoadCredential= -p ImportCredential= "
                    "-p SetCredential= runs it without them");
}

/* "FILE:LINE:COLUMN: " of the unit's line; nothing for what --property says. */
static void format_place(const struct job *job, const char *key, char *text, size_t size)
{
    struct unit_text settings = { .path = "--property",
                                  .text = job->settings,
                                  .size = job->settings_length };
    struct spec_place place;

    text[0] = '\0';
    if (!setting_place_in(&settings, key, NULL, &place) &&
        setting_place_find(&job->spec, key, NULL, &place))
        snprintf(text, size, "%s:%u:%u: ", place.path, place.line, place.column);
}

static void complain_of_verdict(const struct job *job, const struct sandbox_verdict *verdict)
{
    char place[PATH_SIZE];

    format_place(job, verdict->directive, place, sizeof(place));
    (void)complain(0, "%s%s= is not held here%s: %s", place, verdict->directive,
                   verdict->strength == SANDBOX_PARTIAL ? " in full" : "", verdict->reason);
}

static int judge(const struct job *job)
{
    bool is_strict = job->spec.sandbox_policy == SANDBOX_STRICT;
    bool falls_short = is_strict && sandbox_plan_falls_short(job->plan);
    size_t count;
    const struct sandbox_verdict *verdicts = sandbox_plan_verdicts(job->plan, &count);

    for (size_t i = 0; i < count; i++) {
        if (!job->command && is_ours(&verdicts[i]))
            print_verdict(&verdicts[i], stdout);
        if (!is_missed(job, &verdicts[i]))
            continue;
        falls_short |= is_strict || is_vital(&verdicts[i]);
        if (is_strict || is_vital(&verdicts[i]) || (job->command && !job->is_quiet))
            complain_of_verdict(job, &verdicts[i]);
    }
    if (!falls_short)
        return judge_credentials(job);
    return complain(EXIT_STATUS_NAMESPACE, is_strict ? "SandboxPolicy=strict: not without it; "
                                                       "--property=SandboxPolicy=degrade does"
                                                     : "Not without it");
}

/* --- the command --- */

static int set_identity(const struct identity *identity)
{
    if (!identity || !identity->user)
        return 0;
    return setenv("USER", identity->user, 1) < 0 || setenv("LOGNAME", identity->user, 1) < 0 ||
                   (identity->home && setenv("HOME", identity->home, 1) < 0) ||
                   (identity->shell && setenv("SHELL", identity->shell, 1) < 0)
               ? -errno
               : 0;
}

static int set_credentials(const struct job *job)
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof(path), "%s/credentials/%s",
                          job->set.roots.directory[DIRECTORY_RUNTIME], job->name);

    if (!needs_credentials(&job->spec))
        return unsetenv("CREDENTIALS_DIRECTORY") < 0 ? -errno : 0;
    if (length < 0 || (size_t)length >= sizeof(path))
        return -ENAMETOOLONG;
    return setenv("CREDENTIALS_DIRECTORY", path, 1) < 0 ? -errno : 0;
}

/* Entered again by its name: what it was called may be covered or hidden now, and a descriptor from
 * before would still lead below. */
static int enter_again(const struct job *job, const char *directory, struct stage_failure *failure)
{
    if (chdir(directory) == 0)
        return 0;
    if (chdir("/") < 0) {
        *failure = (struct stage_failure){
            .stage = STAGE_DIRECTORY, .item = -1, .error = errno, .path = "/"
        };
        return -errno;
    }
    if (!job->is_quiet)
        (void)complain(0, "The directory '%s' cannot be entered in there: now in '/'", directory);
    return 0;
}

static int complain_of_stage(const struct job *job, const struct stage_failure *failure)
{
    int status = stage_exit_status(failure->stage);
    const char *name = exit_status_name(status);
    char text[1024];

    sandbox_plan_tell(job->plan, failure, text, sizeof(text));
    return complain(status, "%s: failed at step %s before the command ran: %s", job->name,
                    name ? name : "?", text);
}

/* As the child of PID 1 does it. `first`: NULL if it is no first process. */
static int become(const struct job *job, const char *directory, const struct first_process *first)
{
    struct stage_failure failure = { .stage = STAGE_EXEC, .item = -1, .path = job->command[0] };
    int error = sandbox_apply_command(job->plan, SANDBOX_ALL, &failure);

    if (error == 0)
        error = enter_again(job, directory ? directory : "/", &failure);
    if (error == 0 && first)
        first_process_follow(first);
    if (error == 0)
        error = sandbox_apply_filter(job->plan, &failure);
    if (error == 0) {
        execvp(job->command[0], job->command);
        failure.error = errno;
    }
    return complain_of_stage(job, &failure);
}

/* The first process of a namespace has to be born in it. */
static int run_first(const struct job *job, const char *directory)
{
    struct first_process first;
    pid_t pid = first_process_prepare(&first);

    if (pid == 0)
        pid = sandbox_fork(job->plan, SANDBOX_ALL);
    if (pid == 0) {
        first_process_begin(&first);
        _exit(become(job, directory, &first));
    }
    if (pid < 0)
        return complain(EXIT_STATUS_NAMESPACE, "Cannot make the namespace of PrivatePIDs=: %s",
                        strerror(-pid));
    return first_process_await(pid);
}

/* In this very process: so the exit status is the command's own. */
static int run(const struct job *job)
{
    cleanup_free char *directory = getcwd(NULL, 0);
    int error = sandbox_plan_becomes_another(job->plan) ? set_identity(job->identity) : 0;

    if (error == 0)
        error = set_credentials(job);
    if (error < 0)
        return complain(EXIT_STATUS_MEMORY, "Cannot set the environment: %s", strerror(-error));
    return sandbox_plan_is_first_process(job->plan, SANDBOX_ALL) ? run_first(job, directory)
                                                                 : become(job, directory, NULL);
}

int main(int argc, char **argv)
{
    static struct job job;
    int status = parse(&job, argc, argv);

    if (status == 0)
        status = load(&job);
    if (status == 0)
        status = plan(&job);
    if (status == 0)
        status = judge(&job);
    if (status == 0 && job.command)
        status = run(&job);
    sandbox_plan_free(job.plan);
    unit_set_release(&job.set);
    return status < 0 ? 0 : status;
}

/*
 * Prints what the loader has read, in the words of `systemctl show`: NAME PROPERTY=VALUE, for
 * tests/shell/values.sh.
 *
 *   tool_values FILE...        units with errors are left out
 *   tool_values --properties   which there are
 */
#include "supervisor/ctl/words.h"
#include "supervisor/unit/unit_set.h"
#include "tests/unit/loader.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>

/* --- values --- */

/* As systemd quotes the items of a list. */
static void put_item(const char *item)
{
    bool is_plain = *item && !strpbrk(item, " \t\n\"'\\$`");

    if (!is_plain)
        putchar('"');
    for (; *item; item++) {
        if (strchr("\n\"\\$`", *item))
            putchar('\\');
        putchar(*item == '\n' ? 'n' : *item);
    }
    if (!is_plain)
        putchar('"');
}

static void put_list(string_list list)
{
    for (const char *space = ""; list && *list; list++, space = " ") {
        fputs(space, stdout);
        put_item(*list);
    }
}

/* Part by part: "a/b" comes before "a b". */
static int compare(const void *a, const void *b)
{
    const char *left = *(char *const *)a, *right = *(char *const *)b;

    while (*left && *left == *right) {
        left++;
        right++;
    }
    return (*left == '/' ? 1 : (unsigned char)*left) - (*right == '/' ? 1 : (unsigned char)*right);
}

/* Directories: sorted, and each once, as systemd keeps them. */
static void put_set(string_list list)
{
    const char *items[256], *last = "";
    size_t count = 0;

    while (list && *list && count < ARRAY_SIZE(items))
        items[count++] = *list++;
    qsort(items, count, sizeof(*items), compare);
    for (size_t i = 0; i < count; last = items[i++])
        if (strcmp(items[i], last) != 0) {
            fputs(i > 0 ? " " : "", stdout);
            put_item(items[i]);
        }
}

static void put_commands(const struct exec_command *command)
{
    printf("{ path=%s ; argv[]=", command->path);
    for (string_list word = command->argv; word && *word; word++)
        printf("%s%s", word == command->argv ? "" : " ", *word);
    printf(" ; ignore_errors=%s", command->flags & EXEC_IGNORE_FAILURE ? "yes" : "no");
}

static void put_signal(int signal)
{
    int offset = signal - 34; /* SIGRTMIN of the C library, by which systemd counts */

    if (signal < 32)
        printf("%s", sigabbrev_np(signal));
    else
        printf(offset > 0 ? "RTMIN+%d" : "RTMIN", offset);
}

static void put_statuses(const struct exit_status_set *set)
{
    const char *space = "";

    for (int code = 0; code < 256; code++)
        if (set->codes[code / 64] >> code % 64 & 1) {
            printf("%s%d", space, code);
            space = " ";
        }
    for (int signal = 1; signal < 65; signal++)
        if (set->signals[signal / 64] >> signal % 64 & 1) {
            fputs(space, stdout);
            put_signal(signal);
            space = " ";
        }
}

static void put_rules(const struct socket_bind *rule)
{
    for (const char *space = ""; rule; rule = rule->next, space = " ") {
        printf("%s%s", space, rule->any_protocol ? "" : rule->tcp ? "tcp" : "udp");
        if (rule->any_port)
            fputs("any", stdout);
        else if (rule->port == rule->port_last)
            printf("%u", rule->port);
        else
            printf("%u-%u", rule->port, rule->port_last);
    }
}

static void put_number(uint64_t number)
{
    if (number == UINT64_MAX)
        fputs("infinity", stdout);
    else
        printf("%llu", (unsigned long long)number);
}

/* --- properties --- */

enum form {
    SPAN,
    BOOLEAN,
    INTEGER,
    UNSIGNED,
    WORD,
    TEXT,
    LIST,
    SET,
    COMMANDS,
    STATUSES,
    MODE,
    RULES,
    NAMES
};

struct row {
    const char *name;
    enum form form;
    size_t at;
    const char *words; /* of an enum, one after the other, each ends in NUL */
};

#define AT(field) offsetof(struct unit_spec, field)

static const struct row rows[] = {
    { "Type", WORD, AT(service.type),
      "simple\0exec\0forking\0oneshot\0notify\0notify-reload\0idle\0" },
    { "ExitType", WORD, AT(service.exit_type), "main\0cgroup\0" },
    { "Restart", WORD, AT(service.restart),
      "no\0on-success\0on-failure\0on-abnormal\0on-watchdog\0on-abort\0always\0" },
    { "NotifyAccess", WORD, AT(service.notify_access), "none\0main\0exec\0all\0" },
    { "TimeoutStartFailureMode", WORD, AT(service.timeout_start_mode), "terminate\0abort\0kill\0" },
    { "OOMPolicy", WORD, AT(service.oom_policy), "continue\0stop\0kill\0" },
    { "KillMode", WORD, AT(kill.mode), "control-group\0mixed\0process\0none\0" },
    { "FailureAction", WORD, AT(failure_action), "none\0exit\0exit-force\0" },
    { "ProtectSystem", WORD, AT(exec.protect_system), "no\0yes\0full\0strict\0" },
    { "RestartUSec", SPAN, AT(service.restart_us), NULL },
    { "TimeoutStartUSec", SPAN, AT(service.timeout_start_us), NULL },
    { "TimeoutStopUSec", SPAN, AT(service.timeout_stop_us), NULL },
    { "TimeoutAbortUSec", SPAN, AT(service.timeout_abort_us), NULL },
    { "RuntimeMaxUSec", SPAN, AT(service.runtime_max_us), NULL },
    { "JobTimeoutUSec", SPAN, AT(job_timeout_us), NULL },
    { "JobRunningTimeoutUSec", SPAN, AT(job_running_timeout_us), NULL },
    { "StartLimitIntervalUSec", SPAN, AT(start_limit_interval_us), NULL },
    { "StartLimitBurst", UNSIGNED, AT(start_limit_burst), NULL },
    { "SuccessActionExitStatus", INTEGER, AT(success_action_exit_status), NULL },
    { "FileDescriptorStoreMax", UNSIGNED, AT(service.fd_store_max), NULL },
    { "KillSignal", INTEGER, AT(kill.signal), NULL },
    { "FinalKillSignal", INTEGER, AT(kill.final_signal), NULL },
    { "Nice", INTEGER, AT(exec.nice), NULL },
    { "OOMScoreAdjust", INTEGER, AT(exec.oom_score_adjust), NULL },
    { "RemainAfterExit", BOOLEAN, AT(service.remain_after_exit), NULL },
    { "GuessMainPID", BOOLEAN, AT(service.guess_main_pid), NULL },
    { "SendSIGHUP", BOOLEAN, AT(kill.send_sighup), NULL },
    { "StopWhenUnneeded", BOOLEAN, AT(stop_when_unneeded), NULL },
    { "RefuseManualStop", BOOLEAN, AT(refuse_manual_stop), NULL },
    { "DefaultDependencies", BOOLEAN, AT(default_dependencies), NULL },
    { "LockPersonality", BOOLEAN, AT(exec.lock_personality), NULL },
    { "Description", TEXT, AT(description), NULL },
    { "PIDFile", TEXT, AT(service.pid_file), NULL },
    { "Documentation", LIST, AT(documentation), NULL },
    { "Environment", LIST, AT(exec.environment), NULL },
    { "PassEnvironment", LIST, AT(exec.pass_environment), NULL },
    { "UnsetEnvironment", LIST, AT(exec.unset_environment), NULL },
    { "StateDirectory", SET, AT(exec.directories[DIRECTORY_STATE].names), NULL },
    { "RuntimeDirectory", SET, AT(exec.directories[DIRECTORY_RUNTIME].names), NULL },
    { "ExecCondition", COMMANDS, AT(service.exec_condition), NULL },
    { "ExecStartPre", COMMANDS, AT(service.exec_start_pre), NULL },
    { "ExecStart", COMMANDS, AT(service.exec_start), NULL },
    { "ExecStartPost", COMMANDS, AT(service.exec_start_post), NULL },
    { "ExecReload", COMMANDS, AT(service.exec_reload), NULL },
    { "ExecStop", COMMANDS, AT(service.exec_stop), NULL },
    { "SuccessExitStatus", STATUSES, AT(service.success_exit_status), NULL },
    { "RestartPreventExitStatus", STATUSES, AT(service.restart_prevent_exit_status), NULL },
    { "RestartForceExitStatus", STATUSES, AT(service.restart_force_exit_status), NULL },
    { "UMask", MODE, AT(exec.umask), NULL },
    { "StateDirectoryMode", MODE, AT(exec.directories[DIRECTORY_STATE].mode), NULL },
    { "SocketBindAllow", RULES, AT(exec.socket_bind_allow), NULL },
    { "SocketBindDeny", RULES, AT(exec.socket_bind_deny), NULL },
    { "Wants", NAMES, AT(dependencies[DEPENDENCY_WANTS]), NULL },
    { "PartOf", NAMES, AT(dependencies[DEPENDENCY_PART_OF]), NULL },
    { "OnFailure", NAMES, AT(dependencies[DEPENDENCY_ON_FAILURE]), NULL },
};

static const char *word_of(const char *words, unsigned index)
{
    while (index-- > 0)
        words += strlen(words) + 1;
    return words;
}

static void put_name_list(const struct dependency_name *name)
{
    for (const char *space = ""; name; name = name->next, space = " ") {
        fputs(space, stdout);
        put_item(name->name);
    }
}

static void put_value(const struct row *row, const void *at)
{
    char span[WORDS_EXACT_SIZE];

    switch (row->form) {
    case SPAN:
        words_exact_span(*(const uint64_t *)at, span);
        fputs(span, stdout);
        break;
    case BOOLEAN:
        fputs(*(const bool *)at ? "yes" : "no", stdout);
        break;
    case INTEGER:
        printf("%d", *(const int *)at);
        break;
    case UNSIGNED:
        printf("%u", *(const unsigned *)at);
        break;
    case WORD:
        fputs(word_of(row->words, *(const unsigned *)at), stdout);
        break;
    case TEXT:
        fputs(*(const char *const *)at, stdout);
        break;
    case LIST:
        put_list(*(const string_list *)at);
        break;
    case SET:
        put_set(*(const string_list *)at);
        break;
    case COMMANDS:
        put_commands(at);
        break;
    case STATUSES:
        put_statuses(*(const struct exit_status_set *const *)at);
        break;
    case MODE:
        printf("%04o", *(const mode_t *)at);
        break;
    case RULES:
        put_rules(*(const struct socket_bind *const *)at);
        break;
    case NAMES:
        put_name_list(*(const struct dependency_name *const *)at);
        break;
    }
}

/* systemctl prints no empty value. */
static bool is_empty(const struct row *row, const void *at)
{
    return (row->form == STATUSES || row->form == TEXT || row->form == LIST || row->form == SET ||
            row->form == RULES || row->form == NAMES || row->form == COMMANDS) &&
           !*(const void *const *)at;
}

static void print_row(const struct unit_spec *spec, const struct row *row)
{
    const void *at = (const char *)spec + row->at;

    if (is_empty(row, at))
        return;
    if (row->form != COMMANDS) {
        printf("%s %s=", spec->name, row->name);
        put_value(row, at);
        putchar('\n');
        return;
    }
    for (const struct exec_command *command = *(const struct exec_command *const *)at; command;
         command = command->next) {
        printf("%s %s=", spec->name, row->name);
        put_value(row, command);
        putchar('\n');
    }
}

static const struct {
    const char *name;
    int limit;
} limits[] = {
    { "NOFILE", RLIMIT_NOFILE }, { "AS", RLIMIT_AS },         { "CPU", RLIMIT_CPU },
    { "NICE", RLIMIT_NICE },     { "RTTIME", RLIMIT_RTTIME },
};

static void print_limits(const struct unit_spec *spec)
{
    for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
        const struct resource_limit *limit =
            spec->exec.limits ? &spec->exec.limits[limits[i].limit] : NULL;

        if (!limit || !limit->is_set)
            continue;
        printf("%s Limit%s=", spec->name, limits[i].name);
        put_number(limit->hard);
        printf("\n%s Limit%sSoft=", spec->name, limits[i].name);
        put_number(limit->soft);
        putchar('\n');
    }
}

/* What only some units have has no row. Policies are told by their number. */
static void print_scheduling(const struct unit_spec *spec)
{
    const struct exec_scheduling *scheduling = spec->exec.scheduling;

    if (!scheduling)
        return;
    printf("%s CPUSchedulingPolicy=%u\n", spec->name, scheduling->policy);
    printf("%s CPUSchedulingPriority=%u\n", spec->name, scheduling->priority);
    printf("%s CPUSchedulingResetOnFork=%s\n", spec->name,
           scheduling->resets_on_fork ? "yes" : "no");
    if (scheduling->has_timer_slack)
        printf("%s TimerSlackNSec=%llu\n", spec->name,
               (unsigned long long)scheduling->timer_slack_ns);
    if (scheduling->has_personality)
        printf("%s Personality=%s\n", spec->name,
               scheduling->personality == PER_LINUX32 ? "x86" : "x86-64");
}

static void print_files(const struct unit_spec *spec)
{
    for (const struct environment_file *file = spec->exec.environment_files; file;
         file = file->next)
        printf("%s EnvironmentFiles=%s (ignore_errors=%s)\n", spec->name, file->path,
               file->is_optional ? "yes" : "no");
    if (spec->exec.working_directory)
        printf("%s WorkingDirectory=%s%s\n", spec->name,
               spec->exec.working_directory_optional ? "!" : "",
               strcmp(spec->exec.working_directory, loader_roots.home) == 0
                   ? "~"
                   : spec->exec.working_directory);
}

static void print_unit(const struct unit_spec *spec)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        print_row(spec, &rows[i]);
    print_limits(spec);
    print_scheduling(spec);
    print_files(spec);
}

static void print_properties(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        puts(rows[i].name);
    for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
        printf("Limit%s\nLimit%sSoft\n", limits[i].name, limits[i].name);
    puts("CPUSchedulingPolicy\nCPUSchedulingPriority\nCPUSchedulingResetOnFork");
    puts("TimerSlackNSec\nPersonality\nEnvironmentFiles\nWorkingDirectory");
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--properties") == 0) {
        print_properties();
        return 0;
    }
    for (int i = 1; i < argc; i++) {
        static char text[1024 * 1024];
        FILE *stream = fopen(argv[i], "r");
        struct unit_text part = { .path = argv[i], .text = text };
        struct unit_source source = { .name = strrchr(argv[i], '/') + 1,
                                      .parts = &part,
                                      .part_count = 1 };
        struct problem_sink sink = { 0 };
        struct unit_set set;

        if (!stream || unit_set_init(&set, &loader_roots) < 0)
            return 2;
        part.size = fread(text, 1, sizeof(text), stream);
        if (unit_set_add(&set, &source, &sink) == 0)
            print_unit(set.specs[0]);
        unit_set_release(&set);
        fclose(stream);
    }
    return 0;
}

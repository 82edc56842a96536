/*
 * Inputs for tests/shell/generated.sh, which compares what we make of them with what systemd makes
 * of them. The same seed gives the same inputs, on every machine.
 *
 *   tool_generate timespans SEED COUNT        a time span per line
 *   tool_generate names|paths SEED COUNT      something to be escaped, per line
 *   tool_generate units SEED COUNT DIRECTORY  DIRECTORY/g1.service …
 */
#include "supervisor/unit/macro.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* --- chance: splitmix64 --- */

static uint64_t chance;

static unsigned roll(size_t sides)
{
    uint64_t mixed = chance += UINT64_C(0x9e3779b97f4a7c15);

    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (unsigned)((mixed ^ (mixed >> 31)) % sides);
}

static const char *one_of(const char *const *list, size_t count)
{
    return list[roll(count)];
}
#define PICK(...)                                                                                  \
    one_of((const char *const[]){ __VA_ARGS__ }, ARRAY_SIZE(((const char *const[]){ __VA_ARGS__ })))

/* --- a text that grows --- */

struct text {
    char bytes[4096];
    size_t length;
};

static void put(struct text *text, const char *piece)
{
    size_t length = strlen(piece);

    if (text->length + length >= sizeof(text->bytes))
        return;
    memcpy(text->bytes + text->length, piece, length + 1);
    text->length += length;
}

static void put_number(struct text *text, const char *format, unsigned number)
{
    char piece[32];

    snprintf(piece, sizeof(piece), format, number);
    put(text, piece);
}

/* --- values --- */

static void put_unit_of_time(struct text *text)
{
    put(text, PICK("usec", "us", "µs", "μs", "msec", "ms", "seconds", "second", "sec", "s",
                   "minutes", "minute", "min", "m", "hours", "hour", "hr", "h", "days", "day", "d",
                   "weeks", "week", "w", "months", "month", "M", "years", "year", "y"));
}

static void put_term(struct text *text)
{
    put(text, PICK("", "", "", "", "", "+", "-", " ", "  "));
    switch (roll(8)) {
    case 0:
        put(text, PICK("18446744073709551615", "18446744073709551616", "9223372036854775807",
                       "9223372036854775808", "18446744073709", "18446744073710", "307445734561",
                       "99999999999999999999", "0", "00", "007"));
        break;
    case 1:
        put_number(text, ".%u", roll(1000));
        break;
    default:
        put_number(text, "%u", roll(roll(3) ? 100 : 100000));
        break;
    }
    if (roll(4) == 0)
        put_number(text, ".%u", roll(roll(3) ? 100 : 100000000));
    put(text, PICK("", "", "", " ", "\t"));
    if (roll(5) > 0)
        put_unit_of_time(text);
    put(text, PICK("", "", "", " ", "  "));
}

/* What nobody means: a byte more, less, or another. */
static void spoil(struct text *text, size_t from)
{
    static const char *const bytes[] = { " ", "\"", "'", "\\", "%", "$",  ";", "#", "=",
                                         "-", "+",  "~", "!",  "/", "..", ":", "x", "0",
                                         "9", ".",  ",", "@",  "|", "{",  "}", "é", "\t" };
    const char *piece = one_of(bytes, ARRAY_SIZE(bytes));
    size_t room = text->length - from, at = from + (room ? roll(room + 1) : 0),
           length = strlen(piece);

    switch (roll(3)) {
    case 0:
        if (at < text->length && (unsigned char)text->bytes[at] < 0x80) {
            memmove(text->bytes + at, text->bytes + at + 1, text->length - at);
            text->length--;
        }
        break;
    default:
        while (at < text->length && ((unsigned char)text->bytes[at] & 0xc0) == 0x80)
            at++;
        if (text->length + length >= sizeof(text->bytes))
            return;
        memmove(text->bytes + at + length, text->bytes + at, text->length - at + 1);
        memcpy(text->bytes + at, piece, length);
        text->length += length;
        break;
    }
}

static void put_time(struct text *text)
{
    unsigned terms = 1 + (roll(3) == 0 ? roll(4) : 0);

    if (roll(12) == 0) {
        put(text, PICK("infinity", " infinity ", "infinity ", "infinit", "Infinity", "infinity 1s",
                       "inf"));
        return;
    }
    while (terms-- > 0)
        put_term(text);
}

static void put_boolean(struct text *text)
{
    put(text, PICK("yes", "no", "true", "false", "1", "0", "on", "off", "y", "n", "t", "f", "YES",
                   "Off", "True", "2", "maybe", ""));
}

static void put_unsigned(struct text *text)
{
    put(text, PICK("0", "1", "5", "0x10", "010", "08", "+3", "-1", "4294967295", "4294967296", " 7",
                   "1k", "1e3", "", "0b11", "0o17", "00"));
}

static void put_signal(struct text *text)
{
    put(text, PICK("SIGTERM", "TERM", "15", "SIGRTMIN", "RTMIN+3", "SIGRTMIN+30", "SIGRTMIN+31",
                   "SIGRTMAX", "RTMAX-1", "SIGRTMAX-30", "64", "65", "0", "-1", "sigterm", "term",
                   "SIGUSR1", "SIGIO", "SIGPOLL", "SIGCLD", "SIGCHLD", "SIGSTKFLT", "SIGFOO", "",
                   "9", "SIGRTMIN+0", "SIGRTMIN+", "SIGRTMIN-1", "32", "33", "34"));
}

static void put_statuses(struct text *text)
{
    for (unsigned count = roll(4); count-- > 0;) {
        put(text, PICK("0", "1", "255", "256", "TEMPFAIL", "tempfail", "SIGKILL", "KILL", "SUCCESS",
                       "EXEC", "-1", "USAGE", "SIGRTMIN+2", "07", "0x1", "DATAERR", "NOTRUNNING",
                       "'2'", "\"3", "CHDIR", "", "BUS", "LAST", "SIGHUP", "HUP"));
        put(text, PICK(" ", "  ", " ", "\t"));
    }
}

static void put_name(struct text *text)
{
    put(text, PICK("a.service", "b@c.service", "d.target", "e.socket", "f.mount", "g.timer", "a",
                   "a.", ".service", "h-i.service", "j@.service", "k\\x2dl.service", "m.nonsense",
                   "n:o.service", "%p.service", "%i@q.service", "\"r.service\"", "'s.service'",
                   "t_u.slice", "v.service.service", "w.path", "é.service", "x.device",
                   "y@z@a.service", "%Q.service", "100%.service"));
}

static void put_path(struct text *text)
{
    put(text, PICK("/tmp", "/", "/a/b", "/a/../b", "/a//b/./c", "a/b", "/a/", "~", "/var/lib/%p",
                   "/%Q", "-/tmp", "+/tmp", "-+/tmp", "+-/tmp", "/a b", "\"/a b\"", "'/a'",
                   "/a\\ b", "", "/tmp/é", "./x", "!/tmp", "/a\\x20b", "/%%", "/50%"));
}

static void put_assignment(struct text *text)
{
    put(text, PICK("A=1", "B=", "\"C=2 3\"", "'D=4'", "E='5'", "F=\"6\"", "1G=7", "H", "I=%i",
                   "J=%Q", "K=$L", "M=a\\nb", "\"N=\\x41\"", "O=\\", "P=é", "Q-R=1", "S=1=2", "=3",
                   "\"T=1", "_U=1", "V=50%%", "W=\\q", "X='a b' ", "\"Y=a\\\"b\"", "Z=\\101"));
}

static void put_words(struct text *text, void (*word)(struct text *text))
{
    for (unsigned count = roll(4); count-- > 0;) {
        word(text);
        put(text, PICK(" ", " ", "  ", "\t"));
    }
}

static void put_argument(struct text *text)
{
    put(text,
        PICK("a", "\"b c\"", "'d e'", "f\\ g", "\"h\\ti\"", "$J", "${K}", "$$", "%i", "%%", "%n",
             "%Q", "'l", "\"m", "\\x41", "\\u00e9", "\\U0001f600", "\\101", "\\q", "\\x4", "\\400",
             "\\000", ";", "\\;", "n;o", "-p", "--q=r", "s\"t u\"v", "''", "\"\"", "é", "#w", "x=y",
             "${Z:-1}", "\\s", "\\\\", "\"a'b\"", "'a\"b'", "%p-%i", "%H", "%u", "%t/x", "%%n",
             "50%", "\\ud800", "\\U00110000", "\\8", "$", "${", "\\'", "\\\""));
}

static void put_command(struct text *text)
{
    put(text, PICK("", "", "", "", "-", "@", ":", "+", "!", "!!", "-@", "@-", ":-", "--", "-:@",
                   "+!", "!!!", "+-", "- "));
    put(text, PICK("/bin/true", "/bin/true", "/bin/true", "/bin/true", "/bin/echo", "true", "echo",
                   "bin/true", "/bin/", "/", "\"/bin/true\"", "'/bin/echo'", "/bin/../bin/true",
                   "\"/bin/tr ue\"", "/bin//true", "%s", "/bin/%n", "./true", "/bin/tr\\x75e", "",
                   "${A}", "/bin/true;", ";", "\\x2fbin/true", "~/x"));
    put(text, PICK(" ", " ", "  ", "\t"));
    put_words(text, put_argument);
    if (roll(6) == 0) {
        put(text, "; /bin/true ");
        put_words(text, put_argument);
    }
}

static void put_number_signed(struct text *text)
{
    put(text, PICK("0", "1", "-1", "19", "20", "-20", "-21", "1000", "1001", "-1000", "-1001", "+5",
                   "0x5", "5 ", "", "a"));
}

static void put_mode(struct text *text)
{
    put(text, PICK("0", "0755", "755", "0022", "7777", "07777", "10000", "888", "0x1", "-1", "",
                   "u=rwx", "+1", "0o755"));
}

static void put_size(struct text *text)
{
    put(text, PICK("0", "1", "1024", "1K", "1.5G", "2M 3K", "1M 1G", "infinity", "1Ki", "1KB", "1B",
                   "1E", "16E", "15E", "18446744073709551615", "18446744073709551616", "-1", "1k",
                   "", " 5", "1 K", ".5K", "1.K", "1:2", "2:1", "1K:1M", "infinity:1", "1:infinity",
                   ":", "1:", ":1", "1T", "1P", "1%", "0x10"));
}

static void put_directory(struct text *text)
{
    put(text, PICK("a", "a/b", "/a", "../a", "a/../b", "private", "private/a", "a//b", "./a", "%p",
                   "%Q", "\"a b\"", "a:b", "a:b:ro", "", ".", "a.", "..a", "é", "a/", "a:"));
}

static void put_capability(struct text *text)
{
    put(text, PICK("CAP_KILL", "cap_chown", "~CAP_KILL", "~", "CAP_NET_ADMIN", "CAP_SYS_ADMIN",
                   "KILL", "CAP_", "5", "63", "\"CAP_KILL\"", "Cap_Bpf", ""));
}

static void put_bind(struct text *text)
{
    put(text,
        PICK("any", "tcp", "udp", "80", "80-90", "90-80", "tcp:80", "udp:5000-5010", "ipv4:tcp:80",
             "ipv6:udp:53", "icmp", "tcp:", "0", "65535", "65536", "ipv4", "ipv4:any", "tcp:80:90",
             "any:80", "ipv6:80", "", "tcp:080", "-1", "ipv5:80", "1-", "ipv4:", "tcp:any"));
}

static void put_condition(struct text *text)
{
    put(text, PICK("", "", "!", "|", "|!", "!|", "! ", "| ", "||", "!!"));
}

static void put_path_condition(struct text *text)
{
    put_condition(text);
    put_path(text);
}

static void put_text_condition(struct text *text)
{
    put_condition(text);
    put(text, PICK("x86-64", "a b", "", "%i", "%Q", "é", "=1", ">= 5", "\"a\"", "$A"));
}

static void put_text(struct text *text)
{
    put(text, PICK("a b", "%n", "%i %p", "100%", "%Q", "%%", "é", "\"quoted\"", "a\\b", "tab\there",
                   "", "%", "%5", "% ", "a # b", "a ; b", "%H %m", "%j %J", "%N %P %I", "%f", "%y",
                   "%Y", "%a %A", "%d", "%l", "%o %w %W %M %B"));
}

static void put_documentation(struct text *text)
{
    put(text, PICK("man:a(1)", "https://x.y/z", "http:x", "file:/a", "info:a", "foo", "man:", "man",
                   "https://", "ftp://x", "info:", "file:", "FILE:/a", "https://a%20b", ""));
}

static void put_type(struct text *text)
{
    put(text, PICK("simple", "exec", "forking", "oneshot", "oneshot", "oneshot", "notify", "idle",
                   "nonsense", "Simple", ""));
}

static void put_restart(struct text *text)
{
    put(text, PICK("no", "on-success", "on-failure", "on-abnormal", "on-watchdog", "on-abort",
                   "always", "never", "yes", ""));
}

static void put_kill_mode(struct text *text)
{
    put(text, PICK("control-group", "mixed", "process", "none", "cgroup", "", "MIXED"));
}

static void put_access(struct text *text)
{
    put(text, PICK("none", "main", "exec", "all", "some", "", "yes"));
}

static void put_protect(struct text *text)
{
    put(text, PICK("yes", "no", "full", "strict", "true", "some", "", "1", "FULL"));
}

static void put_action(struct text *text)
{
    put(text, PICK("none", "exit", "exit-force", "ignite", "", "Exit"));
}

static void put_exit_code(struct text *text)
{
    put(text, PICK("0", "255", "256", "-1", "", "7", "0x7", "TEMPFAIL", "1 2", "007"));
}

static void put_timeout_mode(struct text *text)
{
    put(text, PICK("terminate", "abort", "kill", "term", ""));
}

static void put_oom(struct text *text)
{
    put(text, PICK("continue", "stop", "kill", "die", ""));
}

static void put_exit_type(struct text *text)
{
    put(text, PICK("main", "cgroup", "all", ""));
}

static void put_identity(struct text *text)
{
    put(text, PICK("root", "nobody", "0", "1001", "a b", "-1", "4294967295", "a:b", "%p", "",
                   "65535", "a.b", "Foo$"));
}

static void put_variable(struct text *text)
{
    put(text, PICK("A", "B_1", "1C", "D=1", "E-F", "\"G\"", "é", "%i", "_", "'H", "I\\x41", ""));
}

/* --- settings --- */

#define WORDS(name, word)                                                                          \
    static void name(struct text *text)                                                            \
    {                                                                                              \
        put_words(text, word);                                                                     \
    }
WORDS(put_names, put_name)
WORDS(put_assignments, put_assignment)
WORDS(put_variables, put_variable)
WORDS(put_paths, put_path)
WORDS(put_directories, put_directory)
WORDS(put_capabilities, put_capability)
WORDS(put_documentations, put_documentation)

static const struct generated {
    const char *section, *key;
    void (*value)(struct text *text);
} settings[] = {
    { "Unit", "Description", put_text },
    { "Unit", "Documentation", put_documentations },
    { "Unit", "Requires", put_names },
    { "Unit", "Wants", put_names },
    { "Unit", "After", put_names },
    { "Unit", "Before", put_names },
    { "Unit", "Conflicts", put_names },
    { "Unit", "PartOf", put_names },
    { "Unit", "OnFailure", put_names },
    { "Unit", "PropagatesReloadTo", put_names },
    { "Unit", "DefaultDependencies", put_boolean },
    { "Unit", "StopWhenUnneeded", put_boolean },
    { "Unit", "RefuseManualStop", put_boolean },
    { "Unit", "StartLimitIntervalSec", put_time },
    { "Unit", "StartLimitBurst", put_unsigned },
    { "Unit", "JobTimeoutSec", put_time },
    { "Unit", "FailureAction", put_action },
    { "Unit", "SuccessActionExitStatus", put_exit_code },
    { "Unit", "ConditionPathExists", put_path_condition },
    { "Unit", "AssertPathIsDirectory", put_path_condition },
    { "Unit", "ConditionArchitecture", put_text_condition },
    { "Unit", "ConditionHost", put_text_condition },
    { "Service", "Type", put_type },
    { "Service", "ExitType", put_exit_type },
    { "Service", "ExecStartPre", put_command },
    { "Service", "ExecStartPre", put_command },
    { "Service", "ExecStartPost", put_command },
    { "Service", "ExecStop", put_command },
    { "Service", "ExecReload", put_command },
    { "Service", "ExecCondition", put_command },
    { "Service", "Restart", put_restart },
    { "Service", "RestartSec", put_time },
    { "Service", "TimeoutStartSec", put_time },
    { "Service", "TimeoutStopSec", put_time },
    { "Service", "TimeoutAbortSec", put_time },
    { "Service", "TimeoutSec", put_time },
    { "Service", "RuntimeMaxSec", put_time },
    { "Service", "WatchdogSec", put_time },
    { "Service", "TimeoutStartFailureMode", put_timeout_mode },
    { "Service", "OOMPolicy", put_oom },
    { "Service", "RemainAfterExit", put_boolean },
    { "Service", "GuessMainPID", put_boolean },
    { "Service", "SuccessExitStatus", put_statuses },
    { "Service", "RestartPreventExitStatus", put_statuses },
    { "Service", "RestartForceExitStatus", put_statuses },
    { "Service", "RestartForceExitStatus", put_statuses },
    { "Service", "KillMode", put_kill_mode },
    { "Service", "KillSignal", put_signal },
    { "Service", "FinalKillSignal", put_signal },
    { "Service", "SendSIGHUP", put_boolean },
    { "Service", "NotifyAccess", put_access },
    { "Service", "PIDFile", put_path },
    { "Service", "FileDescriptorStoreMax", put_unsigned },
    { "Service", "WorkingDirectory", put_path },
    { "Service", "UMask", put_mode },
    { "Service", "Environment", put_assignments },
    { "Service", "Environment", put_assignments },
    { "Service", "EnvironmentFile", put_path },
    { "Service", "PassEnvironment", put_variables },
    { "Service", "UnsetEnvironment", put_variables },
    { "Service", "Nice", put_number_signed },
    { "Service", "OOMScoreAdjust", put_number_signed },
    { "Service", "LimitNOFILE", put_size },
    { "Service", "LimitAS", put_size },
    { "Service", "LimitCPU", put_time },
    { "Service", "LimitNICE", put_number_signed },
    { "Service", "LimitRTTIME", put_time },
    { "Service", "StateDirectory", put_directories },
    { "Service", "RuntimeDirectory", put_directories },
    { "Service", "StateDirectoryMode", put_mode },
    { "Service", "User", put_identity },
    { "Service", "ProtectSystem", put_protect },
    { "Service", "ReadWritePaths", put_paths },
    { "Service", "InaccessiblePaths", put_paths },
    { "Service", "CapabilityBoundingSet", put_capabilities },
    { "Service", "RestrictNamespaces", put_boolean },
    { "Service", "LockPersonality", put_boolean },
    { "Service", "SocketBindAllow", put_bind },
    { "Service", "SocketBindDeny", put_bind },
};

/* --- files --- */

/* A backslash and a new line in place of a space, as people break long lines. */
static void break_line(struct text *text, size_t from)
{
    char *space = strchr(text->bytes + from, ' ');

    if (!space || text->length + 32 >= sizeof(text->bytes))
        return;
    from = (size_t)(space - text->bytes) + 1;
    {
        const char *piece =
            PICK("\\\n", "\\\n  ", "\\\n# a comment\n", "\\\n; another \\\n ", "\\\r\n", "\\ \n");
        size_t length = strlen(piece);

        memmove(text->bytes + from + length, text->bytes + from, text->length - from + 1);
        memcpy(text->bytes + from, piece, length);
        text->length += length;
    }
}

static void put_setting(struct text *text, const struct generated *setting, bool is_odd)
{
    size_t from = text->length;

    if (is_odd)
        put(text, PICK("", "", "", "", " ", "\t"));
    put(text, setting->key);
    put(text, is_odd ? PICK("=", "=", "=", " = ", "= ", " =") : "=");
    from = text->length;
    setting->value(text);
    if (is_odd && roll(12) == 0)
        spoil(text, from);
    if (is_odd && roll(8) == 0)
        break_line(text, from);
    put(text, is_odd ? PICK("\n", "\n", "\n", " \n", "\n\n", "\r\n") : "\n");
}

static void put_oddity(struct text *text)
{
    put(text,
        PICK("# a comment\n", "; a comment\n", "  # indented\n", "\n", "   \n", "no equals sign\n",
             "=no key\n", "Key\n", "# ends with a backslash \\\n", "X-Key=1\n", "x-key=1\n",
             "Unknown=1\n", "execstart=/bin/true\n", "[X-Other]\nKey=1\n", "[Bogus]\nKey=1\n",
             "[]\n", "[ Service ]\n", "[Service] \n", "\t[Service]\n",
             "[Unit]\nDescription=again\n", "Exec Start=/bin/true\n", "[service]\nKillMode=x\n",
             "\\\n", "[Install]\nWantedBy=a.target\n", "[Install]\nAlias=b.service\n", "Key=\\\n"));
}

static void make_unit(struct text *text)
{
    const char *section = "Service";
    unsigned count = 1 + roll(6);

    *text = (struct text){ .length = 0 };
    if (roll(40) == 0)
        put(text, PICK("Key=1\n", "\n", "# first\n", "\xef\xbb\xbf", "garbage\n"));
    put(text, "[Service]\nExecStart=/bin/true\n");
    while (count-- > 0) {
        const struct generated *setting = &settings[roll(ARRAY_SIZE(settings))];

        if (strcmp(setting->section, section) != 0) {
            section = setting->section;
            put(text, "[");
            put(text, section);
            put(text, "]\n");
        }
        put_setting(text, setting, true);
        if (roll(12) == 0) {
            put_oddity(text);
            section = "";
        }
    }
    if (roll(60) == 0)
        put(text, PICK("[Service\n", "[Service]x\n", "\xff\n", "Description=\xc3\n"));
    if (roll(10) == 0 && text->length > 0)
        text->bytes[--text->length] = '\0';
}

static int write_units(unsigned count, const char *directory)
{
    static struct text text;

    for (unsigned i = 1; i <= count; i++) {
        char path[4096];
        FILE *file;

        make_unit(&text);
        snprintf(path, sizeof(path), "%s/g%u.service", directory, i);
        file = fopen(path, "we");
        if (!file || fwrite(text.bytes, 1, text.length, file) != text.length || fclose(file) != 0)
            return 2;
    }
    return 0;
}

static void print_spans(unsigned count)
{
    while (count-- > 0) {
        struct text text = { .length = 0 };

        put_time(&text);
        if (roll(8) == 0)
            spoil(&text, 0);
        puts(text.bytes);
    }
}

/* For systemd-escape: any text without a line break; paths begin with a slash and lead nowhere up.
 */
static void print_names(unsigned count, bool are_paths)
{
    while (count-- > 0) {
        struct text text = { .length = 0 };

        put(&text, are_paths ? "/" : "");
        for (unsigned pieces = 1 + roll(6); pieces-- > 0;)
            put(&text, PICK("a", "b-c", ".", "/", "/", "//", "-", "_", ":", "\\", "\\x2d", "é", "€",
                            "@", "9", "Z", "%", "'", "\"", "$", "~", "+", "=", "x/y",
                            are_paths ? "x" : " ", are_paths ? "y" : ".."));
        puts(are_paths && strstr(text.bytes, "..") ? "/" : text.bytes);
    }
}

int main(int argc, char **argv)
{
    unsigned count = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;

    chance = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    if (argc == 4 && strcmp(argv[1], "timespans") == 0) {
        print_spans(count);
        return 0;
    }
    if (argc == 4 && (strcmp(argv[1], "names") == 0 || strcmp(argv[1], "paths") == 0)) {
        print_names(count, argv[1][0] == 'p');
        return 0;
    }
    if (argc == 5 && strcmp(argv[1], "units") == 0)
        return write_units(count, argv[4]);
    fprintf(stderr,
            "usage: tool_generate timespans|names|paths SEED COUNT, units SEED COUNT DIRECTORY\n");
    return 2;
}

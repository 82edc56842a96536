#include "tests/unit/generate.h"

#include <string.h>

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

void put_time(struct text *text)
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

static void put_policy(struct text *text)
{
    put(text, PICK("other", "batch", "idle", "fifo", "rr", "deadline", "ext", "0", "1", "5", "7",
                   "Batch", ""));
}

static void put_personality(struct text *text)
{
    put(text, PICK("x86", "x86-64", "arm64", "native", "ia64", "x86_64", "", "no"));
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

static const struct generated settings[] = {
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
    { "Service", "CPUSchedulingPolicy", put_policy },
    { "Service", "CPUSchedulingPriority", put_unsigned },
    { "Service", "TimerSlackNSec", put_time },
    { "Service", "Personality", put_personality },
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

const struct generated *generated_setting(void)
{
    return &settings[roll(ARRAY_SIZE(settings))];
}

const struct generated *generated_path_setting(void)
{
    static const struct generated path_settings[] = {
        { "Path", "PathExists", put_path },
        { "Path", "PathExistsGlob", put_path },
        { "Path", "PathChanged", put_path },
        { "Path", "PathModified", put_path },
        { "Path", "DirectoryNotEmpty", put_path },
        { "Path", "Unit", put_names },
        { "Path", "MakeDirectory", put_boolean },
        { "Path", "DirectoryMode", put_mode },
        { "Path", "TriggerLimitIntervalSec", put_time },
        { "Path", "TriggerLimitBurst", put_unsigned },
    };

    return &path_settings[roll(ARRAY_SIZE(path_settings))];
}

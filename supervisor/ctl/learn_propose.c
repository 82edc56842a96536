/* From what was seen to a drop-in, line by line, each with its evidence. */
#include "supervisor/ctl/learn.h"

#include "sandbox/plan.h"
#include "supervisor/ctl/words.h"
#include "supervisor/files/needs.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINES_MAX = 128, WIDTH = 100, TOP_CALLS = 8, MODE_SIZE = 8 };

/* One setting; or a comment, when it has no value. */
struct line {
    const char *directive, *value, *evidence;
    const char *obstacle; /* why it would not be held here; NULL */
};

struct proposal {
    struct learn *learn;
    struct line lines[LINES_MAX];
    size_t count;
    struct learn_filter filter;
};

/* A text under way; its end is in the arena. */
struct text {
    char *bytes;
    size_t size;
    FILE *stream;
};

static FILE *begin(struct text *text)
{
    *text = (struct text){ 0 };
    text->stream = open_memstream(&text->bytes, &text->size);
    return text->stream;
}

/* "" without memory: then less is proposed. */
static const char *finish(struct text *text, struct proposal *proposal)
{
    const char *copy = NULL;

    if (text->stream && fclose(text->stream) == 0)
        copy = arena_string(&proposal->learn->facts.arena, text->bytes);
    free(text->bytes);
    return copy ? copy : "";
}

static void add(struct proposal *proposal, const char *directive, const char *value,
                const char *evidence)
{
    if (proposal->count < LINES_MAX)
        proposal->lines[proposal->count++] =
            (struct line){ .directive = directive, .value = value, .evidence = evidence };
}

static const char *evidence_of(struct proposal *proposal, const char *what,
                               const struct learn_evidence *evidence)
{
    struct text text;

    if (!begin(&text))
        return "";
    fprintf(text.stream, "%s%s", what, what[0] ? ": " : "");
    if (evidence->count > 1)
        fprintf(text.stream, "%llu times, first ", (unsigned long long)evidence->count);
    words_put_safe(text.stream, evidence->first);
    return finish(&text, proposal);
}

static const struct learn_evidence *fact(const struct proposal *proposal, enum learn_fact which)
{
    return &proposal->learn->facts.facts[which];
}

/* --- system calls --- */

static void put_counts(FILE *out, const struct learn_facts *facts, unsigned group)
{
    bool is_told[CALL_COUNT] = { false };

    for (unsigned told = 0; told < TOP_CALLS; told++) {
        int best = -1;

        for (int call = 0; call < CALL_COUNT; call++)
            if (!is_told[call] && facts->calls[call] > 0 &&
                (call_groups((enum call)call) & group) &&
                !(call_groups((enum call)call) & CALLS_DEFAULT) &&
                (best < 0 || facts->calls[call] > facts->calls[best]))
                best = call;
        if (best < 0)
            return;
        is_told[best] = true;
        fprintf(out, "%s%s %llu", told > 0 ? ", " : "", call_name((enum call)best),
                (unsigned long long)facts->calls[best]);
    }
    fputs(", ...", out);
}

static void propose_groups(struct proposal *proposal)
{
    const struct learn_filter *filter = &proposal->filter;

    for (size_t i = 0; i < filter->group_count; i++) {
        struct text text;
        unsigned bits;

        if (call_group_find(filter->groups[i], &bits) < 0 || !begin(&text))
            return;
        fprintf(text.stream, "%u of %u kinds of calls: ", filter->seen[i], filter->kinds[i]);
        put_counts(text.stream, &proposal->learn->facts, bits);
        add(proposal, "SystemCallFilter", filter->groups[i], finish(&text, proposal));
    }
}

/* Those that are in no group, a few to a line. */
static void propose_words(struct proposal *proposal, enum call *at, const char *evidence)
{
    struct text value;

    if (!begin(&value))
        return;
    for (; *at < CALL_COUNT && ftell(value.stream) < WIDTH - (long)strlen("SystemCallFilter=") - 20;
         (*at)++)
        if (proposal->filter.is_listed[*at] && !(call_groups(*at) & CALLS_OBSOLETE))
            fprintf(value.stream, "%s%s", ftell(value.stream) > 0 ? " " : "", call_name(*at));
    if (ftell(value.stream) > 0)
        add(proposal, "SystemCallFilter", finish(&value, proposal), evidence);
    else
        (void)finish(&value, proposal);
}

static void propose_single_calls(struct proposal *proposal)
{
    const struct learn_facts *facts = &proposal->learn->facts;
    const char *evidence;
    struct text text;
    enum call at = 0;

    if (!begin(&text))
        return;
    for (enum call call = 0; call < CALL_COUNT; call++)
        if (proposal->filter.is_listed[call] && facts->calls[call] > 0)
            fprintf(text.stream, "%s%s %llu", ftell(text.stream) > 0 ? ", " : "", call_name(call),
                    (unsigned long long)facts->calls[call]);
    fputs("; and those that do the same", text.stream);
    evidence = finish(&text, proposal);
    for (; at < CALL_COUNT; evidence = NULL)
        propose_words(proposal, &at, evidence);
}

static void propose_calls(struct proposal *proposal)
{
    const struct learn_facts *facts = &proposal->learn->facts;
    unsigned distinct = 0;
    struct text text;

    learn_filter_make(facts->calls, &proposal->filter);
    for (enum call call = 0; call < CALL_COUNT; call++)
        distinct += facts->calls[call] > 0;
    if (!begin(&text))
        return;
    fprintf(text.stream, "%u different system calls. %s @default is always allowed.", distinct,
            proposal->filter.is_system_service
                ? "All are in @system-service, which is the broader choice, and the safer one for "
                  "what was not tried."
                : "Not all are in @system-service.");
    add(proposal, "SystemCallFilter", "", finish(&text, proposal));
    propose_groups(proposal);
    propose_single_calls(proposal);
    add(proposal, "SystemCallErrorNumber", "EPERM",
        "what was not seen is refused, and need not be the end of the service");
    if (fact(proposal, LEARN_FOREIGN)->count == 0)
        add(proposal, "SystemCallArchitectures", "native", "no call of another architecture");
    else
        add(proposal, "SystemCallArchitectures", NULL,
            evidence_of(proposal, "not native alone", fact(proposal, LEARN_FOREIGN)));
}

/* --- sockets --- */

static void propose_families(struct proposal *proposal)
{
    const struct learn_evidence *families = proposal->learn->facts.families;
    bool has_any = false;

    add(proposal, "RestrictAddressFamilies", "", NULL);
    for (unsigned i = 0; i < LEARN_FAMILIES; i++) {
        const char *name = address_family_name(i);

        if (families[i].count == 0 || !name)
            continue;
        add(proposal, "RestrictAddressFamilies", name, evidence_of(proposal, "", &families[i]));
        has_any = true;
    }
    if (!has_any)
        add(proposal, "RestrictAddressFamilies", "none", "no socket was made");
}

static void propose_port(struct proposal *proposal, const char *protocol,
                         const struct learn_port *port)
{
    struct text text;

    if (!begin(&text))
        return;
    fprintf(text.stream, "%s%s%u", protocol, protocol[0] ? ":" : "", port->port);
    add(proposal, "SocketBindAllow", finish(&text, proposal),
        evidence_of(proposal, "", &port->evidence));
}

static void propose_ports(struct proposal *proposal)
{
    static const char *const names[] = {
        [LEARN_TCP] = "tcp", [LEARN_UDP] = "udp", [LEARN_UNKNOWN] = ""
    };
    const struct learn_ports *ports = proposal->learn->facts.ports;
    bool has_any = false;

    if (ports[LEARN_UNKNOWN].any.count > 0) {
        add(proposal, "SocketBindDeny", NULL,
            evidence_of(proposal, "not proposed, as it takes any port that is free",
                        &ports[LEARN_UNKNOWN].any));
        return;
    }
    add(proposal, "SocketBindAllow", "", NULL);
    for (int protocol = 0; protocol < LEARN_PROTOCOL_COUNT; protocol++) {
        has_any |= ports[protocol].count > 0 || ports[protocol].any.count > 0;
        if (ports[protocol].any.count > 0)
            add(proposal, "SocketBindAllow", names[protocol],
                evidence_of(proposal, "it takes ports as they come", &ports[protocol].any));
        else
            for (size_t i = 0; i < ports[protocol].count; i++)
                propose_port(proposal, names[protocol], &ports[protocol].list[i]);
    }
    add(proposal, "SocketBindDeny", "any",
        has_any ? "no other port was bound" : "no port was bound");
}

/* --- namespaces, memory and the like --- */

static void propose_namespaces(struct proposal *proposal)
{
    const struct learn_evidence *namespaces = proposal->learn->facts.namespaces;
    const struct learn_evidence *first = NULL;
    struct text text;

    if (!begin(&text))
        return;
    for (unsigned bit = 0; bit < LEARN_NAMESPACE_BITS; bit++) {
        if (namespaces[bit].count == 0)
            continue;
        fprintf(text.stream, "%s%s", first ? " " : "", namespace_name(UINT32_C(1) << bit));
        first = first ? first : &namespaces[bit];
    }
    if (!first)
        fputs("yes", text.stream);
    add(proposal, "RestrictNamespaces", finish(&text, proposal),
        first ? evidence_of(proposal, "", first) : "no clone, unshare or setns asked for one");
}

static const struct {
    const char *directive, *value, *why;
    enum learn_fact fact;
} walls[] = {
    { "MemoryDenyWriteExecute", "yes", "no memory was both written and executed",
      LEARN_WRITE_EXECUTE },
    { "RestrictRealtime", "yes", "no real-time scheduling was asked for", LEARN_REALTIME },
    { "RestrictSUIDSGID", "yes", "no file was given set-user-ID or set-group-ID", LEARN_SUID_SGID },
    { "LockPersonality", "yes", "no execution domain was set", LEARN_PERSONALITY },
    { "ProtectClock", "yes", "no clock was set", LEARN_CLOCK },
    { "ProtectHostname", "yes", "no host name was set", LEARN_HOSTNAME },
    { "ProtectKernelLogs", "yes", "the kernel's log was not read", LEARN_KERNEL_LOG },
    { "ProtectKernelModules", "yes", "no module was loaded", LEARN_MODULES },
    { "ProtectKernelTunables", "yes", "nothing below /proc/sys or /sys was written to",
      LEARN_TUNABLES },
    { "ProtectControlGroups", "yes", "nothing below /sys/fs/cgroup was written to",
      LEARN_CONTROL_GROUPS },
    { "PrivateDevices", "yes", "no device but the common ones was named", LEARN_DEVICES },
    { "ProtectHome", "yes", "nothing below /home, /root or /run/user was found", LEARN_HOME },
    { "PrivateTmp", "yes", "nothing below /tmp or /var/tmp was found or made", LEARN_TMP },
};

static void propose_walls(struct proposal *proposal)
{
    for (size_t i = 0; i < ARRAY_SIZE(walls); i++) {
        const struct learn_evidence *evidence = fact(proposal, walls[i].fact);

        if (evidence->count == 0)
            add(proposal, walls[i].directive, walls[i].value, walls[i].why);
        else
            add(proposal, walls[i].directive, NULL,
                evidence_of(proposal, "not proposed", evidence));
    }
}

static void propose_capabilities(struct proposal *proposal)
{
    if (proposal->learn->had_capabilities) {
        add(proposal, "CapabilityBoundingSet", NULL,
            "not proposed: it ran with capabilities, and which it needed cannot be seen; learn it "
            "as a user without any");
        return;
    }
    add(proposal, "CapabilityBoundingSet", "", "it ran without any capability");
    add(proposal, "NoNewPrivileges", "yes", "so it ran");
}

/* --- paths --- */

static bool is_at_or_below(const char *path, const char *top)
{
    size_t length = strlen(top);

    if (strcmp(top, "/") == 0)
        return true;
    return strncmp(path, top, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* By another path of the list, or by what the unit says itself. */
static bool is_covered(const struct learn *learn, size_t which)
{
    const char *path = learn->facts.written[which].path;

    for (string_list own = learn->own_paths; own && *own; own++)
        if (is_at_or_below(path, *own))
            return true;
    for (size_t i = 0; i < learn->facts.written_count; i++) {
        const char *other = learn->facts.written[i].path;

        if (i != which && is_at_or_below(path, other))
            return true;
    }
    return false;
}

static const char special[] = " \t\"'\\%"; /* in a value */

/* "/var/lib/x" and below, where x is the service's own, is StateDirectory=x. NULL: it is not. */
static const char *find_directory(struct proposal *proposal, const char *path,
                                  const char **ret_directive, char *ret_mode)
{
    static const char *const directives[DIRECTORY_KIND_COUNT] = {
        [DIRECTORY_STATE] = "StateDirectory",
        [DIRECTORY_CACHE] = "CacheDirectory",
        [DIRECTORY_LOGS] = "LogsDirectory",
    };

    for (int kind = 0; kind < DIRECTORY_KIND_COUNT; kind++) {
        const char *root = proposal->learn->set.roots.directory[kind];
        size_t length = strlen(root);
        char directory[PATH_MAX];
        struct stat status;

        if (!directives[kind] || strncmp(path, root, length) != 0 || path[length] != '/')
            continue;
        length += 1 + strcspn(path + length + 1, "/");
        /* Such a name would be another word there, or a link. */
        if (strcspn(path, special) < length ||
            memchr(path + strlen(root), ':', length - strlen(root)))
            return NULL;
        snprintf(directory, sizeof(directory), "%.*s", (int)length, path);
        if (lstat(directory, &status) < 0 || !S_ISDIR(status.st_mode) ||
            status.st_uid != geteuid() || geteuid() == 0)
            return NULL;
        snprintf(ret_mode, MODE_SIZE, "%04o", (unsigned)status.st_mode & 07777U);
        *ret_directive = directives[kind];
        return arena_string(&proposal->learn->facts.arena, strrchr(directory, '/') + 1);
    }
    return NULL;
}

static const char *quoted(struct proposal *proposal, const char *path, bool is_optional)
{
    struct text text;

    if (!begin(&text))
        return "";
    fputs(is_optional ? "\"-" : "\"", text.stream);
    for (; *path; path++)
        fprintf(text.stream, "%s%c",
                *path == '"' || *path == '\\' ? "\\"
                : *path == '%'                ? "%"
                                              : "",
                *path);
    fputc('"', text.stream);
    return finish(&text, proposal);
}

static const char *plain_or_quoted(struct proposal *proposal, const char *path)
{
    bool is_optional = access(path, F_OK) < 0;

    if (!is_optional && !strpbrk(path, special))
        return path;
    return quoted(proposal, path, is_optional);
}

static void propose_path(struct proposal *proposal, const struct learn_path *path)
{
    const char *evidence = evidence_of(proposal, "", &path->evidence), *directive;
    char mode[MODE_SIZE];
    const char *name = find_directory(proposal, path->path, &directive, mode);

    if (!name) {
        add(proposal, "ReadWritePaths", plain_or_quoted(proposal, path->path), evidence);
        return;
    }
    for (size_t i = 0; i < proposal->count; i++)
        if (strcmp(proposal->lines[i].directive, directive) == 0 &&
            strcmp(proposal->lines[i].value, name) == 0)
            return;
    add(proposal, directive, name, evidence);
    if (strcmp(mode, "0755") != 0)
        add(proposal,
            strcmp(directive, "StateDirectory") == 0   ? "StateDirectoryMode"
            : strcmp(directive, "CacheDirectory") == 0 ? "CacheDirectoryMode"
                                                       : "LogsDirectoryMode",
            arena_string(&proposal->learn->facts.arena, mode), "as it is");
}

static void propose_paths(struct proposal *proposal)
{
    const struct learn_facts *facts = &proposal->learn->facts;

    for (size_t i = 0; i < facts->written_count; i++)
        if (strcmp(facts->written[i].path, "/") == 0) {
            add(proposal, "ProtectSystem", NULL,
                evidence_of(proposal, "not proposed, as it writes to the root directory itself",
                            &facts->written[i].evidence));
            return;
        }
    add(proposal, "ProtectSystem", "strict",
        "read-only is all but /dev, /proc, /sys and what was written to:");
    for (size_t i = 0; i < facts->written_count; i++)
        if (!is_covered(proposal->learn, i))
            propose_path(proposal, &facts->written[i]);
    if (fact(proposal, LEARN_REFUSED)->count > 0)
        add(proposal, "ReadWritePaths", NULL,
            evidence_of(proposal, "not for what was refused to it already",
                        fact(proposal, LEARN_REFUSED)));
}

/* --- the text --- */

/* Words to lines of comments. */
static void put_comment(FILE *out, const char *prefix, const char *text)
{
    size_t column = 0;

    while (*text) {
        size_t length = strcspn(text, " ");

        if (column > 0 && column + 1 + length > WIDTH) {
            fputc('\n', out);
            column = 0;
        }
        column += (size_t)fprintf(out, "%s%.*s", column == 0 ? prefix : " ", (int)length, text);
        if (prefix[2] == '-')
            prefix = "#   ";
        text += length;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

static void put_line(FILE *out, const struct line *line)
{
    char text[512];

    if (!line->value) {
        snprintf(text, sizeof(text), "%s= %s", line->directive, line->evidence);
        put_comment(out, "# ", text);
        return;
    }
    if (line->evidence)
        put_comment(out, "# ", line->evidence);
    if (line->obstacle) {
        snprintf(text, sizeof(text), "not held here: %s", line->obstacle);
        put_comment(out, "#   ", text);
    }
    fprintf(out, "%s%s=%s\n", line->obstacle ? "#" : "", line->directive, line->value);
}

static void put_lines(FILE *out, const struct proposal *proposal)
{
    fputs("[Service]\n", out);
    for (size_t i = 0; i < proposal->count; i++)
        put_line(out, &proposal->lines[i]);
}

static void put_head(FILE *out, const struct proposal *proposal)
{
    const struct learn *learn = proposal->learn;
    char text[512], span[WORDS_SPAN_SIZE], time[WORDS_TIME_SIZE];

    words_span(learn->duration_us, span);
    words_timestamp(learn->started_us, time);
    snprintf(text, sizeof(text),
             "%s, as 'reevectl learn' watched it for %s, from %s: %llu system calls that were "
             "looked at. Allowed is what it did then, and no more: use it as it is used, and look "
             "at each line.",
             learn->spec->name, span, time, (unsigned long long)learn->facts.call_count);
    put_comment(out, "# ", text);
}

static const struct {
    enum learn_fact fact;
    const char *text;
} blind[] = {
    { LEARN_BLIND_RING, "what went through an io_uring: files and sockets may be missing" },
    { LEARN_BLIND_MEMORY, "arguments of a process that could not be read" },
    { LEARN_BLIND_NAMESPACE, "paths in another root directory or mount namespace" },
    { LEARN_BLIND_LISTENER,
      "what it does with a listener of its own, which it could not have below this one" },
    { LEARN_BLIND_UNKNOWN, "what these are: system calls that reeve has no name for" },
    { LEARN_BLIND_NAME, "paths with control characters, which were written to" },
    { LEARN_BLIND_MANY, "paths beyond the first 256" },
};

static void put_blind(FILE *out, const struct proposal *proposal)
{
    const struct service_spec *service = &proposal->learn->spec->service;

    fputs("\n# Not seen:\n", out);
    for (size_t i = 0; i < ARRAY_SIZE(blind); i++) {
        const struct learn_evidence *evidence = fact(proposal, blind[i].fact);
        char text[512];

        if (evidence->count == 0)
            continue;
        snprintf(text, sizeof(text), "%s (%llu times, first %s)", blind[i].text,
                 (unsigned long long)evidence->count, evidence->first);
        put_comment(out, "# - ", text);
    }
    if (service->exec_start_post || service->exec_reload || service->exec_stop_post)
        put_comment(out, "# - ",
                    "ExecStartPost=, ExecReload= and ExecStopPost=, which were not run");
    if (needs_credentials(proposal->learn->spec))
        put_comment(out, "# - ", "what it does with credentials, of which it was given none");
    put_comment(out, "# - ",
                "calls that a filter of the container refuses before they come to us, and what the "
                "kernel answered to any");
    put_comment(out, "# - ", "what another place, another version or another load makes it do");
}

static void judge(struct proposal *proposal)
{
    struct learn_verdicts verdicts = { 0 };
    struct text text;
    const char *drop_in;

    if (!begin(&text))
        return;
    put_lines(text.stream, proposal);
    drop_in = finish(&text, proposal);
    if (learn_unit_judge(proposal->learn, drop_in, &verdicts) < 0) {
        add(proposal, "SandboxPolicy", NULL, "how well this is held here could not be found out");
        return;
    }
    for (size_t i = 0; i < proposal->count; i++) {
        const char *obstacle = learn_unit_obstacle(&verdicts, proposal->lines[i].directive);

        if (obstacle && proposal->lines[i].value)
            proposal->lines[i].obstacle = arena_string(&proposal->learn->facts.arena, obstacle);
    }
    sandbox_plan_free(verdicts.plan);
}

char *learn_propose(struct learn *learn)
{
    struct proposal proposal = { .learn = learn };
    struct text text;

    propose_calls(&proposal);
    propose_families(&proposal);
    propose_ports(&proposal);
    propose_namespaces(&proposal);
    propose_walls(&proposal);
    propose_capabilities(&proposal);
    propose_paths(&proposal);
    judge(&proposal);
    if (!begin(&text))
        return NULL;
    put_head(text.stream, &proposal);
    put_lines(text.stream, &proposal);
    put_blind(text.stream, &proposal);
    return fclose(text.stream) == 0 ? text.bytes : NULL;
}

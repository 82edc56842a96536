/* From what was seen to a drop-in, line by line, each with its evidence. */
#include "supervisor/ctl/learn_proposal.h"

#include "sandbox/plan.h"

#include <string.h>
#include <sys/wait.h>

enum { TOP_CALLS = 8 };

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
        struct proposal_text text;
        unsigned bits;

        if (call_group_find(filter->groups[i], &bits) < 0 || !proposal_begin(&text))
            return;
        fprintf(text.stream, "%u of %u kinds of calls: ", filter->seen[i], filter->kinds[i]);
        put_counts(text.stream, &proposal->learn->facts, bits);
        proposal_add(proposal, "SystemCallFilter", filter->groups[i],
                     proposal_finish(&text, proposal));
    }
}

/* Those that are in no group, a few to a line. */
static void propose_words(struct proposal *proposal, enum call *at, const char *evidence)
{
    struct proposal_text value;

    if (!proposal_begin(&value)) {
        *at = CALL_COUNT;
        return;
    }
    for (; *at < CALL_COUNT &&
           ftell(value.stream) < PROPOSAL_WIDTH - (long)strlen("SystemCallFilter=") - 20;
         (*at)++)
        if (proposal->filter.is_listed[*at] && !(call_groups(*at) & CALLS_OBSOLETE))
            fprintf(value.stream, "%s%s", ftell(value.stream) > 0 ? " " : "", call_name(*at));
    if (ftell(value.stream) > 0)
        proposal_add(proposal, "SystemCallFilter", proposal_finish(&value, proposal), evidence);
    else
        (void)proposal_finish(&value, proposal);
}

static void propose_single_calls(struct proposal *proposal)
{
    const struct learn_facts *facts = &proposal->learn->facts;
    const char *evidence;
    struct proposal_text text;
    enum call at = 0;

    if (!proposal_begin(&text))
        return;
    for (enum call call = 0; call < CALL_COUNT; call++)
        if (proposal->filter.is_listed[call] && facts->calls[call] > 0)
            fprintf(text.stream, "%s%s %llu", ftell(text.stream) > 0 ? ", " : "", call_name(call),
                    (unsigned long long)facts->calls[call]);
    fputs("; and those that do the same", text.stream);
    evidence = proposal_finish(&text, proposal);
    for (; at < CALL_COUNT; evidence = NULL)
        propose_words(proposal, &at, evidence);
}

static void propose_calls(struct proposal *proposal)
{
    const struct learn_facts *facts = &proposal->learn->facts;
    unsigned distinct = 0;
    struct proposal_text text;

    learn_filter_make(facts->calls, &proposal->filter);
    for (enum call call = 0; call < CALL_COUNT; call++)
        distinct += facts->calls[call] > 0;
    if (!proposal_begin(&text))
        return;
    fprintf(text.stream, "%u different system calls. %s @default is always allowed.", distinct,
            proposal->filter.is_system_service
                ? "All are in @system-service, which is the broader choice, and the safer one for "
                  "what was not tried."
                : "Not all are in @system-service.");
    proposal_add(proposal, "SystemCallFilter", "", proposal_finish(&text, proposal));
    propose_groups(proposal);
    propose_single_calls(proposal);
    proposal_add(proposal, "SystemCallErrorNumber", "EPERM",
                 "what was not seen is refused, and need not be the end of the service");
    if (proposal_fact(proposal, LEARN_FOREIGN)->count == 0)
        proposal_add(proposal, "SystemCallArchitectures", "native",
                     "no call of another architecture");
    else
        proposal_add(proposal, "SystemCallArchitectures", NULL,
                     proposal_evidence(proposal, "not native alone",
                                       proposal_fact(proposal, LEARN_FOREIGN)));
}

/* --- sockets --- */

static void propose_families(struct proposal *proposal)
{
    const struct learn_evidence *families = proposal->learn->facts.families;
    bool has_any = false;

    proposal_add(proposal, "RestrictAddressFamilies", "", NULL);
    for (unsigned i = 0; i < LEARN_FAMILIES; i++) {
        const char *name = address_family_name(i);

        if (families[i].count == 0 || !name)
            continue;
        proposal_add(proposal, "RestrictAddressFamilies", name,
                     proposal_evidence(proposal, "", &families[i]));
        has_any = true;
    }
    if (!has_any)
        proposal_add(proposal, "RestrictAddressFamilies", "none", "no socket was made");
}

static void propose_port(struct proposal *proposal, const char *protocol,
                         const struct learn_port *port)
{
    struct proposal_text text;

    if (!proposal_begin(&text))
        return;
    fprintf(text.stream, "%s%s%u", protocol, protocol[0] ? ":" : "", port->port);
    proposal_add(proposal, "SocketBindAllow", proposal_finish(&text, proposal),
                 proposal_evidence(proposal, "", &port->evidence));
}

static void propose_ports(struct proposal *proposal)
{
    static const char *const names[] = {
        [LEARN_TCP] = "tcp", [LEARN_UDP] = "udp", [LEARN_UNKNOWN] = ""
    };
    const struct learn_ports *ports = proposal->learn->facts.ports;
    bool has_any = false;

    if (ports[LEARN_UNKNOWN].any.count > 0) {
        proposal_add(proposal, "SocketBindDeny", NULL,
                     proposal_evidence(proposal, "not proposed, as it takes any port that is free",
                                       &ports[LEARN_UNKNOWN].any));
        return;
    }
    proposal_add(proposal, "SocketBindAllow", "", NULL);
    for (int protocol = 0; protocol < LEARN_PROTOCOL_COUNT; protocol++) {
        has_any |= ports[protocol].count > 0 || ports[protocol].any.count > 0;
        if (ports[protocol].any.count > 0)
            proposal_add(
                proposal, "SocketBindAllow", names[protocol],
                proposal_evidence(proposal, "it takes ports as they come", &ports[protocol].any));
        else
            for (size_t i = 0; i < ports[protocol].count; i++)
                propose_port(proposal, names[protocol], &ports[protocol].list[i]);
    }
    proposal_add(proposal, "SocketBindDeny", "any",
                 has_any ? "no other port was bound" : "no port was bound");
}

/* --- namespaces, memory and the like --- */

static void propose_namespaces(struct proposal *proposal)
{
    const struct learn_evidence *namespaces = proposal->learn->facts.namespaces;
    const struct learn_evidence *first = NULL;
    struct proposal_text text;

    if (!proposal_begin(&text))
        return;
    for (unsigned bit = 0; bit < LEARN_NAMESPACE_BITS; bit++) {
        if (namespaces[bit].count == 0)
            continue;
        fprintf(text.stream, "%s%s", first ? " " : "", namespace_name(UINT32_C(1) << bit));
        first = first ? first : &namespaces[bit];
    }
    if (!first)
        fputs("yes", text.stream);
    proposal_add(proposal, "RestrictNamespaces", proposal_finish(&text, proposal),
                 first ? proposal_evidence(proposal, "", first)
                       : "no clone, unshare or setns asked for one");
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
        const struct learn_evidence *evidence = proposal_fact(proposal, walls[i].fact);

        if (evidence->count == 0)
            proposal_add(proposal, walls[i].directive, walls[i].value, walls[i].why);
        else
            proposal_add(proposal, walls[i].directive, NULL,
                         proposal_evidence(proposal, "not proposed", evidence));
    }
}

static void propose_capabilities(struct proposal *proposal)
{
    if (proposal->learn->had_capabilities) {
        proposal_add(
            proposal, "CapabilityBoundingSet", NULL,
            "not proposed: it ran with capabilities, and which it needed cannot be seen; learn it "
            "as a user without any");
        return;
    }
    proposal_add(proposal, "CapabilityBoundingSet", "", "it ran without any capability");
    proposal_add(proposal, "NoNewPrivileges", "yes", "so it ran");
}

static void judge(struct proposal *proposal)
{
    struct learn_verdicts verdicts = { 0 };
    struct proposal_text text;
    const char *drop_in;

    if (!proposal_begin(&text))
        return;
    proposal_put_lines(text.stream, proposal);
    drop_in = proposal_finish(&text, proposal);
    if (learn_unit_judge(proposal->learn, drop_in, &verdicts) < 0) {
        proposal_add(proposal, "SandboxPolicy", NULL,
                     "how well this is held here could not be found out");
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
    struct proposal_text text;

    propose_calls(&proposal);
    propose_families(&proposal);
    propose_ports(&proposal);
    propose_namespaces(&proposal);
    propose_walls(&proposal);
    propose_capabilities(&proposal);
    proposal_add_paths(&proposal);
    judge(&proposal);
    if (!proposal_begin(&text))
        return NULL;
    proposal_put_head(text.stream, &proposal);
    proposal_put_lines(text.stream, &proposal);
    proposal_put_blind(text.stream, &proposal);
    return fclose(text.stream) == 0 ? text.bytes : NULL;
}

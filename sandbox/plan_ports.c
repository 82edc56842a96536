#include "sandbox/plan_private.h"

#include <errno.h>
#include <stdint.h>

enum { PORT_COUNT = 65536 };

enum protocol { PROTOCOL_TCP, PROTOCOL_UDP };

static bool names(const struct socket_bind *rule, enum protocol protocol)
{
    return rule->any_protocol || (protocol == PROTOCOL_TCP ? rule->tcp : rule->udp);
}

static void mark(uint8_t *allowed, const struct socket_bind *rule, uint8_t value)
{
    uint32_t first = rule->any_port ? 0 : rule->port;
    uint32_t last = rule->any_port ? PORT_COUNT - 1 : rule->port_last;

    for (uint32_t port = first; port <= last; port++)
        allowed[port] = value;
}

/* systemd.resource-control(5): allowed when in the allow list, else denied when in the deny list,
 * else allowed. */
static size_t resolve(const struct exec_spec *exec, enum protocol protocol, uint8_t *allowed)
{
    size_t denied = 0;

    for (uint32_t port = 0; port < PORT_COUNT; port++)
        allowed[port] = 1;
    for (const struct socket_bind *rule = exec->socket_bind_deny; rule; rule = rule->next) {
        if (names(rule, protocol))
            mark(allowed, rule, 0);
    }
    for (const struct socket_bind *rule = exec->socket_bind_allow; rule; rule = rule->next) {
        if (names(rule, protocol))
            mark(allowed, rule, 1);
    }
    for (uint32_t port = 0; port < PORT_COUNT; port++)
        denied += !allowed[port];
    return denied;
}

static void add_ports(struct plan_builder *builder, struct landlock_ports ports)
{
    struct landlock_plan *landlock = &builder->plan->landlock;
    struct landlock_ports *grown =
        plan_grow(builder, landlock->ports, landlock->port_count, sizeof(*grown));

    if (!grown)
        return;
    landlock->ports = grown;
    landlock->ports[landlock->port_count++] = ports;
}

static void collect_ports(struct plan_builder *builder, const uint8_t *allowed)
{
    for (uint32_t port = 0; port < PORT_COUNT; port++) {
        uint32_t first = port;

        if (!allowed[port])
            continue;
        while (port + 1 < PORT_COUNT && allowed[port + 1])
            port++;
        add_ports(builder, (struct landlock_ports){ (uint16_t)first, (uint16_t)port });
    }
}

static const char *tcp_obstacle(const struct plan_builder *builder, size_t denied)
{
    if (builder->plan->landlock.abi < LANDLOCK_ABI_TCP)
        return "the kernel has no Landlock rules for ports (needs Linux 6.7)";
    if (!builder->context->abilities->seccomp)
        return "without seccomp, MPTCP sockets pass by Landlock's TCP rules";
    if (PORT_COUNT - denied > SANDBOX_PORTS_MAX)
        return "Landlock can only say which ports are allowed, and these are too many";
    return NULL;
}

/* The rule that says something of UDP: a rule that names it must be kept, "any" is kept as far as
 * possible. */
static const struct socket_bind *udp_rule(const struct exec_spec *exec)
{
    for (const struct socket_bind *rule = exec->socket_bind_deny; rule; rule = rule->next) {
        if (rule->udp && !rule->any_protocol)
            return rule;
    }
    return NULL;
}

/* "any" is common, and half of it is held: worth a note, once. */
static void note_udp(struct plan_builder *builder, const struct plan_complaint *complaint)
{
    struct sandbox_shared *shared = builder->context->shared;

    if (shared && shared->told_of_udp)
        return;
    plan_note(builder, complaint);
    if (shared)
        shared->told_of_udp = true;
}

static void plan_udp(struct plan_builder *builder)
{
    const struct exec_spec *exec = &builder->spec->exec;
    const struct socket_bind *explicit_rule = udp_rule(exec);
    const struct socket_bind *rule = explicit_rule ? explicit_rule : exec->socket_bind_deny;
    struct plan_complaint complaint = {
        .directive = "SocketBindDeny",
        .asked = explicit_rule ? "udp" : "any",
        .reason =
            explicit_rule ? "UDP ports cannot be held here" : "holds TCP ports, but not UDP ports",
        .hint = "the kernel's Landlock knows ports of TCP only",
        .place = plan_place(builder, &rule->place),
    };

    if (explicit_rule)
        plan_cannot(builder, &complaint);
    else
        note_udp(builder, &complaint);
}

void plan_ports(struct plan_builder *builder)
{
    const struct exec_spec *exec = &builder->spec->exec;
    cleanup_free uint8_t *allowed = NULL;
    size_t tcp_denied, udp_denied;
    const char *obstacle;

    if (!exec->socket_bind_deny || builder->error)
        return;
    allowed = malloc(PORT_COUNT);
    if (!allowed) {
        builder->error = -ENOMEM;
        return;
    }
    udp_denied = resolve(exec, PROTOCOL_UDP, allowed);
    tcp_denied = resolve(exec, PROTOCOL_TCP, allowed);
    obstacle = tcp_denied ? tcp_obstacle(builder, tcp_denied) : NULL;
    if (udp_denied)
        plan_udp(builder);
    if (obstacle) {
        plan_cannot(builder, &(struct plan_complaint){
                                 .directive = "SocketBindDeny",
                                 .asked = "set",
                                 .reason = obstacle,
                                 .place = plan_place(builder, &exec->socket_bind_deny->place),
                             });
    } else if (tcp_denied) {
        builder->plan->landlock.holds_ports = true;
        builder->request.flags |= FILTER_TCP_ONLY;
        collect_ports(builder, allowed);
        plan_verdict(builder,
                     (struct sandbox_verdict){
                         .directive = "SocketBindDeny",
                         .asked = "set",
                         .reason = udp_denied ? "TCP only: ports of UDP cannot be held" : "",
                         .mechanism = SANDBOX_BY_LANDLOCK_AND_SECCOMP,
                         .strength = udp_denied ? SANDBOX_PARTIAL : SANDBOX_FULL,
                     });
    }
}

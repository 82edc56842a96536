/* Sockets: families that are not for the service, ports that are not, and those of others. */

#include "tests/escape/escape.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#ifndef AF_SMC
#define AF_SMC 43
#endif
#ifndef IPPROTO_SMC
#define IPPROTO_SMC 256 /* since Linux 6.11 */
#endif

enum { SOCKETCALL32 = 102, SOCKET32 = 359, SYS_SOCKET_WAY = 1, SYS_BIND_WAY = 2, PORT = 18799 };

/* family | type << 8 | protocol << 16 */
#define KIND(family, type, protocol) ((family) | (type) << 8 | (protocol) << 16)
#define FAMILY(kind)                 ((int)(kind)&0xff)
#define TYPE(kind)                   ((int)((kind) >> 8 & 0xff))
#define PROTOCOL(kind)               ((int)((kind) >> 16))

static int make(const struct world *world, long kind)
{
    int r = denied(socket(FAMILY(kind), TYPE(kind), PROTOCOL(kind)));

    (void)world;
    /* Not in this kernel. */
    return (r == -EAFNOSUPPORT || r == -EPROTONOSUPPORT || r == -ESOCKTNOSUPPORT) &&
                   world->is_control
               ? -NOT_HERE
               : r;
}

static int make_pair(const struct world *world, long kind)
{
    int pair[2];

    (void)world;
    return denied(socketpair(FAMILY(kind), TYPE(kind), PROTOCOL(kind), pair));
}

static int make32(const struct world *world, long kind)
{
    unsigned int arguments[3] = { (unsigned)FAMILY(kind), (unsigned)TYPE(kind),
                                  (unsigned)PROTOCOL(kind) };
    long r = call32(SOCKETCALL32, SYS_SOCKET_WAY, low(arguments, sizeof(arguments)), 0, 0);

    (void)world;
    return r < 0 ? (int)r : 0;
}

static int make_by_new_call32(const struct world *world, long kind)
{
    long r = call32(SOCKET32, FAMILY(kind), TYPE(kind), PROTOCOL(kind), 0);

    (void)world;
    return r < 0 ? (int)r : 0;
}

static int make_x32(const struct world *world, long kind)
{
    long r = call_x32(SYS_socket, FAMILY(kind), TYPE(kind), PROTOCOL(kind));

    (void)world;
    return r < 0 ? (int)r : 0;
}

static int make_by_uring(const struct world *world, long kind)
{
    (void)world;
    return uring_socket(FAMILY(kind), TYPE(kind));
}

/* --- ports --- */

static int bind_port(const struct world *world, long kind)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(PORT) };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
    bool is_v6 = FAMILY(kind) == AF_INET6;
    int fd = socket(FAMILY(kind), TYPE(kind), PROTOCOL(kind)), on = 1;

    if (fd < 0)
        return world->is_control ? -NOT_HERE : -errno;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    v6.sin6_addr = in6addr_any;
    if (FAMILY(kind) == AF_SMC)
        v4.sin_family = AF_INET;
    return denied(is_v6 ? bind(fd, (struct sockaddr *)&v6, sizeof(v6))
                        : bind(fd, (struct sockaddr *)&v4, sizeof(v4)));
}

static int bind_port32(const struct world *world, long kind)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(PORT) };
    int fd = socket(FAMILY(kind), TYPE(kind), PROTOCOL(kind));
    unsigned int arguments[3] = { (unsigned)fd, 0, sizeof(v4) };
    long r;

    (void)world;
    if (fd < 0)
        return -errno;
    arguments[1] = (unsigned)low(&v4, sizeof(v4));
    r = call32(SOCKETCALL32, SYS_BIND_WAY, low(arguments, sizeof(arguments)), 0, 0);
    return r < 0 ? (int)r : 0;
}

/* Without bind(2) the kernel chooses a port. */
static int listen_unbound(const struct world *world, long kind)
{
    int fd = socket(FAMILY(kind), TYPE(kind), PROTOCOL(kind));

    (void)world;
    return fd < 0 ? -errno : denied(listen(fd, 1));
}

static int bind_privileged(const struct world *world, long kind)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(81) };
    int fd = socket(FAMILY(kind), TYPE(kind), PROTOCOL(kind));

    (void)world;
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return fd < 0 ? -errno : denied(bind(fd, (struct sockaddr *)&v4, sizeof(v4)));
}

/* --- of another service --- */

static socklen_t abstract_of(const struct world *world, struct sockaddr_un *address)
{
    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1, "%s", world->work);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(world->work));
}

static int connect_abstract(const struct world *world, long type)
{
    struct sockaddr_un address;
    socklen_t length = abstract_of(world, &address);
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

    if (fd < 0)
        return -errno;
    if (type == 0)
        return denied(connect(fd, (struct sockaddr *)&address, length));
    return denied(sendto(fd, "x", 1, 0, (struct sockaddr *)&address, length));
}

static int connect_by_path(const struct world *world, long argument)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

    (void)argument;
    if (fd < 0)
        return -errno;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", in_work(world, "secret/socket"));
    return denied(connect(fd, (struct sockaddr *)&address, sizeof(address)));
}

/* A datagram to nobody is answered before the second one. */
static int reach_in_network(const struct world *world, long type)
{
    int port = told_by_sibling(world, type == SOCK_STREAM ? "sibling/tcp" : "sibling/udp");
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    int fd = socket(AF_INET, (int)type, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || port < 0)
        return -errno;
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        return -errno;
    if (type == SOCK_STREAM)
        return 0;
    (void)!send(fd, "x", 1, 0);
    return denied(send(fd, "x", 1, 0));
}

#define FAMILIES "RestrictAddressFamilies"
#define PORTS    "SocketBindDeny SocketBindAllow"
const struct attempt attempts_sockets[] = {
    { "socket-tcp", FAMILIES, make, KIND(AF_INET, SOCK_STREAM, 0) },
    { "socket-tcp6", FAMILIES, make, KIND(AF_INET6, SOCK_STREAM, 0) },
    { "socket-udp", FAMILIES, make, KIND(AF_INET, SOCK_DGRAM, 0) },
    { "socket-udplite", FAMILIES, make, KIND(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE) },
    { "socket-icmp", FAMILIES, make, KIND(AF_INET, SOCK_DGRAM, IPPROTO_ICMP) },
    { "socket-mptcp", FAMILIES, make, KIND(AF_INET, SOCK_STREAM, IPPROTO_MPTCP) },
    { "socket-sctp", FAMILIES, make, KIND(AF_INET, SOCK_STREAM, IPPROTO_SCTP) },
    { "socket-raw", FAMILIES " CapabilityBoundingSet", make, KIND(AF_INET, SOCK_RAW, IPPROTO_TCP) },
    { "socket-packet", FAMILIES " CapabilityBoundingSet", make, KIND(AF_PACKET, SOCK_RAW, 0) },
    { "socket-netlink", FAMILIES, make, KIND(AF_NETLINK, SOCK_RAW, 0) },
    { "socket-netlink-audit", FAMILIES, make, KIND(AF_NETLINK, SOCK_RAW, 9) },
    { "socket-vsock", FAMILIES, make, KIND(AF_VSOCK, SOCK_STREAM, 0) },
    { "socket-alg", FAMILIES, make, KIND(AF_ALG, SOCK_SEQPACKET, 0) },
    { "socket-smc", FAMILIES, make, KIND(AF_SMC, SOCK_STREAM, 0) },
    { "socket-key", FAMILIES, make, KIND(15 /* AF_KEY */, SOCK_RAW, 2) },
    { "socket-bluetooth", FAMILIES, make, KIND(31 /* AF_BLUETOOTH */, SOCK_RAW, 1) },
    { "socket-tcp-int80", FAMILIES, make_by_new_call32, KIND(AF_INET, SOCK_STREAM, 0) },
    { "socket-tcp-x32", FAMILIES, make_x32, KIND(AF_INET, SOCK_STREAM, 0) },
    { "socketcall-tcp-int80", FAMILIES, make32, KIND(AF_INET, SOCK_STREAM, 0) },
    { "socketcall-netlink-int80", FAMILIES, make32, KIND(AF_NETLINK, SOCK_RAW, 0) },
    { "socket-tcp-io_uring", FAMILIES, make_by_uring, KIND(AF_INET, SOCK_STREAM, 0) },
    { "socketpair-tipc", FAMILIES, make_pair, KIND(30 /* AF_TIPC */, SOCK_STREAM, 0) },
    { "bind-tcp", PORTS, bind_port, KIND(AF_INET, SOCK_STREAM, 0) },
    { "bind-tcp6", PORTS, bind_port, KIND(AF_INET6, SOCK_STREAM, 0) },
    { "bind-mptcp", PORTS, bind_port, KIND(AF_INET, SOCK_STREAM, IPPROTO_MPTCP) },
    { "bind-mptcp6", PORTS, bind_port, KIND(AF_INET6, SOCK_STREAM, IPPROTO_MPTCP) },
    { "bind-smc", PORTS, bind_port, KIND(AF_SMC, SOCK_STREAM, 0) },
    { "bind-smc-inet", PORTS, bind_port, KIND(AF_INET, SOCK_STREAM, IPPROTO_SMC) },
    { "bind-smc-inet6", PORTS, bind_port, KIND(AF_INET6, SOCK_STREAM, IPPROTO_SMC) },
    { "bind-sctp", PORTS, bind_port, KIND(AF_INET, SOCK_STREAM, IPPROTO_SCTP) },
    { "bind-tcp-int80", PORTS, bind_port32, KIND(AF_INET, SOCK_STREAM, 0) },
    { "bind-udp", PORTS " " FAMILIES, bind_port, KIND(AF_INET, SOCK_DGRAM, 0), PAST_PARTIAL },
    { "bind-udp6", PORTS " " FAMILIES, bind_port, KIND(AF_INET6, SOCK_DGRAM, 0), PAST_PARTIAL },
    { "listen-unbound", PORTS, listen_unbound, KIND(AF_INET, SOCK_STREAM, 0), AS_SYSTEMD },
    { "bind-privileged-port", "CapabilityBoundingSet", bind_privileged,
      KIND(AF_INET, SOCK_STREAM, 0) },
    { "connect-abstract", "SignalScope PrivateNetwork", connect_abstract, 0, PAST_PARTIAL },
    { "send-abstract", "SignalScope PrivateNetwork", connect_abstract, 1, PAST_PARTIAL },
    { "connect-tcp-of-sibling", "PrivateNetwork", reach_in_network, SOCK_STREAM },
    { "send-udp-to-sibling", "PrivateNetwork", reach_in_network, SOCK_DGRAM },
    { "connect-hidden-socket", "InaccessiblePaths TemporaryFileSystem", connect_by_path },
    { 0 },
};

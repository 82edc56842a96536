#include "supervisor/init/preflight.h"

#include "supervisor/files/needs.h"
#include "supervisor/wire/fd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

enum { EXIT_PORT_TAKEN = 1 /* what the service itself would end with */ };

/* Whether somebody else listens: on any address, as the unit does not say which one it will take.
 */
static bool is_port_taken(uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    cleanup_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
        return false;
    return bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 && errno == EADDRINUSE;
}

static int check_ports(const struct unit_spec *spec, struct problem_sink *sink)
{
    for (const struct socket_bind *at = spec->exec.socket_bind_allow; at; at = at->next) {
        struct problem_place place = { at->place.path, at->place.line, at->place.column, NULL };

        if (at->any_port || at->port != at->port_last || (at->udp && !at->tcp) ||
            !is_port_taken(at->port))
            continue;
        problem_report(sink, PROBLEM_ERROR, &place,
                       "stop that program ('ss -ltnp' shows it), or give this unit another port",
                       "port %u is in use by another program", at->port);
        return EXIT_PORT_TAKEN;
    }
    return 0;
}

int preflight(const struct pod *pod, struct problem_sink *sink)
{
    int first = 0;

    for (size_t i = 0; i < pod->set.count; i++) {
        const struct unit_spec *spec = pod->set.specs[i];
        int status = needs_check(spec, pod->place.program_directory, sink);

        if (status == 0)
            status = check_ports(spec, sink);
        if (first == 0)
            first = status;
    }
    return first;
}

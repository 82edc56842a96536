#include "supervisor/init/preflight.h"

#include "supervisor/init/spawn.h"
#include "supervisor/unit/exit_status.h"
#include "supervisor/wire/fd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum { EXIT_PORT_TAKEN = 1 /* what the service itself would end with */ };

static void tell(const struct spec_place *place, const char *unit, const char *what,
                 const char *hint)
{
    fprintf(stderr, "%s:%u:%u: error: %s: %s\n  hint: %s\n", place->path, place->line,
            place->column, unit, what, hint);
}

static int check_command(const struct pod *pod, const struct unit_spec *spec,
                         const struct exec_command *command)
{
    char path[PATH_MAX], what[PATH_MAX + 128];
    int error = spawn_find_program(pod, command->path, path);

    if (error == 0 || (command->flags & EXEC_IGNORE_FAILURE))
        return 0;
    snprintf(what, sizeof(what), "the program '%s' %s", command->path,
             error == -ENOENT ? "does not exist" : "cannot be executed");
    tell(&command->place, spec->name, what,
         error == -ENOENT ? "install it ('make deps' does, for this project) or correct the path"
                          : strerror(-error));
    return EXIT_STATUS_EXEC;
}

static int check_commands(const struct pod *pod, const struct unit_spec *spec)
{
    const struct exec_command *const lists[] = {
        spec->service.exec_start_pre, spec->service.exec_start,     spec->service.exec_start_post,
        spec->service.exec_stop,      spec->service.exec_stop_post,
    };
    int status = 0;

    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        for (const struct exec_command *at = lists[i]; at && status == 0; at = at->next)
            status = check_command(pod, spec, at);
    return status;
}

static int check_directory(const struct unit_spec *spec)
{
    const char *path = spec->exec.working_directory;
    struct stat status;
    char what[PATH_MAX + 128];

    if (!path || spec->exec.working_directory_optional ||
        (stat(path, &status) == 0 && S_ISDIR(status.st_mode) && access(path, X_OK) == 0))
        return 0;
    snprintf(what, sizeof(what), "its working directory '%s' %s", path,
             errno == ENOENT ? "does not exist" : "cannot be entered");
    tell(&spec->exec.working_directory_place, spec->name, what,
         "make it, or correct WorkingDirectory=");
    return EXIT_STATUS_CHDIR;
}

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

static int check_ports(const struct unit_spec *spec)
{
    for (const struct socket_bind *at = spec->exec.socket_bind_allow; at; at = at->next) {
        char what[128];

        if (at->any_port || at->port != at->port_last || (at->udp && !at->tcp) ||
            !is_port_taken(at->port))
            continue;
        snprintf(what, sizeof(what), "port %u is in use by another program", at->port);
        tell(&at->place, spec->name, what,
             "stop that program ('ss -ltnp' shows it), or give this unit another port");
        return EXIT_PORT_TAKEN;
    }
    return 0;
}

int preflight(struct pod *pod)
{
    int first = 0;

    for (size_t i = 0; i < pod->set.count; i++) {
        const struct unit_spec *spec = pod->set.specs[i];
        int status = check_commands(pod, spec);

        if (status == 0)
            status = check_directory(spec);
        if (status == 0)
            status = check_ports(spec);
        if (first == 0)
            first = status;
    }
    return first;
}

/* What a command of the unit is started with, as PID 1 would, as far as there is no PID 1. */
#include "supervisor/ctl/learn.h"

#include "supervisor/files/directory.h"

#include <errno.h>
#include <string.h>

static bool is_main(const struct service_spec *service, const struct exec_command *command)
{
    const struct exec_command *at = service->exec_start;

    while (at && at != command)
        at = at->next;
    return at != NULL;
}

/* A service that finds no socket sends nothing, and what it would have sent is not learned. */
static int put_service(struct image *image, const struct service_spec *service,
                       const char *notify_socket)
{
    bool has_watchdog = service->watchdog_us != 0 && service->watchdog_us != USEC_INFINITY;
    int error = image_putf(image, "NOTIFY_SOCKET=%s", notify_socket);

    if (error == 0 && service->pid_file)
        error = image_putf(image, "PIDFILE=%s", service->pid_file);
    if (error == 0 && has_watchdog)
        error = image_put_pid(image, "WATCHDOG_PID");
    if (error == 0 && has_watchdog)
        error = image_putf(image, "WATCHDOG_USEC=%llu", (unsigned long long)service->watchdog_us);
    return error;
}

static int build(struct image *image, const struct learn *learn, const struct exec_command *command,
                 const char *notify_socket)
{
    const struct service_spec *service = &learn->spec->service;
    bool notifies = is_main(service, command) &&
                    (service->notify_access != NOTIFY_NONE || service->type == TYPE_NOTIFY ||
                     service->type == TYPE_NOTIFY_RELOAD);
    int error;

    image_clear(image);
    error = image_inherit(image, learn->spec);
    if (error == 0)
        error = image_put_user(image, &learn->set.roots, learn->identity);
    if (error == 0)
        error = image_put_directories(image, &learn->set.roots, learn->spec);
    if (error == 0 && notifies)
        error = put_service(image, service, notify_socket);
    for (string_list at = learn->spec->exec.environment; at && *at && error == 0; at++)
        error = image_put(image, *at);
    if (error == 0)
        error = image_put_files(image, learn->spec);
    if (error == 0)
        image_unset(image, learn->spec);
    return error == 0 ? image_add_command(image, command) : error;
}

int learn_image_build(struct image *image, const struct learn *learn,
                      const struct exec_command *command, const char *notify_socket)
{
    int error = build(image, learn, command, notify_socket);

    if (error < 0)
        fprintf(stderr, "reevectl: Cannot make command line and environment of '%s'%s%s: %s\n",
                command->path, image->bad_file ? " with the file " : "",
                image->bad_file ? image->bad_file : "", strerror(-error));
    return error;
}

static int make(const struct learn *learn, enum directory_kind kind, const char *name)
{
    const struct exec_directories *directories = &learn->spec->exec.directories[kind];
    char path[PATH_MAX];
    int error;

    snprintf(path, sizeof(path), "%s/%s", learn->set.roots.directory[kind], name);
    error = directory_make(path, directories->mode);
    if (error == 0 && learn->identity)
        error = directory_hand_over(path, directories->mode, &learn->identity->ids);
    if (error < 0)
        fprintf(stderr, "reevectl: Cannot make or write the directory '%s': %s\n", path,
                strerror(-error));
    return error;
}

int learn_image_directories(const struct learn *learn)
{
    int error = 0;

    for (int kind = 0; kind < DIRECTORY_CONFIGURATION && error == 0; kind++) {
        string_list name = learn->spec->exec.directories[kind].names;

        for (; name && *name && error == 0; name++)
            error = make(learn, (enum directory_kind)kind, *name);
    }
    return error;
}

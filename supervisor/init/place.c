#include "supervisor/init/place.h"

#include "supervisor/files/programs.h"
#include "supervisor/files/roots.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Strings of the place live as long as the process: nobody frees them. */
PRINTF_LIKE(1, 2) static char *format(const char *text, ...)
{
    va_list arguments;
    char *result;
    int length;

    va_start(arguments, text);
    length = vasprintf(&result, text, arguments);
    va_end(arguments);
    return length < 0 ? NULL : result;
}

static const char *absolute(const char *path)
{
    char current[PATH_MAX];

    if (path[0] == '/')
        return path;
    if (!getcwd(current, sizeof(current)))
        return NULL;
    return format("%s/%s", current, strncmp(path, "./", 2) == 0 ? path + 2 : path);
}

static int use_state(struct pod_place *place, const char *state)
{
    const char **roots = place->roots.directory;

    roots[DIRECTORY_STATE] = state;
    roots[DIRECTORY_CACHE] = format("%s/cache", state);
    roots[DIRECTORY_LOGS] = format("%s/log", state);
    return roots[DIRECTORY_CACHE] && roots[DIRECTORY_LOGS] ? 0 : -ENOMEM;
}

static int find_directories(struct pod_place *place, const struct options *options)
{
    const char *state = options->state ? options->state : getenv("REEVE_STATE");

    if (!state && options->isolate)
        state = "var";
    if (!state)
        return 0;
    state = absolute(state);
    return state ? use_state(place, state) : -ENOMEM;
}

int place_find(struct pod_place *place, const struct options *options)
{
    char program[PATH_MAX];
    int error = roots_find(&place->roots, options->uid, options->gid);

    if (error == 0)
        error = find_directories(place, options);
    if (error < 0)
        return error;
    place->uid = options->uid;
    place->gid = options->gid;
    place->user = place->roots.user;
    place->home = place->roots.home;
    place->shell = place->roots.shell;
    place->program_directory = format("%s", programs_own_directory(program));
    return place->program_directory ? 0 : -ENOMEM;
}

/* Makes the directory if need be; it must be ours, no link, and closed to others. */
static bool claim(const char *path)
{
    struct stat status;

    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return false;
    return lstat(path, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid() &&
           !(status.st_mode & (S_IWGRP | S_IWOTH)) && access(path, W_OK | X_OK) == 0;
}

static bool use_runtime(struct pod_place *place, const char *root, const char *directory)
{
    if (!root || !directory || !claim(directory))
        return false;
    /* Services with users of their own must find the notify socket in it. */
    if (geteuid() == 0 && chmod(directory, 0711) < 0)
        return false;
    place->roots.directory[DIRECTORY_RUNTIME] = root;
    place->runtime_directory = directory;
    place->notify_path = format("%s/notify", directory);
    place->control_path = format("%s/control", directory);
    return place->notify_path && place->control_path;
}

static int make_runtime(struct pod_place *place)
{
    const char *given = getenv("REEVE_RUNTIME_DIR"), *session = getenv("XDG_RUNTIME_DIR");
    const char *own;

    if (given && given[0])
        return use_runtime(place, absolute(given), absolute(given)) ? 0 : -EACCES;
    if (access("/run", W_OK) == 0 && use_runtime(place, "/run", "/run/reeve"))
        return 0;
    if (session && session[0] == '/' && use_runtime(place, session, format("%s/reeve", session)))
        return 0;
    own = format("/tmp/reeve-%u", (unsigned)geteuid());
    return use_runtime(place, own, own) ? 0 : -EACCES;
}

/*
 * With --isolate /run is our own: whoever types reevectl outside could not reach a socket there. So
 * it lies in the state directory, which services cannot write to. A path too long for a socket
 * stays inside.
 */
static void show_control_outside(struct pod_place *place)
{
    const char *directory = format("%s/run", place->roots.directory[DIRECTORY_STATE]);
    const char *path = format("%s/run/control", place->roots.directory[DIRECTORY_STATE]);

    if (directory && path && strlen(path) < sizeof(((struct sockaddr_un *)NULL)->sun_path) &&
        claim(directory))
        place->control_path = path;
}

int place_make_runtime(struct pod_place *place, const struct options *options)
{
    int error = make_runtime(place);

    if (error == 0 && options->isolate)
        show_control_outside(place);
    return error;
}

int place_use_volatile_state(struct pod_place *place)
{
    const char *state = format("%s/state", place->runtime_directory);

    return state ? use_state(place, state) : -ENOMEM;
}

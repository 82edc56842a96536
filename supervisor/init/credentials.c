#include "supervisor/init/credentials.h"

#include "sandbox/credentials.h"
#include "supervisor/files/needs.h"
#include "supervisor/init/rubbish.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int join(char path[PATH_MAX], const struct unit_roots *roots, const char *prefix,
                const char *name)
{
    int length = snprintf(path, PATH_MAX, "%s/credentials%s%s", roots->directory[DIRECTORY_RUNTIME],
                          prefix, name);

    return length < 0 || length >= PATH_MAX ? -ENAMETOOLONG : 0;
}

static bool is_in(const struct exec_command *list, const struct exec_command *command)
{
    while (list && list != command)
        list = list->next;
    return list != NULL;
}

bool credentials_are_for(const struct unit_spec *spec, const struct exec_command *command)
{
    const struct service_spec *service = &spec->service;

    return needs_credentials(spec) && !(command->flags & EXEC_PRIVILEGED) &&
           (is_in(service->exec_start_pre, command) || is_in(service->exec_start, command) ||
            is_in(service->exec_start_post, command));
}

int credentials_make_place(const struct pod *pod)
{
    char path[PATH_MAX];
    int r = join(path, &pod->place.roots, "", "");

    /* Users of units go through it, to their own. */
    if (r == 0 && mkdir(path, 0755) < 0 && errno != EEXIST)
        r = -errno;
    return r;
}

static void take(struct pod *pod, unit_id id, const char *prefix)
{
    char path[PATH_MAX];
    int error = join(path, &pod->place.roots, prefix, pod_unit_name(pod, id));

    /* Who may not write to a directory cannot move it either. */
    if (error == 0 && chmod(path, 0700) < 0)
        error = -errno;
    if (error == 0)
        error = rubbish_take(pod, path, pod->place.runtime_directory);
    if (error < 0 && error != -ENOENT)
        pod_log(pod, 4, "%s: cannot remove its credentials in '%s': %s", pod_unit_name(pod, id),
                path, strerror(-error));
}

void credentials_remove(struct pod *pod, unit_id id)
{
    const struct sandbox_plan *plan = pod->members[id].plan;

    if (!plan || !sandbox_plan_publishes_credentials(plan))
        return;
    take(pod, id, "/");
    take(pod, id, "/" CREDENTIALS_UNFINISHED);
}

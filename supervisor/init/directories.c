#include "supervisor/init/directories.h"

#include "supervisor/files/directory.h"
#include "supervisor/files/identity.h"
#include "supervisor/init/rubbish.h"
#include "supervisor/unit/exit_status.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static int make_directory(const struct pod *pod, unit_id id, char *path, mode_t mode)
{
    const struct identity *identity;
    int error = directory_make(path, mode);

    /* An ordinary user owns what he makes, and can give nothing away. At boot it is only tried
     * whether directories can be made; whose they are is known later. */
    if (error < 0 || !pod->abilities.identity || !pod->members)
        return error;
    identity = pod->members[id].identity;
    return directory_hand_over(path, mode, identity ? &identity->ids : NULL);
}

int directories_make(const struct pod *pod, unit_id id, int *ret_exit_status, char *ret_path)
{
    static const int statuses[DIRECTORY_KIND_COUNT] = {
        [DIRECTORY_RUNTIME] = EXIT_STATUS_RUNTIME_DIRECTORY,
        [DIRECTORY_STATE] = EXIT_STATUS_STATE_DIRECTORY,
        [DIRECTORY_CACHE] = EXIT_STATUS_CACHE_DIRECTORY,
        [DIRECTORY_LOGS] = EXIT_STATUS_LOGS_DIRECTORY,
        [DIRECTORY_CONFIGURATION] = EXIT_STATUS_CONFIGURATION_DIRECTORY,
    };

    for (int kind = 0; kind < DIRECTORY_CONFIGURATION; kind++) {
        const struct exec_directories *directories = &pod->set.specs[id]->exec.directories[kind];

        for (string_list name = directories->names; name && *name; name++) {
            int error;

            snprintf(ret_path, PATH_MAX, "%s/%s", pod->place.roots.directory[kind], *name);
            error = make_directory(pod, id, ret_path, directories->mode);
            if (error < 0) {
                *ret_exit_status = statuses[kind];
                return error;
            }
        }
    }
    return 0;
}

void directories_remove(struct pod *pod, unit_id id)
{
    for (string_list name = pod->set.specs[id]->exec.directories[DIRECTORY_RUNTIME].names;
         name && *name; name++) {
        char path[PATH_MAX];
        int error;

        snprintf(path, sizeof(path), "%s/%s", pod->place.roots.directory[DIRECTORY_RUNTIME], *name);
        error = rubbish_take(pod, path, pod->place.runtime_directory);
        if (error < 0 && error != -ENOENT)
            pod_log(pod, 4, "%s: cannot remove its directory '%s': %s", pod_unit_name(pod, id),
                    path, strerror(-error));
    }
}

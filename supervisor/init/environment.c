#include "supervisor/init/environment_private.h"

static int put_own(struct image *image, const struct pod *pod, unit_id id,
                   const struct exec_command *command)
{
    const struct unit_spec *spec = pod->set.specs[id];
    int error = image_put_user(image, &pod->place.roots, pod->members[id].identity);

    if (error == 0 && sandbox_plan_takes_tmpdir(pod->members[id].plan))
        error = image_putf(image, "TMPDIR=%s/%s/tmp", pod->place.private_directory, spec->name);
    if (error == 0)
        error = image_put_service(image, pod, id, command);
    if (error == 0)
        error = image_put_directories(image, &pod->place.roots, spec);
    return error;
}

static int build_environment(struct image *image, const struct pod *pod, unit_id id,
                             const struct exec_command *command)
{
    const struct unit_spec *spec = pod->set.specs[id];
    int error = image_inherit(image, spec);

    if (error == 0)
        error = put_own(image, pod, id, command);
    for (string_list at = spec->exec.environment; at && *at && error == 0; at++)
        error = image_put(image, *at);
    /* Later than Environment=, which they override (systemd.exec(5), EnvironmentFile=). */
    if (error == 0)
        error = image_put_files(image, spec);
    if (error == 0)
        image_unset(image, spec);
    return error;
}

int image_build(struct image *image, const struct pod *pod, unit_id id,
                const struct exec_command *command)
{
    int error;

    image_clear(image);
    error = build_environment(image, pod, id, command);
    return error < 0 ? error : image_add_command(image, command);
}

#include "supervisor/init/condition_private.h"

#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* The names are the directives' without their first word. */
static const struct {
    const char *name;
    condition_check *check;
} checks[] = {
    { "ACPower", check_ac_power },
    { "Architecture", check_architecture },
    { "CPUFeature", check_cpu_feature },
    { "CPUPressure", check_cpu_pressure },
    { "CPUs", check_cpus },
    { "Capability", check_capability },
    { "ControlGroupController", check_control_group_controller },
    { "Credential", check_credential },
    { "DirectoryNotEmpty", check_directory_not_empty },
    { "Environment", check_environment },
    { "FileIsExecutable", check_file_is_executable },
    { "FileNotEmpty", check_file_not_empty },
    { "Firmware", check_firmware },
    { "FirstBoot", check_first_boot },
    { "Group", check_group },
    { "Host", check_host },
    { "IOPressure", check_io_pressure },
    { "KernelCommandLine", check_kernel_command_line },
    { "KernelVersion", check_kernel_version },
    { "Memory", check_memory },
    { "MemoryPressure", check_memory_pressure },
    { "NeedsUpdate", check_needs_update },
    { "OSRelease", check_os_release },
    { "PathExists", check_path_exists },
    { "PathExistsGlob", check_path_exists_glob },
    { "PathIsDirectory", check_path_is_directory },
    { "PathIsEncrypted", check_path_is_encrypted },
    { "PathIsMountPoint", check_path_is_mount_point },
    { "PathIsReadWrite", check_path_is_read_write },
    { "PathIsSymbolicLink", check_path_is_symbolic_link },
    { "Security", check_security },
    { "User", check_user },
    { "Version", check_version },
    { "Virtualization", check_virtualization },
};

long condition_read(const char *path, char *text, size_t size)
{
    cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    size_t length = 0;
    ssize_t got = 0;

    if (fd < 0)
        return -errno;
    while (length < size - 1 && (got = read(fd, text + length, size - 1 - length)) > 0)
        length += (size_t)got;
    if (got < 0)
        return -errno;
    text[length] = '\0';
    return (long)length;
}

static bool holds(const struct condition *condition, const struct condition_context *context)
{
    for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
        if (strcmp(checks[i].name, condition->check) == 0) {
            int answer = checks[i].check(context, condition->parameter);

            return answer >= 0 && (answer > 0) != condition->is_negated;
        }
    return false; /* the loader knows no others */
}

bool conditions_hold(const struct condition *list, bool is_assert,
                     const struct condition_context *context, const struct condition **ret_culprit)
{
    const struct condition *trigger = NULL;
    bool is_triggered = false;

    for (const struct condition *at = list; at; at = at->next) {
        if (at->is_assert != is_assert || (at->is_trigger && is_triggered))
            continue;
        if (at->is_trigger) {
            trigger = at;
            is_triggered = holds(at, context);
        } else if (!holds(at, context)) {
            *ret_culprit = at;
            return false;
        }
    }
    if (trigger && !is_triggered)
        *ret_culprit = trigger;
    return !trigger || is_triggered;
}

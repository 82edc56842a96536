#ifndef REEVE_INIT_CONDITION_PRIVATE_H
#define REEVE_INIT_CONDITION_PRIVATE_H

/* Between condition.c (the list and the table) and the files with the single checks. */

#include "supervisor/init/condition.h"

/* Above 0: yes; 0: no; below: it cannot be said, which fails with and without "!". */
typedef int condition_check(const struct condition_context *context, const char *parameter);

/* condition_path.c */
condition_check check_path_exists, check_path_exists_glob, check_path_is_directory,
    check_path_is_symbolic_link, check_path_is_mount_point, check_path_is_read_write,
    check_path_is_encrypted, check_directory_not_empty, check_file_not_empty,
    check_file_is_executable, check_needs_update;
/* condition_system.c: who and what we are */
condition_check check_architecture, check_host, check_kernel_command_line, check_kernel_version,
    check_version, check_os_release, check_user, check_group, check_environment, check_credential,
    check_first_boot, check_security, check_capability;
/* condition_virtualization.c: what we run on */
condition_check check_virtualization, check_cpu_feature;
/* condition_machine.c: what the machine has */
condition_check check_memory, check_cpus, check_ac_power, check_firmware,
    check_control_group_controller, check_cpu_pressure, check_memory_pressure, check_io_pressure;

/* The beginning of a small file, with a NUL behind it: its length, or a negative errno. */
long condition_read(const char *path, char *text, size_t size) MUST_CHECK;

#endif

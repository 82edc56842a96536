#include "supervisor/files/roots.h"

#include "supervisor/wire/fd.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

static const char *number(unsigned value)
{
    char text[16];

    snprintf(text, sizeof(text), "%u", value);
    return strdup(text);
}

/* A uid without a passwd entry is fine: then its number is its name and "/" its home. */
static void find_user(struct unit_roots *roots)
{
    FILE *file = fopen("/etc/passwd", "re");
    struct passwd *entry = NULL;

    while (file && (entry = fgetpwent(file)))
        if (entry->pw_uid == roots->uid)
            break;
    roots->user = entry ? strdup(entry->pw_name) : number(roots->uid);
    roots->home = strdup(entry ? entry->pw_dir : "/");
    roots->shell = strdup(entry && entry->pw_shell[0] ? entry->pw_shell : "/bin/sh");
    roots->group = number(roots->gid);
    if (file)
        fclose(file);
}

/* The first line of a small file, "" when there is none. */
static const char *first_line(const char *path)
{
    char text[128] = "";
    cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd >= 0) {
        ssize_t length = read(fd, text, sizeof(text) - 1);

        text[length > 0 ? length : 0] = '\0';
        text[strcspn(text, "\n")] = '\0';
    }
    return strdup(text);
}

static void find_system(struct unit_roots *roots)
{
    static struct utsname system;

    if (uname(&system) < 0)
        memset(&system, 0, sizeof(system));
    roots->hostname = system.nodename;
    roots->kernel_release = system.release;
    roots->architecture = strcmp(system.machine, "x86_64") == 0    ? "x86-64"
                          : strcmp(system.machine, "aarch64") == 0 ? "arm64"
                                                                   : system.machine;
    roots->machine_id = first_line("/etc/machine-id");
    roots->boot_id = first_line("/proc/sys/kernel/random/boot_id");
}

int roots_find(struct unit_roots *roots, uid_t uid, gid_t gid)
{
    *roots = (struct unit_roots){
        .directory = {
            [DIRECTORY_RUNTIME] = "/run",
            [DIRECTORY_STATE] = "/var/lib",
            [DIRECTORY_CACHE] = "/var/cache",
            [DIRECTORY_LOGS] = "/var/log",
            [DIRECTORY_CONFIGURATION] = "/etc",
        },
        .tmp = "/tmp",
        .var_tmp = "/var/tmp",
        .uid = uid,
        .gid = gid,
    };
    find_user(roots);
    find_system(roots);
    return roots->user && roots->home && roots->shell && roots->group && roots->machine_id &&
                   roots->boot_id
               ? 0
               : -ENOMEM;
}

#include "supervisor/files/roots.h"

#include "supervisor/files/release.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
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
static char *first_line(const char *path)
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

/* 128 bits as systemd writes them: without the dashes that the kernel puts between. */
static const char *boot_id(void)
{
    char *id = first_line("/proc/sys/kernel/random/boot_id"), *to = id;

    for (const char *from = id; from && *from; from++)
        if (*from != '-')
            *to++ = *from;
    if (id)
        *to = '\0';
    return id;
}

/* %q: the short host name when nobody has given the machine a better one. */
static const char *pretty_hostname(const char *hostname)
{
    char *pretty = release_value("/etc/machine-info", "PRETTY_HOSTNAME");

    if (!pretty || *pretty)
        return pretty;
    free(pretty);
    return strndup(hostname, strcspn(hostname, "."));
}

static int find_release(struct unit_roots *roots)
{
    static const char *const keys[OS_FIELD_COUNT] = {
        [OS_ID] = "ID",
        [OS_VERSION_ID] = "VERSION_ID",
        [OS_VARIANT_ID] = "VARIANT_ID",
        [OS_BUILD_ID] = "BUILD_ID",
        [OS_IMAGE_ID] = "IMAGE_ID",
        [OS_IMAGE_VERSION] = "IMAGE_VERSION",
    };
    const char *path =
        access("/etc/os-release", F_OK) == 0 ? "/etc/os-release" : "/usr/lib/os-release";

    for (int field = 0; field < OS_FIELD_COUNT; field++) {
        roots->os[field] = release_value(path, keys[field]);
        if (!roots->os[field])
            return -ENOMEM;
    }
    return 0;
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
    roots->boot_id = boot_id();
    roots->pretty_hostname = pretty_hostname(roots->hostname);
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
    if (!roots->user || !roots->home || !roots->shell || !roots->group || !roots->machine_id ||
        !roots->boot_id || !roots->pretty_hostname)
        return -ENOMEM;
    return find_release(roots);
}

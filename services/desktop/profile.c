#include "services/desktop/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

/* FTW_PHYS: a link is removed, never followed; FTW_MOUNT: nothing mounted below is emptied. */
static int remove_tree(const char *path)
{
    if (nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) < 0 && errno != ENOENT)
        return -errno;
    return 0;
}

static int make_private_directory(const char *path)
{
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return -errno;
    return access(path, W_OK | X_OK) < 0 ? -errno : 0;
}

struct place {
    const char *variable; /* NULL: only made */
    const char *below;
    bool is_wiped;
};

/* Parents stand before their children; wiping a parent takes the children along. */
static const struct place places[] = {
    { "HOME", "home", true },
    { "XDG_CONFIG_HOME", "home/.config", false },
    { "XDG_CACHE_HOME", "home/.cache", false },
    { "XDG_DATA_HOME", "home/.local", false },
    { "XDG_RUNTIME_DIR", "run", false },
    { NULL, "profile", true },
};

int profile_prepare(const char *state, bool fresh, char *failed, size_t failed_size)
{
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        char path[PATH_MAX];
        int length = snprintf(path, sizeof(path), "%s/%s", state, places[i].below);

        if (length < 0 || (size_t)length >= sizeof(path))
            return -ENAMETOOLONG;
        (void)snprintf(failed, failed_size, "%s", path);
        int error = fresh && places[i].is_wiped ? remove_tree(path) : 0;

        if (error == 0)
            error = make_private_directory(path);
        if (error == 0 && places[i].variable != NULL)
            error = setenv(places[i].variable, path, 1) < 0 ? -errno : 0;
        if (error < 0)
            return error;
    }
    return 0;
}

static int read_link(const char *profile, const char *name, char *text, size_t size)
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof(path), "%s/%s", profile, name);

    if (length < 0 || (size_t)length >= sizeof(path))
        return -ENAMETOOLONG;
    ssize_t got = readlink(path, text, size - 1);

    if (got < 0)
        return -errno;
    text[got] = '\0';
    return 0;
}

/* HOSTNAME-PID; host names have dashes too, so the last one counts. */
static pid_t lock_pid(const char *text)
{
    const char *dash = strrchr(text, '-');
    char *end = NULL;

    if (dash == NULL || dash[1] < '0' || dash[1] > '9')
        return 0;
    long pid = strtol(dash + 1, &end, 10);

    return *end == '\0' && pid > 0 && pid <= INT_MAX ? (pid_t)pid : 0;
}

/* Whether one of the arguments of the process names the profile. */
static bool process_uses(pid_t pid, const char *profile)
{
    char path[64];
    char *argument = NULL;
    size_t room = 0;
    bool uses = false;

    (void)snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
    FILE *file = fopen(path, "re");

    if (file == NULL)
        return false;
    while (!uses && getdelim(&argument, &room, '\0', file) > 0)
        uses =
            strncmp(argument, "--user-data-dir=", 16) == 0 && strcmp(argument + 16, profile) == 0;
    free(argument);
    (void)fclose(file);
    return uses;
}

pid_t profile_owner(const char *profile)
{
    char text[NAME_MAX + 1];

    if (read_link(profile, "SingletonLock", text, sizeof(text)) < 0)
        return 0;
    pid_t pid = lock_pid(text);

    /* Small pids come back at once in a new PID namespace: ours may be the one in the lock. */
    if (pid <= 0 || pid == getpid())
        return 0;
    return process_uses(pid, profile) ? pid : 0;
}

/* SingletonSocket -> /tmp/org.chromium.Chromium.XXXXXX/SingletonSocket: take its directory along.
 */
static void remove_socket(const char *profile)
{
    char target[PATH_MAX];

    if (read_link(profile, "SingletonSocket", target, sizeof(target)) < 0)
        return;
    char *slash = strrchr(target, '/');

    if (slash == NULL || strcmp(slash, "/SingletonSocket") != 0 ||
        strstr(target, "/org.chromium.Chromium.") == NULL)
        return;
    (void)unlink(target);
    memcpy(slash, "/SingletonCookie", sizeof("/SingletonCookie")); /* same length */
    (void)unlink(target);
    *slash = '\0';
    (void)rmdir(target);
}

int profile_unlock(const char *profile, char *text, size_t size)
{
    static const char *const names[] = { "SingletonSocket", "SingletonCookie", "SingletonLock" };
    int found = read_link(profile, "SingletonLock", text, size);

    remove_socket(profile);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[PATH_MAX];
        int length = snprintf(path, sizeof(path), "%s/%s", profile, names[i]);

        if (length < 0 || (size_t)length >= sizeof(path))
            return -ENAMETOOLONG;
        if (unlink(path) < 0 && errno != ENOENT && errno != ENOTDIR)
            return -errno;
    }
    return found == 0 ? 1 : 0;
}

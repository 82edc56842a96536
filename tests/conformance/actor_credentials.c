/* The step `credentials` of actor.c. */
#include "tests/conformance/actor.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A byte that is no letter is ~XX. */
static void tell_credential(struct actor *actor, int directory, const char *name)
{
    int fd = openat(directory, name, O_RDONLY | O_CLOEXEC), length;
    char bytes[64], text[LINE_SIZE];
    struct stat status;

    if (fd < 0 || fstat(fd, &status) < 0)
        fail(name);
    length = snprintf(text, sizeof(text), "%04o %s ", (unsigned)status.st_mode & 07777, name);
    for (ssize_t i = 0, count = read(fd, bytes, sizeof(bytes)); i < count; i++)
        length += snprintf(text + length, sizeof(text) - (size_t)length,
                           bytes[i] > ' ' && bytes[i] < '~' ? "%c" : "~%02X", bytes[i] & 0xff);
    close(fd);
    tell(actor, "credential ", text);
}

void tell_credentials(struct actor *actor)
{
    const char *path = getenv("CREDENTIALS_DIRECTORY");
    struct dirent **entries;
    int directory = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    int count = path ? scandir(path, &entries, NULL, alphasort) : -1;
    struct stat status;
    char mode[8];

    if (count < 0 || directory < 0 || fstat(directory, &status) < 0) {
        tell(actor, "credentials ", path ? "missing" : "none");
        return;
    }
    snprintf(mode, sizeof(mode), "%04o", (unsigned)status.st_mode & 07777);
    tell(actor, "credentials ", mode);
    for (int i = 0; i < count; i++)
        if (entries[i]->d_name[0] != '.')
            tell_credential(actor, directory, entries[i]->d_name);
    close(directory);
}

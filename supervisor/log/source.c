#include "supervisor/log/source.h"

#include "supervisor/wire/fd.h"

#include <fcntl.h>
#include <string.h>

void source_rename(struct source *source, const struct wire_source *message)
{
    static const char suffix[] = ".service";
    const char *name = message->name[0] ? message->name : "reeve";
    size_t length;

    unit_masks_release(&source->masks);
    source->id = message->id;
    source->seal = message->seal;
    source->stream = message->stream == 2 ? LOG_STREAM_ERROR : LOG_STREAM_OUT;
    wire_copy(source->identifier, sizeof(source->identifier), name);
    wire_copy(source->unit, sizeof(source->unit),
              message->id == SOURCE_OF_INIT ? "init.scope" : name);
    length = strlen(source->identifier);
    if (length > strlen(suffix) &&
        strcmp(source->identifier + length - strlen(suffix), suffix) == 0)
        source->identifier[length - strlen(suffix)] = '\0';
}

struct source *source_new(const struct wire_source *message, int fd)
{
    struct source *source = calloc(1, sizeof(*source));
    struct stat info;

    if (!source || fstat(fd, &info) < 0) {
        free(source);
        fd_close(fd);
        return NULL;
    }
    /* The flag lives in the read end's file description: the writers do not see it. */
    (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    source->fd = fd;
    source->device = info.st_dev;
    source->inode = info.st_ino;
    source_rename(source, message);
    return source;
}

void source_free(struct source *source)
{
    if (!source)
        return;
    fd_close(source->fd);
    line_release(&source->splitter);
    free(source->joined.text);
    unit_masks_release(&source->masks);
    free(source);
}

struct source *source_find_pipe(struct source *list, const struct stat *info)
{
    while (list && (list->device != info->st_dev || list->inode != info->st_ino))
        list = list->next;
    return list;
}

struct source *source_find_id(struct source *list, int32_t id)
{
    while (list && list->id != id)
        list = list->next;
    return list;
}

struct source *source_find_seal(struct source *list, uint32_t seal)
{
    while (list && (list->kind != SOURCE_PIPE || list->seal != seal))
        list = list->next;
    return list;
}

size_t source_capacity(const struct source *source)
{
    int size = fcntl(source->fd, F_GETPIPE_SZ);

    return size > 0 ? (size_t)size : 65536;
}

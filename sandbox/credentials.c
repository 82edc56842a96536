#include "sandbox/credentials.h"

#include "supervisor/wire/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Reading into the pack; credentials_put.c writes it out. Both are for the child: no allocation. */

#include "sandbox/credentials_private.h"
#include "supervisor/unit/mask.h"

enum {
    DEPTH_MAX = 16,      /* of the directories of LoadCredential= */
    ENTRIES_SIZE = 2048, /* of directory entries that are read at once */
};

/* /run/secrets is where podman and Docker put theirs. */
const char *const credential_stores[] = {
    "/run/credentials/@system",
    "/etc/credstore",
    "/run/credstore",
    "/usr/local/lib/credstore",
    "/usr/lib/credstore",
    "/run/secrets",
    NULL,
};

/* --- the pack --- */

const struct credential_file *credential_file_next(const struct credential_pack *pack,
                                                   const struct credential_file *file)
{
    const char *next = file ? file->name + file->name_size + file->size : pack->bytes;

    next = (const char *)(((uintptr_t)next + _Alignof(struct credential_file) - 1) &
                          ~(uintptr_t)(_Alignof(struct credential_file) - 1));
    return next < pack->bytes + pack->used ? (const struct credential_file *)next : NULL;
}

static bool has(const struct credential_pack *pack, const char *name)
{
    const struct credential_file *file = NULL;

    while ((file = credential_file_next(pack, file)))
        if (strcmp(file->name, name) == 0)
            return true;
    return false;
}

/* The beginning of a file, its contents still to come; NULL when there is no room. */
static struct credential_file *begin(struct credential_pack *pack, const char *name)
{
    struct credential_file *file;
    size_t name_length = strlen(name);

    if (pack->count == CREDENTIALS_MAX || name_length > pack->left)
        return NULL;
    pack->used = (pack->used + _Alignof(struct credential_file) - 1) &
                 ~(_Alignof(struct credential_file) - 1);
    file = (struct credential_file *)(pack->bytes + pack->used);
    *file = (struct credential_file){ .name_size = (uint32_t)name_length + 1 };
    memcpy(file->name, name, name_length + 1);
    pack->left -= name_length;
    return file;
}

static void end(struct credential_pack *pack, struct credential_file *file, size_t size)
{
    file->size = (uint32_t)size;
    pack->left -= size;
    pack->used = (size_t)(file->name - pack->bytes) + file->name_size + size;
    pack->count++;
}

/* --- files --- */

/* One byte more than may be there tells that it is too much. */
static int read_all(int fd, char *to, size_t room, size_t *ret_size)
{
    size_t size = 0;

    for (;;) {
        char more;
        ssize_t length =
            size < room ? read(fd, to + size, room - size) : read(fd, &more, sizeof(more));

        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            return -errno;
        if (length == 0)
            break;
        if (size == room)
            return -E2BIG;
        size += (size_t)length;
    }
    *ret_size = size;
    return 0;
}

/* A fifo must not hold us up, and a device is no credential. */
static int open_file(int directory, const char *path, int flags)
{
    int fd = openat(directory, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | flags);
    struct stat status;

    if (fd < 0)
        return -errno;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
        return fd;
    fd_close(fd);
    return S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL;
}

/* What is there under that name already counts. */
static int add_file(struct credential_pack *pack, const char *name, int directory, const char *path)
{
    cleanup_fd int fd = -1;
    struct credential_file *file;
    size_t size = 0;
    int r;

    if (has(pack, name))
        return 0;
    fd = open_file(directory, path, 0);
    if (fd < 0)
        return fd;
    file = begin(pack, name);
    if (!file)
        return -E2BIG;
    r = read_all(fd, file->name + file->name_size, pack->left, &size);
    if (r == 0)
        end(pack, file, size);
    return r;
}

/* --- directories --- */

typedef int visit(void *context, int directory, const char *entry, unsigned char type);

/* Calls for all that is not hidden. getdents64(2), since readdir(3) allocates. */
static int each_entry(int directory, visit *do_visit, void *context)
{
    _Alignas(struct dirent64) char entries[ENTRIES_SIZE];
    long length;

    while ((length = syscall(SYS_getdents64, directory, entries, sizeof(entries))) > 0) {
        for (long at = 0; at < length;) {
            const struct dirent64 *entry = (const struct dirent64 *)(entries + at);
            int r = entry->d_name[0] == '.'
                        ? 0
                        : do_visit(context, directory, entry->d_name, entry->d_type);

            if (r < 0)
                return r;
            at += entry->d_reclen;
        }
    }
    return length < 0 ? -errno : 0;
}

static unsigned char type_of(int directory, const char *entry, unsigned char type)
{
    struct stat status;

    if (type != DT_UNKNOWN || fstatat(directory, entry, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return type;
    return S_ISDIR(status.st_mode) ? DT_DIR : S_ISREG(status.st_mode) ? DT_REG : DT_UNKNOWN;
}

/* A tree at work: each file is named by all that leads to it. */
struct tree {
    struct credential_pack *pack;
    char name[NAME_MAX + 1];
    size_t length;
    unsigned depth;
};

static int visit_tree(void *context, int directory, const char *entry, unsigned char type);

static int descend(struct tree *tree, int directory, const char *entry)
{
    cleanup_fd int fd = openat(directory, entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int r;

    if (fd < 0)
        return -errno;
    if (tree->depth == DEPTH_MAX)
        return -ELOOP;
    tree->depth++;
    r = each_entry(fd, visit_tree, tree);
    tree->depth--;
    return r;
}

/* Links are passed over, as in systemd. */
static int visit_tree(void *context, int directory, const char *entry, unsigned char type)
{
    struct tree *tree = context;
    size_t before = tree->length, length = strlen(entry);
    int r = 0;

    type = type_of(directory, entry, type);
    if (type != DT_DIR && type != DT_REG)
        return 0;
    if (strchr(entry, ':') || before + 1 + length > NAME_MAX)
        return -EINVAL; /* it cannot be the name of a credential */
    tree->name[before] = '_';
    memcpy(tree->name + before + 1, entry, length + 1);
    tree->length += 1 + length;
    r = type == DT_DIR ? descend(tree, directory, entry)
                       : add_file(tree->pack, tree->name, directory, entry);
    tree->length = before;
    tree->name[before] = '\0';
    return r;
}

/* --- the three kinds --- */

/* In the order in which credentials of one name count: NULL after the last. */
static const char *store(const struct credential_plan *plan, size_t index)
{
    if (!plan->received)
        return credential_stores[index];
    return index == 0 ? plan->received : credential_stores[index - 1];
}

static int load_by_name(struct credential_pack *pack, const struct credential_plan *plan,
                        const struct credential_item *item)
{
    const char *path;

    for (size_t i = 0; (path = store(plan, i)); i++) {
        cleanup_fd int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int r = directory < 0 ? -errno : add_file(pack, item->name, directory, item->source);

        if (r != -ENOENT && r != -ENOTDIR && !(directory < 0 && r == -EACCES))
            return r;
    }
    return -ENOENT;
}

static int load(struct credential_pack *pack, const struct credential_plan *plan,
                const struct credential_item *item)
{
    struct tree tree = { .pack = pack, .length = strlen(item->name) };
    cleanup_fd int directory = -1;

    if (item->source[0] != '/')
        return load_by_name(pack, plan, item);
    directory = open(item->source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0 && errno != ENOTDIR && errno != ENOENT)
        return -errno;
    if (directory < 0)
        return add_file(pack, item->name, AT_FDCWD, item->source);
    memcpy(tree.name, item->name, tree.length + 1);
    return each_entry(directory, visit_tree, &tree);
}

/* An import at work. */
struct import {
    struct credential_pack *pack;
    const struct credential_item *item;
    size_t length; /* of what all names begin with */
    bool is_glob;
};

static int visit_store(void *context, int directory, const char *entry, unsigned char type)
{
    const struct import *import = context;
    const char *name = import->item->name, *renamed = import->item->source;
    char new_name[2 * NAME_MAX + 1];
    int r;

    (void)type; /* links are followed: secrets are often mounted that way */
    if (strncmp(entry, name, import->length) != 0 ||
        (!import->is_glob && entry[import->length] != '\0') || strchr(entry, ':'))
        return 0;
    if (renamed[0])
        stpcpy(stpcpy(new_name, renamed), entry + import->length);
    else
        stpcpy(new_name, entry);
    if (strlen(new_name) > NAME_MAX)
        return -ENAMETOOLONG;
    r = add_file(import->pack, new_name, directory, entry);
    return r == -EISDIR || r == -ENOENT ? 0 : r;
}

static int import(struct credential_pack *pack, const struct credential_plan *plan,
                  const struct credential_item *item)
{
    struct import import = { .pack = pack, .item = item, .length = strcspn(item->name, "*") };
    const char *path;
    int r = 0;

    import.is_glob = item->name[import.length] != '\0';
    for (size_t i = 0; r == 0 && (path = store(plan, i)); i++) {
        cleanup_fd int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (directory >= 0)
            r = each_entry(directory, visit_store, &import);
    }
    return r;
}

static int set(struct credential_pack *pack, const struct credential_item *item)
{
    struct credential_file *file;

    if (has(pack, item->name))
        return 0;
    file = begin(pack, item->name);
    if (!file || item->length > pack->left)
        return -E2BIG;
    memcpy(file->name + file->name_size, item->source, item->length);
    end(pack, file, item->length);
    return 0;
}

static int add(struct credential_pack *pack, const struct credential_plan *plan,
               const struct credential_item *item)
{
    switch ((enum credential_kind)item->kind) {
    case CREDENTIAL_LOAD:
        return load(pack, plan, item);
    case CREDENTIAL_IMPORT:
        return import(pack, plan, item);
    case CREDENTIAL_SET:
        return set(pack, item);
    case CREDENTIAL_KIND_COUNT:
        break;
    }
    return 0;
}

int credentials_pack(const struct credential_plan *plan, struct credential_pack **ret_pack,
                     int *ret_item)
{
    /* Each file has a head, a NUL and a gap of its own. */
    const size_t size = sizeof(struct credential_pack) + CREDENTIALS_SIZE_MAX +
                        (size_t)CREDENTIALS_MAX * 2 * sizeof(struct credential_file);
    struct credential_pack *pack =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    *ret_item = 0;
    if (pack == MAP_FAILED)
        return -errno;
    pack->left = CREDENTIALS_SIZE_MAX;
    for (uint16_t i = 0; i < plan->count; i++) {
        int r = add(pack, plan, &plan->items[i]);

        if (r < 0 && !(r == -ENOENT && plan->items[i].is_optional)) {
            *ret_item = i;
            return r;
        }
    }
    *ret_pack = pack;
    return 0;
}

void credentials_mask(const struct credential_plan *plan, const struct credential_pack *pack)
{
    const struct credential_file *file = NULL;

    while (plan->masks && (file = credential_file_next(pack, file)))
        mask_table_add(plan->masks, plan->unit, file->name + file->name_size, file->size);
}

#include "sandbox/landlock.h"

#include "sandbox/plain_path.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule       445
#define SYS_landlock_restrict_self  446
#endif

/* linux/landlock.h as of ABI 6; prefixes differ so that newer headers do not collide. */
#define FS_WRITE_FILE  (UINT64_C(1) << 1)
#define FS_REMOVE_DIR  (UINT64_C(1) << 4)
#define FS_REMOVE_FILE (UINT64_C(1) << 5)
#define FS_MAKE_CHAR   (UINT64_C(1) << 6)
#define FS_MAKE_DIR    (UINT64_C(1) << 7)
#define FS_MAKE_REG    (UINT64_C(1) << 8)
#define FS_MAKE_SOCK   (UINT64_C(1) << 9)
#define FS_MAKE_FIFO   (UINT64_C(1) << 10)
#define FS_MAKE_BLOCK  (UINT64_C(1) << 11)
#define FS_MAKE_SYM    (UINT64_C(1) << 12)
#define FS_REFER       (UINT64_C(1) << 13)
#define FS_TRUNCATE    (UINT64_C(1) << 14)
#define NET_BIND_TCP   (UINT64_C(1) << 0)
#define SCOPE_ABSTRACT (UINT64_C(1) << 0)
#define SCOPE_SIGNAL   (UINT64_C(1) << 1)

/* Rights that mean something on a file; the kernel refuses the others there. */
#define FS_OF_FILES (FS_WRITE_FILE | FS_TRUNCATE)

enum {
    CREATE_VERSION = 1 << 0,
    RULE_PATH = 1,
    RULE_PORT = 2,
    SIZE_BEFORE_TCP = 8,
    SIZE_BEFORE_SCOPE = 16,
    ENTRIES_SIZE = 4096,
};

struct ruleset_attributes {
    uint64_t handled_fs, handled_net, scoped;
};

struct path_rule {
    uint64_t allowed;
    int32_t parent_fd;
} __attribute__((packed));

struct port_rule {
    uint64_t allowed, port;
};

/* linux/dirent.h is not for programs. */
struct entry {
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

int landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);

    return abi < 0 ? -errno : (int)abi;
}

bool landlock_is_used(const struct landlock_plan *plan)
{
    return plan->holds_files || plan->holds_ports || plan->holds_signals ||
           plan->holds_abstract_sockets;
}

bool landlock_path_is_below(const char *path, const char *ancestor)
{
    size_t length = strlen(ancestor);

    if (length == 1)
        return true; /* the root */
    return strncmp(path, ancestor, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

static uint64_t writing(int abi)
{
    uint64_t rights = FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_CHAR | FS_MAKE_DIR |
                      FS_MAKE_REG | FS_MAKE_SOCK | FS_MAKE_FIFO | FS_MAKE_BLOCK | FS_MAKE_SYM;

    if (abi >= LANDLOCK_ABI_REFER)
        rights |= FS_REFER;
    if (abi >= LANDLOCK_ABI_TRUNCATE)
        rights |= FS_TRUNCATE;
    return rights;
}

static int ruleset_create(const struct landlock_plan *plan)
{
    struct ruleset_attributes attributes = {
        .handled_fs = plan->holds_files ? writing(plan->abi) : 0,
        .handled_net = plan->holds_ports ? NET_BIND_TCP : 0,
        .scoped = (plan->holds_signals ? SCOPE_SIGNAL : 0) |
                  (plan->holds_abstract_sockets ? SCOPE_ABSTRACT : 0),
    };
    size_t size = plan->abi < LANDLOCK_ABI_TCP     ? SIZE_BEFORE_TCP
                  : plan->abi < LANDLOCK_ABI_SCOPE ? SIZE_BEFORE_SCOPE
                                                   : sizeof(attributes);
    long fd = syscall(SYS_landlock_create_ruleset, &attributes, size, 0);

    return fd < 0 ? -errno : (int)fd;
}

static int add_path(int ruleset, uint64_t allowed, int fd)
{
    struct path_rule rule = { .allowed = allowed, .parent_fd = fd };

    return syscall(SYS_landlock_add_rule, ruleset, RULE_PATH, &rule, 0) < 0 ? -errno : 0;
}

/* Takes no ownership of `fd`. The kernel says EINVAL of what is no directory, and is asked first
 * because most are. Symbolic links, sockets and the like cannot be opened for writing. */
static int allow_writing(int ruleset, int fd, int abi)
{
    int r = add_path(ruleset, writing(abi), fd);
    struct stat status;

    if (r != -EINVAL)
        return r;
    if (fstat(fd, &status) < 0)
        return -errno;
    if (S_ISLNK(status.st_mode) || S_ISSOCK(status.st_mode))
        return 0;
    return add_path(ruleset, writing(abi) & FS_OF_FILES, fd);
}

static int allow_path(int ruleset, const struct landlock_mark *mark, int abi)
{
    cleanup_fd int fd = plain_path_open(mark->path, O_PATH);

    if (fd < 0)
        return fd == -ENOENT && mark->is_optional ? 0 : fd;
    return allow_writing(ruleset, fd, abi);
}

/* Does DIRECTORY/NAME lead to a mark, which then speaks for itself? */
static bool leads_to_mark(const struct landlock_plan *plan, const char *directory, const char *name)
{
    size_t prefix = strlen(directory), length = strlen(name);

    if (prefix == 1)
        prefix = 0; /* the root has its slash already */
    for (size_t i = 0; i < plan->mark_count; i++) {
        const char *path = plan->marks[i].path;

        if (strncmp(path, directory, prefix) != 0 || path[prefix] != '/')
            continue;
        path += prefix + 1;
        if (strncmp(path, name, length) == 0 && (path[length] == '\0' || path[length] == '/'))
            return true;
    }
    return false;
}

static int allow_entry(int ruleset, int directory, const char *name, int abi)
{
    cleanup_fd int fd = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0) /* gone since, or behind a closed door: then there is nothing to allow */
        return errno == ENOENT || errno == EACCES ? 0 : -errno;
    return allow_writing(ruleset, fd, abi);
}

static bool is_dot(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int allow_entries(int ruleset, const struct landlock_plan *plan,
                         const struct landlock_mark *mark)
{
    cleanup_fd int fd = plain_path_open(mark->path, O_RDONLY | O_DIRECTORY);
    _Alignas(struct entry) char buffer[ENTRIES_SIZE];
    long size;

    if (fd < 0)
        return fd == -ENOENT && mark->is_optional ? 0 : fd;
    while ((size = syscall(SYS_getdents64, fd, buffer, sizeof(buffer))) > 0) {
        for (long at = 0; at < size;) {
            const struct entry *entry = (const struct entry *)(buffer + at);
            int r = 0;

            if (!is_dot(entry->name) && !leads_to_mark(plan, mark->path, entry->name))
                r = allow_entry(ruleset, fd, entry->name, plan->abi);
            if (r < 0)
                return r;
            at += entry->length;
        }
    }
    return size < 0 ? -errno : 0;
}

static int allow_mark(int ruleset, const struct landlock_plan *plan,
                      const struct landlock_mark *mark)
{
    switch (mark->kind) {
    case MARK_WRITABLE:
        return allow_path(ruleset, mark, plan->abi);
    case MARK_READ_ONLY:
        return 0;
    case MARK_SPREAD:
        return allow_entries(ruleset, plan, mark);
    }
    return -EINVAL;
}

static int allow_ports(int ruleset, const struct landlock_ports *ports)
{
    for (uint32_t port = ports->first; port <= ports->last; port++) {
        struct port_rule rule = { .allowed = NET_BIND_TCP, .port = port };

        if (syscall(SYS_landlock_add_rule, ruleset, RULE_PORT, &rule, 0) < 0)
            return -errno;
    }
    return 0;
}

int landlock_enter(const struct landlock_plan *plan, int *ret_mark)
{
    cleanup_fd int ruleset = ruleset_create(plan);

    if (ruleset < 0)
        return ruleset;
    for (size_t i = 0; plan->holds_files && i < plan->mark_count; i++) {
        int r = allow_mark(ruleset, plan, &plan->marks[i]);

        if (r < 0) {
            *ret_mark = (int)i;
            return r;
        }
    }
    for (size_t i = 0; plan->holds_ports && i < plan->port_count; i++) {
        int r = allow_ports(ruleset, &plan->ports[i]);

        if (r < 0)
            return r;
    }
    return syscall(SYS_landlock_restrict_self, ruleset, 0) < 0 ? -errno : 0;
}

void landlock_release(struct landlock_plan *plan)
{
    for (size_t i = 0; i < plan->mark_count; i++)
        free(plan->marks[i].path);
    free(plan->marks);
    free(plan->ports);
    plan->marks = NULL;
    plan->ports = NULL;
    plan->mark_count = plan->port_count = 0;
}

/* What the attempts have in common, and the other service. */

#include "tests/escape/escape.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/keyctl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <sys/inotify.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BUFFERS = 8, KEPT_OPEN = 9, RACES = 400000, ARRIVES_MS = 500 };

const char *in_work(const struct world *world, const char *name)
{
    static char buffers[BUFFERS][2 * WORLD_PATH];
    static unsigned next;
    char *buffer = buffers[next++ % BUFFERS];

    snprintf(buffer, sizeof(buffers[0]), "%s/%s", world->work, name);
    return buffer;
}

const char *of_process(pid_t pid, const char *name)
{
    static char buffers[BUFFERS][2 * WORLD_PATH];
    static unsigned next;
    char *buffer = buffers[next++ % BUFFERS];

    snprintf(buffer, sizeof(buffers[0]), "/proc/%d/%s", (int)pid, name);
    return buffer;
}

int denied(long result)
{
    return result < 0 ? -errno : 0;
}

int write_to(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0644);
    int r = fd < 0 || write(fd, "x\n", 2) < 0 ? -errno : 0;

    if (fd >= 0)
        close(fd);
    return r;
}

int can_read(const char *path)
{
    char byte;
    int fd = open(path, O_RDONLY | O_CLOEXEC), r;

    if (fd < 0)
        return -errno;
    r = read(fd, &byte, 1) == 1 ? 0 : -ENODATA;
    close(fd);
    return r;
}

int run_program(char *const argv[])
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        execv(argv[0], argv);
        _exit(errno);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0)
        return -errno;
    return WIFEXITED(status) ? -WEXITSTATUS(status) : -EACCES;
}

int become_namespace_root(void)
{
    char uid[32], gid[32];

    snprintf(uid, sizeof(uid), "0 %u 1", geteuid());
    snprintf(gid, sizeof(gid), "0 %u 1", getegid());
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
        return -errno;
    (void)!write_to("/proc/self/setgroups", O_WRONLY); /* "x": refused; maps of root need it not */
    int fds[3] = { open("/proc/self/setgroups", O_WRONLY), open("/proc/self/uid_map", O_WRONLY),
                   open("/proc/self/gid_map", O_WRONLY) };

    if (fds[1] < 0 || fds[2] < 0)
        return -errno;
    (void)!write(fds[0], "deny", 4);
    if (write(fds[1], uid, strlen(uid)) < 0 || write(fds[2], gid, strlen(gid)) < 0)
        return -errno;
    return 0;
}

int own_namespace(const char *name)
{
    struct stat status;
    char path[WORLD_PATH];

    snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
    return stat(path, &status) < 0 ? -errno : (int)(status.st_ino & 0x7fffffff);
}

/* --- the other services --- */

int play_racer(const struct world *world)
{
    const char *at = in_work(world, "race/at"), *link = in_work(world, "race/link");
    const char *end = in_work(world, "race/end");

    for (int i = 0; i < RACES && access(end, F_OK) < 0; i++)
        syscall(SYS_renameat2, AT_FDCWD, at, AT_FDCWD, link, RENAME_EXCHANGE);
    return 0;
}

int play_keeper(const struct world *world)
{
    const char *directory = getenv("CREDENTIALS_DIRECTORY"), *source = getenv("ESCAPE_SOURCE");
    FILE *file = fopen(in_work(world, "sibling/credentials"), "we");

    /* Outside of reeve a directory of the world has to do. */
    if (!directory)
        directory = in_work(world, "secret");
    if (!source)
        source = in_work(world, "secret/file");
    if (!file || fprintf(file, "%d %s %s\n", getpid(), directory, source) < 0 ||
        fclose(file) != 0 || chdir(directory) < 0 || dup2(open("file", O_RDONLY), KEPT_OPEN) < 0)
        return 1;
    for (;;)
        pause();
}

static volatile sig_atomic_t signals;

static void count(int signal)
{
    (void)signal;
    signals++;
}

static void tell(const struct world *world, const char *name, int number)
{
    char text[16];
    int fd = open(in_work(world, name), O_WRONLY | O_CREAT | O_TRUNC, 0644);

    snprintf(text, sizeof(text), "%d\n", number);
    (void)!write(fd, text, strlen(text));
    close(fd);
}

int told_by_sibling(const struct world *world, const char *name)
{
    FILE *file = fopen(in_work(world, name), "re");
    int number;

    if (!file)
        return -errno;
    if (fscanf(file, "%d", &number) != 1)
        number = 0;
    fclose(file);
    return number;
}

bool sibling_tells_more(const struct world *world, const char *name, int before)
{
    struct pollfd wait = { .fd = inotify_init1(IN_CLOEXEC), .events = POLLIN };
    char buffer[4096];
    bool is_more = false;

    (void)!inotify_add_watch(wait.fd, in_work(world, name), IN_CLOSE_WRITE);
    do
        is_more = told_by_sibling(world, name) != before;
    while (!is_more && poll(&wait, 1, ARRIVES_MS) > 0 && read(wait.fd, buffer, sizeof(buffer)) > 0);
    close(wait.fd);
    return is_more;
}

static void listen_on(struct sockaddr_un *address, socklen_t length)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

    if (bind(fd, (struct sockaddr *)address, length) < 0)
        perror("escape: bind");
}

/* On the loopback, and says where. */
static void listen_in_network(const struct world *world, int type, const char *name)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, type, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, (struct sockaddr *)&address, length) < 0 ||
        (type == SOCK_STREAM && listen(fd, 8) < 0) ||
        getsockname(fd, (struct sockaddr *)&address, &length) < 0)
        perror("escape: listen");
    tell(world, name, ntohs(address.sin_port));
}

/* A segment of shared memory that is gone with us. */
static void share_memory(const struct world *world)
{
    int id = shmget(IPC_PRIVATE, 1, IPC_CREAT | 0600);

    if (id < 0 || shmat(id, NULL, 0) == (void *)-1 || shmctl(id, IPC_RMID, NULL) < 0)
        perror("escape: shared memory");
    tell(world, "sibling/segment", id);
}

/* In the session keyring, which is that of the pod. */
static void keep_key(const struct world *world)
{
    long key = syscall(SYS_add_key, "user", "escape", "secret", 6, KEY_SPEC_SESSION_KEYRING);

    tell(world, "sibling/key", (int)key);
    tell(world, "sibling/keyring",
         (int)syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0, 0, 0));
}

int play_sibling(const struct world *world)
{
    struct sigaction action = { .sa_handler = count };
    struct sockaddr_un abstract = { .sun_family = AF_UNIX }, path = { .sun_family = AF_UNIX };
    sigset_t blocked, open_mask;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGWINCH);
    sigprocmask(SIG_BLOCK, &blocked, &open_mask);
    sigdelset(&open_mask, SIGWINCH);
    sigaction(SIGWINCH, &action, NULL);
    if (chdir(world->work) < 0 || dup2(open("protected/file", O_RDWR), KEPT_OPEN) < 0)
        return 1;
    snprintf(abstract.sun_path + 1, sizeof(abstract.sun_path) - 1, "%s", world->work);
    listen_on(&abstract,
              (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(world->work)));
    snprintf(path.sun_path, sizeof(path.sun_path), "%s", in_work(world, "secret/socket"));
    unlink(path.sun_path);
    listen_on(&path, sizeof(path));
    listen_in_network(world, SOCK_STREAM, "sibling/tcp");
    listen_in_network(world, SOCK_DGRAM, "sibling/udp");
    share_memory(world);
    keep_key(world);
    tell(world, "sibling/ns-mnt", own_namespace("mnt"));
    tell(world, "sibling/ns-uts", own_namespace("uts"));
    tell(world, "sibling/ns-ipc", own_namespace("ipc"));
    tell(world, "sibling/ns-net", own_namespace("net"));
    tell(world, "sibling/ns-pid", own_namespace("pid"));
    tell(world, "sibling/ns-user", own_namespace("user"));
    tell(world, "sibling/signals", 0);
    tell(world, "sibling/pid", getpid());
    for (;;) {
        sigsuspend(&open_mask);
        tell(world, "sibling/signals", (int)signals);
    }
}

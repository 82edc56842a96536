/* What is reeve's own: its control socket, who may speak for whom, what its children inherit. */

#include "tests/escape/escape.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REFUSED_WITHIN_MS = 2000, WELCOME = 0, ROOT_OF_INIT = 1 };

/* Where reeve may have it; false outside of a pod. */
static bool find_control(const struct world *world, const char *root, struct sockaddr_un *address)
{
    char own[WORLD_PATH], path[2 * WORLD_PATH];
    const char *places[] = { getenv("REEVE_RUNTIME_DIR"), "/run/reeve", own, "/tmp/reeve-1001" };

    snprintf(own, sizeof(own), "/tmp/reeve-%u", getuid());
    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    for (int i = 0; i < 4 && !world->is_control; i++) {
        if (!places[i] || snprintf(path, sizeof(path), "%s/control", places[i]) < 0 ||
            access(path, F_OK) < 0)
            continue;
        if (snprintf(path, sizeof(path), "%s%s/control", root, places[i]) >=
            (int)sizeof(address->sun_path))
            return false;
        memcpy(address->sun_path, path, strlen(path));
        return true;
    }
    return false;
}

static int connect_control(int fd, const struct world *world, int way)
{
    struct sockaddr_un address;

    if (!find_control(world, way == ROOT_OF_INIT ? of_process(world->init, "root") : "", &address))
        return -NOT_HERE;
    return denied(connect(fd, (struct sockaddr *)&address, sizeof(address)));
}

/* Who is refused is told so, and is hung up on; who is welcome may take his time. */
static int is_welcome(int fd)
{
    struct pollfd wait = { .fd = fd, .events = POLLIN };
    char buffer[8192];
    ssize_t size = 1;

    while (size > 0 && poll(&wait, 1, REFUSED_WITHIN_MS) > 0)
        size = recv(fd, buffer, sizeof(buffer), 0);
    return size > 0 ? 0 : -EACCES;
}

static int ask_control(const struct world *world, long way)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0), r;

    if (world->is_control)
        return -NOT_HERE;
    if (fd < 0)
        return -errno;
    r = connect_control(fd, world, (int)way);
    return r < 0 ? r : is_welcome(fd);
}

/* As a process that is nobody's child any more. */
static int ask_as_orphan(const struct world *world, long with_other_seal)
{
    struct rlimit seal = { 9, 9 };
    int pair[2], result = -ECHILD;

    if (pipe(pair) < 0)
        return -errno;
    if (fork() == 0) {
        pid_t middle = getpid();

        if (fork() != 0)
            _exit(0);
        setsid();
        while (getppid() == middle)
            poll(NULL, 0, 1);
        if (with_other_seal)
            (void)!setrlimit(RLIMIT_RTTIME, &seal);
        result = ask_control(world, WELCOME);
        _exit(write(pair[1], &result, sizeof(result)) < 0);
    }
    wait(NULL);
    close(pair[1]);
    return read(pair[0], &result, sizeof(result)) < 0 ? -errno : result;
}

/* The process that connected has ended when its connection is looked at. */
static int ask_for_the_dead(const struct world *world, long is_orphan)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0), lives[2];
    char byte;

    if (world->is_control)
        return -NOT_HERE;
    if (fd < 0 || pipe(lives) < 0)
        return -errno;
    if (fork() == 0) {
        if (is_orphan && fork() != 0)
            _exit(0);
        _exit(connect_control(fd, world, WELCOME) < 0);
    }
    if (!is_orphan) {
        siginfo_t ended;

        waitid(P_ALL, 0, &ended, WEXITED | WNOWAIT); /* and stays a zombie */
        return is_welcome(fd);
    }
    wait(NULL);
    close(lives[1]);
    (void)!read(lives[0], &byte, 1); /* until whoever connects has ended */
    return is_welcome(fd);
}

static int ask_in_namespace(const struct world *world, long flags)
{
    int status;

    if (world->is_control)
        return -NOT_HERE;
    if (unshare(CLONE_NEWUSER | (int)flags) < 0)
        return -errno;
    if (fork() == 0)
        _exit(-ask_control(world, WELCOME));
    return wait(&status) < 0 || !WIFEXITED(status) ? -ECHILD : -WEXITSTATUS(status);
}

/* --- the credentials of another --- */

/* Below `root` of the keeper, or of ourselves. */
static int read_credential(const struct world *world, const char *root)
{
    char directory[WORLD_PATH], path[3 * WORLD_PATH];
    FILE *file = fopen(in_work(world, "sibling/credentials"), "re");
    int count = file ? fscanf(file, "%*d %95s", directory) : 0;

    if (file)
        fclose(file);
    if (count != 1)
        return -NOT_HERE;
    snprintf(path, sizeof(path), "%s%s/file", root, directory);
    return can_read(path);
}

static int credential_by_path(const struct world *world, long argument)
{
    (void)argument;
    return read_credential(world, "");
}

static int credential_in_root(const struct world *world, long argument)
{
    (void)argument;
    return world->keeper ? read_credential(world, of_process(world->keeper, "root")) : -NOT_HERE;
}

static int credential_in_process(const struct world *world, long way)
{
    static const char *const names[] = { "cwd/file", "fd/9" };

    return world->keeper ? can_read(of_process(world->keeper, names[way])) : -NOT_HERE;
}

/* What is well kept in its copy may lie open in the original, and reevectl says so. */
static int credential_at_source(const struct world *world, long argument)
{
    char path[2 * WORLD_PATH];
    FILE *file = fopen(in_work(world, "sibling/credentials"), "re");
    int count = file ? fscanf(file, "%*d %*s %190s", path) : 0;

    (void)argument;
    if (file)
        fclose(file);
    return count == 1 ? can_read(path) : -NOT_HERE;
}

/* To whom a user namespace belongs, he has all rights in it. */
static int credential_in_namespace(const struct world *world, long argument)
{
    int user = open(of_process(world->keeper, "ns/user"), O_RDONLY);
    int mounts = open(of_process(world->keeper, "ns/mnt"), O_RDONLY);

    (void)argument;
    if (user < 0 || mounts < 0)
        return -errno;
    (void)!setns(user, CLONE_NEWUSER); /* outside of reeve it is our own */
    if (setns(mounts, CLONE_NEWNS) < 0)
        return -errno;
    return read_credential(world, "");
}

/* --- who may speak for whom --- */

static int forge_credentials(const struct world *world, long is_init)
{
    struct ucred claim = { .pid = is_init ? world->init : world->sibling,
                           .uid = getuid(),
                           .gid = getgid() };
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(claim))];
    } control = { .header = { .cmsg_len = CMSG_LEN(sizeof(claim)),
                              .cmsg_level = SOL_SOCKET,
                              .cmsg_type = SCM_CREDENTIALS } };
    struct iovec text = { "READY=1", 7 };
    struct msghdr message = { .msg_iov = &text,
                              .msg_iovlen = 1,
                              .msg_control = &control,
                              .msg_controllen = sizeof(control) };
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0)
        return -errno;
    memcpy(CMSG_DATA(&control.header), &claim, sizeof(claim));
    return denied(sendmsg(pair[0], &message, 0));
}

/* --- what was left open --- */

static int has_inherited(const struct world *world, long argument)
{
    char first[16];
    char *argv[] = { (char *)world->program, "descriptors", first, NULL };
    const char *at_start = getenv("ESCAPE_DESCRIPTORS"); /* main() has counted */

    (void)argument;
    if (!world->is_control)
        return at_start && strcmp(at_start, "0") != 0 ? 0 : -EBADF;
    snprintf(first, sizeof(first), "%d", open("/", O_RDONLY));
    return run_program(argv);
}

const struct attempt attempts_pod[] = {
    { "control", "Control", ask_control, WELCOME },
    { "control-in-root-of-init", "Control", ask_control, ROOT_OF_INIT },
    { "control-as-orphan", "Control", ask_as_orphan, 0 },
    { "control-as-orphan-with-another-seal", "Control", ask_as_orphan, 1 },
    { "control-for-a-zombie", "Control", ask_for_the_dead, 0 },
    { "control-for-the-dead", "Control", ask_for_the_dead, 1 },
    { "control-in-user-namespace", "Control", ask_in_namespace, 0 },
    { "control-in-pid-namespace", "Control", ask_in_namespace, CLONE_NEWPID },
    { "control-in-network-namespace", "Control", ask_in_namespace, CLONE_NEWNET },
    { "credential-by-path", "Credentials", credential_by_path, 0, PAST_PARTIAL },
    { "credential-at-source", "Credentials InaccessiblePaths", credential_at_source, 0,
      PAST_PARTIAL },
    { "credential-in-root", "Credentials", credential_in_root },
    { "credential-in-cwd", "Credentials", credential_in_process, 0 },
    { "credential-in-descriptor", "Credentials", credential_in_process, 1 },
    { "credential-in-namespace", "Credentials", credential_in_namespace },
    { "forge-credentials-of-sibling", "Services", forge_credentials, 0 },
    { "forge-credentials-of-init", "Services", forge_credentials, 1 },
    { "inherited-descriptors", "Init", has_inherited },
    { 0 },
};

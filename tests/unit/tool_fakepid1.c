/*
 * PID 1's end of the wire for tests/shell/health.sh: starts a helper, tells it what standard input
 * says, prints what it answers. Glue only; what is probed is real.
 *
 *   tool_fakepid1 PROGRAM [ARGUMENT...]
 *
 * Standard input, a command per line (times in milliseconds):
 *   unit NAME IMPACT INTERNAL RETRIES INTERVAL TIMEOUT START-PERIOD START-INTERVAL [HEALTH-COMMAND]
 *   state NAME ACTIVE SUB RESULT MAIN-PID INCARNATION WANTED   (told at once after a "sync")
 *   pod PHASE   0 starting, 1 running, 2 stopping
 *   sync        a whole snapshot, from WIRE_HELLO to WIRE_SYNCED
 *   forget      the units; the next snapshot is made of new ones
 *   garbage     a message that is none
 * End of input: closes the wire and waits for the helper.
 *
 * Standard output, a line per event:
 *   child PID
 *   notify LINE                                       (sd_notify)
 *   health NAME INCARNATION WORD FAILURES MESSAGE     (WIRE_HEALTH)
 *   verdict ROOT CAUSE                                (WIRE_VERDICT; "-": there is no root)
 *   exit STATUS
 */

#include "supervisor/wire/channel.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

enum { UNITS_MAX = 32, LINE_SIZE = 2048 };

struct fake {
    int wire;
    bool has_synced;
    size_t count;
    struct wire_unit units[UNITS_MAX];
    struct wire_state states[UNITS_MAX];
    struct wire_pod pod;
};

static void send_message(struct fake *fake, union wire_message *message)
{
    int error;

    do
        error = channel_send(fake->wire, message, -1);
    while (error == -EAGAIN && poll(&(struct pollfd){ fake->wire, POLLOUT, 0 }, 1, 1000) > 0);
    if (error < 0)
        printf("lost %s\n", strerror(-error));
}

static void send_state(struct fake *fake, size_t id)
{
    union wire_message message = { .state = fake->states[id] };

    send_message(fake, &message);
}

static uint64_t now_us(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * USEC_PER_SEC + (uint64_t)time.tv_nsec / 1000;
}

static void sync_all(struct fake *fake)
{
    union wire_message message;

    wire_begin(&message, WIRE_HELLO);
    message.hello.pid = getpid();
    message.hello.unit_count = (uint32_t)fake->count;
    message.hello.started_monotonic_us = now_us(CLOCK_MONOTONIC);
    message.hello.started_realtime_us = now_us(CLOCK_REALTIME);
    wire_copy(message.hello.version, sizeof(message.hello.version), "9.9.9");
    wire_copy(message.hello.target, sizeof(message.hello.target), "test.target");
    send_message(fake, &message);
    for (size_t i = 0; i < fake->count; i++) {
        message.unit = fake->units[i];
        send_message(fake, &message);
    }
    for (size_t i = 0; i < fake->count; i++)
        send_state(fake, i);
    message.pod = fake->pod;
    send_message(fake, &message);
    wire_begin(&message, WIRE_SYNCED);
    send_message(fake, &message);
    fake->has_synced = true;
}

static size_t find(const struct fake *fake, const char *name)
{
    size_t i = 0;

    while (i < fake->count && strcmp(fake->units[i].name, name) != 0)
        i++;
    return i;
}

static void take_unit(struct fake *fake, const char *line)
{
    union wire_message message;
    struct wire_unit *unit = &message.unit;
    char name[WIRE_NAME_SIZE];
    unsigned impact, internal, retries;
    unsigned long interval, timeout, period, start;
    int at = 0;

    wire_begin(&message, WIRE_UNIT);
    if (fake->count == UNITS_MAX ||
        sscanf(line, "unit %255s %u %u %u %lu %lu %lu %lu %n", name, &impact, &internal, &retries,
               &interval, &timeout, &period, &start, &at) != 8) {
        printf("bad line: %s\n", line);
        return;
    }
    unit->id = (int32_t)fake->count;
    unit->is_internal = (uint8_t)internal;
    unit->is_service = strstr(name, ".service") != NULL;
    unit->health_impact = (uint8_t)impact;
    unit->health_retries = retries;
    unit->health_interval_us = interval * USEC_PER_MSEC;
    unit->health_timeout_us = timeout * USEC_PER_MSEC;
    unit->health_start_period_us = period * USEC_PER_MSEC;
    unit->health_start_interval_us = start * USEC_PER_MSEC;
    wire_copy(unit->name, sizeof(unit->name), name);
    wire_copy(unit->health_command, sizeof(unit->health_command), line + at);
    fake->units[fake->count] = *unit;
    wire_begin(&message, WIRE_STATE);
    message.state.id = (int32_t)fake->count;
    wire_copy(message.state.sub, sizeof(message.state.sub), "dead");
    wire_copy(message.state.result, sizeof(message.state.result), "success");
    fake->states[fake->count++] = message.state;
}

static void take_state(struct fake *fake, const char *line)
{
    char name[WIRE_NAME_SIZE], active[32], sub[32], result[32];
    struct wire_state *state;
    unsigned incarnation, wanted, word = 0;
    int pid;
    size_t id;

    if (sscanf(line, "state %255s %31s %31s %31s %d %u %u", name, active, sub, result, &pid,
               &incarnation, &wanted) != 7 ||
        (id = find(fake, name)) == fake->count) {
        printf("bad line: %s\n", line);
        return;
    }
    state = &fake->states[id];
    while (word < WIRE_RELOADING && strcmp(wire_active_string(word), active) != 0)
        word++;
    state->active = (uint8_t)word;
    state->main_pid = pid;
    if (state->incarnation != incarnation) /* as PID 1 does when it spawns */
        state->health = fake->units[id].health_command[0] ? WIRE_HEALTH_STARTING : WIRE_HEALTH_NONE;
    state->incarnation = incarnation;
    state->is_wanted = (uint8_t)wanted;
    state->since_monotonic_us = now_us(CLOCK_MONOTONIC);
    state->since_realtime_us = now_us(CLOCK_REALTIME);
    wire_copy(state->sub, sizeof(state->sub), sub);
    wire_copy(state->result, sizeof(state->result), result);
    if (fake->has_synced)
        send_state(fake, id);
}

static void take_line(struct fake *fake, const char *line)
{
    union wire_message message;

    if (strncmp(line, "unit ", 5) == 0) {
        take_unit(fake, line);
    } else if (strncmp(line, "state ", 6) == 0) {
        take_state(fake, line);
    } else if (strncmp(line, "pod ", 4) == 0) {
        fake->pod.phase = (uint8_t)strtoul(line + 4, NULL, 10);
        message.pod = fake->pod;
        if (fake->has_synced)
            send_message(fake, &message);
    } else if (strcmp(line, "sync") == 0) {
        sync_all(fake);
    } else if (strcmp(line, "forget") == 0) {
        fake->count = 0;
        fake->has_synced = false;
    } else if (strcmp(line, "garbage") == 0) {
        if (send(fake->wire, "not a message", 13, MSG_NOSIGNAL) < 0)
            printf("lost %s\n", strerror(errno));
    } else {
        printf("bad line: %s\n", line);
    }
}

/* False: the helper is gone. */
static bool take_news(struct fake *fake)
{
    union wire_message message;
    int fd = -1, error = channel_receive(fake->wire, &message, &fd);
    const struct wire_health *health = &message.health;

    if (error < 0)
        return false;
    fd_close(fd);
    if (message.header.type == WIRE_VERDICT) {
        printf("verdict %s %s\n", message.verdict.root[0] ? message.verdict.root : "-",
               message.verdict.cause);
        return true;
    }
    if (message.header.type != WIRE_HEALTH || health->id < 0 || (size_t)health->id >= fake->count) {
        printf("unexpected message of type %u\n", message.header.type);
        return true;
    }
    printf("health %s %u %s %u %s\n", fake->units[health->id].name, health->incarnation,
           wire_health_string(health->health), health->failures, health->message);
    if (health->incarnation == fake->states[health->id].incarnation) {
        fake->states[health->id].health = health->health;
        send_state(fake, (size_t)health->id); /* PID 1 tells all its peers, the sender too */
    }
    return true;
}

/* A datagram socket with a name that the kernel chooses; the name goes into NOTIFY_SOCKET
 * (sd_notify(3)). */
static int open_notify(void)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    socklen_t size = sizeof(sa_family_t);
    char name[sizeof(address.sun_path) + 1];

    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0)
        return -1;
    size = sizeof(address);
    if (getsockname(fd, (struct sockaddr *)&address, &size) < 0)
        return -1;
    snprintf(name, sizeof(name), "@%.*s", (int)(size - sizeof(sa_family_t) - 1),
             address.sun_path + 1);
    return setenv("NOTIFY_SOCKET", name, 1) < 0 ? -1 : fd;
}

static void take_notify(int fd)
{
    char text[LINE_SIZE];
    ssize_t length = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

    text[length > 0 ? length : 0] = '\0';
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        printf("notify %s\n", line);
}

/* Until the end of input or of the helper. */
static void talk(struct fake *fake, int notify)
{
    char buffer[LINE_SIZE];
    size_t used = 0;
    struct pollfd fds[] = { { STDIN_FILENO, POLLIN, 0 },
                            { fake->wire, POLLIN, 0 },
                            { notify, POLLIN, 0 } };

    while (poll(fds, 3, -1) > 0) {
        char *end;
        ssize_t length;

        if (fds[2].revents)
            take_notify(notify);
        if (fds[1].revents && !take_news(fake))
            return;
        if (!fds[0].revents)
            continue;
        length = read(STDIN_FILENO, buffer + used, sizeof(buffer) - used);
        if (length <= 0)
            return;
        used += (size_t)length;
        while ((end = memchr(buffer, '\n', used))) {
            *end = '\0';
            take_line(fake, buffer);
            used -= (size_t)(end + 1 - buffer);
            memmove(buffer, end + 1, used);
        }
    }
}

static void run_helper(int wire, char **argv)
{
    if (wire == WIRE_FD)
        (void)fcntl(wire, F_SETFD, 0);
    else if (dup2(wire, WIRE_FD) < 0)
        _exit(126);
    close(STDIN_FILENO);
    execv(argv[0], argv);
    _exit(127);
}

int main(int argc, char **argv)
{
    static struct fake fake;
    union wire_message message;
    int ends[2], status = 0, notify;
    pid_t pid;

    if (argc < 2 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    wire_begin(&message, WIRE_POD);
    fake.pod = message.pod;
    fake.wire = ends[0];
    notify = open_notify();
    pid = fork();
    if (pid == 0)
        run_helper(ends[1], argv + 1);
    close(ends[1]);
    printf("child %d\n", (int)pid);
    talk(&fake, notify);
    close(fake.wire);
    if (pid < 0 || waitpid(pid, &status, 0) < 0)
        return 2;
    printf("exit %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return 0;
}

#ifndef REEVE_TESTS_LOG_FIXTURE_H
#define REEVE_TESTS_LOG_FIXTURE_H

/* reeve-log as a process, seen from PID 1's side: lending pipes, reading what comes out. Header
 * only; cmocka.h and what it needs come first. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "supervisor/unit/log_spec.h"
#include "supervisor/wire/channel.h"
#include "supervisor/wire/fd.h"
#include "supervisor/wire/log_wire.h"

enum { UNITS = 3, DEADLINE_S = 60, LINE_BYTES = 64 };

struct pipe_ends {
    int read, write;
};

/* The logger as PID 1 sees it. */
struct helper {
    pid_t pid;
    int wire;
};

static char program[4096];

static inline struct pipe_ends pipe_open(void)
{
    int ends[2];

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    return (struct pipe_ends){ .read = ends[0], .write = ends[1] };
}

static inline void pipe_close(struct pipe_ends *ends)
{
    fd_close(ends->read);
    fd_close(ends->write);
}

/* In the child only: descriptors 0 to 2 and the wire, as PID 1 would set them up. */
static inline void exec_helper(int wire, int out, const char *format)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (out >= 0)
        dup2(out, STDOUT_FILENO);
    else
        close(STDOUT_FILENO);
    if (wire == WIRE_FD)
        fcntl(wire, F_SETFD, 0);
    else
        dup2(wire, WIRE_FD);
    execl(program, "reeve-log", "--output", format, (char *)NULL);
    _exit(127);
}

static inline struct helper helper_start(int out, const char *format)
{
    struct helper helper;
    union wire_message hello;
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    helper.wire = ends[0];
    helper.pid = fork();
    assert_true(helper.pid >= 0);
    if (helper.pid == 0)
        exec_helper(ends[1], out, format);
    close(ends[1]);
    wire_begin(&hello, WIRE_HELLO);
    assert_int_equal(channel_send(helper.wire, &hello, -1), 0);
    return helper;
}

static inline void lend(const struct helper *helper, int id, int fd)
{
    union wire_message message;

    wire_begin(&message, WIRE_SOURCE);
    message.source.id = id;
    message.source.stream = 1;
    message.source.seal = (uint32_t)id;
    snprintf(message.source.name, sizeof(message.source.name), "unit%d.service", id);
    assert_int_equal(channel_send(helper->wire, &message, fd), 0);
}

static inline int wait_for(pid_t pid)
{
    int status;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

/* Closes the wire, as PID 1 does at the end, and expects a good end. */
static inline void helper_end(struct helper *helper)
{
    int status;

    helper->wire = fd_close(helper->wire);
    status = wait_for(helper->pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static inline void write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            _exit(1);
        bytes += written;
        length -= (size_t)written;
    }
}

/* A service: `count` numbered lines of LINE_BYTES bytes each. */
static inline pid_t writer_start(int fd, unsigned count)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (unsigned i = 0; i < count; i++) {
        char line[LINE_BYTES + 1];

        snprintf(line, sizeof(line), "%08u %*s\n", i % 100000000, LINE_BYTES - 10, "x");
        write_all(fd, line, LINE_BYTES);
    }
    _exit(0);
}

/* What came out, as a growing string. */
struct seen {
    char *text;
    size_t length, capacity;
};

/* Reads once, at most `most` bytes; 0 at the end. */
static inline size_t seen_read(struct seen *seen, int fd, size_t most)
{
    struct pollfd wait = { .fd = fd, .events = POLLIN };
    ssize_t length;

    if (seen->capacity - seen->length < most + 1) {
        seen->capacity = 2 * seen->capacity + most + 1;
        seen->text = realloc(seen->text, seen->capacity);
        assert_non_null(seen->text);
    }
    assert_int_equal(poll(&wait, 1, DEADLINE_S * 1000), 1);
    length = read(fd, seen->text + seen->length, most);
    assert_true(length >= 0);
    seen->length += (size_t)length;
    seen->text[seen->length] = '\0';
    return (size_t)length;
}

/* Reads until `wanted` has come, from `from` on. */
static inline void seen_until(struct seen *seen, int fd, size_t from, const char *wanted)
{
    while (seen->length == 0 || !strstr(seen->text + from, wanted)) {
        /* What has been searched is not searched again, but for a beginning of `wanted` at its end.
         */
        if (seen->length > from + strlen(wanted))
            from = seen->length - strlen(wanted);
        assert_true(seen_read(seen, fd, 65536) > 0);
    }
}

/* The beginning of a line that a killed logger had seen is still there when the rest comes. */
static inline void an_unfinished_line_outlives_a_kill(void **state)
{
    struct pipe_ends out = pipe_open(), unit = pipe_open(), other = pipe_open();
    struct helper helper = helper_start(out.write, "cat");
    struct seen seen = { 0 };

    (void)state;
    lend(&helper, 0, unit.read);
    lend(&helper, 1, other.read);
    write_all(unit.write, "the beginning ", 14);
    write_all(other.write, "seen\n", 5);
    seen_until(&seen, out.read, 0, "seen\n");
    kill(helper.pid, SIGKILL);
    wait_for(helper.pid);
    fd_close(helper.wire);
    helper = helper_start(out.write, "cat");
    lend(&helper, 0, unit.read);
    write_all(unit.write, "and the end\n", 12);
    seen_until(&seen, out.read, 0, "the beginning and the end\n");
    fd_close(unit.write);
    helper_end(&helper);
    free(seen.text);
    fd_close(unit.read);
    pipe_close(&other);
    pipe_close(&out);
}

/* A pipe that is full of a few small pieces, as this one is of 16 packets, is full not for ever. */
static inline void an_unfinished_line_blocks_nobody(void **state)
{
    struct pipe_ends out = pipe_open(), unit = pipe_open();
    struct helper helper = helper_start(out.write, "cat");
    struct seen seen = { 0 };

    (void)state;
    assert_int_equal(fcntl(unit.write, F_SETFL, O_DIRECT), 0);
    lend(&helper, 0, unit.read);
    for (int i = 0; i < 20; i++)
        write_all(unit.write, "piece ", 6);
    write_all(unit.write, "end\n", 4);
    seen_until(&seen, out.read, 0, "piece end\n");
    assert_int_equal(seen.length, 20 * 6 + 4);
    fd_close(unit.write);
    helper_end(&helper);
    free(seen.text);
    fd_close(unit.read);
    pipe_close(&out);
}

/* A reader's connection, as PID 1 makes it. */
static inline int reader_open(const struct helper *helper, const struct log_request *request)
{
    union wire_message message;
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    wire_begin(&message, WIRE_READER);
    assert_int_equal(channel_send(helper->wire, &message, ends[0]), 0);
    close(ends[0]);
    assert_int_equal(send(ends[1], request, sizeof(*request), 0), sizeof(*request));
    return ends[1];
}

static inline struct log_packet reader_next(int fd)
{
    static char buffer[LOG_PACKET_MAX];
    struct pollfd wait = { .fd = fd, .events = POLLIN };
    struct log_packet packet;
    ssize_t length;

    assert_int_equal(poll(&wait, 1, DEADLINE_S * 1000), 1);
    length = recv(fd, buffer, sizeof(buffer), 0);
    assert_true(length > 0);
    assert_true(log_wire_decode(buffer, (size_t)length, &packet));
    return packet;
}

/* --- rules --- */

static inline struct wire_rules usual_rules(int id)
{
    union wire_message message;

    wire_begin(&message, WIRE_RULES);
    message.rules.id = id;
    message.rules.level = 6;
    message.rules.level_max = 7;
    message.rules.facility = LOG_FACILITY_DAEMON;
    message.rules.has_level_prefix = 1;
    return message.rules;
}

/* As PID 1: the pipe, its rules, and the texts that belong to them. */
static inline void lend_with_rules(const struct helper *helper, const struct pipe_ends *log,
                                   struct wire_rules rules, const char *const *texts)
{
    union wire_message message;

    wire_begin(&message, WIRE_SOURCE);
    message.source.id = rules.id;
    message.source.stream = 1;
    message.source.seal = (uint32_t)rules.id;
    message.source.has_rules = 1;
    snprintf(message.source.name, sizeof(message.source.name), "unit%d.service", rules.id);
    assert_int_equal(channel_send(helper->wire, &message, log->read), 0);
    while (texts && texts[rules.rule_count])
        rules.rule_count++;
    message.rules = rules;
    assert_int_equal(channel_send(helper->wire, &message, -1), 0);
    for (unsigned i = 0; i < rules.rule_count; i++) {
        wire_begin(&message, WIRE_RULE);
        message.rule.id = rules.id;
        message.rule.kind = strchr(texts[i], '=') ? WIRE_RULE_FIELD : WIRE_RULE_PATTERN;
        snprintf(message.rule.text, sizeof(message.rule.text), "%s", texts[i]);
        assert_int_equal(channel_send(helper->wire, &message, -1), 0);
    }
}

/* --- end rules --- */

static inline bool find_program(void)
{
    const char *build = getenv("BUILD");

    snprintf(program, sizeof(program), "%s/reeve-log", build ? build : "build");
    if (access(program, X_OK) == 0)
        return true;
    fprintf(stderr, "%s is not there: run 'make' first\n", program);
    return false;
}

#endif

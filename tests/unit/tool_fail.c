/*
 * For tests/shell/stages.sh: runs a program in which chosen system calls can be made to fail while
 * it runs, by the kernel's notifications of a filter that is around the program and all below it.
 *
 *   tool_fail CALLS FILE PROGRAM ARGUMENT...
 *
 * CALLS: names, with commas, of the calls that can fail. As long as FILE has a line
 *
 *   CALL ERRNO self|below [after=N] [aI=VALUE|aI&VALUE]...
 *
 * the call fails with that errno (a name, or KILL: its caller is killed): in the program itself, or
 * in what is below it; after=N: but for the first N times; aI: when argument I is VALUE, or has one
 * of its bits. Ends as the program does; the program's pid is that of our only child.
 */

#include "supervisor/unit/macro.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CALLS_MAX = 64, RULE_SIZE = 256, EXIT_USAGE = 2, EXIT_NOT_STARTED = 125, KILL = -1 };

struct rule {
    char text[RULE_SIZE]; /* as in the file: another text is another rule, and counts anew */
    int number, error;
    bool is_below;
    unsigned long after;
    bool has_value[6], has_bits[6];
    uint64_t values[6];
};

/* What the kernel's structures take, which newer kernels may make longer. */
union notification {
    struct seccomp_notif notification;
    char room[512];
};

union answer {
    struct seccomp_notif_resp answer;
    char room[512];
};

/* --- the filter --- */

static int install(const int *calls, size_t count)
{
    struct sock_filter code[2 * CALLS_MAX + 2] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                                            offsetof(struct seccomp_data, nr)) };
    struct sock_fprog program = { .filter = code, .len = 1 };
    struct sock_filter notify = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
    struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);

    for (size_t i = 0; i < count; i++) {
        struct sock_filter is_it = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)calls[i], 0, 1);

        code[program.len++] = is_it;
        code[program.len++] = notify;
    }
    code[program.len++] = allow;
    /* Root does without: that it is set is one of the stages. */
    if (geteuid() != 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -errno;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
                        &program);
}

static bool send_fd(int to, int fd)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)),
                              .cmsg_level = SOL_SOCKET,
                              .cmsg_type = SCM_RIGHTS } };
    struct iovec part = { .iov_base = "", .iov_len = 1 };
    struct msghdr message = { .msg_iov = &part,
                              .msg_iovlen = 1,
                              .msg_control = &control,
                              .msg_controllen = sizeof(control.room) };

    memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
    return sendmsg(to, &message, 0) == 1;
}

static int receive_fd(int from)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    char none;
    struct iovec part = { .iov_base = &none, .iov_len = 1 };
    struct msghdr message = { .msg_iov = &part,
                              .msg_iovlen = 1,
                              .msg_control = &control,
                              .msg_controllen = sizeof(control.room) };
    int fd = -1;

    if (recvmsg(from, &message, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&message))
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
    return fd;
}

/* --- the rule --- */

static int number_of(const char *name)
{
    int number = seccomp_syscall_resolve_name(name);

    if (number < 0) {
        fprintf(stderr, "tool_fail: there is no call '%s'\n", name);
        exit(EXIT_USAGE);
    }
    return number;
}

static int error_of(const char *name)
{
    if (strcmp(name, "KILL") == 0)
        return KILL;
    for (int i = 1; i < 256; i++) {
        const char *known = strerrorname_np(i);

        if (known && strcmp(known, name) == 0)
            return i;
    }
    fprintf(stderr, "tool_fail: there is no error '%s'\n", name);
    exit(EXIT_USAGE);
}

static void parse_condition(struct rule *rule, const char *word)
{
    unsigned index = (unsigned)(word[1] - '0');

    if (strncmp(word, "after=", strlen("after=")) == 0) {
        rule->after = strtoul(word + strlen("after="), NULL, 0);
    } else if (word[0] == 'a' && index < ARRAY_SIZE(rule->values) && strlen(word) > 3) {
        rule->has_value[index] = word[2] == '=';
        rule->has_bits[index] = word[2] == '&';
        rule->values[index] = strtoull(word + 3, NULL, 0);
    } else {
        fprintf(stderr, "tool_fail: '%s' is no condition\n", word);
        exit(EXIT_USAGE);
    }
}

static void parse(struct rule *rule, const char *text)
{
    char words[RULE_SIZE], *rest = NULL, *word;

    *rule = (struct rule){ .number = -1 };
    snprintf(rule->text, sizeof(rule->text), "%s", text);
    snprintf(words, sizeof(words), "%s", text);
    word = strtok_r(words, " \n", &rest);
    if (!word)
        return;
    rule->number = number_of(word);
    word = strtok_r(NULL, " \n", &rest);
    rule->error = error_of(word ? word : "");
    word = strtok_r(NULL, " \n", &rest);
    rule->is_below = word && strcmp(word, "below") == 0;
    while ((word = strtok_r(NULL, " \n", &rest)))
        parse_condition(rule, word);
}

static void read_rule(struct rule *rule, const char *path)
{
    char text[RULE_SIZE] = "";
    cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

    text[length < 0 ? 0 : length] = '\0';
    if (strcmp(text, rule->text) != 0)
        parse(rule, text);
}

static bool is_meant(struct rule *rule, const struct seccomp_notif *call, pid_t program)
{
    if (call->data.nr != rule->number || ((pid_t)call->pid != program) != rule->is_below)
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(rule->values); i++) {
        if (rule->has_value[i] && call->data.args[i] != rule->values[i])
            return false;
        if (rule->has_bits[i] && (call->data.args[i] & rule->values[i]) == 0)
            return false;
    }
    if (rule->after == 0)
        return true;
    rule->after--;
    return false;
}

/* --- the watch --- */

static void answer_one(int listener, struct rule *rule, const char *path, pid_t program)
{
    union notification call = { 0 };
    union answer answer = { 0 };

    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
        return; /* its caller has been killed */
    read_rule(rule, path);
    answer.answer.id = call.notification.id;
    if (!is_meant(rule, &call.notification, program))
        answer.answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    else if (rule->error == KILL)
        (void)kill((pid_t)call.notification.pid, SIGKILL);
    else
        answer.answer.error = -rule->error;
    (void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

/* Until nobody is left below the filter. */
static int watch(int listener, const char *path, pid_t program)
{
    struct pollfd wait = { .fd = listener, .events = POLLIN };
    struct rule rule = { .number = -1 };
    int status;

    while (poll(&wait, 1, -1) >= 0 || errno == EINTR) {
        if (wait.revents & POLLIN)
            answer_one(listener, &rule, path, program);
        else if (wait.revents)
            break;
    }
    if (waitpid(program, &status, 0) != program)
        return EXIT_NOT_STARTED;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static _Noreturn void become_program(int to, const int *calls, size_t count, char **command)
{
    cleanup_fd int listener = install(calls, count);

    if (listener < 0 || !send_fd(to, listener)) {
        perror("tool_fail: seccomp");
        _exit(EXIT_NOT_STARTED);
    }
    fd_close(listener);
    fd_close(to);
    (void)execvp(command[0], command);
    perror(command[0]);
    _exit(EXIT_NOT_STARTED);
}

int main(int count, char **words)
{
    int calls[CALLS_MAX], ends[2], listener;
    size_t call_count = 0;
    char *rest = NULL;
    pid_t program;

    if (count < 4 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return EXIT_USAGE;
    for (char *name = strtok_r(words[1], ",", &rest); name && call_count < CALLS_MAX;
         name = strtok_r(NULL, ",", &rest))
        calls[call_count++] = number_of(name);
    program = fork();
    if (program == 0)
        become_program(ends[1], calls, call_count, words + 3);
    fd_close(ends[1]);
    listener = receive_fd(ends[0]);
    fd_close(ends[0]);
    return program < 0 || listener < 0 ? EXIT_NOT_STARTED : watch(listener, words[2], program);
}

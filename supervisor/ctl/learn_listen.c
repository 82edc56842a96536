/*
 * The filter that asks us about each call, and our end of it. Pitfalls of seccomp_unotify(2), and
 * what is done about each:
 *
 * - The calls of the child between filter and exec would wait for us, who do not have the listener
 *   yet: the one that hands it over is let through.
 * - A signal that comes while a call waits lets the call begin anew, or fail with EINTR: since
 *   Linux 5.19 not once we have taken it (WAIT_KILLABLE_RECV). rt_sigreturn(), which must not fail,
 *   and futex() and the clocks, which programs call all the time, are no news and do not wait.
 * - Whoever waits may be killed meanwhile: what we then read, or answer, is nobody's (ENOENT).
 * - One listener to a process: a program that wants its own gets EBUSY.
 * - When we die, all calls of the service fail with ENOSYS: so nothing here ends early.
 */
#include "supervisor/ctl/learn.h"

#include "sandbox/filter_numbers.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif
/* Linux 6.6: both ends take turns on one processor, which is twice as fast. */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS      _IOW('!', 4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

enum { PROGRAM_MAX = 160, CALL_SIZE_MAX = 256 };

struct program {
    struct sock_filter code[PROGRAM_MAX];
    unsigned short count;
};

static void put(struct program *program, struct sock_filter instruction)
{
    if (program->count < PROGRAM_MAX)
        program->code[program->count++] = instruction;
}

static void load(struct program *program, size_t offset)
{
    put(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

/* When what was loaded is not this, so many instructions are passed over. */
static void unless_equal(struct program *program, uint32_t value, uint8_t skipped)
{
    put(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skipped));
}

static void answer(struct program *program, uint32_t verdict)
{
    put(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict));
}

static uint32_t low_half(const void *pointer)
{
    return (uint32_t)(uintptr_t)pointer;
}

static size_t low_half_of_argument(size_t argument)
{
    uint16_t probe = 1;
    bool is_little = *(const uint8_t *)&probe == 1;

    return offsetof(struct seccomp_data, args) + argument * sizeof(uint64_t) +
           (is_little ? 0 : sizeof(uint32_t));
}

/* sendmsg(socket, message) with this very message is the hand-over; after exec nothing is at its
 * address that anybody would send on this socket, which is closed then. */
static void let_through(struct program *program, int socket, const struct msghdr *message)
{
    enum { REST = 5 };

    unless_equal(program, SYS_sendmsg, REST);
    load(program, low_half_of_argument(0));
    unless_equal(program, (uint32_t)socket, REST - 2);
    load(program, low_half_of_argument(1));
    unless_equal(program, low_half(message), REST - 4);
    answer(program, SECCOMP_RET_ALLOW);
    load(program, offsetof(struct seccomp_data, nr));
}

static void write_program(struct program *program, int socket, const struct msghdr *message)
{
    size_t count;
    const struct filter_architecture *native = filter_architectures(&count);

    load(program, offsetof(struct seccomp_data, arch));
    put(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, native->audit, 1, 0));
    answer(program, SECCOMP_RET_USER_NOTIF);
    load(program, offsetof(struct seccomp_data, nr));
    let_through(program, socket, message);
    for (enum call call = 0; call < CALL_COUNT; call++) {
        int number = learn_watch_skips(call) ? filter_number(native, call) : -ENOENT;

        if (number < 0)
            continue;
        unless_equal(program, (uint32_t)number, 1);
        answer(program, SECCOMP_RET_ALLOW);
    }
    answer(program, SECCOMP_RET_USER_NOTIF);
}

static int install(const struct program *program)
{
    const struct sock_fprog filter = { .len = program->count,
                                       .filter = (struct sock_filter *)program->code };
    unsigned flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);

    if (fd < 0 && errno == EINVAL)
        fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
                     &filter);
    return fd < 0 ? -errno : (int)fd;
}

/* A message of one byte and one descriptor. */
struct parcel {
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    char byte;
    struct iovec data;
    struct msghdr message;
};

static struct cmsghdr *parcel_init(struct parcel *parcel)
{
    *parcel = (struct parcel){ 0 };
    parcel->data = (struct iovec){ .iov_base = &parcel->byte, .iov_len = 1 };
    parcel->message = (struct msghdr){ .msg_iov = &parcel->data,
                                       .msg_iovlen = 1,
                                       .msg_control = parcel->control,
                                       .msg_controllen = sizeof(parcel->control) };
    return CMSG_FIRSTHDR(&parcel->message);
}

int learn_listen_install(int socket)
{
    struct program program = { .count = 0 };
    struct parcel parcel;
    struct cmsghdr *header = parcel_init(&parcel);
    int listener;

    write_program(&program, socket, &parcel.message);
    if (program.count == PROGRAM_MAX)
        return -E2BIG;
    listener = install(&program);
    if (listener < 0)
        return listener;
    *header = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
                                .cmsg_type = SCM_RIGHTS,
                                .cmsg_len = CMSG_LEN(sizeof(int)) };
    memcpy(CMSG_DATA(header), &listener, sizeof(listener));
    return syscall(SYS_sendmsg, socket, &parcel.message, 0) < 0 ? -errno : 0;
}

int learn_listen_take(int socket, int *ret_listener)
{
    __u64 flags = SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP;
    struct parcel parcel;
    struct cmsghdr *header = parcel_init(&parcel);
    ssize_t length;

    do
        length = recvmsg(socket, &parcel.message, MSG_CMSG_CLOEXEC);
    while (length < 0 && errno == EINTR);
    if (length < 0)
        return -errno;
    if (length == 0 || parcel.message.msg_controllen < CMSG_LEN(sizeof(int)) ||
        header->cmsg_type != SCM_RIGHTS)
        return -EPIPE;
    memcpy(ret_listener, CMSG_DATA(header), sizeof(*ret_listener));
    (void)ioctl(*ret_listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, flags);
    return 0;
}

/* The kernel's struct may have grown; whoever is newer reads what it knows. */
union waiting_call {
    struct seccomp_notif call;
    char room[CALL_SIZE_MAX];
};

int learn_listen_serve(int listener, struct learn_facts *facts)
{
    union waiting_call waiting;
    struct seccomp_notif_resp go_on = { .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };

    memset(&waiting, 0, sizeof(waiting));
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &waiting.call) < 0)
        return errno == ENOENT || errno == EINTR || errno == EAGAIN ? 0 : -errno;
    learn_watch_call(facts, &waiting.call);
    go_on.id = waiting.call.id;
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &go_on) < 0 && errno != ENOENT)
        return -errno;
    return 0;
}

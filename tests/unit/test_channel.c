/* The wire: what is a well-formed message, and what a hostile peer can do to a channel. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "supervisor/wire/channel.h"
#include "supervisor/wire/fd.h"

struct pair {
    int ours, theirs;
};

static struct pair pair_open(void)
{
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends),
                     0);
    return (struct pair){ .ours = ends[0], .theirs = ends[1] };
}

static void pair_close(struct pair *pair)
{
    fd_close(pair->ours);
    fd_close(pair->theirs);
}

static int count_descriptors(void)
{
    int count = 0;

    for (int fd = 0; fd < 1024; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            count++;
    return count;
}

static void every_type_has_one_size(void **state)
{
    (void)state;
    assert_int_equal(wire_size(0), 0);
    assert_int_equal(wire_size(WIRE_NAMESPACE + 1), 0);
    assert_int_equal(wire_size(65535), 0);
    for (unsigned type = WIRE_HELLO; type <= WIRE_NAMESPACE; type++) {
        union wire_message message;

        wire_begin(&message, type);
        assert_true(wire_check(&message, wire_size(type)));
        assert_false(wire_check(&message, wire_size(type) - 1));
        assert_false(wire_check(&message, wire_size(type) + 1));
        message.header.size++;
        assert_false(wire_check(&message, wire_size(type)));
        message.header.size--;
        message.header.version++;
        assert_false(wire_check(&message, wire_size(type)));
        message.header.version--;
        message.header.type = 99;
        assert_false(wire_check(&message, wire_size(type)));
    }
}

static void strings_always_end(void **state)
{
    union wire_message message;

    (void)state;
    wire_begin(&message, WIRE_UNIT);
    memset(message.unit.name, 'x', sizeof(message.unit) - offsetof(struct wire_unit, name));
    assert_true(wire_check(&message, sizeof(message.unit)));
    assert_int_equal(strlen(message.unit.name), WIRE_NAME_SIZE - 1);
    assert_int_equal(strlen(message.unit.description), WIRE_TEXT_SIZE - 1);
    assert_int_equal(strlen(message.unit.health_command), WIRE_COMMAND_SIZE - 1);
    assert_int_equal(strlen(message.unit.required), WIRE_TEXT_SIZE - 1);
}

static void a_copy_is_never_cut_within_a_character(void **state)
{
    char target[6];

    (void)state;
    wire_copy(target, sizeof(target), "abc\xe2\x82\xac");
    assert_string_equal(target, "abc");
    wire_copy(target, sizeof(target), "ab\xe2\x82\xac");
    assert_string_equal(target, "ab\xe2\x82\xac");
    wire_copy(target, sizeof(target), "abcdefgh");
    assert_string_equal(target, "abcde");
    wire_copy(target, sizeof(target), "");
    assert_memory_equal(target, "\0\0\0\0\0\0", 6);
    wire_copy(target, sizeof(target), "\x80\x80\x80\x80\x80\x80\x80");
    assert_true(strlen(target) < sizeof(target));
}

static void a_message_and_its_descriptor_arrive(void **state)
{
    struct pair pair = pair_open();
    union wire_message message, got;
    struct stat sent, received;
    int fd = -1;

    (void)state;
    wire_begin(&message, WIRE_SOURCE);
    message.source.id = 7;
    assert_int_equal(channel_send(pair.theirs, &message, pair.theirs), 0);
    assert_int_equal(channel_receive(pair.ours, &got, &fd), 0);
    assert_int_equal(got.source.id, 7);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(fstat(fd, &received) | fstat(pair.theirs, &sent), 0);
    assert_int_equal(received.st_ino, sent.st_ino);
    fd_close(fd);
    assert_int_equal(channel_receive(pair.ours, &got, &fd), -EAGAIN);
    pair.theirs = fd_close(pair.theirs);
    assert_int_equal(channel_receive(pair.ours, &got, &fd), -EPIPE);
    assert_int_equal(channel_send(pair.ours, &message, -1), -EPIPE);
    pair_close(&pair);
}

static void a_full_queue_does_not_block(void **state)
{
    struct pair pair = pair_open();
    union wire_message message;
    int error = 0, sent = 0;

    (void)state;
    /* Also on a blocking socket: PID 1 never waits. */
    assert_int_equal(fcntl(pair.theirs, F_SETFL, 0), 0);
    wire_begin(&message, WIRE_UNIT);
    while (error == 0 && sent < 100000) {
        error = channel_send(pair.theirs, &message, -1);
        sent += error == 0;
    }
    assert_int_equal(error, -EAGAIN);
    assert_true(sent > 0);
    pair_close(&pair);
}

/* Sends `length` bytes with `count` descriptors attached. */
static void send_raw(int socket, const void *bytes, size_t length, int count)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(16 * sizeof(int))];
    } control = { 0 };
    struct iovec part = { .iov_base = (void *)bytes, .iov_len = length };
    struct msghdr packet = { .msg_iov = &part, .msg_iovlen = 1 };

    if (count > 0) {
        packet.msg_control = &control;
        packet.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
        for (int i = 0; i < count; i++)
            memcpy(CMSG_DATA(&control.header) + (size_t)i * sizeof(int), &socket, sizeof(int));
    }
    assert_int_equal(sendmsg(socket, &packet, MSG_NOSIGNAL), (ssize_t)length);
}

static void malformed_packets_are_refused_and_leak_nothing(void **state)
{
    struct pair pair = pair_open();
    union wire_message message, got;
    char junk[8192];
    int before = count_descriptors(), fd = -1;

    (void)state;
    wire_begin(&message, WIRE_SOURCE);
    memset(junk, 0xa5, sizeof(junk));
    for (size_t length = 1; length < sizeof(junk); length += 61) {
        send_raw(pair.theirs, junk, length, 1);
        assert_int_equal(channel_receive(pair.ours, &got, &fd), -EBADMSG);
    }
    for (size_t length = 1; length < sizeof(message.source); length++) {
        send_raw(pair.theirs, &message, length, 1);
        assert_int_equal(channel_receive(pair.ours, &got, &fd), -EBADMSG);
    }
    assert_int_equal(fd, -1);
    assert_int_equal(count_descriptors(), before);
    pair_close(&pair);
}

static void too_many_descriptors_do_not_fill_our_table(void **state)
{
    struct pair pair = pair_open();
    union wire_message message, got;
    int before = count_descriptors();

    (void)state;
    wire_begin(&message, WIRE_SOURCE);
    for (int count = 2; count <= 16; count++) {
        int fd = -1;
        int error;

        send_raw(pair.theirs, &message, sizeof(message.source), count);
        error = channel_receive(pair.ours, &got, &fd);
        /* Two fit into the padding of the room for one; from three on the kernel says "truncated".
         */
        assert_int_equal(error, count == 2 ? 0 : -EBADMSG);
        assert_true((error == 0) == (fd >= 0));
        fd_close(fd);
        assert_int_equal(count_descriptors(), before);
    }
    pair_close(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_has_one_size),
        cmocka_unit_test(strings_always_end),
        cmocka_unit_test(a_copy_is_never_cut_within_a_character),
        cmocka_unit_test(a_message_and_its_descriptor_arrive),
        cmocka_unit_test(a_full_queue_does_not_block),
        cmocka_unit_test(malformed_packets_are_refused_and_leak_nothing),
        cmocka_unit_test(too_many_descriptors_do_not_fill_our_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

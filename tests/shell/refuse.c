/*
 * refuse chroot|pivot|userns PROGRAM ARGUMENT...: runs a program as a container engine's seccomp
 * profile would let it, without an engine: chroot(2), pivot_root(2), or the making of user
 * namespaces, is answered with EPERM. For tests.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NUMBER                  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))
#define FLAGS                   BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0]))
#define UNLESS(value, skip)     BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (skip))
#define UNLESS_SET(value, skip) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (value), 0, (skip))
#define ANSWER(error)           BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))
#define ALLOW                   BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static const struct sock_filter no_chroot[] = {
    NUMBER,
    UNLESS(SYS_chroot, 1),
    ANSWER(EPERM),
    ALLOW,
};

static const struct sock_filter no_pivot[] = {
    NUMBER,
    UNLESS(SYS_pivot_root, 1),
    ANSWER(EPERM),
    ALLOW,
};

/* As in Docker's profile: clone3 hides its flags in memory, so it is ENOSYS and the C library falls
 * back. */
static const struct sock_filter no_userns[] = {
    NUMBER, UNLESS(SYS_clone3, 1),        ANSWER(ENOSYS), UNLESS(SYS_clone, 3),
    FLAGS,  UNLESS_SET(CLONE_NEWUSER, 5), ANSWER(EPERM),  UNLESS(SYS_unshare, 3),
    FLAGS,  UNLESS_SET(CLONE_NEWUSER, 1), ANSWER(EPERM),  ALLOW,
};

int main(int argc, char **argv)
{
    struct sock_fprog program = { 0 };

    if (argc > 2 && strcmp(argv[1], "chroot") == 0)
        program = (struct sock_fprog){ .len = sizeof(no_chroot) / sizeof(no_chroot[0]),
                                       .filter = (struct sock_filter *)no_chroot };
    else if (argc > 2 && strcmp(argv[1], "pivot") == 0)
        program = (struct sock_fprog){ .len = sizeof(no_pivot) / sizeof(no_pivot[0]),
                                       .filter = (struct sock_filter *)no_pivot };
    else if (argc > 2 && strcmp(argv[1], "userns") == 0)
        program = (struct sock_fprog){ .len = sizeof(no_userns) / sizeof(no_userns[0]),
                                       .filter = (struct sock_filter *)no_userns };
    else
        return fputs("usage: refuse chroot|pivot|userns PROGRAM ARGUMENT...\n", stderr) < 0 ? 1 : 2;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0) {
        perror("refuse: seccomp");
        return 1;
    }
    (void)execvp(argv[2], argv + 2);
    perror(argv[2]);
    return 127;
}

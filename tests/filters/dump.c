/*
 * dump PID: the verdicts (judge.h) of the filters of a process, read by ptrace(2). Needs
 * CAP_SYS_ADMIN and a kernel with CONFIG_CHECKPOINT_RESTORE.
 */

#include "tests/filters/judge.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

enum { PROGRAMS_MAX = 64 };

int main(int argc, char **argv)
{
    static struct judge_program programs[PROGRAMS_MAX];
    struct judge_stack stack = { .programs = programs };
    pid_t pid = argc == 2 ? (pid_t)strtol(argv[1], NULL, 10) : 0;
    size_t instructions = 0;
    long count = 0;

    if (pid <= 0 || ptrace(PTRACE_SEIZE, pid, 0, 0) < 0 ||
        ptrace(PTRACE_INTERRUPT, pid, 0, 0) < 0 || waitpid(pid, NULL, __WALL) < 0) {
        perror("dump: cannot attach");
        return 1;
    }
    for (; stack.count < PROGRAMS_MAX; stack.count++) {
        struct sock_filter *code = calloc(BPF_MAXINSNS, sizeof(*code));

        /* 0 is the filter that was installed first. */
        count = ptrace(PTRACE_SECCOMP_GET_FILTER, pid, (void *)stack.count, code);
        if (count < 0)
            break;
        programs[stack.count] = (struct judge_program){ code, (size_t)count };
        instructions += (size_t)count;
    }
    if (errno != ENOENT && errno != EINVAL) {
        perror("dump: cannot read a filter");
        return 1;
    }
    printf("programs: %zu, instructions: %zu\n", stack.count, instructions);
    judge_print(&stack, stdout);
    return 0;
}

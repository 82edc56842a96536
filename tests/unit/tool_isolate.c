/*
 * For tests/shell/isolate.sh: runs a command in a place made by isolate.h.
 *
 *   tool_isolate STATE-DIRECTORY UID GID [REACHABLE…] -- COMMAND [ARGUMENT…]
 *
 * Ends with the command's exit status, or with the failure's after printing its sentence.
 */

#include "supervisor/init/isolate.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REACHABLE_MAX = 16 };

static int fail(const struct isolate_failure *failure)
{
    fprintf(stderr, "%s\n", failure->text);
    return failure->exit_status;
}

static int become_pod(const struct isolate_layout *layout, char *const *command)
{
    struct isolate_failure failure;
    pid_t pid;
    int status;

    if (isolate_mounts(layout, &failure) < 0 ||
        isolate_drop_privileges(layout->uid, layout->gid, &failure) < 0)
        return fail(&failure);
    /* PID 1 stays itself, as reeve does: it is not dumpable, its child is. */
    pid = fork();
    if (pid == 0) {
        execvp(command[0], command);
        perror(command[0]);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return 125;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int count, char **words)
{
    const char *reachable[REACHABLE_MAX + 1] = { NULL };
    struct isolate_failure failure;
    struct isolate_layout layout = { .reachable = reachable };
    int at = 4, status;
    pid_t pid;

    if (count < 6)
        return 2;
    layout.state_directory = words[1];
    layout.uid = (uid_t)strtoul(words[2], NULL, 10);
    layout.gid = (gid_t)strtoul(words[3], NULL, 10);
    for (int i = 0; at < count && strcmp(words[at], "--") != 0 && i < REACHABLE_MAX; i++)
        reachable[i] = words[at++];
    if (at + 1 >= count)
        return 2;
    pid = isolate_fork(layout.uid, layout.gid, &failure);
    if (pid < 0)
        return fail(&failure);
    if (pid == 0)
        _exit(become_pod(&layout, words + at + 1));
    if (waitpid(pid, &status, 0) != pid)
        return 125;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

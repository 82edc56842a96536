/*
 * The trivial service: `service BOARD NUMBER` enters itself on the board and waits. Linked
 * statically, so that next to nothing of a start is its own. SIGTERM: says that it was told, and
 * ends. SIGUSR1: makes ORPHANS processes that are nobody's but PID 1's.
 */

#include "tests/bench/board.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

enum { ORPHANS = 10000 };

static struct board *board;

static void terminate(int signal)
{
    (void)signal;
    board->told++;
    _exit(0);
}

/* The middle one ends at once and is reaped here: its child is left to PID 1. */
static void make_orphan(void)
{
    pid_t middle = fork();

    if (middle == 0) {
        (void)fork();
        _exit(0);
    }
    if (middle > 0)
        (void)waitpid(middle, NULL, 0);
}

static void storm(int signal)
{
    (void)signal;
    board->storm_ns = now_ns();
    for (int i = 0; i < ORPHANS; i++)
        make_orphan();
    board->stormed++;
}

static void enter(struct board_slot *slot)
{
    slot->pid = getpid();
    slot->begun_ns = now_ns();
    if (++board->begun == board->awaited)
        board_wake(board);
}

int main(int argc, char **argv)
{
    struct sigaction on_term = { .sa_handler = terminate }, on_usr1 = { .sa_handler = storm };

    if (argc != 3 || !(board = board_map(argv[1])))
        return 1;
    (void)sigaction(SIGTERM, &on_term, NULL);
    (void)sigaction(SIGUSR1, &on_usr1, NULL);
    enter(&board->slots[atoi(argv[2]) % BOARD_SLOTS]);
    for (;;)
        (void)pause();
}

/* reeve-health: what the processes of a unit use, found by their seal, at first and when it is
 * remembered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/seal.h"
#include "supervisor/health/usage.h"

enum { NONCE = 0x1badcafe, DAEMONS = 2 };

/* A unit's main process, and what it has left in sessions of their own. */
struct service {
    uint64_t seal;
    pid_t main_pid, daemons[DAEMONS];
    int go; /* the main process waits for a byte before it seals itself */
    int pids;
    struct row row;
    struct table table;
    struct usages usages;
};

static void seal_itself(uint64_t seal)
{
    struct rlimit limit = { .rlim_cur = seal, .rlim_max = seal };

    if (setrlimit(RLIMIT_RTTIME, &limit) < 0)
        _exit(1);
}

static void tell(int pids)
{
    pid_t pid = getpid();

    if (write(pids, &pid, sizeof(pid)) != sizeof(pid))
        _exit(1);
}

static void leave_daemon(int pids)
{
    pid_t pid = fork();

    if (pid == 0) {
        if (fork() > 0)
            _exit(0);
        setsid();
        tell(pids);
        for (;;)
            pause();
    }
    (void)waitpid(pid, NULL, 0);
}

static _Noreturn void serve(uint64_t seal, int go, int pids)
{
    char byte;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (read(go, &byte, 1) != 1)
        _exit(1);
    seal_itself(seal);
    for (int i = 0; i < DAEMONS; i++)
        leave_daemon(pids);
    tell(pids);
    for (;;)
        pause();
}

/* Until both daemons are there, and what forked them is gone. */
static void go(struct service *service)
{
    int count = 0;

    assert_int_equal(write(service->go, "", 1), 1);
    for (int i = 0; i < 1 + DAEMONS; i++) {
        pid_t pid;

        assert_int_equal(read(service->pids, &pid, sizeof(pid)), sizeof(pid));
        if (pid != service->main_pid)
            service->daemons[count++] = pid;
    }
}

static int set_up(void **state)
{
    static struct service service;
    int go_pipe[2], pids[2];

    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    service = (struct service){ .seal = seal_make(NONCE, (uint32_t)getpid()) };
    assert_int_equal(pipe(go_pipe), 0);
    assert_int_equal(pipe(pids), 0);
    service.main_pid = fork();
    assert_true(service.main_pid >= 0);
    if (service.main_pid == 0)
        serve(service.seal, go_pipe[0], pids[1]);
    close(go_pipe[0]);
    close(pids[1]);
    service.go = go_pipe[1];
    service.pids = pids[0];
    service.row.state.main_pid = service.main_pid;
    service.table.present.rows = &service.row;
    service.table.present.count = 1;
    *state = &service;
    return 0;
}

static int tear_down(void **state)
{
    struct service *service = *state;

    kill(service->main_pid, SIGKILL);
    for (int i = 0; i < DAEMONS; i++)
        if (service->daemons[i] > 0)
            kill(service->daemons[i], SIGKILL);
    while (waitpid(-1, NULL, 0) > 0)
        ;
    close(service->go);
    close(service->pids);
    usages_release(&service->usages);
    return 0;
}

static uint32_t processes_at(struct service *service, uint64_t now_us)
{
    usages_refresh(&service->usages, &service->table, now_us);
    assert_int_equal(service->usages.count, 1);
    return service->usages.units[0].processes;
}

static struct sealed_process *remembered(struct service *service, pid_t pid)
{
    for (size_t i = 0; i < service->usages.seals.count; i++)
        if (service->usages.seals.processes[i].pid == pid)
            return &service->usages.seals.processes[i];
    fail();
    return NULL;
}

static void finds_all_each_time(void **state)
{
    struct service *service = *state;

    go(service);
    for (uint64_t now_us = USEC_PER_SEC; now_us < 30 * USEC_PER_SEC; now_us += USEC_PER_SEC)
        assert_int_equal(processes_at(service, now_us), 1 + DAEMONS);
    assert_true(service->usages.units[0].memory_bytes > 0);
    kill(service->daemons[0], SIGKILL);
    assert_int_equal(waitpid(service->daemons[0], NULL, 0), service->daemons[0]);
    service->daemons[0] = 0;
    assert_int_equal(processes_at(service, 30 * USEC_PER_SEC), DAEMONS);
}

static void notices_a_seal_that_comes_later(void **state)
{
    struct service *service = *state;

    assert_int_equal(processes_at(service, USEC_PER_SEC), 0);
    seals_look(&service->usages.seals, USEC_PER_SEC);
    assert_int_equal(remembered(service, service->main_pid)->seal, 0);
    go(service);
    assert_int_equal(processes_at(service, 2 * USEC_PER_SEC), 1 + DAEMONS);
}

/* However long it is between two looks: one alone may have been in the moment before the seal. */
static void one_look_settles_nothing(void **state)
{
    struct service *service = *state;

    assert_int_equal(processes_at(service, 1), 0);
    seals_look(&service->usages.seals, 1);
    go(service);
    assert_int_equal(processes_at(service, 1 + 2 * SEALS_SETTLED_US), 1 + DAEMONS);
}

static void asks_no_more_once_it_is_settled(void **state)
{
    struct service *service = *state;

    go(service);
    for (uint64_t now_us = 1; now_us <= 1 + SEALS_SETTLED_US; now_us += SEALS_SETTLED_US)
        assert_int_equal(processes_at(service, now_us), 1 + DAEMONS);
    remembered(service, service->daemons[0])->seal = 0;
    assert_int_equal(processes_at(service, 1 + 2 * SEALS_SETTLED_US), DAEMONS);
}

static void does_not_take_one_for_another(void **state)
{
    struct service *service = *state;

    go(service);
    for (uint64_t now_us = 1; now_us <= 1 + SEALS_SETTLED_US; now_us += SEALS_SETTLED_US)
        assert_int_equal(processes_at(service, now_us), 1 + DAEMONS);
    remembered(service, service->daemons[0])->seal = 0;
    remembered(service, service->daemons[0])
        ->inode++; /* as of a process that had the number before */
    assert_int_equal(processes_at(service, 1 + 2 * SEALS_SETTLED_US), 1 + DAEMONS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_all_each_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(notices_a_seal_that_comes_later, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_look_settles_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(asks_no_more_once_it_is_settled, set_up, tear_down),
        cmocka_unit_test_setup_teardown(does_not_take_one_for_another, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("health_usage", tests, NULL, NULL);
}

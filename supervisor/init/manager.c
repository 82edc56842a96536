#include "supervisor/init/manager.h"

#include "supervisor/init/pod.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MESSAGE_SIZE = OUTLOOK_TEXT + 256 };

/* --- the socket --- */

/* As sd_notify(3): a path, or @ and an abstract name. 0: neither. */
static socklen_t read_address(const char *text, struct sockaddr_un *ret_address)
{
    size_t length = text ? strlen(text) : 0;
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (length < 2 || length >= sizeof(address.sun_path) || (text[0] != '/' && text[0] != '@'))
        return 0;
    memcpy(address.sun_path, text, length);
    if (text[0] == '@')
        address.sun_path[0] = '\0';
    *ret_address = address;
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

static bool reach(const struct manager *manager)
{
    return connect(manager->fd, (const struct sockaddr *)&manager->address,
                   manager->address_size) == 0;
}

void manager_open(struct manager *manager)
{
    const char *mind = getenv("REEVE_WATCHDOG");

    *manager = (struct manager){ .fd = -1 };
    manager->address_size = read_address(getenv("NOTIFY_SOCKET"), &manager->address);
    if (manager->address_size == 0)
        return;
    manager->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (manager->fd < 0)
        return;
    (void)reach(manager); /* who is not there now may come later */
    manager->watchdog = watchdog_read(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"), getpid());
    manager->minds_only_loop = mind && strcmp(mind, "loop") == 0;
    manager->is_changed = true;
}

static int try_to_send(const struct manager *manager, const char *text)
{
    if (send(manager->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
        return 0;
    return errno == ENOBUFS || errno == EINTR ? -EAGAIN : -errno;
}

/* 0, also when there is nobody to hear it; -EAGAIN: not now. */
static int tell(const struct manager *manager, const char *text)
{
    int error = try_to_send(manager, text);

    if (error < 0 && error != -EAGAIN)
        error = reach(manager) ? try_to_send(manager, text) : 0;
    return error == -EAGAIN ? error : 0;
}

/* --- what is new --- */

void manager_changed(struct pod *pod, bool is_urgent)
{
    pod->manager.is_changed = true;
    if (is_urgent)
        pod->manager.look_us = 0;
}

/* Only while somebody has a start or stop under his clock: it would move that of a watchdog, too.
 */
static bool is_timed(const struct pod *pod)
{
    return !pod->manager.is_ready || pod->engine.is_stopping;
}

/* Whoever makes no progress is looked at again when something has changed, and wakes nobody. */
static bool takes_extension(struct pod *pod, uint64_t now_us)
{
    struct manager *manager = &pod->manager;
    bool is_idle = manager->extend_us == USEC_INFINITY;

    if (!is_timed(pod) || (!is_idle && now_us < manager->extend_us))
        return false;
    if (!outlook_is_progress(pod, now_us)) {
        manager->extend_us = USEC_INFINITY;
        return false;
    }
    manager->extend_us = now_us + MANAGER_EXTEND_EVERY_US;
    return true;
}

static int tell_reloading(struct manager *manager)
{
    char text[MESSAGE_SIZE];
    int error;

    if (!manager->owes_reloading)
        return 0;
    snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64 "\n",
             manager->reloading_us);
    error = tell(manager, text);
    manager->owes_reloading = error < 0;
    return error;
}

static int tell_news(struct pod *pod, const struct outlook *outlook, bool is_extended)
{
    struct manager *manager = &pod->manager;
    bool is_stopping = pod->engine.is_stopping && !manager->has_told_stopping;
    char text[MESSAGE_SIZE], extension[64] = "";
    int error;

    if (!manager->owes_ready && !is_stopping && !is_extended &&
        strcmp(manager->status, outlook->text) == 0)
        return 0;
    if (is_extended)
        snprintf(extension, sizeof(extension), "EXTEND_TIMEOUT_USEC=%d\n", MANAGER_EXTEND_US);
    snprintf(text, sizeof(text), "%s%s%sSTATUS=%s\n", manager->owes_ready ? "READY=1\n" : "",
             is_stopping ? "STOPPING=1\n" : "", extension, outlook->text);
    error = tell(manager, text);
    if (error < 0)
        return error;
    manager->owes_ready = false;
    manager->has_told_stopping = pod->engine.is_stopping;
    wire_copy(manager->status, sizeof(manager->status), outlook->text);
    return 0;
}

/* A pod that goes down has no readiness to tell any more. */
static void settle_readiness(struct pod *pod, const struct outlook *outlook)
{
    struct manager *manager = &pod->manager;

    if (!manager->is_ready && outlook_is_well(outlook) && outlook_is_up(pod))
        manager->is_ready = manager->owes_ready = true;
    if (pod->engine.is_stopping)
        manager->owes_ready = manager->owes_reloading = false;
}

static void look(struct pod *pod, uint64_t now_us)
{
    struct manager *manager = &pod->manager;
    struct outlook outlook;
    bool is_extended;
    int error;

    outlook_find(pod, now_us, &outlook);
    settle_readiness(pod, &outlook);
    is_extended = takes_extension(pod, now_us);
    error = tell_reloading(manager);
    if (error == 0)
        error = tell_news(pod, &outlook, is_extended);
    manager->is_changed = error < 0;
    manager->look_us = now_us + MANAGER_PAUSE_US;
}

/* --- the watchdog --- */

/*
 * Stuck: for a whole span of the watchdog the pod has been unhealthy, and nothing was under way
 * that could mend it. The loop that turns is then no sign of life of the pod.
 */
static bool is_stuck(struct pod *pod, uint64_t now_us)
{
    struct manager *manager = &pod->manager;
    struct outlook outlook;

    outlook_find(pod, now_us, &outlook);
    if (manager->minds_only_loop || outlook.word != WIRE_VERDICT_UNHEALTHY ||
        outlook_is_moving(pod)) {
        manager->ill_us = 0;
        manager->is_stuck = false;
        return false;
    }
    if (manager->ill_us == 0)
        manager->ill_us = now_us;
    if (now_us - manager->ill_us < 2 * manager->watchdog.interval_us)
        return false;
    if (!manager->is_stuck)
        pod_log(pod, 2, "the pod is stuck, so WATCHDOG=1 is withheld: %s", outlook.text);
    manager->is_stuck = true;
    return true;
}

/* Each turn of the loop ends here, so a loop that does not come round is not said to be alive. */
static uint64_t tell_watchdog(struct pod *pod, uint64_t now_us)
{
    struct watchdog *watchdog = &pod->manager.watchdog;

    if (watchdog->interval_us == 0)
        return USEC_INFINITY;
    if (watchdog_is_due(watchdog, now_us) && !is_stuck(pod, now_us) &&
        tell(&pod->manager, "WATCHDOG=1\n") < 0)
        watchdog->due_us = now_us + MANAGER_PAUSE_US;
    return watchdog->due_us;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* When there will be something to say though nothing happens. */
static uint64_t next_look(const struct pod *pod)
{
    const struct manager *manager = &pod->manager;
    uint64_t next_us = manager->hold_us;

    if (manager->is_changed)
        next_us = earlier(next_us, manager->look_us);
    return is_timed(pod) ? earlier(next_us, manager->extend_us) : next_us;
}

/* Also a unit can end the pod, and the loop with it soon. */
static void begin_end(struct pod *pod)
{
    if (!pod->engine.is_stopping || pod->manager.is_ending)
        return;
    pod->manager.is_ending = true;
    pod->manager.extend_us = USEC_INFINITY;
    manager_changed(pod, true);
}

uint64_t manager_settle(struct pod *pod, uint64_t deadline_us)
{
    struct manager *manager = &pod->manager;
    uint64_t now_us;

    if (manager->fd < 0)
        return deadline_us;
    now_us = clock_monotonic_us();
    begin_end(pod);
    if (next_look(pod) <= now_us)
        look(pod, now_us);
    manager->hold_us = outlook_deadline(pod, now_us);
    deadline_us = earlier(deadline_us, tell_watchdog(pod, now_us));
    return earlier(deadline_us, next_look(pod));
}

/* --- reload and end --- */

/* What was never ready is not told to be so by a reload. */
void manager_reloading(struct pod *pod)
{
    struct manager *manager = &pod->manager;

    if (manager->fd < 0 || !manager->is_ready || pod->engine.is_stopping)
        return;
    manager->owes_reloading = true;
    manager->reloading_us = clock_monotonic_us();
    (void)tell_reloading(manager);
}

void manager_reloaded(struct pod *pod)
{
    pod->manager.owes_ready = pod->manager.is_ready;
    manager_changed(pod, true);
}

void manager_exit(struct manager *manager, int exit_status)
{
    char text[MESSAGE_SIZE];

    if (manager->fd < 0)
        return;
    snprintf(text, sizeof(text), "EXIT_STATUS=%d\nSTATUS=ended with status %d\n", exit_status,
             exit_status);
    (void)tell(manager, text);
}

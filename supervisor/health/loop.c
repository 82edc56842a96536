#include "supervisor/health/loop.h"

#include "supervisor/wire/fd.h"

#include <errno.h>
#include <limits.h>
#include <sys/epoll.h>
#include <time.h>

static uint64_t clock_us(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * USEC_PER_SEC + (uint64_t)time.tv_nsec / 1000;
}

uint64_t clock_monotonic_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

uint64_t clock_realtime_us(void)
{
    return clock_us(CLOCK_REALTIME);
}

int loop_init(struct loop *loop)
{
    *loop = (struct loop){ .epoll = epoll_create1(EPOLL_CLOEXEC) };
    return loop->epoll < 0 ? -errno : 0;
}

void loop_release(struct loop *loop)
{
    loop->epoll = fd_close(loop->epoll);
}

int loop_watch(struct loop *loop, struct loop_watch *watch, int fd, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = watch };

    if (watch->fd == fd && watch->events == events)
        return 0;
    if (epoll_ctl(loop->epoll, watch->fd == fd ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) < 0)
        return -errno;
    watch->fd = fd;
    watch->events = events;
    return 0;
}

void loop_unwatch(struct loop *loop, struct loop_watch *watch)
{
    if (watch->fd >= 0)
        (void)epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
    watch->fd = -1;
    watch->events = 0;
}

/* Rounded up: a timer that fires a little too early would make the loop turn without effect. */
static int milliseconds_until(uint64_t deadline_us)
{
    uint64_t now_us, wait_ms;

    if (deadline_us == USEC_INFINITY)
        return -1;
    now_us = clock_monotonic_us();
    if (deadline_us <= now_us)
        return 0;
    wait_ms = (deadline_us - now_us + USEC_PER_MSEC - 1) / USEC_PER_MSEC;
    return wait_ms > INT_MAX ? INT_MAX : (int)wait_ms;
}

int loop_wait(struct loop *loop, uint64_t deadline_us)
{
    struct epoll_event event;
    int count = epoll_wait(loop->epoll, &event, 1, milliseconds_until(deadline_us));

    loop->is_quiet = count == 0;
    if (count < 0)
        return errno == EINTR ? 0 : -errno;
    if (count > 0) {
        struct loop_watch *watch = event.data.ptr;

        watch->callback(watch->context, event.events);
    }
    return 0;
}

void loop_quit(struct loop *loop, int status)
{
    loop->should_quit = true;
    loop->status = status;
}

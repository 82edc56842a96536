#include "supervisor/init/loop.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <systemd/sd-event.h>
#include <time.h>

enum { TIMER_ACCURACY_US = 1000 };

struct loop {
    sd_event *event;
    sd_event_source *timer;
    loop_callback *on_timer;
    void *timer_context;
    uint64_t deadline_us;
    bool is_over;
};

struct loop_source {
    sd_event_source *source;
    loop_fd_callback *callback;
    loop_signal_callback *on_signal;
    void *context;
};

static uint64_t clock_us(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * USEC_PER_SEC + (uint64_t)now.tv_nsec / 1000;
}

uint64_t clock_monotonic_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

uint64_t clock_realtime_us(void)
{
    return clock_us(CLOCK_REALTIME);
}

int loop_new(struct loop **ret_loop)
{
    struct loop *loop = calloc(1, sizeof(*loop));
    int error;

    if (!loop)
        return -ENOMEM;
    error = sd_event_new(&loop->event);
    if (error < 0) {
        free(loop);
        return error;
    }
    loop->deadline_us = USEC_INFINITY;
    *ret_loop = loop;
    return 0;
}

struct loop *loop_free(struct loop *loop)
{
    if (!loop)
        return NULL;
    sd_event_source_unref(loop->timer);
    sd_event_unref(loop->event);
    free(loop);
    return NULL;
}

static int dispatch_fd(sd_event_source *event_source, int fd, uint32_t events, void *userdata)
{
    struct loop_source *source = userdata;

    (void)event_source;
    (void)fd;
    source->callback(source->context, events);
    return 0;
}

int loop_add_fd(struct loop *loop, int fd, loop_fd_callback *callback, void *context,
                struct loop_source **ret_source)
{
    struct loop_source *source = calloc(1, sizeof(*source));
    int error;

    if (!source)
        return -ENOMEM;
    source->callback = callback;
    source->context = context;
    error = sd_event_add_io(loop->event, &source->source, fd, EPOLLIN, dispatch_fd, source);
    if (error < 0) {
        free(source);
        return error;
    }
    *ret_source = source;
    return 0;
}

void loop_set_events(struct loop_source *source, uint32_t events)
{
    /* Fails only for a source that is not an io source or without memory: then the old mask stays.
     */
    (void)sd_event_source_set_io_events(source->source, events);
}

struct loop_source *loop_source_free(struct loop_source *source)
{
    if (!source)
        return NULL;
    /* Disabled first: an unref inside its own dispatch takes effect only afterwards. */
    sd_event_source_disable_unref(source->source);
    free(source);
    return NULL;
}

/*
 * SI_USER and SI_TKILL cannot be set by rt_sigqueueinfo(2) for another process: their sender is the
 * kernel's word, and 0 is outside our PID namespace. SI_KERNEL is for the keys of a terminal. All
 * others are what a sender likes: SI_QUEUE with any number, POLL_IN of a socket with F_SETSIG.
 */
static pid_t sender_of(const struct signalfd_siginfo *info)
{
    switch (info->ssi_code) {
    case SI_USER:
    case SI_TKILL:
        return (pid_t)info->ssi_pid;
    case SI_KERNEL:
        return LOOP_SENDER_OUTSIDE;
    default:
        return LOOP_SENDER_UNKNOWN;
    }
}

static int dispatch_signal(sd_event_source *event_source, const struct signalfd_siginfo *info,
                           void *userdata)
{
    struct loop_source *source = userdata;

    (void)event_source;
    source->on_signal(source->context, (int)info->ssi_signo, sender_of(info));
    return 0;
}

int loop_add_signal(struct loop *loop, int signal, loop_signal_callback *callback, void *context)
{
    struct loop_source *source = calloc(1, sizeof(*source));
    int error;

    if (!source)
        return -ENOMEM;
    source->on_signal = callback;
    source->context = context;
    /* Lives as long as the loop: the event loop keeps the only reference. */
    error = sd_event_add_signal(loop->event, NULL, signal, dispatch_signal, source);
    if (error < 0)
        free(source);
    return error < 0 ? error : 0;
}

static int dispatch_timer(sd_event_source *event_source, uint64_t due_us, void *userdata)
{
    struct loop *loop = userdata;

    (void)event_source;
    (void)due_us;
    loop->deadline_us = USEC_INFINITY;
    loop->on_timer(loop->timer_context);
    return 0;
}

int loop_set_timer_callback(struct loop *loop, loop_callback *callback, void *context)
{
    int error;

    loop->on_timer = callback;
    loop->timer_context = context;
    error = sd_event_add_time(loop->event, &loop->timer, CLOCK_MONOTONIC, USEC_INFINITY,
                              TIMER_ACCURACY_US, dispatch_timer, loop);
    if (error < 0)
        return error;
    error = sd_event_source_set_enabled(loop->timer, SD_EVENT_OFF);
    return error < 0 ? error : 0;
}

void loop_set_deadline(struct loop *loop, uint64_t deadline_us)
{
    if (deadline_us == loop->deadline_us)
        return;
    loop->deadline_us = deadline_us;
    if (deadline_us == USEC_INFINITY) {
        (void)sd_event_source_set_enabled(loop->timer, SD_EVENT_OFF);
        return;
    }
    (void)sd_event_source_set_time(loop->timer, deadline_us);
    (void)sd_event_source_set_enabled(loop->timer, SD_EVENT_ONESHOT);
}

int loop_run(struct loop *loop, loop_callback *settle, void *context)
{
    for (settle(context); !loop->is_over; settle(context)) {
        int result = sd_event_run(loop->event, UINT64_MAX);

        if (result < 0 && result != -EINTR)
            return result;
    }
    return 0;
}

void loop_quit(struct loop *loop)
{
    loop->is_over = true;
}

#include "supervisor/init/notify.h"

#include "supervisor/init/fd_store.h"
#include "supervisor/init/main_process.h"
#include "supervisor/init/notification.h"
#include "supervisor/init/sockets.h"
#include "supervisor/init/track.h"
#include "supervisor/wire/fd.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* One message as it came in; the descriptors are ours until somebody keeps them. */
struct datagram {
    pid_t sender; /* as the kernel vouches for it; 0: unknown */
    int fds[DESCRIPTORS_MAX];
    size_t fd_count;
    size_t size;
    bool is_cut; /* something of it did not fit */
    char text[NOTIFY_DATAGRAM + 1];
};

int notify_open(struct pod *pod)
{
    int on = 1;
    int error = socket_bind_path(SOCK_DGRAM, pod->place.notify_path, &pod->notify_fd);

    if (error < 0)
        return error;
    /* Services of other users speak here as well; who may is decided by their credentials. */
    if (pod->abilities.identity && chmod(pod->place.notify_path, 0666) < 0)
        return -errno;
    return setsockopt(pod->notify_fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0 ? -errno : 0;
}

/* --- who may --- */

enum notify_access notify_access_of(const struct pod *pod, unit_id id)
{
    return pod->members[id].notify_access >= 0 ? (enum notify_access)pod->members[id].notify_access
                                               : pod->set.specs[id]->service.notify_access;
}

static bool may_notify(const struct pod *pod, unit_id id, pid_t pid)
{
    const struct unit *unit = &pod->engine.units[id];

    switch (notify_access_of(pod, id)) {
    case NOTIFY_NONE:
        return false;
    case NOTIFY_MAIN:
        return pid == unit->main_pid;
    case NOTIFY_EXEC:
        return pid == unit->main_pid || pid == unit->control_pid;
    case NOTIFY_ALL:
        return true;
    }
    return false;
}

static void refuse(struct pod *pod, pid_t pid, const char *who, const char *why)
{
    pod_complain(pod, &pod->ignored_notifications, "%s: notification from process %d ignored: %s",
                 who, (int)pid, why);
}

/* --- what is said --- */

/* A text is shown to people and goes into JSON: control characters become spaces. */
static void set_text(char *target, size_t size, const char *text)
{
    wire_copy(target, size, text);
    for (char *at = target; *at; at++)
        if (iscntrl((unsigned char)*at))
            *at = ' ';
}

static void keep_texts(struct pod *pod, unit_id id, const struct notification_fields *fields)
{
    struct member *member = &pod->members[id];

    if (fields->status && member->texts)
        set_text(member->texts->status, sizeof(member->texts->status), fields->status);
    if (fields->bus_error && member->texts)
        set_text(member->texts->bus_error, sizeof(member->texts->bus_error), fields->bus_error);
    if (fields->error_number >= 0)
        member->status_errno = fields->error_number;
    if (fields->has_notify_access)
        member->notify_access = (int8_t)fields->notify_access;
    if (fields->status || fields->bus_error || fields->error_number >= 0)
        engine_touch(&pod->engine, id);
}

static void take_main_pid(struct pod *pod, unit_id id, struct notification_fields *fields,
                          pid_t sender)
{
    const char *why;

    if (fields->main_pid == 0 || fields->main_pid == pod->engine.units[id].main_pid)
        return;
    why = main_process_objection(pod, id, fields->main_pid);
    if (why) {
        refuse(pod, sender, pod_unit_name(pod, id), why);
        return;
    }
    fields->news.main_pid = fields->main_pid;
}

static void take_descriptors(struct pod *pod, unit_id id, const struct notification_fields *fields,
                             struct datagram *datagram)
{
    struct fd_store *store = &pod->members[id].fd_store;
    struct stored_fd how = { .is_polled = !fields->is_fd_unpolled };
    size_t count = datagram->fd_count;

    if (fields->fd_store_remove) {
        if (fields->fd_name)
            fd_store_remove(pod, store, fields->fd_name);
        else
            refuse(pod, datagram->sender, pod_unit_name(pod, id), "FDSTOREREMOVE=1 needs FDNAME=");
        return;
    }
    if (!fields->fd_store || count == 0)
        return;
    wire_copy(how.name, sizeof(how.name), fields->fd_name ? fields->fd_name : "stored");
    datagram->fd_count = 0;
    if (fd_store_add(pod, store, datagram->fds, count, &how) > 0)
        refuse(pod, datagram->sender, pod_unit_name(pod, id),
               "no room for its descriptors in FileDescriptorStoreMax=");
}

/* A service may say these as often as it likes: only what is new is recorded. */
static void record_word(struct pod *pod, unit_id id, const struct notification *news)
{
    enum notify_state word = news->stopping    ? NOTIFY_STATE_STOPPING
                             : news->reloading ? NOTIFY_STATE_RELOADING
                             : news->ready     ? NOTIFY_STATE_READY
                                               : NOTIFY_STATE_NONE;

    if (word != NOTIFY_STATE_NONE && word != pod->engine.units[id].notify_state)
        recorder_add(pod, (struct history_entry){
                              .unit = id, .kind = HISTORY_NOTIFIED, .a = (int32_t)word });
}

static void obey(struct pod *pod, unit_id id, struct notification_fields *fields,
                 struct datagram *datagram)
{
    pid_t before = pod->engine.units[id].main_pid;

    if (fields->invalid)
        refuse(pod, datagram->sender, pod_unit_name(pod, id), fields->invalid);
    take_main_pid(pod, id, fields, datagram->sender);
    keep_texts(pod, id, fields);
    take_descriptors(pod, id, fields, datagram);
    record_word(pod, id, &fields->news);
    engine_notified(&pod->engine, id, &fields->news, clock_monotonic_us());
    main_process_changed(pod, id, before);
}

static void handle(struct pod *pod, struct datagram *datagram)
{
    struct notification_fields fields;
    unit_id id;

    if (datagram->is_cut) {
        refuse(pod, datagram->sender, "notify socket",
               "it is too long, or has too many descriptors");
        return;
    }
    if (notification_parse(datagram->text, datagram->size, &fields) < 0) {
        refuse(pod, datagram->sender, "notify socket", "it has a NUL inside");
        return;
    }
    /* Whoever waits for a barrier waits for our end of the pipe to be closed: that follows. */
    if (fields.is_barrier)
        return;
    id = track_owner(pod, datagram->sender);
    if (id == UNIT_NONE)
        refuse(pod, datagram->sender, "notify socket", "it belongs to no unit");
    else if (!may_notify(pod, id, datagram->sender))
        refuse(pod, datagram->sender, pod_unit_name(pod, id), "NotifyAccess= forbids it");
    else
        obey(pod, id, &fields, datagram);
}

/* --- receiving --- */

static void take_control(struct datagram *datagram, struct msghdr *packet)
{
    for (struct cmsghdr *header = CMSG_FIRSTHDR(packet); header;
         header = CMSG_NXTHDR(packet, header)) {
        if (header->cmsg_level != SOL_SOCKET)
            continue;
        if (header->cmsg_type == SCM_CREDENTIALS) {
            struct ucred sender;

            memcpy(&sender, CMSG_DATA(header), sizeof(sender));
            datagram->sender = sender.pid;
        } else if (header->cmsg_type == SCM_RIGHTS) {
            size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);

            if (count > DESCRIPTORS_MAX)
                count = DESCRIPTORS_MAX;
            memcpy(datagram->fds, CMSG_DATA(header), count * sizeof(int));
            datagram->fd_count = count;
        }
    }
}

/*
 * Whether there is a message that can be received. With room for the sender alone, the kernel tells
 * that there are descriptors, too, and keeps them where they are.
 */
static bool is_one_there(struct pod *pod)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(struct ucred))];
    } control;
    struct msghdr packet = { .msg_control = &control, .msg_controllen = sizeof(control) };

    if (recvmsg(pod->notify_fd, &packet, MSG_DONTWAIT | MSG_PEEK) < 0)
        return false;
    if (!(packet.msg_flags & MSG_CTRUNC) || descriptors_may_come(pod))
        return true;
    pod->is_notify_deaf = true;
    loop_set_events(pod->notify_source, 0);
    return false;
}

void notify_listen_again(struct pod *pod)
{
    if (!pod->is_notify_deaf)
        return;
    pod->is_notify_deaf = false;
    loop_set_events(pod->notify_source, EPOLLIN);
}

static bool receive(int fd, struct datagram *datagram)
{
    struct iovec part = { .iov_base = datagram->text, .iov_len = NOTIFY_DATAGRAM };
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int) * DESCRIPTORS_MAX)];
    } control;
    struct msghdr packet = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof(control),
    };
    ssize_t size = recvmsg(fd, &packet, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

    if (size < 0)
        return false;
    datagram->size = (size_t)size;
    datagram->sender = 0;
    datagram->fd_count = 0;
    datagram->is_cut = packet.msg_flags & (MSG_TRUNC | MSG_CTRUNC);
    take_control(datagram, &packet);
    return true;
}

void notify_receive(void *context, uint32_t events)
{
    static struct datagram datagram; /* scratch: only the single thread of PID 1, one at a time */
    struct pod *pod = context;

    (void)events;
    for (int i = 0; i < NOTIFY_BURST && is_one_there(pod) && receive(pod->notify_fd, &datagram);
         i++) {
        if (datagram.sender > 0)
            handle(pod, &datagram);
        descriptors_discard(pod, datagram.fds, datagram.fd_count);
    }
}

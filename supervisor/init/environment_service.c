#include "supervisor/init/environment_private.h"

#include "supervisor/init/credentials.h"

#include "supervisor/init/notify.h"
#include "supervisor/init/path_watch.h"

#include <signal.h>
#include <string.h>

/* Which of its unit's lists a command stands in decides on what it is told. */
static bool list_has(const struct exec_command *list, const struct exec_command *command)
{
    while (list && list != command)
        list = list->next;
    return list != NULL;
}

/* How a run ended, for ExecStop= and ExecStopPost=, and with a prefix for what OnFailure= or
 * OnSuccess= started. */
static int put_result(struct image *image, const struct unit *unit, const char *prefix)
{
    static const char *const codes[] = {
        [CLD_EXITED] = "exited",
        [CLD_KILLED] = "killed",
        [CLD_DUMPED] = "dumped",
    };
    struct process_exit exit = unit->main_exit;
    int error = image_putf(image, "%sSERVICE_RESULT=%s", prefix,
                           unit_result_name((enum unit_result)unit->result));

    if (error < 0 || exit.code <= 0 || (size_t)exit.code >= ARRAY_SIZE(codes))
        return error;
    error = image_putf(image, "%sEXIT_CODE=%s", prefix, codes[exit.code]);
    if (error < 0)
        return error;
    if (exit.code == CLD_EXITED)
        return image_putf(image, "%sEXIT_STATUS=%d", prefix, exit.status);
    if (exit.status >= SIGRTMIN)
        return image_putf(image, "%sEXIT_STATUS=RTMIN+%d", prefix, exit.status - SIGRTMIN);
    return image_putf(image, "%sEXIT_STATUS=%s", prefix, sigabbrev_np(exit.status));
}

/* sd_listen_fds(3): what the unit's store holds begins at descriptor 3, the last one first. */
static int put_listen(struct image *image, const struct fd_store *store)
{
    char *names = image->bytes + image->used;
    int error;

    if (store->count == 0)
        return 0;
    error = image_put_pid(image, "LISTEN_PID");
    if (error == 0)
        error = image_putf(image, "LISTEN_FDS=%zu", store->count);
    names = image->bytes + image->used;
    for (size_t i = 0; i < store->count && error == 0; i++) {
        image->used -= i > 0; /* over the NUL */
        error = image_append(
            image, "%s%s", i > 0 ? ":" : "LISTEN_FDNAMES=", store->list[store->count - 1 - i].name);
    }
    return error == 0 ? image_put(image, names) : error;
}

static int put_watchdog(struct image *image, const struct service_spec *service)
{
    int error;

    if (service->watchdog_us == 0 || service->watchdog_us == USEC_INFINITY)
        return 0;
    error = image_put_pid(image, "WATCHDOG_PID");
    if (error == 0)
        error = image_putf(image, "WATCHDOG_USEC=%llu", (unsigned long long)service->watchdog_us);
    return error;
}

/* Who would start this unit by OnFailure= or OnSuccess=; nobody when there are several. */
static unit_id trigger_of(const struct pod *pod, unit_id id)
{
    const struct unit_edges *failure = &pod->set.edges[id][EDGE_ON_FAILURE_OF];
    const struct unit_edges *success = &pod->set.edges[id][EDGE_ON_SUCCESS_OF];
    unit_id trigger;

    if (failure->count + success->count != 1)
        return UNIT_NONE;
    trigger = failure->count > 0 ? failure->to[0] : success->to[0];
    return pod->set.specs[trigger]->kind == UNIT_SERVICE ? trigger : UNIT_NONE;
}

static int put_monitor(struct image *image, const struct pod *pod, unit_id id)
{
    unit_id trigger = trigger_of(pod, id);
    int error;

    if (trigger == UNIT_NONE)
        return 0;
    error = put_result(image, &pod->engine.units[trigger], "MONITOR_");
    if (error == 0 && pod->members[trigger].invocation_id[0] != '\0')
        error = image_putf(image, "MONITOR_INVOCATION_ID=%s", pod->members[trigger].invocation_id);
    if (error == 0)
        error = image_putf(image, "MONITOR_UNIT=%s", pod_unit_name(pod, trigger));
    return error;
}

/* What activated it, for all commands of the run. */
static int put_trigger_of(struct image *image, const struct pod *pod, unit_id id)
{
    unit_id path = engine_activator(&pod->engine, id);
    int error;

    if (path == UNIT_NONE)
        return 0;
    error = image_putf(image, "TRIGGER_UNIT=%s", pod_unit_name(pod, path));
    return error == 0 ? image_putf(image, "TRIGGER_PATH=%s", path_watch_found(pod, path)) : error;
}

/* The variables about the service itself, by the kind of process that it is. */
int image_put_service(struct image *image, const struct pod *pod, unit_id id,
                      const struct exec_command *command)
{
    const struct service_spec *service = &pod->set.specs[id]->service;
    const struct unit *unit = &pod->engine.units[id];
    bool is_main = list_has(service->exec_start, command);
    enum notify_access access = notify_access_of(pod, id);
    int error = 0;

    if (is_main ? access != NOTIFY_NONE : access == NOTIFY_EXEC || access == NOTIFY_ALL)
        error = image_putf(image, "NOTIFY_SOCKET=%s", pod->place.notify_path);
    if (error == 0 && unit->main_pid > 0)
        error = image_putf(image, "MAINPID=%d", (int)unit->main_pid);
    if (error == 0 && service->pid_file)
        error = image_putf(image, "PIDFILE=%s", service->pid_file);
    /* Those that PID 1 got itself are no service's. */
    image_drop(image, "CREDENTIALS_DIRECTORY");
    if (error == 0 && credentials_are_for(pod->set.specs[id], command))
        error = image_putf(image, "CREDENTIALS_DIRECTORY=%s/credentials/%s",
                           pod->place.roots.directory[DIRECTORY_RUNTIME], pod_unit_name(pod, id));
    if (error == 0)
        error = image_putf(image, "INVOCATION_ID=%s", pod->members[id].invocation_id);
    if (error == 0)
        error = image_put_pid(image, "SYSTEMD_EXEC_PID");
    if (error == 0 && is_main)
        error = put_watchdog(image, service);
    if (error == 0 && is_main)
        error = put_listen(image, &pod->members[id].fd_store);
    if (error == 0 &&
        (list_has(service->exec_stop, command) || list_has(service->exec_stop_post, command)))
        error = put_result(image, unit, "");
    if (error == 0 && (is_main || list_has(service->exec_start_pre, command)))
        error = put_monitor(image, pod, id);
    return error == 0 ? put_trigger_of(image, pod, id) : error;
}

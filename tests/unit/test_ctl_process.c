/*
 * reevectl as a process against a stand-in for PID 1's control socket: exit codes, refusals,
 * silence, nonsense; and against a stand-in for the health port.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "supervisor/wire/channel.h"
#include "supervisor/wire/fd.h"

enum { DEADLINE_MS = 20000 };

/* How the stand-in behaves. */
enum manner { POLITE, SILENT, REFUSING, TALKING_NONSENSE };

struct place {
    char directory[64], path[100];
    pid_t server;
};

static char program[4096];

static void send_unit(int fd, int id, const char *name, enum wire_active active)
{
    union wire_message message;

    wire_begin(&message, WIRE_UNIT);
    message.unit.id = id;
    message.unit.is_service = 1;
    wire_copy(message.unit.name, sizeof(message.unit.name), name);
    (void)!channel_send(fd, &message, -1);
    wire_begin(&message, WIRE_STATE);
    message.state.id = id;
    message.state.active = (uint8_t)active;
    message.state.main_pid = active == WIRE_ACTIVE ? 42 : 0;
    (void)!channel_send(fd, &message, -1);
}

static void send_reply(int fd, int error, const char *text)
{
    union wire_message message;

    wire_begin(&message, WIRE_REPLY);
    message.reply.error = error;
    wire_copy(message.reply.text, sizeof(message.reply.text), text);
    (void)!channel_send(fd, &message, -1);
}

static void send_snapshot(int fd)
{
    union wire_message message;

    wire_begin(&message, WIRE_HELLO);
    (void)!channel_send(fd, &message, -1);
    send_unit(fd, 0, "redis.service", WIRE_ACTIVE);
    send_unit(fd, 1, "datahub.service", WIRE_FAILED);
    send_unit(fd, 2, "kairos.service", WIRE_INACTIVE);
    wire_begin(&message, WIRE_POD);
    message.pod.phase = WIRE_POD_RUNNING;
    (void)!channel_send(fd, &message, -1);
    wire_begin(&message, WIRE_SYNCED);
    (void)!channel_send(fd, &message, -1);
}

static void send_text(int fd, const char *name, const char *text)
{
    union wire_message message;

    wire_begin(&message, WIRE_PROPERTY);
    wire_copy(message.property.name, sizeof(message.property.name), name);
    wire_copy(message.property.text, sizeof(message.property.text), text);
    (void)!channel_send(fd, &message, -1);
}

static void send_number(int fd, const char *name, uint64_t number)
{
    union wire_message message;

    wire_begin(&message, WIRE_PROPERTY);
    message.property.kind = WIRE_IS_NUMBER;
    message.property.number = number;
    wire_copy(message.property.name, sizeof(message.property.name), name);
    (void)!channel_send(fd, &message, -1);
}

static void answer_show(int fd, const char *unit)
{
    bool is_up = strcmp(unit, "redis.service") == 0;

    if (!unit[0]) {
        send_text(fd, "UnitPath", "/nonexistent/units");
    } else if (is_up || strcmp(unit, "kairos.service") == 0) {
        send_number(fd, "MainPID", is_up ? 42 : 0);
        send_text(fd, "Id", unit);
        send_text(fd, "ActiveState", is_up ? "active" : "inactive");
        send_text(fd, "FragmentPath", is_up ? "/nonexistent/units/redis.service" : "");
    } else {
        send_reply(fd, ENOENT, "could not be found");
        return;
    }
    send_reply(fd, 0, "");
}

/* The unit's name says how its job ends: "failed.timeout.service" … */
static void answer_job(int fd, const struct wire_request *request)
{
    char job[64], unit[64] = "";
    union wire_message message;

    if (strcmp(request->unit, "redis.service") == 0)
        send_reply(fd, 0, "");
    else if (strcmp(request->unit, "reeve-log.service") == 0)
        send_reply(fd, EPERM, "not this one");
    else if (strcmp(request->unit, "nobody.service") == 0)
        send_reply(fd, ENOENT, "Unit nobody.service not found.");
    else if (strcmp(request->unit, "plain.service") == 0)
        send_reply(fd, EBADR, "Job type reload is not applicable for unit plain.service.");
    else if (strcmp(request->unit, "slow.service") == 0) {
        if (request->no_wait)
            send_reply(fd, 0, ""); /* otherwise its job never ends */
    } else if (sscanf(request->unit, "%63[a-z].%63[a-z-].service", job, unit) == 2) {
        wire_begin(&message, WIRE_REPLY);
        message.reply.error = ECANCELED;
        wire_copy(message.reply.job_result, sizeof(message.reply.job_result), job);
        wire_copy(message.reply.unit_result, sizeof(message.reply.unit_result), unit);
        (void)!channel_send(fd, &message, -1);
    }
}

static void answer(int fd, const struct wire_request *request)
{
    switch ((enum wire_verb)request->verb) {
    case WIRE_VERB_LIST:
        send_snapshot(fd);
        send_reply(fd, 0, "");
        break;
    case WIRE_VERB_WATCH:
        send_snapshot(fd);
        send_reply(fd, 0, "");
        send_unit(fd, 2, "kairos.service", WIRE_ACTIVE);
        break;
    case WIRE_VERB_SHOW:
        answer_show(fd, request->unit);
        break;
    case WIRE_VERB_JOB:
        answer_job(fd, request);
        break;
    case WIRE_VERB_KILL:
        if (strcmp(request->unit, "redis.service") != 0)
            send_reply(fd, ENOENT, "Unit is not loaded.");
        else if (request->signal == SIGUSR1 && request->whom == WIRE_KILL_MAIN)
            send_reply(fd, 0, "");
        else
            send_reply(fd, ESRCH, "No control process to kill");
        break;
    case WIRE_VERB_RESET_FAILED:
        if (strcmp(request->unit, "nobody.service") == 0)
            send_reply(fd, ENOENT, "Unit nobody.service not loaded.");
        else
            send_reply(fd, 0, "");
        break;
    case WIRE_VERB_RELOAD:
    case WIRE_VERB_LOGS:
    case WIRE_VERB_SHUTDOWN:
    case WIRE_VERB_HISTORY:
        send_reply(fd, 0, "");
        break;
    }
}

static void serve(int fd, enum manner manner)
{
    union wire_message message;
    int attached;

    if (manner == REFUSING) {
        send_reply(fd, EACCES, "The control socket is closed to supervised services.");
        return;
    }
    if (manner == TALKING_NONSENSE)
        (void)!send(fd, "nonsense", 8, MSG_NOSIGNAL);
    while (channel_receive(fd, &message, &attached) == 0)
        if (manner == POLITE)
            answer(fd, &message.request);
}

/* A child per connection; all end with the test program. */
static void serve_all(int listening, enum manner manner)
{
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        cleanup_fd int fd = accept(listening, NULL, NULL);

        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            serve(fd, manner);
            _exit(0);
        }
    }
}

static struct place place_open(enum manner manner)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct place place = { .directory = "/tmp/reeve-test-XXXXXX" };
    int listening = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    assert_non_null(mkdtemp(place.directory));
    snprintf(place.path, sizeof(place.path), "%s/control", place.directory);
    strcpy(address.sun_path, place.path);
    assert_int_equal(bind(listening, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listening, 8), 0);
    place.server = fork();
    assert_true(place.server >= 0);
    if (place.server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve_all(listening, manner);
    }
    close(listening);
    setenv("REEVE_RUNTIME_DIR", place.directory, 1);
    return place;
}

static void place_close(struct place *place)
{
    kill(place->server, SIGKILL);
    waitpid(place->server, NULL, 0);
    unlink(place->path);
    rmdir(place->directory);
}

/* What reevectl said, both streams, and how it ended. */
struct result {
    char text[8192];
    int status;
};

static pid_t start(const char *arguments, int out)
{
    char copy[512], *argv[16] = { (char *)"reevectl" }, *rest = copy;
    pid_t pid = fork();
    int count = 1;

    if (pid != 0)
        return pid;
    snprintf(copy, sizeof(copy), "%s", arguments);
    while (count < 15 && (argv[count] = strsep(&rest, " ")))
        count += argv[count][0] != '\0';
    argv[count] = NULL;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    execv(program, argv);
    _exit(127);
}

/* Reads until the end, or until `wanted` has come; then the program is ended. */
static struct result run_until(const char *arguments, const char *wanted)
{
    struct result result = { 0 };
    size_t used = 0;
    ssize_t length;
    int ends[2];
    pid_t pid;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid = start(arguments, ends[1]);
    close(ends[1]);
    do {
        struct pollfd wait = { .fd = ends[0], .events = POLLIN };

        assert_int_equal(poll(&wait, 1, DEADLINE_MS), 1);
        length = read(ends[0], result.text + used, sizeof(result.text) - 1 - used);
        used += length > 0 ? (size_t)length : 0;
        if (wanted && strstr(result.text, wanted))
            kill(pid, SIGTERM);
    } while (length > 0);
    close(ends[0]);
    assert_int_equal(waitpid(pid, &result.status, 0), pid);
    return result;
}

static void expect(const char *arguments, int status, const char *text)
{
    struct result result = run_until(arguments, NULL);

    if (!WIFEXITED(result.status) || WEXITSTATUS(result.status) != status ||
        !strstr(result.text, text))
        print_message("reevectl %s: %d, %s\n", arguments, result.status, result.text);
    assert_true(WIFEXITED(result.status));
    assert_int_equal(WEXITSTATUS(result.status), status);
    assert_non_null(strstr(result.text, text));
}

static void exit_codes_are_those_of_systemctl(void **state)
{
    struct place place = place_open(POLITE);

    (void)state;
    expect("", 0, "redis.service");
    expect("list-units --json", 0, "{\"unit\":\"datahub.service\",\"load\":\"loaded\"");
    expect("is-active redis", 0, "active\n");
    expect("is-active redis kairos", 0, "active\ninactive\n");
    expect("is-active kairos", 3, "inactive\n");
    expect("is-active datahub", 3, "failed\n");
    expect("is-active nobody", 4, "inactive\n");
    expect("is-failed datahub", 0, "failed\n");
    expect("is-failed redis", 1, "active\n");
    expect("is-failed -q", 0, "");
    expect("status redis", 0, "Main PID: 42");
    expect("status kairos", 3, "inactive");
    expect("status nobody", 4, "Unit nobody.service could not be found.");
    expect("is-failed nobody", 4, "inactive\n");
    expect("show redis -p MainPID,Id", 0, "MainPID=42\nId=redis.service\n");
    expect("show redis -P Id --no-pager -l", 0, "redis.service\n");
    /* Its directory cannot be read, so nobody can say what is there now. */
    expect("show redis -p NeedDaemonReload", 0, "NeedDaemonReload=no\n");
    expect("show nobody -p LoadState --value", 0, "not-found\n");
    expect("show -p SystemState", 0, "SystemState=degraded\n");
    expect("start redis", 0, "");
    expect("start redis nobody", 5,
           "Failed to start nobody.service: Unit nobody.service not found.\n");
    expect("reload plain", 3, "Failed to reload plain.service: Job type reload is not applicable");
    expect("stop reeve-log", 4, "Failed to stop reeve-log.service: not this one");
    expect("start slow --no-block", 0, "");
    expect("kill redis -s USR1 --kill-whom=main", 0, "");
    expect("kill redis --kill-whom=control", 1, "No control process to kill");
    expect("kill nobody", 1, "Failed to kill unit nobody.service: ");
    expect("reset-failed redis", 0, "");
    expect("reset-failed nobody", 1, "Failed to reset failed state of unit nobody.service: ");
    expect("list-units --failed --no-legend", 0, "datahub.service failed");
    expect("cat nobody", 1, "No files found for nobody.service.");
    expect("cat kairos", 1, "No files found for kairos.service.");
    expect("cat redis", 1, "Failed to open '/nonexistent/units/redis.service'");
    expect("daemon-reload", 0, "");
    expect("shutdown", 0, "");
    place_close(&place);
}

/* systemctl's words, as systemctl 257 prints them. */
static void ends_of_jobs_are_told_as_by_systemctl(void **state)
{
    struct place place = place_open(POLITE);

    (void)state;
    expect("start failed.exit-code", 1,
           "Job for failed.exit-code.service failed because the control process exited with error "
           "code.\nSee \"reevectl status failed.exit-code.service\"");
    expect("start failed.signal", 1, "failed because a fatal signal was delivered to the control");
    expect("start failed.timeout", 1, "failed because a timeout was exceeded.");
    expect("start failed.protocol", 1,
           "because the service did not take the steps required by its unit configuration.");
    expect("start failed.start-limit-hit", 1, "To force a start use \"reevectl reset-failed ");
    expect("reload failed.success", 1, "Job for failed.success.service failed.\n");
    expect("start dependency.success", 1,
           "A dependency job for dependency.success.service failed.");
    expect("start canceled.success", 1, "Job for canceled.success.service canceled.");
    expect("start timeout.success", 1, "Job for timeout.success.service timed out.");
    expect("reload invalid.success", 1, "invalid.success.service is not active, cannot reload.");
    expect("start assert.success", 1, "Assertion failed on job for assert.success.service.");
    expect("start skipped.success", 0, "");
    place_close(&place);
}

static void wrong_usage_is_told(void **state)
{
    (void)state;
    expect("frobnicate", 1, "Unknown verb 'frobnicate'");
    expect("list-units redis", 1, "takes no arguments");
    expect("start", 1, "Which unit?");
    expect("kill redis -s FOO", 1, "Failed to parse signal string \"FOO\".");
    expect("kill redis --kill-whom=x", 1, "is none of main, control, all");
    expect("--timeout 0", 1, "not a time from 1ms to 1d");
    expect("--nonsense", 1, "reevectl help");
    expect("help", 0, "Usage: reevectl");
    expect("--version", 0, "reevectl ");
}

static void a_missing_socket_is_explained(void **state)
{
    (void)state;
    setenv("REEVE_RUNTIME_DIR", "/nonexistent/reeve", 1);
    setenv("XDG_RUNTIME_DIR", "/nonexistent/user", 1);
    expect("--socket /nonexistent/x", 1, "  /nonexistent/x: no such socket\n");
    expect("--socket /nonexistent/x start redis", 1, "--socket PATH");
    unsetenv("XDG_RUNTIME_DIR");
}

static void a_silent_reeve_costs_a_timeout(void **state)
{
    struct place place = place_open(SILENT);

    (void)state;
    expect("--timeout 0.2", 1, "Reeve does not answer");
    expect("--timeout 0.2 start redis", 1, "Reeve does not answer");
    expect("--timeout 0.2 watch", 1, "Reeve does not answer");
    place_close(&place);
}

/* A job may take long as long as PID 1 still answers others; when it is gone, the wait ends. */
static void a_slow_job_is_waited_for(void **state)
{
    struct place place = place_open(POLITE);
    int ends[2];
    struct pollfd wait = { .events = POLLIN };
    pid_t pid;
    int status;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    pid = start("--timeout 0.4 start slow", ends[1]);
    close(ends[1]);
    wait.fd = ends[0];
    /* Three times the time-out of a query: no end and no word, since the stand-in answers. */
    assert_int_equal(poll(&wait, 1, 1200), 0);
    kill(place.server, SIGKILL);
    assert_int_equal(poll(&wait, 1, DEADLINE_MS), 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WEXITSTATUS(status), 1);
    close(ends[0]);
    place_close(&place);
}

static void refusal_and_nonsense_are_told_apart(void **state)
{
    struct place place = place_open(REFUSING);

    (void)state;
    expect("list-units", 1, "Refused: The control socket is closed to supervised services.\n");
    expect("stop redis", 4, "closed to supervised services");
    place_close(&place);
    place = place_open(TALKING_NONSENSE);
    expect("list-units", 1, "another version");
    place_close(&place);
}

static void watch_tells_each_change(void **state)
{
    struct place place = place_open(POLITE);
    struct result result = run_until("watch", "kairos.service active");

    (void)state;
    assert_non_null(strstr(result.text, "kairos.service inactive"));
    assert_non_null(strstr(result.text, "kairos.service active"));
    place_close(&place);
}

/* One connection: answers with `text` whatever is asked; NULL: never answers. Returns the port. */
static int http_open(const char *text, pid_t *ret_pid)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(address);
    int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;
    char request[2048];

    assert_int_equal(bind(listening, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listening, 1), 0);
    assert_int_equal(getsockname(listening, (struct sockaddr *)&address, &size), 0);
    *ret_pid = fork();
    assert_true(*ret_pid >= 0);
    if (*ret_pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        fd = accept(listening, NULL, NULL);
        (void)!read(fd, request, sizeof(request));
        if (text)
            (void)!write(fd, text, strlen(text));
        else
            pause();
        _exit(0);
    }
    close(listening);
    return ntohs(address.sin_port);
}

static void expect_health(const char *answer, int status, const char *text)
{
    char arguments[128];
    pid_t server;

    snprintf(arguments, sizeof(arguments), "health --timeout 1 --url http://127.0.0.1:%d/health",
             http_open(answer, &server));
    expect(arguments, status, text);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
}

static void health_is_for_healthcheck(void **state)
{
    (void)state;
    expect_health("HTTP/1.0 200 OK\r\n\r\n{\"status\":\"degraded\"}", 0, "degraded (HTTP 200)\n");
    expect_health("HTTP/1.1 503 No\r\n\r\n{\"status\":\"starting\"}", 1, "starting (HTTP 503)\n");
    expect_health("", 1, "the answer is not HTTP");
    expect_health(NULL, 1, "timed out");
    expect("health --url http://127.0.0.1:1/", 1, "Connection refused");
    expect("health --url nonsense", 1, "is not a URL");
    /* Where the pod of this container was told to listen. */
    setenv("REEVE_HEALTH_LISTEN", "127.0.0.1:1", 1);
    expect("health", 1, "unreachable: http://127.0.0.1:1/health: Connection refused");
    expect("health --url http://127.0.0.1:2/x", 1, "http://127.0.0.1:2/x: Connection refused");
    unsetenv("REEVE_HEALTH_LISTEN");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exit_codes_are_those_of_systemctl),
        cmocka_unit_test(ends_of_jobs_are_told_as_by_systemctl),
        cmocka_unit_test(wrong_usage_is_told),
        cmocka_unit_test(a_missing_socket_is_explained),
        cmocka_unit_test(a_silent_reeve_costs_a_timeout),
        cmocka_unit_test(a_slow_job_is_waited_for),
        cmocka_unit_test(refusal_and_nonsense_are_told_apart),
        cmocka_unit_test(watch_tells_each_change),
        cmocka_unit_test(health_is_for_healthcheck),
    };
    const char *build = getenv("BUILD");

    snprintf(program, sizeof(program), "%s/reevectl", build ? build : "build");
    if (access(program, X_OK) < 0) {
        fprintf(stderr, "%s is not there: run 'make' first\n", program);
        return EXIT_FAILURE;
    }
    alarm(110); /* whatever hangs ends as a failure; the children die with us */
    unsetenv("XDG_RUNTIME_DIR");
    return cmocka_run_group_tests(tests, NULL, NULL);
}

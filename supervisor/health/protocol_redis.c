/* AUTH, PING and, when something is expected of it, INFO in one go; hiredis writes the commands and
 * reads the replies. */
#include "supervisor/health/dialogue.h"

#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static int put_command(struct dialogue *dialogue, int count, const char **words)
{
    size_t lengths[3];
    char *command = NULL;
    long long length;

    for (int i = 0; i < count; i++)
        lengths[i] = strlen(words[i]);
    length = redisFormatCommandArgv(&command, count, words, lengths);
    if (length < 0)
        return -ENOMEM;
    text_append(&dialogue->request, command, (size_t)length);
    redisFreeCommand(command);
    return dialogue->request.has_failed ? -ENOMEM : 0;
}

static int file_problem(struct dialogue *dialogue, int error)
{
    snprintf(dialogue->message, sizeof(dialogue->message),
             "cannot read the password file '%.150s': %s", dialogue->address->password_file,
             strerror(-error));
    return error;
}

/* The first line of the file. Opened anew for each connection, so that a changed secret is found.
 */
static int read_password(struct dialogue *dialogue, char *password, size_t size)
{
    cleanup_fd int fd =
        open(dialogue->address->password_file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;
    ssize_t length;

    if (fd < 0 || fstat(fd, &status) < 0)
        return file_problem(dialogue, -errno);
    if (!S_ISREG(status.st_mode)) /* reading a pipe or a device could take for ever */
        return file_problem(dialogue, -EINVAL);
    length = read(fd, password, size - 1);
    if (length < 0)
        return file_problem(dialogue, -errno);
    password[length] = '\0';
    password[strcspn(password, "\r\n")] = '\0';
    return 0;
}

static int put_auth(struct dialogue *dialogue)
{
    const struct probe_address *address = dialogue->address;
    char password[PASSWORD_MAX];
    const char *words[3] = { "AUTH" };
    int count = 1, error = 0;

    if (address->user)
        words[count++] = address->user;
    if (address->password_file)
        error = read_password(dialogue, password, sizeof(password));
    words[count++] = address->password_file ? password : address->password;
    if (error == 0)
        error = put_command(dialogue, count, words);
    explicit_bzero(password, sizeof(password));
    return error;
}

static bool has_auth(const struct dialogue *dialogue)
{
    return dialogue->is_fresh && (dialogue->address->password || dialogue->address->password_file);
}

int redis_ask(struct dialogue *dialogue)
{
    const char *ping[] = { "PING" }, *info[] = { "INFO" };
    int error = has_auth(dialogue) ? put_auth(dialogue) : 0;

    if (error == 0)
        error = put_command(dialogue, 1, ping);
    if (error == 0 && dialogue->address->expectations)
        error = put_command(dialogue, 1, info);
    return error;
}

/*
 * The next reply, NULL when it is not there yet. Nothing that we ask is answered by an array, and
 * an array may say that it has a thousand million members, for which hiredis would make room.
 */
static enum answer next_reply(struct dialogue *dialogue, redisReader *reader,
                              redisReply **ret_reply)
{
    void *object = NULL;

    if (reader->pos < reader->len && !strchr("+-:$", reader->buf[reader->pos])) {
        snprintf(dialogue->message, sizeof(dialogue->message), "this is not a redis server");
        return ANSWER_BAD;
    }
    if (redisReaderGetReply(reader, &object) != REDIS_OK) {
        snprintf(dialogue->message, sizeof(dialogue->message), "this is not a redis server");
        return ANSWER_BAD;
    }
    *ret_reply = object;
    return object ? ANSWER_GOOD : ANSWER_MORE;
}

/* Whether the next reply is this status. */
static enum answer judge_status(struct dialogue *dialogue, redisReader *reader, const char *wanted)
{
    redisReply *reply = NULL;
    enum answer answer = next_reply(dialogue, reader, &reply);

    if (answer != ANSWER_GOOD)
        return answer;
    if (reply->type != REDIS_REPLY_STATUS || strcasecmp(reply->str, wanted) != 0)
        answer = ANSWER_BAD;
    if (reply->type == REDIS_REPLY_STATUS || reply->type == REDIS_REPLY_ERROR)
        snprintf(dialogue->message, sizeof(dialogue->message), "%.200s",
                 reply->str[0] ? reply->str : "an empty answer");
    else
        snprintf(dialogue->message, sizeof(dialogue->message), "an answer that is no status");
    freeReplyObject(reply);
    return answer;
}

/* The value of "field:value\r\n"; false: there is no such field. */
static bool find_field(const char *info, const char *field, size_t size, char *ret_value)
{
    size_t length = strlen(field);

    for (const char *line = info; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        if (strncmp(line, field, length) != 0 || line[length] != ':')
            continue;
        snprintf(ret_value, size, "%.*s", (int)strcspn(line + length + 1, "\r\n"),
                 line + length + 1);
        return true;
    }
    return false;
}

static enum answer judge_field(struct dialogue *dialogue, const char *info,
                               const struct expectation *expectation)
{
    char value[100];
    bool has_field = find_field(info, expectation->name, sizeof(value), value);

    if (has_field && expectation_holds(expectation, value))
        return ANSWER_GOOD;
    if (has_field)
        snprintf(dialogue->message, sizeof(dialogue->message), "%.60s is %s, and not %s%.60s",
                 expectation->name, value,
                 expectation->operator== EXPECT_EQUAL
                     ? ""
                     : expect_operator_string(expectation->operator),
                 expectation->value);
    else
        snprintf(dialogue->message, sizeof(dialogue->message), "INFO has no field '%.60s'",
                 expectation->name);
    return ANSWER_BAD;
}

static enum answer judge_info(struct dialogue *dialogue, redisReader *reader)
{
    const struct expectation *expectation = dialogue->address->expectations;
    redisReply *reply = NULL;
    enum answer answer = next_reply(dialogue, reader, &reply);

    if (answer != ANSWER_GOOD)
        return answer;
    if (reply->type != REDIS_REPLY_STRING) {
        snprintf(dialogue->message, sizeof(dialogue->message), "INFO: %.150s",
                 reply->type == REDIS_REPLY_ERROR ? reply->str : "an answer that is no text");
        answer = ANSWER_BAD;
    }
    for (; expectation && answer == ANSWER_GOOD; expectation = expectation->next)
        answer = judge_field(dialogue, reply->str, expectation);
    freeReplyObject(reply);
    return answer;
}

static enum answer judge_all(struct dialogue *dialogue, redisReader *reader)
{
    enum answer answer = ANSWER_GOOD;

    if (has_auth(dialogue))
        answer = judge_status(dialogue, reader, "OK");
    if (answer == ANSWER_GOOD)
        answer = judge_status(dialogue, reader, "PONG");
    if (answer == ANSWER_GOOD && dialogue->address->expectations)
        answer = judge_info(dialogue, reader);
    return answer;
}

enum answer redis_judge(struct dialogue *dialogue)
{
    redisReader *reader = redisReaderCreate();
    enum answer answer;

    if (!reader ||
        redisReaderFeed(reader, dialogue->heard.bytes, dialogue->heard.length) != REDIS_OK) {
        redisReaderFree(reader);
        snprintf(dialogue->message, sizeof(dialogue->message), "out of memory");
        return ANSWER_BAD;
    }
    answer = judge_all(dialogue, reader);
    redisReaderFree(reader);
    if (answer == ANSWER_MORE && dialogue->has_ended) {
        snprintf(dialogue->message, sizeof(dialogue->message),
                 "redis closed the connection without an answer");
        return ANSWER_BAD;
    }
    dialogue->may_keep = answer == ANSWER_GOOD;
    return answer;
}

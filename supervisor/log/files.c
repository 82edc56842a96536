#include "supervisor/log/files.h"

#include "supervisor/log/clock.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TIDY_US (60 * 60 * USEC_PER_SEC) /* how often ages are looked at */

void files_init(struct log_files *files, int directory, struct turns *turns)
{
    *files = (struct log_files){ .directory = directory, .turns = turns, .may_have_work = true };
    if (turns)
        turns_recover(turns, directory);
}

static void stop_compressing(struct log_files *files)
{
    files->compressor = compressor_free(files->compressor);
    files->compressed = NULL;
}

void files_release(struct log_files *files)
{
    stop_compressing(files); /* what is unfinished is removed by the next one */
    while (files->list) {
        struct log_file *file = files->list;

        files->list = file->next;
        file_free(file);
    }
    files->directory = fd_close(files->directory);
}

/* --- files --- */

static struct log_file *find(const struct log_files *files, const char *name)
{
    struct log_file *file = files->list;

    while (file && strcmp(file->name, name) != 0)
        file = file->next;
    return file;
}

static const char *busy_stamp(const struct log_files *files, const struct log_file *file)
{
    return files->compressed == file ? files->stamp : NULL;
}

static void tidy(struct log_files *files, const struct log_file *file)
{
    char stamp[STAMP_SIZE];

    if (file_tidy(file, clock_realtime_us(), busy_stamp(files, file), stamp))
        files->may_have_work = true;
}

struct log_file *files_use(struct log_files *files, const char *unit, const char *name,
                           const struct log_file_settings *settings)
{
    struct log_file *file = find(files, name);
    const char *why = files->directory < 0                    ? "there is no directory for it"
                      : !file_name_is_valid(name)             ? "that is no name of a file"
                      : file && strcmp(file->unit, unit) != 0 ? "it belongs to another unit"
                                                              : NULL;

    if (!why && !file) {
        file = file_new(files->directory, name, unit);
        why = file ? NULL : "out of memory";
        if (file) {
            file->next = files->list;
            files->list = file;
        }
    }
    if (why) {
        fprintf(stderr, "reeve-log: '%s' cannot have the log file '%s', going on without: %s.\n",
                unit, name, why);
        return NULL;
    }
    file->settings = *settings;
    file->out.formatter.format = settings->format;
    tidy(files, file);
    return file;
}

void files_flush(struct log_files *files)
{
    for (struct log_file *file = files->list; file; file = file->next)
        if (file->is_dirty)
            file_flush(file);
}

void files_finish(struct log_files *files, struct log_file *file)
{
    int error;

    file_look(file, clock_monotonic_us());
    if (!file_is_full(file))
        return;
    error = file_rotate(file, clock_realtime_us());
    if (error < 0)
        fprintf(stderr, "reeve-log: Cannot begin another log file '%s', retrying: %s\n", file->name,
                strerror(-error));
    else
        tidy(files, file);
}

/* --- compressing --- */

static void path_of(char *path, size_t size, const struct log_files *files, const char *suffix)
{
    snprintf(path, size, "%s.%s%s", files->compressed->name, files->stamp, suffix);
}

static int begin(struct log_files *files)
{
    char path[512];
    cleanup_fd int from = -1;
    int to;

    path_of(path, sizeof(path), files, "");
    from = openat(files->directory, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    path_of(path, sizeof(path), files, ROTATED_UNFINISHED);
    to = from < 0 ? -1
                  : openat(files->directory, path,
                           O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (to < 0)
        return -errno;
    return compressor_new(take_fd(&from), to, &files->compressor);
}

/* The compressed file takes the place of the other. */
static int finish(const struct log_files *files)
{
    char unfinished[512], path[512];

    path_of(unfinished, sizeof(unfinished), files, ROTATED_UNFINISHED);
    path_of(path, sizeof(path), files, ROTATED_COMPRESSED);
    if (renameat(files->directory, unfinished, files->directory, path) < 0 ||
        fsync(files->directory) < 0)
        return -errno;
    path_of(path, sizeof(path), files, "");
    return unlinkat(files->directory, path, 0) < 0 && errno != ENOENT ? -errno : 0;
}

static void give_up(struct log_files *files, int error)
{
    char path[512];

    fprintf(stderr, "reeve-log: Cannot compress '%s.%s', retrying: %s\n", files->compressed->name,
            files->stamp, strerror(-error));
    path_of(path, sizeof(path), files, ROTATED_UNFINISHED);
    (void)unlinkat(files->directory, path, 0);
    files->retry_us = clock_monotonic_us() + FILE_RETRY_US;
}

/* The first file that has something to compress; false: none has. */
static bool choose(struct log_files *files)
{
    uint64_t now_us = clock_realtime_us();

    for (struct log_file *file = files->list; file; file = file->next)
        if (file_tidy(file, now_us, NULL, files->stamp)) {
            files->compressed = file;
            return true;
        }
    files->may_have_work = false;
    return false;
}

static void advance(struct log_files *files)
{
    int step = 0;

    if (!files->compressor) {
        if (!choose(files))
            return;
        step = begin(files);
    } else {
        step = compressor_step(files->compressor);
    }
    if (step == 0)
        return;
    files->compressor = compressor_free(files->compressor);
    if (step > 0)
        step = finish(files);
    if (step < 0)
        give_up(files, step);
    files->compressed = NULL;
}

bool files_have_work(const struct log_files *files)
{
    return files->list && files->may_have_work && files->retry_us <= clock_monotonic_us();
}

static void look_at_ages(struct log_files *files)
{
    uint64_t now_us = clock_monotonic_us();

    if (!files->list || now_us < files->tidy_us)
        return;
    files->tidy_us = now_us + TIDY_US;
    for (const struct log_file *file = files->list; file; file = file->next)
        tidy(files, file);
}

void files_work(struct log_files *files, bool is_idle)
{
    look_at_ages(files);
    if (!files_have_work(files))
        return;
    if (!is_idle && ++files->busy_turns < FILES_TURNS_MAX)
        return;
    files->busy_turns = 0;
    advance(files);
}

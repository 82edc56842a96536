/* What is said of credentials, by who else has the user and what can be had here; and what a child
 * reads and writes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sandbox/credentials.h"
#include "sandbox/plan_private.h"
#include "sandbox/stage.h"
#include "tests/unit/sandbox_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

enum { SOMEBODY = 1001 };

static struct fixture fixture; /* fresh for each test */
static char work[] = "/tmp/test-credentials-XXXXXX";
static struct credential line = { .name = "pw", .source = "/dev/null" };
static struct credential written = { .name = "pw", .source = "secret", .length = 6 };

static int set_up(void **state)
{
    (void)state;
    fixture_init(&fixture);
    fixture.context.uid = fixture.context.gid = SOMEBODY;
    fixture.context.credentials_directory = "/run/credentials";
    fixture.context.shares_user = true;
    fixture.spec.exec.credentials[CREDENTIAL_LOAD] = &line;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_release(&fixture);
    return 0;
}

/* --- verdicts --- */

static void assert_verdict(enum sandbox_mechanism mechanism, enum sandbox_strength strength)
{
    const struct sandbox_verdict *verdict = fixture_verdict(&fixture, "LoadCredential");

    assert_non_null(verdict);
    assert_string_equal(sandbox_mechanism_name(verdict->mechanism),
                        sandbox_mechanism_name(mechanism));
    assert_string_equal(sandbox_strength_name(verdict->strength), sandbox_strength_name(strength));
    assert_int_equal(verdict->reason[0] == '\0', strength == SANDBOX_FULL);
}

static void alone_with_its_user_modes_are_enough(void **state)
{
    (void)state;
    fixture.context.shares_user = false;
    fixture.abilities.user_namespace = true;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_null(fixture.plan->mounts);
    assert_true(sandbox_plan_publishes_credentials(fixture.plan));
    assert_true(sandbox_plan_takes_memory(fixture.plan));
    assert_verdict(SANDBOX_BY_KERNEL, SANDBOX_FULL);
}

static void beside_others_it_gets_mounts(void **state)
{
    (void)state;
    fixture.abilities.user_namespace = true;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_non_null(fixture.plan->mounts);
    assert_false(sandbox_plan_publishes_credentials(fixture.plan));
    assert_verdict(SANDBOX_BY_MOUNTS, SANDBOX_PARTIAL);
    sandbox_plan_trust_others(fixture.plan);
    assert_verdict(SANDBOX_BY_MOUNTS, SANDBOX_FULL);
}

static void without_mounts_strict_refuses(void **state)
{
    (void)state;
    fixture.spec.exec.credentials[CREDENTIAL_LOAD] = NULL;
    fixture.spec.exec.credentials[CREDENTIAL_SET] = &written;
    assert_int_equal(fixture_plan(&fixture), -EOPNOTSUPP);
    assert_int_equal(fixture.problem_count, 1);
    assert_non_null(strstr(fixture.problems[0].text, "SetCredential=pw: without a mount"));
    assert_null(strstr(fixture.problems[0].text, "secret"));
}

static void without_mounts_degrade_tells(void **state)
{
    (void)state;
    fixture.spec.sandbox_policy = SANDBOX_DEGRADE;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict(SANDBOX_BY_KERNEL, SANDBOX_PARTIAL);
    sandbox_plan_trust_others(fixture.plan);
    assert_verdict(SANDBOX_BY_KERNEL, SANDBOX_PARTIAL);
}

static void a_neighbour_does_not_see_the_directory(void **state)
{
    const struct mount_plan *mounts;
    bool is_hidden = false;

    (void)state;
    fixture.spec.exec.credentials[CREDENTIAL_LOAD] = NULL;
    fixture.spec.exec.private_mounts = true;
    fixture.abilities.user_namespace = true;
    assert_int_equal(fixture_plan(&fixture), 0);
    mounts = fixture.plan->mounts;
    for (size_t i = 0; i < mounts->count; i++)
        if (strcmp(mounts->entries[i].path, "/run/credentials") == 0)
            is_hidden = mounts->entries[i].kind == MOUNT_HIDDEN;
    assert_true(is_hidden);
    assert_true(sandbox_plan_is_walled(fixture.plan));
}

static void who_is_not_confined_has_no_wall(void **state)
{
    (void)state;
    fixture.spec.exec.credentials[CREDENTIAL_LOAD] = NULL;
    fixture.abilities.mount_namespace = true;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_false(sandbox_plan_is_walled(fixture.plan));
}

/* What is well kept in the copy may lie open in the original. */
static void an_open_source_is_told(void **state)
{
    static const struct {
        mode_t mode;
        uid_t reader;
        bool is_hidden, is_read;
    } cases[] = {
        { 0644, SOMEBODY, false, true },  { 0644, SOMEBODY, true, false },
        { 0600, SOMEBODY, false, false }, { 0600, 0, false, true },
        { 0604, SOMEBODY, false, true },
    };
    char path[PATH_MAX], *hidden[] = { path, NULL };
    struct fixture reader;

    (void)state;
    snprintf(path, sizeof(path), "%s/one", work);
    line.source = path;
    fixture.abilities.user_namespace = true;
    assert_int_equal(fixture_plan(&fixture), 0);
    line.source = "/dev/null";
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        fixture_init(&reader);
        reader.context.uid = cases[i].reader;
        reader.abilities.mount_namespace = true;
        reader.spec.exec.inaccessible_paths = cases[i].is_hidden ? hidden : NULL;
        assert_int_equal(fixture_plan(&reader), 0);
        assert_int_equal(chmod(path, cases[i].mode), 0);
        assert_int_equal(
            sandbox_plan_reads_sources(fixture.plan, reader.plan, cases[i].reader, cases[i].reader),
            cases[i].is_read);
        fixture_release(&reader);
    }
    sandbox_plan_trust_others(fixture.plan);
    assert_verdict(SANDBOX_BY_MOUNTS, SANDBOX_FULL);
    sandbox_plan_distrust_sources(fixture.plan);
    assert_verdict(SANDBOX_BY_MOUNTS, SANDBOX_PARTIAL);
}

/* What is hidden may be brought back by what is below, or seen at another path. */
static void a_source_that_is_brought_back_is_open(void **state)
{
    char path[PATH_MAX];
    struct mount_entry entries[] = {
        { .path = "/tmp", .kind = MOUNT_TMPFS },
        { .path = work, .kind = MOUNT_SELF, .flags = MOUNT_MAKE | MOUNT_COVERED },
        { .path = "/usr", .source = "/tmp", .kind = MOUNT_SELF },
    };
    struct mount_plan mounts = { .entries = entries, .count = ARRAY_SIZE(entries) };
    struct sandbox_plan reader = { .mounts = &mounts };

    (void)state;
    snprintf(path, sizeof(path), "%s/one", work);
    line.source = path;
    fixture.abilities.user_namespace = true;
    assert_int_equal(fixture_plan(&fixture), 0);
    line.source = "/dev/null";
    assert_int_equal(chmod(path, 0644), 0);
    assert_true(sandbox_plan_reads_sources(fixture.plan, &reader, SOMEBODY, SOMEBODY));
    entries[1].flags = MOUNT_LATE; /* a part of the new file system */
    assert_false(sandbox_plan_reads_sources(fixture.plan, &reader, SOMEBODY, SOMEBODY));
    entries[1].kind = MOUNT_HIDDEN;
    assert_false(sandbox_plan_reads_sources(fixture.plan, &reader, SOMEBODY, SOMEBODY));
    entries[2].kind = MOUNT_BIND;
    assert_true(sandbox_plan_reads_sources(fixture.plan, &reader, SOMEBODY, SOMEBODY));
}

/* One that is not there yet is not taken to be closed to others: it may come with any mode. */
static void a_source_that_is_missing_is_as_open_as_its_place(void **state)
{
    static const struct {
        mode_t mode;
        bool is_hidden, is_read;
    } cases[] = { { 0755, false, true }, { 0755, true, false }, { 0700, false, false } };
    char place[PATH_MAX], path[PATH_MAX + 16], *hidden[] = { place, NULL };
    struct fixture reader;

    (void)state;
    snprintf(place, sizeof(place), "%s/place", work);
    snprintf(path, sizeof(path), "%s/later/missing", place);
    assert_int_equal(mkdir(place, 0700), 0);
    line.source = path;
    fixture.abilities.user_namespace = true;
    assert_int_equal(fixture_plan(&fixture), 0);
    line.source = "/dev/null";
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        fixture_init(&reader);
        reader.abilities.mount_namespace = true;
        reader.spec.exec.inaccessible_paths = cases[i].is_hidden ? hidden : NULL;
        assert_int_equal(fixture_plan(&reader), 0);
        assert_int_equal(chmod(place, cases[i].mode), 0);
        assert_int_equal(sandbox_plan_reads_sources(fixture.plan, reader.plan, SOMEBODY, SOMEBODY),
                         cases[i].is_read);
        fixture_release(&reader);
    }
    assert_int_equal(rmdir(place), 0);
}

/* Where a link to what is not there lies says nothing of who can read that. */
static void a_link_that_leads_nowhere_may_lead_anywhere(void **state)
{
    static const char *const below[] = { "", "/missing" };
    char place[PATH_MAX], link[PATH_MAX + 16], path[PATH_MAX + 32];
    struct fixture reader;

    (void)state;
    snprintf(place, sizeof(place), "%s/place", work);
    snprintf(link, sizeof(link), "%s/link", place);
    assert_int_equal(mkdir(place, 0700), 0);
    assert_int_equal(symlink("/nowhere/at/all", link), 0);
    for (size_t i = 0; i < ARRAY_SIZE(below); i++) {
        snprintf(path, sizeof(path), "%s%s", link, below[i]);
        line.source = path;
        fixture.abilities.user_namespace = true;
        assert_int_equal(fixture_plan(&fixture), 0);
        line.source = "/dev/null";
        fixture_init(&reader);
        reader.abilities.mount_namespace = true;
        assert_int_equal(fixture_plan(&reader), 0);
        assert_true(sandbox_plan_reads_sources(fixture.plan, reader.plan, SOMEBODY, SOMEBODY));
        fixture_release(&reader);
        fixture_release(&fixture);
    }
    assert_int_equal(unlink(link), 0);
    assert_int_equal(rmdir(place), 0);
}

/* systemd would connect to it. */
static void a_socket_is_told_of(void **state)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)state;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", work);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    line.source = address.sun_path;
    line.place = (struct spec_place){ "/units/test.service.d/a.conf", 7, 16 };
    fixture.context.shares_user = false;
    fixture.spec.exec.credentials[CREDENTIAL_SET] = &written; /* no help: it is there */
    assert_int_equal(fixture_plan(&fixture), 0);
    line.source = "/dev/null";
    assert_int_equal(fixture.problem_count, 1);
    assert_int_equal(fixture.problems[0].level, PROBLEM_ADVICE);
    assert_int_equal(fixture.problems[0].line, 7);
    assert_non_null(strstr(fixture.problems[0].text, "/socket: it is a socket"));
    assert_non_null(strstr(stage_hint(STAGE_CREDENTIALS, ENXIO), "socket"));
    close(fd);
    assert_int_equal(unlink(address.sun_path), 0);
}

static void what_a_unit_file_says_is_never_full(void **state)
{
    (void)state;
    fixture.context.shares_user = false;
    fixture.spec.exec.credentials[CREDENTIAL_SET] = &written;
    assert_int_equal(fixture_plan(&fixture), 0);
    assert_verdict(SANDBOX_BY_KERNEL, SANDBOX_FULL);
    assert_int_equal(fixture_verdict(&fixture, "SetCredential")->strength, SANDBOX_PARTIAL);
}

/* --- files --- */

static struct credential_plan *plan_of(struct credential_item item)
{
    static char memory[sizeof(struct credential_plan) + sizeof(struct credential_item)]
        __attribute__((aligned(16)));
    struct credential_plan *plan = (struct credential_plan *)memory;

    *plan = (struct credential_plan){ .directory = work, .unit = "a.service", .count = 1 };
    plan->items[0] = item;
    return plan;
}

static void write_file(const char *name, const char *text, size_t size)
{
    char path[PATH_MAX];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", work, name);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* What comes of one item: 0 and the files as "NAME=TEXT ", or the error. */
static int try_item(struct credential_item item, char *text, size_t size)
{
    struct credential_plan *plan = plan_of(item);
    struct credential_pack *pack;
    char command[PATH_MAX];
    int index = -1, r = credentials_pack(plan, &pack, &index);
    FILE *pipe;

    text[0] = '\0';
    if (r < 0) {
        assert_int_equal(index, 0);
        return r;
    }
    assert_int_equal(credentials_publish(plan, pack, NULL), 0);
    snprintf(
        command, sizeof(command),
        "cd %s/a.service 2>/dev/null && for f in * .[!.]*; do [ ! -f \"$f\" ] || printf '%%s=%%s ' "
        "\"$f\" \"$(cat \"$f\")\"; done; rm -rf %s/a.service",
        work, work);
    pipe = popen(command, "r");
    assert_non_null(pipe);
    text[fread(text, 1, size - 1, pipe)] = '\0';
    pclose(pipe);
    return 0;
}

static void test_items(void **state)
{
    char in_work[PATH_MAX], text[512];
    const struct {
        struct credential_item item;
        int error;
        const char *files;
    } cases[] = {
        { { "a", "/one", 0, CREDENTIAL_LOAD, false }, 0, "a=1 " },
        { { "a", "/none", 0, CREDENTIAL_LOAD, false }, -ENOENT, "" },
        { { "a", "/none", 0, CREDENTIAL_LOAD, true }, 0, "" },
        { { "a", "nobody-has-it", 0, CREDENTIAL_LOAD, true }, 0, "" },
        { { "a", "/tree", 0, CREDENTIAL_LOAD, false }, 0, "a_sub_two=2 a_three=3 " },
        { { "a", "/fifo", 0, CREDENTIAL_LOAD, false }, -EINVAL, "" },
        { { "a", "/bad", 0, CREDENTIAL_LOAD, false }, -EINVAL, "" },
        { { "a", "/large", 0, CREDENTIAL_LOAD, false }, -E2BIG, "" },
        { { ".a", "x", 1, CREDENTIAL_SET, false }, 0, ".a=x " },
        { { "nobody-has-*", "", 0, CREDENTIAL_IMPORT, false }, 0, "" },
    };
    int before = umask(0077);

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct credential_item item = cases[i].item;

        if (item.source[0] == '/') {
            snprintf(in_work, sizeof(in_work), "%s%s", work, item.source);
            item.source = in_work;
        }
        assert_int_equal(try_item(item, text, sizeof(text)), cases[i].error);
        assert_string_equal(text, cases[i].files);
    }
    umask(before);
}

/* What reeve itself received comes before all stores; the first of a name counts. */
static void test_received(void **state)
{
    struct credential_plan *plan;
    struct credential_pack *pack;
    int index;
    char received[PATH_MAX];

    (void)state;
    snprintf(received, sizeof(received), "%s/tree", work);
    plan = plan_of((struct credential_item){ "thr*", "new-", 0, CREDENTIAL_IMPORT, false });
    plan->received = received;
    assert_int_equal(credentials_pack(plan, &pack, &index), 0);
    assert_int_equal(credentials_unpack(pack, AT_FDCWD, "none/none", NULL), -ENOENT);
    assert_int_equal(credentials_publish(plan, pack, NULL), 0);
    snprintf(received, sizeof(received), "%s/a.service/new-ee", work);
    assert_int_equal(access(received, F_OK), 0);
}

static int make_files(void **state)
{
    static const char zeros[CREDENTIALS_SIZE_MAX];
    char path[PATH_MAX];

    (void)state;
    assert_non_null(mkdtemp(work));
    snprintf(path, sizeof(path), "mkdir -p %s/tree/sub %s/bad", work, work);
    assert_int_equal(system(path), 0);
    write_file("one", "1", 1);
    write_file("tree/three", "3", 1);
    write_file("tree/.hidden", "x", 1);
    write_file("tree/sub/two", "2", 1);
    write_file("bad/a:b", "x", 1);
    write_file("large", zeros, sizeof(zeros));
    snprintf(path, sizeof(path), "%s/tree/link", work);
    assert_int_equal(symlink("three", path), 0);
    snprintf(path, sizeof(path), "%s/fifo", work);
    return chmod(work, 0755) < 0 ? -1 : mkfifo(path, 0600);
}

static int remove_files(void **state)
{
    char command[PATH_MAX];

    (void)state;
    snprintf(command, sizeof(command), "chmod -R u+w %s; rm -rf %s", work, work);
    return system(command);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(alone_with_its_user_modes_are_enough),
        TEST(beside_others_it_gets_mounts),
        TEST(without_mounts_strict_refuses),
        TEST(without_mounts_degrade_tells),
        TEST(a_neighbour_does_not_see_the_directory),
        TEST(who_is_not_confined_has_no_wall),
        TEST(an_open_source_is_told),
        TEST(a_source_that_is_brought_back_is_open),
        TEST(a_source_that_is_missing_is_as_open_as_its_place),
        TEST(a_link_that_leads_nowhere_may_lead_anywhere),
        TEST(a_socket_is_told_of),
        TEST(what_a_unit_file_says_is_never_full),
        cmocka_unit_test(test_items),
        cmocka_unit_test(test_received),
    };

    return cmocka_run_group_tests(tests, make_files, remove_files);
}

/* What the directives of the sandbox do to a spec. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "supervisor/unit/call_table.h"
#include "tests/unit/directive_fixture.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

static void test_sandbox(void **state)
{
    const struct unit_spec *spec =
        load(*state,
             START "ProtectSystem=strict\nReadWritePaths=/a -/b +/c//d "
                   "-+/e\nReadOnlyPaths=/x\nReadOnlyPaths=\n"
                   "InaccessiblePaths=\"/a b\"\nRestrictNamespaces=yes\nLockPersonality=yes\n"
                   "SystemCallArchitectures=native\nSocketBindAllow=any\nSocketBindAllow=\n"
                   "SocketBindAllow=tcp:80\nSocketBindAllow=udp\nSocketBindAllow=90-99\n"
                   "SocketBindDeny=any\n",
             "");
    const struct socket_bind *rule = spec->exec.socket_bind_allow;

    assert_int_equal(spec->exec.protect_system, PROTECT_SYSTEM_STRICT);
    assert_int_equal(spec->exec.protect_system_place.line, 3);
    assert_list(spec->exec.read_write_paths, "</a><-/b><+/c/d><-+/e>");
    assert_null(spec->exec.read_only_paths);
    assert_list(spec->exec.inaccessible_paths, "</a b>");
    assert_int_equal(spec->exec.restrict_namespaces.refused, NAMESPACE_ALL);
    assert_true(spec->exec.lock_personality);
    assert_int_equal(spec->exec.system_call_architectures, 1 << ARCHITECTURE_NATIVE);
    assert_true(rule->tcp && !rule->udp && !rule->any_protocol && !rule->any_port);
    assert_int_equal(rule->port, 80);
    assert_int_equal(rule->port_last, 80);
    assert_int_equal(rule->place.column, 17);
    rule = rule->next;
    assert_true(!rule->tcp && rule->udp && rule->any_port);
    rule = rule->next;
    assert_true(rule->any_protocol && !rule->any_port);
    assert_int_equal(rule->port, 90);
    assert_int_equal(rule->port_last, 99);
    assert_null(rule->next);
    assert_true(spec->exec.socket_bind_deny->any_protocol && spec->exec.socket_bind_deny->any_port);

    spec = load(*state,
                START "ProtectSystem=full\nRestrictNamespaces=yes\nRestrictNamespaces=\n"
                      "SystemCallArchitectures=native\nSystemCallArchitectures=\n",
                "");
    assert_int_equal(spec->exec.protect_system, PROTECT_SYSTEM_FULL);
    assert_int_equal(spec->exec.restrict_namespaces.refused, 0);
    assert_int_equal(spec->exec.system_call_architectures, 0);
    spec = load(*state, START "ProtectSystem=on\nProtectSystem=no\n", "");
    assert_int_equal(spec->exec.protect_system, PROTECT_SYSTEM_NO);
    spec = load(*state, START "ProtectSystem=yes\n", "");
    assert_int_equal(spec->exec.protect_system, PROTECT_SYSTEM_YES);
}

static void test_mount_words(void **state)
{
    const struct unit_spec *spec =
        load(*state,
             START "ProtectHome=tmpfs\nPrivateTmp=yes\nProtectProc=invisible\nProcSubset=pid\n"
                   "PrivateDevices=yes\nPrivateMounts=yes\nProtectKernelTunables=yes\n"
                   "ProtectControlGroups=yes\nExecPaths=/a\nNoExecPaths=/ -/b\n",
             "");

    assert_int_equal(spec->exec.protect_home, PROTECT_HOME_TMPFS);
    assert_int_equal(spec->exec.private_tmp, PRIVATE_TMP_YES);
    assert_int_equal(spec->exec.protect_proc, PROTECT_PROC_INVISIBLE);
    assert_int_equal(spec->exec.proc_subset, PROC_SUBSET_PID);
    assert_true(spec->exec.private_devices && spec->exec.private_mounts &&
                spec->exec.protect_kernel_tunables && spec->exec.protect_control_groups);
    assert_list(spec->exec.exec_paths, "</a>");
    assert_list(spec->exec.no_exec_paths, "</><-/b>");
    spec = load(*state, START "ProtectHome=yes\nPrivateTmp=disconnected\nProtectHome=off\n", "");
    assert_int_equal(spec->exec.protect_home, PROTECT_HOME_NO);
    assert_int_equal(spec->exec.private_tmp, PRIVATE_TMP_DISCONNECTED);
}

static void test_mount_items(void **state)
{
    const struct unit_spec *spec =
        load(*state,
             START "BindPaths=/a //b/:/c -/d:/e:norbind\nBindReadOnlyPaths=\"/f g\":/h\\:i:rbind\n"
                   "TemporaryFileSystem=/j /k:ro,size=1m\n",
             "");
    const struct mount_item *item = spec->exec.bind_paths;

    assert_string_equal(item->source, "/a");
    assert_string_equal(item->path, "/a");
    assert_false(item->is_optional || item->is_read_only || item->is_flat);
    item = item->next;
    assert_string_equal(item->source, "/b");
    assert_string_equal(item->path, "/c");
    item = item->next;
    assert_string_equal(item->source, "/d");
    assert_true(item->is_optional && item->is_flat);
    item = item->next;
    assert_string_equal(item->source, "/f g");
    assert_string_equal(item->path, "/h:i");
    assert_true(item->is_read_only && !item->is_flat && !item->next);
    item = spec->exec.temporary_file_systems;
    assert_string_equal(item->path, "/j");
    assert_null(item->options);
    assert_string_equal(item->next->path, "/k");
    assert_string_equal(item->next->options, "ro,size=1m");
    spec = load(*state, START "BindPaths=/a\nBindReadOnlyPaths=\n", "");
    assert_null(spec->exec.bind_paths);
}

static void test_capabilities(void **state)
{
    static const uint64_t all = (UINT64_C(1) << 41) - 1;
    static const struct {
        const char *text;
        uint64_t bits;
    } cases[] = {
        { "CapabilityBoundingSet=\n", 0 },
        { "CapabilityBoundingSet=~\n", all },
        { "CapabilityBoundingSet=CAP_CHOWN cap_kill\n", 0x21 },
        { "CapabilityBoundingSet=CAP_CHOWN\nCapabilityBoundingSet=CAP_KILL\n", 0x21 },
        { "CapabilityBoundingSet=~CAP_CHOWN\nCapabilityBoundingSet=~CAP_KILL\n",
          all & ~UINT64_C(0x21) },
        { "CapabilityBoundingSet=CAP_CHOWN CAP_KILL\nCapabilityBoundingSet=~CAP_KILL\n", 1 },
        { "CapabilityBoundingSet=CAP_CHOWN\nCapabilityBoundingSet=\n", 0 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char text[256];
        const struct unit_spec *spec;

        snprintf(text, sizeof(text), START "%s", cases[i].text);
        spec = load(*state, text, "");
        assert_true(spec->exec.has_capability_bounding_set);
        assert_true(spec->exec.capability_bounding_set == cases[i].bits);
    }
    assert_false(load(*state, START, "")->exec.has_capability_bounding_set);
}

static void test_ambient_capabilities(void **state)
{
    static const uint64_t all = (UINT64_C(1) << 41) - 1;
    static const struct {
        const char *text;
        uint64_t bits;
    } cases[] = {
        { "", 0 },
        { "AmbientCapabilities=\n", 0 },
        { "AmbientCapabilities=CAP_CHOWN\nAmbientCapabilities=CAP_KILL\n", 0x21 },
        { "AmbientCapabilities=CAP_CHOWN CAP_KILL\nAmbientCapabilities=~CAP_KILL\n", 1 },
        { "AmbientCapabilities=~CAP_CHOWN\n", all & ~UINT64_C(1) },
        { "AmbientCapabilities=CAP_CHOWN\nAmbientCapabilities=\n", 0 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char text[256];

        snprintf(text, sizeof(text), START "%s", cases[i].text);
        assert_true(load(*state, text, "")->exec.ambient_capabilities == cases[i].bits);
    }
}

/* What the lines of SystemCallFilter= have made of a call. */
static unsigned answer_for(const struct unit_spec *spec, enum call call)
{
    return spec->exec.system_call_filter->answers[call];
}

static void test_system_calls(void **state)
{
    const struct unit_spec *spec =
        load(*state,
             START "SystemCallFilter=@clock uname\nSystemCallFilter=~uname @swap:EPERM mount:kill\n"
                   "SystemCallErrorNumber=EACCES\nSystemCallLog=~@mount\n"
                   "SystemCallArchitectures=x86 arm64\nSystemCallArchitectures=native\n",
             "");

    assert_true(spec->exec.system_call_filter->is_allow_list);
    assert_int_equal(answer_for(spec, CALL_execve), CALL_LISTED); /* @default */
    assert_int_equal(answer_for(spec, CALL_settimeofday), CALL_LISTED);
    assert_int_equal(answer_for(spec, CALL_uname), CALL_UNLISTED);
    assert_int_equal(answer_for(spec, CALL_swapon), CALL_ERROR + 1);
    assert_int_equal(answer_for(spec, CALL_mount), CALL_KILL);
    assert_int_equal(spec->exec.system_call_error_number, 13);
    assert_false(spec->exec.system_call_log->is_allow_list);
    assert_int_equal(spec->exec.system_call_log->answers[CALL_mount], CALL_LISTED);
    assert_int_equal(spec->exec.system_call_log->answers[CALL_execve], CALL_UNLISTED);
    assert_int_equal(spec->exec.system_call_architectures,
                     1 << ARCHITECTURE_X86 | 1 << ARCHITECTURE_ARM64 | 1 << ARCHITECTURE_NATIVE);

    spec = load(*state,
                START "SystemCallFilter=~@mount:7\nSystemCallFilter=chroot\n"
                      "SystemCallErrorNumber=5\nSystemCallErrorNumber=kill\n",
                "");
    assert_false(spec->exec.system_call_filter->is_allow_list);
    assert_int_equal(answer_for(spec, CALL_mount), CALL_ERROR + 7);
    assert_int_equal(answer_for(spec, CALL_chroot), CALL_UNLISTED);
    assert_int_equal(answer_for(spec, CALL_execve), CALL_UNLISTED);
    assert_int_equal(spec->exec.system_call_error_number, 0);
    spec = load(*state, START "SystemCallFilter=@clock\nSystemCallFilter=\nSystemCallLog=\n", "");
    assert_null(spec->exec.system_call_filter);
    assert_null(spec->exec.system_call_log);
}

static void test_families(void **state)
{
    static const struct {
        const char *text;
        bool is_allow_list;
        uint64_t bits;
    } cases[] = {
        { "AF_UNIX AF_INET", true, 6 },
        { "AF_UNIX\nRestrictAddressFamilies=AF_INET", true, 6 },
        { "AF_UNIX AF_INET\nRestrictAddressFamilies=~AF_UNIX", true, 4 },
        { "~AF_UNIX\nRestrictAddressFamilies=AF_INET", false, 2 },
        { "~AF_UNIX AF_INET\nRestrictAddressFamilies=AF_INET", false, 2 },
        { "none", true, 0 },
        { "none\nRestrictAddressFamilies=~AF_LOCAL", false, 2 },
        { "AF_UNIX\nRestrictAddressFamilies=", false, 0 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct address_families *families;
        char text[256];

        snprintf(text, sizeof(text), START "RestrictAddressFamilies=%s\n", cases[i].text);
        families = &load(*state, text, "")->exec.restrict_address_families;
        assert_int_equal(families->is_allow_list, cases[i].is_allow_list);
        assert_true(families->bits == cases[i].bits);
    }
}

static void test_namespaces(void **state)
{
    static const struct {
        const char *text;
        uint32_t refused;
    } cases[] = {
        { "yes", NAMESPACE_ALL },
        { "no", 0 },
        { "net mnt", NAMESPACE_ALL & ~(NAMESPACE_NET | NAMESPACE_MNT) },
        { "~user", NAMESPACE_USER | NAMESPACE_TIME },
        { "~user\nRestrictNamespaces=~pid", NAMESPACE_USER | NAMESPACE_PID | NAMESPACE_TIME },
        { "yes\nRestrictNamespaces=cgroup", NAMESPACE_ALL & ~NAMESPACE_CGROUP },
        { "no\nRestrictNamespaces=cgroup", 0 },
        { "yes\nRestrictNamespaces=", 0 },
        { "time uts", NAMESPACE_ALL & ~(NAMESPACE_TIME | NAMESPACE_UTS) },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char text[256];

        snprintf(text, sizeof(text), START "RestrictNamespaces=%s\n", cases[i].text);
        assert_int_equal(load(*state, text, "")->exec.restrict_namespaces.refused,
                         cases[i].refused);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sandbox),      TEST(test_mount_words),          TEST(test_mount_items),
        TEST(test_capabilities), TEST(test_ambient_capabilities), TEST(test_system_calls),
        TEST(test_families),     TEST(test_namespaces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* LoadCredential=, ImportCredential=, SetCredential=: what a line says, and what becomes of it in a
 * child. DynamicUser= and SecureBits=, as far as they are text. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "supervisor/unit/dynamic_user.h"
#include "tests/unit/directive_fixture.h"

#include <linux/securebits.h>

/* --- lines --- */

static void assert_credential(const struct credential *credential, const char *name,
                              const char *source)
{
    assert_non_null(credential);
    assert_string_equal(credential->name, name);
    assert_string_equal(credential->source, source);
}

static void test_load(void **state)
{
    const struct unit_spec *spec =
        load(*state,
             START "LoadCredential=a:/x/%p\nLoadCredential=b\nLoadCredential=%i.c:other\n"
                   "LoadCredential=a:/y/\nSetCredential=a:1\n",
             "");
    const struct credential *at = spec->exec.credentials[CREDENTIAL_LOAD];

    assert_credential(at, "a", "/y/");
    assert_credential(at->next, "b", "b");
    assert_credential(at->next->next, "b.c", "other");
    assert_null(at->next->next->next);
    assert_credential(spec->exec.credentials[CREDENTIAL_SET], "a", "1");
}

static void test_empty_line_takes_its_own_kind_back(void **state)
{
    const struct unit_spec *spec =
        load(*state,
             START "LoadCredential=a\nSetCredential=b:1\nImportCredential=c*\n"
                   "LoadCredential=\nImportCredential=\n",
             "");

    assert_null(spec->exec.credentials[CREDENTIAL_LOAD]);
    assert_null(spec->exec.credentials[CREDENTIAL_IMPORT]);
    assert_credential(spec->exec.credentials[CREDENTIAL_SET], "b", "1");
}

static void test_set(void **state)
{
    static const char wanted[] = "a\0b\n%n \"q\" \xff:";
    const struct unit_spec *spec =
        load(*state, START "SetCredential=%p.id:a\\x00b\\n%n \"q\" \\xff:\n", "");
    const struct credential *credential = spec->exec.credentials[CREDENTIAL_SET];

    assert_non_null(credential);
    assert_string_equal(credential->name, "a.id");
    assert_int_equal(credential->length, sizeof(wanted) - 1);
    assert_memory_equal(credential->source, wanted, sizeof(wanted) - 1);
}

static void test_import(void **state)
{
    const struct unit_spec *spec = load(
        *state, START "ImportCredential=a\nImportCredential=%p.*:new.\nImportCredential=*\n", "");
    const struct credential *at = spec->exec.credentials[CREDENTIAL_IMPORT];

    assert_credential(at, "a", "");
    assert_credential(at->next, "a.*", "new.");
    assert_credential(at->next->next, "*", "");
}

/* The same lines that systemd-analyze verify of systemd 257 finds fault with. */
static void test_mistakes(void **state)
{
    static const struct {
        const char *line, *problem;
    } cases[] = {
        { "SetCredential=a/b:x", "15: error: The name in SetCredential= is not valid" },
        { "SetCredential=secret", "15: error: SetCredential= is not NAME:TEXT" },
        { "SetCredential=empty:", "15: error: SetCredential= is not NAME:TEXT" },
        { "SetCredential=bad:x\\q", "20: error: Unknown escape sequence in SetCredential=" },
        { "SetCredential=%Z:x", "15: error: Unknown specifier '%Z' in SetCredential=" },
        { "LoadCredential=x:rel/path", "18: error: The source in LoadCredential= is not valid" },
        { "LoadCredential=y:/run/../x", "18: error: The source in LoadCredential= is not valid" },
        { "LoadCredential=y:/run//x", "18: error: The source in LoadCredential= is not valid" },
        { "LoadCredential=y:/./x", "18: error: The source in LoadCredential= is not valid" },
        { "LoadCredential=:/x", "16: error: The name in LoadCredential= is not valid" },
        { "LoadCredential=..", "16: error: The name in LoadCredential= is not valid" },
        { "ImportCredential=a*b", "18: error: The name in ImportCredential= is not valid" },
        { "ImportCredential=a?", "18: error: The name in ImportCredential= is not valid" },
        { "ImportCredential=a:b:c", "20: error: The new name in ImportCredential= is not valid" },
        { "LoadCredentialEncrypted=a",
          "1: error: LoadCredentialEncrypted= cannot be honoured: a container has neither a TPM" },
        { "SetCredentialEncrypted=a:b",
          "1: error: SetCredentialEncrypted= cannot be honoured: a container has neither a TPM" },
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char text[256], wanted[256];

        snprintf(text, sizeof(text), START "%s\n", cases[i].line);
        assert_int_not_equal(try_load(fixture, text), 0);
        snprintf(wanted, sizeof(wanted), "a@b.service:3:%s", cases[i].problem);
        if (strncmp(fixture->problems.text, wanted, strlen(wanted)) != 0)
            fail_msg("%s: %s", cases[i].line, fixture->problems.text);
        /* What may be a secret is not repeated. */
        assert_null(strstr(fixture->problems.text, "secret"));
    }
}

/* --- SecureBits= --- */

static void test_secure_bits(void **state)
{
    static const struct {
        const char *value;
        unsigned bits;
    } cases[] = {
        { "noroot", SECBIT_NOROOT },
        { "keep-caps keep-caps-locked no-setuid-fixup no-setuid-fixup-locked noroot noroot-locked",
          0x3f },
        { "noroot\nSecureBits=noroot-locked", SECBIT_NOROOT_LOCKED },
        { "noroot\nSecureBits=", 0 },
    };
    char text[256];

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        snprintf(text, sizeof(text), START "SecureBits=%s\n", cases[i].value);
        assert_int_equal(load(*state, text, "")->exec.secure_bits, cases[i].bits);
    }
    assert_int_not_equal(try_load(*state, START "SecureBits=noroot keep_caps\n"), 0);
    assert_string_equal(((struct fixture *)*state)->problems.text,
                        "a@b.service:3:19: error: 'keep_caps' in SecureBits= is not a secure bit\n"
                        "    hint: keep-caps, no-setuid-fixup, noroot, or …-locked\n");
}

/* --- DynamicUser= --- */

/* The names and numbers are those that systemd 257 gave. */
static void test_dynamic_names(void **state)
{
    static const struct {
        const char *unit, *name;
        unsigned number;
    } cases[] = {
        { "a.service", "a", 63801 },
        { "a@b.service", "a", 63801 },
        { "9lives.service", "_du33674de3e2037ca4", 62535 },
        { "foo-bar.service", "foo-bar", 61689 },
        { "x:y.service", "_du5c71dce6f6b035a3", 64151 },
        { "redis.service", "redis", 65030 },
        { "long-name-that-is-longer-than-thirty-one-characters.service", "_du29a38da5c43c222a",
          65265 },
        { "pg@main.service", "pg", 64832 },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char name[DYNAMIC_NAME_SIZE];

        dynamic_user_name(cases[i].unit, name);
        assert_string_equal(name, cases[i].name);
        assert_int_equal(dynamic_user_number(name), cases[i].number);
    }
}

static void test_dynamic_user_implies(void **state)
{
    const struct exec_spec *exec =
        &load(*state, START "ProtectSystem=no\nDynamicUser=yes\nProtectHome=tmpfs\n", "")->exec;

    assert_string_equal(exec->user, "a");
    assert_string_equal(exec->group, "a");
    assert_int_equal(exec->protect_system, PROTECT_SYSTEM_STRICT);
    assert_int_equal(exec->protect_home, PROTECT_HOME_TMPFS);
    assert_int_equal(exec->private_tmp, PRIVATE_TMP_DISCONNECTED);
    assert_true(exec->restrict_suid_sgid);
    exec = &load(*state, START "DynamicUser=yes\nPrivateTmp=yes\nUser=u\nGroup=g\n", "")->exec;
    assert_string_equal(exec->user, "u");
    assert_string_equal(exec->group, "g");
    assert_int_equal(exec->protect_home, PROTECT_HOME_READ_ONLY);
    assert_int_equal(exec->private_tmp, PRIVATE_TMP_YES);
    exec = &load(*state, START "DynamicUser=yes\nDynamicUser=no\n", "")->exec;
    assert_null(exec->user);
    assert_int_equal(exec->protect_system, PROTECT_SYSTEM_NO);
}

/* One name, one number; two names never have the same one. */
static void test_numbers_do_not_collide(void **state)
{
    struct fixture *fixture = *state;
    struct unit_set *set = &fixture->set;
    char text[128];

    for (unsigned i = 0; i < 400; i++) {
        snprintf(text, sizeof(text), START "DynamicUser=yes\nUser=u%u\n", i % 200);
        snprintf(text + 64, sizeof(text) - 64, "n%u.service", i);
        assert_int_equal(loader_add(set, text + 64, text, &fixture->problems), 0);
    }
    dynamic_users_settle(set);
    for (size_t i = 0; i < 400; i++)
        for (size_t j = 0; j < i; j++) {
            const struct exec_spec *one = &set->specs[i]->exec, *other = &set->specs[j]->exec;

            assert_int_equal(one->dynamic_number == other->dynamic_number,
                             strcmp(one->user, other->user) == 0);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_load),
        TEST(test_empty_line_takes_its_own_kind_back),
        TEST(test_set),
        TEST(test_import),
        TEST(test_mistakes),
        TEST(test_secure_bits),
        TEST(test_dynamic_names),
        TEST(test_dynamic_user_implies),
        TEST(test_numbers_do_not_collide),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

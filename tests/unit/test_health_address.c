/* reeve-health: the grammar of HealthCmd=. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "supervisor/health/address.h"

static struct probe_address good(const char *command)
{
    struct probe_address address;
    char error[256] = "";
    int result = probe_address_parse(command, &address, error, sizeof(error));

    if (result != 0)
        fail_msg("'%s': %s", command, error);
    return address;
}

static void bad(const char *command, const char *part_of_message)
{
    struct probe_address address;
    char error[256] = "";

    assert_int_equal(probe_address_parse(command, &address, error, sizeof(error)), -EINVAL);
    if (!strstr(error, part_of_message))
        fail_msg("'%s' says '%s' and not '%s'", command, error, part_of_message);
}

static void assert_v4(const struct probe_address *address, const char *digits, unsigned port)
{
    char text[INET_ADDRSTRLEN];

    assert_int_equal(address->socket.v4.sin_family, AF_INET);
    assert_int_equal(address->socket_length, sizeof(struct sockaddr_in));
    assert_non_null(inet_ntop(AF_INET, &address->socket.v4.sin_addr, text, sizeof(text)));
    assert_string_equal(text, digits);
    assert_int_equal(ntohs(address->socket.v4.sin_port), port);
}

static void http_addresses(void **state)
{
    struct probe_address address = good("http://127.0.0.1:8080/health?a=b#part");

    (void)state;
    assert_int_equal(address.kind, PROBE_HTTP);
    assert_v4(&address, "127.0.0.1", 8080);
    assert_string_equal(address.path, "/health?a=b");
    assert_string_equal(address.host, "127.0.0.1:8080");
    probe_address_release(&address);

    address = good("http://localhost");
    assert_v4(&address, "127.0.0.1", 80);
    assert_string_equal(address.path, "/");
    probe_address_release(&address);

    address = good("https://10.1.2.3?x");
    assert_int_equal(address.kind, PROBE_HTTPS);
    assert_v4(&address, "10.1.2.3", 443);
    assert_string_equal(address.path, "/?x");
    probe_address_release(&address);

    address = good("http://[::1]:81/");
    assert_int_equal(address.socket.v6.sin6_family, AF_INET6);
    assert_int_equal(ntohs(address.socket.v6.sin6_port), 81);
    assert_string_equal(address.host, "[::1]:81");
    probe_address_release(&address);
}

static void bad_addresses_are_named(void **state)
{
    (void)state;
    bad("http://example.com/", "'example.com' in 'http://example.com/' is not an address");
    bad("http://127.0.0.1:0/", "port in 'http://127.0.0.1:0/'");
    bad("http://127.0.0.1:65536/", "port");
    bad("http://127.0.0.1:+80/", "port");
    bad("http://127.0.0.1: 80/", "port");
    bad("http://127.0.0.1:80/\r\nX: y", "control character");
    bad("http:///x", "no host");
    bad("http://user@127.0.0.1/", "user name");
    bad("http://[::1", "bracket");
    bad("http://[::1]x", "behind the address");
    bad("http://1.2.3/", "not an address");
    bad("tcp://127.0.0.1", "port");
    bad("tcp://127.0.0.1:80/x", "port");
    bad("unix:relative", "absolute path");
    bad("x11:host:0", "absolute path");
    bad("x11::", "display");
    bad("x11::x", "display");
    bad("x11::99999999", "display");
    bad("cdp://127.0.0.1:9222/json", "takes no path");
    bad("ftp://127.0.0.1/", "'ftp://' is not a kind of probe");
    bad("sh -c 'echo", "sh -c 'echo");
    bad("   ", "no command");
    bad("", "no command");
}

static void too_long_paths_are_refused(void **state)
{
    char command[256] = "unix:/";

    (void)state;
    memset(command + 6, 'a', 107);
    bad(command, "too long");
    command[6 + 106] = '\0'; /* 107 bytes and the final NUL: what sun_path holds */
    struct probe_address address = good(command);
    assert_string_equal(address.socket.local.sun_path, command + 5);
    probe_address_release(&address);
}

static void redis_addresses(void **state)
{
    struct probe_address address = good("redis://127.0.0.1");

    (void)state;
    assert_int_equal(address.kind, PROBE_REDIS);
    assert_v4(&address, "127.0.0.1", 6379);
    assert_null(address.password);
    probe_address_release(&address);

    address = good("redis://us%65r:p%40ss%3aw@localhost:7000/");
    assert_v4(&address, "127.0.0.1", 7000);
    assert_string_equal(address.user, "user");
    assert_string_equal(address.password, "p@ss:w");
    probe_address_release(&address);

    address = good("redis://:only@127.0.0.1");
    assert_null(address.user);
    assert_string_equal(address.password, "only");
    probe_address_release(&address);

    address = good("redis://127.0.0.1:6379?password-file=/run/secrets/redis");
    assert_string_equal(address.password_file, "/run/secrets/redis");
    probe_address_release(&address);

    address = good("redis://:a/b?c@d==@127.0.0.1:7000");
    assert_v4(&address, "127.0.0.1", 7000);
    assert_string_equal(address.password, "a/b?c@d==");
    probe_address_release(&address);

    /* As below %d of an instance of a template. */
    address = good("redis://127.0.0.1?password-file=/run/credentials/redis@1.service/x");
    assert_v4(&address, "127.0.0.1", 6379);
    assert_null(address.password);
    assert_string_equal(address.password_file, "/run/credentials/redis@1.service/x");
    probe_address_release(&address);

    bad("redis://127.0.0.1/3", "unknown");
    bad("redis://127.0.0.1?password-file=relative", "absolute");
    bad("redis://secret@127.0.0.1", "USER:PASSWORD@");
    bad("redis://:a%zz@127.0.0.1", "malformed");
    bad("redis://:a%00@127.0.0.1", "malformed");
}

static void secrets_stay_out_of_messages(void **state)
{
    static const char *const commands[] = {
        "redis://:geheim@example.com",  "redis://geheim@127.0.0.1", "redis://:geheim%@127.0.0.1",
        "redis://u:geheim@127.0.0.1:x", "redis://:geheim@",
    };
    struct probe_address address;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        char error[256] = "";

        assert_int_equal(probe_address_parse(commands[i], &address, error, sizeof(error)), -EINVAL);
        assert_null(strstr(error, "geheim"));
        assert_true(strlen(error) > 0);
    }
}

static void local_addresses(void **state)
{
    struct probe_address address = good("unix:/run/x.sock");

    (void)state;
    assert_int_equal(address.socket.local.sun_family, AF_UNIX);
    assert_string_equal(address.socket.local.sun_path, "/run/x.sock");
    probe_address_release(&address);

    address = good("unix:@name");
    assert_int_equal(address.socket.local.sun_path[0], '\0');
    assert_memory_equal(address.socket.local.sun_path + 1, "name", 4);
    assert_int_equal(address.socket_length, offsetof(struct sockaddr_un, sun_path) + 5);
    probe_address_release(&address);

    address = good("x11::99");
    assert_int_equal(address.kind, PROBE_X11);
    assert_string_equal(address.socket.local.sun_path, "/tmp/.X11-unix/X99");
    probe_address_release(&address);

    address = good("x11::7.1");
    assert_string_equal(address.socket.local.sun_path, "/tmp/.X11-unix/X7");
    probe_address_release(&address);

    address = good("x11:/tmp/.X11-unix/X3");
    assert_string_equal(address.socket.local.sun_path, "/tmp/.X11-unix/X3");
    probe_address_release(&address);

    address = good("cdp://127.0.0.1");
    assert_v4(&address, "127.0.0.1", 9222);
    assert_string_equal(address.path, "/json/version");
    probe_address_release(&address);
}

static void commands_are_split_without_a_shell(void **state)
{
    struct probe_address address = good("  /bin/test -f 'a b' \"c\\x41\" $HOME;  ");

    (void)state;
    assert_int_equal(address.kind, PROBE_COMMAND);
    assert_string_equal(address.words[0], "/bin/test");
    assert_string_equal(address.words[1], "-f");
    assert_string_equal(address.words[2], "a b");
    assert_string_equal(address.words[3], "cA");
    assert_string_equal(address.words[4], "$HOME;");
    assert_null(address.words[5]);
    probe_address_release(&address);
}

static void expectations(void **state)
{
    struct probe_address address = good(
        "http://127.0.0.1/x  status=200-204 \"header=Content-Type: text/html\" body='all is well'");
    const struct expectation *at = address.expectations;

    (void)state;
    assert_string_equal(address.path, "/x");
    assert_int_equal(at->what, EXPECT_STATUS);
    assert_int_equal(at->low, 200);
    assert_int_equal(at->high, 204);
    at = at->next;
    assert_int_equal(at->what, EXPECT_HEADER);
    assert_string_equal(at->name, "Content-Type");
    assert_string_equal(at->value, "text/html");
    at = at->next;
    assert_string_equal(at->value, "all is well");
    assert_null(at->next);
    probe_address_release(&address);
    address = good("redis://:p@127.0.0.1 role=replica info=used_memory<=1.5M info=redis_mode!=x");
    at = address.expectations;
    assert_true(expectation_holds(at, "slave"));
    at = at->next;
    assert_true(expectation_holds(at, "1572864"));
    assert_false(expectation_holds(at, "1572865"));
    assert_false(expectation_holds(at, "much"));
    assert_true(expectation_holds(at->next, "standalone"));
    assert_false(expectation_holds(at->next, "x"));
    probe_address_release(&address);
}

static void bad_expectations_are_named(void **state)
{
    static const char *const commands[] = {
        "http://[::1] status=99", "http://[::1] status=300-200", "http://[::1] status=200-",
        "http://[::1] status=2x", "http://[::1] header=x",       "http://[::1] body=",
        "http://[::1] info=a<1",  "redis://[::1] info=a",        "redis://[::1] info=<1",
        "redis://[::1] info=a<b", "redis://[::1] info=a<1T",     "redis://[::1] role=king",
        "redis://[::1] body=x",   "http://[::1] status=+200",    "http://[::1] status=1000",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        bad(commands[i], "behind the address is not one of");
    bad("http://[::1] 'body=x", "behind the address");
    bad("tcp://[::1]:1 body=x", "nothing can be asked");
    bad("x11::1 role=master", "nothing can be asked");
    bad("notify:", "a pattern");
    bad("notify:!", "a pattern");
}

static void a_pattern_for_the_status(void **state)
{
    struct probe_address address = good("notify:!*not connected*");

    (void)state;
    assert_int_equal(address.kind, PROBE_NOTIFY);
    assert_string_equal(address.pattern, "!*not connected*");
    probe_address_release(&address);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(http_addresses),
        cmocka_unit_test(bad_addresses_are_named),
        cmocka_unit_test(too_long_paths_are_refused),
        cmocka_unit_test(redis_addresses),
        cmocka_unit_test(secrets_stay_out_of_messages),
        cmocka_unit_test(local_addresses),
        cmocka_unit_test(commands_are_split_without_a_shell),
        cmocka_unit_test(expectations),
        cmocka_unit_test(bad_expectations_are_named),
        cmocka_unit_test(a_pattern_for_the_status),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

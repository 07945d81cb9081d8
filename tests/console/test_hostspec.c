// SPDX-License-Identifier: GPL-2.0-only
/* Hosts as they are written: what ssh is given, and what it never is. */
#include "cmocka_all.h"

#include <string.h>

#include "remote/hostspec.h"

static void test_hosts_are_what_ssh_is_given(void **state)
{
	static const struct {
		const char *text;
		const char *name;
		const char *destination;
		const char *port;
	} cases[] = {
		{ "a", "a", "a", "" },
		{ "me@a", "a", "me@a", "" },
		{ "me@a.example.org:2222", "a.example.org", "me@a.example.org", "2222" },
		{ "rack7=me@a", "rack7", "me@a", "" },
		{ "rack7=a:1", "rack7", "a", "1" },
		{ "[fe80::1]", "fe80::1", "fe80::1", "" },
		{ "me@[fe80::1]:22", "fe80::1", "me@fe80::1", "22" },
		{ "fe80::1", "fe80::1", "fe80::1", "" },
		{ "x=fe80::1%eth0", "x", "fe80::1%eth0", "" },
		{ "me@corp@a", "a", "me@corp@a", "" },
	};
	struct host host;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (!host_parse(cases[i].text, strlen(cases[i].text), &host, &why))
			fail_msg("%s: %s", cases[i].text, why);
		assert_false(host.local);
		assert_string_equal(host.name, cases[i].name);
		assert_string_equal(host.destination, cases[i].destination);
		assert_string_equal(host.port, cases[i].port);
	}
	assert_true(host_parse("local", 5, &host, &why) && host.local);
	assert_string_equal(host.name, "local");
	/* As much of the text as was said. */
	assert_true(host_parse("a,b", 1, &host, &why));
	assert_string_equal(host.destination, "a");
}

static void test_what_is_no_host_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",	    "-a",	"-oProxyCommand=x",
		"x=-a",	    "me@-a",	"-l@a",
		"@a",	    "me@",	"a b",
		"a\n",	    "a\x1b[m",	"a;b",
		"a`b`",	    "$a",	"a|b",
		"a:",	    "a:0",	"a:65536",
		"a:2x",	    "a:-1",	"[a",
		"[a]x",	    "[]",	"=a",
		"x/y=a",    "x:y=a",	"x y=a",
		"-x=a",	    "x=",	"[-oX=y]",
		"me@[-oX]", "a'b",	"a\"b",
		"a\\b",	    "\xc3\xa4", "(a)",
		"a*",	    "x*=a",	"a&",
		"a>b",	    "a#b",	"~a{b}",
	};
	struct host host;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		why = NULL;
		if (host_parse(wrong[i], strlen(wrong[i]), &host, &why))
			fail_msg("'%s' is taken for %s", wrong[i], host.destination);
		assert_non_null(why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts_are_what_ssh_is_given),
		cmocka_unit_test(test_what_is_no_host_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

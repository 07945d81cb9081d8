// SPDX-License-Identifier: GPL-2.0-only
/* What was sent and is not to be shown, in what a guest printed. */
#include "cmocka_all.h"

#include <stdlib.h>

#include "text/secrets.h"

static const struct {
	const char *secret;
	enum secrets_in in;
	const char *printed;
	const char *shown;
} cases[] = {
	{ "hunter2\r", SECRETS_IN_MATCH, "a hunter2 b", "a *** b" },
	{ "hunter2\r", SECRETS_IN_MATCH, "hunter2hunter2\nx", "***\nx" },
	/* Short ones, which are nothing but that, too. */
	{ "y", SECRETS_IN_LINE, "sure? y", "sure? ***" },
	/* Each line of several, and what there is between controls. */
	{ "user admin\npass T0P\n", SECRETS_IN_LINE, "user admin", "***" },
	{ "user admin\npass T0P", SECRETS_IN_LINE, "# pass T0P; ls", "# ***; ls" },
	{ "user admin\r\npass T0P", SECRETS_IN_MATCH, "user admin\npass T0P\nOK", "***\n***\nOK" },
	{ "user admin\npass T0P", SECRETS_IN_MATCH, "user admin\npass T0P\nOK", "***\nOK" },
	{ "password\003other", SECRETS_IN_LINE, "password^Cother", "***^C***" },
	{ "a\003b", SECRETS_IN_LINE, "a banana", "a banana" },
	/* A line that is one letter or two is not starred in the middle of words. */
	{ "y\nno\nlonger", SECRETS_IN_LINE, "system now: y no", "system now: *** ***" },
	/* Only the beginning was echoed so far, or something came in between. */
	{ "hunter2-TOPSECRET", SECRETS_IN_LINE, "hunter2-TOPS", "***" },
	{ "hunter2-TOPSECRET", SECRETS_IN_LINE, "h", "***" },
	{ "hunter2-TOPSECRET", SECRETS_IN_LINE, "Password: hu", "Password: ***" },
	{ "hunter2-TOPSECRET", SECRETS_IN_LINE, "hunt[    5.1] random", "***[    5.1] random" },
	{ "one\nhunter2", SECRETS_IN_MATCH, "Password: hun\nx", "Password: ***\nx" },
	{ "aaaab", SECRETS_IN_LINE, "xaaaaaab", "x***" },
	/* It begins in the middle. */
	{ "mylongpassword", SECRETS_IN_MATCH, "longpassword", "***" },
	{ "mylongpassword", SECRETS_IN_MATCH, "word OK", "*** OK" },
	{ "mylongpassword", SECRETS_IN_MATCH, "pass", "***" },
	{ "mylongpassword", SECRETS_IN_LINE, "long[    5.1] random", "***[    5.1] random" },
	{ "mylongpassword", SECRETS_IN_LINE, "OK\nword\nOK", "OK\n***\nOK" },
	/* Ordinary text. */
	{ "hunter2", SECRETS_IN_MATCH, "h", "h" },
	{ "hunter2", SECRETS_IN_MATCH, "hu", "hu" },
	{ "hunter2", SECRETS_IN_LINE, "a fresh", "a fresh" },
	{ "hunter2", SECRETS_IN_LINE, "the hunch of 2", "the hunch of 2" },
	{ "hunter2", SECRETS_IN_LINE, "2 of them", "2 of them" },
	{ "hunter2", SECRETS_IN_LINE, "", "" },
	/* No character is cut in two. */
	{ "pass\xc3\xa4", SECRETS_IN_LINE, "pass\xc3\xa0", "***\xc3\xa0" },
	{ "p\xc3\xa4sse", SECRETS_IN_LINE, "p\xc3\xa4s", "***" },
};

static char *hidden(size_t i, size_t *len)
{
	struct expect_script script = { .name = "test" };
	struct expect_line *step = expect_script_add(&script, EXPECT_ACT_SEND, cases[i].secret,
						     strlen(cases[i].secret));
	char *shown;

	assert_non_null(step);
	step->secret = true;
	/* What is no secret is shown. */
	assert_non_null(expect_script_add(&script, EXPECT_ACT_SEND, "OK", 2));
	*len = strlen(cases[i].printed);
	shown = secrets_hide(&script, cases[i].in, cases[i].printed, len);
	expect_script_free(&script);
	return shown;
}

static void secrets_are_hidden_and_what_is_left_of_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len;
		char *shown = hidden(i, &len);

		assert_non_null(shown);
		if (strcmp(shown, cases[i].shown))
			print_error("%s in %s\n", cases[i].secret, cases[i].printed);
		assert_string_equal(shown, cases[i].shown);
		assert_int_equal(len, strlen(shown));
		free(shown);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secrets_are_hidden_and_what_is_left_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ui/config.h"

#ifndef EXAMPLE
#error "EXAMPLE: the path of docs/examples/screen.conf"
#endif

static void test_keys_have_names(void **state)
{
	static const struct {
		const char *text;
		uint32_t key;
		const char *name;
	} keys[] = {
		{ "a", 'a', "a" },
		{ "^A", 1, "Ctrl-A" },
		{ "ctrl-a", 1, "Ctrl-A" },
		{ "Ctrl-]", 0x1d, "Ctrl-]" },
		{ "^?", 0x7f, "Backspace" },
		{ "space", ' ', "Space" },
		{ "Tab", '\t', "Tab" },
		{ "^I", '\t', "Tab" },
		{ "F12", KEY_CODE_F12, "F12" },
		{ "PageUp", KEY_CODE_PAGE_UP, "PageUp" },
		{ "\xc3\xa4", 0xe4, "U+00E4" },
	};
	static const char *const wrong[] = { "",      "ab",	 "F0",	 "F13",
					     "Ctrl-", "Ctrl-ab", "\xc3", "\x7f" };
	char text[KEY_NAME_SIZE];
	uint32_t key;

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		assert_true(key_parse(keys[i].text, &key));
		assert_int_equal(key, keys[i].key);
		assert_string_equal(key_text(key, text), keys[i].name);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(key_parse(wrong[i], &key));
}

static void test_no_two_actions_have_one_key(void **state)
{
	struct keymap map;

	(void)state;
	keymap_init(&map);
	for (int i = ACTION_NONE + 1; i < ACTIONS; i++) {
		/* A later one would have taken it away. */
		assert_int_not_equal(map.keys[i][0], KEY_CODE_NONE);
		for (size_t j = 0; map.keys[i][j] != KEY_CODE_NONE; j++)
			assert_int_equal(
				keymap_find(&map, keymap_place((enum action)i), map.keys[i][j]), i);
	}
}

static void test_a_key_is_taken_from_who_had_it(void **state)
{
	struct keymap map;
	const char *why;

	(void)state;
	keymap_init(&map);
	assert_true(keymap_set(&map, "zoom", "q F5", &why));
	assert_int_equal(keymap_find(&map, KEYMAP_PREFIX, 'q'), ACTION_ZOOM);
	assert_int_equal(keymap_find(&map, KEYMAP_PREFIX, 'd'), ACTION_QUIT);
	assert_int_equal(keymap_find(&map, KEYMAP_LIST, 'q'), ACTION_LIST_QUIT);
	assert_int_equal(keymap_find(&map, KEYMAP_PREFIX, 'z'), ACTION_NONE);
	assert_false(keymap_set(&map, "zoom", "abc", &why));
	assert_int_equal(keymap_find(&map, KEYMAP_PREFIX, 'q'), ACTION_ZOOM);
	assert_false(keymap_set(&map, "fly", "f", &why));
	assert_false(keymap_set(&map, "prefix", "", &why));
}

/* The example says what the program does without it, and names each action. */
static void test_the_example_holds_the_defaults(void **state)
{
	struct config *plain = config_new();
	struct config *example = config_new();
	char line[256];
	FILE *file;
	int actions = 0;
	bool keys = false;

	(void)state;
	assert_int_equal(config_read(example, EXAMPLE), 0);
	assert_int_equal(example->wrong_count, 0);
	assert_memory_equal(&plain->keys, &example->keys, sizeof(plain->keys));
	assert_int_equal(plain->scrollback, example->scrollback);
	assert_int_equal(plain->mouse, example->mouse);
	assert_int_equal(plain->bell, example->bell);
	assert_int_equal(plain->release_ms, example->release_ms);
	file = fopen(EXAMPLE, "r");
	while (fgets(line, sizeof(line), file)) {
		keys |= !strcmp(line, "[keys]\n");
		for (int i = ACTION_NONE + 1; i < ACTIONS; i++) {
			size_t len = strlen(keymap_name((enum action)i));

			actions += keys && !strncmp(line, keymap_name((enum action)i), len) &&
				   !strncmp(line + len, " = ", 3);
		}
	}
	fclose(file);
	assert_int_equal(actions, ACTIONS - 1);
	config_free(example);
	config_free(plain);
}

#define FIFTY "01234567890123456789012345678901234567890123456789"

static struct config *read_text(const char *text, size_t len)
{
	struct config *config = config_new();
	char path[] = "/tmp/kpl011-test-XXXXXX";
	int fd = mkstemp(path);

	assert_int_equal(write(fd, text, len), len);
	close(fd);
	assert_int_equal(config_read(config, path), 0);
	unlink(path);
	assert_string_equal(config->path, path);
	return config;
}

static void test_what_is_wrong_is_left_out_and_told(void **state)
{
	static const struct {
		const char *text;
		size_t line;
		const char *why;
	} cases[] = {
		{ "[nowhere]\na = b\nc = d\n", 1, "there is no section [nowhere], and what" },
		{ "[screen];\na = b\n", 1, "there is no section [screen];, and" },
		{ "mouse = no\n", 1, "'mouse' is in no section" },
		{ "[screen]\ncolour = no\n", 2, "[screen] has no setting 'colour': it has" },
		{ "[screen]\n\n\nmouse = maybe\n", 4, "mouse is 'maybe': say yes or no" },
		{ "[screen]\nscrollback = -1\n", 2, "scrollback is '-1'" },
		{ "[screen]\nrelease-input = soon\n", 2, "release-input is 'soon'" },
		{ "[screen]\nrelease-input = 8d\n", 2, "release-input is '8d'" },
		{ "[guests]\na = b\n", 2, "guest a: " },
		{ "[guests]\na/b = unix:/x\n", 2, "guest a/b: " },
		{ "[guests]\nb = file:/tmp/a ;b.log\n", 2, "b would be cut to 'file:/tmp/a'" },
		{ "[alerts]\na = (\n", 2, "alert a: " },
		{ "[keys]\nquit = abc\n", 2, "key quit = abc: " },
		{ "[keys]\nzoom = ;\n", 2, "zoom would be cut to ''" },
		{ "nonsense\n", 1, "it is neither" },
		{ "[alerts]\ndefaults = 1\n", 2, "defaults is '1'" },
		{ "[guests]\na = unix:/" FIFTY FIFTY FIFTY FIFTY "\n", 2, "it is longer than" },
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		struct config *config;

		snprintf(text, sizeof(text), "%s[guests]\nlast = pty:/dev/pts/1\n", cases[i].text);
		config = read_text(text, strlen(text));
		assert_int_equal(config->wrong_count, 1);
		assert_int_equal(config->wrong[0].line, cases[i].line);
		assert_memory_equal(config->wrong[0].why, cases[i].why, strlen(cases[i].why));
		assert_int_equal(config->origin_count, 1);
		assert_string_equal(config->origins[0].name, "last");
		config_free(config);
	}
}

/* All that is wrong, not the first alone. */
static void test_all_that_is_wrong_is_told(void **state)
{
	static const char text[] = "[screen]\nmouse = x\nbell\nsize = z\n[guests]\n"
				   "foo = file:/tmp/a\0bc\nlonely\n";
	static const size_t lines[] = { 2, 3, 4, 6, 7 };
	struct config *config = read_text(text, sizeof(text) - 1);

	(void)state;
	assert_int_equal(config->wrong_count, ROWS(lines));
	for (size_t i = 0; i < ROWS(lines); i++)
		assert_int_equal(config->wrong[i].line, lines[i]);
	assert_string_equal(config->wrong[3].why, "it contains a NUL byte");
	assert_int_equal(config->origin_count, 0);
	config_free(config);
}

static void test_blanks_in_front_of_a_line_mean_nothing(void **state)
{
	static const char text[] = "\xef\xbb\xbf[screen] ; of mine\n  mouse = no\n  bell = no\n"
				   "[guests]\n\tfoo = file:/x\n\tbar = file:/y ; old\n"
				   " [keys]\n zoom =;\n";
	struct config *config = read_text(text, sizeof(text) - 1);

	(void)state;
	assert_int_equal(config->wrong_count, 0);
	assert_false(config->mouse);
	assert_false(config->bell);
	assert_int_equal(config->origin_count, 2);
	assert_string_equal(config->origins[1].name, "bar");
	assert_string_equal(config->origins[1].path, "/y");
	assert_int_equal(config->keys.keys[ACTION_ZOOM][0], ';');
	config_free(config);
}

static void test_alerts_see_lines_however_they_are_cut(void **state)
{
	static const char text[] =
		"ok\r\n\033[1;31mKernel panic\033[0m - not syncing: x\r\nmore\r\n";
	struct alerts *alerts = alerts_new();
	char found[80];

	(void)state;
	assert_true(alerts_add_defaults(alerts));
	for (size_t cut = 0; cut < sizeof(text); cut++) {
		struct alerts_line line = { 0 };
		const unsigned char *bytes = (const unsigned char *)text;
		const char *first;
		const char *second;

		first = alerts_scan(alerts, &line, "web1", bytes, cut, found, sizeof(found));
		second = alerts_scan(alerts, &line, "web1", bytes + cut, sizeof(text) - 1 - cut,
				     found, sizeof(found));
		/* Once, whether or not the line has ended yet. */
		assert_true(!first != !second);
		assert_string_equal(first ? first : second, "panic");
		assert_non_null(strstr(found, "Kernel panic - not syncing"));
	}
	alerts_free(alerts);
}

/* What each alerts to, if its end is at hand and if all comes byte by byte. */
static const struct {
	const char *text;
	const char *name;
} seen[] = {
	{ "Kernel\033[1m pa\033]0;x\anic - not\033[0m syncing: x\r\n", "panic" },
	{ "BUX\bG: bad\r\n", "oops" },
	{ "12%\rBUG: bad\r99%\r", "oops" },
	{ "12%\rBUG: bad\r\r\n", "oops" },
	{ "B\rUG: bad\n", NULL },
	{ "BUX\bx: bad\n", NULL },
	{ "a\nBUG\033[2;1H: x\n", NULL },
};

static void test_alerts_see_what_a_person_sees(void **state)
{
	struct alerts *alerts = alerts_new();
	char found[96];

	(void)state;
	assert_true(alerts_add_defaults(alerts));
	for (size_t i = 0; i < ROWS(seen); i++) {
		for (size_t piece = 1; piece < 64; piece += 62) {
			struct alerts_line line = { 0 };
			const char *name = NULL;
			size_t len = strlen(seen[i].text);

			for (size_t at = 0; at < len; at += piece) {
				const unsigned char *bytes = (const unsigned char *)seen[i].text;
				const char *hit = alerts_scan(alerts, &line, "web1", bytes + at,
							      len - at < piece ? len - at : piece,
							      found, sizeof(found));

				name = hit ? hit : name;
			}
			if (seen[i].name)
				assert_string_equal(name, seen[i].name);
			else
				assert_null(name);
		}
	}
	alerts_free(alerts);
}

static void test_alerts_see_all_of_a_long_line_once(void **state)
{
	static unsigned char text[100000];
	struct alerts *alerts = alerts_new();
	char found[96];

	(void)state;
	assert_true(alerts_add_defaults(alerts));
	for (size_t at = 100; at + 100 < sizeof(text); at += 333) {
		struct alerts_line line = { 0 };
		int hits = 0;

		memset(text, '.', sizeof(text));
		text[sizeof(text) - 1] = '\n';
		memcpy(text + at, "Kernel panic - not syncing", 26);
		for (size_t i = 0; i < sizeof(text); i += 5000)
			hits += alerts_scan(alerts, &line, "web1", text + i, 5000, found,
					    sizeof(found)) != NULL;
		assert_int_equal(hits, 1);
		assert_non_null(strstr(found, "panic"));
	}
	alerts_free(alerts);
}

static void test_alerts_are_for_the_guests_named(void **state)
{
	struct alerts *alerts = alerts_new();
	struct alerts_line line = { 0 };
	char error[160];
	char found[80];

	(void)state;
	assert_true(alerts_add(alerts, "mine", "web*", "^x{3}$", error, sizeof(error)));
	assert_non_null(alerts_scan(alerts, &line, "web1", (const unsigned char *)"xxx\n", 4, found,
				    sizeof(found)));
	line = (struct alerts_line){ 0 };
	assert_null(alerts_scan(alerts, &line, "db1", (const unsigned char *)"xxx\n", 4, found,
				sizeof(found)));
	assert_false(alerts_add(alerts, "bad", NULL, "a(", error, sizeof(error)));
	assert_non_null(strstr(error, "at character 3"));
	alerts_free(alerts);
}

/* Patterns that take for ever are given up on, line by line. */
static void test_alerts_bound_their_work(void **state)
{
	struct alerts *alerts = alerts_new();
	struct alerts_line line = { 0 };
	unsigned char text[4096];
	char error[160];
	char found[80];

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_true(alerts_add(alerts, "slow", NULL, "^(a+)+$b", error, sizeof(error)));
	assert_null(alerts_scan(alerts, &line, "web1", text, sizeof(text), found, sizeof(found)));
	alerts_free(alerts);
}

static double cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double scan_in(const unsigned char *text, size_t len, size_t piece)
{
	struct alerts *alerts = alerts_new();
	struct alerts_line line = { 0 };
	double began = cpu_seconds();
	char found[80];

	for (size_t at = 0; at < len; at += piece)
		alerts_scan(alerts, &line, "web1", text + at, piece, found, sizeof(found));
	began = cpu_seconds() - began;
	alerts_free(alerts);
	return began;
}

/* Many lines at once are no more work than as many that come in pieces. */
static void test_alerts_take_many_lines_at_once(void **state)
{
	static unsigned char text[1 << 18];

	(void)state;
	memset(text, '\n', sizeof(text));
	assert_true(scan_in(text, sizeof(text), sizeof(text)) <
		    4 * scan_in(text, sizeof(text), sizeof(text) / 64));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_have_names),
		cmocka_unit_test(test_no_two_actions_have_one_key),
		cmocka_unit_test(test_a_key_is_taken_from_who_had_it),
		cmocka_unit_test(test_the_example_holds_the_defaults),
		cmocka_unit_test(test_what_is_wrong_is_left_out_and_told),
		cmocka_unit_test(test_all_that_is_wrong_is_told),
		cmocka_unit_test(test_blanks_in_front_of_a_line_mean_nothing),
		cmocka_unit_test(test_alerts_see_lines_however_they_are_cut),
		cmocka_unit_test(test_alerts_see_what_a_person_sees),
		cmocka_unit_test(test_alerts_see_all_of_a_long_line_once),
		cmocka_unit_test(test_alerts_are_for_the_guests_named),
		cmocka_unit_test(test_alerts_bound_their_work),
		cmocka_unit_test(test_alerts_take_many_lines_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

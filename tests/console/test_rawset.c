// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "vt/rawset.h"

static void begin(struct rawset *set, const char *bytes)
{
	rawset_init(set);
	rawset_bytes(set, bytes, strlen(bytes));
}

static bool takes_back(struct rawset *set, const char *undo)
{
	return strstr(rawset_undo(set), undo);
}

static void test_colours_that_were_set_are_taken_back_alone(void **state)
{
	struct rawset set;

	(void)state;
	begin(&set, "\033]12;red\a");
	assert_true(takes_back(&set, "\033]112\033\\"));
	assert_false(takes_back(&set, "\033]110\033\\"));
	/* Those that follow have the numbers that follow. */
	begin(&set, "\033]10;red;blue\a");
	assert_true(takes_back(&set, "\033]111\033\\"));
	assert_true(takes_back(&set, "\033]119\033\\"));
}

static void test_nothing_behind_the_end_of_a_string_is_looked_at(void **state)
{
	struct rawset set;

	(void)state;
	begin(&set, "\033]2;a;b;c\a\033]10\a");
	assert_true(takes_back(&set, "\033]110\033\\"));
	assert_false(takes_back(&set, "\033]111\033\\"));
}

/* Nor does that need more room than there is, which the sanitizers tell. */
static void test_all_of_it_at_once_is_taken_back(void **state)
{
	static const char all[] = "\033[?2l\033[5i\033[?5i\033[>1u\033[?6h\033[?12h\033[?8l\033[?3h"
				  "\033[12l\033[4 q\033[1\"q\033)0\033%@\033 G\033H"
				  "\033]8;;http://x\a\033]4;1;red\a\033]5;1;red\a\033]P0ffffff"
				  "\033]10;a;b\a";
	struct rawset set;
	char front[8];

	(void)state;
	begin(&set, all);
	for (int i = 0; i < 30; i++)
		rawset_bytes(&set, "\033[22t", 5);
	for (char option = '0'; option <= '9'; option++) {
		snprintf(front, sizeof(front), "\033[>%c;2m", option);
		rawset_bytes(&set, front, strlen(front));
	}
	assert_true(takes_back(&set, "\033[<99u"));
	assert_true(takes_back(&set, "\033]8;;\033\\"));
	assert_true(takes_back(&set, "\033[>9;m"));
	assert_true(takes_back(&set, "\033]119\033\\"));
	assert_true(takes_back(&set, "\033[23;0t\r\n"));
	assert_true(strlen(rawset_undo(&set)) < RAWSET_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_colours_that_were_set_are_taken_back_alone),
		cmocka_unit_test(test_nothing_behind_the_end_of_a_string_is_looked_at),
		cmocka_unit_test(test_all_of_it_at_once_is_taken_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

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

/* However long it is, and however it ends: terminals differ in what they obey then. */
static void test_of_strings_that_are_not_whole_the_number_is_enough(void **state)
{
	static const struct {
		const char *front;
		const char *undo;
	} kinds[] = {
		{ "\033]8;;http://x/", "\033]8;;\033\\" },
		{ "\033]4;1;red", "\033]104\033\\" },
		{ "\033]5;1;red", "\033]105\033\\" },
		{ "\033]11;red", "\033]119\033\\" },
	};
	static const char *const ends[] = { "", "\n", "\033[m", "\030", "\xc2\x9c\033[m", "\033" };
	static char text[700];
	struct rawset set;

	(void)state;
	for (size_t i = 0; i < ROWS(kinds); i++) {
		for (size_t end = 0; end < ROWS(ends); end++) {
			begin(&set, kinds[i].front);
			rawset_bytes(&set, ends[end], strlen(ends[end]));
			assert_true(takes_back(&set, kinds[i].undo));
		}
		memset(text, 'a', sizeof(text));
		memcpy(text, kinds[i].front, strlen(kinds[i].front));
		memcpy(text + 600, "\033\\", 3);
		begin(&set, text);
		assert_true(takes_back(&set, kinds[i].undo));
	}
	begin(&set, "\033]8;id=x;\a");
	assert_false(takes_back(&set, "\033]8;;\033\\"));
	/* This is an address with a semicolon. */
	begin(&set, "\033]8;;http://x/;\a");
	assert_true(takes_back(&set, "\033]8;;\033\\"));
}

/* The Linux console's end by their length. */
static void test_colours_of_the_linux_console_are_taken_back(void **state)
{
	struct rawset set;

	(void)state;
	begin(&set, "\033]P0ffffff");
	assert_true(takes_back(&set, "\033]R\033\\"));
}

/* Not what is as in a terminal that nobody touched. */
static void test_modes_that_few_terminals_know_are_taken_back_if_set(void **state)
{
	struct rawset set;

	(void)state;
	begin(&set, "\033[?67h\033[?45;1039;1050h\033[?1034l");
	assert_true(takes_back(&set, "\033[?67l"));
	assert_true(takes_back(&set, "\033[?45l"));
	assert_true(takes_back(&set, "\033[?1039l"));
	assert_true(takes_back(&set, "\033[?1050l"));
	assert_true(takes_back(&set, "\033[?1034h"));
	begin(&set, "\033[?67l\033[?1034h\033[?45l");
	assert_false(takes_back(&set, "\033[?67"));
	assert_false(takes_back(&set, "\033[?45"));
	assert_false(takes_back(&set, "\033[?1034"));
	/* Some leave the other screen only as it was entered, and then the cursor moves. */
	begin(&set, "\033[?1049h\033[>1u");
	assert_true(takes_back(&set, "u\033[?2026l\033[?1047l\033[?1049l\033[<99u"));
	begin(&set, "\033[?1049h\033[?1049l\033[?1047h");
	assert_true(takes_back(&set, "\033[?1047l"));
	assert_false(takes_back(&set, "\033[?1049l"));
	/* It has left it by a reset, or by another way: its cursor is where it is now. */
	begin(&set, "\033[?1049hvim\033cnew");
	assert_true(takes_back(&set, "\033[?1047l\0337\033[?1049l"));
	begin(&set, "\033[?1049hvim\033[?1047lnew");
	assert_true(takes_back(&set, "\033[?1047l\0337\033[?1049l"));
	begin(&set, "\033[?1049hvim\033[?47lnew\033[?1049h\033[?1049l");
	assert_false(takes_back(&set, "\033[?1049l"));
	begin(&set, "\033[?1049hvim\033[?47lnew\033[?1049h");
	assert_true(takes_back(&set, "\033[?1047l\033[?1049l"));
	/* The other screen is left by something that has to be allowed first. */
	begin(&set, "\033[?1049h\033[?1046l");
	assert_true(takes_back(&set, "\033[?1046h\033[?2026l\033[?1047l"));
}

static void test_what_was_saved_may_come_back(void **state)
{
	struct rawset set;

	(void)state;
	begin(&set, "\033[?67;12r");
	assert_true(takes_back(&set, "\033[?67l"));
	assert_true(takes_back(&set, "\033[?12l"));
	begin(&set, "\033[?67h\033[?67l\033[?8l\033[?8h\033]8;;http://x\a\033]8;;\a");
	assert_true(takes_back(&set, "\033[?67l"));
	assert_true(takes_back(&set, "\033[?8h"));
	assert_true(takes_back(&set, "\033]8;;\033\\"));
	begin(&set, "\033[?6h\033[1\"q\0337\033[?6l\033[0\"q\0338");
	assert_true(takes_back(&set, "\033[?6l"));
	assert_true(takes_back(&set, "\033[0\"q"));
	/* 132 columns, whose end clears the screen of some. */
	begin(&set, "\033[?3h\033[?3l");
	assert_false(takes_back(&set, "\033[?3l"));
	begin(&set, "\033[?3h\033[?3s\033[?3l\033[?3r");
	assert_true(takes_back(&set, "\033[?3l"));
	/* Of those that were allowed none can be taken back where they are not any more. */
	begin(&set, "\033[?40h\033[?3h\033[?40l");
	assert_true(takes_back(&set, "\033[?40h\033[?3l\033[?40l"));
	begin(&set, "\033[?40h\033[?3h\033[?40l\033[?3l");
	assert_true(takes_back(&set, "\033[?40h\033[?3l\033[?40l"));
	begin(&set, "\033[?40h\033[?3h\033[?3l\033[?40l\033[?3l");
	assert_false(takes_back(&set, "\033[?3l"));
	assert_false(takes_back(&set, "\033[?40h"));
	/* A reset has taken the columns back: to do so again would clear the screen. */
	begin(&set, "\033[?40h\033[?3h\033cnew");
	assert_false(takes_back(&set, "\033[?3l"));
	/* Not where they are not allowed any more; and it changes nothing of what is allowed. */
	begin(&set, "\033[?40h\033[?3h\033[?40l\033cnew");
	assert_true(takes_back(&set, "\033[?40h\033[?3l\033[?40l"));
	begin(&set, "\033[?40h\033cnew\033[?3h\033[?40l");
	assert_true(takes_back(&set, "\033[?40h\033[?3l\033[?40l"));
	/* A terminal that needs that has none. */
	begin(&set, "\033[?40h\033[?40l\033[?3h");
	assert_true(takes_back(&set, "\033[?3l\033[?40l"));
	assert_false(takes_back(&set, "\033[?40h"));
	/* Margins. */
	begin(&set, "\033[2;5r");
	assert_false(takes_back(&set, "\033[?12l"));
	assert_false(takes_back(&set, "\033[?6l"));
}

static void test_what_keys_pointers_and_windows_do_is_taken_back(void **state)
{
	static const struct {
		const char *set;
		const char *undo;
	} cases[] = {
		{ "\033[?38h", "\033\003" },
		{ "\033[2$~\033[1$}", "\033[0$}\033[0$~" },
		{ "\033P1;1|23/726d0d\033\\", "\033P0;1|\033\\" },
		{ "\033P1;1|23/726d0d", "\033P0;1|\033\\" },
		{ "\033P2$t9/17\033\\", "\033[?5W" },
		{ "\033P1$t1;1;1;@;@;A;0;2;@;0000\033\\", "\033)B\033*B\033+B" },
		{ "\033[>1;1f", "\033[>f" },
		{ "\033[>4n", "\033[>4;m" },
		{ "\033[>n", "\033[>2;m" },
		{ "\033[1;2'z", "\033[0'z" },
		{ "\033[>3p", "\033[>1p" },
		{ "\033]22;crosshair\a", "\033]22;\033\\" },
		{ "\033[>0t", "\033[>0;1;2;3T" },
		{ "\033]9;4;3;0\a", "\033]9;4;0\033\\" },
	};
	struct rawset set;

	(void)state;
	begin(&set, "\033[?38l\033[0$}\033P$qm\033\\\033[>c\033[t\033]9;done\a\033[0'z\033[m");
	for (size_t i = 0; i < ROWS(cases); i++)
		assert_false(takes_back(&set, cases[i].undo));
	for (size_t i = 0; i < ROWS(cases); i++) {
		begin(&set, cases[i].set);
		assert_true(takes_back(&set, cases[i].undo));
	}
}

static void test_8_bit_controls_are_those_of_the_terminal(void **state)
{
	static const char link[] = "\xc2\x9d"
				   "8;;http://x\xc2\x9c";
	struct rawset set;

	(void)state;
	/* Wherever it is cut. */
	for (size_t at = 0; at <= strlen(link); at++) {
		rawset_init(&set);
		rawset_bytes(&set, link, at);
		rawset_bytes(&set, link + at, strlen(link) - at);
		assert_true(takes_back(&set, "\033]8;;\033\\"));
	}
	begin(&set, "\xc2\x9b?67h");
	assert_true(takes_back(&set, "\033[?67l"));
	begin(&set, "\xc2\x88");
	assert_true(takes_back(&set, "\033[?5W"));
	/* Others are characters, and parts of them. */
	begin(&set, "\xe2\x94\x9b?67h\xc2\xa3\x9b?67h\x9b?67h");
	assert_false(takes_back(&set, "\033[?67l"));
	/* Where it is told that there is no UTF-8, they are one byte. */
	begin(&set, "\033%@\x9b?67h\033%G");
	assert_true(takes_back(&set, "\033[?67l"));
}

/* Nor does that need more room than there is, which the sanitizers tell. */
static void test_all_of_it_at_once_is_taken_back(void **state)
{
	static const char all[] =
		"\033[?2l\033[5i\033[?5i\033[>1u\033[?6h\033[?12h\033[?8l\033[?40h\033[?3h"
		"\033[12l\033[4 q\033[1\"q\033)0\033%@\033 G\033H"
		"\033]8;;http://x\a\033]4;1;red\a\033]5;1;red\a\033]P0ffffff"
		"\033]10;a;b\a\033P|\033[1'z\033[>1t\033[>1f\033[>1p"
		"\033]9;4;1\a\033[1$}";
	struct rawset set;
	char front[16];

	(void)state;
	begin(&set, all);
	/* There are none of which more have to be taken back. */
	for (int mode = 3; mode < 10000; mode++) {
		snprintf(front, sizeof(front), "\033[?%dr", mode);
		rawset_bytes(&set, front, strlen(front));
	}
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
	assert_true(takes_back(&set, "\033[?1046h"));
	assert_true(takes_back(&set, "\033[?67l"));
	assert_true(takes_back(&set, "\033[?5522l"));
	assert_true(takes_back(&set, "\033[23;0t\r\n"));
	assert_true(strlen(rawset_undo(&set)) < RAWSET_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_colours_that_were_set_are_taken_back_alone),
		cmocka_unit_test(test_nothing_behind_the_end_of_a_string_is_looked_at),
		cmocka_unit_test(test_of_strings_that_are_not_whole_the_number_is_enough),
		cmocka_unit_test(test_colours_of_the_linux_console_are_taken_back),
		cmocka_unit_test(test_modes_that_few_terminals_know_are_taken_back_if_set),
		cmocka_unit_test(test_what_was_saved_may_come_back),
		cmocka_unit_test(test_what_keys_pointers_and_windows_do_is_taken_back),
		cmocka_unit_test(test_8_bit_controls_are_those_of_the_terminal),
		cmocka_unit_test(test_all_of_it_at_once_is_taken_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

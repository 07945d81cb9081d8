// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <stdbool.h>
#include <string.h>

#include "text/shown.h"

/* As if standard output were a terminal. */
static void open_terminal(struct shown *shown)
{
	shown_open(shown, -1, false);
	shown->filters = true;
}

static void expect_bytes(struct shown *shown, const char *bytes, const char *wanted)
{
	char out[SHOWN_ROOM(64)];
	size_t n = shown_bytes(shown, bytes, strlen(bytes), out);

	assert_int_equal(n, strlen(wanted));
	assert_memory_equal(out, wanted, n);
}

/* What undoes the text before goes the way of that text: a slow terminal has not had it yet. */
static void test_another_vmm_begins_behind_all_that_was_made_before(void **state)
{
	struct shown shown;

	(void)state;
	open_terminal(&shown);
	expect_bytes(&shown, "\033[31mold", "\033[0;31mold");
	shown_begin(&shown);
	expect_bytes(&shown, "new\r\n", "\033[0m\r\nnew\r\n");
	shown_begin(&shown);
	expect_bytes(&shown, "newer", "newer");
	shown_close(&shown);
}

static void test_a_sequence_that_was_begun_is_not_gone_on_with(void **state)
{
	struct shown shown;

	(void)state;
	open_terminal(&shown);
	expect_bytes(&shown, "\033]0;title", "");
	shown_begin(&shown);
	expect_bytes(&shown, "boot", "boot");
	shown_close(&shown);
}

static void test_a_pipe_gets_the_bytes(void **state)
{
	struct shown shown;

	(void)state;
	shown_open(&shown, -1, false);
	expect_bytes(&shown, "\033[31mold", "\033[31mold");
	shown_begin(&shown);
	expect_bytes(&shown, "new", "new");
	shown_close(&shown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_another_vmm_begins_behind_all_that_was_made_before),
		cmocka_unit_test(test_a_sequence_that_was_begun_is_not_gone_on_with),
		cmocka_unit_test(test_a_pipe_gets_the_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

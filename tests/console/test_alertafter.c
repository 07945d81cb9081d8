// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "daemon/alertafter.h"

/* The loop of this test: a timer that rings when it is told to. */
static loop_cb *ring;
static void *ring_arg;
static uint64_t set_to;
static bool no_memory;

struct loop_event *loop_timer(struct loop *loop, loop_cb *cb, void *arg)
{
	(void)loop;
	ring = cb;
	ring_arg = arg;
	return no_memory ? NULL : (struct loop_event *)&ring;
}

void loop_timer_set(struct loop_event *timer, uint64_t ms)
{
	assert_ptr_equal(timer, &ring);
	set_to = ms;
}

void loop_event_free(struct loop_event *event)
{
	assert_true(!event || (void *)event == (void *)&ring);
}

static int done_count;

static void done(struct alertnews *news, void *arg)
{
	assert_non_null(arg);
	assert_true(!news || !news->waits);
	done_count++;
}

struct fixture {
	struct textline line;
	struct alertafter after;
	size_t all;
	struct alertnews *news;
	struct alertrule rule;
};

static void begin_one(struct fixture *f, const char *line, size_t lines, uint64_t seconds)
{
	f->news = alertnews_new(&f->all);
	f->rule = (struct alertrule){ .name = "panic", .after = lines, .after_time = seconds };
	alertnews_match(f->news, line, strlen(line), 0);
	snprintf(f->news->lines, sizeof(f->news->lines), "before\n%s", line);
	alertafter_begin(&f->after, f->news, &f->rule, 0, 100);
}

static void begin(struct fixture *f, const char *line, size_t lines, uint64_t seconds)
{
	memset(f, 0, sizeof(*f));
	f->after = (struct alertafter){ .line = &f->line, .done = done, .arg = f };
	done_count = 0;
	begin_one(f, line, lines, seconds);
}

static void say(struct fixture *f, const char *text)
{
	alertafter_line(&f->after, text, strlen(text));
}

static void end(struct fixture *f)
{
	alertafter_end(&f->after);
	alertafter_free(&f->after);
	alertnews_free(f->news);
	assert_int_equal(f->all, 0);
}

static void test_so_many_lines_are_waited_for(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "Kernel panic", 2, 3600);
	assert_in_range(set_to, 3599000, 3600000);
	assert_true(f.news->waits && alertafter_has(&f.after, "panic"));
	assert_false(alertafter_has(&f.after, "oops"));
	/* That which matched is none of them. */
	say(&f, "Kernel panic - not syncing: x");
	assert_string_equal(f.news->match, "Kernel panic - not syncing: x");
	assert_string_equal(f.news->lines, "before\nKernel panic - not syncing: x");
	say(&f, "Call trace:");
	assert_true(f.news->waits && !done_count);
	assert_int_equal(alertafter_from(&f.after, 500), 100);
	say(&f, " do_exit");
	assert_false(f.news->waits);
	assert_int_equal(done_count, 1);
	assert_string_equal(f.news->after, "\nCall trace:\n do_exit");
	assert_int_equal(alertafter_from(&f.after, 500), 500);
	say(&f, "login:");
	assert_string_equal(f.news->after, "\nCall trace:\n do_exit");
	assert_false(alertafter_has(&f.after, "panic"));
	end(&f);
}

static void test_without_lines_the_end_of_its_own_is_waited_for(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "disk f", 0, 3600);
	assert_true(f.news->waits);
	say(&f, "disk full");
	assert_false(f.news->waits);
	assert_string_equal(f.news->match, "disk full");
	assert_null(f.news->after);
	end(&f);
}

static void test_the_end_of_a_trace_is_the_end(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "Oops", 60, 3600);
	say(&f, "Oops");
	say(&f, "[    1.0] ---[ end trace 0000000000000000 ]---");
	assert_false(f.news->waits);
	assert_string_equal(f.news->after, "\n[    1.0] ---[ end trace 0000000000000000 ]---");
	end(&f);
	/* Or all that there is of it. */
	begin(&f, "---[ end Kernel panic - not syncing: x ]---", 60, 3600);
	say(&f, "---[ end Kernel panic - not syncing: x ]---");
	assert_false(f.news->waits);
	end(&f);
}

static void test_no_longer_than_it_may(void **state)
{
	struct alertnews *first;
	struct fixture f;

	(void)state;
	begin(&f, "Kernel panic", 60, 0);
	first = f.news;
	say(&f, "Kernel panic");
	say(&f, "Call trace:");
	begin_one(&f, "Oops", 60, 3600);
	strcpy(f.line.text, "Rebooting in 5 s");
	f.line.len = strlen(f.line.text);
	set_to = 0;
	ring(ring_arg);
	assert_false(first->waits);
	assert_int_equal(done_count, 1);
	/* What there is of the line under way may be the last word. */
	assert_string_equal(first->after, "\nCall trace:\nRebooting in 5 s");
	/* The other one goes on. */
	assert_true(f.news->waits);
	assert_in_range(set_to, 3599000, 3600000);
	alertnews_free(first);
	end(&f);
}

static void test_of_a_line_that_has_ended_nothing_is_told_again(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "Kernel panic", 60, 0);
	say(&f, "Kernel panic");
	strcpy(f.line.text, "Kernel panic");
	f.line.len = strlen(f.line.text);
	f.line.ended = true;
	ring(ring_arg);
	assert_false(f.news->waits);
	assert_null(f.news->after);
	end(&f);
}

static void test_the_end_of_the_guest_is_the_end(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "Kernel pan", 60, 3600);
	strcpy(f.line.text, "Kernel panic - not");
	f.line.len = strlen(f.line.text);
	alertafter_end(&f.after);
	assert_false(f.news->waits);
	assert_int_equal(done_count, 1);
	assert_string_equal(f.news->match, "Kernel panic - not");
	assert_null(f.news->after);
	end(&f);
}

static void test_what_was_lost_is_told_in_its_place(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "Kernel panic", 3, 3600);
	alertafter_lost(&f.after, 77);
	say(&f, "behind");
	assert_true(f.news->waits);
	assert_string_equal(f.news->match, "Kernel panic");
	assert_string_equal(f.news->after, "\n[kpl011: 77 bytes lost]\nbehind");
	end(&f);
	/* With the end of its line. */
	begin(&f, "disk f", 0, 3600);
	alertafter_lost(&f.after, 77);
	assert_false(f.news->waits);
	assert_null(f.news->after);
	end(&f);
}

static void test_more_than_there_is_room_for_is_not_waited_for(void **state)
{
	char line[ALERTNEWS_LINE_SIZE];
	struct fixture f;

	(void)state;
	begin(&f, "Kernel panic", 500, 3600);
	say(&f, "Kernel panic");
	memset(line, 'x', sizeof(line));
	for (size_t i = 0; i < ALERTNEWS_AFTER_MAX / sizeof(line) + 1; i++)
		alertafter_line(&f.after, line, sizeof(line));
	assert_false(f.news->waits);
	assert_in_range(f.news->after_len, ALERTNEWS_AFTER_MAX - sizeof(line), ALERTNEWS_AFTER_MAX);
	end(&f);
}

static void test_without_memory_it_is_told_at_once(void **state)
{
	struct fixture f;

	(void)state;
	no_memory = true;
	begin(&f, "Kernel panic", 60, 3600);
	assert_false(f.news->waits);
	assert_false(alertafter_has(&f.after, "panic"));
	no_memory = false;
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_so_many_lines_are_waited_for),
		cmocka_unit_test(test_without_lines_the_end_of_its_own_is_waited_for),
		cmocka_unit_test(test_the_end_of_a_trace_is_the_end),
		cmocka_unit_test(test_no_longer_than_it_may),
		cmocka_unit_test(test_of_a_line_that_has_ended_nothing_is_told_again),
		cmocka_unit_test(test_the_end_of_the_guest_is_the_end),
		cmocka_unit_test(test_what_was_lost_is_told_in_its_place),
		cmocka_unit_test(test_more_than_there_is_room_for_is_not_waited_for),
		cmocka_unit_test(test_without_memory_it_is_told_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

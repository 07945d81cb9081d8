// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long a recording plays, by a clock that goes on when its timers wait for it: up to the
 * next tick of a kernel, as these do.
 */
#include "cmocka_all.h"

#include <fcntl.h>
#include <getopt.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/loop.h"
#include "cmd/cmd.h"
#include "fake_clock.h"

#define TICK_MS 4

#define HEADER "{\"version\": 2, \"width\": 80, \"height\": 24}\n"

/* What it was behind @late_at: stopped, or somebody else's turn. */
static uint64_t late_at_ms;
static uint64_t late_ms;

void __real_loop_timer_set(struct loop_event *timer, uint64_t ms);
void __wrap_loop_timer_set(struct loop_event *timer, uint64_t ms);
void __wrap_loop_timer_set(struct loop_event *timer, uint64_t ms)
{
	if (ms)
		fake_now_ms = (fake_now_ms + ms + TICK_MS - 1) / TICK_MS * TICK_MS;
	if (late_ms && fake_now_ms >= late_at_ms) {
		fake_now_ms += late_ms;
		late_ms = 0;
	}
	__real_loop_timer_set(timer, 0);
}

/* So many events, one @step behind the other; @return: the milliseconds for which it played. */
static uint64_t played(int events, double step, const char *speed)
{
	char path[32];
	char speed_option[] = "--speed";
	char speed_text[16];
	char name[] = "play";
	char *argv[] = { name, speed_option, speed_text, path, NULL };
	int out = memfd_create("shown", MFD_CLOEXEC);
	int file = memfd_create("cast", MFD_CLOEXEC);
	int before = dup(STDOUT_FILENO);
	off_t shown;
	int status;

	assert_true(out >= 0 && file >= 0 && before >= 0);
	dprintf(file, HEADER);
	for (int i = 1; i <= events; i++)
		dprintf(file, "[%.6f, \"o\", \"x\"]\n", i * step);
	sprintf(path, "/proc/self/fd/%d", file);
	strcpy(speed_text, speed);
	fake_now_ms = 1000000;
	late_at_ms += fake_now_ms;
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	optind = 1;
	status = cmd_play.run(4, argv);
	dup2(before, STDOUT_FILENO);
	shown = lseek(out, 0, SEEK_END);
	close(before);
	close(file);
	close(out);
	assert_int_equal(status, 0);
	assert_int_equal(shown, events);
	return fake_now_ms - 1000000;
}

static void test_it_plays_as_long_as_it_was_printed(void **state)
{
	static const struct {
		int events;
		double step;
		const char *speed;
		uint64_t ms;
	} of[] = {
		{ 1000, 0.0019, "1", 1900 }, { 1000, 0.0011, "1", 1100 },
		{ 2000, 0.0009, "1", 1800 }, { 100, 0.19, "100", 190 },
		{ 100, 0.19, "200", 95 },    { 100, 0.019, "0.5", 3800 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(of); i++)
		assert_in_range(played(of[i].events, of[i].step, of[i].speed), of[i].ms,
				of[i].ms + TICK_MS);
}

/* Nor does what is behind it come at once. */
static void test_an_hour_in_which_it_was_stopped_is_none_of_its_time(void **state)
{
	const uint64_t hour = 3600000;

	(void)state;
	late_at_ms = 5000;
	late_ms = hour;
	assert_in_range(played(100, 0.1, "1"), hour + 9900, hour + 10000 + 2 * TICK_MS);
}

static void test_what_others_took_of_the_processor_is_caught_up(void **state)
{
	(void)state;
	late_at_ms = 5000;
	late_ms = 700;
	assert_in_range(played(100, 0.1, "1"), 10000, 10000 + TICK_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_plays_as_long_as_it_was_printed),
		cmocka_unit_test(test_an_hour_in_which_it_was_stopped_is_none_of_its_time),
		cmocka_unit_test(test_what_others_took_of_the_processor_is_caught_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

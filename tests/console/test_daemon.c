// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/loop.h"
#include "daemon/daemon.h"
#include "daemon/recorders.h"
#include "daemon/selfreport.h"

/* Reports of this test: what each of these turns is followed by. */
enum { BEGINS, ENDS, NEXT, TURNS };

static int turns;
static bool turn_is_over;
static uint64_t next_ms[TURNS];

void __real_loop_timer_set(struct loop_event *timer, uint64_t ms);
void __wrap_loop_timer_set(struct loop_event *timer, uint64_t ms);
void __wrap_loop_timer_set(struct loop_event *timer, uint64_t ms)
{
	if (turn_is_over) {
		next_ms[turns++] = ms;
		/* Nobody waits for it here. */
		ms = 0;
		if (turns == TURNS)
			raise(SIGTERM);
	}
	turn_is_over = false;
	__real_loop_timer_set(timer, ms);
}

bool __wrap_report_write(struct recorders *all);
bool __wrap_report_write(struct recorders *all)
{
	static char report;

	/* Behind what this report says. */
	if (turns == ENDS)
		all->shared.news(all->shared.news_arg);
	all->report = turns == BEGINS ? (struct report *)&report : NULL;
	turn_is_over = turns < TURNS;
	return turns == BEGINS;
}

static char dir[] = "/tmp/kpl011-test-daemon-XXXXXX";
static char config[sizeof(dir) + 16];

static int setup(void **state)
{
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(setenv("KPL011_DEV_DIR", dir, 1), 0);
	snprintf(config, sizeof(config), "%s/config", dir);
	fd = open(config, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	return 0;
}

static int teardown(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
	return 0;
}

static void test_what_fails_while_a_report_is_made_is_in_the_next_one_soon(void **state)
{
	char logs[sizeof(dir) + 8];
	const struct daemon_options options = { .config = config, .directory = logs };

	(void)state;
	snprintf(logs, sizeof(logs), "%s/logs", dir);
	alarm(120);
	assert_int_equal(daemon_run(&options), STATUS_OK);
	alarm(0);
	assert_int_equal(turns, TURNS);
	assert_int_equal(next_ms[BEGINS], 0);
	assert_int_equal(next_ms[ENDS], REPORT_NEWS_MS);
	assert_int_equal(next_ms[NEXT], REPORT_EVERY_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_what_fails_while_a_report_is_made_is_in_the_next_one_soon, setup,
			teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

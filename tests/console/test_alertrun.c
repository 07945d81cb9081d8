// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/alertrun.h"
#include "fake_loop.h"
#include "told.h"

static bool no_text;
static bool no_timer;

int __wrap_vasprintf(char **text, const char *fmt, va_list ap);
int __real_vasprintf(char **text, const char *fmt, va_list ap);
int __wrap_vasprintf(char **text, const char *fmt, va_list ap)
{
	return no_text ? -1 : __real_vasprintf(text, fmt, ap);
}

struct loop_event *__wrap_loop_timer(struct loop *loop, loop_cb *cb, void *arg);
struct loop_event *__real_loop_timer(struct loop *loop, loop_cb *cb, void *arg);
struct loop_event *__wrap_loop_timer(struct loop *loop, loop_cb *cb, void *arg)
{
	return no_timer ? NULL : __real_loop_timer(loop, cb, arg);
}

/* The events of a command that runs. */
enum { CHILDREN, LIMIT };

static const struct alertnews news = { .guest = "web1", .user = "op" };
static struct alertrule rule = { .name = "panic", .limit = 60 };
static int done;
static bool done_failed;

static void on_done(struct alertrun *run, bool failed, void *arg)
{
	(void)arg;
	alertrun_free(run);
	done++;
	done_failed = failed;
}

static int begin(void **state)
{
	(void)state;
	rule.run_as =
		(struct alertuser){ .name = "op", .home = "/", .uid = geteuid(), .gid = getegid() };
	fake_event_count = 0;
	told_count = 0;
	no_text = false;
	no_timer = false;
	done = 0;
	return 0;
}

static struct alertrun *start(char *program)
{
	rule.words[0] = program;
	return alertrun_start(NULL, &rule, &news, 1, on_done, NULL);
}

static void assert_no_child(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void run(char *program)
{
	siginfo_t info;

	assert_non_null(start(program));
	assert_true(fake_events[LIMIT]->on);
	assert_int_equal(fake_events[LIMIT]->ms, 60000);
	assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
	assert_true(fake_happens(CHILDREN));
	assert_int_equal(done, 1);
	assert_no_child();
}

static void test_a_command_runs(void **state)
{
	(void)state;
	run("/bin/true");
	assert_false(done_failed);
	assert_int_equal(told_count, 0);
}

static void test_a_command_fails(void **state)
{
	(void)state;
	run("/bin/false");
	assert_true(done_failed);
	assert_string_equal(told, "web1: panic: /bin/false failed with status 1");
}

/* Descriptor 0 is not one of the command's. */
static void test_without_memory_for_its_environment_nothing_is_closed(void **state)
{
	(void)state;
	close(STDIN_FILENO);
	assert_int_equal(open("/dev/null", O_RDONLY), STDIN_FILENO);
	no_text = true;
	assert_null(start("/bin/true"));
	assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0);
	assert_int_equal(told_count, 1);
	assert_no_child();
}

static void test_without_memory_for_its_events_no_process_begins(void **state)
{
	(void)state;
	no_timer = true;
	assert_null(start("/bin/true"));
	assert_int_equal(told_count, 1);
	assert_no_child();
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_command_runs),
		TEST(test_a_command_fails),
		TEST(test_without_memory_for_its_environment_nothing_is_closed),
		TEST(test_without_memory_for_its_events_no_process_begins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/portwatch.h"
#include "fake_clock.h"
#include "fake_loop.h"

#define PORTS 3

/* The events of a watch. */
enum { EVENTS, REST, RETRY, SCAN };

static char dir[64];

/* Called by the code under test in place of the one that says /dev/kpl011. */
const char *__wrap_port_dir(void);

const char *__wrap_port_dir(void)
{
	return dir;
}

/* Why nothing can be watched, or 0. */
static int unwatched;

int __real_inotify_add_watch(int fd, const char *path, uint32_t mask);
int __wrap_inotify_add_watch(int fd, const char *path, uint32_t mask);

int __wrap_inotify_add_watch(int fd, const char *path, uint32_t mask)
{
	if (!unwatched)
		return __real_inotify_add_watch(fd, path, mask);
	errno = unwatched;
	return -1;
}

struct fixture {
	struct portwatch *watch;
	bool asks;	   /* for all of them again, at each that is told */
	uint32_t broken;   /* this one cannot be looked at */
	unsigned int told; /* so many, since some were missed */
	unsigned int gone, missed;
	unsigned int looking, scanned;
	unsigned int modules; /* how often one was loaded */
	unsigned int unseen;  /* how often, and what it was then */
	int64_t unseen_id;
	int unseen_err;
};

/* It takes as long as a turn may. */
static int appeared(uint32_t id, void *arg)
{
	struct fixture *fixture = arg;

	fixture->told++;
	fake_now_ms += 20;
	if (fixture->asks)
		portwatch_scan(fixture->watch);
	return id == fixture->broken ? -EMFILE : 0;
}

static void gone(uint32_t id, void *arg)
{
	struct fixture *fixture = arg;

	(void)id;
	fixture->gone++;
}

static void missed(void *arg)
{
	struct fixture *fixture = arg;

	fixture->missed++;
	fixture->told = 0;
}

static void looking(void *arg)
{
	struct fixture *fixture = arg;

	assert_int_equal(fixture->looking, fixture->scanned);
	fixture->looking++;
}

static void scanned(void *arg)
{
	struct fixture *fixture = arg;

	fixture->scanned++;
	assert_int_equal(fixture->looking, fixture->scanned);
}

static void unseen(int64_t id, int err, void *arg)
{
	struct fixture *fixture = arg;

	fixture->unseen++;
	fixture->unseen_id = id;
	fixture->unseen_err = err;
}

static void module(void *arg)
{
	struct fixture *fixture = arg;

	fixture->modules++;
}

static const struct portwatch_ops ops = {
	.appeared = appeared,
	.gone = gone,
	.missed = missed,
	.looking = looking,
	.scanned = scanned,
	.unseen = unseen,
	.module = module,
};

static void make(unsigned int number)
{
	char path[80];

	snprintf(path, sizeof(path), "%s/%u", dir, number);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static void unlink_port(unsigned int number)
{
	char path[80];

	snprintf(path, sizeof(path), "%s/%u", dir, number);
	assert_int_equal(unlink(path), 0);
}

static int begin(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	strcpy(dir, "/tmp/kpl011-portwatch-XXXXXX");
	assert_non_null(mkdtemp(dir));
	for (unsigned int i = 1; i <= PORTS; i++)
		make(i);
	fake_event_count = 0;
	fake_now_ms = 1000000;
	unwatched = 0;
	assert_int_equal(portwatch_new(NULL, &ops, fixture, &fixture->watch), 0);
	*state = fixture;
	return 0;
}

static int end(void **state)
{
	struct fixture *fixture = *state;
	char command[128];

	portwatch_free(fixture->watch);
	free(fixture);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
	return 0;
}

/* All turns of it. */
static void scan(void)
{
	while (fake_happens(SCAN))
		;
}

static void test_names_wait_until_all_are_told(void **state)
{
	struct fixture *fixture = *state;

	portwatch_scan(fixture->watch);
	assert_int_equal(fixture->looking, 1);
	while (fixture->told < PORTS) {
		assert_int_equal(fixture->scanned, 0);
		assert_true(fake_happens(SCAN));
	}
	scan();
	assert_int_equal(fixture->scanned, 1);
	assert_false(fake_events[RETRY]->on);
	assert_int_equal(fixture->told, PORTS);
	assert_int_equal(fixture->unseen, 0);
}

/* What an owner can have come without an end keeps no guest's bytes from their turn. */
static void test_events_wait_their_turn(void **state)
{
	(void)state;
	assert_int_equal(fake_events[EVENTS]->priority, LOOP_DATA);
}

/* Until it is known how they are to be named. */
static void test_a_port_that_comes_and_cannot_be_looked_at_is_waited_for(void **state)
{
	struct fixture *fixture = *state;

	portwatch_scan(fixture->watch);
	scan();
	fixture->broken = 9;
	make(9);
	assert_true(fake_happens(EVENTS));
	assert_int_equal(fixture->looking, 2);
	fixture->broken = 0;
	assert_true(fake_happens(RETRY));
	scan();
	assert_int_equal(fixture->scanned, 2);
	assert_int_equal(fixture->unseen, 0);
}

static void test_a_port_that_cannot_be_looked_at_is_not_waited_for_for_long(void **state)
{
	struct fixture *fixture = *state;
	uint64_t begun = fake_now_ms;

	fixture->broken = 2;
	portwatch_scan(fixture->watch);
	scan();
	while (!fixture->scanned) {
		assert_in_range(fake_now_ms - begun, 0, 4000);
		assert_int_equal(fixture->unseen, 0);
		fake_now_ms += fake_events[RETRY]->ms;
		assert_true(fake_happens(RETRY));
		scan();
	}
	assert_in_range(fake_now_ms - begun, 2000, 4000);
	assert_int_equal(fixture->unseen, 1);
	assert_int_equal(fixture->unseen_id, 2);
	assert_int_equal(fixture->unseen_err, EMFILE);
	/* Nobody waits for those that come meanwhile, whatever becomes of them. */
	fixture->broken = 8;
	make(8);
	assert_true(fake_happens(EVENTS));
	assert_int_equal(fixture->looking, 1);
	/* And so it is when it is looked at the next time. */
	assert_true(fake_happens(RETRY));
	scan();
	assert_int_equal(fixture->scanned, 2);
	assert_int_equal(fixture->unseen, 1);
	fixture->broken = 0;
	assert_true(fake_happens(RETRY));
	scan();
	assert_int_equal(fixture->unseen, 2);
	assert_int_equal(fixture->unseen_err, 0);
}

/* One of them that comes meanwhile is not forgotten with the end of the scan. */
static void test_a_port_that_comes_during_a_scan_is_waited_for(void **state)
{
	struct fixture *fixture = *state;

	portwatch_scan(fixture->watch);
	assert_true(fake_happens(SCAN));
	fixture->broken = 9;
	make(9);
	assert_true(fake_happens(EVENTS));
	unlink_port(9);
	scan();
	assert_int_equal(fixture->scanned, 0);
	fixture->broken = 0;
	assert_true(fake_happens(RETRY));
	scan();
	assert_int_equal(fixture->scanned, 1);
}

static void test_a_directory_that_cannot_be_opened_is_no_empty_one(void **state)
{
	struct fixture *fixture = *state;
	unsigned int at_once;
	struct rlimit all;
	struct rlimit none;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &all), 0);
	none = all;
	none.rlim_cur = 0;
	setrlimit(RLIMIT_NOFILE, &none);
	portwatch_scan(fixture->watch);
	scan();
	at_once = fixture->scanned;
	while (!fixture->scanned && fake_events[RETRY]->on) {
		fake_now_ms += fake_events[RETRY]->ms;
		fake_happens(RETRY);
		scan();
	}
	/* Whoever ends a test that fails needs some. */
	setrlimit(RLIMIT_NOFILE, &all);
	assert_int_equal(at_once, 0);
	assert_int_equal(fixture->scanned, 1);
	assert_int_equal(fixture->told, 0);
	assert_int_equal(fixture->unseen, 1);
	assert_int_equal(fixture->unseen_id, -1);
	assert_int_equal(fixture->unseen_err, EMFILE);
	assert_true(fake_happens(RETRY));
	scan();
	assert_int_equal(fixture->told, PORTS);
	assert_int_equal(fixture->unseen_err, 0);
}

/* Its limit is reached, whoever has used it up. */
static void test_a_directory_that_cannot_be_watched_is_looked_through_again(void **state)
{
	struct fixture *fixture = *state;

	unwatched = ENOSPC;
	portwatch_scan(fixture->watch);
	scan();
	while (!fixture->scanned) {
		fake_now_ms += fake_events[RETRY]->ms;
		assert_true(fake_happens(RETRY));
		scan();
	}
	assert_int_equal(fixture->unseen, 1);
	assert_int_equal(fixture->unseen_id, -1);
	assert_int_equal(fixture->unseen_err, ENOSPC);
	make(9);
	fixture->told = 0;
	assert_true(fake_happens(RETRY));
	scan();
	assert_int_equal(fixture->told, PORTS + 1);
	assert_in_range(fake_events[RETRY]->ms, 1, 10000);
	unwatched = 0;
	assert_true(fake_happens(RETRY));
	scan();
	assert_int_equal(fixture->unseen, 2);
	assert_int_equal(fixture->unseen_err, 0);
	assert_false(fake_events[RETRY]->on);
	make(10);
	fixture->told = 0;
	assert_true(fake_happens(EVENTS));
	assert_int_equal(fixture->told, 1);
}

static void remove_dir(void)
{
	for (unsigned int i = 1; i <= PORTS; i++)
		unlink_port(i);
	assert_int_equal(rmdir(dir), 0);
}

/* The module is loaded when the limit is reached: nothing tells of the ports in its directory. */
static void test_a_directory_that_comes_and_cannot_be_watched_is_looked_through(void **state)
{
	struct fixture *fixture = *state;

	remove_dir();
	portwatch_scan(fixture->watch);
	scan();
	assert_false(fake_events[RETRY]->on);
	unwatched = ENOSPC;
	assert_int_equal(mkdir(dir, 0700), 0);
	/* There may be others who make something beside it. */
	for (int i = 0; i < 10000 && !fixture->modules; i++)
		assert_true(fake_happens(EVENTS) || fake_happens(REST));
	assert_int_equal(fixture->modules, 1);
	scan();
	assert_true(fake_events[RETRY]->on);
	make(9);
	assert_true(fake_happens(RETRY));
	scan();
	assert_int_equal(fixture->told, 1);
	assert_int_equal(fixture->modules, 1);
}

/* Before the module is loaded. */
static void test_a_directory_that_is_not_there_is_empty(void **state)
{
	struct fixture *fixture = *state;

	strcat(dir, "/none");
	portwatch_scan(fixture->watch);
	scan();
	*strrchr(dir, '/') = '\0';
	assert_int_equal(fixture->scanned, 1);
	assert_int_equal(fixture->unseen, 0);
	assert_false(fake_events[RETRY]->on);
}

static void test_a_scan_that_is_asked_for_meanwhile_comes_behind(void **state)
{
	struct fixture *fixture = *state;

	portwatch_scan(fixture->watch);
	assert_true(fake_happens(SCAN));
	portwatch_scan(fixture->watch);
	scan();
	assert_int_equal(fixture->told, 2 * PORTS);
	assert_int_equal(fixture->scanned, 1);
}

/* As where the kernel's events overflow again and again. */
static void test_whoever_has_all_told_again_for_ever_keeps_no_name_back(void **state)
{
	struct fixture *fixture = *state;
	uint64_t begun = fake_now_ms;

	fixture->asks = true;
	portwatch_scan(fixture->watch);
	while (!fixture->scanned) {
		assert_in_range(fake_now_ms - begun, 0, 4000);
		assert_true(fake_happens(SCAN));
	}
	assert_in_range(fake_now_ms - begun, 2000, 4000);
}

/* As many as the kernel keeps, and more: those of two nodes in turn are not merged. */
static unsigned int touch_in_turn(void)
{
	FILE *file = fopen("/proc/sys/fs/inotify/max_queued_events", "re");
	unsigned int most = 0;
	char path[80];

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%u", &most), 1);
	fclose(file);
	for (unsigned int i = 0; i < most + 10; i++) {
		snprintf(path, sizeof(path), "%s/%u", dir, 1 + i % 2);
		assert_int_equal(utimensat(AT_FDCWD, path, NULL, 0), 0);
	}
	return most;
}

static void test_what_was_missed_is_told_and_all_are_told_again(void **state)
{
	struct fixture *fixture = *state;
	unsigned int left;

	portwatch_scan(fixture->watch);
	scan();
	/* Of those that were before its watch. */
	assert_int_equal(fixture->missed, 1);
	left = 2 * touch_in_turn();
	unlink_port(3);
	while (fixture->missed < 2 && left--)
		assert_true(fake_happens(EVENTS) || fake_happens(REST));
	assert_int_equal(fixture->missed, 2);
	assert_int_equal(fixture->gone, 0);
	scan();
	assert_int_equal(fixture->told, PORTS - 1);
	assert_int_equal(fixture->scanned, 2);
}

/* As where the module is unloaded and loaded again while an owner touches his nodes. */
static void test_a_directory_that_has_gone_unheard_is_watched_anew(void **state)
{
	struct fixture *fixture = *state;
	unsigned int left;

	portwatch_scan(fixture->watch);
	scan();
	left = 2 * touch_in_turn();
	remove_dir();
	assert_int_equal(mkdir(dir, 0700), 0);
	while (fixture->missed < 2 && left--)
		assert_true(fake_happens(EVENTS) || fake_happens(REST));
	assert_int_equal(fixture->missed, 2);
	/* VMs can be attached again. */
	assert_int_equal(fixture->modules, 1);
	scan();
	assert_int_equal(fixture->told, 0);
	make(9);
	assert_true(fake_happens(EVENTS));
	assert_int_equal(fixture->told, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_names_wait_until_all_are_told, begin, end),
		cmocka_unit_test_setup_teardown(test_events_wait_their_turn, begin, end),
		cmocka_unit_test_setup_teardown(
			test_a_port_that_comes_and_cannot_be_looked_at_is_waited_for, begin, end),
		cmocka_unit_test_setup_teardown(
			test_a_port_that_cannot_be_looked_at_is_not_waited_for_for_long, begin,
			end),
		cmocka_unit_test_setup_teardown(test_a_port_that_comes_during_a_scan_is_waited_for,
						begin, end),
		cmocka_unit_test_setup_teardown(
			test_a_directory_that_cannot_be_opened_is_no_empty_one, begin, end),
		cmocka_unit_test_setup_teardown(
			test_a_directory_that_cannot_be_watched_is_looked_through_again, begin,
			end),
		cmocka_unit_test_setup_teardown(
			test_a_directory_that_comes_and_cannot_be_watched_is_looked_through, begin,
			end),
		cmocka_unit_test_setup_teardown(test_a_directory_that_is_not_there_is_empty, begin,
						end),
		cmocka_unit_test_setup_teardown(
			test_a_scan_that_is_asked_for_meanwhile_comes_behind, begin, end),
		cmocka_unit_test_setup_teardown(
			test_whoever_has_all_told_again_for_ever_keeps_no_name_back, begin, end),
		cmocka_unit_test_setup_teardown(test_what_was_missed_is_told_and_all_are_told_again,
						begin, end),
		cmocka_unit_test_setup_teardown(
			test_a_directory_that_has_gone_unheard_is_watched_anew, begin, end),
	};

	return cmocka_run_group_tests_name("portwatch", tests, NULL, NULL);
}

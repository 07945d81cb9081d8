// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <errno.h>
#include <string.h>

#include "base/msg.h"
#include "base/regular.h"
#include "daemon/failures.h"

/* What the parts of a daemon would say. */
static struct keeper_failing keeper;
static bool unsent;
static int unnoted;
static unsigned long untold;

void keeper_fails(struct keeper *of, struct keeper_failing *failing)
{
	(void)of;
	*failing = keeper;
}

bool alerting_unsent(const struct alerting *alerting)
{
	(void)alerting;
	return unsent;
}

int alerting_unnoted(const struct alerting *alerting)
{
	(void)alerting;
	return unnoted;
}

unsigned long __wrap_msg_untold(void);
unsigned long __wrap_msg_untold(void)
{
	return untold;
}

static struct policy policy;
static struct recorders all;
static struct recorder guests[2];

static int setup(void **state)
{
	(void)state;
	memset(&keeper, 0, sizeof(keeper));
	memset(guests, 0, sizeof(guests));
	unsent = false;
	unnoted = 0;
	untold = 0;
	policy = (struct policy){ .metrics = "/m/k.prom" };
	all = (struct recorders){ .policy = &policy, .first = &guests[0] };
	strcpy(all.shared.dir.path, "/logs");
	guests[0].next = &guests[1];
	return 0;
}

/* This alone is told; NULL: nothing is. */
static void expect(const char *what, const char *why)
{
	json_t *json = failures_json(&all);
	const json_t *one = json_array_get(json, 0);

	assert_int_equal(json_array_size(json), what != NULL);
	if (what) {
		assert_string_equal(json_string_value(json_object_get(one, "what")), what);
		assert_string_equal(json_string_value(json_object_get(one, "why")), why);
	}
	json_decref(json);
	setup(NULL);
}

static void test_what_works_is_not_told(void **state)
{
	(void)state;
	expect(NULL, NULL);
	/* It was so when there was such a file. */
	all.metrics_err = -ENOENT;
	policy.metrics[0] = '\0';
	expect(NULL, NULL);
}

static void test_each_of_the_daemon_is_told(void **state)
{
	(void)state;
	all.failing.policy = true;
	expect("the policy", "the file is wrong, and the previous policy stays in force");
	all.failing.module = true;
	expect("attaching", "the kernel module kpl011 is not loaded");
	all.failing.scan = true;
	expect("looking for VMs that run", "/proc cannot be read");
	all.failing.port = EMFILE;
	expect("looking at ports", "Too many open files");
	all.failing.port = ENOSPC;
	expect("looking at ports", "too few inotify watches: new ones are found some seconds late");
	all.metrics_err = -EISDIR;
	expect("/m/k.prom", "it is a directory");
	all.report_err = -ENOSPC;
	expect("/logs/.kpl011/status", "No space left on device");
	unnoted = -EISDIR;
	expect("/logs/.kpl011/counts", "it is a directory");
	unsent = true;
	expect("alerts", "the journal takes none");
	untold = 7;
	expect("its standard error, which nobody reads", "7 messages are missing there");
}

static void test_guests_that_could_not_be_begun_are_counted(void **state)
{
	(void)state;
	guests[1].broken = true;
	expect("1 guest", "part of what is to be logged could not be started");
	guests[0].broken = true;
	guests[1].broken = true;
	expect("2 guests", "part of what is to be logged could not be started");
}

static void test_guests_that_wait_for_descriptors_are_counted(void **state)
{
	(void)state;
	all.fds.waiting = 1;
	expect("1 guest", "not logged: too few file descriptors");
	all.fds.waiting = 2;
	expect("2 guests", "not logged: too few file descriptors");
}

static void test_each_of_the_keeper_is_told(void **state)
{
	(void)state;
	keeper.packer.err = EIO;
	expect("compressing", "Input/output error");
	keeper.packer.err = EIO;
	keeper.packer.killed = true;
	expect("compressing", "the process that does it was killed");
	keeper.packer.stuck = true;
	expect("compressing", "a process that was killed does not end");
	keeper.packer.other_group = true;
	expect("the group of compressed logs", "the daemon may not give it to them");
	keeper.remove = EPERM;
	expect("removing logs", "Operation not permitted");
	keeper.too_much = true;
	expect("the limits of all logs", "nothing more can be removed");
	keeper.look = EACCES;
	expect("looking through the directory", "Permission denied");
	keeper.clock = -ENOSPC;
	expect(".kpl011/clock", "No space left on device");
	keeper.roll = -EROFS;
	expect(".kpl011/logs", "Read-only file system");
	keeper.unknown = -EACCES;
	expect("reading .kpl011/logs", "Permission denied");
	keeper.unsure = true;
	expect("the clock", "it has jumped: no log is removed or rotated by its age");
}

static void test_all_are_told_together(void **state)
{
	json_t *json;

	(void)state;
	all.failing.policy = true;
	all.failing.module = true;
	unsent = true;
	keeper.too_much = true;
	json = failures_json(&all);
	assert_int_equal(json_array_size(json), 4);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_what_works_is_not_told, setup),
		cmocka_unit_test_setup(test_each_of_the_daemon_is_told, setup),
		cmocka_unit_test_setup(test_guests_that_could_not_be_begun_are_counted, setup),
		cmocka_unit_test_setup(test_guests_that_wait_for_descriptors_are_counted, setup),
		cmocka_unit_test_setup(test_each_of_the_keeper_is_told, setup),
		cmocka_unit_test_setup(test_all_are_told_together, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <errno.h>

#include "base/loop.h"
#include "guests/fleet.h"
#include "guests/vmfind.h"

/* More looks than there are from one search of all processes to the next. */
#define LOOKS 10

/* Why nothing is found of each process. */
static const int *found;
static size_t processes;

int __wrap_vmfind_each(int (*fn)(pid_t pid, void *arg), void *arg);
int __wrap_vmfind_each(int (*fn)(pid_t pid, void *arg), void *arg)
{
	for (size_t i = 0; i < processes; i++)
		assert_int_equal(fn((pid_t)i + 1, arg), 0);
	return 0;
}

int __wrap_vmfind_serial(pid_t pid, char *path, size_t size);
int __wrap_vmfind_serial(pid_t pid, char *path, size_t size)
{
	/* It names a file that is not a socket. */
	snprintf(path, size, "/dev/null");
	return found[pid - 1];
}

static void on_changed(struct guest *guest, void *arg)
{
	(void)guest;
	(void)arg;
}

static const struct fleet_ops ops = { .changed = on_changed };

static void look(struct fleet *fleet)
{
	for (int i = 0; i < LOOKS; i++)
		fleet_look_around(fleet);
}

static void test_processes_that_may_not_be_looked_at_are_counted(void **state)
{
	/* Of /proc with hidepid=1, or of the socket's directory; there is none, or it has ended. */
	static const int first[] = { -EPERM, -EACCES, -ENOENT, -ESRCH };
	static const int then[] = { -ENOENT, 0, -EPERM };
	struct loop *loop = loop_new();
	struct fleet *fleet;

	(void)state;
	assert_non_null(loop);
	fleet = fleet_new(loop, false, &ops, NULL);
	assert_non_null(fleet);
	found = first;
	processes = ROWS(first);
	look(fleet);
	/* Nobody has asked for them. */
	assert_int_equal(fleet_denied(fleet), 0);
	fleet_find_vmms(fleet);
	look(fleet);
	assert_int_equal(fleet_denied(fleet), 2);
	found = then;
	processes = ROWS(then);
	look(fleet);
	assert_int_equal(fleet_denied(fleet), 1);
	assert_int_equal(fleet_count(fleet), 0);
	fleet_free(fleet);
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_processes_that_may_not_be_looked_at_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/* Which unit a process is of, as systemctl(1) would say. */
#include "cmocka_all.h"

#include "guests/cgroup.h"

static void test_the_path_is_that_of_systemd(void **state)
{
	static const struct {
		const char *text;
		const char *path;
	} cases[] = {
		{ "0::/machine.slice/a.scope\n", "/machine.slice/a.scope" },
		{ "0::/\n1:name=systemd:/x.slice/y.scope\n4:cpu:/z\n", "/x.slice/y.scope" },
		{ "4:cpu,cpuacct:/z\n0::/w:x\n", "/w:x" },
		{ "4:cpu:/z\n", NULL },
		{ "", NULL },
		{ "nothing", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		char *text = strdup(cases[i].text);
		const char *path = cgroup_path(text);

		assert_int_equal(!!path, !!cases[i].path);
		if (path)
			assert_string_equal(path, cases[i].path);
		free(text);
	}
}

static void test_the_unit_is_of_the_system(void **state)
{
	static const struct {
		const char *path;
		const char *unit;
	} cases[] = {
		{ "/machine.slice/machine-qemu\\x2d1\\x2dweb1.scope/libvirt/emulator",
		  "machine-qemu\\x2d1\\x2dweb1.scope" },
		{ "/system.slice/system-vm.slice/vm@web1.service", "vm@web1.service" },
		{ "/system.slice/_cpu.service", "cpu.service" },
		/* A user's own manager, which calls its units as the user likes. */
		{ "/user.slice/user-1000.slice/user@1000.service/app.slice/vm@web1.service",
		  "user@1000.service" },
		{ "/user.slice/user-1000.slice/session-3.scope/vm@web1.service", "session-3.scope" },
		{ "/docker/0123/vm@web1.service", NULL },
		{ "/a.slice", NULL },
		{ "/.scope", NULL },
		{ "/", NULL },
		{ "", NULL },
	};
	char unit[CGROUP_UNIT_SIZE];
	char path[600] = "/";

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		assert_int_equal(cgroup_unit(cases[i].path, unit), !!cases[i].unit);
		if (cases[i].unit)
			assert_string_equal(unit, cases[i].unit);
	}
	memset(path + 1, 'x', 500);
	strcpy(path + 501, ".scope");
	assert_false(cgroup_unit(path, unit));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_path_is_that_of_systemd),
		cmocka_unit_test(test_the_unit_is_of_the_system),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

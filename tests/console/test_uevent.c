// SPDX-License-Identifier: GPL-2.0-only
/* Which of the kernel's events announce a VM. */
#include "cmocka_all.h"

#include "guests/uevent.h"

#define HEAD "change@/devices/virtual/misc/kvm\0ACTION=change\0"
#define TEXT(text) text, sizeof(text)

static const struct {
	const char *text;
	size_t len;
	int pid; /* 0: none is announced */
} rows[] = {
	{ TEXT(HEAD
	       "SUBSYSTEM=misc\0CREATED=1\0COUNT=1\0EVENT=create\0PID=1234\0DEVNAME=kvm\0SEQNUM=9"),
	  1234 },
	{ TEXT(HEAD "PID=1\0EVENT=create\0DEVNAME=kvm\0SUBSYSTEM=misc"), 1 },
	{ TEXT(HEAD "SUBSYSTEM=misc\0EVENT=destroy\0PID=1234\0DEVNAME=kvm"), 0 },
	{ TEXT(HEAD "SUBSYSTEM=block\0EVENT=create\0PID=1234\0DEVNAME=kvm"), 0 },
	{ TEXT(HEAD "SUBSYSTEM=misc\0EVENT=create\0PID=1234\0DEVNAME=kvmx"), 0 },
	{ TEXT(HEAD "SUBSYSTEM=misc\0EVENT=create\0DEVNAME=kvm"), 0 },
	{ TEXT(HEAD "SUBSYSTEM=misc\0EVENT=create\0PID=0\0DEVNAME=kvm"), 0 },
	{ TEXT(HEAD "SUBSYSTEM=misc\0EVENT=create\0PID=-1\0DEVNAME=kvm"), 0 },
	{ TEXT(HEAD "SUBSYSTEM=misc\0EVENT=create\0PID=99999999999\0DEVNAME=kvm"), 0 },
	{ TEXT(""), 0 },
	{ "", 0, 0 },
	/* Without the last NUL, which the kernel always sends. */
	{ "SUBSYSTEM=misc\0EVENT=create\0DEVNAME=kvm\0PID=12", 45, 0 },
};

static void test_only_new_vms_are_announced(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char *copy = malloc(rows[i].len + !rows[i].len);
		pid_t pid = 0;
		bool found;

		memcpy(copy, rows[i].text, rows[i].len);
		found = uevent_parse(copy, rows[i].len, &pid);
		assert_int_equal(found, rows[i].pid != 0);
		assert_int_equal(pid, rows[i].pid);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_new_vms_are_announced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a user leaves to the others of the ports that there may be.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>
#include "harness.h"

#include "port.h"
#include "users.h"
#include "vm.h"

#define USER		1000
#define STRANGER	1001

static int attach(int vm, unsigned int n, uint32_t ring)
{
	struct kpl011_attach args = port_args(vm);

	args.gpa = 0x10000000 + 0x1000ull * n;
	args.intid = KPL011_INTID_MIN + n;
	args.ring_size = ring;
	return port_attach(&args);
}

/* A VM of root's. */
FIXTURE(shares) {
	struct vm vm;
};

FIXTURE_SETUP(shares)
{
	users_reap();
	ASSERT_EQ(0, vm_create(&self->vm, false));
}

FIXTURE_TEARDOWN(shares)
{
	vm_destroy(&self->vm);
	users_reap();
}

/* ABI: "No user but root may have more than half" */
TEST_F(shares, a_user_leaves_half_of_what_all_may_have_to_the_others)
{
	long ports = users_parameter("all_ports_max"), history = users_parameter("all_history_max");
	int vm = users_vm_of(USER), other = users_vm_of(STRANGER), i;

	ASSERT_LE(0, vm);
	ASSERT_LE(0, other);
	ASSERT_EQ(0, users_set_parameter("all_ports_max", 4));
	for (i = 0; i < 2; i++)
		EXPECT_EQ(0, attach(vm, i, 0));
	EXPECT_EQ(-EDQUOT, attach(vm, i, 0));
	EXPECT_EQ(0, attach(other, 0, 0));
	ASSERT_EQ(0, users_set_parameter("all_ports_max", ports));
	ASSERT_EQ(0, users_set_parameter("all_history_max", 4));
	EXPECT_EQ(0, attach(vm, i++, 0x100000));
	EXPECT_EQ(-EDQUOT, attach(vm, i, 0x100000));
	EXPECT_EQ(0, attach(other, 1, 0x100000));
	EXPECT_EQ(0, attach(self->vm.fd, 0, 0x400000));
	ASSERT_EQ(0, users_set_parameter("all_history_max", history));
}

/* The largest that can be written: as good as none. */
TEST_F(shares, no_value_of_a_limit_shuts_everybody_out)
{
	static const char *const limits[] = { "ports_max", "history_max", "all_ports_max",
					      "all_history_max", "dead_max" };
	long before[5];
	int vm, i;

	for (i = 0; i < 5; i++) {
		before[i] = users_parameter(limits[i]);
		ASSERT_EQ(0, users_set_parameter(limits[i], UINT32_MAX));
	}
	vm = users_vm_of(USER);
	ASSERT_LE(0, vm);
	EXPECT_EQ(0, attach(vm, 0, KPL011_RING_MIN));
	EXPECT_EQ(0, attach(vm, 1, KPL011_RING_MIN));
	close(vm);
	for (i = 0; i < 5; i++)
		ASSERT_EQ(0, users_set_parameter(limits[i], before[i]));
}

static int attach_two(void *arg)
{
	int *vm = arg;

	return !attach(*vm, 2, 0) + !attach(*vm, 3, 0);
}

/* ABI: "A port that another user attaches to one of root's VMs counts for that user." */
TEST_F(shares, who_became_another_user_since_has_that_users_limits)
{
	long ports = users_parameter("ports_max");

	ASSERT_EQ(0, users_set_parameter("ports_max", 1));
	EXPECT_EQ(1, users_run_as(STRANGER, attach_two, &self->vm.fd));
	ASSERT_EQ(0, users_set_parameter("ports_max", ports));
	EXPECT_EQ(0, attach(self->vm.fd, 3, 0));
}

static int attach_one(void *arg)
{
	return -attach(*(int *)arg, 0, 0);
}

static int is_there(unsigned int id)
{
	char path[32];

	snprintf(path, sizeof(path), "/dev/kpl011/%u", id);
	return !access(path, F_OK);
}

/* A VM of root's that ends: its port, which the stranger attached; or -1. */
static int dead_of_root(unsigned int last)
{
	struct vm vm;
	int fd;

	if (vm_create(&vm, false))
		return -1;
	if (users_run_as(STRANGER, attach_one, &vm.fd)) {
		vm_destroy(&vm);
		return -1;
	}
	fd = port_open(last + 1, O_RDONLY);
	vm_destroy(&vm);
	if (fd < 0 || !(port_poll(fd, 0) & POLLHUP))
		return -1;
	close(fd);
	return last + 1;
}

/* Of what a stranger attached to a VM of root's the history is root's. */
FIXTURE(lent) {
	long ports;
	int id;
};

FIXTURE_SETUP(lent)
{
	struct kpl011_attach args;
	struct vm vm;

	users_reap();
	self->ports = users_parameter("ports_max");
	ASSERT_EQ(0, vm_create(&vm, false));
	args = port_args(vm.fd);
	ASSERT_EQ(0, port_attach(&args));
	self->id = dead_of_root(args.id);
	vm_destroy(&vm);
	ASSERT_LE(0, self->id);
}

FIXTURE_TEARDOWN(lent)
{
	users_set_parameter("ports_max", self->ports);
	users_reap();
}

/* ABI: "and as many again that the user attached to root's VMs" */
TEST_F(lent, dead_port_of_root_outlives_those_of_who_attached_it)
{
	int vm = users_vm_of(STRANGER), i;

	ASSERT_LE(0, vm);
	for (i = 0; i <= KPL011_DEAD_MAX; i++)
		ASSERT_EQ(0, attach(vm, i, 0));
	close(vm);
	/* One of them is too many. */
	do {
		for (i = 0; i <= KPL011_DEAD_MAX && is_there(self->id + 1 + i); i++)
			;
	} while (i > KPL011_DEAD_MAX);
	EXPECT_TRUE(is_there(self->id));
}

/* ABI: "Dead ports of root's VMs make room only for other ports of root's VMs" */
TEST_F(lent, dead_port_of_root_makes_room_for_one_of_root)
{
	int vm = users_vm_of(STRANGER), next;

	ASSERT_LE(0, vm);
	ASSERT_EQ(0, users_set_parameter("ports_max", 1));
	EXPECT_EQ(-EDQUOT, attach(vm, 0, 0));
	EXPECT_TRUE(is_there(self->id));
	next = dead_of_root(self->id);
	EXPECT_EQ(self->id + 1, next);
	EXPECT_FALSE(is_there(self->id));
	close(vm);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a user may have of ports, whoever attaches them, and that no user takes
 * away what others may have. The VMs here are of several users; root attaches.
 */
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "fixture_limits.h"

/*
 * ABI: "These are the defaults of the module's parameters"
 */
TEST_F(limits, parameters_begin_as_documented)
{
	EXPECT_EQ(KPL011_PORTS_MAX, users_parameter("ports_max"));
	EXPECT_EQ(KPL011_HISTORY_MAX, users_parameter("history_max"));
	EXPECT_EQ(KPL011_DEAD_MAX, users_parameter("dead_max"));
	EXPECT_EQ(KPL011_ALL_PORTS_MAX, users_parameter("all_ports_max"));
	EXPECT_EQ(0, users_parameter("all_history_max"));
}

/*
 * ABI: "ports of a user"
 * ABI: KPL011_ATTACH EDQUOT
 */
TEST_F(limits, a_user_has_no_more_ports_than_ports_max)
{
	int vm = users_vm_of(USER), others = users_vm_of(OTHER);
	int own = users_vm_of(0);
	unsigned int i;

	ASSERT_LE(0, vm);
	ASSERT_EQ(0, users_set_parameter("ports_max", 4));
	for (i = 0; i < 4; i++)
		ASSERT_LE(0, attach(vm, i, 0));
	EXPECT_EQ(-EDQUOT, attach(vm, i, 0));
	/* Nor with another VM; but other users have not lost any. */
	close(vm);
	vm = users_vm_of(USER);
	for (i = 0; i < 4; i++)
		ASSERT_LE(0, attach(vm, i, 0));
	EXPECT_EQ(-EDQUOT, attach(users_vm_of(USER), 0, 0));
	for (i = 0; i < 4; i++)
		EXPECT_LE(0, attach(others, i, 0));
	EXPECT_EQ(-EDQUOT, attach(others, i, 0));
	for (i = 0; i < 8; i++)
		EXPECT_LE(0, attach(own, i, 0));
	/* It holds from the next attach on. */
	ASSERT_EQ(0, users_set_parameter("ports_max", 5));
	EXPECT_LE(0, attach(vm, 4, 0));
	EXPECT_EQ(-EDQUOT, attach(vm, 5, 0));
}

/* ABI: "MiB of history of these ports together" */
TEST_F(limits, a_user_has_no_more_history_than_history_max)
{
	int vm = users_vm_of(USER), own = users_vm_of(0);

	ASSERT_LE(0, vm);
	ASSERT_EQ(0, users_set_parameter("history_max", 1));
	ASSERT_LE(0, attach(vm, 0, 0x80000));
	EXPECT_EQ(-EDQUOT, attach(vm, 1, 0x100000));
	ASSERT_LE(0, attach(vm, 1, 0x80000));
	EXPECT_EQ(-EDQUOT, attach(vm, 2, KPL011_RING_MIN));
	EXPECT_LE(0, attach(own, 0, 0x200000));
}

/* ABI: "a port counts for its owner from the attach until it has been reaped" */
TEST_F(limits, a_port_counts_until_it_is_reaped_and_closed)
{
	int vm = users_vm_of(USER);
	int i, id, fd[2];

	ASSERT_LE(0, vm);
	ASSERT_EQ(0, users_set_parameter("ports_max", 2));
	for (i = 0; i < 2; i++) {
		id = attach(vm, i, 0);
		ASSERT_LE(0, id);
		fd[i] = port_open(id, O_RDWR);
		ASSERT_LE(0, fd[i]);
	}
	EXPECT_EQ(-EDQUOT, attach(vm, 2, 0));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, detach(fd[i]));
		EXPECT_EQ(-EDQUOT, attach(vm, 2, 0));
		ASSERT_EQ(0, port_reap(fd[i]));
		EXPECT_EQ(-EDQUOT, attach(vm, 2, 0));
	}
	close(fd[0]);
	EXPECT_LE(0, attach(vm, 2, 0));
	EXPECT_EQ(-EDQUOT, attach(vm, 3, 0));
	close(fd[1]);
	EXPECT_LE(0, attach(vm, 3, 0));
}

/* A guest that is started anew need not wait for the end of the last one. */
TEST_F(limits, a_port_makes_room_as_soon_as_its_vm_is_gone)
{
	unsigned int i;
	int vm;

	ASSERT_EQ(0, users_set_parameter("ports_max", 1));
	for (i = 0; i < 100; i++) {
		vm = users_vm_of(USER);
		ASSERT_LE(0, vm);
		ASSERT_LE(0, attach(vm, 0, 0));
		close(vm);
	}
}

TEST_F(limits, an_attach_that_fails_charges_nothing)
{
	struct kpl011_uart_state bad = { .rx_count = 255 };
	int vm = users_vm_of(USER);
	struct kpl011_attach args;
	unsigned int i;

	ASSERT_LE(0, vm);
	ASSERT_EQ(0, users_set_parameter("ports_max", 2));
	ASSERT_EQ(0, users_set_parameter("history_max", 1));
	ASSERT_LE(0, attach(vm, 0, 0x80000));
	for (i = 0; i < 10; i++) {
		EXPECT_EQ(-EEXIST, attach(vm, 0, 0x80000));
		args = port_args(vm);
		args.ring_size = 0x80000;
		args.state = (uintptr_t)&bad;
		EXPECT_EQ(-EINVAL, port_attach(&args));
		args.state = 8;
		EXPECT_EQ(-EFAULT, port_attach(&args));
	}
	EXPECT_LE(0, attach(vm, 1, 0x80000));
}

/*
 * ABI: "A user in a user namespace counts as the user who created the outermost one"
 */
TEST_F(limits, subordinate_users_are_one_user)
{
	static const char map[] = "0 1000 1\n1 100000 65536\n";
	const struct maker makers[] = {
		{ .ns_uid = USER, .ns_map = map, .uid = 0 },
		{ .ns_uid = USER, .ns_map = map, .uid = 1 },
		{ .ns_uid = USER, .ns_map = map, .uid = 65536 },
		{ .ns_uid = USER, .ns_map = map, .uid = 2, .nested = 1 },
		{ .uid = USER },
	};
	int vm[5], i, id;
	struct stat st;
	char path[32];

	ASSERT_EQ(0, users_set_parameter("ports_max", 4));
	for (i = 0; i < 5; i++) {
		vm[i] = users_vm(&makers[i], NULL);
		if (vm[i] == -EPERM || vm[i] == -ENOSPC)
			SKIP(return, "this host has no user namespaces for users");
		ASSERT_LE(0, vm[i]);
	}
	for (i = 0; i < 4; i++) {
		id = attach(vm[i], 0, 0);
		ASSERT_LE(0, id);
	}
	for (i = 0; i < 5; i++)
		EXPECT_EQ(-EDQUOT, attach(vm[i], 1, 0));
	/* The node is of the one who made the VM all the same. */
	snprintf(path, sizeof(path), "/dev/kpl011/%d", id);
	ASSERT_EQ(0, stat(path, &st));
	EXPECT_EQ(100001, st.st_uid);
}

/* ABI: "if root created it, as the user who is root in it" */
TEST_F(limits, users_of_a_container_are_one_user)
{
	static const char map[] = "0 200000 65536\n";
	static const char services[] = "0 0 1\n1000 1000 1\n";
	struct maker maker = { .ns_map = map };
	struct maker service = { .ns_map = services, .uid = USER };
	int vm;

	ASSERT_EQ(0, users_set_parameter("ports_max", 2));
	for (maker.uid = 0; maker.uid < 2; maker.uid++) {
		vm = users_vm(&maker, NULL);
		ASSERT_LE(0, vm);
		EXPECT_LE(0, attach(vm, 0, 0));
	}
	EXPECT_EQ(-EDQUOT, attach(users_vm(&maker, NULL), 0, 0));
	EXPECT_EQ(-EDQUOT, attach(users_vm_of(200000), 0, 0));
	/* What a service manager makes for one of its services is not such a one. */
	ASSERT_EQ(0, users_set_parameter("ports_max", 1));
	EXPECT_LE(0, attach(users_vm_of(USER), 0, 0));
	vm = users_vm(&service, NULL);
	ASSERT_LE(0, vm);
	EXPECT_EQ(-EDQUOT, attach(vm, 0, 0));
	service.uid = 0;
	vm = users_vm(&service, NULL);
	ASSERT_LE(0, vm);
	EXPECT_LE(0, attach(vm, 0, 0));
	EXPECT_LE(0, attach(vm, 1, 0));
}

/*
 * ABI: "ports of all users but root together"
 * ABI: "Only KPL011_DEAD_MAX applies to root."
 */
TEST_F(limits, all_users_together_leave_some_for_root)
{
	int vm, own = users_vm_of(0);
	int i;

	ASSERT_EQ(0, users_set_parameter("all_ports_max", 3));
	for (i = 0; i < 3; i++)
		EXPECT_LE(0, attach(users_vm_of(USER + i), 0, 0));
	vm = users_vm_of(USER + i);
	EXPECT_EQ(-EDQUOT, attach(vm, 0, 0));
	for (i = 0; i < 8; i++)
		EXPECT_LE(0, attach(own, i, 0));
	ASSERT_EQ(0, users_set_parameter("all_ports_max", self->before[3]));
	ASSERT_EQ(0, users_set_parameter("all_history_max", 2));
	EXPECT_EQ(-EDQUOT, attach(vm, 0, 0x200000));
	EXPECT_LE(0, attach(vm, 0, 0x100000));
	EXPECT_EQ(-EDQUOT, attach(vm, 1, 0x100000));
	EXPECT_LE(0, attach(own, 8, 0x400000));
}

static long meminfo_total(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	long kib = -1;

	if (file && fscanf(file, "MemTotal: %ld", &kib) != 1)
		kib = -1;
	if (file)
		fclose(file);
	return kib;
}

/* ABI: "all_history_max defaults to an eighth of the host's memory" */
TEST_F(limits, history_of_all_users_is_an_eighth_of_the_memory)
{
	const long ring = KPL011_RING_MAX, eighth = meminfo_total() * (1024 / 8);
	long all = 0, n[3];
	int vm, ret, i;

	if (eighth / ring >= 64)
		SKIP(return, "this host has so much memory that it would take long");
	ASSERT_EQ(0, users_set_parameter("history_max", 65536));
	for (i = 0; i < 3; i++) {
		vm = users_vm_of(USER + i);
		ASSERT_LE(0, vm);
		for (n[i] = 0; (ret = attach(vm, n[i], ring)) >= 0; n[i]++)
			all++;
		EXPECT_EQ(-EDQUOT, ret);
	}
	EXPECT_EQ(eighth / 2 / ring, n[0]);
	EXPECT_EQ(eighth / ring, all);
}

/* Nodes of it may have been made by others, for their containers. */
TEST_F(limits, a_minor_is_not_used_again_soon)
{
	int vm = users_vm_of(USER);
	struct stat before, after;
	int id, fd;

	ASSERT_LE(0, vm);
	id = attach(vm, 0, 0);
	ASSERT_LE(0, id);
	fd = port_open(id, O_RDWR);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fstat(fd, &before));
	ASSERT_EQ(0, detach(fd));
	ASSERT_EQ(0, port_reap(fd));
	close(fd);
	id = attach(vm, 0, 0);
	ASSERT_LE(0, id);
	fd = port_open(id, O_RDWR);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fstat(fd, &after));
	EXPECT_NE(before.st_rdev, after.st_rdev);
	close(fd);
}

/* What was charged for a process that is killed at any time comes back. */
TEST_F(limits, a_killed_attacher_leaves_nothing_charged)
{
	unsigned int round, i;
	pid_t child;
	int vm;

	ASSERT_EQ(0, users_set_parameter("ports_max", 2));
	ASSERT_EQ(0, users_set_parameter("history_max", 32));
	for (round = 0; round < 40; round++) {
		child = fork();
		ASSERT_LE(0, child);
		if (!child) {
			for (i = 0;; i++) {
				vm = users_vm_of(USER);
				attach(vm, 0, KPL011_RING_MAX);
				close(vm);
			}
		}
		usleep(20000 + round * 3000);
		kill(child, SIGKILL);
		ASSERT_EQ(child, waitpid(child, NULL, 0));
	}
	vm = users_vm_of(USER);
	ASSERT_LE(0, vm);
	/* The last one's VM goes when whoever made it has ended, too. */
	for (i = 0; i < 1000 && attach(vm, 0, KPL011_RING_MAX) < 0; i++)
		usleep(10000);
	for (i = 0; i < 1000 && attach(vm, 1, KPL011_RING_MAX) < 0; i++)
		usleep(10000);
	EXPECT_GT(1000, i);
	EXPECT_EQ(-EDQUOT, attach(vm, 2, KPL011_RING_MIN));
}

TEST_HARNESS_MAIN

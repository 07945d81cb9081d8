// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a user may have of ports, whoever attaches them, and that no user takes
 * away what others may have. The VMs here are of several users; root attaches.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "harness.h"

#include "port.h"
#include "users.h"
#include "vm.h"

#define USER	1000
#define OTHER	2000

static const char *const parameters[] = {
	"ports_max", "history_max", "dead_max", "all_ports_max", "all_history_max",
};
#define PARAMETERS	(sizeof(parameters) / sizeof(*parameters))

FIXTURE(limits) {
	long before[PARAMETERS];
};

FIXTURE_SETUP(limits)
{
	size_t i;

	users_reap();
	for (i = 0; i < PARAMETERS; i++)
		self->before[i] = users_parameter(parameters[i]);
}

FIXTURE_TEARDOWN(limits)
{
	size_t i;

	for (i = 0; i < PARAMETERS; i++)
		users_set_parameter(parameters[i], self->before[i]);
}

/* Attach port @n of a VM with @ring bytes of history: its id, or -errno. */
static int attach(int vm, unsigned int n, uint32_t ring)
{
	struct kpl011_attach args = port_args(vm);
	int ret;

	args.gpa = 0x10000000 + 0x1000ull * n;
	args.intid = KPL011_INTID_MIN + n;
	args.ring_size = ring;
	ret = port_attach(&args);
	return ret ? ret : (int)args.id;
}

static int detach(int fd)
{
	struct kpl011_detach args = { .size = sizeof(args) };

	return ioctl(fd, KPL011_DETACH, &args) ? -errno : 0;
}

/* Detach a port, and keep it: 0 or -errno. */
static int detach_id(int id)
{
	int fd = port_open(id, O_RDWR);
	int ret;

	if (fd < 0)
		return fd;
	ret = detach(fd);
	close(fd);
	return ret;
}

static bool is_there(int id)
{
	char path[32];

	snprintf(path, sizeof(path), "/dev/kpl011/%d", id);
	return !access(path, F_OK);
}

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

/* ABI: "Rather than fail with EDQUOT, the ioctl reaps dead ports" */
TEST_F(limits, dead_ports_that_nobody_has_open_make_room)
{
	int vm = users_vm_of(USER);
	int i, fd, id[3];

	ASSERT_LE(0, vm);
	ASSERT_EQ(0, users_set_parameter("ports_max", 3));
	for (i = 0; i < 3; i++) {
		id[i] = attach(vm, i, 0);
		ASSERT_LE(0, id[i]);
	}
	/* In this order of death. */
	ASSERT_EQ(0, detach_id(id[1]));
	ASSERT_EQ(0, detach_id(id[0]));
	fd = port_open(id[1], O_RDONLY);
	ASSERT_LE(0, fd);
	EXPECT_LE(0, attach(vm, 0, 0));
	EXPECT_FALSE(is_there(id[0]));
	EXPECT_TRUE(is_there(id[1]));
	/* The one that is left is open. */
	EXPECT_EQ(-EDQUOT, attach(vm, 1, 0));
	EXPECT_TRUE(is_there(id[1]));
	close(fd);
	EXPECT_LE(0, attach(vm, 1, 0));
	EXPECT_FALSE(is_there(id[1]));
	EXPECT_TRUE(is_there(id[2]));
}

/* ABI: "those dead longest first, and as many as are needed" */
TEST_F(limits, as_many_dead_ports_as_needed_make_room)
{
	int vm = users_vm_of(USER);
	int i, id[4];

	ASSERT_LE(0, vm);
	ASSERT_EQ(0, users_set_parameter("history_max", 1));
	for (i = 0; i < 4; i++) {
		id[i] = attach(vm, i, 0x40000);
		ASSERT_LE(0, id[i]);
	}
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, detach_id(id[i]));
	EXPECT_LE(0, attach(vm, 0, 0x80000));
	for (i = 0; i < 4; i++)
		EXPECT_EQ(i >= 2, is_there(id[i]));
}

/* ABI: "If all of them together would not be enough, it reaps none" */
TEST_F(limits, dead_ports_stay_where_they_would_not_make_room)
{
	int vm = users_vm_of(USER), others = users_vm_of(OTHER);
	int i, id[3];

	ASSERT_LE(0, vm);
	ASSERT_LE(0, others);
	for (i = 0; i < 2; i++) {
		id[i] = attach(vm, i, 0x40000);
		ASSERT_LE(0, id[i]);
	}
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, detach_id(id[i]));
	/* The other user has all but these, and more. */
	for (i = 0; i < 3; i++)
		ASSERT_LE(0, attach(others, i, 0x100000));
	ASSERT_EQ(0, users_set_parameter("all_ports_max", 3));
	EXPECT_EQ(-EDQUOT, attach(vm, 0, 0x40000));
	ASSERT_EQ(0, users_set_parameter("all_ports_max", self->before[3]));
	ASSERT_EQ(0, users_set_parameter("all_history_max", 3));
	EXPECT_EQ(-EDQUOT, attach(vm, 0, 0x40000));
	ASSERT_EQ(0, users_set_parameter("all_history_max", self->before[4]));
	/* Nor is anything to be had for more than the user may have. */
	ASSERT_EQ(0, users_set_parameter("history_max", 1));
	EXPECT_EQ(-EDQUOT, attach(vm, 0, 0x200000));
	for (i = 0; i < 2; i++)
		EXPECT_TRUE(is_there(id[i]));
	/* But where they would they go: the two, and not one of them alone. */
	EXPECT_LE(0, attach(vm, 0, 0x100000));
	for (i = 0; i < 2; i++)
		EXPECT_FALSE(is_there(id[i]));
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

/*
 * ABI: KPL011_DETACH "The port is then one of the user's dead ports"
 */
TEST_F(limits, detach_returns_when_the_longest_dead_is_gone)
{
	int vm = users_vm_of(USER);
	int id[64], i;

	ASSERT_LE(0, vm);
	for (i = 0; i < 64; i++) {
		id[i] = attach(vm, 0, KPL011_RING_MIN);
		ASSERT_LE(0, id[i]);
		ASSERT_EQ(0, detach_id(id[i]));
		if (i >= KPL011_DEAD_MAX)
			ASSERT_FALSE(is_there(id[i - KPL011_DEAD_MAX]));
		if (i >= KPL011_DEAD_MAX - 1)
			ASSERT_TRUE(is_there(id[i + 1 - KPL011_DEAD_MAX]));
	}
}

TEST_F(limits, dead_max_may_be_changed)
{
	int own = users_vm_of(0);
	int id[4], i, fd;
	char byte;

	ASSERT_EQ(0, users_set_parameter("dead_max", 2));
	for (i = 0; i < 4; i++) {
		id[i] = attach(own, 0, 0);
		ASSERT_LE(0, id[i]);
		ASSERT_EQ(0, detach_id(id[i]));
	}
	for (i = 0; i < 4; i++)
		EXPECT_EQ(i >= 2, is_there(id[i]));
	/* With none at all whoever has it open has its history still. */
	ASSERT_EQ(0, users_set_parameter("dead_max", 0));
	id[0] = attach(own, 0, 0);
	fd = port_open(id[0], O_RDWR);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, detach(fd));
	EXPECT_FALSE(is_there(id[0]));
	EXPECT_FALSE(is_there(id[3]));
	EXPECT_EQ(0, read(fd, &byte, 1));
	EXPECT_EQ(-ENODEV, port_reap(fd));
	close(fd);
}

struct race {
	int next;
	int stop;
};

/* Detach each port the moment its node is there. */
static void *detach_soon(void *arg)
{
	struct race *race = arg;
	int id;

	while (!__atomic_load_n(&race->stop, __ATOMIC_ACQUIRE)) {
		id = __atomic_load_n(&race->next, __ATOMIC_ACQUIRE);
		if (id >= 0)
			detach_id(id);
	}
	return NULL;
}

static int count_dead(uid_t uid, int first, int last)
{
	struct kpl011_info info;
	int id, fd, n = 0;

	for (id = first; id <= last; id++) {
		fd = port_open(id, O_RDONLY);
		if (fd < 0)
			continue;
		if (!port_info(fd, &info) && info.uid == uid &&
		    info.state != KPL011_STATE_LIVE)
			n++;
		close(fd);
	}
	return n;
}

TEST_F(limits, ports_that_die_during_their_attach_are_counted)
{
	struct race race = { .next = -1 };
	int vm = users_vm_of(USER);
	pthread_t thread;
	int first, last, id, fd;
	time_t end;

	ASSERT_LE(0, vm);
	first = attach(vm, 0, KPL011_RING_MIN);
	ASSERT_LE(0, first);
	ASSERT_EQ(0, detach_id(first));
	last = first;
	race.next = first + 1;
	ASSERT_EQ(0, pthread_create(&thread, NULL, detach_soon, &race));
	/* Seconds for the two to meet, and more ports than are kept. */
	for (end = time(NULL) + 8; time(NULL) < end || last - first < 2 * KPL011_DEAD_MAX;) {
		id = attach(vm, 0, KPL011_RING_MIN);
		/* The other is at it. */
		if (id == -EEXIST)
			continue;
		ASSERT_LE(0, id);
		last = id;
		__atomic_store_n(&race.next, id + 1, __ATOMIC_RELEASE);
		/* If the other has not. */
		fd = port_open(id, O_RDWR);
		if (fd >= 0) {
			detach(fd);
			close(fd);
		}
	}
	__atomic_store_n(&race.stop, 1, __ATOMIC_RELEASE);
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(KPL011_DEAD_MAX, count_dead(USER, first, last));
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

// SPDX-License-Identifier: GPL-2.0-only
/* Dead ports that are kept of each user: how many, and how they make room for others. */
#include <pthread.h>
#include <time.h>

#include "fixture_limits.h"

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

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-only
/* KPL011_INFO: what happened to a port, when, and whose it is. */
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>

#include "fixture_port.h"

/*
 * ABI: "@tx_newest:"
 * ABI: "@tx_oldest:"
 * ABI: "@tx_breaks:"
 * ABI: "@rx_breaks:"
 * ABI: "@reads: register reads"
 * ABI: "@writes: register writes"
 */
TEST_F(port, info_counts_what_happened)
{
	struct kpl011_info info;
	uint64_t value;

	ASSERT_EQ(0, vm_store(&self->vm, DR, 4, 'a', KPL011_RING_MIN + 7));
	ASSERT_EQ(0, vm_store(&self->vm, LCR_H, 4, 1, 1));
	ASSERT_EQ(0, vm_load(&self->vm, FR, 4, &value, 3));
	ASSERT_EQ(0, port_break(self->fd));
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(KPL011_RING_MIN + 7, info.tx_newest);
	EXPECT_EQ(7, info.tx_oldest);
	EXPECT_EQ(1, info.tx_breaks);
	EXPECT_EQ(1, info.rx_breaks);
	EXPECT_EQ(3, info.reads);
	EXPECT_EQ(KPL011_RING_MIN + 8, info.writes);
}

static uint64_t boottime(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/*
 * ABI: "@attach_ns:"
 * ABI: "@death_ns:"
 */
TEST_F(port, info_tells_when_it_began_and_ended)
{
	uint64_t before, attached, after;
	struct kpl011_info info;
	int fd;

	self->args.gpa += KPL011_MMIO_SIZE;
	self->args.intid++;
	before = boottime();
	fd = port_attach_open(&self->args, O_RDONLY);
	attached = boottime();
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, port_info(fd, &info));
	EXPECT_LE(before, info.attach_ns);
	EXPECT_GE(attached, info.attach_ns);
	EXPECT_EQ(0, info.death_ns);
	before = boottime();
	vm_destroy(&self->vm);
	EXPECT_NE(0, port_poll(fd, 0) & POLLHUP);
	after = boottime();
	ASSERT_EQ(0, port_info(fd, &info));
	EXPECT_EQ(KPL011_STATE_DEAD, info.state);
	EXPECT_LE(before, info.death_ns);
	EXPECT_GE(after, info.death_ns);
	close(fd);
}

/* What a process of other namespaces is told of this one's port, and of its input. */
static int foreigner(int fd)
{
	struct kpl011_input input = { .size = sizeof(input) };
	struct kpl011_info info;
	int status;
	pid_t child;

	/* Into a user namespace without this user, and a PID namespace. */
	if (unshare(CLONE_NEWUSER | CLONE_NEWPID))
		return 1;
	child = fork();
	if (child)
		return child < 0 || waitpid(child, &status, 0) != child ||
		       !WIFEXITED(status) ? 2 : WEXITSTATUS(status);
	if (port_info(fd, &info) || ioctl(fd, KPL011_INPUT, &input))
		_exit(3);
	_exit(info.pid || info.uid != 65534 ? 4 :
	      input.pid || input.status != KPL011_INPUT_OTHER ? 5 : 0);
}

/*
 * ABI: KPL011_INFO "@pid:"
 * ABI: KPL011_INFO "@uid:"
 * ABI: KPL011_INPUT "@pid:"
 */
TEST_F(port, pids_and_uids_are_those_of_the_callers_namespaces)
{
	struct kpl011_input input = {
		.size = sizeof(input), .flags = KPL011_INPUT_TAKE,
	};
	struct kpl011_info info;
	int other, status;
	pid_t child;

	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(getpid(), info.pid);
	EXPECT_EQ(getuid(), info.uid);
	ASSERT_EQ(0, ioctl(self->fd, KPL011_INPUT, &input));
	other = port_open(self->args.id, O_RDONLY);
	ASSERT_LE(0, other);
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(foreigner(other));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	close(other);
}

/*
 * ABI: "@rx_bytes:"
 * ABI: "@rx_queued:"
 * ABI: "@rx_breaks:"
 */
TEST_F(port, info_counts_what_is_queued)
{
	struct kpl011_inject inject = {
		.size = sizeof(inject), .character = PL011_BREAK,
	};
	struct kpl011_info info;
	uint64_t value;

	ASSERT_EQ(3, write(self->fd, "abc", 3));
	ASSERT_EQ(0, port_break(self->fd));
	ASSERT_EQ(0, ioctl(self->fd, KPL011_INJECT, &inject));
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(3, info.rx_bytes);
	EXPECT_EQ(2, info.rx_breaks);
	EXPECT_EQ(5, info.rx_queued);
	ASSERT_EQ(0, vm_load(&self->vm, DR, 4, &value, 4));
	inject.character = 'd';
	ASSERT_EQ(0, ioctl(self->fd, KPL011_INJECT, &inject));
	ASSERT_EQ(0, vm_load(&self->vm, DR, 4, &value, 1));
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(4, info.rx_bytes);
	EXPECT_EQ(2, info.rx_breaks);
	EXPECT_EQ(1, info.rx_queued);
}

TEST_HARNESS_MAIN
